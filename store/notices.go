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
	State       string // of the Task, step or AccessRequest; FactUndone; why a Webhook is off
	ScheduledAt *time.Time
	Name        string // who decided, or who asks
	Action      model.Action
	Reason      string
	Position    int // of the step
}

// FactUndone is the state of a Decision that was taken back.
const FactUndone = "undone"

var noticeFacts = map[model.NoticeSubject]string{
	model.AboutTask: `SELECT t.id, v.title, t.state, o.scheduled_at FROM tasks t
		JOIN reviews v ON v.id = t.review_id JOIN posts o ON o.id = t.post_id WHERE t.id IN ?`,
	model.AboutDecision: `SELECT d.id, v.title, d.name, d.action, d.reason, CASE WHEN u.decision_id IS NULL THEN '' ELSE '` + FactUndone + `' END AS state
		FROM decisions d JOIN reviews v ON v.id = d.review_id LEFT JOIN undos u ON u.decision_id = d.id WHERE d.id IN ?`,
	model.AboutStep: `SELECT s.id, v.title, s.state, s.position FROM review_steps s JOIN reviews v ON v.id = s.review_id WHERE s.id IN ?`,
	model.AboutComment: `SELECT c.id, COALESCE((SELECT MAX(v.title) FROM reviews v WHERE v.article_id = c.article_id AND v.revision_number = c.revision_number), a.title) AS title,
		c.name FROM comments c JOIN articles a ON a.id = c.article_id WHERE c.deleted_at IS NULL AND c.id IN ?`,
	model.AboutPost:    `SELECT o.id, o.title, o.state, o.scheduled_at FROM posts o WHERE o.id IN ?`,
	model.AboutChannel: `SELECT c.id, c.name AS title FROM channels c WHERE c.id IN ?`,
	model.AboutAccess:  `SELECT a.id, a.state, a.nickname AS name, a.reason FROM access_requests a WHERE a.id IN ?`,
}

// NoticeFacts reads the subjects of notices, all of one sort; what is gone is left out.
func (r Reader) NoticeFacts(ctx context.Context, about model.NoticeSubject, ids []string) (list []NoticeFact, err error) {
	if about == model.AboutWebhook {
		return r.webhookFacts(ctx, ids)
	}
	query, known := noticeFacts[about]
	if len(ids) == 0 || !known {
		return nil, nil
	}
	err = r.with(ctx).Raw(query, padded(ids)).Scan(&list).Error
	return list, fault("notice facts", err)
}

func (r Reader) webhookFacts(ctx context.Context, ids []string) (list []NoticeFact, err error) {
	var hooks []model.Webhook
	err = r.with(ctx).Where("id IN ?", ids).Find(&hooks).Error
	for _, w := range hooks {
		list = append(list, NoticeFact{ID: w.ID, Title: w.Called(), State: string(w.OffReason)})
	}
	return list, fault("webhook facts", err)
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

// Gathered is what one message to each recipient is made of.
type Gathered struct {
	Rows []model.OutboxMessage    // all that is owed to the recipients who are free, oldest first, leased to who asks
	Wait map[string]time.Duration // the recipients who may not be written to yet
}

// mostGathered bounds what is taken along; the rest is told after the pause.
const mostGathered = 2000

// Gather takes the right to write to some recipients now, which nobody else has for the
// time of pause, and with it everything that is ready for them: also what another relay
// has claimed and not begun. That one cannot begin it without this right, and what it
// notes of it counts no more, for the lease has moved: so one moment's news is one
// message, however the rows were shared out.
func (s *Store) Gather(ctx context.Context, owner string, lease, pause time.Duration, recipients []string) (out Gathered, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		out = Gathered{Wait: map[string]time.Duration{}}
		free, err := tx.free(recipients, out.Wait)
		if err != nil || len(free) == 0 {
			return err
		}
		// The rows are locked by their ids, in order: as those lock them who note outcomes.
		var ids []string
		q := tx.db.Model(&model.OutboxMessage{}).Where("recipient IN ? AND state = ?", free, model.OutboxReady)
		if err := q.Order("id").Limit(mostGathered).Pluck("id", &ids).Error; err != nil || len(ids) == 0 {
			return err
		}
		if err := tx.forUpdate().Where("id IN ? AND state = ?", ids, model.OutboxReady).Order("id").Find(&out.Rows).Error; err != nil {
			return err
		}
		if err := tx.lease(out.Rows, owner, lease); err != nil {
			return err
		}
		return tx.pace(out.Rows, pause)
	})
	return out, err
}

// OweOne puts a message into the outbox, in one statement of its own; one whose dedup key is
// there already is left out.
func (s *Store) OweOne(ctx context.Context, m model.OutboxMessage) error {
	m.State, m.NextAt = model.OutboxReady, m.CreatedAt
	err := s.with(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&m).Error
	return fault("owe", err)
}

// free answers which recipients may be written to, and locks their right to it; the
// others' wait goes into wait.
func (tx *Tx) free(recipients []string, wait map[string]time.Duration) (free []string, err error) {
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
	return free, nil
}

// pace keeps everybody from writing to the recipients of rows for the time of pause.
func (tx *Tx) pace(rows []model.OutboxMessage, pause time.Duration) error {
	var recipients []string
	for _, m := range rows {
		recipients = append(recipients, m.Recipient)
	}
	return tx.db.Model(&model.NoticePace{}).Where("recipient IN ?", recipients).Update("next_at", tx.Now.Add(pause)).Error
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
