//go:build unix

package servers

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// limit ends a test that would otherwise wait for ever.
const limit = 90 * time.Second

var both = Options{MariaDB: true, Redis: true}

// startFor starts servers and stops them with the test.
func startFor(t *testing.T, opt Options, freePort portFinder) *Servers {
	t.Helper()
	if err := Check(opt); err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	s, err := start(ctx, opt, freePort)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

// ask writes a line to an address and returns the first bytes of the answer.
func ask(t *testing.T, address, line string) string {
	t.Helper()
	conn, err := net.DialTimeout("tcp4", address, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(conn, line); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 64)
	n, err := conn.Read(answer)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer[:n])
}

func requireClosed(t *testing.T, address string) {
	t.Helper()
	if !closed(address) {
		t.Errorf("%s still answers", address)
	}
}

func closed(address string) bool {
	conn, err := net.DialTimeout("tcp4", address, time.Second)
	if err == nil {
		conn.Close()
	}
	return err != nil
}

func requireNoDir(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there (%v)", dir, err)
	}
}

func TestBothAnswerAndNothingIsLeft(t *testing.T) {
	t.Parallel()
	s := startFor(t, both, freePort)
	if got := ask(t, s.RedisAddr(), "PING\r\n"); got != "+PONG\r\n" {
		t.Errorf("Redis answers %q", got)
	}
	if got := ask(t, s.mariadb.address(), ""); !strings.Contains(got, s.mariadb.version) {
		t.Errorf("MariaDB greets with %q, want its version %s", got, s.mariadb.version)
	}
	want := fmt.Sprintf("root@tcp(%s)/some_db?clientFoundRows=true&loc=UTC&parseTime=true&time_zone=%%27%%2B00%%3A00%%27",
		s.mariadb.address())
	if got := s.DSN("some_db"); got != want {
		t.Errorf("DSN\n got %s\nwant %s", got, want)
	}

	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	for _, r := range []*running{s.mariadb, s.redis} {
		requireClosed(t, r.address())
		if err := syscall.Kill(r.pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("%s: process %d is still there (%v)", r.name, r.pid, err)
		}
	}
	requireNoDir(t, s.dir)
}

func TestTakenPortIsLeftForAnother(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp4", loopback(0))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, opt := range []Options{{MariaDB: true}, {Redis: true}} {
		tries := 0
		s := startFor(t, opt, func(ctx context.Context) (int, error) {
			if tries++; tries == 1 {
				return taken.Addr().(*net.TCPAddr).Port, nil
			}
			return freePort(ctx)
		})
		if tries != 2 {
			t.Errorf("%s: %d tries, want 2", s, tries)
		}
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}
}

// Two runs may be given the same port one after the other; the loser must not
// take the winner's Redis for its own.
func TestAnotherRedisIsNotOurs(t *testing.T) {
	t.Parallel()
	s := startFor(t, Options{Redis: true}, freePort)
	if _, err := greetRedis(t.Context(), s.redis.port, s.redis.pid); err != nil {
		t.Error(err)
	}
	if version, err := greetRedis(t.Context(), s.redis.port, os.Getpid()); err == nil {
		t.Errorf("took another process's answer: %s", version)
	}
}

func TestServerThatEndsByItselfIsReported(t *testing.T) {
	t.Parallel()
	s := startFor(t, Options{Redis: true}, freePort)
	if err := syscall.Kill(s.redis.pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.redis.done
	if err := s.Stop(); err == nil || !strings.Contains(err.Error(), "Redis ended by itself (signal: killed)") {
		t.Errorf("Stop: %v", err)
	}
	requireNoDir(t, s.dir)
}

func TestCancelledStartLeavesNothing(t *testing.T) {
	if err := Check(both); err != nil {
		t.Skip(err)
	}
	// Not t.TempDir: MariaDB, being another user, could not reach it.
	tmp, err := os.MkdirTemp("", "countersign-cancelled-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", tmp) // Start looks at it, so this test is not parallel
	ctx, cancel := context.WithCancel(t.Context())
	_, err = start(ctx, both, func(ctx context.Context) (int, error) {
		cancel()
		return freePort(ctx)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Start: %v", err)
	}
	left, err := os.ReadDir(tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
}

func TestMissingProgramsAreNamed(t *testing.T) {
	if _, err := os.Stat("/usr/local/sbin/redis-server"); err == nil {
		t.Skip("Redis lies in a folder that is always searched")
	}
	t.Setenv("PATH", t.TempDir())
	_, err := Start(t.Context(), Options{Redis: true})
	missing, ok := errors.AsType[*MissingError](err)
	if !ok {
		t.Fatalf("Start: %v", err)
	}
	if fmt.Sprint(missing.Programs, missing.Packages) != "[redis-server] [redis-server]" {
		t.Errorf("missing: %+v", missing)
	}
}

// victim is what the program that is going to be killed says about itself.
type victim struct{ Dir, MariaDB, Redis string }

const victimVar = "COUNTERSIGN_TEST_SERVERS_VICTIM"

// TestVictim is no test: it is the program that the next test kills.
func TestVictim(t *testing.T) {
	if os.Getenv(victimVar) == "" {
		t.Skip("runs as the child of TestNothingOutlivesAKilledProgram")
	}
	s := startFor(t, both, freePort)
	if err := json.NewEncoder(os.Stdout).Encode(victim{s.dir, s.mariadb.address(), s.RedisAddr()}); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until the end, which comes first
}

func TestNothingOutlivesAKilledProgram(t *testing.T) {
	t.Parallel()
	if err := Check(both); err != nil {
		t.Skip(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestVictim$")
	cmd.Env = append(os.Environ(), victimVar+"=1")
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var v victim
	if err := errors.Join(err, json.Unmarshal(line, &v)); err != nil {
		t.Fatalf("the victim says %q: %v", line, err)
	}

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // "signal: killed"

	// The guard is nobody's child any more: all there is to see is its work. A server
	// that was killed is gone once the kernel has taken its memory back, which may be
	// after its folder went; and another test's server may be given its port by then.
	within(limit, func() bool { _, err := os.Stat(v.Dir); return err != nil })
	within(limit, func() bool { return closed(v.MariaDB) && closed(v.Redis) })
	requireNoDir(t, v.Dir)
	requireClosed(t, v.MariaDB)
	requireClosed(t, v.Redis)
}

// within asks until it is so, or the time is over.
func within(d time.Duration, so func() bool) {
	for deadline := time.Now().Add(d); !so() && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
}
