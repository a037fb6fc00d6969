package store

import (
	"context"
	"sync"
	"time"

	"gorm.io/gorm"
)

// trust is for how long this process's own clock carries the database's time on. What it
// can be wrong by is the way of one question and answer, and the drift of a second.
const trust = time.Second

// serverClock is the database's time as it was read last, carried on by the monotonic
// clock of this process, which no administrator sets.
type serverClock struct {
	mu     sync.Mutex
	answer time.Time // the database's
	heard  time.Time // when this process had it
}

// at is the database's time at an instant of this process, unless it must be read again:
// after a while, and when this machine's clock was set or the machine slept meanwhile.
func (c *serverClock) at(here time.Time) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	gone := here.Sub(c.heard) // by the monotonic clock
	if c.heard.IsZero() || !trusted(gone, here.Round(0).Sub(c.heard.Round(0))) {
		return time.Time{}, false
	}
	return c.answer.Add(gone).Truncate(time.Millisecond), true
}

// trusted compares what went by on the monotonic clock and on the wall's.
func trusted(monotonic, wall time.Duration) bool {
	return monotonic >= 0 && monotonic <= trust && (wall-monotonic).Abs() <= trust/20
}

func (c *serverClock) set(answer, here time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer, c.heard = answer, here
}

// Now is the instant that rules are judged by: the database's, in UTC milliseconds.
func (s *Store) Now(ctx context.Context) (time.Time, error) { return s.clock(ctx, s.db) }

func (s *Store) clock(ctx context.Context, db *gorm.DB) (time.Time, error) {
	if s.now != nil {
		return s.now().UTC().Truncate(time.Millisecond), nil
	}
	if s.driver == "sqlite" { // the same machine, the same clock
		return time.Now().UTC().Truncate(time.Millisecond), nil
	}
	if now, fresh := s.server.at(time.Now()); fresh {
		return now, nil
	}
	var now time.Time
	if err := db.WithContext(ctx).Raw("SELECT UTC_TIMESTAMP(3)").Row().Scan(&now); err != nil {
		return now, fault("clock", err)
	}
	s.server.set(now.UTC(), time.Now())
	return now.UTC(), nil
}
