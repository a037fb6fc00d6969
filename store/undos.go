package store

import (
	"context"

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
	FlowID        *string
	ArticleID     string
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
	err = tx.with(ctx).Raw(`SELECT s.state AS step_state, s.position, v.state AS review_state, v.digest, v.flow_id, v.article_id,
			(SELECT MAX(z.position) FROM review_steps z WHERE z.review_id = v.id) AS last_position,
			a.state AS article_state, a.digest AS article_digest, a.review_id AS article_review, a.version AS article_ver,
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
	return move(tx.db.Model(&model.Task{}).Where("id = ? AND state = ?", id, from), map[string]any{
		"state": model.TaskOpen, "shelf": model.TaskOpen.Shelf(), "sorted_at": tx.Now, "turn": gorm.Expr("turn + 1"),
	})
}

// RestoreTasks gives back the turns that a Decision took from others of the Review:
// those that it settled are open again, those that it cancelled wait again. A Member who
// was removed since has no turn any more.
func (tx *Tx) RestoreTasks(reviewID, decisionID string) error {
	gone := tx.db.Model(&model.Member{}).Select("id").Where("status <> ?", model.MemberActive)
	for from, to := range map[model.TaskState]model.TaskState{model.TaskSettled: model.TaskOpen, model.TaskCancelled: model.TaskWaiting} {
		q := tx.db.Model(&model.Task{}).Where("review_id = ? AND settled_by = ? AND state = ? AND member_id NOT IN (?)", reviewID, decisionID, from, gone)
		err := q.Updates(map[string]any{
			"state": to, "shelf": to.Shelf(), "sorted_at": tx.Now, "settled_by": nil, "version": gorm.Expr("version + 1"),
		}).Error
		if err != nil {
			return err
		}
	}
	return nil
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
