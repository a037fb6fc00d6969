package cache

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"
)

const (
	// What one replica keeps in memory.
	frontPictures = 64
	frontBytes    = 8 << 20
	frontFor      = 10 * time.Minute

	// pictureWork is the longest one picture may take to make; it is also how
	// long a replica that died while making one keeps the others waiting in vain.
	pictureWork = 15 * time.Second
	// othersTurn is how long a replica waits for another's picture before it
	// makes its own, looking every pictureLook.
	othersTurn  = 3 * time.Second
	pictureLook = 50 * time.Millisecond
)

// pictures are code images. Under one key there is always the same picture, so
// copies need no dropping; what changes the picture must be part of the key.
type pictures struct {
	front   *lru[[]byte]
	flights singleflight.Group
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
	flight := c.pictures.flights.DoChan(id, func() (any, error) {
		working, end, err := c.work.begin(ctx, pictureWork)
		if err != nil {
			return nil, unavailable(err)
		}
		defer end()
		return c.pictureByTurns(working, id, ttl, build)
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("cache: waiting for a picture: %w", context.Cause(ctx))
	case result := <-flight:
		png, _ := result.Val.([]byte)
		return png, result.Err
	}
}

// pictureByTurns takes the lock, looks, and makes the picture; without the lock
// it looks until another replica is done or has had its time. It looks with the
// lock in hand, because the replica before it may just have finished.
func (c *Cache) pictureByTurns(
	ctx context.Context, id string, ttl time.Duration, build func(context.Context) ([]byte, error),
) ([]byte, error) {
	look := time.NewTicker(pictureLook)
	defer look.Stop()
	overdue := time.NewTimer(othersTurn)
	defer overdue.Stop()
	for waiting := true; ; {
		unlock, mine := c.lockPicture(ctx, id)
		png, err := c.pictureInTurn(ctx, id, ttl, build, mine || !waiting)
		unlock()
		if png != nil || err != nil {
			return png, err
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

// pictureInTurn gives the picture if it is there by now, and makes it on its turn.
func (c *Cache) pictureInTurn(
	ctx context.Context, id string, ttl time.Duration, build func(context.Context) ([]byte, error), turn bool,
) ([]byte, error) {
	if png, ok := c.Picture(ctx, id); ok || !turn {
		return png, nil
	}
	png, err := safely(ctx, build)
	if err == nil {
		c.KeepPicture(ctx, id, png, ttl)
	}
	return png, err
}

// errNoPicture is the answer when build gave nothing, not even an error.
var errNoPicture = fmt.Errorf("cache: nothing was made of the picture")

// safely runs build. A panic in it would end the process, because no handler
// stands above the goroutine that makes pictures.
func safely(ctx context.Context, build func(context.Context) ([]byte, error)) (png []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			png, err = nil, fmt.Errorf("cache: making a picture panicked: %v", p)
		}
	}()
	png, err = build(ctx)
	if err == nil && len(png) == 0 {
		err = errNoPicture
	}
	return png, err
}

// unlockScript deletes a lock only if it is still the caller's own.
// Output: 1 if it was, else 0.
var unlockScript = redis.NewScript(`
if redis.call("GET", KEYS[1]) == ARGV[1] then
  return redis.call("DEL", KEYS[1])
end
return 0
`)

// lockPicture tries to be the one replica that makes a picture. Redis down: the
// lock counts as taken by us, for somebody must make it.
func (c *Cache) lockPicture(ctx context.Context, id string) (unlock func(), mine bool) {
	name, owner := key(id, "lock"), rand.Text()
	taken := false
	err := c.call(ctx, func(ctx context.Context) (err error) {
		taken, err = c.rdb.SetNX(ctx, name, owner, pictureWork+tick).Result()
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
