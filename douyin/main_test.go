package douyin_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"countersign/cache"
	"countersign/douyin"
	"countersign/internal/testkit"
	"countersign/sandbox"
	"countersign/service"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const (
	key    = "awkey"
	secret = "planted-secret-77b1" //nolint:gosec // of the stand-in
)

// stage is the stand-in with a door to it; the clock is both's.
type stage struct {
	*sandbox.Douyin
	t      *testing.T
	at     string
	sealer *service.Sealer
	mu     sync.Mutex
	now    time.Time
}

func newStage(t *testing.T, o sandbox.DouyinOptions) *stage {
	t.Helper()
	s := &stage{t: t, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	o.ClientKey, o.Secret, o.Now = key, secret, s.clock
	s.Douyin = sandbox.NewDouyin(o)
	server := httptest.NewServer(s.Douyin)
	t.Cleanup(server.Close)
	s.at = server.URL
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.sealer, err = service.NewSealer(raw); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *stage) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// door is one replica's, with its own copy of what is shared unless it is given one.
func (s *stage) door(shared douyin.Shared, more ...func(*douyin.Config)) *douyin.Client {
	s.t.Helper()
	if shared == nil {
		shared = &shelf{kept: map[string]kept{}, now: s.clock}
	}
	cfg := douyin.Config{ClientKey: key, Secret: secret, BaseURL: s.at, Shared: shared, Sealer: s.sealer, Now: s.clock}
	for _, m := range more {
		m(&cfg)
	}
	c, err := douyin.New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Close)
	return c
}

// redis is the real thing that replicas share.
func redis(t *testing.T) *cache.Cache {
	t.Helper()
	c, err := cache.Open(t.Context(), cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// shelf keeps what is shared in memory, by the test's clock.
type shelf struct {
	mu   sync.Mutex
	kept map[string]kept
	now  func() time.Time
}

type kept struct {
	value []byte
	until time.Time
}

// Shared gives or makes; the lock is the flight.
func (s *shelf) Shared(ctx context.Context, id string, build func(context.Context) ([]byte, time.Duration, error)) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.kept[id]; ok && s.now().Before(k.until) {
		return k.value, nil
	}
	value, life, err := build(ctx)
	if err == nil {
		s.kept[id] = kept{value, s.now().Add(life)}
	}
	return value, err
}

// Forget drops that one.
func (s *shelf) Forget(_ context.Context, id string, value []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.kept[id]; ok && string(k.value) == string(value) {
		delete(s.kept, id)
	}
}

// calls is how often an endpoint was asked.
func (s *stage) calls(path string) int { return s.Stats()[path] }

// answering is a server that gives one answer to everything.
func answering(t *testing.T, status int, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
