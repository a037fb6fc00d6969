// Command slowest reads what "go test -json" prints, passes on what failed, and names the
// tests that took longest:
//
//	go test -json ./... | go run ./internal/testkit/slowest
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// shown is how many tests are named.
const shown = 30

// event is a line of "go test -json", as far as it is read here.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64 // seconds; a test's waiting for its turn does not count
}

func main() {
	ok, err := report(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "slowest:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// report writes the table and says whether all tests passed.
func report(in io.Reader, out io.Writer) (passed bool, err error) {
	var ended []event
	lines := map[string][]string{} // what a test printed, until it ends
	passed = true
	scan := bufio.NewScanner(in)
	scan.Buffer(nil, 16<<20)
	for scan.Scan() {
		var e event
		if err := json.Unmarshal(scan.Bytes(), &e); err != nil {
			return false, fmt.Errorf("%.80s: %w", scan.Bytes(), err)
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			lines[key] = append(lines[key], e.Output)
		case "fail", "build-fail":
			passed = false
			fmt.Fprint(out, strings.Join(lines[key], ""))
			fallthrough
		case "pass", "skip":
			delete(lines, key)
			ended = append(ended, e)
		}
	}
	print(out, ended)
	return passed && len(ended) > 0, scan.Err()
}

// print names the slowest tests without those that only hold others, and each package.
func print(out io.Writer, ended []event) {
	slices.SortStableFunc(ended, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	left := shown
	for _, e := range ended {
		holds := func(o event) bool { return o.Package == e.Package && strings.HasPrefix(o.Test, e.Test+"/") }
		if e.Test != "" && left > 0 && !slices.ContainsFunc(ended, holds) {
			fmt.Fprintf(out, "%8.2f s  %s %s\n", e.Elapsed, e.Package, e.Test)
			left--
		}
	}
	fmt.Fprintln(out)
	for _, e := range ended {
		if e.Test == "" {
			fmt.Fprintf(out, "%8.2f s  %s\n", e.Elapsed, e.Package)
		}
	}
}
