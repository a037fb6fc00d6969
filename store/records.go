package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"countersign/model"
)

// ErrKeyTaken says that the idempotency key has an answer already.
var ErrKeyTaken = errors.New("store: idempotency key is taken")

// KeepAnswer stores an act's answer under its idempotency key. While another request
// with the key is running, the insert waits for it; ErrKeyTaken when that one, or an
// earlier one, was first.
func (tx *Tx) KeepAnswer(k model.IdempotencyKey) error {
	k.CreatedAt = tx.Now
	err := tx.db.Create(&k).Error
	if duplicate(err) {
		return ErrKeyTaken
	}
	return err
}

// KeptAnswer reads what a key was answered.
func (r Reader) KeptAnswer(ctx context.Context, principal, key string) (k model.IdempotencyKey, err error) {
	err = r.with(ctx).Where("principal = ? AND idem_key = ?", principal, key).Take(&k).Error
	return k, fault("idempotency key", err)
}

// AuditHeadOf reads the end of a Brand's chain.
func (r Reader) AuditHeadOf(ctx context.Context, brandID string) (h model.AuditHead, err error) {
	err = r.with(ctx).Where("brand_id = ?", brandID).Take(&h).Error
	return h, fault("audit head", err)
}

// ClaimOutbox leases up to limit ready messages to owner. No lock is held while they
// are delivered; a lease that runs out hands them to the next relay.
func (s *Store) ClaimOutbox(ctx context.Context, owner string, lease time.Duration, limit int) (list []model.OutboxMessage, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		list = nil
		if err := tx.skipLocked().Where("state = ? AND next_at <= ?", model.OutboxReady, tx.Now).Order("next_at").Limit(limit).Find(&list).Error; err != nil || len(list) == 0 {
			return err
		}
		return tx.lease(list, owner, lease)
	})
	return list, err
}

// lease gives rows to owner. It counts as an attempt, unless somebody leases a row now:
// then that claim has counted, and either it is owner's or its attempt is not made.
func (tx *Tx) lease(rows []model.OutboxMessage, owner string, lease time.Duration) error {
	var leased, fresh []string
	until := tx.Now.Add(lease)
	for i := range rows {
		m := &rows[i]
		if m.LeaseOwner != "" && m.NextAt.After(tx.Now) {
			leased = append(leased, m.ID)
		} else {
			fresh = append(fresh, m.ID)
			m.Attempts++
		}
		m.NextAt, m.LeaseOwner = until, owner
	}
	set := map[string]any{"next_at": until, "lease_owner": owner}
	if len(leased) > 0 {
		if err := tx.db.Model(&model.OutboxMessage{}).Where("id IN ?", leased).Updates(set).Error; err != nil {
			return err
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	set["attempts"] = gorm.Expr("attempts + 1")
	return tx.db.Model(&model.OutboxMessage{}).Where("id IN ?", fresh).Updates(set).Error
}

// FinishOutbox ends delivered messages that owner still leases.
func (s *Store) FinishOutbox(ctx context.Context, owner string, ids []string) error {
	err := s.with(ctx).Model(&model.OutboxMessage{}).Where("id IN ? AND lease_owner = ? AND state = ?", ids, owner, model.OutboxReady).
		Updates(map[string]any{"state": model.OutboxDone, "lease_owner": ""}).Error
	return fault("finish outbox", err)
}

// ReleaseOutbox hands back messages that owner leases and has not tried, to be claimed
// again after wait.
func (s *Store) ReleaseOutbox(ctx context.Context, owner string, ids []string, wait time.Duration) error {
	return s.InTx(ctx, func(tx *Tx) error {
		return tx.db.Model(&model.OutboxMessage{}).Where("id IN ? AND lease_owner = ? AND state = ?", ids, owner, model.OutboxReady).
			Updates(map[string]any{"next_at": tx.Now.Add(wait), "lease_owner": "", "attempts": gorm.Expr("attempts - 1")}).Error
	})
}

// DelayOutbox puts a message off, or gives it up (dead), with the reason.
func (s *Store) DelayOutbox(ctx context.Context, owner, id string, wait time.Duration, dead bool, reason string) error {
	return s.InTx(ctx, func(tx *Tx) error {
		set := map[string]any{"next_at": tx.Now.Add(wait), "lease_owner": "", "last_error": reason}
		if dead {
			set["state"] = model.OutboxDead
		}
		return tx.db.Model(&model.OutboxMessage{}).Where("id = ? AND lease_owner = ?", id, owner).Updates(set).Error
	})
}

// OutboxBacklog counts what is ready and tells how long the oldest has waited: the
// alarm of an operator.
func (s *Store) OutboxBacklog(ctx context.Context) (n int64, oldest time.Duration, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, 0, err
	}
	q := s.with(ctx).Model(&model.OutboxMessage{}).Where("state = ?", model.OutboxReady)
	if err = q.Count(&n).Error; err != nil || n == 0 {
		return 0, 0, fault("outbox backlog", err)
	}
	var first model.OutboxMessage
	err = s.with(ctx).Where("state = ?", model.OutboxReady).Order("next_at").Take(&first).Error
	return n, now.Sub(first.CreatedAt), fault("outbox backlog", err)
}

// OutboxDead counts what was given up.
func (s *Store) OutboxDead(ctx context.Context) (n int64, err error) {
	err = s.with(ctx).Model(&model.OutboxMessage{}).Where("state = ?", model.OutboxDead).Count(&n).Error
	return n, fault("outbox dead", err)
}

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
// days, events and webhook deliveries after thirty, what paces and reminders leave behind once it is of no use. A
// thousand rows of each at most, so that no transaction is long.
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
