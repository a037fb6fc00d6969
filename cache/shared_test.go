package cache

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// numbered is a build that gives "1", "2" … for an hour.
func numbered(made *atomic.Int64) func(context.Context) ([]byte, time.Duration, error) {
	return func(context.Context) ([]byte, time.Duration, error) {
		return []byte{'0' + byte(made.Add(1))}, time.Hour, nil
	}
}

func wantShared(t *testing.T, c *Cache, id, want string, made *atomic.Int64) {
	t.Helper()
	if value, err := c.Shared(t.Context(), id, numbered(made)); string(value) != want || err != nil {
		t.Errorf("got %q, %v, want %q", value, err, want)
	}
}

func TestSharedAskedAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		id, made := unique(), atomic.Int64{}
		var callers sync.WaitGroup
		for range 32 {
			callers.Go(func() { wantShared(t, c, id, "1", &made) })
		}
		callers.Wait()
		checkTTL(t, c, key(id, "shared"), time.Hour)
	})
}

// A late refusal of an old value leaves the new one.
func TestOnlyTheOldValueIsDropped(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		id, made := unique(), atomic.Int64{}
		wantShared(t, c, id, "1", &made)
		for range 2 {
			if err := c.DropShared(t.Context(), id, []byte("1")); err != nil {
				t.Fatal(err)
			}
			wantShared(t, c, id, "2", &made)
		}
	})
}

// A publish code's entry ends with its window, and what its page shows after five seconds;
// both are one look away.
func TestPublishCodes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		ctx, id := t.Context(), unique()
		if live, page := c.Scanned(ctx, id); live != nil || page != nil {
			t.Error("something of a code that was never kept")
		}
		c.KeepTicket(ctx, id, []byte("entry"), time.Now().Add(3*time.Hour))
		c.KeepScan(ctx, id, []byte("page"))
		if live, page := c.Scanned(ctx, id); string(live) != "entry" || string(page) != "page" {
			t.Errorf("%q %q", live, page)
		}
		checkTTL(t, c, key(id, "ticket"), 3*time.Hour)
		checkTTL(t, c, key(id, "scan"), longestScan)
		if err := c.DropScan(ctx, id); err != nil {
			t.Fatal(err)
		}
		if live, page := c.Scanned(ctx, id); live == nil || page != nil {
			t.Error("dropping what is shown drops the code")
		}
		c.KeepTicket(ctx, id, []byte("entry"), time.Now().Add(-time.Second))
		if live, _ := c.Scanned(ctx, id); live != nil {
			t.Error("an entry whose end has come is kept")
		}
	})
}
