package cache

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// lru is a small map in memory that forgets what was not used for longest. To the
// library's it adds a bound on what all values cost, and an end of each.
type lru[V any] struct {
	maxCost int // 0: no such bound

	mu   sync.Mutex
	cost int
	kept *simplelru.LRU[string, entry[V]]
}

type entry[V any] struct {
	value V
	cost  int
	until time.Time // zero: no end
}

func newLRU[V any](maxItems, maxCost int) *lru[V] {
	l := &lru[V]{maxCost: maxCost}
	kept, err := simplelru.NewLRU(maxItems, func(_ string, e entry[V]) { l.cost -= e.cost })
	if err != nil {
		panic("cache: " + err.Error()) // a size below 1, and all sizes are constants
	}
	l.kept = kept
	return l
}

// get gives the value, unless its time is over.
func (l *lru[V]) get(key string) (value V, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.find(key)
}

// find is get under the lock.
func (l *lru[V]) find(key string) (value V, ok bool) {
	e, ok := l.kept.Get(key)
	if ok && !e.until.IsZero() && !time.Now().Before(e.until) {
		l.kept.Remove(key)
		return value, false
	}
	return e.value, ok
}

// drop forgets a value.
func (l *lru[V]) drop(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept.Remove(key)
}

// put keeps a value until then. One that is larger than all room is not kept.
func (l *lru[V]) put(key string, value V, cost int, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept.Remove(key) // Add would put the new one in its place, and tell nobody that the old one went
	if l.maxCost > 0 && cost > l.maxCost {
		return
	}
	l.cost += cost
	l.kept.Add(key, entry[V]{value, cost, until})
	for l.maxCost > 0 && l.cost > l.maxCost {
		l.kept.RemoveOldest()
	}
}

// getOr gives the value, and makes it first if there is none.
func (l *lru[V]) getOr(key string, build func() V) V {
	l.mu.Lock()
	defer l.mu.Unlock()
	value, ok := l.find(key)
	if !ok {
		value = build()
		l.kept.Add(key, entry[V]{value: value})
	}
	return value
}
