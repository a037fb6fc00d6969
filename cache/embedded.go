package cache

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// tick is how often the embedded Redis is told that time passes. A key may end
// up to one tick early, and each tick walks every key.
const tick = 50 * time.Millisecond

// embedded is a Redis inside the process, reached through pipes: it has no
// port, so nobody else can reach it. It forgets everything at the end.
type embedded struct {
	done  chan struct{}
	ticks sync.WaitGroup

	mu     sync.Mutex
	server *miniredis.Miniredis
	closed bool
}

func startEmbedded() *embedded {
	e := &embedded{server: miniredis.NewMiniRedis(), done: make(chan struct{})}
	e.ticks.Go(e.passTime)
	return e
}

// dial is a redis.Options.Dialer. A server that was closed would start again by
// being dialed, which go-redis may still do in the background while it closes.
func (e *embedded) dial(context.Context, string, string) (net.Conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, net.ErrClosed
	}
	return e.server.Dial()
}

// passTime moves the server's clock, which stands still by itself.
func (e *embedded) passTime() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-e.done:
			return
		case <-ticker.C:
			now := time.Now()
			e.server.FastForward(now.Sub(last))
			last = now
		}
	}
}

func (e *embedded) stop() {
	close(e.done)
	e.ticks.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.server.Close()
}
