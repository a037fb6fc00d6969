package service

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"countersign/model"
)

// Relay delivers what the outbox owes. Every replica runs one; leases keep them apart.
type Relay struct {
	base
	guard   guard
	notices Notices
	grants  Grants
	tickets Tickets
}

// courier delivers a batch of one family of topics. It tells of each message, as soon as
// it is known, what became of it; what it does not tell of is handed back untried.
type courier func(ctx context.Context, batch []model.OutboxMessage, tell tell)

// tell is safe to call from several goroutines.
type tell func(m model.OutboxMessage, err error)

// couriers is who delivers what: a family is a topic up to its first dot.
func (r Relay) couriers() map[string]courier {
	n := r.notices
	return map[string]courier{
		"notice":      n.spread,
		pushTopic:     r.grants.heard,
		douyinTopic:   r.tickets.heard,
		channelWeChat: n.carry(wechatPostman{n}, r.whileLeased),
		channelEmail:  n.carry(emailPostman{n}, r.whileLeased),
	}
}

// Delivery limits: a message is tried again with growing pauses, then given up.
const (
	relayLease    = 30 * time.Second
	relayBatch    = 200
	relayAtOnce   = 16 // messages under way at one time, of one family in one relay
	relayAttempts = 12
	relayPoll     = time.Second
)

// loop delivers a batch a turn.
func (r Relay) loop() loop {
	return loop{guard: r.guard, pace: relayPoll, tick: func(ctx context.Context) (again bool, err error) {
		n, err := r.Drain(ctx)
		return n == relayBatch, err
	}}
}

// outcome is what became of a message.
type outcome struct {
	model.OutboxMessage
	err error
}

// Drain claims one batch and delivers it; it answers how many it claimed. Outcomes are
// noted while the rest is still under way, as many at once as have come in.
func (r Relay) Drain(ctx context.Context) (int, error) {
	owner := r.newID()
	batch, err := r.store.ClaimOutbox(ctx, owner, relayLease, relayBatch)
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	told := make(chan outcome, len(batch))
	go r.hand(ctx, batch, told)
	left := map[string]bool{}
	for _, m := range batch {
		left[m.ID] = true
	}
	var errs []error
	for first := range told {
		now := append([]outcome{first}, waiting(told)...)
		for _, o := range now {
			delete(left, o.ID)
		}
		errs = append(errs, r.noteOutcomes(ctx, owner, now))
	}
	return len(batch), errors.Join(append(errs, r.release(ctx, owner, left))...)
}

// hand gives each family its part of the batch, side by side, and closes told when all
// have come back.
func (r Relay) hand(ctx context.Context, batch []model.OutboxMessage, told chan<- outcome) {
	defer close(told)
	couriers := r.couriers()
	parts := map[string][]model.OutboxMessage{}
	for _, m := range batch {
		family, _, _ := strings.Cut(m.Topic, ".")
		parts[family] = append(parts[family], m)
	}
	tell := func(m model.OutboxMessage, err error) { told <- outcome{m, err} }
	var wg sync.WaitGroup
	for family, part := range parts {
		deliver, known := couriers[family]
		if !known { // owed by a newer version, which knows how
			for _, m := range part {
				tell(m, ofNewerVersion)
			}
			continue
		}
		wg.Go(func() { r.survive(ctx, deliver, part, tell) })
	}
	wg.Wait()
}

// survive has a part delivered, and outlives a panic in it: what was not told of by then
// is tried again, each message after a pause of its own.
func (r Relay) survive(ctx context.Context, deliver courier, part []model.OutboxMessage, tell tell) {
	var mu sync.Mutex
	told := map[string]bool{}
	err := r.guard.safely(ctx, func() error {
		deliver(ctx, part, func(m model.OutboxMessage, err error) {
			mu.Lock()
			told[m.ID] = true
			mu.Unlock()
			tell(m, err)
		})
		return nil
	})
	if err == nil {
		return
	}
	for _, m := range part {
		if !told[m.ID] {
			tell(m, model.E(model.CodeUnavailable).Because(err))
		}
	}
}

