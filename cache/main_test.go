package cache

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens a Cache that is closed with the test.
func open(t *testing.T, o Options) *Cache {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	c, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return c
}

// roomy are limits a busy machine keeps while Redis is well; tests of what
// happens when it is not take the real ones.
func roomy(addrs ...string) Options {
	return Options{Addrs: addrs, DialTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second}
}

// onEach runs a test on the embedded Redis, and on a real one if
// COUNTERSIGN_TEST_REDIS (host:port) names it. The real one is shared: names
// must come from unique.
func onEach(t *testing.T, test func(t *testing.T, c *Cache)) {
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, roomy()))
	})
	if addr := os.Getenv("COUNTERSIGN_TEST_REDIS"); addr != "" {
		t.Run("redis", func(t *testing.T) {
			t.Parallel()
			test(t, open(t, roomy(addr)))
		})
	}
}

// unique is a name no other test uses.
func unique() string { return rand.Text() }

// eventually waits for what only another process's clock decides.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatal("never: " + what)
		}
	}
}

// within gives what comes on a channel, in a time that is only long.
func within[T any](t *testing.T, from <-chan T) (value T, open bool) {
	t.Helper()
	select {
	case value, open = <-from:
		return value, open
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came")
		return value, false
	}
}
