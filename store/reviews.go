package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"countersign/model"
)

// Rounds answers how many Reviews an Article has had.
func (r Reader) Rounds(ctx context.Context, articleID string) (n int, err error) {
	err = r.with(ctx).Model(&model.Review{}).Where("article_id = ?", articleID).Select("COALESCE(MAX(round), 0)").Row().Scan(&n)
	return n, fault("rounds", err)
}

// CreateReview inserts a Review with its steps and tasks.
func (tx *Tx) CreateReview(v *model.Review, steps []model.ReviewStep, tasks []model.Task) error {
	v.Version, v.CreatedAt = 1, tx.Now
	if err := tx.create("review", v); err != nil {
		return err
	}
	if len(steps) == 0 {
		return nil
	}
	for i := range steps {
		steps[i].Version, steps[i].Attempt = 1, 1
	}
	for i := range tasks {
		tasks[i].Version, tasks[i].Turn, tasks[i].CreatedAt, tasks[i].SortedAt = 1, 1, tx.Now, tx.Now
		tasks[i].Shelf = tasks[i].State.Shelf()
	}
	if err := tx.create("review steps", &steps); err != nil {
		return err
	}
	return tx.create("tasks", &tasks)
}

// TaskSeat is a Task as its viewer holds it: with the Member that he answers as, which is
// the one whose turn it is, or his deputy.
type TaskSeat struct {
	model.Task
	DeputyID *string // the Member who answers in the place of Task.MemberID
	Alias    string
	UserID   *string
	PersonID *string
	UserName string
	Nickname string
}

// Name is what the Decision keeps as the approver's name.
func (t TaskSeat) Name() string {
	if t.PersonID != nil {
		return model.DisplayName(t.Alias, t.Nickname)
	}
	return model.DisplayName(t.Alias, t.UserName)
}

// viewed narrows a query that has memberships as m to what a viewer holds himself or
// through a binding.
func viewed(q *gorm.DB, v Viewer) *gorm.DB {
	return q.Where(`m.status = 'active' AND (m.user_id = ? OR m.person_id = ?
		OR m.user_id IN (SELECT x.user_id FROM bindings x WHERE x.person_id = ?)
		OR m.person_id IN (SELECT x.person_id FROM bindings x WHERE x.user_id = ?))`, v.UserID, v.PersonID, v.PersonID, v.UserID)
}

// TaskFor reads a Task that the viewer holds, else not found: visibility is in the WHERE.
func (r Reader) TaskFor(ctx context.Context, v Viewer, taskID string) (t TaskSeat, err error) {
	q := r.with(ctx).Table("tasks t").Select("t.*, m.alias, m.user_id, m.person_id, u.name AS user_name, p.nickname").
		Joins("JOIN memberships m ON m.id = t.member_id").
		Joins("LEFT JOIN users u ON u.id = m.user_id").Joins("LEFT JOIN persons p ON p.id = m.person_id").
		Where("t.id = ?", taskID)
	err = viewed(q, v).Take(&t).Error
	return t, fault("task", err)
}

// VisibleTask is TaskFor, or else the Task of somebody whose deputy the viewer is now.
func (tx *Tx) VisibleTask(ctx context.Context, v Viewer, taskID string) (TaskSeat, error) {
	t, err := tx.TaskFor(ctx, v, taskID)
	if err != nil && model.CodeOf(err) == model.CodeNotFound {
		return tx.deputyTask(ctx, v, taskID, tx.Now)
	}
	return t, err
}

// VisibleTask is TaskFor, or else the Task of somebody whose deputy the viewer is now.
func (s *Store) VisibleTask(ctx context.Context, v Viewer, taskID string) (TaskSeat, error) {
	t, err := s.TaskFor(ctx, v, taskID)
	if err == nil || model.CodeOf(err) != model.CodeNotFound {
		return t, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return t, err
	}
	return s.deputyTask(ctx, v, taskID, now)
}

