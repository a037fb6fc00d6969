package cache

import (
	"errors"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/sony/gobreaker/v2"
)

const (
	// breakAfter failures in a row open the breaker: more than one, because one
	// lost connection is common; few, because each may cost the full limit.
	breakAfter = 3
	// breakFor is how long Redis is left alone before one call tries it again.
	breakFor = time.Second
)

// breaker keeps a dead Redis from costing every request its timeout. A missing key
// (redis.Nil) is an answer; a caller who gave up says nothing about Redis.
type breaker struct {
	*gobreaker.CircuitBreaker[struct{}]
	log   *slog.Logger
	cause error // the newest failure; only read and written under the library's lock
}

// gaveUp marks an error whose caller left first.
type gaveUp struct{ error }

func (g gaveUp) Unwrap() error { return g.error }

func newBreaker(log *slog.Logger) *breaker {
	b := &breaker{log: log}
	b.CircuitBreaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:   1,
		Timeout:       breakFor,
		ReadyToTrip:   func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= breakAfter },
		IsSuccessful:  b.isAnswer,
		IsExcluded:    func(err error) bool { _, left := errors.AsType[gaveUp](err); return left },
		OnStateChange: b.tell,
	})
	return b
}

// run makes one call, unless Redis is left alone.
func (b *breaker) run(use func() error) error {
	_, err := b.Execute(func() (struct{}, error) { return struct{}{}, use() })
	return err
}

// trip opens the breaker without waiting for more failures: at the start, nothing speaks
// for Redis yet.
func (b *breaker) trip(cause error) {
	for range breakAfter {
		_ = b.run(func() error { return cause })
	}
}

func (b *breaker) isAnswer(err error) bool {
	if err == nil || errors.Is(err, redis.Nil) {
		return true
	}
	b.cause = err
	return false
}

// tell logs one outage as two lines, its beginning and its end.
func (b *breaker) tell(_ string, from, to gobreaker.State) {
	switch {
	case from == gobreaker.StateClosed:
		b.log.Warn("redis fails; going on without it", "error", b.cause)
	case to == gobreaker.StateClosed:
		b.log.Info("redis is back")
	}
}
