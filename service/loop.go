package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"countersign/model"
)

// LoopName names one piece of the background work, in the log and in the metrics.
type LoopName string

// The background work that every replica does, side by side with the others: the database
// keeps them apart.
const (
	LoopRelay     LoopName = "relay"             // delivers what the outbox owes
	LoopLive      LoopName = "live"              // tells other replicas of commits here
	LoopReminders LoopName = "reminders"         // reminds approvers before planned times
	LoopWebhooks  LoopName = "webhooks"          // sends to brands' own systems
	LoopWindows   LoopName = "windows"           // ends what ran out of its window
	LoopPosters   LoopName = "publish_reminders" // tells posters that it is time
	LoopAIReviews LoopName = "ai_reviews"        // asks WeChat and the model
	LoopSweep     LoopName = "sweep"             // deletes rows that have had their time
	LoopMedia     LoopName = "media_sweep"       // deletes files that nobody needs
)

// LoopNames are all of them.
func LoopNames() []LoopName {
	return []LoopName{LoopRelay, LoopLive, LoopReminders, LoopWebhooks, LoopWindows, LoopPosters, LoopAIReviews, LoopSweep, LoopMedia}
}

// LoopWatch is told what the background work does. cmd makes the operator's numbers of it.
type LoopWatch interface {
	// Ticked tells of a tick: when it ended, how long it took, and why it failed. A panic
	// fails the tick that it ends.
	Ticked(name LoopName, at time.Time, took time.Duration, err error)
	// Panicked tells of a panic, also of one that ended a part of a tick, or what a tick has
	// left under way.
	Panicked(name LoopName)
}

// unwatched is a LoopWatch for whoever wants none.
type unwatched struct{}

func (unwatched) Ticked(LoopName, time.Time, time.Duration, error) {}
func (unwatched) Panicked(LoopName)                                {}

// guard outlives panics in the work of one loop: a fault in one Brand's part of it must not
// end the replica, which serves all the others.
type guard struct {
	name  LoopName
	log   *slog.Logger
	watch LoopWatch
}

// errPanic is in what a panic has become.
var errPanic = errors.New("panic")

// safely does something; a panic in it is logged with its stack, counted, and becomes an
// error that no later try mends. Whatever the work does in a goroutine of its own, it does
// through here: a panic that nobody recovers ends the program.
func (g guard) safely(ctx context.Context, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			g.log.ErrorContext(ctx, "panic", "loop", string(g.name), "value", p, "stack", string(debug.Stack()))
			g.watch.Panicked(g.name)
			err = model.E(model.CodeInternal).Because(fmt.Errorf("%w: %v", errPanic, p))
		}
	}()
	return do()
}

// loop is one piece of background work: tick after tick, at a pace.
type loop struct {
	guard
	pace   time.Duration   // from one tick's beginning to the next; 0: only what wakes it
	wake   <-chan struct{} // has it tick at once; nil: only the clock
	breath time.Duration   // between a tick and the next, so that one deals with many wake-ups
	// tick does some work; again asks for the next tick at once, for there is more to do.
	tick func(ctx context.Context) (again bool, err error)
	end  func() // waits for what the ticks have left under way; nil: nothing
}

// run ticks until ctx ends, and returns when the tick under way has ended. A tick that
// fails, or panics, is followed by the next one at its time.
func (l loop) run(ctx context.Context) {
	if l.end != nil {
		defer l.end()
	}
	var clock <-chan time.Time
	if l.pace > 0 {
		ticker := time.NewTicker(l.pace)
		defer ticker.Stop()
		clock = ticker.C
	}
	for due := l.pace > 0 || l.due(ctx, clock); due; due = l.due(ctx, clock) {
		for again := true; again && ctx.Err() == nil; {
			again = l.take(ctx)
		}
	}
}

// due waits for the next tick's time; false says that there is none any more.
func (l loop) due(ctx context.Context, clock <-chan time.Time) bool {
	if l.breath > 0 {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(l.breath):
		}
	}
	select {
	case <-ctx.Done():
		return false
	case <-clock:
	case <-l.wake:
	}
	return true
}

// take takes one tick and tells of it. What the stop has cut off has not failed.
func (l loop) take(ctx context.Context) (again bool) {
	start := time.Now()
	err := l.safely(ctx, func() (err error) {
		again, err = l.tick(ctx)
		return err
	})
	if ctx.Err() != nil {
		err = nil
	}
	if err != nil {
		l.log.WarnContext(ctx, "background work failed: will try again", "loop", string(l.name), "error", err)
	}
	end := time.Now()
	l.watch.Ticked(l.name, end, end.Sub(start), err)
	return again
}

// Run does the background work that is named, all of it when nothing is, until ctx ends. It
// returns when every tick under way has ended: what was begun is noted.
func (s *Service) Run(ctx context.Context, names ...LoopName) {
	var running sync.WaitGroup
	for _, l := range s.loops {
		if len(names) == 0 || slices.Contains(names, l.name) {
			running.Go(func() { l.run(ctx) })
		}
	}
	running.Wait()
}
