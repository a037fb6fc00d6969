package douyin_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"countersign/cache"
	"countersign/douyin"
	"countersign/model"
	"countersign/service"
)

// sealerOf seals with a key of one byte, again and again.
func sealerOf(t *testing.T, key byte) *service.Sealer {
	t.Helper()
	return must(service.NewSealer(bytes.Repeat([]byte{key}, 32)))(t)
}

// openCache opens one replica's cache: on the real Redis that COUNTERSIGN_TEST_REDIS
// names, or one of its own.
func openCache(t *testing.T) *cache.Cache {
	t.Helper()
	o := cache.Options{DialTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second}
	if addr := os.Getenv("COUNTERSIGN_TEST_REDIS"); addr != "" {
		o.Addrs = []string{addr}
	}
	c := must(cache.Open(t.Context(), o))(t)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// replicas are two Clients with one Redis: over two caches when it is a real one.
func replicas(t *testing.T, b *bundle) [2]*douyin.Client {
	t.Helper()
	one := openCache(t)
	other := one
	if !one.Embedded() {
		other = openCache(t)
	}
	var clients [2]*douyin.Client
	for i, c := range []*cache.Cache{one, other} {
		clients[i] = newClient(t, b, plain, func(cfg *douyin.Config) { cfg.Shared, cfg.Sealer = c, sealerOf(t, 1) })
	}
	return clients
}

func launchMany(t *testing.T, b *bundle, clients [2]*douyin.Client) {
	t.Helper()
	var callers sync.WaitGroup
	for i := range 100 {
		callers.Go(func() {
			if _, err := clients[i%2].Launch(t.Context(), launchNow(b)); err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
}

// Two replicas, a hundred callers: one token and one ticket at first, one more of each
// when they are old, and one more of each when Douyin refuses them.
func TestReplicasFetchAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	clients := replicas(t, b)
	for i, happens := range []func(){
		func() {},
		func() { b.clock.advance(time.Minute) },
		func() { b.clock.advance(115 * time.Minute) },
		func() { b.kill("token") },
		func() { b.kill("ticket") },
	} {
		happens()
		launchMany(t, b, clients)
		want := max(i, 1)
		if tokens, tickets := b.count(tokenPath), b.count(ticketPath); tokens != want || tickets != want {
			t.Errorf("step %d: %d tokens and %d tickets, want %d", i, tokens, tickets, want)
		}
	}
}

// spy is a Shared that looks at what it is given.
type spy struct {
	next *cache.Cache
	mu   sync.Mutex
	seen []byte
}

func (s *spy) DropShared(ctx context.Context, key string, value []byte) error {
	return s.next.DropShared(ctx, key, value)
}

func (s *spy) Shared(ctx context.Context, key string, build func(context.Context) ([]byte, time.Duration, error)) ([]byte, error) {
	value, err := s.next.Shared(ctx, key, build)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(append(s.seen, key...), value...)
	return value, err
}

func TestNothingLiesInTheOpen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	looking := &spy{next: openCache(t)}
	c := newClient(t, b, func(cfg *douyin.Config) { cfg.Shared, cfg.Sealer = looking, sealerOf(t, 1) })
	must(c.Launch(t.Context(), request()))(t)
	if len(looking.seen) == 0 || bytes.Contains(looking.seen, []byte("canary")) {
		t.Errorf("shared %q", looking.seen)
	}
}

// While seal keys are changed, replicas with the older key keep their own tokens and
// leave the others' alone.
func TestAForeignSealIsLeftAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	shared := openCache(t)
	newer := newClient(t, b, plain, func(c *douyin.Config) { c.Shared, c.Sealer = shared, sealerOf(t, 1) })
	older := newClient(t, b, plain, func(c *douyin.Config) { c.Shared, c.Sealer = shared, sealerOf(t, 2) })
	for range 5 {
		must(newer.Launch(t.Context(), request()))(t)
		must(older.Launch(t.Context(), request()))(t)
	}
	if b.count(tokenPath) != 2 || b.count(ticketPath) != 2 {
		t.Errorf("calls %v, want one for each", b.tally())
	}
	b.clock.advance(4 * time.Minute)
	must(older.Launch(t.Context(), request()))(t)
	if b.count(tokenPath) != 3 {
		t.Errorf("calls %v: an unshared token is kept for four minutes", b.tally())
	}
}

// broken is a Shared that is down, and a Sealer that is.
type broken struct{}

var errDown = errors.New("canary: down")

func (broken) Shared(context.Context, string, func(context.Context) ([]byte, time.Duration, error)) ([]byte, error) {
	return nil, model.E(model.CodeUnavailable).Because(errDown)
}
func (broken) DropShared(context.Context, string, []byte) error { return errDown }
func (broken) Seal([]byte, string) ([]byte, error)              { return nil, errDown }
func (broken) Open([]byte, string) ([]byte, error)              { return nil, errDown }

func TestABrokenNeighbourIsBusy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, wire := range []func(*douyin.Config){
		func(c *douyin.Config) { c.Shared, c.Sealer = broken{}, sealerOf(t, 1) },
		func(c *douyin.Config) { c.Shared, c.Sealer = openCache(t), broken{} },
	} {
		_, err := newClient(t, b, wire).ShareID(t.Context())
		wantCode(t, err, model.CodeDouyinBusy)
		wantNoSecrets(t, err)
	}
}
