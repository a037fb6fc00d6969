package cache

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var errDown = errors.New("down")

func testBreaker() (*breaker, *bytes.Buffer) {
	var log bytes.Buffer
	return newBreaker(slog.New(slog.NewTextHandler(&log, nil))), &log
}

// fail makes n calls that fail.
func fail(t *testing.T, b *breaker, n int) {
	t.Helper()
	for range n {
		turn, ok := b.enter()
		if !ok {
			t.Fatal("no turn in state", b.current())
		}
		b.leave(turn, failed, errDown)
	}
}

func TestBreakerOpensAndCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, log := testBreaker()
		fail(t, b, breakAfter)
		if _, ok := b.enter(); ok || b.current() != StateOpen {
			t.Fatal("calls go on in state", b.current())
		}
		time.Sleep(breakFor - 1)
		if _, ok := b.enter(); ok {
			t.Fatal("the break was short")
		}
		time.Sleep(time.Nanosecond)
		probe, ok := b.enter()
		if !ok || b.current() != StateHalfOpen {
			t.Fatal("nobody tries in state", b.current())
		}
		if _, ok := b.enter(); ok {
			t.Fatal("two try at once")
		}
		b.leave(probe, succeeded, nil)
		if b.current() != StateClosed {
			t.Fatal("back, and still", b.current())
		}
		if text := log.String(); strings.Count(text, "going on without it") != 1 || strings.Count(text, "is back") != 1 {
			t.Errorf("logged %q", text)
		}
	})
}

func TestBreakerTriesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, log := testBreaker()
		fail(t, b, breakAfter)
		for range 3 {
			time.Sleep(breakFor)
			fail(t, b, 1)
			if b.current() != StateOpen {
				t.Fatal("a failed try left it", b.current())
			}
		}
		if strings.Count(log.String(), "\n") != 1 {
			t.Errorf("one outage is one line, got %q", log.String())
		}
	})
}

func TestBreakerCountsFailuresInARow(t *testing.T) {
	t.Parallel()
	b, _ := testBreaker()
	for range 5 {
		fail(t, b, breakAfter-1)
		turn, _ := b.enter()
		b.leave(turn, succeeded, nil)
	}
	if b.current() != StateClosed {
		t.Error("failures between successes opened it")
	}
}

// A probe whose caller gave up must not keep everybody else out for good.
func TestBreakerGivesTheProbeOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, _ := testBreaker()
		fail(t, b, breakAfter)
		time.Sleep(breakFor)
		probe, _ := b.enter()
		b.leave(probe, unknown, nil)
		if _, ok := b.enter(); !ok {
			t.Error("no second probe")
		}
	})
}

func TestBreakerIgnoresCallsFromBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, _ := testBreaker()
		early, _ := b.enter()
		late, _ := b.enter()
		fail(t, b, breakAfter)
		b.leave(early, succeeded, nil)
		if b.current() != StateOpen {
			t.Error("an early call closed it")
		}
		time.Sleep(breakFor)
		_, _ = b.enter()
		b.leave(late, failed, errDown)
		if b.current() != StateHalfOpen {
			t.Error("an early call took the probe's place")
		}
	})
}

func TestCallersWhoGiveUpAreNoFailures(t *testing.T) {
	t.Parallel()
	c := open(t, Options{})
	for range 2 * breakAfter {
		err := c.call(canceled(t), func(ctx context.Context) error { return ctx.Err() })
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if !c.Healthy() {
		t.Error("callers who left opened the breaker")
	}
}
