package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/model"
)

// Contact is how a Member, or a Person who is none, can be told something. What is
// empty, he has not.
type Contact struct {
	MemberID string
	BrandID  string
	PersonID string // the reviewer's own, or the one that a staff member has bound
	OpenID   string
	Language string
	UserID   string // of staff who may sign in
	Email    string
	EmailOff bool
}

func (r Reader) contacts(ctx context.Context) *gorm.DB {
	return r.with(ctx).Table("memberships m").
		Select("m.id AS member_id, m.brand_id, p.id AS person_id, p.open_id, p.language, u.id AS user_id, u.email, u.email_off").
		Joins("LEFT JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL").
		Joins("LEFT JOIN bindings x ON x.user_id = u.id").
		Joins("LEFT JOIN persons p ON p.id = COALESCE(m.person_id, x.person_id)").
		Where("m.status = ?", model.MemberActive)
}

// Contacts finds the active ones among some Members.
func (r Reader) Contacts(ctx context.Context, memberIDs []string) (list []Contact, err error) {
	if len(memberIDs) == 0 {
		return nil, nil
	}
	err = r.contacts(ctx).Where("m.id IN ?", memberIDs).Scan(&list).Error
	return list, fault("contacts", err)
}

// AdminContacts finds the admins of some Brands.
func (r Reader) AdminContacts(ctx context.Context, brandIDs []string) (list []Contact, err error) {
	if len(brandIDs) == 0 {
		return nil, nil
	}
	err = r.contacts(ctx).Where("m.brand_id IN ? AND m.role = ?", brandIDs, model.RoleAdmin).Order("m.id").Scan(&list).Error
	return list, fault("admin contacts", err)
}

// PersonContacts finds Persons who need not be Members of anything.
func (r Reader) PersonContacts(ctx context.Context, ids []string) (list []Contact, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = r.with(ctx).Table("persons p").Select("p.id AS person_id, p.open_id, p.language").Where("p.id IN ?", ids).Scan(&list).Error
	return list, fault("person contacts", err)
}

// BrandsByID reads some Brands.
func (r Reader) BrandsByID(ctx context.Context, ids []string) (map[string]model.Brand, error) {
	out := map[string]model.Brand{}
	if len(ids) == 0 {
		return out, nil
	}
	var list []model.Brand
	err := r.with(ctx).Where("id IN ?", ids).Find(&list).Error
	for _, b := range list {
		out[b.ID] = b
	}
	return out, fault("brands by id", err)
}

// NoticeFact is what there is to say about the subject of a notice, as it is now.
type NoticeFact struct {
	ID          string
	Title       string
	State       string // of the Task or AccessRequest
	ScheduledAt *time.Time
	Name        string // who decided, or who asks
	Action      model.Action
	Reason      string
	Position    int // of the step
}

var noticeFacts = map[model.NoticeSubject]string{
	model.AboutTask: `SELECT t.id, v.title, t.state, o.scheduled_at FROM tasks t
		JOIN reviews v ON v.id = t.review_id JOIN posts o ON o.id = t.post_id WHERE t.id IN ?`,
	model.AboutDecision: `SELECT d.id, v.title, d.name, d.action, d.reason FROM decisions d JOIN reviews v ON v.id = d.review_id WHERE d.id IN ?`,
	model.AboutStep:     `SELECT s.id, v.title, s.state, s.position FROM review_steps s JOIN reviews v ON v.id = s.review_id WHERE s.id IN ?`,
	model.AboutComment: `SELECT c.id, COALESCE((SELECT MAX(v.title) FROM reviews v WHERE v.article_id = c.article_id AND v.revision_number = c.revision_number), a.title) AS title,
		c.name FROM comments c JOIN articles a ON a.id = c.article_id WHERE c.deleted_at IS NULL AND c.id IN ?`,
	model.AboutAccess: `SELECT a.id, a.state, a.nickname AS name, a.reason FROM access_requests a WHERE a.id IN ?`,
}

// NoticeFacts reads the subjects of notices, all of one sort; what is gone is left out.
func (r Reader) NoticeFacts(ctx context.Context, about model.NoticeSubject, ids []string) (list []NoticeFact, err error) {
	query, known := noticeFacts[about]
	if len(ids) == 0 || !known {
		return nil, nil
	}
	err = r.with(ctx).Raw(query, ids).Scan(&list).Error
	return list, fault("notice facts", err)
}

// Undelivered lists the notices of a Brand that were given up, newest first.
func (r Reader) Undelivered(ctx context.Context, brandID string, p Page) (list []model.OutboxMessage, err error) {
	q := r.with(ctx).Where("brand_id = ? AND state = ? AND recipient <> ''", brandID, model.OutboxDead)
	err = p.below(q, "id").Find(&list).Error
	return list, fault("undelivered", err)
}

