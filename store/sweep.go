package store

import (
	"context"
	"time"

	"countersign/model"
)

// Swept counts what a sweep deleted.
type Swept struct{ Sessions, Keys, Outbox, Events, Deliveries, Paces, Reminders int64 }

// sweepBatch is how many rows of a kind one sweep deletes at most.
const sweepBatch = 1000

// More tells that a kind was not swept to its end.
func (s Swept) More() bool {
	return max(s.Sessions, s.Keys, s.Outbox, s.Events, s.Deliveries, s.Paces, s.Reminders) >= sweepBatch
}

// Sweep deletes what has had its time: sessions a week after their end, idempotency
// keys after two days, delivered messages after a week and those given up after ninety
// days, events and webhook deliveries after thirty, what paces and reminders leave behind
// once it is of no use. A thousand rows of each at most, so that no transaction is long.
func (s *Store) Sweep(ctx context.Context) (out Swept, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return out, err
	}
	day := 24 * time.Hour
	out.Sessions, err = s.sweep(ctx, err, &model.Session{}, "expires_at < ?", now.Add(-7*day))
	out.Outbox, err = s.sweep(ctx, err, &model.OutboxMessage{}, "state = 'done' AND next_at < ?", now.Add(-7*day))
	if err == nil {
		var dead int64
		dead, err = s.sweep(ctx, err, &model.OutboxMessage{}, "state = 'dead' AND next_at < ?", now.Add(-90*day))
		out.Outbox += dead
	}
	out.Paces, err = s.sweepDirect(ctx, err, &model.NoticePace{}, "next_at < ?", now.Add(-day))
	out.Reminders, err = s.sweepDirect(ctx, err, &model.Reminder{}, "created_at < ?", now.Add(-7*day))
	out.Keys, err = s.sweepDirect(ctx, err, &model.IdempotencyKey{}, "created_at < ?", now.Add(-2*day))
	out.Events, err = s.sweepDirect(ctx, err, &model.Event{}, "at < ?", now.Add(-30*day))
	out.Deliveries, err = s.sweep(ctx, err, &model.Delivery{}, "created_at < ?", now.Add(-30*day))
	return out, fault("sweep", err)
}

func (s *Store) sweep(ctx context.Context, earlier error, row any, where string, arg any) (int64, error) {
	if earlier != nil {
		return 0, earlier
	}
	var ids []string
	if err := s.with(ctx).Model(row).Where(where, arg).Limit(sweepBatch).Pluck("id", &ids).Error; err != nil || len(ids) == 0 {
		return 0, err
	}
	r := s.with(ctx).Where("id IN ?", ids).Delete(row)
	return r.RowsAffected, r.Error
}

// sweepDirect is for tables whose key is not one column.
func (s *Store) sweepDirect(ctx context.Context, earlier error, row any, where string, arg any) (int64, error) {
	if earlier != nil {
		return 0, earlier
	}
	q := s.with(ctx).Where(where, arg)
	if s.driver == "mysql" {
		q = q.Limit(sweepBatch)
	}
	r := q.Delete(row)
	return r.RowsAffected, r.Error
}
