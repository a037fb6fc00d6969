package cache

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errClosed is the answer to work asked for after Close.
var errClosed = errors.New("cache is closed")

// work counts what goes on after its first caller may have left, so that Close
// can end it.
type work struct {
	closing context.Context // ends with Close; it is what detached work listens to
	cancel  context.CancelFunc

	mu      sync.Mutex
	stopped bool
	running sync.WaitGroup
}

func newWork(ctx context.Context) *work {
	closing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	return &work{closing: closing, cancel: cancel}
}

// begin gives a context that outlives ctx but not longest, nor Close. The caller
// ends the work with end.
func (w *work) begin(ctx context.Context, longest time.Duration) (_ context.Context, end func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return nil, nil, errClosed
	}
	w.running.Add(1)
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), longest)
	forget := context.AfterFunc(w.closing, cancel)
	return detached, func() {
		forget()
		cancel()
		w.running.Done()
	}, nil
}

// stop cancels all work and waits for its end.
func (w *work) stop() {
	w.mu.Lock()
	w.stopped = true
	w.mu.Unlock()
	w.cancel()
	w.running.Wait()
}
