package douyin

import (
	"bytes"
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// Shared keeps values that live for an hour or two and that all replicas use together.
type Shared interface {
	// Shared gives the value kept under key, or has build make it and keeps it for life.
	// Over all replicas one build of a key runs at a time; whoever asks meanwhile gets
	// what it makes. A build outlives the caller who started it. What build refuses is
	// handed to its callers as it is.
	Shared(ctx context.Context, key string, build func(context.Context) (value []byte, life time.Duration, err error)) ([]byte, error)
	// DropShared forgets what is kept under key if it is still value, and nothing else: a
	// late refusal of an old token must not throw the new one away.
	DropShared(ctx context.Context, key string, value []byte) error
}

// Sealer keeps what Shared gets from being read there. What was sealed for one purpose
// does not open for another.
type Sealer interface {
	Seal(plain []byte, purpose string) ([]byte, error)
	Open(sealed []byte, purpose string) ([]byte, error)
}

// unsealed is for values that do not leave the process.
type unsealed struct{}

func (unsealed) Seal(plain []byte, _ string) ([]byte, error)  { return plain, nil }
func (unsealed) Open(sealed []byte, _ string) ([]byte, error) { return sealed, nil }

// alone is Shared for one replica, in memory.
type alone struct {
	now     func() time.Time
	longest time.Duration // no value is kept longer
	flights singleflight.Group

	mu   sync.Mutex
	kept map[string]keptValue
}

type keptValue struct {
	value []byte
	until time.Time
}

// Shared implements Shared.
func (a *alone) Shared(
	ctx context.Context, key string, build func(context.Context) ([]byte, time.Duration, error),
) ([]byte, error) {
	if value, ok := a.known(key); ok {
		return value, nil
	}
	flight := a.flights.DoChan(key, func() (any, error) {
		if value, ok := a.known(key); ok { // the flight before this one has just brought it
			return value, nil
		}
		value, life, err := build(context.WithoutCancel(ctx))
		if err == nil {
			a.keep(key, value, life)
		}
		return value, err
	})
	select {
	case r := <-flight:
		value, _ := r.Val.([]byte)
		return value, r.Err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (a *alone) known(key string) ([]byte, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k, ok := a.kept[key]
	return k.value, ok && a.now().Before(k.until)
}

func (a *alone) keep(key string, value []byte, life time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept == nil {
		a.kept = map[string]keptValue{}
	}
	a.kept[key] = keptValue{value, a.now().Add(min(life, a.longest))}
}

// DropShared implements Shared.
func (a *alone) DropShared(_ context.Context, key string, value []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if bytes.Equal(a.kept[key].value, value) {
		delete(a.kept, key)
		a.flights.Forget(key) // one that has read the old value would still give it
	}
	return nil
}