// later is the outcome of a message that was not tried: it is looked at again after
// this time, and the attempt does not count.
type later time.Duration

// ofNewerVersion is the outcome of a message that a newer version has owed: it knows how to
// deliver it.
const ofNewerVersion = later(time.Minute)

func (l later) Error() string { return "not before " + time.Duration(l).String() }

// waiting is what else has come in already.
func waiting(told <-chan outcome) (list []outcome) {
	for range len(told) {
		list = append(list, <-told)
	}
	return list
}

// noting is what is kept of a lease to note what became of a message.
const noting = 3 * time.Second

// whileLeased bounds what is done for a message by its lease, from before the database's
// clock is asked: should this program stall after that, it must not go on to send what
// another relay has claimed since. ok is false when the message may not be begun any
// more: half of its lease is over, or the program is stopping. What is begun is finished,
// also then: of a call that is cut off nobody knows whether it was carried out.
func (r Relay) whileLeased(ctx context.Context, m model.OutboxMessage) (leased context.Context, end context.CancelFunc, ok bool) {
	if ctx.Err() != nil {
		return ctx, func() {}, false
	}
	asked := time.Now()
	now, err := r.store.Now(ctx)
	left := m.NextAt.Sub(now)
	if err != nil || left < relayLease/2 {
		return ctx, func() {}, false
	}
	leased, end = context.WithDeadline(context.WithoutCancel(ctx), asked.Add(left-noting))
	return leased, end, true
}

// stopping is how long what must be noted may take once the program is stopping.
const stopping = 5 * time.Second

// release hands back what nobody has tried.
func (r Relay) release(ctx context.Context, owner string, left map[string]bool) error {
	if len(left) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopping)
	defer cancel()
	ids := make([]string, 0, len(left))
	for id := range left {
		ids = append(ids, id)
	}
	return r.store.ReleaseOutbox(ctx, owner, ids, 0)
}

// noteOutcomes notes what became of messages, also when the program is stopping: what was
// sent must not be sent again.
func (r Relay) noteOutcomes(ctx context.Context, owner string, list []outcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopping)
	defer cancel()
	var sent []string
	var errs []error
	untried := map[time.Duration][]string{}
	for _, o := range list {
		if o.err == nil {
			sent = append(sent, o.ID)
			continue
		}
		if wait, is := errors.AsType[later](o.err); is {
			untried[time.Duration(wait)] = append(untried[time.Duration(wait)], o.ID)
			continue
		}
		dead := !passes(o.err) || o.Attempts >= relayAttempts
		if dead {
			r.log.WarnContext(ctx, "outbox: given up", "message", o.ID, "topic", o.Topic, "brand", o.BrandID, "attempts", o.Attempts, "error", o.err)
		}
		errs = append(errs, r.store.DelayOutbox(ctx, owner, o.ID, backoff(o.Attempts, o.err), dead, string(model.CodeOf(o.err))))
	}
	for wait, ids := range untried {
		errs = append(errs, r.store.ReleaseOutbox(ctx, owner, ids, wait))
	}
	if len(sent) > 0 {
		errs = append(errs, r.store.FinishOutbox(ctx, owner, sent))
	}
	return errors.Join(errs...)
}

// passes tells whether a later try may succeed.
func passes(err error) bool {
	e, ok := errors.AsType[*model.Error](err)
	return ok && e.Kind() == model.KindUnavailable
}

// backoff doubles from two seconds up to an hour, with full jitter, and honours what
// the other side asked for.
func backoff(attempt int, err error) time.Duration {
	if asked := retryAfter(err); asked > 0 {
		return asked
	}
	most := min(time.Hour, 2*time.Second<<min(attempt, 12))
	return rand.N(most) //nolint:gosec // jitter, not a secret
}

// retryAfter is what the other side asked for, or 0.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*model.Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
