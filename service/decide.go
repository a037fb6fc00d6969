package service

import (
	"cmp"
	"context"
	"errors"
	"time"

	"countersign/model"
	"countersign/store"
)

// Outcome is what an approver is told about his answer.
type Outcome struct {
	TaskID  string             `json:"task_id"`
	State   model.TaskState    `json:"state"`
	Step    model.StepState    `json:"step"`
	Review  model.ReviewState  `json:"review"`
	Article model.ArticleState `json:"article"`
	Post    model.PostState    `json:"post"`
}

// Decide takes an approver's answer to his Task (rules 11 to 14). The Post's lock
// orders the answers; model.Decide says what follows; every move is a guarded update.
func (s Reviews) Decide(ctx context.Context, c Call, taskID string, a model.Answer) (Outcome, error) {
	a.Reason = normalize(a.Reason)
	return idempotent(ctx, s.acts, c, func(tx *store.Tx) (Outcome, error) {
		task, post, err := s.hold(ctx, tx, c, taskID)
		if err != nil {
			return Outcome{}, err
		}
		turn, err := s.turn(ctx, tx, task, post)
		if err != nil {
			return Outcome{}, err
		}
		moves, err := model.Decide(turn.Turn, a)
		if err != nil {
			return Outcome{}, s.explain(ctx, tx, task, err)
		}
		if err := s.mayVote(ctx, tx, task, turn); err != nil {
			return Outcome{}, err
		}
		return s.apply(ctx, tx, c, task, turn, a, moves)
	})
}

// hold finds a Task that the caller answers, for himself or as a deputy, and locks its
// Post: what is read from here on stays so until the commit.
func (s Reviews) hold(ctx context.Context, tx *store.Tx, c Call, taskID string) (task store.HeldTask, post model.Post, err error) {
	if task, err = tx.VisibleTask(ctx, c.Principal.Viewer(), taskID); err == nil {
		post, err = tx.LockPost(task.BrandID, task.PostID)
	}
	return task, post, err
}

// turnNow is the turn with the rows around it, as the Post's lock holds them.
type turnNow struct {
	model.Turn
	position int // of the step
	attempt  int // of the step
	answered int // other tasks of the step that were answered
	answers  int // how often the task could be answered
	review   model.Review
	article  model.Article
	siblings []model.ArticleState
	post     model.Post
}

func (s Reviews) turn(ctx context.Context, tx *store.Tx, task store.HeldTask, post model.Post) (t turnNow, err error) {
	t.post = post
	rows, err := tx.Turn(ctx, task.ReviewStepID)
	for _, r := range rows {
		switch {
		case r.TaskID == task.ID:
			t.Review, t.Step, t.Mode, t.Task = r.ReviewState, r.StepState, r.Mode, r.TaskState
			t.Digest, t.LastStep, t.position = r.Digest, r.Position == r.LastPosition, r.Position
			t.attempt, t.answers = r.Attempt, r.TaskTurn
			t.review = model.Review{ID: task.ReviewID, SubmittedBy: r.SubmittedBy, FlowVersionID: r.FlowVersionID}
			t.article = model.Article{ID: task.ArticleID, BrandID: task.BrandID, Version: r.ArticleVersion}
			t.siblings = r.Siblings()
		case r.TaskState == model.TaskOpen:
			t.OthersOpen++
		case r.TaskState == model.TaskApproved:
			t.answered++
		}
	}
	return t, err
}

// explain adds to "already decided" who did it and when.
func (s Reviews) explain(ctx context.Context, tx *store.Tx, task store.HeldTask, refusal error) error {
	if model.CodeOf(refusal) != model.CodeAlreadyDecided {
		return refusal
	}
	d, err := tx.DecisionFor(ctx, task.Task)
	if err != nil && model.CodeOf(err) == model.CodeNotFound {
		return refusal
	}
	if err != nil {
		return err
	}
	return model.E(model.CodeAlreadyDecided, "by", d.Name, "action", string(d.Action), "at", d.CreatedAt.UTC().Format(time.RFC3339))
}

