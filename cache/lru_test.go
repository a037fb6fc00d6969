package cache

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func has(l *lru[int], key string) bool {
	_, ok := l.get(key)
	return ok
}

func TestLRUForgetsTheLeastUsed(t *testing.T) {
	t.Parallel()
	l := newLRU[int](2, 0)
	l.put("a", 1, 0, time.Time{})
	l.put("b", 2, 0, time.Time{})
	has(l, "a")
	l.put("c", 3, 0, time.Time{})
	if !has(l, "a") || has(l, "b") || !has(l, "c") {
		t.Error("it forgot the wrong one")
	}
}

func TestLRUBoundsItsCost(t *testing.T) {
	t.Parallel()
	l := newLRU[int](100, 10)
	l.put("a", 1, 6, time.Time{})
	l.put("a", 2, 4, time.Time{}) // instead of the first
	l.put("b", 3, 6, time.Time{})
	if l.cost != 10 || !has(l, "a") || !has(l, "b") {
		t.Error("cost", l.cost)
	}
	l.put("too large", 4, 11, time.Time{})
	l.put("c", 5, 1, time.Time{})
	if l.cost != 7 || has(l, "a") || has(l, "too large") || !has(l, "b") || !has(l, "c") {
		t.Error("cost", l.cost)
	}
	l.put("b", 6, 11, time.Time{}) // too large now: the old one is not it any more
	if l.cost != 1 || has(l, "b") {
		t.Error("cost", l.cost)
	}
}

func TestLRUForgetsWhatIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLRU[int](2, 0)
		l.put("a", 1, 0, time.Now().Add(time.Second))
		time.Sleep(time.Second - 1)
		if !has(l, "a") {
			t.Error("early")
		}
		time.Sleep(time.Nanosecond)
		if has(l, "a") || l.kept.Len() != 0 {
			t.Error("late")
		}
	})
}

func TestLRUAskedAtOnce(t *testing.T) {
	t.Parallel()
	l := newLRU[int](2, 0)
	made := 0
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			l.getOr("a", func() int { made++; return made })
		})
	}
	callers.Wait()
	if made != 1 {
		t.Errorf("made %d times", made)
	}
}
