package store

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"countersign/model"
)

// Aftermath is what has become of an answer since.
type Aftermath struct {
	Decision      model.Decision `gorm:"-"`
	StepState     model.StepState
	Position      int
	LastPosition  int
	ReviewState   model.ReviewState
	Digest        string // that was reviewed
	PackageDigest string // of the Post, as of the submit
	FlowID        *string
	FlowOrigin    model.FlowOrigin
	SubmittedBy   string
	ArticleID     string
	ArticlePlace  int // its position in the Post
	ArticleState  model.ArticleState
	ArticleDigest string // of today
	ArticleReview string // the Article's newest Review
	ArticleVer    int64
	Later         int // answers in later steps that were not taken back
}

// Aftermath reads the newest answer to a Task that counts, and what followed; not found
// when there is none. The caller holds the Post's lock.
func (tx *Tx) Aftermath(ctx context.Context, taskID string) (a Aftermath, err error) {
	var d model.Decision
	err = tx.with(ctx).Table("decisions d").Select("d.*").Joins("LEFT JOIN undos u ON u.decision_id = d.id").
		Where("d.task_id = ? AND u.decision_id IS NULL", taskID).Order("d.turn DESC").Take(&d).Error
	if err != nil {
		return a, fault("answer", err)
	}
	err = tx.with(ctx).Raw(`SELECT s.state AS step_state, s.position, v.state AS review_state, v.digest, v.package_digest, v.flow_id, v.flow_origin, v.submitted_by, v.article_id,
			(SELECT MAX(z.position) FROM review_steps z WHERE z.review_id = v.id) AS last_position,
			a.position AS article_place, a.state AS article_state, a.digest AS article_digest, a.review_id AS article_review, a.version AS article_ver,
			(SELECT COUNT(*) FROM decisions x JOIN review_steps y ON y.id = x.review_step_id LEFT JOIN undos w ON w.decision_id = x.id
				WHERE x.review_id = v.id AND y.position > s.position AND w.decision_id IS NULL) AS later
		FROM review_steps s JOIN reviews v ON v.id = s.review_id JOIN articles a ON a.id = v.article_id WHERE s.id = ?`, d.ReviewStepID).Scan(&a).Error
	a.Decision = d
	return a, fault("aftermath", err)
}

// CreateUndo records that an answer was taken back; ErrTaken when it was before.
func (tx *Tx) CreateUndo(u *model.Undo) error {
	u.CreatedAt = tx.Now
	return taken(tx.create("undo", u))
}

// ReopenTask opens a Task that was answered.
func (tx *Tx) ReopenTask(id string, from model.TaskState) (Moved, error) {
	moved, err := move(tx.db.Model(&model.Task{}).Where("id = ? AND state = ?", id, from), map[string]any{
		"state": model.TaskOpen, "shelf": model.TaskOpen.Shelf(), "sorted_at": tx.Now, "turn": gorm.Expr("turn + 1"),
	})
	tx.tally.taskAsked(id, moved)
	return moved, err
}

// RestoreTasks gives back the turns that a Decision took from others of the Review:
// those that it settled are open again, those that it cancelled wait again. A Member who
// was removed since has no turn any more; one who is being removed is waited for. The
// caller holds the Post's lock. It answers the turns that are open again.
func (tx *Tx) RestoreTasks(ctx context.Context, brandID, reviewID, decisionID string) (opened []model.Task, err error) {
	var list []model.Task
	err = tx.with(ctx).Where("review_id = ? AND settled_by = ? AND state IN ?", reviewID, decisionID, []model.TaskState{model.TaskSettled, model.TaskCancelled}).
		Order("id").Find(&list).Error
	if err != nil || len(list) == 0 {
		return nil, fault("turns to give back", err)
	}
	members := make([]string, len(list))
	for i, t := range list {
		members[i] = t.MemberID
	}
	if err := tx.HoldMembers(brandID, members); err != nil {
		return nil, err
	}
	active, err := tx.ActiveMembers(ctx, brandID, members)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		from := t.State
		t.State = restored(from, slices.ContainsFunc(active, func(m model.Member) bool { return m.ID == t.MemberID }))
		if t.State == from {
			continue
		}
		moved, err := move(tx.db.Model(&model.Task{}).Where("id = ? AND state = ?", t.ID, from), map[string]any{
			"state": t.State, "shelf": t.State.Shelf(), "sorted_at": tx.Now, "settled_by": nil,
		})
		if err := stale(moved, err); err != nil {
			return nil, err
		}
		if t.State == model.TaskOpen {
			t.Version++
			opened = append(opened, t)
		}
	}
	tx.tally.reviewAsked(reviewID, int64(len(opened)))
	return opened, nil
}

// restored is where a turn stands once the answer that took it is taken back.
func restored(from model.TaskState, active bool) model.TaskState {
	switch {
	case !active:
		return model.TaskCancelled
	case from == model.TaskSettled:
		return model.TaskOpen
	}
	return model.TaskWaiting
}

// ReopenStep opens a step that had ended; its next end is another attempt.
func (tx *Tx) ReopenStep(id string, from model.StepState) (Moved, error) {
	return move(tx.db.Model(&model.ReviewStep{}).Where("id = ? AND state = ?", id, from), map[string]any{
		"state": model.StepOpen, "ended_at": nil, "attempt": gorm.Expr("attempt + 1"),
	})
}

// CloseLater makes the steps after position wait again, with the turns that were open in
// them; it answers those turns.
func (tx *Tx) CloseLater(ctx context.Context, reviewID string, position int) (closed []model.Task, err error) {
	later := func() *gorm.DB {
		return tx.db.Model(&model.ReviewStep{}).Select("id").Where("review_id = ? AND position > ?", reviewID, position)
	}
	q := tx.with(ctx).Where("review_step_id IN (?) AND state = ?", later(), model.TaskOpen)
	if err = q.Find(&closed).Error; err != nil {
		return nil, err
	}
	tx.tally.reviewCancelled(reviewID, int64(len(closed)))
	err = tx.db.Model(&model.Task{}).Where("review_id = ? AND review_step_id IN (?) AND state = ?", reviewID, later(), model.TaskOpen).Updates(map[string]any{
		"state": model.TaskWaiting, "shelf": model.ShelfNone, "sorted_at": tx.Now, "version": gorm.Expr("version + 1"),
	}).Error
	if err != nil {
		return nil, err
	}
	return closed, tx.db.Model(&model.ReviewStep{}).
		Where("review_id = ? AND position > ? AND state <> ?", reviewID, position, model.StepWaiting).
		Updates(map[string]any{"state": model.StepWaiting, "ended_at": nil, "version": gorm.Expr("version + 1")}).Error
}

// RewindReview makes a Review run again at a step.
func (tx *Tx) RewindReview(id string, from model.ReviewState, position int) (Moved, error) {
	return move(tx.db.Model(&model.Review{}).Where("id = ? AND state = ?", id, from),
		map[string]any{"state": model.ReviewRunning, "ended_at": nil, "step_position": position})
}