// apply writes what follows from an answer.
func (s Reviews) apply(ctx context.Context, tx *store.Tx, c Call, task store.HeldTask, turn turnNow, a model.Answer, m model.Moves) (Outcome, error) {
	out := Outcome{TaskID: task.ID, State: m.Task, Step: model.StepOpen, Review: model.ReviewRunning, Article: model.ArticleInReview, Post: model.PostInReview}
	d, err := s.record(tx, c, task, turn, a, m)
	if err != nil {
		return out, err
	}
	if moved, err := tx.MoveTask(task.ID, m.Task); err != nil || !bool(moved) {
		return out, lost(err)
	}
	if m.Others != "" && turn.OthersOpen > 0 {
		if _, err := tx.MoveTasks(task.ReviewStepID, model.TaskOpen, m.Others, &d.ID); err != nil {
			return out, err
		}
	}
	tx.Audit(c.entry(task.BrandID, "task."+string(m.Task), "task", task.ID, map[string]any{"state": turn.Task, "step_state": turn.Step, "review_state": turn.Review}, map[string]any{
		"state": m.Task, "step_state": cmp.Or(m.Step, turn.Step), "review_state": cmp.Or(m.Review, turn.Review), "article": task.ArticleID, "review": task.ReviewID, "step": turn.position, "name": d.Name, "digest": a.Digest, "reason": a.Reason, "keep_flow": d.KeepFlow,
		"deputy": task.DeputyID, "bulk": c.bulk,
	}))
	if turn.review.SubmittedBy != task.MemberID { // he knows what he did himself
		tx.Owe(s.notice(noticeDecided, task.BrandID, turn.review.SubmittedBy, d.ID, 1))
	}
	if !m.Settles() {
		return out, nil
	}
	out.Step = m.Step
	if moved, err := tx.MoveStep(task.ReviewStepID, model.StepOpen, m.Step); err != nil || !bool(moved) {
		return out, lost(err)
	}
	if m.OpenNext {
		return out, s.openNext(ctx, tx, c, task, turn.position)
	}
	err = s.finish(tx, task, d.ID, turn, m, &out) // before out is read
	return out, err
}

// lost: a guard found nothing although the Post's lock is held. Another replica's
// answer came in between; the caller reads who it was when he asks again.
func lost(err error) error {
	if err != nil {
		return err
	}
	return model.E(model.CodeAlreadyDecided)
}

func (s Reviews) record(tx *store.Tx, c Call, task store.HeldTask, turn turnNow, a model.Answer, m model.Moves) (model.Decision, error) {
	d := model.Decision{
		ID: s.newID(), BrandID: task.BrandID, ReviewID: task.ReviewID, ReviewStepID: task.ReviewStepID, TaskID: task.ID, Turn: turn.answers, MemberID: task.MemberID,
		DeputyID: task.DeputyID, UserID: task.UserID, PersonID: task.PersonID, Name: task.Name(), Nickname: task.Nickname,
		Action: a.Action, Reason: a.Reason, KeepFlow: m.KeepFlow, Digest: a.Digest, Via: c.via(),
	}
	if c.Principal.PersonID != "" { // he answered on the phone, even when as staff
		d.PersonID = &c.Principal.PersonID
	}
	if m.Settles() {
		d.Settles = &turn.attempt
	}
	err := tx.CreateDecision(&d)
	if errors.Is(err, store.ErrTaken) {
		return d, model.E(model.CodeAlreadyDecided)
	}
	return d, err
}

