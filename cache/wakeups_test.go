package cache

import (
	"context"
	"strconv"
	"testing"
)

func TestPublishWakesReaders(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		channel := unique()
		first, stopFirst := c.Subscribe(t.Context(), channel)
		second, stopSecond := c.Subscribe(t.Context(), channel)
		other, stopOther := c.Subscribe(t.Context(), unique())
		defer stopFirst()
		defer stopSecond()
		defer stopOther()
		c.Publish(t.Context(), map[string]string{channel: "one"})
		for _, wakes := range []<-chan string{first, second} {
			if got, open := within(t, wakes); got != "one" || !open {
				t.Errorf("woken with %q, %v", got, open)
			}
		}
		if len(other) != 0 {
			t.Error("another channel's reader was woken")
		}
	})
}

func TestStopEndsAReader(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		channel := unique()
		gone, stop := c.Subscribe(t.Context(), channel)
		stays, stopStays := c.Subscribe(t.Context(), channel)
		defer stopStays()
		stop()
		stop() // twice does no harm
		if _, open := within(t, gone); open {
			t.Error("a reader that stopped was woken")
		}
		c.Publish(t.Context(), map[string]string{channel: "one"})
		if got, _ := within(t, stays); got != "one" {
			t.Errorf("the other reader got %q", got)
		}
	})
}

func TestContextEndsAReader(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		ctx, cancel := context.WithCancel(t.Context())
		wakes, stop := c.Subscribe(ctx, unique())
		defer stop()
		cancel()
		if _, open := within(t, wakes); open {
			t.Error("still open")
		}
	})
}

// The last reader's leaving and a new one's coming must not overtake each other.
func TestReadersComeAndGo(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		channel := unique()
		for i := range 50 {
			wakes, stop := c.Subscribe(t.Context(), channel)
			c.Publish(t.Context(), map[string]string{channel: strconv.Itoa(i)})
			for got := ""; got != strconv.Itoa(i); {
				got, _ = within(t, wakes)
			}
			stop()
		}
	})
}

func TestSlowReadersHoldNobodyUp(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		channel := unique()
		slow, stopSlow := c.Subscribe(t.Context(), channel)
		quick, stopQuick := c.Subscribe(t.Context(), channel)
		defer stopSlow()
		defer stopQuick()
		for i := range 2 * wakeBuffer {
			c.Publish(t.Context(), map[string]string{channel: strconv.Itoa(i)})
			if got, _ := within(t, quick); got != strconv.Itoa(i) {
				t.Fatalf("got %q, want %d", got, i)
			}
		}
		if len(slow) != wakeBuffer {
			t.Errorf("%d wake-ups wait for the slow reader", len(slow))
		}
	})
}

func TestCloseEndsReaders(t *testing.T) {
	t.Parallel()
	c, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	wakes, stop := c.Subscribe(t.Context(), "a")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, open := within(t, wakes); open {
		t.Error("open after Close")
	}
	stop()
	late, stopLate := c.Subscribe(t.Context(), "a")
	defer stopLate()
	if _, open := within(t, late); open {
		t.Error("a subscription began after Close")
	}
}

func TestTwoReplicasWakeEachOther(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	one, other := open(t, roomy(s.addr)), open(t, roomy(s.addr))
	wakes, stop := one.Subscribe(t.Context(), "a")
	defer stop()
	other.Publish(t.Context(), map[string]string{"a": "x"})
	if got, _ := within(t, wakes); got != "x" {
		t.Errorf("woken with %q", got)
	}
}

// Silence while Redis is down; when it is back, one empty wake-up, because
// something may have been missed, and then everything as before.
func TestReadersSurviveARestart(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := open(t, Options{Addrs: []string{s.addr}})
	wakes, stop := c.Subscribe(t.Context(), "a")
	defer stop()
	s.kill()
	c.Publish(t.Context(), map[string]string{"a": "lost"})
	s.start()
	if got, open := within(t, wakes); got != "" || !open {
		t.Fatalf("woken with %q, %v", got, open)
	}
	eventually(t, "a wake-up after the restart", func() bool {
		c.Publish(t.Context(), map[string]string{"a": "again"})
		return len(wakes) > 0
	})
}

// A reader that came while Redis was down is served once it is up.
func TestReadersThatComeTooEarly(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.kill()
	c := open(t, Options{Addrs: []string{s.addr}})
	wakes, stop := c.Subscribe(t.Context(), "a")
	defer stop()
	s.start()
	eventually(t, "a wake-up after the start", func() bool {
		c.Publish(t.Context(), map[string]string{"a": "x"})
		return len(wakes) > 0
	})
}
