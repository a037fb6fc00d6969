package service

import (
	"context"
	"errors"
	"slices"
	"time"

	"countersign/model"
	"countersign/store"
)

// Windows watches the clock for what is published by scanning: it ends what ran out, and
// tells posters when it is time. Every replica does; the database is the judge.
type Windows struct {
	base
	guard guard
}

// A window's end shows within a second on every replica (rule 17).
const (
	windowsEvery = 200 * time.Millisecond
	windowsBatch = 500
	ladderEvery  = 10 * time.Second
)

// loop ends windows.
func (w Windows) loop() loop {
	return loop{guard: w.guard, pace: windowsEvery, tick: batches(w.RunOut)}
}

// ladder tells posters.
func (w Windows) ladder(g guard) loop {
	return loop{guard: g, pace: ladderEvery, tick: batches(w.Climb)}
}

// batches makes turns of work that is done a batch at a time.
func batches(do func(context.Context) (int, error)) func(context.Context) (bool, error) {
	return func(ctx context.Context) (again bool, err error) {
		n, err := do(ctx)
		return err == nil && n == windowsBatch, err
	}
}

// RunOut ends up to a batch of the windows that are over, by the database's clock, and
// answers how many it found.
func (w Windows) RunOut(ctx context.Context) (int, error) {
	now, err := w.store.Now(ctx)
	if err != nil {
		return 0, err
	}
	due, err := w.store.OverduePosts(ctx, now, windowsBatch)
	if err != nil {
		return 0, err
	}
	byBrand := map[string][]string{}
	for _, p := range due {
		byBrand[p.BrandID] = append(byBrand[p.BrandID], p.ID)
	}
	var errs []error
	for brand, ids := range byBrand {
		errs = append(errs, w.guard.safely(ctx, func() error {
			return w.store.InTx(ctx, func(tx *store.Tx) error { return w.runOut(ctx, tx, brand, ids) })
		}))
	}
	return len(due), errors.Join(errs...)
}

// runOut ends the windows of one Brand's Posts: expired, or unconfirmed where a phone had
// been handed a link.
func (w Windows) runOut(ctx context.Context, tx *store.Tx, brandID string, ids []string) error {
	slices.Sort(ids)
	posts, err := tx.LockOverdue(brandID, ids)
	if err != nil || len(posts) == 0 {
		return err
	}
	launched, err := tx.LaunchedAny(ctx, ids)
	if err != nil {
		return err
	}
	moved := map[model.PostState][]string{}
	for _, p := range posts {
		to := model.RunsOut(launched[p.ID])
		moved[to] = append(moved[to], p.ID)
		w.tellEnd(tx, p, to)
	}
	for to, ids := range moved {
		if err := tx.RunOut(ids, to); err != nil {
			return err
		}
	}
	return nil
}

func (w Windows) tellEnd(tx *store.Tx, p model.Post, to model.PostState) {
	action, kind := "post.expired", model.NoticeExpired
	if to == model.PostUnconfirmed {
		action, kind = "post.unconfirmed", model.NoticeUnconfirmed
	}
	e := Call{}.entry(p.BrandID, action, "post", p.ID, map[string]any{"state": p.State, "window_ends_at": p.WindowEndsAt}, map[string]any{"state": to})
	tx.Audit(bySystem("")(e))
	tx.Owe(w.notice(kind, p.BrandID, p.CreatedBy, p.ID, p.WindowEndsAt.UnixMilli()))
}

// Climb tells the posters of what is to be published, rung by rung, and answers the most
// that it found on one. A rung that was missed is not made up for once the next has come.
func (w Windows) Climb(ctx context.Context) (most int, err error) {
	now, err := w.store.Now(ctx)
	if err != nil {
		return 0, err
	}
	rungs := model.PublishRungs()
	for i, rung := range rungs {
		next := model.TicketWindow
		if i+1 < len(rungs) {
			next = rungs[i+1].After
		}
		due, err := w.store.DuePosts(ctx, rung.Name, now.Add(-next), now.Add(-rung.After), windowsBatch)
		if err != nil {
			return most, err
		}
		most = max(most, len(due))
		if err := w.remind(ctx, rung, due); err != nil {
			return most, err
		}
	}
	return most, nil
}

// remind notes each Post's rung and owes the reminders, in one transaction.
func (w Windows) remind(ctx context.Context, rung model.PublishRung, due []store.DuePost) error {
	if len(due) == 0 {
		return nil
	}
	return w.store.InTx(ctx, func(tx *store.Tx) error {
		for _, p := range due {
			first, err := tx.CreateReminder(model.Reminder{TaskID: p.ID, Rung: rung.Name, ScheduledAt: p.ScheduledAt, Told: true})
			if err != nil || !bool(first) {
				if err != nil {
					return err
				}
				continue
			}
			for _, member := range postersOf(p, rung.Fallback) {
				fact := model.Notice{Kind: model.NoticePublishDue, Member: member, Subject: p.ID, Rung: rung.Name, ScheduledAt: &p.ScheduledAt}
				tx.Owe(w.fact(fact, p.BrandID, p.ScheduledAt.UnixMilli()))
			}
		}
		return nil
	})
}

// postersOf are who is told: the Channel's poster, later his fallbacks too; without any,
// the author.
func postersOf(p store.DuePost, fallback bool) []string {
	switch posters := p.Channel.Posters; {
	case len(posters) == 0:
		return []string{p.CreatedBy}
	case fallback:
		return posters
	default:
		return posters[:1]
	}
}
