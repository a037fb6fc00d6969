package cache

import (
	"context"
	"time"
)

const (
	// What one replica keeps in memory.
	frontPictures = 64
	frontBytes    = 8 << 20
	frontFor      = 10 * time.Minute
)

// pictures are code images. Under one key there is always the same picture, so
// copies need no dropping; what changes the picture must be part of the key.
type pictures struct {
	front *lru[[]byte]
}

func newPictures() *pictures {
	return &pictures{front: newLRU[[]byte](frontPictures, frontBytes)}
}

// Picture gives a kept picture; it must not be changed. A copy in memory may
// outlive the one in Redis by ten minutes. Redis down: only what this replica
// has in memory is found.
func (c *Cache) Picture(ctx context.Context, id string) ([]byte, bool) {
	if png, ok := c.pictures.front.get(id); ok {
		return png, true
	}
	var png []byte
	err := c.call(ctx, func(ctx context.Context) (err error) {
		png, err = c.rdb.Get(ctx, pictureKey(id)).Bytes()
		return err
	})
	if err != nil || len(png) == 0 {
		return nil, false
	}
	c.pictures.front.put(id, png, len(png), time.Now().Add(frontFor))
	return png, true
}

// KeepPicture keeps a picture for ttl, in memory for ten minutes at most; it
// must not be changed afterwards. Redis down: it is kept in memory only.
func (c *Cache) KeepPicture(ctx context.Context, id string, png []byte, ttl time.Duration) {
	if len(png) == 0 || ttl < time.Millisecond {
		return
	}
	c.pictures.front.put(id, png, len(png), time.Now().Add(min(ttl, frontFor)))
	// A picture that could not be kept is made again; the breaker has counted the failure.
	_ = c.call(ctx, func(ctx context.Context) error {
		return c.rdb.Set(ctx, pictureKey(id), png, ttl).Err()
	})
}

func pictureKey(id string) string { return key(id, "picture") }

// PictureOnce gives the kept picture, or makes one and keeps it for ttl. Callers
// that ask for the same picture share one making, in this replica and, by a
// short lock, among replicas. The making goes on when its first caller leaves,
// for 15 s at most, and ends with Close; build must heed its context.
//
// Redis down: each replica makes its own, once.
func (c *Cache) PictureOnce(
	ctx context.Context, id string, ttl time.Duration, build func(context.Context) ([]byte, error),
) ([]byte, error) {
	if png, ok := c.Picture(ctx, id); ok {
		return png, nil
	}
	return c.makeOnce(ctx, id, sharing{
		find:  func(ctx context.Context) ([]byte, bool) { return c.Picture(ctx, id) },
		build: build,
		keep:  func(ctx context.Context, png []byte) { c.KeepPicture(ctx, id, png, ttl) },
	})
}
