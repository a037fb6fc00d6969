package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/model"
)

// Grants reads what is left of a Person's consents, by template.
func (r Reader) Grants(ctx context.Context, personIDs []string) (list []model.MessageGrant, err error) {
	if len(personIDs) == 0 {
		return nil, nil
	}
	err = r.with(ctx).Where("person_id IN ?", personIDs).Find(&list).Error
	return list, fault("grants", err)
}

// ChangeGrant applies a change to a Person's grant for a template, and answers what is
// left. A grant that nobody has told of yet begins with nothing.
func (tx *Tx) ChangeGrant(personID, templateID string, c model.GrantChange) (g model.MessageGrant, err error) {
	g = model.MessageGrant{PersonID: personID, TemplateID: templateID, TapAt: tx.Now, ChangedBy: c, ChangedAt: tx.Now, Version: 1}
	if err := tx.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&g).Error; err != nil {
		return g, fmt.Errorf("grant: %w", err)
	}
	if err := tx.forUpdate().Where("person_id = ? AND template_id = ?", personID, templateID).Take(&g).Error; err != nil {
		return g, fmt.Errorf("grant: %w", err)
	}
	g = g.After(c, tx.Now)
	_, err = move(tx.db.Model(&model.MessageGrant{}).Where("person_id = ? AND template_id = ?", personID, templateID), map[string]any{
		"remaining": g.Remaining, "refused": g.Refused, "reported": g.Reported, "pushed": g.Pushed, "tap_at": g.TapAt, "changed_by": g.ChangedBy, "changed_at": g.ChangedAt,
	})
	return g, err
}

// Reservation asks for one consent, for one message made of some rows of the outbox.
type Reservation struct {
	PersonID   string
	TemplateID string
	Rows       []string // ids
	None       bool     // answer: he has no consent left
}

// ReserveGrants takes one consent for each message before it leaves, and notes it on the
// message's rows, so that a message that is tried again does not take a second one. Who
// never told us of a consent may still have given one: WeChat decides, nothing is taken.
func (s *Store) ReserveGrants(ctx context.Context, list []*Reservation) error {
	if len(list) == 0 {
		return nil
	}
	return s.InTx(ctx, func(tx *Tx) error {
		for template, part := range byTemplate(list) {
			if err := tx.reserve(template, part); err != nil {
				return err
			}
		}
		return nil
	})
}

func byTemplate(list []*Reservation) map[string][]*Reservation {
	out := map[string][]*Reservation{}
	for _, r := range list {
		r.None = false
		out[r.TemplateID] = append(out[r.TemplateID], r)
	}
	return out
}

func (tx *Tx) reserve(template string, list []*Reservation) error {
	var persons []string
	for _, r := range list {
		persons = append(persons, r.PersonID)
	}
	var grants []model.MessageGrant
	err := tx.forUpdate().Where("template_id = ? AND person_id IN ?", template, persons).Order("person_id").Find(&grants).Error
	if err != nil {
		return fmt.Errorf("reserve: %w", err)
	}
	left := map[string]int{}
	for _, g := range grants {
		left[g.PersonID] = g.Remaining
	}
	var payers, rows []string
	for _, r := range list {
		n, told := left[r.PersonID]
		switch {
		case told && n < 1:
			r.None = true
		case told:
			payers, rows = append(payers, r.PersonID), append(rows, r.Rows...)
		}
	}
	if len(payers) == 0 {
		return nil
	}
	err = tx.db.Model(&model.MessageGrant{}).Where("template_id = ? AND person_id IN ?", template, payers).Updates(map[string]any{
		"remaining": gorm.Expr("remaining - 1"), "changed_by": model.GrantSpent, "changed_at": tx.Now, "version": gorm.Expr("version + 1"),
	}).Error
	if err != nil {
		return fmt.Errorf("reserve: %w", err)
	}
	return tx.holdFor(rows, template)
}

// holdFor notes on rows of the outbox which template's consent is held for them.
func (tx *Tx) holdFor(rows []string, template string) error {
	return tx.db.Model(&model.OutboxMessage{}).Where("id IN ?", rows).Update("spent_template", template).Error
}

// ReleaseGrant ends the reservation of a message that certainly did not leave: its
// consent is given back, or, when WeChat says that there is none, nothing is left.
func (s *Store) ReleaseGrant(ctx context.Context, r Reservation, held bool, c model.GrantChange) error {
	return s.InTx(ctx, func(tx *Tx) error {
		if held || c == model.GrantExhausted {
			if _, err := tx.ChangeGrant(r.PersonID, r.TemplateID, c); err != nil {
				return err
			}
		}
		if !held {
			return nil
		}
		return tx.holdFor(r.Rows, "")
	})
}
