package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"countersign/model"
)

// NewReviews are the rows of Reviews that begin.
type NewReviews struct {
	Reviews []model.Review
	Steps   []model.ReviewStep
	Tasks   []model.Task
}

// CreateReviews inserts Reviews with their steps and tasks.
func (tx *Tx) CreateReviews(n NewReviews) error {
	for i := range n.Reviews {
		n.Reviews[i].Version, n.Reviews[i].CreatedAt = 1, tx.Now
	}
	for i := range n.Steps {
		n.Steps[i].Version, n.Steps[i].Attempt = 1, 1
	}
	for i := range n.Tasks {
		t := &n.Tasks[i]
		t.Version, t.Turn, t.CreatedAt, t.SortedAt, t.Shelf = 1, 1, tx.Now, tx.Now, t.State.Shelf()
	}
	if err := tx.create("reviews", &n.Reviews); err != nil || len(n.Steps) == 0 {
		return err
	}
	if err := tx.create("review steps", &n.Steps); err != nil {
		return err
	}
	return tx.create("tasks", &n.Tasks)
}

// HeldTask is a Task as its viewer holds it: with the Member that he answers as, which is
// the one whose turn it is, or his deputy.
type HeldTask struct {
	model.Task
	DeputyID *string // the Member who answers in the place of Task.MemberID
	Alias    string
	UserID   *string
	PersonID *string
	UserName string
	Nickname string
}

// Answerer is the Member who answers: whose turn it is, or his deputy.
func (t HeldTask) Answerer() string {
	if t.DeputyID != nil {
		return *t.DeputyID
	}
	return t.MemberID
}

// Name is what the Decision keeps as the approver's name.
func (t HeldTask) Name() string {
	if t.PersonID != nil {
		return model.DisplayName(t.Alias, t.Nickname)
	}
	return model.DisplayName(t.Alias, t.UserName)
}

// viewed narrows a query that has memberships as m to what a viewer holds himself or
// through a binding.
func viewed(q *gorm.DB, v Viewer) *gorm.DB {
	mine, args := []string{}, []any{}
	if v.UserID != "" {
		q = q.Joins("LEFT JOIN bindings bp ON bp.person_id = m.person_id AND bp.user_id = ?", v.UserID)
		mine, args = append(mine, "m.user_id = ? OR bp.user_id IS NOT NULL"), append(args, v.UserID)
	}
	if v.PersonID != "" {
		q = q.Joins("LEFT JOIN bindings bu ON bu.user_id = m.user_id AND bu.person_id = ?", v.PersonID)
		mine, args = append(mine, "m.person_id = ? OR bu.person_id IS NOT NULL"), append(args, v.PersonID)
	}
	if len(mine) == 0 {
		return q.Where("1 = 0")
	}
	return q.Where("m.status = 'active' AND ("+strings.Join(mine, " OR ")+")", args...)
}

// TaskFor reads a Task that the viewer holds, else not found: visibility is in the WHERE.
func (r Reader) TaskFor(ctx context.Context, v Viewer, taskID string) (t HeldTask, err error) {
	err = viewed(r.heldTasks(ctx).Where("t.id = ?", taskID), v).Take(&t).Error
	return t, fault("task", err)
}

// heldColumns are those of a HeldTask.
const heldColumns = "t.*, m.alias, m.user_id, m.person_id, u.name AS user_name, p.nickname"

// heldTasks reads tasks with whose turns they are.
func (r Reader) heldTasks(ctx context.Context) *gorm.DB {
	return holders(r.with(ctx).Table("tasks t").Select(heldColumns), "JOIN")
}

// holders joins to tasks, as t, whose turns they are.
func holders(q *gorm.DB, join string) *gorm.DB {
	return q.Joins(join + " memberships m ON m.id = t.member_id").
		Joins("LEFT JOIN users u ON u.id = m.user_id").Joins("LEFT JOIN persons p ON p.id = m.person_id")
}

// VisibleTask is TaskFor, or else the Task of somebody whose deputy the viewer is now.
func (tx *Tx) VisibleTask(ctx context.Context, v Viewer, taskID string) (HeldTask, error) {
	t, err := tx.TaskFor(ctx, v, taskID)
	if model.Is(err, model.CodeNotFound) {
		return tx.deputyTask(ctx, v, taskID, tx.Now)
	}
	return t, err
}

// VisibleTask is TaskFor, or else the Task of somebody whose deputy the viewer is now.
func (s *Store) VisibleTask(ctx context.Context, v Viewer, taskID string) (HeldTask, error) {
	t, err := s.TaskFor(ctx, v, taskID)
	if !model.Is(err, model.CodeNotFound) {
		return t, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return t, err
	}
	return s.deputyTask(ctx, v, taskID, now)
}

