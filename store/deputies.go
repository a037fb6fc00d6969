package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"countersign/model"
)

// current narrows a query over deputies as d to those that stand in at a moment.
const current = "d.ended_at IS NULL AND d.from_at <= ? AND d.until_at > ?"

// deputyTask reads a Task of somebody whose deputy the viewer is at the moment now, with
// the deputy's own names.
func (r Reader) deputyTask(ctx context.Context, v Viewer, taskID string, now time.Time) (t HeldTask, err error) {
	q := r.with(ctx).Table("tasks t").Select("t.*, d.deputy_id, m.alias, m.user_id, m.person_id, u.name AS user_name, p.nickname").
		Joins("JOIN memberships a ON a.id = t.member_id AND a.status = 'active'").
		Joins("JOIN deputies d ON d.member_id = t.member_id").
		Joins("JOIN memberships m ON m.id = d.deputy_id").
		Joins("LEFT JOIN users u ON u.id = m.user_id").Joins("LEFT JOIN persons p ON p.id = m.person_id").
		Where("t.id = ? AND "+current, taskID, now, now)
	err = viewed(q, v).Take(&t).Error
	return t, fault("task of another", err)
}

// Away is a Member whose deputy answers for him.
type Away struct {
	MemberID string
	BrandID  string
	Alias    string
	Own      string
}

// Name is what lists show.
func (a Away) Name() string { return model.DisplayName(a.Alias, a.Own) }

// StandIns lists the Members whose deputy the viewer is at this moment.
func (s *Store) StandIns(ctx context.Context, v Viewer) ([]Away, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	return s.standIns(ctx, v, now)
}

func (r Reader) standIns(ctx context.Context, v Viewer, now time.Time) (list []Away, err error) {
	q := r.with(ctx).Table("deputies d").Joins("JOIN memberships m ON m.id = d.deputy_id").
		Joins("JOIN memberships a ON a.id = d.member_id AND a.status = 'active'").
		Joins("LEFT JOIN users u ON u.id = a.user_id").Joins("LEFT JOIN persons p ON p.id = a.person_id").Where(current, now, now)
	err = viewed(q, v).Distinct("d.member_id", "d.brand_id", "a.alias", "COALESCE(u.name, p.nickname) AS own").Scan(&list).Error
	return list, fault("stand-ins", err)
}

// CreateDeputy inserts a Deputy.
func (tx *Tx) CreateDeputy(d *model.Deputy) error {
	d.Version, d.CreatedAt = 1, tx.Now
	return tx.create("deputy", d)
}

// DeputyOverlaps tells whether the Member has another deputy in the period. The caller
// holds the Member.
func (tx *Tx) DeputyOverlaps(ctx context.Context, d model.Deputy) (bool, error) {
	var n int64
	err := tx.with(ctx).Model(&model.Deputy{}).
		Where("member_id = ? AND ended_at IS NULL AND from_at < ? AND until_at > ?", d.MemberID, d.UntilAt, d.FromAt).Count(&n).Error
	return n > 0, err
}

// EndDeputy ends a period early; false when it was ended.
func (tx *Tx) EndDeputy(brandID, id string) (Moved, error) {
	return move(tx.db.Model(&model.Deputy{}).Where("id = ? AND brand_id = ? AND ended_at IS NULL", id, brandID), map[string]any{"ended_at": tx.Now})
}

// Deputy reads one of a Brand.
func (r Reader) Deputy(ctx context.Context, brandID, id string) (d model.Deputy, err error) {
	err = r.with(ctx).Where("brand_id = ? AND id = ?", brandID, id).Take(&d).Error
	return d, fault("deputy", err)
}

// Deputies lists a Brand's deputies, newest first; members narrows it to those who are
// away or stand in, nil for all.
func (r Reader) Deputies(ctx context.Context, brandID string, members []string, p Page) (list []model.Deputy, err error) {
	q := r.with(ctx).Where("brand_id = ?", brandID)
	if members != nil {
		q = q.Where("(member_id IN ? OR deputy_id IN ?)", members, members)
	}
	err = p.below(q, "id").Find(&list).Error
	return list, fault("deputies", err)
}

// StepTurns lists the human beings who hold a turn that counts in a step, whether they
// are Members still or not.
func (r Reader) StepTurns(ctx context.Context, stepID string) (humans []string, err error) {
	err = r.with(ctx).Table("tasks t").Joins("JOIN memberships m ON m.id = t.member_id").Joins(bound).
		Where("t.review_step_id = ? AND t.state <> ?", stepID, model.TaskCancelled).Pluck(human, &humans).Error
	return humans, fault("turns of step", err)
}

// StepAnswers lists the human beings whose answer counts in a step, for themselves or as
// deputies, whether they are Members still or not.
func (r Reader) StepAnswers(ctx context.Context, stepID string) (humans []string, err error) {
	err = r.with(ctx).Table("decisions d").Joins("LEFT JOIN undos u ON u.decision_id = d.id").
		Joins("JOIN memberships m ON m.id = COALESCE(d.deputy_id, d.member_id)").Joins(bound).
		Where("d.review_step_id = ? AND u.decision_id IS NULL", stepID).Pluck(human, &humans).Error
	return humans, fault("answers of step", err)
}

