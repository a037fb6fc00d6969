package cache

import (
	"log/slog"
	"sync"
	"time"
)

// State is what the breaker does with calls.
type State string

// The states of the breaker.
const (
	StateClosed   State = "closed"    // calls go to Redis
	StateOpen     State = "open"      // calls are refused at once
	StateHalfOpen State = "half_open" // one call is trying whether Redis is back
)

const (
	// breakAfter failures in a row open the breaker: more than one, because one
	// lost connection is common; few, because each may cost the full limit.
	breakAfter = 3
	// breakFor is how long Redis is left alone before one call tries it again.
	breakFor = time.Second
)

// outcome is what a call learned about Redis.
type outcome int

const (
	succeeded outcome = iota
	failed
	unknown // the caller gave up first
)

// turn is the permission for one call; a probe decides for all.
type turn struct{ probe bool }

// breaker keeps a dead Redis from costing every request its timeout.
type breaker struct {
	log *slog.Logger

	mu       sync.Mutex
	state    State
	failures int       // in a row, while closed
	retryAt  time.Time // while open
}

func newBreaker(log *slog.Logger) *breaker {
	return &breaker{log: log, state: StateClosed}
}

func (b *breaker) current() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

// enter asks for a turn. Once the break is over, exactly one caller gets one.
func (b *breaker) enter() (turn, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.state == StateClosed:
		return turn{}, true
	case b.state == StateOpen && !time.Now().Before(b.retryAt):
		b.state = StateHalfOpen
		return turn{probe: true}, true
	default:
		return turn{}, false
	}
}

// leave says how a turn went. Turns that began before the break no longer count.
func (b *breaker) leave(t turn, o outcome, cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !t.probe && b.state != StateClosed {
		return
	}
	switch o {
	case succeeded:
		b.shut()
	case failed:
		b.failures++
		if t.probe || b.failures >= breakAfter {
			b.open(cause)
		}
	case unknown:
		if t.probe { // nothing was learned: the next caller tries
			b.state = StateOpen
		}
	}
}

func (b *breaker) shut() {
	if b.state != StateClosed {
		b.log.Info("redis is back")
	}
	b.state, b.failures = StateClosed, 0
}

// trip opens the breaker without waiting for more failures: at the start, nothing speaks
// for Redis yet.
func (b *breaker) trip(cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open(cause)
}

func (b *breaker) open(cause error) {
	if b.state == StateClosed {
		b.log.Warn("redis fails; going on without it", "error", cause)
	}
	b.state, b.retryAt = StateOpen, time.Now().Add(breakFor)
}
