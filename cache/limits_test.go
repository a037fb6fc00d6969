package cache

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func perMinute(n int) Limit { return Limit{Name: "login", Rate: n, Period: time.Minute} }

func TestAllow(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		subject := unique()
		for range 5 {
			if ok, wait := c.Allow(t.Context(), perMinute(5), subject); !ok || wait != 0 {
				t.Fatal("refused within the limit, wait", wait)
			}
		}
		ok, wait := c.Allow(t.Context(), perMinute(5), subject)
		if ok || wait <= 0 || wait > 12*time.Second {
			t.Errorf("the sixth: %v, wait %v; one is free every 12 s", ok, wait)
		}
		if ok, _ := c.Allow(t.Context(), perMinute(5), unique()); !ok {
			t.Error("another subject pays for the first")
		}
		other := perMinute(5)
		other.Name = "scene"
		if ok, _ := c.Allow(t.Context(), other, subject); !ok {
			t.Error("another limit pays for the first")
		}
	})
}

func TestAllowBurstAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		limit := Limit{Name: "burst", Rate: 60, Period: time.Minute, Burst: 2}
		if got := countAllowed(t, c, limit, unique(), 10); got != 2 {
			t.Errorf("%d at once, want 2", got)
		}
	})
}

func TestAllowIsExactAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		limit, subject := Limit{Name: "many", Rate: 20, Period: time.Hour}, unique()
		if got := countAllowed(t, c, limit, subject, 100); got != 20 {
			t.Errorf("%d of 100 at once, want 20", got)
		}
	})
}

// countAllowed asks n times at once.
func countAllowed(t *testing.T, c *Cache, limit Limit, subject string, n int) int64 {
	t.Helper()
	var allowed atomic.Int64
	var callers sync.WaitGroup
	for range n {
		callers.Go(func() {
			if ok, _ := c.Allow(t.Context(), limit, subject); ok {
				allowed.Add(1)
			}
		})
	}
	callers.Wait()
	return allowed.Load()
}

func TestALimitOfNothingLetsNothingThrough(t *testing.T) {
	t.Parallel()
	c := open(t, Options{})
	for _, limit := range []Limit{{}, {Name: "n", Rate: 1}, {Name: "n", Period: time.Minute}, {Name: "n", Rate: -1, Period: time.Minute}} {
		if ok, wait := c.Allow(t.Context(), limit, "s"); ok || wait < time.Second {
			t.Errorf("%+v: %v, wait %v", limit, ok, wait)
		}
	}
}

func TestSubjectsStayInTheProcess(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := open(t, roomy(s.addr))
	for _, subject := range []string{"203.0.113.7", "lin@example.com"} {
		c.Allow(t.Context(), perMinute(5), subject)
	}
	keys := s.keys()
	if len(keys) != 2 {
		t.Fatalf("%q", keys)
	}
	for _, key := range keys {
		if strings.Contains(key, "203.0.113.7") || strings.Contains(key, "lin@example.com") {
			t.Errorf("key %q names somebody", key)
		}
	}
}

// Without Redis: half the rate, half the burst, the same subjects apart.
func TestAllowWithoutRedis(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, Options{Addrs: []string{"/nobody"}})
		limit := perMinute(10)
		if got := allowedInTurn(t, c, limit, "a", 30); got != 5 {
			t.Errorf("%d at once, want half of 10", got)
		}
		if got := allowedInTurn(t, c, limit, "b", 1); got != 1 {
			t.Error("another subject pays for the first")
		}
		_, wait := c.Allow(t.Context(), limit, "a")
		if wait != 12*time.Second {
			t.Errorf("wait %v, want 12s: five a minute", wait)
		}
		time.Sleep(wait)
		if got := allowedInTurn(t, c, limit, "a", 3); got != 1 {
			t.Errorf("%d after waiting, want 1", got)
		}
	})
}

// allowedInTurn asks n times, one after the other.
func allowedInTurn(t *testing.T, c *Cache, limit Limit, subject string, n int) (allowed int) {
	t.Helper()
	for range n {
		if ok, _ := c.Allow(t.Context(), limit, subject); ok {
			allowed++
		}
	}
	return allowed
}

// Many who are refused at once must not push each other's wait up.
func TestRefusalsWhileRedisIsAwayCostNothing(t *testing.T) {
	t.Parallel()
	c := open(t, Options{Addrs: []string{unreachable(t)}})
	limit := Limit{Name: "n", Rate: 2, Period: time.Hour}
	if got := countAllowed(t, c, limit, "a", 200); got != 1 {
		t.Errorf("%d at once, want 1", got)
	}
	if _, wait := c.Allow(t.Context(), limit, "a"); wait > time.Hour {
		t.Errorf("after 199 refusals one waits %v, want an hour", wait)
	}
}

func TestAllowOneWithoutRedisAtOnce(t *testing.T) {
	t.Parallel()
	c := open(t, Options{Addrs: []string{unreachable(t)}})
	if got := countAllowed(t, c, perMinute(1), "a", 3); got != 1 {
		t.Errorf("%d, want 1: half of one is one, more slowly", got)
	}
}

func TestLocalLimitsAreBounded(t *testing.T) {
	t.Parallel()
	c := open(t, Options{Addrs: []string{unreachable(t)}})
	for i := range localLimits + 10 {
		c.allowLocally(perMinute(5), strconv.Itoa(i), 2)
	}
	if got := c.local.kept.Len(); got != localLimits {
		t.Errorf("%d subjects are held", got)
	}
}

// TestAllowHereCountsWithoutRedis: the flood guard works at its full rate with Redis
// away, and forgets nobody's count for another's.
func TestAllowHereCountsWithoutRedis(t *testing.T) {
	t.Parallel()
	c, err := Open(t.Context(), Options{Addrs: []string{"127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	l := Limit{Name: "requests", Rate: 3, Period: time.Hour}
	for i := range 4 {
		if ok, wait := c.AllowHere(l, "ip:192.0.2.1"); ok != (i < 3) || !ok && wait <= 0 {
			t.Errorf("request %d: %t, wait %s", i+1, ok, wait)
		}
	}
	if ok, _ := c.AllowHere(l, "ip:192.0.2.2"); !ok {
		t.Error("somebody else is counted by himself")
	}
	if ok, _ := c.AllowHere(Limit{Name: "none"}, "x"); ok {
		t.Error("a limit of nothing lets nothing through")
	}
}
