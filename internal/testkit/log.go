package testkit

import (
	"bytes"
	"sync"
	"testing"
)

// faults keeps the program's error lines. An answer tells a client nothing of what went
// wrong inside; whoever looks at a test that failed needs it.
type faults struct {
	mu    sync.Mutex
	lines [][]byte
}

const mostFaults = 20

// faultsOf prints them at the test's end, when it failed.
func faultsOf(t testing.TB) *faults {
	f := &faults{}
	t.Cleanup(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, line := range f.lines {
			if t.Failed() {
				t.Logf("%s", line)
			}
		}
	})
	return f
}

// Write takes one line of a slog.Handler.
func (f *faults) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(`"level":"ERROR"`)) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.lines = append(f.lines, bytes.TrimSpace(bytes.Clone(line)))
		f.lines = f.lines[max(0, len(f.lines)-mostFaults):]
	}
	return len(line), nil
}
