package store

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"countersign/model"
)

// CreateWebhook inserts a Webhook that is told of what happens from now on.
func (tx *Tx) CreateWebhook(w *model.Webhook) error {
	head, err := tx.AuditHeadOf(tx.ctx, w.BrandID)
	if err != nil {
		return err
	}
	w.PlannedSeq, w.NextAt, w.HoldUntil, w.LeaseUntil = head.Seq, model.Never, tx.Now, tx.Now
	w.Version, w.CreatedAt, w.UpdatedAt, w.OldSecret = 1, tx.Now, tx.Now, []byte{}
	return tx.create("webhook", w)
}

// Webhooks lists a Brand's, newest first.
func (r Reader) Webhooks(ctx context.Context, brandID string, p Page) (list []model.Webhook, err error) {
	err = p.below(r.with(ctx).Where("brand_id = ?", brandID), "id").Find(&list).Error
	return list, fault("webhooks", err)
}

// WebhookCount counts a Brand's.
func (r Reader) WebhookCount(ctx context.Context, brandID string) (n int64, err error) {
	err = r.with(ctx).Model(&model.Webhook{}).Where("brand_id = ?", brandID).Count(&n).Error
	return n, fault("webhook count", err)
}

// Webhook reads one of a Brand's.
func (r Reader) Webhook(ctx context.Context, brandID, id string) (w model.Webhook, err error) {
	err = r.with(ctx).Where("brand_id = ? AND id = ?", brandID, id).Take(&w).Error
	return w, fault("webhook", err)
}

// LockWebhook reads one of a Brand's and keeps it from changing until the commit.
func (tx *Tx) LockWebhook(brandID, id string) (w model.Webhook, err error) {
	err = tx.forUpdate().Where("brand_id = ? AND id = ?", brandID, id).Take(&w).Error
	return w, fault("lock webhook", err)
}

// UpdateWebhook changes what an admin may change, at the version that he saw. A fresh
// start, switched on or at another address, forgets why it was off and how its last tries
// went, and ends a turn under way: what that finds out is not about this one.
func (tx *Tx) UpdateWebhook(w model.Webhook, fresh bool) error {
	next := model.Webhook{
		URL: w.URL, Description: w.Description, Kinds: w.Kinds, Active: w.Active, UpdatedAt: tx.Now, Version: w.Version + 1, HoldUntil: tx.Now, NextAt: tx.Now, LeaseUntil: tx.Now,
	}
	columns := []string{"url", "description", "kinds", "active", "updated_at", "version", "hold_until", "next_at"}
	if fresh {
		columns = append(columns, "off_reason", "off_at", "failures", "failing_since", "lease_owner", "lease_until")
	}
	r := tx.db.Model(&model.Webhook{}).Select(columns).Where("id = ? AND brand_id = ? AND version = ?", w.ID, w.BrandID, w.Version).Updates(next)
	return stale(r.RowsAffected == 1, r.Error)
}

// DeleteWebhook removes a Webhook; what it is owed is swept in time.
func (tx *Tx) DeleteWebhook(brandID, id string) error {
	return tx.db.Where("id = ? AND brand_id = ?", id, brandID).Delete(&model.Webhook{}).Error
}

// RotateWebhook puts a new secret in place; the old one signs too until a time.
func (tx *Tx) RotateWebhook(w model.Webhook, secret []byte, until time.Time) error {
	return tx.db.Model(&model.Webhook{}).Where("id = ? AND brand_id = ?", w.ID, w.BrandID).
		Updates(map[string]any{"secret": secret, "old_secret": w.Secret, "old_secret_until": until, "version": w.Version + 1, "updated_at": tx.Now}).Error
}

// ReplayWebhook moves the mark back: what comes after it is owed again.
func (tx *Tx) ReplayWebhook(w model.Webhook, after int64) error {
	return tx.db.Model(&model.Webhook{}).Where("id = ? AND brand_id = ?", w.ID, w.BrandID).
		UpdateColumns(map[string]any{"planned_seq": min(w.PlannedSeq, after), "next_at": tx.Now, "hold_until": tx.Now}).Error
}

