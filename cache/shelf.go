package cache

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// tombstoneFor is how long a dropped entry cannot be filled again. A reader that
// read the row before it was revoked has this long to come with its late fill;
// requests end well before.
const tombstoneFor = time.Minute

// shelf keeps copies of one kind of row by the hash of their token.
//
// An entry ends by itself after longest, however long the caller asked for:
// that bounds how long a copy can outlive its row when a drop did not reach
// Redis. An empty value is a tombstone: a miss that cannot be filled.
type shelf struct {
	cache   *Cache
	name    string
	longest time.Duration
}

func (s shelf) key(hash string) string { return key(hash, s.name) }

// get gives the copy. Redis down, no copy, tombstone: a miss.
func (s shelf) get(ctx context.Context, hash string) ([]byte, bool) {
	var value []byte
	err := s.cache.call(ctx, func(ctx context.Context) (err error) {
		value, err = s.cache.rdb.Get(ctx, s.key(hash)).Bytes()
		return err
	})
	if err != nil || len(value) == 0 {
		return nil, false
	}
	return value, true
}

// keep puts a copy where there is none: over a tombstone it must not, and a
// copy that is there came from the same row. Redis down: nothing is kept.
func (s shelf) keep(ctx context.Context, hash string, value []byte, ttl time.Duration) {
	ttl = min(ttl, s.longest)
	if len(value) == 0 || ttl < time.Millisecond {
		return
	}
	// A copy that could not be kept is read from the database again; the
	// breaker has counted the failure.
	_ = s.cache.call(ctx, func(ctx context.Context) error {
		return s.cache.rdb.SetNX(ctx, s.key(hash), value, ttl).Err()
	})
}

// drop replaces the copy with a tombstone. A Redis without memory left refuses
// to set but still deletes. Redis down: an error; a copy may live on elsewhere
// until its own end, at most longest.
func (s shelf) drop(ctx context.Context, hash string) error {
	return unavailable(s.cache.call(ctx, func(ctx context.Context) error {
		err := s.cache.rdb.Set(ctx, s.key(hash), "", tombstoneFor).Err()
		if redis.IsOOMError(err) {
			err = s.cache.rdb.Del(ctx, s.key(hash)).Err()
		}
		return err
	}))
}
