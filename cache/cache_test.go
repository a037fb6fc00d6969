package cache

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"countersign/model"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		if err := c.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if !c.Healthy() {
			t.Error("a Redis that answers is left alone")
		}
	})
}

func TestEmbeddedNeedsNoAddress(t *testing.T) {
	t.Parallel()
	if !open(t, Options{}).Embedded() {
		t.Error("no address is not embedded")
	}
	if open(t, Options{Addrs: []string{unreachable(t)}}).Embedded() {
		t.Error("an address is embedded")
	}
}

func TestOpenWithoutRedis(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c := open(t, Options{Addrs: []string{unreachable(t)}, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if strings.Count(log.String(), "going on without it") != 1 || c.Healthy() {
		t.Errorf("healthy: %t, told: %q", c.Healthy(), log.String())
	}
	err := c.Ping(t.Context())
	if model.CodeOf(err) != model.CodeUnavailable {
		t.Errorf("Ping gave %v, want %s", err, model.CodeUnavailable)
	}
}

// A password that is wrong is a Redis that fails, and stands in no log.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.do("CONFIG", "SET", "requirepass", "right")
	var log bytes.Buffer
	handler := slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})
	c := open(t, Options{Addrs: []string{s.addr}, Password: "PLANTED", Log: slog.New(handler)})
	for range breakAfter {
		if err := c.Ping(t.Context()); err == nil || strings.Contains(err.Error(), "PLANTED") {
			t.Fatal(err)
		}
	}
	if c.Healthy() {
		t.Error("a Redis that refuses us is healthy")
	}
	if strings.Contains(log.String(), "PLANTED") {
		t.Error(log.String())
	}
}

func TestRightPasswordAndDatabase(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.do("CONFIG", "SET", "requirepass", "right")
	o := roomy(s.addr)
	o.Password, o.DB = "right", 3
	c := open(t, o)
	c.KeepSession(t.Context(), "hash", []byte("value"), time.Second)
	if _, ok := c.Session(t.Context(), "hash"); !ok {
		t.Error("nothing was kept")
	}
}

// Asked to speak TLS, it must not fall back to speaking plainly.
func TestTLSIsNotOptional(t *testing.T) {
	t.Parallel()
	o := roomy(startTCP(t).addr)
	o.TLS = true
	if err := open(t, o).Ping(t.Context()); model.CodeOf(err) != model.CodeUnavailable {
		t.Errorf("a plain server gave %v", err)
	}
}

func TestCluster(t *testing.T) {
	t.Parallel()
	s := startCluster(t)
	useEverything(t, open(t, roomy(s.addr, s.addr)))
	checkKeys(t, s)
}

func TestSentinel(t *testing.T) {
	t.Parallel()
	primary := startTCP(t)
	o := roomy(startSentinel(t, primary).addr)
	o.MasterName = "cs"
	useEverything(t, open(t, o))
	checkKeys(t, primary)
}

// useEverything calls each use of Redis once and expects it to work there.
func useEverything(t *testing.T, c *Cache) {
	t.Helper()
	ctx := t.Context()
	c.KeepSession(ctx, "a", []byte("session"), time.Minute)
	c.KeepScene(ctx, "b", []byte("scene"), time.Minute)
	if _, ok := c.Session(ctx, "a"); !ok {
		t.Error("session")
	}
	if _, ok := c.Scene(ctx, "b"); !ok {
		t.Error("scene")
	}
	if err := errors.Join(c.DropSession(ctx, "a"), c.DropScene(ctx, "b"), c.Ping(ctx)); err != nil {
		t.Error(err)
	}
	if _, err := c.PictureOnce(ctx, "c", time.Minute, making("png")); err != nil {
		t.Error(err)
	}
	c.pictures.front.put("c", nil, 0, time.Now())
	if png, ok := c.Picture(ctx, "c"); !ok || string(png) != "png" {
		t.Error("picture")
	}
	if ok, _ := c.Allow(ctx, Limit{Name: "n", Rate: 1, Period: time.Minute}, "subject"); !ok {
		t.Error("limit")
	}
	wakes, stop := c.Subscribe(ctx, "d")
	defer stop()
	c.Publish(ctx, map[string]string{"d": "payload"})
	if got, _ := within(t, wakes); got != "payload" {
		t.Errorf("woken with %q", got)
	}
	if !c.Healthy() || c.local.kept.Len() != 0 {
		t.Error("something fell back to working without Redis")
	}
}

// checkKeys: an access list of ~cs:* must be enough.
func checkKeys(t *testing.T, s *server) {
	t.Helper()
	keys := s.keys()
	if len(keys) < 4 {
		t.Errorf("only %q: the test would prove little", keys)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, "cs:{") || !strings.Contains(key, "}:") {
			t.Errorf("key %q has no prefix and hash tag", key)
		}
	}
}
