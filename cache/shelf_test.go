package cache

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// shelfUse is one exported use of a shelf.
type shelfUse struct {
	name string
	get  func(*Cache, context.Context, string) ([]byte, bool)
	keep func(*Cache, context.Context, string, []byte, time.Duration)
	drop func(*Cache, context.Context, string) error
}

var shelves = []shelfUse{
	{"session", (*Cache).Session, (*Cache).KeepSession, (*Cache).DropSession},
	{"scene", (*Cache).Scene, (*Cache).KeepScene, (*Cache).DropScene},
}

// onEachShelf runs a test for each use on each kind of Redis.
func onEachShelf(t *testing.T, test func(t *testing.T, c *Cache, use shelfUse)) {
	onEach(t, func(t *testing.T, c *Cache) {
		for _, use := range shelves {
			t.Run(use.name, func(t *testing.T) { test(t, c, use) })
		}
	})
}

func TestShelfKeepsAndDrops(t *testing.T) {
	t.Parallel()
	onEachShelf(t, func(t *testing.T, c *Cache, use shelfUse) {
		ctx, hash := t.Context(), unique()
		if _, ok := use.get(c, ctx, hash); ok {
			t.Fatal("found before it was kept")
		}
		use.keep(c, ctx, hash, []byte("\x00binary\xff"), time.Minute)
		if value, ok := use.get(c, ctx, hash); !ok || string(value) != "\x00binary\xff" {
			t.Fatalf("got %q, %v", value, ok)
		}
		if err := use.drop(c, ctx, hash); err != nil {
			t.Fatal(err)
		}
		if value, ok := use.get(c, ctx, hash); ok || value != nil {
			t.Fatalf("dropped, and got %q, %v", value, ok)
		}
	})
}

func TestShelfIsNotFilledOverATombstone(t *testing.T) {
	t.Parallel()
	onEachShelf(t, func(t *testing.T, c *Cache, use shelfUse) {
		ctx, hash := t.Context(), unique()
		if err := use.drop(c, ctx, hash); err != nil {
			t.Fatal(err)
		}
		use.keep(c, ctx, hash, []byte("read before it was revoked"), time.Minute)
		if _, ok := use.get(c, ctx, hash); ok {
			t.Error("a late fill brought it back")
		}
	})
}

func TestShelfKeepsTheFirstCopy(t *testing.T) {
	t.Parallel()
	onEachShelf(t, func(t *testing.T, c *Cache, use shelfUse) {
		ctx, hash := t.Context(), unique()
		use.keep(c, ctx, hash, []byte("first"), time.Minute)
		use.keep(c, ctx, hash, []byte("second"), time.Minute)
		if value, _ := use.get(c, ctx, hash); string(value) != "first" {
			t.Errorf("got %q", value)
		}
	})
}

func TestShelfKeepsNothingEmptyOrOver(t *testing.T) {
	t.Parallel()
	onEachShelf(t, func(t *testing.T, c *Cache, use shelfUse) {
		ctx, hash := t.Context(), unique()
		use.keep(c, ctx, hash, nil, time.Minute)
		use.keep(c, ctx, hash, []byte("over"), 0)
		use.keep(c, ctx, hash, []byte("long over"), -time.Minute)
		use.keep(c, ctx, hash, []byte("kept"), time.Minute)
		if value, _ := use.get(c, ctx, hash); string(value) != "kept" {
			t.Errorf("got %q", value)
		}
	})
}

func TestShelfTimes(t *testing.T) {
	t.Parallel()
	onEachShelf(t, func(t *testing.T, c *Cache, use shelfUse) {
		ctx, hash, short := t.Context(), unique(), unique()
		use.keep(c, ctx, hash, []byte("value"), time.Hour)
		use.keep(c, ctx, short, []byte("value"), 5*time.Second)
		checkTTL(t, c, key(hash, use.name), 30*time.Second)
		checkTTL(t, c, key(short, use.name), 5*time.Second)
		if err := use.drop(c, ctx, hash); err != nil {
			t.Fatal(err)
		}
		checkTTL(t, c, key(hash, use.name), time.Minute)
	})
}

// checkTTL allows for the time the test itself may take.
func checkTTL(t *testing.T, c *Cache, key string, want time.Duration) {
	t.Helper()
	got, err := c.rdb.PTTL(t.Context(), key).Result()
	if err != nil || got > want || got < want-4*time.Second {
		t.Errorf("%s lives for %v, want %v (%v)", key, got, want, err)
	}
}

// The embedded Redis has to make time pass by itself.
func TestEmbeddedTimePasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, Options{})
		ctx := t.Context()
		c.KeepSession(ctx, "a", []byte("value"), time.Hour)
		if err := c.DropSession(ctx, "b"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(29 * time.Second)
		if _, ok := c.Session(ctx, "a"); !ok {
			t.Error("a copy ended early")
		}
		time.Sleep(2 * time.Second)
		if _, ok := c.Session(ctx, "a"); ok {
			t.Error("a copy outlived 30 s")
		}
		time.Sleep(28 * time.Second)
		c.KeepSession(ctx, "b", []byte("value"), time.Hour)
		if _, ok := c.Session(ctx, "b"); ok {
			t.Error("a tombstone ended early")
		}
		time.Sleep(2 * time.Second)
		c.KeepSession(ctx, "b", []byte("value"), time.Hour)
		if _, ok := c.Session(ctx, "b"); !ok {
			t.Error("a tombstone did not end")
		}
	})
}

// Readers fill while the row is revoked: once the drop is done, nobody sees it.
func TestFillsWhileDropped(t *testing.T) {
	t.Parallel()
	onEachShelf(t, func(t *testing.T, c *Cache, use shelfUse) {
		for range 20 {
			raceADrop(t, c, use, unique())
		}
	})
}

func raceADrop(t *testing.T, c *Cache, use shelfUse, hash string) {
	t.Helper()
	var fills sync.WaitGroup
	for range 8 {
		fills.Go(func() { use.keep(c, t.Context(), hash, []byte("revoked"), time.Minute) })
	}
	if err := use.drop(c, t.Context(), hash); err != nil {
		t.Error(err)
	}
	if _, ok := use.get(c, t.Context(), hash); ok {
		t.Error("seen right after the drop")
	}
	fills.Wait()
	if _, ok := use.get(c, t.Context(), hash); ok {
		t.Error("seen after all fills")
	}
}
