package store_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/store"
)

// The database's clock is carried on for a second by a clock that nobody sets.
func TestTrustedClock(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		monotonic, wall time.Duration
		want            bool
	}{
		{0, 0, true},
		{time.Second, time.Second, true},
		{time.Second + 1, time.Second + 1, false}, // too old
		{-1, -1, false},
		{time.Millisecond, 10 * time.Minute, false},  // the machine's clock was set, or it slept
		{time.Millisecond, -10 * time.Minute, false}, // set back
		{time.Millisecond, 30 * time.Millisecond, true},
	} {
		if got := store.TrustedClock(x.monotonic, x.wall); got != x.want {
			t.Errorf("%v by the monotonic clock, %v by the wall's: trusted %v", x.monotonic, x.wall, got)
		}
	}
}

// The instant is the database's, whatever this machine's clock says, and goes on between
// two questions.
func TestClockIsTheDatabases(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		if e != testkit.MySQL {
			t.Skip("SQLite has no clock of its own")
		}
		db := testkit.NewDatabase(t, e)
		then := time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC)
		db.DSN += fmt.Sprintf("&timestamp=%d", then.Unix()) // the server's clock as this connection sees it; it stands still
		s := db.Open(t, nil, 0)
		first, err := s.Now(t.Context())
		if err != nil || !first.Equal(then) {
			t.Fatal(first, err)
		}
		for next := first; !next.After(first); { // moved by our own clock: the server's does not move
			if next, err = s.Now(t.Context()); err != nil || next.Before(first) || next.Sub(first) > time.Minute {
				t.Fatal(next, err)
			}
		}
	})
}
