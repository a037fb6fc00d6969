//go:build unix

// Command run starts a real MariaDB and a real Redis, runs a command that
// finds them in its environment, and clears everything away afterwards:
//
//	go run ./internal/testkit/run [--mariadb] [--redis] [--install LIST] [--] COMMAND [ARG…]
//
// The command's temporary files lie beside the servers' data, in memory where the machine
// has a disk there. COUNTERSIGN_TEST_MYSQL is a go-sql-driver DSN of the server without a
// database, COUNTERSIGN_TEST_REDIS is host:port. Without --mariadb or --redis
// both servers are started. What is not installed is installed when that is
// possible (Debian, as root), and named when it is not. The command's input is
// empty, and whatever it leaves running is ended. Its exit code is passed
// through, of which "go run" itself tells its caller only zero or not.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"countersign/internal/testkit/servers"
)

// Exit codes of our own; every other one is the command's.
const (
	exitFailed     = 1   // the servers could not be had
	exitUsage      = 2   // the arguments make no sense
	exitNotStarted = 127 // the command could not be started, as in a shell
	exitSignal     = 128 // plus the number of the signal that ended the command
)

// grace is how long an interrupted command may take to end.
const grace = 10 * time.Second

func main() { os.Exit(withSignals()) }

// withSignals runs until the end or until somebody ends it.
func withSignals() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, orphaned := context.WithCancel(ctx)
	go func() {
		awaitOrphaned(ctx)
		orphaned()
	}()
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// awaitOrphaned returns when the parent is gone or ctx ends. "go run" does not
// pass a SIGTERM on, it just dies of it; nobody is then left to wait for us.
func awaitOrphaned(ctx context.Context) {
	parent := os.Getppid()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for os.Getppid() == parent {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// order is what the arguments ask for.
type order struct {
	servers servers.Options
	install []string // Debian packages to have besides
	command []string
}

// parse reads the arguments. Without a command there must be something to
// install, and then no server is needed.
func parse(args []string, stderr io.Writer) (order, error) {
	var o order
	var install string
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&o.servers.MariaDB, "mariadb", false, "start MariaDB")
	flags.BoolVar(&o.servers.Redis, "redis", false, "start Redis")
	flags.StringVar(&install, "install", "", "Debian `packages` to have besides, separated by commas")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: run [--mariadb] [--redis] [--install LIST] [--] COMMAND [ARG…]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return order{}, err
	}
	o.command = flags.Args()
	o.install = strings.FieldsFunc(install, func(r rune) bool { return r == ',' || r == ' ' })
	if len(o.command) == 0 && len(o.install) == 0 {
		flags.Usage()
		return order{}, errors.New("no command")
	}
	if len(o.command) > 0 && o.servers == (servers.Options{}) {
		o.servers = servers.Options{MariaDB: true, Redis: true}
	}
	return o, nil
}

// run does everything and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return exitUsage
	}
	if err := provide(ctx, thisMachine(stderr), o); err != nil {
		fmt.Fprintln(stderr, "run:", err)
		return exitFailed
	}
	if len(o.command) == 0 {
		return 0
	}
	return serve(ctx, o, stdout, stderr)
}

// serve runs the command between the start and the stop of the servers.
func serve(ctx context.Context, o order, stdout, stderr io.Writer) int {
	begin := time.Now()
	s, err := servers.Start(ctx, o.servers)
	if err != nil {
		fmt.Fprintln(stderr, "run:", err)
		return exitFailed
	}
	fmt.Fprintf(stderr, "run: %s, ready in %.1f s\n", s, time.Since(begin).Seconds())
	code, err := execute(ctx, s, o, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "run:", err)
	}
	if err := s.Stop(); err != nil {
		fmt.Fprintln(stderr, "run:", err)
	}
	return code
}

// execute runs the command in a process group of its own, so that an
// interruption reaches all of it, and nothing of it stays behind.
func execute(ctx context.Context, s *servers.Servers, o order, stdout, stderr io.Writer) (code int, err error) {
	temp, err := s.TempDir()
	if err != nil {
		return exitFailed, err
	}
	cmd := exec.CommandContext(ctx, o.command[0], o.command[1:]...)
	cmd.Env = slices.Concat(os.Environ(), environment(s, o.servers), []string{"TMPDIR=" + temp})
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = grace
	if err := cmd.Start(); err != nil {
		return exitNotStarted, err
	}
	s.Adopt(cmd.Process.Pid)
	defer s.Abandon(cmd.Process.Pid)
	err = cmd.Wait()
	return exitCode(cmd.ProcessState), unlessExit(err)
}

// environment names the servers that run.
func environment(s *servers.Servers, opt servers.Options) []string {
	var env []string
	if opt.MariaDB {
		env = append(env, "COUNTERSIGN_TEST_MYSQL="+s.DSN(""))
	}
	if opt.Redis {
		env = append(env, "COUNTERSIGN_TEST_REDIS="+s.RedisAddr())
	}
	return env
}

// exitCode is a shell's reading of how a process ended.
func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitSignal + int(status.Signal())
	}
	return state.ExitCode()
}

// unlessExit drops what the exit code already says.
func unlessExit(err error) error {
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil
	}
	return err
}
