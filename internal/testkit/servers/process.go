//go:build unix

package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// program is something to run.
type program struct {
	name string // in messages and as the log file's name
	path string
	args []string
	as   *syscall.Credential // nil: as ourselves
}

// process is a program that runs, at the head of a process group of its own:
// a Ctrl-C at the terminal must reach the tests first and the servers last.
type process struct {
	pid  int
	log  string        // the file that holds what it printed
	done chan struct{} // closed when the process is gone
	err  error         // how it ended; to be read after done
}

// launch starts a program under the guard.
//
// Linux sends a child its death signal when the *thread* that forked it ends,
// so one goroutine, locked to its thread, starts the child and waits for it.
func (s *Servers) launch(p program) (*process, error) {
	log, err := os.Create(filepath.Join(s.dir, p.name+".log"))
	if err != nil {
		return nil, fmt.Errorf("servers: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(p.path, p.args...) //nolint:noctx // servers live until Stop, longer than the start's context
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C") // addressTaken reads what they print
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: p.as}
	dieWithParent(cmd.SysProcAttr)

	proc := &process{log: log.Name(), done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(proc.done)
		err := cmd.Start()
		started <- err
		if err == nil {
			proc.err = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("servers: start %s: %w", p.name, err)
	}
	proc.pid = cmd.Process.Pid
	s.guard.watchProcess(proc)
	return proc, nil
}

// tail returns the last lines of the log.
func (p *process) tail() string {
	const lines = 40 // mariadb-install-db says what went wrong before it says much else
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	return "\t" + strings.Join(all[max(0, len(all)-lines):], "\n\t")
}

// addressTaken says whether the program ended because another one had its port.
func (p *process) addressTaken() bool {
	return strings.Contains(p.tail(), "Address already in use")
}

// server is a program that listens.
type server struct {
	name    string // for people: "MariaDB"
	program func(port int) program
	// greet asks the server for its version. It fails as long as the server
	// is not ready, and when another server than the process pid answers.
	greet func(ctx context.Context, port, pid int) (version string, err error)
}

// running is a server that answers.
type running struct {
	*process
	name    string
	port    int
	version string
}

func (r *running) address() string { return loopback(r.port) }

// endedEarly returns an error when nobody stopped the server and it is gone.
func (r *running) endedEarly() error {
	select {
	case <-r.done:
		return fmt.Errorf("servers: %s ended by itself (%w); its last lines:\n%s", r.name, r.err, r.tail())
	default:
		return nil
	}
}

// errAddressTaken tells serve to try another port.
var errAddressTaken = errors.New("address already in use")

// serve starts a server on a free port. Between finding a port and listening
// on it another program may take it; then it tries the next one.
func (s *Servers) serve(ctx context.Context, srv server) (*running, error) {
	const attempts = 5
	var err error
	for range attempts {
		var r *running
		if r, err = s.serveOnce(ctx, srv); err == nil {
			return r, nil
		}
		if !errors.Is(err, errAddressTaken) {
			break
		}
	}
	return nil, fmt.Errorf("servers: %s: %w", srv.name, err)
}

func (s *Servers) serveOnce(ctx context.Context, srv server) (*running, error) {
	port, err := s.freePort(ctx)
	if err != nil {
		return nil, err
	}
	proc, err := s.launch(srv.program(port))
	if err != nil {
		return nil, err
	}
	version, err := awaitReady(ctx, proc, func() (string, error) { return srv.greet(ctx, port, proc.pid) })
	if err != nil {
		s.guard.kill(proc.pid)
		return nil, err
	}
	return &running{process: proc, name: srv.name, port: port, version: version}, nil
}

// awaitReady asks until the process answers, ends, or ctx does.
func awaitReady(ctx context.Context, proc *process, greet func() (string, error)) (string, error) {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		version, err := greet()
		if err == nil {
			return version, nil
		}
		select {
		case <-again.C:
		case <-proc.done:
			if proc.addressTaken() {
				return "", errAddressTaken
			}
			return "", fmt.Errorf("ended before it was ready (%w); its last lines:\n%s", proc.err, proc.tail())
		case <-ctx.Done():
			return "", fmt.Errorf("not ready: %w (last answer: %w); its last lines:\n%s",
				context.Cause(ctx), err, proc.tail())
		}
	}
}

// portFinder returns a port on which nobody listens.
type portFinder func(context.Context) (int, error)

// freePort asks the kernel for a port that is free at this moment.
func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", loopback(0))
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