// TurnRow is one task of a step, with the step and its review, as the lock holds them.
type TurnRow struct {
	TaskID       string
	MemberID     string
	TaskState    model.TaskState
	TaskTurn     int
	StepState    model.StepState
	Attempt      int
	Mode         model.Mode
	Position     int
	LastPosition int
	ReviewState  model.ReviewState
	Digest       string

	SubmittedBy    string
	FlowVersionID  *string
	ArticleVersion int64
	OtherArticles  *string // states of the Post's other Articles, by comma; NULL without
}

// Siblings are the states of the Post's other Articles.
func (r TurnRow) Siblings() (out []model.ArticleState) {
	if r.OtherArticles == nil {
		return nil
	}
	for s := range strings.SplitSeq(*r.OtherArticles, ",") {
		out = append(out, model.ArticleState(s))
	}
	return out
}

// Turn reads, in one go, all tasks of a step and what a decision will move beside
// them. The caller holds the Post's lock.
func (tx *Tx) Turn(ctx context.Context, stepID string) (rows []TurnRow, err error) {
	err = tx.with(ctx).Table("tasks t").
		Select(`t.id AS task_id, t.member_id, t.state AS task_state, t.turn AS task_turn, s.attempt, s.state AS step_state, s.mode, s.position,
			(SELECT MAX(z.position) FROM review_steps z WHERE z.review_id = v.id) AS last_position, v.state AS review_state, v.digest,
			v.submitted_by, v.flow_version_id, a.version AS article_version,
			(SELECT GROUP_CONCAT(x.state) FROM articles x WHERE x.post_id = v.post_id AND x.id <> v.article_id AND x.removed_at IS NULL) AS other_articles`).
		Joins("JOIN review_steps s ON s.id = t.review_step_id").Joins("JOIN reviews v ON v.id = t.review_id").
		Joins("JOIN articles a ON a.id = v.article_id").
		Where("t.review_step_id = ?", stepID).Scan(&rows).Error
	return rows, err
}

// MoveTask moves one open Task.
func (tx *Tx) MoveTask(id string, to model.TaskState) (Moved, error) {
	return move(tx.db.Model(&model.Task{}).Where("id = ? AND state = ?", id, model.TaskOpen),
		map[string]any{"state": to, "shelf": to.Shelf(), "sorted_at": tx.Now})
}

// MoveTasks moves every Task of a step that is in state from.
func (tx *Tx) MoveTasks(stepID string, from, to model.TaskState, settledBy *string) (int64, error) {
	r := tx.db.Model(&model.Task{}).Where("review_step_id = ? AND state = ?", stepID, from).Updates(map[string]any{
		"state": to, "shelf": to.Shelf(), "sorted_at": tx.Now, "settled_by": settledBy, "version": gorm.Expr("version + 1"),
	})
	return r.RowsAffected, r.Error
}

// CancelTasks ends every Task of a Review that waits or is open; by is the Decision that
// did it, or nil.
func (tx *Tx) CancelTasks(reviewID string, by *string) error {
	r := tx.db.Model(&model.Task{}).Where("review_id = ? AND state IN ?", reviewID, []model.TaskState{model.TaskWaiting, model.TaskOpen}).
		Updates(map[string]any{"state": model.TaskCancelled, "shelf": model.ShelfNone, "sorted_at": tx.Now, "settled_by": by, "version": gorm.Expr("version + 1")})
	tx.tally.reviewCancelled(reviewID, r.RowsAffected)
	return r.Error
}

// MoveStep moves a step out of state from.
func (tx *Tx) MoveStep(id string, from, to model.StepState) (Moved, error) {
	set := map[string]any{"state": to}
	if to != model.StepOpen && to != model.StepBlocked {
		set["ended_at"] = tx.Now
	}
	moved, err := move(tx.db.Model(&model.ReviewStep{}).Where("id = ? AND state = ?", id, from), set)
	tx.tally.stepMoved(id, to, moved)
	return moved, err
}

// CancelSteps ends every step of a Review that has not been decided.
func (tx *Tx) CancelSteps(reviewID string) error {
	return tx.db.Model(&model.ReviewStep{}).
		Where("review_id = ? AND state IN ?", reviewID, []model.StepState{model.StepWaiting, model.StepOpen, model.StepBlocked}).
		Updates(map[string]any{"state": model.StepCancelled, "ended_at": tx.Now, "version": gorm.Expr("version + 1")}).Error
}

