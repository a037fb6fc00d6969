package service

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/store"
)

// logbook notes what a loop tells of itself.
type logbook struct {
	mu     sync.Mutex
	failed []bool // turn by turn
	panics int
	log    bytes.Buffer
}

func (b *logbook) Ticked(_ LoopName, _ time.Time, _ time.Duration, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed = append(b.failed, err != nil)
}

func (b *logbook) Panicked(LoopName) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.panics++
}

func (b *logbook) guard() guard {
	return guard{name: LoopSweep, log: slog.New(slog.NewTextHandler(&b.log, nil)), watch: b}
}

// started runs a loop; stop ends it and waits for it.
func started(t *testing.T, l loop) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		l.run(ctx)
		close(ended)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// at asks that the next turn begins so long after the start.
func at(t *testing.T, begun <-chan time.Duration, want time.Duration) {
	t.Helper()
	if got := <-begun; got != want {
		t.Errorf("a turn began after %v, want %v", got, want)
	}
}

// TestLoopGoesOnWhileTurnsPanic: a turn that panics or fails is told of and followed by the next
// one at its time.
func TestLoopGoesOnWhileTurnsPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b logbook
		start, n, begun := time.Now(), 0, make(chan time.Duration)
		stop := started(t, loop{guard: b.guard(), pace: time.Minute, tick: func(context.Context) (bool, error) {
			begun <- time.Since(start)
			switch n++; n {
			case 1:
				panic("nobody foresaw this")
			case 2:
				return false, errors.New("the database is away")
			}
			return false, nil
		}})
		at(t, begun, 0)
		at(t, begun, time.Minute)
		at(t, begun, 2*time.Minute)
		synctest.Wait()
		stop()
		if !slices.Equal(b.failed, []bool{true, true, false}) || b.panics != 1 {
			t.Errorf("turns failed: %v; panics: %d", b.failed, b.panics)
		}
		for _, want := range []string{"level=ERROR msg=panic loop=sweep", "nobody foresaw this", "loop_test.go", "the database is away"} {
			if !strings.Contains(b.log.String(), want) {
				t.Errorf("the log lacks %q:\n%s", want, b.log.String())
			}
		}
	})
}

// TestLoopStoppedWhileATurnRuns: a stop waits for the turn under way, and for what the turns have left
// under way; what it cuts off has not failed.
func TestLoopStoppedWhileATurnRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b logbook
		var ended bool
		begun, finish, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			loop{guard: b.guard(), pace: time.Minute, end: func() { <-left }, tick: func(ctx context.Context) (bool, error) {
				close(begun)
				<-finish
				return true, ctx.Err()
			}}.run(ctx)
			ended = true
		}()
		<-begun
		cancel()
		synctest.Wait()
		if ended {
			t.Error("the stop did not wait for the turn")
		}
		close(finish)
		synctest.Wait()
		if ended {
			t.Error("the stop did not wait for what a turn left under way")
		}
		close(left)
		synctest.Wait()
		if !ended || !slices.Equal(b.failed, []bool{false}) {
			t.Errorf("ended: %v; turns failed: %v", ended, b.failed)
		}
	})
}

// TestLoopWokenWhileItWaits: a wake-up has a turn taken early; work that asks for more has the next turn
// at once.
func TestLoopWokenWhileItWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b logbook
		start, n, begun, wake := time.Now(), 0, make(chan time.Duration), make(chan struct{}, 1)
		stop := started(t, loop{guard: b.guard(), pace: time.Hour, wake: wake, tick: func(context.Context) (bool, error) {
			begun <- time.Since(start)
			n++
			return n == 2, nil
		}})
		at(t, begun, 0)
		synctest.Wait()
		poke(wake)
		at(t, begun, 0)
		at(t, begun, 0) // the second asked for it
		at(t, begun, time.Hour)
		stop()
	})
}

// TestLoopWhileWithoutAClock: nothing but a wake-up has a turn taken, and those that come while it
// takes breath have one together.
func TestLoopWhileWithoutAClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b logbook
		start, begun, wake := time.Now(), make(chan time.Duration), make(chan struct{}, 1)
		stop := started(t, loop{guard: b.guard(), wake: wake, breath: time.Second, tick: func(context.Context) (bool, error) {
			begun <- time.Since(start)
			return false, nil
		}})
		poke(wake)
		at(t, begun, time.Second)
		poke(wake)
		poke(wake)
		at(t, begun, 2*time.Second)
		select {
		case <-begun:
			t.Error("a turn that nobody asked for")
		case <-time.After(time.Hour):
		}
		stop()
	})
}

// TestLoopsHaveNames: each loop has its own name, and all are among those that the metrics
// begin with.
func TestLoopsHaveNames(t *testing.T) {
	t.Parallel()
	var names []LoopName
	for _, l := range New(Doors{Store: &store.Store{}}, Settings{}).loops {
		if l.tick == nil || l.pace == 0 && l.wake == nil {
			t.Errorf("%s: nothing has it take a turn", l.name)
		}
		names = append(names, l.name)
	}
	want := LoopNames()
	slices.Sort(names)
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("loops %v, names %v", names, want)
	}
}