// SwitchOffWebhook ends the sending to a Webhook, once, by who still leases it.
func (tx *Tx) SwitchOffWebhook(id, owner string, why model.WebhookOff) (Moved, error) {
	return move(tx.db.Model(&model.Webhook{}).Where("id = ? AND active = ? AND lease_owner = ?", id, true, owner),
		map[string]any{"active": false, "off_reason": why, "off_at": tx.Now, "updated_at": tx.Now})
}

// Deliveries lists what a Webhook was and is owed, newest first; state "" is all.
func (r Reader) Deliveries(ctx context.Context, brandID, webhookID string, state model.DeliveryState, p Page) (list []model.Delivery, err error) {
	q := r.with(ctx).Where("brand_id = ? AND webhook_id = ?", brandID, webhookID)
	if state != "" {
		q = q.Where("state = ?", state)
	}
	err = p.below(q, "id").Find(&list).Error
	return list, fault("deliveries", err)
}

// Delivery reads one of a Webhook's.
func (r Reader) Delivery(ctx context.Context, brandID, webhookID, id string) (d model.Delivery, err error) {
	err = r.with(ctx).Where("brand_id = ? AND webhook_id = ? AND id = ?", brandID, webhookID, id).Take(&d).Error
	return d, fault("delivery", err)
}

// OweAgain owes a delivery anew, with all its tries; the Webhook is locked.
func (tx *Tx) OweAgain(d model.Delivery) error {
	err := tx.db.Model(&model.Delivery{}).Where("id = ? AND webhook_id = ?", d.ID, d.WebhookID).
		Updates(map[string]any{"state": model.DeliveryOwed, "attempts": 0, "next_at": tx.Now}).Error
	if err != nil {
		return err
	}
	return tx.db.Model(&model.Webhook{}).Where("id = ?", d.WebhookID).UpdateColumns(map[string]any{"next_at": tx.Now, "hold_until": tx.Now}).Error
}

// ClaimWebhooks leases up to limit active Webhooks that have something to do: events that
// are not planned yet, or a delivery that is due. Nothing is locked meanwhile; a lease
// that runs out hands them on.
func (s *Store) ClaimWebhooks(ctx context.Context, owner string, lease time.Duration, limit int) (list []model.Webhook, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	var due []model.Webhook
	err = s.with(ctx).Table("webhooks w").Select("w.*").Joins("JOIN audit_heads h ON h.brand_id = w.brand_id").
		Where("w.active = ? AND w.lease_until <= ? AND (w.next_at <= ? OR h.seq > w.planned_seq)", true, now, now).
		Order("w.lease_until").Limit(limit).Find(&due).Error
	for _, w := range due {
		r := s.with(ctx).Model(&model.Webhook{}).Where("id = ? AND active = ? AND lease_until <= ?", w.ID, true, now).
			UpdateColumns(map[string]any{"lease_owner": owner, "lease_until": now.Add(lease)})
		if r.Error != nil {
			return list, fault("claim webhook", r.Error)
		}
		if r.RowsAffected == 1 {
			list = append(list, w)
		}
	}
	return list, fault("claim webhooks", err)
}

// leased reads and locks a Webhook that owner still leases; not found when it was
// switched off, deleted or handed on.
func (tx *Tx) leased(id, owner string) (w model.Webhook, err error) {
	err = tx.forUpdate().Where("id = ? AND lease_owner = ? AND active = ?", id, owner, true).Take(&w).Error
	return w, fault("leased webhook", err)
}

// planPage is how many events become deliveries in one transaction.
const planPage = 200

// PlanDeliveries turns the events that follow into deliveries; it answers the Webhook as
// it is now and how many events it read. Each event becomes one row whatever happens:
// the mark moves in the same transaction, and an event that has its row already, after a
// replay, is owed anew.
func (s *Store) PlanDeliveries(ctx context.Context, id, owner string, newID func() string) (w model.Webhook, read int, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		if w, err = tx.leased(id, owner); err != nil {
			return err
		}
		head, err := tx.AuditHeadOf(ctx, w.BrandID) // before the events: those up to it are there, or were swept
		if err != nil {
			return err
		}
		events, err := tx.EventsAfter(ctx, w.BrandID, w.PlannedSeq, planPage)
		if err != nil {
			return err
		}
		if read = len(events); read > 0 {
			head.Seq = events[read-1].Seq
		}
		if head.Seq == w.PlannedSeq {
			return nil
		}
		w.PlannedSeq = head.Seq
		if err := tx.owe(w, events, newID); err != nil {
			return err
		}
		return tx.db.Model(&model.Webhook{}).Where("id = ?", id).UpdateColumns(map[string]any{"planned_seq": w.PlannedSeq, "next_at": tx.Now}).Error // due, should this turn not come to its end
	})
	return w, read, err
}