// openNext opens the step after position. Approvers removed since the submit are out;
// a step that has lost them all is blocked (rule 10).
func (s Reviews) openNext(ctx context.Context, tx *store.Tx, c Call, task store.HeldTask, position int) error {
	next, err := tx.StepAt(ctx, task.ReviewID, position+1)
	if err != nil {
		return err
	}
	if moved, err := tx.AdvanceReview(task.ReviewID, position); err != nil || !bool(moved) {
		return lost(err)
	}
	opened, err := tx.MoveTasks(next.ID, model.TaskWaiting, model.TaskOpen, nil)
	if err != nil {
		return err
	}
	if opened == 0 {
		return s.block(ctx, tx, c, task.BrandID, next, model.StepWaiting)
	}
	if _, err := tx.MoveStep(next.ID, model.StepWaiting, model.StepOpen); err != nil {
		return err
	}
	tasks, err := tx.OpenTasksIn(ctx, next.ID)
	s.oweOpened(tx, tasks)
	return err
}

func (s Reviews) block(ctx context.Context, tx *store.Tx, c Call, brandID string, step model.ReviewStep, from model.StepState) error {
	moved, err := tx.MoveStep(step.ID, from, model.StepBlocked)
	if err != nil || !bool(moved) {
		return err
	}
	tx.Audit(c.entry(brandID, "step.blocked", "review", step.ReviewID,
		map[string]any{"step": step.Position, "state": from}, map[string]any{"step": step.Position, "state": model.StepBlocked}))
	review, err := tx.Review(ctx, brandID, step.ReviewID)
	if err == nil {
		tx.Owe(s.notice(noticeBlocked, brandID, review.SubmittedBy, step.ID, step.Version))
	}
	return err
}

// finish ends the Review and moves its Article and Post.
func (s Reviews) finish(tx *store.Tx, task store.HeldTask, decisionID string, turn turnNow, m model.Moves, out *Outcome) error {
	if moved, err := tx.EndReview(task.ReviewID, m.Review); err != nil || !bool(moved) {
		return lost(err)
	}
	if m.Later != "" {
		if err := tx.CancelTasks(task.ReviewID, &decisionID); err != nil {
			return err
		}
		if err := tx.CancelSteps(task.ReviewID); err != nil {
			return err
		}
	}
	if err := tx.MoveArticle(turn.article, articleAfter(turn.review, m)); err != nil {
		return err
	}
	out.Review, out.Article, out.Post = m.Review, m.Article, model.DerivePost(append(turn.siblings, m.Article))
	return tx.MovePost(turn.post, map[string]any{"state": out.Post})
}

// articleAfter: a rejection keeps the same FlowVersion for the next submit, or clears
// the author's choice (rule 12).
func articleAfter(v model.Review, m model.Moves) map[string]any {
	set := map[string]any{"state": m.Article}
	if m.Article != model.ArticleRejected {
		return set
	}
	set["flow_id"], set["no_flow"], set["kept_flow_version_id"] = nil, false, nil
	if m.KeepFlow {
		set["kept_flow_version_id"] = v.FlowVersionID
	}
	return set
}

// release cancels a removed Member's open turns, each under its Post's lock, and
// blocks the steps that nobody is left to answer.
func (s Reviews) release(ctx context.Context, tx *store.Tx, c Call, memberID string) error {
	tasks, err := tx.OpenTasksOf(ctx, memberID)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if _, err := tx.LockPost(t.BrandID, t.PostID); err != nil {
			return err
		}
		if err := tx.CancelTask(t.ID); err != nil {
			return err
		}
		tx.Audit(c.entry(t.BrandID, "task.cancelled", "task", t.ID, map[string]any{"state": t.State, "member": memberID}, map[string]any{"state": model.TaskCancelled}))
		left, err := tx.CountTasks(ctx, t.ReviewStepID, model.TaskOpen)
		if err != nil {
			return err
		}
		if left > 0 {
			continue
		}
		step, err := tx.Step(ctx, t.ReviewStepID) // under the lock: the step may have opened since the tasks were listed
		if err != nil {
			return err
		}
		if err := s.block(ctx, tx, c, t.BrandID, step, model.StepOpen); err != nil {
			return err
		}
	}
	return nil
}
