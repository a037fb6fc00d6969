//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"countersign/internal/testkit/servers"
)

// needRedis skips where Redis is missing: these tests install nothing.
func needRedis(t *testing.T) {
	t.Helper()
	if err := servers.Check(servers.Options{Redis: true}); err != nil {
		t.Skip(err)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ args, want string }{
		{"-- go test ./...", "{{true true} [] [go test ./...]}"},
		{"go test -race", "{{true true} [] [go test -race]}"},
		{"--redis -- x", "{{false true} [] [x]}"},
		{"--mariadb -- x --redis", "{{true false} [] [x --redis]}"},
		{"--mariadb --redis x", "{{true true} [] [x]}"},
		{"--install a,b", "{{false false} [a b] []}"},
		{"--install a,b --redis -- x", "{{false true} [a b] [x]}"},
		{"", "error"},
		{"--redis", "error"},
		{"--unknown x", "error"},
	} {
		got := "error"
		if o, err := parse(strings.Fields(tc.args), io.Discard); err == nil {
			got = fmt.Sprint(o)
		}
		if got != tc.want {
			t.Errorf("%q: got %s, want %s", tc.args, got, tc.want)
		}
	}
}

func TestExitCodeIsPassedThrough(t *testing.T) {
	t.Parallel()
	needRedis(t)
	for script, want := range map[string]int{
		"exit 0": 0, "exit 7": 7, "kill -s KILL $$": 128 + 9, "no-such-program": 127,
	} {
		var stderr bytes.Buffer
		if got := run(t.Context(), []string{"--redis", "--", "sh", "-c", script}, io.Discard, &stderr); got != want {
			t.Errorf("%s: exit code %d, want %d\n%s", script, got, want, &stderr)
		}
	}
	if got := run(t.Context(), []string{"--redis", "--", "/no/such/program"}, io.Discard, io.Discard); got != exitNotStarted {
		t.Errorf("no such program: exit code %d", got)
	}
	if got := run(t.Context(), nil, io.Discard, io.Discard); got != exitUsage {
		t.Errorf("no arguments: exit code %d", got)
	}
}

func TestCommandFindsItsServers(t *testing.T) {
	t.Parallel()
	needRedis(t)
	var stdout, stderr bytes.Buffer
	script := `test -w "$TMPDIR" && echo "$TMPDIR" >"$TMPDIR/file" && echo "$COUNTERSIGN_TEST_REDIS"`
	if code := run(t.Context(), []string{"--redis", "--", "sh", "-c", script}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &stderr)
	}
	addr := strings.TrimSpace(stdout.String())
	if !strings.HasPrefix(addr, "127.0.0.1:") || !strings.Contains(stderr.String(), addr) {
		t.Errorf("COUNTERSIGN_TEST_REDIS=%q, log line %q", addr, &stderr)
	}
}

// awaitEOF proves that no process holds the other end of the pipe any more.
func awaitEOF(t *testing.T, r *os.File) {
	t.Helper()
	_ = r.SetReadDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Errorf("something still runs: %v", err)
	}
}

func TestWhatTheCommandLeavesRunningIsEnded(t *testing.T) {
	t.Parallel()
	needRedis(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	code := run(t.Context(), []string{"--redis", "--", "sh", "-c", "sleep 1000 & exit 3"}, w, w)
	w.Close()
	if code != 3 {
		t.Errorf("exit code %d", code)
	}
	awaitEOF(t, r)
}

func TestInterruptedWhileAGroupRuns(t *testing.T) {
	t.Parallel()
	needRedis(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int)
	go func() {
		defer w.Close()
		code <- run(ctx, []string{"--redis", "--", "sh", "-c", "sleep 1000 & echo up; wait"}, w, w)
	}()
	for lines := bufio.NewScanner(r); lines.Scan() && lines.Text() != "up"; {
	}
	cancel()
	if got := <-code; got != exitSignal+15 {
		t.Errorf("exit code %d, want that of a SIGTERM", got)
	}
	awaitEOF(t, r)
}
