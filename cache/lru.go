package cache

import (
	"container/list"
	"sync"
	"time"
)

// lru is a small map in memory that forgets what was not used for longest once
// it holds maxItems or maxCost (0: no such bound).
type lru[V any] struct {
	maxItems int
	maxCost  int

	mu    sync.Mutex
	cost  int
	order *list.List // most recently used first; elements are *entry[V]
	byKey map[string]*list.Element
}

type entry[V any] struct {
	key   string
	value V
	cost  int
	until time.Time // zero: no end
}

func newLRU[V any](maxItems, maxCost int) *lru[V] {
	return &lru[V]{maxItems: maxItems, maxCost: maxCost, order: list.New(), byKey: map[string]*list.Element{}}
}

// get gives the value, unless its time is over.
func (l *lru[V]) get(key string) (value V, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.find(key)
}

// drop forgets a value.
func (l *lru[V]) drop(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if element, ok := l.byKey[key]; ok {
		l.remove(element)
	}
}

// find is get under the lock.
func (l *lru[V]) find(key string) (value V, ok bool) {
	element, ok := l.byKey[key]
	if !ok {
		return value, false
	}
	e := at[V](element)
	if !e.until.IsZero() && !time.Now().Before(e.until) {
		l.remove(element)
		return value, false
	}
	l.order.MoveToFront(element)
	return e.value, true
}

// put keeps a value until then. One that is larger than all room is not kept.
func (l *lru[V]) put(key string, value V, cost int, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.insert(&entry[V]{key: key, value: value, cost: cost, until: until})
}

// getOr gives the value, and makes it first if there is none.
func (l *lru[V]) getOr(key string, build func() V) V {
	l.mu.Lock()
	defer l.mu.Unlock()
	if value, ok := l.find(key); ok {
		return value
	}
	value := build()
	l.insert(&entry[V]{key: key, value: value})
	return value
}

func (l *lru[V]) insert(e *entry[V]) {
	if old, ok := l.byKey[e.key]; ok {
		l.remove(old)
	}
	if l.maxCost > 0 && e.cost > l.maxCost {
		return
	}
	l.byKey[e.key] = l.order.PushFront(e)
	l.cost += e.cost
	for l.order.Len() > l.maxItems || l.maxCost > 0 && l.cost > l.maxCost {
		l.remove(l.order.Back())
	}
}

func (l *lru[V]) remove(element *list.Element) {
	e := at[V](element)
	l.order.Remove(element)
	delete(l.byKey, e.key)
	l.cost -= e.cost
}

// at is what an element of order holds; nothing else is ever put there.
func at[V any](element *list.Element) *entry[V] {
	e, _ := element.Value.(*entry[V])
	return e
}