func (tx *Tx) owe(w model.Webhook, events []model.Event, newID func() string) error {
	var rows []model.Delivery
	for _, e := range events {
		if w.Wants(e.Kind) {
			rows = append(rows, model.Delivery{
				ID: newID(), WebhookID: w.ID, BrandID: w.BrandID, Seq: e.Seq, Kind: e.Kind, SubjectKind: e.SubjectKind, SubjectID: e.SubjectID, ActorKind: e.ActorKind,
				At: e.At, State: model.DeliveryOwed, NextAt: tx.Now, CreatedAt: tx.Now,
			})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	again := clause.OnConflict{
		Columns:   []clause.Column{{Name: "webhook_id"}, {Name: "seq"}},
		DoUpdates: clause.Assignments(map[string]any{"state": model.DeliveryOwed, "attempts": 0, "next_at": tx.Now, "created_at": tx.Now}),
	}
	return tx.db.Clauses(again).Create(&rows).Error
}

// DueDeliveries reads what a Webhook is to be sent now, the oldest events first.
func (s *Store) DueDeliveries(ctx context.Context, webhookID string, limit int) (list []model.Delivery, now time.Time, err error) {
	if now, err = s.Now(ctx); err != nil {
		return nil, now, err
	}
	err = s.with(ctx).Where("webhook_id = ? AND state = ? AND next_at <= ?", webhookID, model.DeliveryOwed, now).Order("next_at, seq").Limit(limit).Find(&list).Error
	return list, now, fault("due deliveries", err)
}

// NoteDelivery writes what became of a try, unless somebody has noted another one or
// owed the delivery anew meanwhile.
func (s *Store) NoteDelivery(ctx context.Context, was, d model.Delivery) error {
	err := s.with(ctx).Model(&model.Delivery{}).Where("id = ? AND state = ? AND attempts = ? AND next_at = ?", was.ID, model.DeliveryOwed, was.Attempts, was.NextAt).
		Updates(map[string]any{
			"state": d.State, "attempts": d.Attempts, "next_at": d.NextAt, "status": d.Status, "last_error": d.LastError, "delivered_at": d.DeliveredAt,
		}).Error
	return fault("note delivery", err)
}

// ReleaseWebhook ends a lease, notes how the tries went and when the next one is due.
func (s *Store) ReleaseWebhook(ctx context.Context, id, owner string, h model.Health) error {
	return s.InTx(ctx, func(tx *Tx) error {
		var w model.Webhook
		err := tx.forUpdate().Where("id = ? AND lease_owner = ?", id, owner).Take(&w).Error
		if err = fault("release webhook", err); err != nil {
			if model.Is(err, model.CodeNotFound) { // deleted, or handed on
				return nil
			}
			return err
		}
		next := model.Never
		var first []model.Delivery
		if err := tx.db.Where("webhook_id = ? AND state = ?", id, model.DeliveryOwed).Order("next_at").Limit(1).Find(&first).Error; err != nil {
			return err
		}
		if len(first) == 1 {
			next = first[0].NextAt
			if next.Before(h.HoldUntil) {
				next = h.HoldUntil
			}
		}
		return tx.db.Model(&model.Webhook{}).Where("id = ?", id).UpdateColumns(map[string]any{
			"lease_owner": "", "lease_until": tx.Now, "next_at": next, "hold_until": h.HoldUntil, "failures": h.Failures, "failing_since": h.FailingSince,
		}).Error
	})
}

// WebhookBacklog counts what active Webhooks are owed and is due.
func (s *Store) WebhookBacklog(ctx context.Context) (n int64, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	err = s.with(ctx).Table("webhook_deliveries d").Joins("JOIN webhooks w ON w.id = d.webhook_id AND w.active = ?", true).
		Where("d.state = ? AND d.next_at <= ?", model.DeliveryOwed, now).Count(&n).Error
	return n, fault("webhook backlog", err)
}
