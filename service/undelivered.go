package service

import (
	"context"
	"encoding/json"

	"countersign/model"
	"countersign/store"
)

// Undelivered is a notice that was given up.
type Undelivered struct {
	model.OutboxMessage
	model.Notice
	Name  string // of the recipient
	Title string // of what it is about, "" when it has none
}

// Undelivered describes rows that were given up.
func (n Notices) Undelivered(ctx context.Context, brandID string, rows []model.OutboxMessage) ([]Undelivered, error) {
	out := make([]Undelivered, len(rows))
	var members []string
	subjects := map[model.NoticeSubject][]string{}
	for i, m := range rows {
		out[i].OutboxMessage = m
		if err := json.Unmarshal(m.Payload, &out[i].Notice); err != nil {
			continue // it is shown with its reason all the same
		}
		rule, _ := model.RuleOfNotice(out[i].Kind)
		members = append(members, out[i].Member)
		subjects[rule.About] = append(subjects[rule.About], out[i].Subject)
	}
	names := map[string]string{}
	list, err := n.store.MembersByID(ctx, brandID, distinct(members))
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		names[m.ID] = m.DisplayName()
	}
	titles := map[string]string{}
	for about, ids := range subjects {
		facts, err := n.store.NoticeFacts(ctx, about, distinct(ids))
		if err != nil {
			return nil, err
		}
		for _, f := range facts {
			titles[f.ID] = f.Title
		}
	}
	for i := range out {
		out[i].Name, out[i].Title = names[out[i].Member], titles[out[i].Subject]
	}
	return out, nil
}

// Revive puts messages that were given up back into the outbox, for an operator, whose
// command has the store alone. It answers how many it moved; those that somebody else has
// moved meanwhile are left.
func Revive(ctx context.Context, s *store.Store, list []model.OutboxMessage) (moved int, err error) {
	err = s.InTx(ctx, func(tx *store.Tx) error {
		moved = 0
		for _, m := range list {
			did, err := tx.ReviveOutbox(m.ID)
			if err != nil {
				return err
			}
			if !did {
				continue
			}
			moved++
			if m.BrandID != "" {
				e := operator(m.BrandID, "notice.retried", "notice", m.ID, map[string]any{"state": "ready"})
				e.BeforeJSON = asJSON(map[string]any{"state": "dead", "reason": m.LastError})
				tx.Audit(e)
			}
		}
		return nil
	})
	return moved, err
}

// Retry puts a notice that was given up back into the outbox, for an admin who has mended
// what was in its way.
func (n Notices) Retry(ctx context.Context, c Call, brandID, id string) (model.OutboxMessage, error) {
	return byStaff(ctx, n.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (model.OutboxMessage, error) {
		m, err := tx.UndeliveredOne(ctx, brandID, id)
		if err != nil {
			return m, err
		}
		moved, err := tx.ReviveOutbox(id)
		if err == nil && !bool(moved) {
			err = model.E(model.CodeNotFound)
		}
		tx.Audit(c.entry(brandID, "notice.retried", "notice", id, map[string]any{"state": "dead", "reason": m.LastError}, map[string]any{"state": "ready"}))
		return m, err
	})
}
