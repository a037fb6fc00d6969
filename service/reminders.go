package service

import (
	"context"
	"time"

	"countersign/model"
	"countersign/store"
)

// Reminders climbs the ladder before planned times: the approvers whose answer is still
// open are reminded a day, three hours and half an hour before. Every replica climbs;
// the row of each rung is the judge between them.
type Reminders struct{ base }

const (
	remindEvery = 20 * time.Second
	remindBatch = 200
)

// loop climbs once a turn.
func (r Reminders) loop(g guard) loop {
	return loop{guard: g, pace: remindEvery, tick: func(ctx context.Context) (again bool, err error) {
		n, err := r.Climb(ctx)
		return err == nil && n == remindBatch, err
	}}
}

// Climb deals with up to a batch of the Tasks on each rung that has come, by the
// database's clock; it answers the most that it found on one rung. A rung that was
// missed, because nothing ran, is not made up for once the next one has come.
func (r Reminders) Climb(ctx context.Context) (most int, err error) {
	now, err := r.store.Now(ctx)
	if err != nil {
		return 0, err
	}
	rungs := model.Rungs()
	for i, rung := range rungs {
		from := now
		if i+1 < len(rungs) {
			from = now.Add(rungs[i+1].Before)
		}
		due, err := r.store.DueTasks(ctx, rung.Name, from, now.Add(rung.Before), remindBatch)
		if err != nil {
			return most, err
		}
		most = max(most, len(due))
		if err := r.remind(ctx, rung.Name, due); err != nil {
			return most, err
		}
	}
	return most, nil
}

// remind notes each Task's rung and owes the reminder, in one transaction.
func (r Reminders) remind(ctx context.Context, rung string, due []store.DueTask) error {
	if len(due) == 0 {
		return nil
	}
	return r.store.InTx(ctx, func(tx *store.Tx) error {
		for _, t := range due {
			told := model.Reminds(rung, t.ScheduledAt, t.SortedAt)
			first, err := tx.CreateReminder(model.Reminder{TaskID: t.ID, Rung: rung, ScheduledAt: t.ScheduledAt, Told: told})
			if err != nil {
				return err
			}
			if told && bool(first) {
				fact := model.Notice{Kind: model.NoticeDeadline, Member: t.MemberID, Subject: t.ID, Rung: rung, ScheduledAt: &t.ScheduledAt}
				tx.Owe(r.fact(fact, t.BrandID, t.ScheduledAt.UnixMilli()))
			}
		}
		return nil
	})
}