// AddTask gives a Member a turn in a step: a new one, or his own again after he had left.
func (tx *Tx) AddTask(t *model.Task) error {
	t.Version, t.Turn, t.CreatedAt, t.SortedAt, t.Shelf = 1, 1, tx.Now, tx.Now, t.State.Shelf()
	var old model.Task
	err := tx.db.Where("review_step_id = ? AND member_id = ?", t.ReviewStepID, t.MemberID).Limit(1).Find(&old).Error
	if err != nil {
		return err
	}
	if old.ID == "" {
		err := taken(tx.create("seat", t))
		tx.tally.taskAsked(t.ID, err == nil && t.State == model.TaskOpen)
		return err
	}
	t.ID = old.ID
	moved, err := move(tx.db.Model(&model.Task{}).Where("id = ? AND state = ?", old.ID, model.TaskCancelled),
		map[string]any{"state": t.State, "shelf": t.Shelf, "sorted_at": tx.Now, "settled_by": nil})
	if err == nil && !moved {
		err = ErrTaken
	}
	tx.tally.taskAsked(t.ID, moved && t.State == model.TaskOpen)
	return err
}

// TaskIn reads a Member's turn in a step; not found when he has none that counts.
func (tx *Tx) TaskIn(ctx context.Context, stepID, memberID string) (t model.Task, err error) {
	err = tx.with(ctx).Where("review_step_id = ? AND member_id = ? AND state <> ?", stepID, memberID, model.TaskCancelled).Take(&t).Error
	return t, fault("seat", err)
}

// OpenTasksOfPost lists the turns of a Post that are open.
func (r Reader) OpenTasksOfPost(ctx context.Context, postID string) (list []model.Task, err error) {
	err = r.with(ctx).Where("post_id = ? AND state = ?", postID, model.TaskOpen).Order("id").Find(&list).Error
	return list, fault("open tasks of post", err)
}

// BlockedStep is a step that nobody is left to answer, with what it belongs to.
type BlockedStep struct {
	model.ReviewStep
	PostID    string
	ArticleID string
	Title     string
}

// BlockedSteps lists a Brand's steps that wait for an admin, oldest first (rule 10).
func (r Reader) BlockedSteps(ctx context.Context, brandID string, limit int) (list []BlockedStep, err error) {
	err = r.with(ctx).Table("review_steps s").Select("s.*, v.post_id, v.article_id, v.title").Joins("JOIN reviews v ON v.id = s.review_id").
		Where("s.brand_id = ? AND s.state = ?", brandID, model.StepBlocked).Order("s.id").Limit(limit).Scan(&list).Error
	return list, fault("blocked steps", err)
}

// Candidate is somebody a turn may be handed to, by name.
type Candidate struct {
	ID    string
	Alias string
	Own   string
	Staff bool
}

// takers narrows memberships as m to those whom a turn may be handed to: by staff to any
// Member, by a reviewer to staff and to those whom the Review shows him already.
func (r Reader) takers(ctx context.Context, t HeldTask) *gorm.DB {
	q := r.with(ctx).Table("memberships m").Where("m.brand_id = ? AND m.status = ?", t.BrandID, model.MemberActive)
	if t.UserID == nil {
		q = q.Where("(m.user_id IS NOT NULL OR m.id IN (SELECT y.member_id FROM tasks y WHERE y.review_id = ?))", t.ReviewID)
	}
	return q
}

// MayTake tells whether a turn may be handed to a Member.
func (r Reader) MayTake(ctx context.Context, t HeldTask, memberID string) (bool, error) {
	var n int64
	err := r.takers(ctx, t).Where("m.id = ?", memberID).Count(&n).Error
	return n > 0, fault("transfer candidate", err)
}

// TransferCandidates lists whom a turn may be handed to: nobody who has one in the step or
// has answered in it, and not the author.
func (r Reader) TransferCandidates(ctx context.Context, t HeldTask, limit int) (list []Candidate, err error) {
	barred, err := r.barredFrom(ctx, t)
	if err != nil {
		return nil, err
	}
	err = r.takers(ctx, t).Select("m.id, m.alias, COALESCE(u.name, p.nickname) AS own, m.user_id IS NOT NULL AS staff").
		Joins("LEFT JOIN users u ON u.id = m.user_id").Joins("LEFT JOIN persons p ON p.id = m.person_id").Joins(bound).
		Where(human+" NOT IN ?", barred).Order("m.id").Limit(limit).Scan(&list).Error
	return list, fault("transfer candidates", err)
}

// barredFrom lists the human beings whom model.MayTakeTurn would refuse a turn.
func (r Reader) barredFrom(ctx context.Context, t HeldTask) (humans []string, err error) {
	for _, list := range []func() ([]string, error){
		func() ([]string, error) { return r.StepTurns(ctx, t.ReviewStepID) },
		func() ([]string, error) { return r.StepAnswers(ctx, t.ReviewStepID) },
		func() ([]string, error) { return r.authorsOf(ctx, t.ReviewID) },
	} {
		more, err := list()
		if err != nil {
			return nil, err
		}
		humans = append(humans, more...)
	}
	return humans, nil
}

// authorsOf lists the Users whose work a Review is about, where the Brand lets nobody
// approve his own.
func (r Reader) authorsOf(ctx context.Context, reviewID string) (users []string, err error) {
	err = r.with(ctx).Table("reviews v").Joins("JOIN brands b ON b.id = v.brand_id AND NOT b.self_approval").Joins("JOIN posts o ON o.id = v.post_id").
		Joins("JOIN revisions n ON n.article_id = v.article_id AND n.number = v.revision_number").
		Joins("JOIN memberships m ON m.id IN (v.submitted_by, o.created_by, n.created_by)").
		Where("v.id = ? AND m.user_id IS NOT NULL", reviewID).Pluck("m.user_id", &users).Error
	return users, fault("authors", err)
}
