package testkit

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
)

// Redis is a redis-server of one test's own, which it may kill.
type Redis struct {
	Addr string
	cmd  *exec.Cmd
}

// StartRedis runs one on a socket in a directory of its own.
func StartRedis(t testing.TB) *Redis {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed")
	}
	dir, err := os.MkdirTemp("", "cs") // t.TempDir is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	r := &Redis{Addr: filepath.Join(dir, "redis.sock")}
	r.cmd = exec.Command(binary, "--port", "0", "--unixsocket", r.Addr, "--save", "", "--dir", dir) //nolint:noctx // it ends with the test
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Kill)
	Eventually(t, "redis-server listens", func() bool {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "unix", r.Addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return r
}

// Kill ends it and waits until it is gone; twice does no harm.
func (r *Redis) Kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

// Eventually waits for what only another process's clock decides.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatal("never: " + what)
		}
	}
}

// Proxy stands between a replica and its database.
type Proxy struct {
	to       string
	listener net.Listener
	mu       sync.Mutex
	cut      bool // refuse
	stalled  chan struct{}
	open     map[net.Conn]bool
	wg       sync.WaitGroup
	sent     atomic.Int64 // statements
}

// Statements is how many have passed.
func (p *Proxy) Statements() int { return int(p.sent.Load()) }

// statements counts those among the packets that a client sends. A packet is a length of
// three bytes, a number, and, when that is 0, a command first of all.
type statements struct {
	n    *atomic.Int64
	head []byte
	rest int // of the packet's body
}

func (s *statements) Write(b []byte) (int, error) {
	for at := 0; at < len(b); {
		if s.rest > 0 {
			k := min(s.rest, len(b)-at)
			s.rest, at = s.rest-k, at+k
			continue
		}
		s.head = append(s.head, b[at])
		at++
		if len(s.head) < 4 {
			continue
		}
		const query, execute = 0x03, 0x17
		length := int(s.head[0]) | int(s.head[1])<<8 | int(s.head[2])<<16
		switch {
		case length == 0:
			s.head = s.head[:0]
		case len(s.head) == 5:
			if s.head[3] == 0 && (s.head[4] == query || s.head[4] == execute) {
				s.n.Add(1)
			}
			s.head, s.rest = s.head[:0], length-1
		}
	}
	return len(b), nil
}

// Behind starts one more replica that reaches MariaDB through a proxy.
func (a *App) Behind(t testing.TB, o Options) (*Replica, *Proxy) {
	t.Helper()
	cfg, err := mysqldriver.ParseDSN(a.Database.DSN)
	if err != nil {
		t.Fatal(err)
	}
	p := startProxy(t, cfg.Addr)
	cfg.Addr = p.listener.Addr().String()
	b := *a
	b.Database.DSN = cfg.FormatDSN()
	if o.Logs == nil {
		o.Logs = faultsOf(t)
	}
	if o.Limits == 0 {
		o.Limits = 100_000
	}
	sealer, key := newSealer(t)
	return b.replica(t, o, sealer, key), p
}

func startProxy(t testing.TB, to string) *Proxy {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{to: to, listener: l, open: map[net.Conn]bool{}}
	p.wg.Go(p.accept)
	t.Cleanup(func() { // before the replica's own end would wait for a stalled line
		_ = l.Close()
		p.Cut()
		p.wg.Wait()
	})
	return p
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.carry(c) })
	}
}

func (p *Proxy) carry(c net.Conn) {
	p.mu.Lock()
	refused := p.cut
	p.mu.Unlock()
	if refused {
		_ = c.Close()
		return
	}
	s, err := net.Dial("tcp4", p.to) //nolint:noctx // ended by Cut
	if err != nil {
		_ = c.Close()
		return
	}
	p.keep(c, s)
	var both sync.WaitGroup
	both.Go(func() {
		p.pump(s, struct {
			io.Reader
			io.Closer
		}{io.TeeReader(c, &statements{n: &p.sent}), c})
	})
	both.Go(func() { p.pump(c, s) })
	both.Wait()
}

func (p *Proxy) keep(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.open[c] = true
	}
}

func (p *Proxy) pump(to io.WriteCloser, from io.ReadCloser) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			p.mu.Lock()
			stall := p.stalled
			p.mu.Unlock()
			if stall != nil {
				<-stall
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// Cut ends every connection and refuses new ones.
func (p *Proxy) Cut() {
	p.Flow()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for c := range p.open {
		_ = c.Close()
		delete(p.open, c)
	}
}

// Stall keeps every connection and lets nothing through.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled == nil {
		p.stalled = make(chan struct{})
	}
}

// Flow ends Stall and Cut.
func (p *Proxy) Flow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
	if p.stalled != nil {
		close(p.stalled)
		p.stalled = nil
	}
}
