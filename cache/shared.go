package cache

import (
	"context"
	"time"
)

// alone is how long this replica uses what it made while Redis was down. What is shared may
// be something of which the newest alone is good after five minutes, as with Douyin's
// tickets: another replica may have made its own by then.
const alone = 4 * time.Minute

// Shared gives a value that all replicas use, made by one of them for all and kept for as
// long as its maker says. make must heed its context.
//
// Redis down: each replica makes its own, and uses it for four minutes at most.
func (c *Cache) Shared(ctx context.Context, id string, build func(context.Context) (value []byte, life time.Duration, err error)) ([]byte, error) {
	if value, ok := c.shared(ctx, id); ok {
		return value, nil
	}
	var life time.Duration
	return c.makeOnce(ctx, "shared:"+id, sharing{
		find: func(ctx context.Context) ([]byte, bool) { return c.shared(ctx, id) },
		build: func(ctx context.Context) (value []byte, err error) {
			value, life, err = build(ctx)
			return value, err
		},
		keep: func(ctx context.Context, value []byte) { c.keepShared(ctx, id, value, life) },
	})
}

// shared looks in Redis; while Redis is down, in this replica.
func (c *Cache) shared(ctx context.Context, id string) (value []byte, ok bool) {
	err := c.call(ctx, func(ctx context.Context) (err error) {
		value, err = c.rdb.Get(ctx, key(id, "shared")).Bytes()
		return err
	})
	switch {
	case err == nil:
		return value, len(value) > 0
	case isNil(err):
		return nil, false
	}
	return c.alone.get(id)
}

func (c *Cache) keepShared(ctx context.Context, id string, value []byte, life time.Duration) {
	if life < time.Millisecond {
		return
	}
	err := c.call(ctx, func(ctx context.Context) error { return c.rdb.Set(ctx, key(id, "shared"), value, life).Err() })
	if err != nil {
		c.alone.put(id, value, len(value), time.Now().Add(min(life, alone)))
	}
}

// DropShared drops a shared value that turned out to be no good, and only that one: a late
// refusal of an old one must not throw the new one away. Redis down: it is dropped here,
// and an error.
func (c *Cache) DropShared(ctx context.Context, id string, value []byte) error {
	c.alone.drop(id)
	return unavailable(c.call(ctx, func(ctx context.Context) error {
		return unlockScript.Run(ctx, c.rdb, []string{key(id, "shared")}, value).Err()
	}))
}
