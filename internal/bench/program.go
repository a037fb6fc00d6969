package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// build makes the program as "make build" does: static, stripped, trimmed.
func build(t testing.TB) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "countersign")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags=nomsgpack", "-trimpath", "-ldflags", "-s -w -X main.version=bench", "-o", path, "countersign/cmd/countersign") //nolint:gosec // to a folder of our own
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// static tells whether an ELF file asks for neither a loader nor a library.
func static(t testing.TB, path string) bool {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return false
		}
	}
	libraries, err := f.ImportedLibraries()
	return err == nil && len(libraries) == 0
}

// process is the program as it runs.
type process struct {
	cmd    *exec.Cmd
	url    string
	stderr bytes.Buffer
}

// launch starts the program and waits until it is ready; it says how long that took.
// The environment is the one given and nothing else: the program refuses settings that
// it does not know, and the bench has some.
func launch(t testing.TB, path, addr string, env []string, args ...string) (*process, time.Duration) {
	t.Helper()
	p := &process{cmd: exec.CommandContext(t.Context(), path, args...), url: "http://" + addr} //nolint:gosec // what was just built
	p.cmd.Env, p.cmd.Stderr = append(slices.Clone(env), "PATH="+os.Getenv("PATH"), "TMPDIR="+t.TempDir()), &p.stderr
	start := time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	for !p.ready(t) {
		if time.Since(start) > 20*time.Second {
			t.Fatalf("not ready: %s", &p.stderr)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return p, time.Since(start)
}

func (p *process) ready(t testing.TB) bool {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// stop asks the program to end; it says how, and how long it took.
func (p *process) stop(t testing.TB) (code int, took time.Duration) {
	t.Helper()
	start := time.Now()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	return p.wait(t), time.Since(start)
}

func (p *process) wait(t testing.TB) int {
	t.Helper()
	err := p.cmd.Wait()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// resident is the memory that the process holds, in MB.
func (p *process) resident(t testing.TB) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kb); n == 1 {
			return kb / 1024
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// freeAddr is an address on which nobody listens now.
func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed in the next line
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
