package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// makeLimit is the longest that one thing may take to make; it is also how long
	// a replica that died while making one keeps the others waiting in vain.
	makeLimit = 15 * time.Second
	// waitForOthers is how long a replica waits for what another makes before it makes
	// its own, looking every lookEvery.
	waitForOthers = 3 * time.Second
	lookEvery     = 50 * time.Millisecond
)

// sharing is how something is found, made and kept that all replicas share.
type sharing struct {
	find  func(context.Context) ([]byte, bool)
	build func(context.Context) ([]byte, error)
	keep  func(context.Context, []byte)
}

// makeOnce has something made by one caller for all: in this replica they share one flight,
// and a short lock keeps the replicas apart. The making goes on when its first caller
// leaves, for 15 s at most, and ends with Close; build must heed its context.
//
// Redis down: each replica makes its own, once.
func (c *Cache) makeOnce(ctx context.Context, id string, t sharing) ([]byte, error) {
	flight := c.flights.DoChan(id, func() (any, error) {
		working, end, err := c.work.begin(ctx, makeLimit)
		if err != nil {
			return nil, unavailable(err)
		}
		defer end()
		return c.makeOneByOne(working, id, t)
	})
	select {
	case <-ctx.Done():
		return nil, unavailable(fmt.Errorf("cache: waiting for what is made: %w", context.Cause(ctx)))
	case result := <-flight:
		made, _ := result.Val.([]byte)
		return made, result.Err
	}
}

// makeOneByOne takes the lock, looks, and makes; without the lock it looks until another
// replica is done or has had its time. It looks with the lock in hand, because the
// replica before it may just have finished.
func (c *Cache) makeOneByOne(ctx context.Context, id string, t sharing) ([]byte, error) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	overdue := time.NewTimer(waitForOthers)
	defer overdue.Stop()
	for waiting := true; ; {
		unlock, mine := c.lock(ctx, id)
		made, err := t.take(ctx, mine || !waiting)
		unlock()
		if made != nil || err != nil {
			return made, err
		}
		select {
		case <-look.C:
		case <-overdue.C:
			waiting = false
		case <-ctx.Done():
			return nil, unavailable(context.Cause(ctx))
		}
	}
}

// take gives what is there by now, and makes it on its turn.
func (t sharing) take(ctx context.Context, turn bool) ([]byte, error) {
	if made, ok := t.find(ctx); ok || !turn {
		return made, nil
	}
	made, err := safely(ctx, t.build)
	if err == nil {
		t.keep(ctx, made)
	}
	return made, err
}

// errNothing is the answer when build gave nothing, not even an error.
var errNothing = errors.New("cache: nothing was made")

// safely runs build. A panic in it would end the process, because no handler
// stands above the goroutine that makes things.
func safely(ctx context.Context, build func(context.Context) ([]byte, error)) (made []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			made, err = nil, fmt.Errorf("cache: making panicked: %v", p)
		}
	}()
	made, err = build(ctx)
	if err == nil && len(made) == 0 {
		err = errNothing
	}
	return made, err
}

// unlockScript deletes a lock only if it is still the caller's own.
// Output: 1 if it was, else 0.
var unlockScript = redis.NewScript(`
if redis.call("GET", KEYS[1]) == ARGV[1] then
  return redis.call("DEL", KEYS[1])
end
return 0
`)

// lock tries to be the one replica that makes something. Redis down: the
// lock counts as taken by us, for somebody must make it.
func (c *Cache) lock(ctx context.Context, id string) (unlock func(), mine bool) {
	name, owner := key(id, "lock"), rand.Text()
	taken := false
	err := c.call(ctx, func(ctx context.Context) (err error) {
		taken, err = c.rdb.SetNX(ctx, name, owner, makeLimit+tick).Result()
		return err
	})
	if err != nil {
		return func() {}, true
	}
	if !taken {
		return func() {}, false
	}
	return func() { c.unlock(ctx, name, owner) }, true
}

// unlock also works when the making took all its time. A lock that cannot be
// given back ends by itself.
func (c *Cache) unlock(ctx context.Context, name, owner string) {
	_ = c.call(context.WithoutCancel(ctx), func(ctx context.Context) error {
		return unlockScript.Run(ctx, c.rdb, []string{name}, owner).Err()
	})
}