// UndeliveredOne reads one of them.
func (r Reader) UndeliveredOne(ctx context.Context, brandID, id string) (m model.OutboxMessage, err error) {
	err = r.with(ctx).Where("brand_id = ? AND id = ? AND state = ? AND recipient <> ''", brandID, id, model.OutboxDead).Take(&m).Error
	return m, fault("undelivered", err)
}

// ReviveOutbox makes a message that was given up ready again, as if it were new.
func (tx *Tx) ReviveOutbox(id string) (Moved, error) {
	r := tx.db.Model(&model.OutboxMessage{}).Where("id = ? AND state = ?", id, model.OutboxDead).
		Updates(map[string]any{"state": model.OutboxReady, "next_at": tx.Now, "attempts": 0, "last_error": ""})
	return r.RowsAffected == 1, r.Error
}

// OpenApprovers lists the Members whose answer in a Post is open, or will be asked for.
func (r Reader) OpenApprovers(ctx context.Context, postID string) (ids []string, err error) {
	err = r.with(ctx).Model(&model.Task{}).Where("post_id = ? AND state IN ?", postID, []model.TaskState{model.TaskOpen, model.TaskWaiting}).
		Distinct().Pluck("member_id", &ids).Error
	return ids, fault("open approvers", err)
}

// OweNew puts messages into the outbox, to leave after wait; those whose dedup key is
// there already are left out.
func (s *Store) OweNew(ctx context.Context, rows []model.OutboxMessage, wait time.Duration) error {
	if len(rows) == 0 {
		return nil
	}
	return s.InTx(ctx, func(tx *Tx) error {
		for i := range rows {
			rows[i].State, rows[i].CreatedAt, rows[i].NextAt = model.OutboxReady, tx.Now, tx.Now.Add(wait)
		}
		return tx.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
	})
}

// Gathered is what one message to each recipient may be made of.
type Gathered struct {
	More []model.OutboxMessage    // of the same recipients, leased with the rest
	Wait map[string]time.Duration // the recipients who may not be written to yet
}

// mostGathered bounds what is taken along; the rest is told after the pause.
const mostGathered = 2000

// Gather takes the right to write to some recipients now, which nobody else has for the
// time of pause, and leases everything else that is ready for them.
func (s *Store) Gather(ctx context.Context, owner string, lease, pause time.Duration, recipients []string) (out Gathered, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		out = Gathered{Wait: map[string]time.Duration{}}
		free, err := tx.pace(recipients, pause, out.Wait)
		if err != nil || len(free) == 0 {
			return err
		}
		err = tx.skipLocked().Where("recipient IN ? AND state = ? AND (lease_owner = '' OR next_at <= ?)", free, model.OutboxReady, tx.Now).Order("id").Limit(mostGathered).Find(&out.More).Error
		if err != nil || len(out.More) == 0 {
			return err
		}
		ids := make([]string, len(out.More))
		for i := range out.More {
			m := &out.More[i]
			m.Attempts, m.NextAt, m.LeaseOwner = m.Attempts+1, tx.Now.Add(lease), owner
			ids[i] = m.ID
		}
		return tx.db.Model(&model.OutboxMessage{}).Where("id IN ?", ids).Updates(map[string]any{
			"next_at": tx.Now.Add(lease), "lease_owner": owner, "attempts": gorm.Expr("attempts + 1"),
		}).Error
	})
	return out, err
}

// pace answers which recipients are free, and holds them from now on; the others' wait
// goes into wait.
func (tx *Tx) pace(recipients []string, pause time.Duration, wait map[string]time.Duration) (free []string, err error) {
	rows := make([]model.NoticePace, len(recipients))
	for i, r := range recipients {
		rows[i] = model.NoticePace{Recipient: r, NextAt: tx.Now}
	}
	if err := tx.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error; err != nil {
		return nil, err
	}
	var list []model.NoticePace
	if err := tx.forUpdate().Where("recipient IN ?", recipients).Order("recipient").Find(&list).Error; err != nil {
		return nil, err
	}
	for _, p := range list {
		if p.NextAt.After(tx.Now) {
			wait[p.Recipient] = p.NextAt.Sub(tx.Now)
		} else {
			free = append(free, p.Recipient)
		}
	}
	if len(free) == 0 {
		return nil, nil
	}
	return free, tx.db.Model(&model.NoticePace{}).Where("recipient IN ?", free).Update("next_at", tx.Now.Add(pause)).Error
}

// FreePaces gives back the right to write to recipients to whom nothing has left.
func (s *Store) FreePaces(ctx context.Context, recipients []string) error {
	if len(recipients) == 0 {
		return nil
	}
	return s.InTx(ctx, func(tx *Tx) error {
		return tx.db.Model(&model.NoticePace{}).Where("recipient IN ?", recipients).Update("next_at", tx.Now).Error
	})
}
