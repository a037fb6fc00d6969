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

	"github.com/redis/go-redis/v9"
	"github.com/sony/gobreaker/v2"
)

var errDown = errors.New("down")

func testBreaker() (*breaker, *bytes.Buffer) {
	var log bytes.Buffer
	return newBreaker(slog.New(slog.NewTextHandler(&log, nil))), &log
}

func succeeds() error { return nil }
func fails() error    { return errDown }
func leaves() error   { return gaveUp{context.Canceled} }

// fail makes n calls that fail.
func fail(t *testing.T, b *breaker, n int) {
	t.Helper()
	for range n {
		if err := b.run(fails); !errors.Is(err, errDown) {
			t.Fatal(err, "in state", b.State())
		}
	}
}

// refuses says whether a call is refused without being made.
func refuses(t *testing.T, b *breaker) bool {
	t.Helper()
	made := false
	err := b.run(func() error { made = true; return nil })
	if made == (err != nil) {
		t.Fatal("made:", made, "and", err)
	}
	return !made
}

func TestBreakerOpensAndCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, log := testBreaker()
		fail(t, b, breakAfter)
		if !refuses(t, b) || b.State() != gobreaker.StateOpen {
			t.Fatal("calls go on in state", b.State())
		}
		time.Sleep(breakFor)
		if !refuses(t, b) {
			t.Fatal("the break was short")
		}
		time.Sleep(time.Nanosecond)
		err := b.run(func() error {
			if !refuses(t, b) {
				t.Error("two try at once")
			}
			return nil
		})
		if err != nil || b.State() != gobreaker.StateClosed {
			t.Fatal("back, and still", b.State(), err)
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
			time.Sleep(breakFor + 1)
			fail(t, b, 1)
			if b.State() != gobreaker.StateOpen {
				t.Fatal("a failed try left it", b.State())
			}
		}
		if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "error=down") {
			t.Errorf("one outage is one line with its cause, got %q", text)
		}
	})
}

func TestBreakerCountsFailuresInARow(t *testing.T) {
	t.Parallel()
	b, _ := testBreaker()
	for range 5 {
		fail(t, b, breakAfter-1)
		if err := b.run(succeeds); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 * breakAfter {
		_ = b.run(func() error { return redis.Nil })
	}
	if b.State() != gobreaker.StateClosed {
		t.Error("failures between successes, or missing keys, opened it")
	}
}

// A probe whose caller gave up, or panicked, must not keep everybody else out for good.
func TestBreakerGivesTheProbeOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, _ := testBreaker()
		fail(t, b, breakAfter)
		time.Sleep(breakFor + 1)
		if err := b.run(leaves); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = b.run(func() error { panic("in a probe") })
		}()
		time.Sleep(breakFor + 1)
		if refuses(t, b) {
			t.Error("no third probe")
		}
	})
}

func TestBreakerIgnoresCallsFromBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, _ := testBreaker()
		late := b.run(func() error {
			early := b.run(func() error { fail(t, b, breakAfter); return nil })
			if early != nil || b.State() != gobreaker.StateOpen {
				t.Error("an early call closed it", early)
			}
			time.Sleep(breakFor + 1)
			_ = b.State()
			return errDown
		})
		if !errors.Is(late, errDown) || b.State() != gobreaker.StateHalfOpen {
			t.Error("an early call took the probe's place", late)
		}
	})
}

func TestBreakerTrips(t *testing.T) {
	t.Parallel()
	b, log := testBreaker()
	b.trip(errDown)
	if b.State() != gobreaker.StateOpen || strings.Count(log.String(), "error=down") != 1 {
		t.Error(b.State(), log)
	}
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
