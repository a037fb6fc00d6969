package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"countersign/model"
)

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

// DeadOutbox lists what was given up, of all Brands, oldest first, behind the one with the
// id after; reason "" is any.
func (r Reader) DeadOutbox(ctx context.Context, reason model.Code, after string, limit int) (list []model.OutboxMessage, err error) {
	q := r.with(ctx).Where("state = ? AND id > ?", model.OutboxDead, after)
	if reason != "" {
		q = q.Where("last_error = ?", reason)
	}
	err = q.Order("id").Limit(limit).Find(&list).Error
	return list, fault("dead outbox", err)
}

// DeadOutboxOne reads one of them.
func (r Reader) DeadOutboxOne(ctx context.Context, id string) (m model.OutboxMessage, err error) {
	err = r.with(ctx).Where("id = ? AND state = ?", id, model.OutboxDead).Take(&m).Error
	return m, fault("dead outbox", err)
}

// ReviveOutbox makes a message that was given up ready again, as if it were new.
func (tx *Tx) ReviveOutbox(id string) (Moved, error) {
	r := tx.db.Model(&model.OutboxMessage{}).Where("id = ? AND state = ?", id, model.OutboxDead).
		Updates(map[string]any{"state": model.OutboxReady, "next_at": tx.Now, "attempts": 0, "last_error": ""})
	return r.RowsAffected == 1, r.Error
}