// Step reads one step.
func (r Reader) Step(ctx context.Context, id string) (s model.ReviewStep, err error) {
	err = r.with(ctx).Where("id = ?", id).Take(&s).Error
	return s, fault("step", err)
}

// StepAt reads a Review's step by its position.
func (r Reader) StepAt(ctx context.Context, reviewID string, position int) (s model.ReviewStep, err error) {
	err = r.with(ctx).Where("review_id = ? AND position = ?", reviewID, position).Take(&s).Error
	return s, fault("step", err)
}

// AdvanceReview moves a running Review to its next step.
func (tx *Tx) AdvanceReview(id string, from int) (Moved, error) {
	return move(tx.db.Model(&model.Review{}).Where("id = ? AND state = ? AND step_position = ?", id, model.ReviewRunning, from),
		map[string]any{"step_position": from + 1})
}

// EndReview moves a running Review to its end.
func (tx *Tx) EndReview(id string, to model.ReviewState) (Moved, error) {
	return move(tx.db.Model(&model.Review{}).Where("id = ? AND state = ?", id, model.ReviewRunning),
		map[string]any{"state": to, "ended_at": tx.Now})
}

// CreateDecision inserts an answer. A duplicate means that the turn, or the step, was
// answered already: the unique indexes are the last judges.
func (tx *Tx) CreateDecision(d *model.Decision) error {
	d.CreatedAt = tx.Now
	return taken(tx.create("decision", d))
}

// StepDecision reads the Decision that ended a step, the last one if there were several.
func (r Reader) StepDecision(ctx context.Context, stepID string) (d model.Decision, err error) {
	err = r.with(ctx).Where("review_step_id = ? AND settles IS NOT NULL", stepID).Order("settles DESC").Take(&d).Error
	return d, fault("step decision", err)
}

// TaskDecision reads the newest Decision of one Task.
func (r Reader) TaskDecision(ctx context.Context, taskID string) (d model.Decision, err error) {
	err = r.with(ctx).Where("task_id = ?", taskID).Order("turn DESC").Take(&d).Error
	return d, fault("task decision", err)
}

// OpenTasksOf lists the Tasks of a Member that are open or wait.
func (tx *Tx) OpenTasksOf(ctx context.Context, memberID string) (list []model.Task, err error) {
	err = tx.with(ctx).Where("member_id = ? AND state IN ?", memberID, []model.TaskState{model.TaskOpen, model.TaskWaiting}).
		Order("post_id, id").Find(&list).Error
	return list, err
}

// CancelTask ends one Task that waits or is open.
func (tx *Tx) CancelTask(id string) error {
	moved, err := move(tx.db.Model(&model.Task{}).Where("id = ? AND state IN ?", id, []model.TaskState{model.TaskWaiting, model.TaskOpen}),
		map[string]any{"state": model.TaskCancelled, "shelf": model.ShelfNone, "sorted_at": tx.Now})
	tx.tally.taskCancelled(id, moved)
	return err
}

// CountTasks counts a step's Tasks in a state.
func (tx *Tx) CountTasks(ctx context.Context, stepID string, state model.TaskState) (n int64, err error) {
	err = tx.with(ctx).Model(&model.Task{}).Where("review_step_id = ? AND state = ?", stepID, state).Count(&n).Error
	return n, err
}

// OpenTasksOfReview lists the turns of a Review that are open.
func (r Reader) OpenTasksOfReview(ctx context.Context, reviewID string) (list []model.Task, err error) {
	err = r.with(ctx).Where("review_id = ? AND state = ?", reviewID, model.TaskOpen).Order("id").Find(&list).Error
	return list, fault("open tasks of review", err)
}

// OpenTasksIn lists a step's open Tasks.
func (r Reader) OpenTasksIn(ctx context.Context, stepID string) (list []model.Task, err error) {
	err = r.with(ctx).Where("review_step_id = ? AND state = ?", stepID, model.TaskOpen).Order("id").Find(&list).Error
	return list, fault("open tasks", err)
}

