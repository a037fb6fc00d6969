package cache

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"
)

// wakeBuffer is how many wake-ups may wait for one reader.
const wakeBuffer = 16

// hub shares one connection to Redis among all readers of this replica: there
// may be thousands of them. go-redis reconnects and subscribes again by itself.
type hub struct {
	cache *Cache
	kick  chan struct{} // topics have changed

	mu      sync.Mutex
	topics  map[string]*topic
	stopped bool

	end   context.CancelFunc // nil until the first reader
	tasks sync.WaitGroup
}

// topic is one channel with its readers.
type topic struct {
	readers   map[*reader]bool
	live      chan struct{} // closed when Redis has confirmed
	confirmed bool
}

// reader is one Subscribe.
type reader struct {
	topic string
	wakes chan string
}

func newHub(c *Cache) *hub {
	return &hub{cache: c, kick: make(chan struct{}, 1), topics: map[string]*topic{}}
}

// join adds a reader; live closes when Redis has confirmed.
func (h *hub) join(name string) (r *reader, live <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r = &reader{topic: name, wakes: make(chan string, wakeBuffer)}
	if h.stopped {
		close(r.wakes)
		return r, nil
	}
	h.start()
	t, ok := h.topics[name]
	if !ok {
		t = &topic{readers: map[*reader]bool{}, live: make(chan struct{})}
		h.topics[name] = t
		h.changed()
	}
	t.readers[r] = true
	return r, t.live
}

// leave takes a reader out and closes its channel, once.
func (h *hub) leave(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t, ok := h.topics[r.topic]
	if !ok || !t.readers[r] {
		return
	}
	delete(t.readers, r)
	close(r.wakes)
	if len(t.readers) == 0 {
		delete(h.topics, r.topic)
		h.changed()
	}
}

// changed asks follow to compare; one request waiting is enough.
func (h *hub) changed() {
	select {
	case h.kick <- struct{}{}:
	default:
	}
}

// start connects with the first reader, so that a program without any has no
// idle connection.
func (h *hub) start() {
	if h.end != nil {
		return
	}
	ctx, end := context.WithCancel(h.cache.work.closing)
	h.end = end
	pubsub := h.cache.rdb.Subscribe(ctx)
	h.tasks.Go(func() { h.follow(ctx, pubsub) })
	h.tasks.Go(func() { h.receive(pubsub) })
}

// follow keeps Redis's list of topics equal to ours. It is alone in doing so:
// no caller waits for the network, and no two changes overtake each other.
func (h *hub) follow(ctx context.Context, pubsub *redis.PubSub) {
	// Closing a connection that is going away anyway can only say so.
	defer func() { _ = pubsub.Close() }()
	followed := map[string]*topic{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.kick:
			h.compare(ctx, pubsub, followed)
		}
	}
}

func (h *hub) compare(ctx context.Context, pubsub *redis.PubSub, followed map[string]*topic) {
	ctx, cancel := context.WithTimeout(ctx, h.cache.limit)
	defer cancel()
	added, gone := h.difference(followed)
	// go-redis notes what it could not send and sends it after it reconnects.
	if len(added) > 0 {
		_ = pubsub.Subscribe(ctx, added...)
	}
	if len(gone) > 0 {
		_ = pubsub.Unsubscribe(ctx, gone...)
	}
}

// difference brings followed up to date and says what has changed. A topic that
// was left and joined again in between is a new one: asking Redis again costs
// nothing and brings the confirmation its reader waits for.
func (h *hub) difference(followed map[string]*topic) (added, gone []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, t := range h.topics {
		if followed[name] != t {
			added, followed[name] = append(added, name), t
		}
	}
	for name := range followed {
		if h.topics[name] == nil {
			gone = append(gone, name)
			delete(followed, name)
		}
	}
	return added, gone
}

func (h *hub) receive(pubsub *redis.PubSub) {
	for message := range pubsub.ChannelWithSubscriptions() {
		switch m := message.(type) {
		case *redis.Message:
			h.deliver(m.Channel, m.Payload)
		case *redis.Subscription:
			if m.Kind == "subscribe" {
				h.confirm(m.Channel)
			}
		}
	}
}

// confirm marks a topic as live. A second confirmation follows a reconnection.
func (h *hub) confirm(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t, ok := h.topics[name]
	switch {
	case !ok:
	case t.confirmed:
		t.wake("")
	default:
		t.confirmed = true
		close(t.live)
	}
}

func (h *hub) deliver(name, payload string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t, ok := h.topics[name]; ok {
		t.wake(payload)
	}
}

// wake never waits for a reader.
func (t *topic) wake(payload string) {
	for r := range t.readers {
		select {
		case r.wakes <- payload:
		default:
		}
	}
}

// stop closes every reader's channel and the connection.
func (h *hub) stop() {
	h.mu.Lock()
	h.stopped = true
	for name, t := range h.topics {
		for r := range t.readers {
			close(r.wakes)
		}
		delete(h.topics, name)
	}
	end := h.end
	h.mu.Unlock()
	if end != nil {
		end()
		h.tasks.Wait()
	}
}
