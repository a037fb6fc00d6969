package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

const (
	atOnce    = 2                // bugs under way at one time
	testLimit = 60 * time.Second // a test that needs longer has not caught its bug
	hardLimit = 15 * time.Minute // with the building, on a machine that does much else
)

// verdict is what became of a bug.
type verdict string

// The verdicts; all but the first are failures.
const (
	caught   verdict = "caught"
	survived verdict = "SURVIVED"
	slow     verdict = "TOO SLOW" // the time was over before the test could fail
	broken   verdict = "BROKEN"   // it does not build, or ended without the test's own failure
	untried  verdict = "UNTRIED"  // its test does not pass without the bug
)

// result is a bug with its verdict.
type result struct {
	bug
	verdict verdict
	took    time.Duration
	said    string // by the go command, where it is worth reading
}

// hunt plants every bug, tells of each as it is known, and of all in the end.
func hunt(ctx context.Context, root string, bugs []bug, out io.Writer) error {
	start := time.Now()
	good, err := pass(ctx, root, bugs, out)
	if err != nil {
		return err
	}
	results := make([]result, len(bugs))
	var mu sync.Mutex
	var running sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i, b := range bugs {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			r := result{bug: b, verdict: untried}
			if good[b.Package+" "+b.Test] {
				r = try(ctx, root, b)
			}
			results[i] = r
			mu.Lock()
			defer mu.Unlock()
			report(out, r)
		})
	}
	running.Wait()
	return errors.Join(ctx.Err(), sum(out, results, time.Since(start)))
}

// report tells of one bug.
func report(out io.Writer, r result) {
	fmt.Fprintf(out, "%-8s  %s  %s in %s, %.1f s\n", r.verdict, r.Name, r.Test, r.Package, r.took.Seconds())
	if r.verdict != caught {
		fmt.Fprintf(out, "          %s\n", r.What)
	}
	for line := range strings.Lines(r.said) {
		fmt.Fprintf(out, "          | %s", line)
	}
}

// pass runs the named tests without any bug, a package at a time, and answers which pass.
func pass(ctx context.Context, root string, bugs []bug, out io.Writer) (good map[string]bool, err error) {
	tests := map[string][]string{}
	for _, b := range bugs {
		tests[b.Package] = append(tests[b.Package], b.Test)
	}
	good = map[string]bool{}
	for _, pkg := range slices.Sorted(maps.Keys(tests)) {
		names := slices.Compact(slices.Sorted(slices.Values(tests[pkg])))
		start := time.Now()
		said, err := goTest(ctx, root, "-v", "-timeout", "10m", "-run", "^("+strings.Join(names, "|")+")$", pkg)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		for _, name := range names {
			passes := strings.Contains("\n"+said, "\n--- PASS: "+name+" ")
			if good[pkg+" "+name] = passes; !passes {
				fmt.Fprintf(out, "%s in %s does not pass, or is skipped, without any bug\n", name, pkg)
			}
		}
		if err != nil {
			fmt.Fprintln(out, ending(said))
		}
		fmt.Fprintf(out, "          %d tests of %s without a bug, %.1f s\n", len(names), pkg, time.Since(start).Seconds())
	}
	return good, nil
}

// try plants one bug and runs its test.
func try(ctx context.Context, root string, b bug) (r result) {
	r.bug = b
	start := time.Now()
	defer func() { r.took = time.Since(start) }()
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return result{bug: b, verdict: broken, said: err.Error() + "\n"}
	}
	defer func() { _ = os.RemoveAll(dir) }()
	overlay, err := b.plant(ctx, root, dir)
	if err != nil {
		return result{bug: b, verdict: broken, said: err.Error() + "\n"}
	}
	args := []string{"-overlay", overlay, "-count", "1", "-failfast", "-timeout", testLimit.String(), "-run", "^" + b.Test + "$", b.Package}
	said, err := goTest(ctx, root, append(args, leaveNoTrace(root, b.Package)...)...)
	r.verdict = b.judge(said, err)
	if r.verdict == broken {
		r.said = ending(said)
	}
	return r
}

// leaveNoTrace keeps rapid, where a package's tests use it, from writing down how a test
// failed: the tree stays as it is.
func leaveNoTrace(root, pkg string) []string {
	files, _ := filepath.Glob(filepath.Join(root, pkg, "*_test.go")) // the pattern is well formed
	for _, path := range files {
		if text, err := os.ReadFile(path); err == nil && bytes.Contains(text, []byte(`"pgregory.net/rapid"`)) { //nolint:gosec // a file of the module
			return []string{"-args", "-rapid.nofailfile"}
		}
	}
	return nil
}

// judge reads what the go command said. Only a failure of the named test itself catches a
// bug: a build that fails, a leak that is found afterwards, or a crash elsewhere do not.
func (b bug) judge(said string, err error) verdict {
	switch {
	case err == nil:
		return survived
	case strings.Contains(said, "panic: test timed out after"):
		if b.Hangs {
			return caught
		}
		return slow
	case strings.Contains("\n"+said, "\n--- FAIL: "+b.Test+" "):
		return caught
	}
	return broken
}

// goTest runs the go command's tests without its vet, whose findings are no test's.
func goTest(ctx context.Context, root string, args ...string) (said string, err error) {
	ctx, cancel := context.WithTimeout(ctx, hardLimit)
	defer cancel()
	c := exec.CommandContext(ctx, "go", append([]string{"test", "-vet=off"}, args...)...) //nolint:gosec // of our own files
	c.Dir, c.WaitDelay = root, 5*time.Second
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) } // so that it ends the test as well
	raw, err := c.CombinedOutput()
	return string(raw), err
}

// ending is the last lines of what was said.
func ending(said string) string {
	const most = 30
	lines := slices.Collect(strings.Lines(said))
	return strings.Join(lines[max(0, len(lines)-most):], "")
}

// sum is the table at the end, by room, and the error when not all were caught.
func sum(out io.Writer, results []result, took time.Duration) error {
	byRoom := map[string]map[verdict]int{}
	failed := 0
	for _, r := range results {
		room, _, _ := strings.Cut(r.Name, "/")
		if byRoom[room] == nil {
			byRoom[room] = map[verdict]int{}
		}
		byRoom[room][r.verdict]++
		if r.verdict != caught {
			failed++
		}
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "room\tcaught\tsurvived\ttoo slow\tbroken\tuntried\t")
	for _, room := range slices.Sorted(maps.Keys(byRoom)) {
		n := byRoom[room]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t\n", room, n[caught], n[survived], n[slow], n[broken], n[untried])
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d bugs, %d caught, in %s\n", len(results), len(results)-failed, took.Round(time.Second))
	if failed > 0 {
		return fmt.Errorf("%d of %d bugs were not caught", failed, len(results))
	}
	return nil
}
