package cache

import (
	"context"
	"time"
)

// longestScene bounds how long a withdrawn scene can still be opened when Redis
// could not be told of it.
const longestScene = 30 * time.Second

// Scene gives the copy of what a scene token leads to. False means: read the
// database. Redis down: false.
func (c *Cache) Scene(ctx context.Context, tokenHash string) ([]byte, bool) {
	return c.scenes.get(ctx, tokenHash)
}

// KeepScene keeps a copy for ttl, at most 30 s, and never replaces what is
// there. Redis down: nothing happens.
func (c *Cache) KeepScene(ctx context.Context, tokenHash string, value []byte, ttl time.Duration) {
	c.scenes.keep(ctx, tokenHash, value, ttl)
}

// DropScene forgets a scene and keeps it from being filled again for 60 s. Call
// it after the row's change is committed. Redis down: an error with
// model.CodeUnavailable; the copy ends within 30 s by itself.
func (c *Cache) DropScene(ctx context.Context, tokenHash string) error {
	return c.scenes.drop(ctx, tokenHash)
}
