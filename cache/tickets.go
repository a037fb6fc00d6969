package cache

import (
	"context"
	"time"
)

// longestScan bounds how long the page of a publish code may show what was.
const longestScan = 5 * time.Second

// Scanned looks a publish code up, in one round trip: live is its own entry, which Redis
// lets expire with its window, and page what its page shows. Redis down, nothing kept: both
// nil, which means to ask the database.
func (c *Cache) Scanned(ctx context.Context, tokenHash string) (live, page []byte) {
	var values []any
	err := c.call(ctx, func(ctx context.Context) (err error) {
		values, err = c.rdb.MGet(ctx, key(tokenHash, "ticket"), key(tokenHash, "scan")).Result()
		return err
	})
	if err != nil || len(values) != 2 {
		return nil, nil
	}
	return kept(values[0]), kept(values[1])
}

// kept is a value that is there.
func kept(v any) []byte {
	if s, ok := v.(string); ok && s != "" {
		return []byte(s)
	}
	return nil
}

// KeepTicket puts a live code's entry, to expire at end by Redis's own clock. The entry
// says its end too, so that a clock that runs behind opens nothing. Redis down: nothing
// happens.
func (c *Cache) KeepTicket(ctx context.Context, tokenHash string, entry []byte, end time.Time) {
	_ = c.call(ctx, func(ctx context.Context) error { // a miss is read from the database again
		return c.rdb.Do(ctx, "SET", key(tokenHash, "ticket"), entry, "PXAT", end.UnixMilli()).Err()
	})
}

// KeepScan keeps what a code's page shows, for five seconds. Redis down: nothing happens.
func (c *Cache) KeepScan(ctx context.Context, tokenHash string, page []byte) {
	_ = c.call(ctx, func(ctx context.Context) error { // a miss is read from the database again
		return c.rdb.SetNX(ctx, key(tokenHash, "scan"), page, longestScan).Err()
	})
}

// DropScan forgets what a code's page shows. Call it after the change is committed. Redis
// down: an error; the page is right again within five seconds, and nothing is decided by it.
func (c *Cache) DropScan(ctx context.Context, tokenHash string) error {
	return unavailable(c.call(ctx, func(ctx context.Context) error { return c.rdb.Del(ctx, key(tokenHash, "scan")).Err() }))
}

// DropTicket forgets a code whose end was moved, or that was revoked. What a reader who
// came before fills late shows for five seconds at most. Redis down: an error.
func (c *Cache) DropTicket(ctx context.Context, tokenHash string) error {
	return unavailable(c.call(ctx, func(ctx context.Context) error {
		return c.rdb.Del(ctx, key(tokenHash, "ticket"), key(tokenHash, "scan")).Err()
	}))
}
