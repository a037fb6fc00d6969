package main

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

const (
	demoStarts = 5
	demoRest   = 3 * time.Second // after which memory is read
)

// demo measures what a visitor meets first: the size of the file, how soon the demo is
// ready, and how much memory it holds, fresh and after both stories.
func demo(t testing.TB) []figure {
	path := build(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	var starts []time.Duration
	var fresh, told float64
	for i := range demoStarts {
		addr, sandbox := freeAddr(t), freeAddr(t)
		ports := []string{"--addr", addr, "--sandbox-addr", sandbox, "--metrics-addr", freeAddr(t)}
		p, took := launch(t, path, addr, nil, append([]string{"demo"}, ports...)...)
		starts = append(starts, took)
		if i == 0 {
			time.Sleep(demoRest)
			fresh = p.resident(t)
			for _, story := range []string{"reviewer", "binder"} {
				tellStory(t, path, story, ports)
			}
			time.Sleep(demoRest)
			told = p.resident(t)
		}
		if code, _ := p.stop(t); code != 0 {
			t.Fatalf("the demo ended with %d: %s", code, &p.stderr)
		}
	}
	linked := 0.0
	if static(t, path) {
		linked = 1
	}
	return []figure{
		figure{Name: "demo: start until ready", Measured: median(starts).Seconds(), Unit: "s", Bound: atMost, Goal: 2, Note: fmt.Sprintf("median of %d, SQLite, brand seeded", demoStarts)}.judged(),
		figure{Name: "demo: memory at rest", Measured: fresh, Unit: "MB", Bound: atMost, Goal: 80, Note: "VmRSS, 3 s after ready"}.judged(),
		figure{Name: "demo: memory at rest after both stories", Measured: told, Unit: "MB", Bound: atMost, Goal: 80, Note: "VmRSS, 3 s after the second story"}.judged(),
		figure{Name: "binary: size", Measured: float64(info.Size()) / (1 << 20), Unit: "MB", Bound: atMost, Goal: 60}.judged(),
		figure{Name: "binary: static", Measured: linked, Bound: atLeast, Goal: 1, Note: "1: no loader and no library named in the file"}.judged(),
	}
}

func tellStory(t testing.TB, path, story string, ports []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), path, append([]string{"demo", "--story", story}, ports...)...) //nolint:gosec // what was just built
	cmd.Env = []string{}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("story %s: %v\n%s", story, err, out)
	}
}