// Shown refuses a Task that its Member was never shown, as not found: its step has not
// opened, or the Task was cancelled before it did.
func (r Reader) Shown(ctx context.Context, t model.Task) error {
	switch t.State {
	case model.TaskWaiting:
		return model.E(model.CodeNotFound)
	case model.TaskCancelled:
		var reached []bool
		err := r.with(ctx).Table("review_steps s").Joins("JOIN reviews v ON v.id = s.review_id").Where("s.id = ?", t.ReviewStepID).
			Pluck("s.position <= v.step_position", &reached).Error
		if err == nil && !slices.Contains(reached, true) {
			err = model.E(model.CodeNotFound)
		}
		return fault("step of a turn", err)
	case model.TaskOpen, model.TaskApproved, model.TaskRejected, model.TaskSettled:
	}
	return nil
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

// DecisionFor reads the Decision that a turn waits for no more: the one that ended its
// step, or else the one that answered it. One that was taken back is none.
func (r Reader) DecisionFor(ctx context.Context, t model.Task) (d model.Decision, err error) {
	err = r.with(ctx).Table("decisions d").Select("d.*").Joins("LEFT JOIN undos u ON u.decision_id = d.id").
		Where("d.review_step_id = ? AND u.decision_id IS NULL AND (d.settles IS NOT NULL OR d.task_id = ?)", t.ReviewStepID, t.ID).
		Order("d.settles DESC, d.turn DESC").Take(&d).Error
	return d, fault("decision for a turn", err)
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
	Tasks     []HeldTask         `gorm:"-"`
	Decisions []DecisionView     `gorm:"-"`
}

// DecisionView is a Decision and when it was taken back, if it was.
type DecisionView struct {
	model.Decision
	UndoneAt *time.Time
}

var (
	stepColumns = prefixed[model.ReviewStep]("s", "step_")
	taskColumns = prefixed[model.Task]("t", "task_") + ", m.alias AS task_alias, m.person_id AS task_person_id, u.name AS task_user_name, p.nickname AS task_nickname"
)

// turnOfReview is one turn in one step of a Review.
type turnOfReview struct {
	ReviewTree
	Step model.ReviewStep `gorm:"embedded;embeddedPrefix:step_"`
	Task HeldTask         `gorm:"embedded;embeddedPrefix:task_"`
}

// Reviews reads Reviews of a Brand by id with steps, tasks and decisions: one query, and
// one more when somebody has answered, however many reviews.
func (r Reader) Reviews(ctx context.Context, brandID string, ids []string) (map[string]*ReviewTree, error) {
	out := map[string]*ReviewTree{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []turnOfReview
	q := r.with(ctx).Table("reviews v").Select("v.*, f.name AS flow_name, " + stepColumns + ", " + taskColumns).
		Joins("LEFT JOIN flow_versions f ON f.id = v.flow_version_id").
		Joins("LEFT JOIN review_steps s ON s.review_id = v.id").Joins("LEFT JOIN tasks t ON t.review_step_id = s.id")
	err := holders(q, "LEFT JOIN").Where("v.brand_id = ? AND v.id IN ?", brandID, ids).Scan(&rows).Error
	slices.SortFunc(rows, func(x, y turnOfReview) int { // the server would need a temporary table to sort over several
		return cmp.Or(cmp.Compare(x.ID, y.ID), cmp.Compare(x.Step.Position, y.Step.Position), cmp.Compare(x.Task.ID, y.Task.ID))
	})
	answered := false
	for _, row := range rows {
		v := out[row.ID]
		if v == nil {
			v = &row.ReviewTree
			out[row.ID] = v
		}
		if n := len(v.Steps); row.Step.ID != "" && (n == 0 || v.Steps[n-1].ID != row.Step.ID) {
			v.Steps = append(v.Steps, row.Step)
		}
		if row.Task.ID != "" {
			v.Tasks = append(v.Tasks, row.Task)
		}
		answered = answered || row.Task.Version > 1 // an answer moves its task
	}
	if err != nil || !answered {
		return out, fault("reviews", err)
	}
	return out, r.fillDecisions(ctx, out, ids)
}

func (r Reader) fillDecisions(ctx context.Context, out map[string]*ReviewTree, ids []string) error {
	var decisions []DecisionView
	q := r.with(ctx).Table("decisions d").Select("d.*, u.created_at AS undone_at").Joins("LEFT JOIN undos u ON u.decision_id = d.id")
	if err := q.Where("d.review_id IN ?", ids).Order("d.created_at, d.id").Scan(&decisions).Error; err != nil {
		return fault("review decisions", err)
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
