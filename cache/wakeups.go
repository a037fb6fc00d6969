package cache

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Publish wakes the readers of channels on every replica, each with its payload, in one
// round trip. Nothing may depend on its arrival. Redis down: nobody is woken, readers
// find out when they poll.
func (c *Cache) Publish(ctx context.Context, payloads map[string]string) {
	_ = c.call(ctx, func(ctx context.Context) error {
		_, err := c.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for channel, payload := range payloads {
				p.Publish(ctx, wakeName(channel), payload)
			}
			return nil
		})
		return err
	})
}

// Subscribe gives what is published on a channel from now on, until the returned
// function is called, ctx ends or the cache is closed; then the channel closes.
// It waits, shortly, until Redis has confirmed: what is read from the database
// after it returns misses nothing.
//
// A reader that is slow loses what does not fit in its buffer of 16: it has
// enough wake-ups waiting. After a lost connection each reader gets one empty
// payload, for something may have been missed. Redis down: the channel stays
// silent, and the caller polls.
func (c *Cache) Subscribe(ctx context.Context, channel string) (<-chan string, func()) {
	//nolint:contextcheck // the connection serves all readers and must outlive the first one's request
	r, live := c.hub.join(wakeName(channel))
	leave := context.AfterFunc(ctx, func() { c.hub.leave(r) })
	c.awaitLive(ctx, live)
	return r.wakes, func() {
		leave()
		c.hub.leave(r)
	}
}

// awaitLive waits for the confirmation, unless there is little hope of one.
func (c *Cache) awaitLive(ctx context.Context, live <-chan struct{}) {
	if !c.Healthy() {
		return
	}
	limit := time.NewTimer(c.limit)
	defer limit.Stop()
	select {
	case <-live:
	case <-limit.C:
	case <-ctx.Done():
	}
}

func wakeName(channel string) string { return key(channel, "wake") }
