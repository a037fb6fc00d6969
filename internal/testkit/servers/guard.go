//go:build unix

package servers

import (
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// guardScript waits, as a process of its own, for the end of its input, which
// comes when its parent closes the pipe or dies in whatever way. Each line is
// the complete list of the process groups that live; the last line counts.
// A process that dies may still be writing for a moment, hence the second try.
const guardScript = `
trap "" HUP INT TERM
while read -r line; do groups=$line; done
for group in $groups; do kill -s KILL -- "-$group"; done
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
`

// guard kills the process groups it knows and removes the data directory when
// this program is gone. A killed program cannot clear up after itself, and
// the kernel's death signal reaches neither grandchildren nor files.
type guard struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser

	mu     sync.Mutex
	groups map[int]<-chan struct{} // by leader; closed when the leader is gone; nil: unknown
}

func startGuard(dir string) (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript, "guard", dir) //nolint:noctx // it ends when all else has
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}            // out of reach of what kills our group
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("servers: guard: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("servers: guard: %w", err)
	}
	return &guard{cmd: cmd, pipe: pipe, groups: map[int]<-chan struct{}{}}, nil
}

// watch takes a process group in, by its leader.
func (g *guard) watch(leader int) { g.add(leader, nil) }

// watchProcess does the same for a child of ours, whose end can be awaited.
func (g *guard) watchProcess(p *process) { g.add(p.pid, p.done) }

func (g *guard) add(leader int, done <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.groups[leader] = done
	g.tell()
}

// kill ends a group, waits for its leader and forgets it: the kernel will use
// the number again.
func (g *guard) kill(leader int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.killLocked(leader)
	g.tell()
}

// killAll ends every group.
func (g *guard) killAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for leader := range g.groups {
		g.killLocked(leader)
	}
	g.tell()
}

// killLocked does not ask politely: the data goes too, so there is nothing to
// close in order, and nothing that is asked can refuse.
func (g *guard) killLocked(leader int) {
	_ = syscall.Kill(-leader, syscall.SIGKILL) // ESRCH: it is gone already
	if done := g.groups[leader]; done != nil {
		<-done
	}
	delete(g.groups, leader)
}

// tell sends the list. An error means that the guard is gone, which is found
// again by dismiss.
func (g *guard) tell() {
	var line []string
	for leader := range g.groups {
		line = append(line, fmt.Sprint(leader))
	}
	slices.Sort(line)
	_, _ = fmt.Fprintln(g.pipe, strings.Join(line, " "))
}

// dismiss ends the guard, which then removes the directory should it be there.
func (g *guard) dismiss() error {
	_ = g.pipe.Close()
	if err := g.cmd.Wait(); err != nil {
		return fmt.Errorf("servers: guard: %w", err)
	}
	return nil
}
