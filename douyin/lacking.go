package douyin

import (
	"sync"
	"time"
)

// lackFor is how long Douyin is not asked again for what it said this app does not have.
// A capability that is granted in the console is noticed within it.
const lackFor = 10 * time.Minute

// lacking remembers what is not to be had, so that not each call pays a refusal first.
type lacking struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (l *lacking) note(what string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until == nil {
		l.until = map[string]time.Time{}
	}
	l.until[what] = now.Add(lackFor)
}

func (l *lacking) has(what string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Before(l.until[what])
}
