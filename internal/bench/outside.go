package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// outsideTest is a testing.TB for a program: testkit's builders take one. What fails
// panics, which ends the run with the message; the servers around it clear up. The
// embedded nil interface is there for its unexported method alone.
type outsideTest struct {
	testing.TB
	ctx      context.Context //nolint:containedctx // it is what TB.Context answers
	name     string
	cleanups []func()
}

func (t *outsideTest) Helper()                        {}
func (t *outsideTest) Name() string                   { return t.name }
func (t *outsideTest) Context() context.Context       { return t.ctx }
func (t *outsideTest) Failed() bool                   { return false } // what fails panics
func (t *outsideTest) Cleanup(f func())               { t.cleanups = append(t.cleanups, f) }
func (t *outsideTest) Error(args ...any)              { t.Fatal(args...) }
func (t *outsideTest) Errorf(format string, a ...any) { t.Fatalf(format, a...) }
func (t *outsideTest) Fatal(args ...any)              { panic(t.name + ": " + fmt.Sprintln(args...)) }

func (t *outsideTest) Fatalf(format string, a ...any) {
	panic(t.name + ": " + fmt.Sprintf(format, a...))
}
func (t *outsideTest) Skip(args ...any)                { t.Fatal(args...) }
func (t *outsideTest) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// TempDir makes a folder that goes with the measurement.
func (t *outsideTest) TempDir() string {
	dir, err := os.MkdirTemp("", "countersign-bench-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Logf("%s stays: %v", filepath.Base(dir), err)
		}
	})
	return dir
}

// end runs the cleanups, last first. The measurement's context is not over by then:
// cleanups drop databases with contexts of their own.
func (t *outsideTest) end() {
	for len(t.cleanups) > 0 {
		last := len(t.cleanups) - 1
		f := t.cleanups[last]
		t.cleanups = t.cleanups[:last]
		f()
	}
}