// Review reads one Review of a Brand.
func (r Reader) Review(ctx context.Context, brandID, id string) (v model.Review, err error) {
	err = r.with(ctx).Where("brand_id = ? AND id = ?", brandID, id).Take(&v).Error
	return v, fault("review", err)
}

// RunningReviews lists the Reviews of a Post that run.
func (r Reader) RunningReviews(ctx context.Context, postID string) (list []model.Review, err error) {
	err = r.with(ctx).Where("post_id = ? AND state = ?", postID, model.ReviewRunning).Order("id").Find(&list).Error
	return list, fault("running reviews", err)
}

// ReviewTree is a Review with all that happened in it.
type ReviewTree struct {
	model.Review
	FlowName  string
	Steps     []model.ReviewStep `gorm:"-"`
	Tasks     []model.Task       `gorm:"-"`
	Decisions []DecisionView     `gorm:"-"`
}

// DecisionView is a Decision and when it was taken back, if it was.
type DecisionView struct {
	model.Decision
	UndoneAt *time.Time
}

// Reviews reads Reviews of a Brand by id with steps, tasks and decisions: five queries
// however many reviews.
func (r Reader) Reviews(ctx context.Context, brandID string, ids []string) (map[string]*ReviewTree, error) {
	out := map[string]*ReviewTree{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []ReviewTree
	err := r.with(ctx).Table("reviews v").Select("v.*, f.name AS flow_name").Joins("LEFT JOIN flow_versions f ON f.id = v.flow_version_id").
		Where("v.brand_id = ? AND v.id IN ?", brandID, ids).Scan(&rows).Error
	if err != nil {
		return nil, fault("reviews", err)
	}
	for i := range rows {
		out[rows[i].ID] = &rows[i]
	}
	return out, r.fillReviews(ctx, out, ids)
}

func (r Reader) fillReviews(ctx context.Context, out map[string]*ReviewTree, ids []string) error {
	var steps []model.ReviewStep
	var tasks []model.Task
	var decisions []DecisionView
	if err := r.with(ctx).Where("review_id IN ?", ids).Order("review_id, position").Find(&steps).Error; err != nil {
		return fault("review steps", err)
	}
	if err := r.with(ctx).Where("review_id IN ?", ids).Order("id").Find(&tasks).Error; err != nil {
		return fault("review tasks", err)
	}
	q := r.with(ctx).Table("decisions d").Select("d.*, u.created_at AS undone_at").Joins("LEFT JOIN undos u ON u.decision_id = d.id")
	if err := q.Where("d.review_id IN ?", ids).Order("d.created_at, d.id").Scan(&decisions).Error; err != nil {
		return fault("review decisions", err)
	}
	for _, s := range steps {
		if v := out[s.ReviewID]; v != nil {
			v.Steps = append(v.Steps, s)
		}
	}
	for _, t := range tasks {
		if v := out[t.ReviewID]; v != nil {
			v.Tasks = append(v.Tasks, t)
		}
	}
	for _, d := range decisions {
		if v := out[d.ReviewID]; v != nil {
			v.Decisions = append(v.Decisions, d)
		}
	}
	return nil
}

// GateArticle turns a Review's rows into what the publish gate judges.
func (v *ReviewTree) GateArticle(digest string) model.GateArticle {
	g := model.GateArticle{Digest: digest}
	if v == nil {
		return g
	}
	g.Reviewed, g.ReviewOf, g.Package = true, v.Digest, v.PackageDigest
	g.Running = v.State != model.ReviewWithdrawn
	g.NoApproval = v.FlowVersionID == nil
	for _, s := range v.Steps {
		step := model.GateStep{Mode: s.Mode}
		for _, t := range v.Tasks {
			if t.ReviewStepID == s.ID && t.State != model.TaskCancelled {
				step.Tasks = append(step.Tasks, t.ID)
			}
		}
		for _, d := range v.Decisions {
			if d.ReviewStepID == s.ID && d.UndoneAt == nil {
				step.Decisions = append(step.Decisions, d.Decision)
			}
		}
		g.Steps = append(g.Steps, step)
	}
	return g
}
