package cache

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
)

// server is a redis-server of this test's own, which it may stop and freeze.
type server struct {
	t    *testing.T
	addr string
	args []string
	cmd  *exec.Cmd
}

// startServer runs redis-server on a socket in a directory of its own: no port
// that somebody else might take in between.
func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	dir, err := os.MkdirTemp("", "cs") // t.TempDir is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "redis.sock")
	s := &server{t: t, addr: socket, args: append([]string{
		"--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir,
	}, args...)}
	s.start()
	return s
}

// startTCP is startServer with a port, for what only knows addresses.
func startTCP(t *testing.T, args ...string) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(addr, ":")
	s := &server{t: t, addr: addr, args: append([]string{
		"--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir(),
	}, args...)}
	s.start()
	return s
}

// start runs the server and waits until it answers.
func (s *server) start() {
	s.t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		s.t.Skip("redis-server is not installed: what happens when Redis fails is not tested")
	}
	s.cmd = exec.Command(binary, s.args...)
	s.cmd.Stdout = io.Discard
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	cmd := s.cmd
	s.t.Cleanup(func() { end(cmd) })
	client := s.client()
	eventually(s.t, "redis-server answers", func() bool { return client.Ping(s.t.Context()).Err() == nil })
}

// client is a plain client, to look at the server from outside.
func (s *server) client() *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: s.addr, DisableIdentity: true, DialerRetries: 1, MaxRetries: -1})
	s.t.Cleanup(func() { _ = client.Close() })
	return client
}

func (s *server) do(args ...any) {
	s.t.Helper()
	if err := s.client().Do(s.t.Context(), args...).Err(); err != nil {
		s.t.Fatal(args, err)
	}
}

func (s *server) kill() { end(s.cmd) }

// end kills a process and waits until it is gone; twice does no harm.
func end(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// freeze stops the process as it is: connections stay open, nobody answers.
func (s *server) freeze() { s.signal(syscall.SIGSTOP) }
func (s *server) thaw()   { s.signal(syscall.SIGCONT) }

func (s *server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// keys are all keys of the server.
func (s *server) keys() []string {
	s.t.Helper()
	keys, err := s.client().Keys(s.t.Context(), "*").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	return keys
}

// startCluster runs a Cluster of one node that holds every slot. It refuses
// keys of different slots in one command just as a large one does.
func startCluster(t *testing.T) *server {
	t.Helper()
	s := startTCP(t, "--cluster-enabled", "yes")
	s.do("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
	client := s.client()
	eventually(t, "the cluster is ok", func() bool {
		info, err := client.ClusterInfo(t.Context()).Result()
		return err == nil && strings.Contains(info, "cluster_state:ok")
	})
	return s
}

// startSentinel runs a Sentinel that knows primary as "cs".
func startSentinel(t *testing.T, primary *server) *server {
	t.Helper()
	host, port, _ := strings.Cut(primary.addr, ":")
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	text := fmt.Sprintf("sentinel monitor cs %s %s 1\n", host, port)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startTCP(t)
	s.kill() // only its free port was wanted
	_, sentinelPort, _ := strings.Cut(s.addr, ":")
	s.args = []string{file, "--sentinel", "--port", sentinelPort, "--bind", "127.0.0.1"}
	s.start()
	return s
}

// unreachable is an address nobody listens on.
func unreachable(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "nobody")
}

// canceled is a context that is over.
func canceled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
