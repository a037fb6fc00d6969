// Package cache is the door to Redis: speed, never truth. Everything in it can
// be read again from the database or made again, so each method says what it
// does when Redis is down, and no method makes a request wait for long: calls
// have one short limit, and after a few failures a breaker answers at once.
//
// Without an address Open runs an embedded Redis inside the process.
package cache

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/sony/gobreaker/v2"
	"golang.org/x/sync/singleflight"

	"countersign/model"
)

// Options say which Redis to use. No Addrs: an embedded one. MasterName: Addrs
// are the Sentinels. Several Addrs: a Cluster. A zero timeout takes its default.
type Options struct {
	Addrs            []string
	MasterName       string
	Username         string
	Password         string
	SentinelPassword string
	DB               int
	TLS              bool
	DialTimeout      time.Duration // 200 ms
	ReadTimeout      time.Duration // 300 ms; also the most one call takes
	WriteTimeout     time.Duration // 300 ms
	Log              *slog.Logger
}

// Cache is one connection pool and what is kept in front of it. It is safe for
// many goroutines.
type Cache struct {
	rdb      redis.UniversalClient
	embedded *embedded // nil with a real Redis
	breaker  *breaker
	limit    time.Duration // the most one call takes
	log      *slog.Logger

	sessions shelf
	scenes   shelf
	pictures *pictures
	alone    *lru[[]byte] // see Shared
	flights  singleflight.Group
	limiter  *redis_rate.Limiter
	local    *lru[*localLimit]
	hub      *hub
	work     *work
}

// Open prepares the client. A Redis that is down is logged and does not stop
// the start: the program works without it.
func Open(ctx context.Context, o Options) (*Cache, error) {
	o = o.withDefaults()
	universal := o.universal()
	c := &Cache{limit: o.ReadTimeout, log: o.Log, breaker: newBreaker(o.Log), work: newWork(ctx)}
	if len(o.Addrs) == 0 {
		c.embedded = startEmbedded()
		universal.Dialer = c.embedded.dial
	}
	// go-redis has one logger for the whole process. What matters of it the
	// breaker tells; the rest would be a line per failed connection.
	redis.SetLogger(quiet{o.Log})
	c.rdb = redis.NewUniversalClient(universal)
	c.sessions = shelf{cache: c, name: "session", longest: longestSession}
	c.scenes = shelf{cache: c, name: "scene", longest: longestScene}
	c.pictures = newPictures()
	c.alone = newLRU[[]byte](64, 0)
	c.limiter = redis_rate.NewLimiter(limitKeys{c.rdb})
	c.local = newLRU[*localLimit](localLimits, 0)
	c.hub = newHub(c)
	if err := c.Ping(ctx); err != nil {
		c.breaker.trip(err)
	}
	return c, nil
}

func (o Options) withDefaults() Options {
	o.DialTimeout = defaultTo(o.DialTimeout, 200*time.Millisecond)
	o.ReadTimeout = defaultTo(o.ReadTimeout, 300*time.Millisecond)
	o.WriteTimeout = defaultTo(o.WriteTimeout, 300*time.Millisecond)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func defaultTo(d, fallback time.Duration) time.Duration {
	if d <= 0 {
		return fallback
	}
	return d
}

func (o Options) universal() *redis.UniversalOptions {
	u := &redis.UniversalOptions{
		Addrs: o.Addrs, MasterName: o.MasterName, DB: o.DB,
		Username: o.Username, Password: o.Password, SentinelPassword: o.SentinelPassword,
		DialTimeout: o.DialTimeout, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout,
		PoolTimeout:           o.ReadTimeout,
		ContextTimeoutEnabled: true,
		// One try each: by its defaults go-redis dials five times for each of
		// four tries, 1.7 s in all. Trying again is what the next call does.
		MaxRetries:    -1,
		DialerRetries: 1,
		// Both only bring refusals from servers that do not know them.
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if o.TLS {
		u.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return u
}

// quiet turns go-redis's own lines into debug lines.
type quiet struct{ log *slog.Logger }

func (q quiet) Printf(ctx context.Context, format string, args ...any) {
	q.log.DebugContext(ctx, "go-redis", "line", fmt.Sprintf(format, args...))
}

// call runs one use of Redis within the limit and the breaker.
func (c *Cache) call(ctx context.Context, use func(context.Context) error) error {
	return c.breaker.run(func() error {
		limited, cancel := context.WithTimeout(ctx, c.limit)
		defer cancel()
		err := use(limited)
		if err != nil && !isNil(err) && ctx.Err() != nil {
			return gaveUp{err}
		}
		return err
	})
}

// Ping asks Redis for a sign of life. Down: model.CodeUnavailable.
func (c *Cache) Ping(ctx context.Context) error {
	return unavailable(c.call(ctx, func(ctx context.Context) error { return c.rdb.Ping(ctx).Err() }))
}

// unavailable is err as the rest of the program knows it: a fault that passes.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return model.E(model.CodeUnavailable).Because(err)
}

// Embedded says whether Redis runs inside this process.
func (c *Cache) Embedded() bool { return c.embedded != nil }

// Healthy says whether Redis is used at present, without asking it.
func (c *Cache) Healthy() bool { return c.breaker.State() == gobreaker.StateClosed }

// Close ends the work under way, closes every subscription and then the
// connections. Work that ignores its context holds it up.
func (c *Cache) Close() error {
	c.work.stop()
	c.hub.stop()
	err := c.rdb.Close()
	if c.embedded != nil {
		c.embedded.stop()
	}
	return err
}

// isNil: Redis answered, and there is nothing.
func isNil(err error) bool { return errors.Is(err, redis.Nil) }
