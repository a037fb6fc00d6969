package cache

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sony/gobreaker/v2"

	"countersign/model"
)

// added is what Redis may add to one call: its 300 ms, and what a busy machine
// running the race detector needs.
const added = 300*time.Millisecond + 400*time.Millisecond

// checkWithoutRedis: every use does what it says it does when Redis is down.
func checkWithoutRedis(t *testing.T, c *Cache) {
	t.Helper()
	ctx := t.Context()
	for _, use := range shelves {
		use.keep(c, ctx, "down", []byte("value"), time.Minute)
		if _, ok := use.get(c, ctx, "down"); ok {
			t.Error(use.name, "was found")
		}
		if err := use.drop(c, ctx, "down"); model.CodeOf(err) != model.CodeUnavailable {
			t.Errorf("drop %s gave %v", use.name, err)
		}
	}
	if png, err := c.PictureOnce(ctx, "down", time.Hour, making("png")); string(png) != "png" || err != nil {
		t.Errorf("picture: %q, %v", png, err)
	}
	if got := countAllowed(t, c, perMinute(10), "down", 10); got != 5 {
		t.Errorf("%d were allowed, want half of 10", got)
	}
	c.Publish(ctx, map[string]string{"down": "lost"})
	wakes, stop := c.Subscribe(ctx, "down")
	defer stop()
	if len(wakes) != 0 {
		t.Error("woken by nobody")
	}
	if model.CodeOf(c.Ping(ctx)) != model.CodeUnavailable {
		t.Error("Ping finds it well")
	}
}

// breakCalls calls until the breaker is open, and checks what each call costs.
func breakCalls(t *testing.T, c *Cache) {
	t.Helper()
	for range breakAfter {
		start := time.Now()
		if _, ok := c.Session(t.Context(), "session"); ok {
			t.Fatal("Redis still answers")
		}
		if took := time.Since(start); took > added {
			t.Errorf("one call took %v", took)
		}
	}
	if c.breaker.State() != gobreaker.StateOpen {
		t.Fatal("the breaker is", c.breaker.State())
	}
}

// checkCheap: with the breaker open, a thousand calls cost next to nothing. At
// the limit each they would take five minutes, at one probe a second one limit.
func checkCheap(t *testing.T, c *Cache) {
	t.Helper()
	start := time.Now()
	for range 1000 {
		c.Session(t.Context(), "session")
	}
	if took := time.Since(start); took > 2*added {
		t.Errorf("a thousand calls took %v", took)
	}
}

// checkBack: once Redis answers again it is used again.
func checkBack(t *testing.T, c *Cache) {
	t.Helper()
	eventually(t, "Redis is used again", func() bool { return c.Ping(t.Context()) == nil })
	if !c.Healthy() {
		t.Error("it answers and is not healthy")
	}
	hash := unique()
	c.KeepSession(t.Context(), hash, []byte("value"), time.Minute)
	if _, ok := c.Session(t.Context(), hash); !ok {
		t.Error("nothing is kept")
	}
}

// However many steps a call takes, it has one limit.
func TestOneCallHasOneLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, Options{})
		start := time.Now()
		err := c.call(t.Context(), func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		if took := time.Since(start); took != 300*time.Millisecond || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

func failing(t *testing.T, s *server) *Cache {
	t.Helper()
	c := open(t, Options{Addrs: []string{s.addr}})
	eventually(t, "Redis is used", func() bool { return c.Ping(t.Context()) == nil })
	return c
}

// Fault 15: Redis is killed.
func TestWhileRedisIsKilled(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := failing(t, s)
	s.kill()
	breakCalls(t, c)
	checkCheap(t, c)
	checkWithoutRedis(t, c)
	s.start()
	checkBack(t, c)
}

// Fault 17: Redis is frozen, its connections stay open.
func TestWhileRedisIsFrozen(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := failing(t, s)
	s.freeze()
	breakCalls(t, c)
	checkCheap(t, c)
	checkWithoutRedis(t, c)
	s.thaw()
	checkBack(t, c)
}

// A frozen Redis that nobody is connected to yet: its kernel still accepts.
func TestRedisFrozenAtTheStart(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.freeze()
	start := time.Now()
	c := open(t, Options{Addrs: []string{s.addr}})
	if took := time.Since(start); took > added {
		t.Errorf("the start was held up for %v", took)
	}
	checkCheap(t, c)
	s.thaw()
	checkBack(t, c)
}

// Fault 16: everything is gone. Copies are misses and are filled again.
func TestRedisFlushed(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := open(t, roomy(s.addr))
	c.KeepSession(t.Context(), "a", []byte("value"), time.Minute)
	s.do("FLUSHALL")
	if _, ok := c.Session(t.Context(), "a"); ok {
		t.Error("found after FLUSHALL")
	}
	checkBack(t, c)
	useEverything(t, c)
}

// Fault 19: no memory left. Nothing more is kept, but what must go still goes.
func TestWhileRedisIsOutOfMemory(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := open(t, roomy(s.addr))
	for _, use := range shelves {
		use.keep(c, t.Context(), "a", []byte("value"), time.Minute)
	}
	s.do("CONFIG", "SET", "maxmemory", 1)
	for _, use := range shelves {
		use.keep(c, t.Context(), "b", []byte("value"), time.Minute)
		if _, ok := use.get(c, t.Context(), "b"); ok {
			t.Error("kept without memory")
		}
		if err := use.drop(c, t.Context(), "a"); err != nil {
			t.Error(err)
		}
		if _, ok := use.get(c, t.Context(), "a"); ok {
			t.Error(use.name, "was not dropped")
		}
	}
	if got := countAllowed(t, c, perMinute(10), "a", 10); got != 5 {
		t.Errorf("%d were allowed, want half of 10", got)
	}
}

// Fault 18: a stale primary has lost the tombstone; the copy ends by itself.
func TestAStaleCopyEndsByItself(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := open(t, roomy(s.addr))
	c.KeepSession(t.Context(), "a", []byte("value"), time.Hour)
	checkTTL(t, c, key("a", "session"), longestSession)
}

// After Close every use is as if Redis were down; nothing hangs or panics.
func TestUseAfterClose(t *testing.T) {
	t.Parallel()
	c, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Session(t.Context(), "a"); ok {
		t.Error("found")
	}
	if err := c.DropSession(t.Context(), "a"); model.CodeOf(err) != model.CodeUnavailable {
		t.Error(err)
	}
	if _, err := c.PictureOnce(t.Context(), "a", time.Hour, making("png")); !errors.Is(err, errClosed) {
		t.Error(err)
	}
}
