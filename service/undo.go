package service

import (
	"context"
	"errors"

	"countersign/model"
	"countersign/store"
)

// Undo takes an answer back, by who gave it: the approver or his deputy. The Decision
// stays on record and counts no more; what followed from it is undone with it.
func (s Reviews) Undo(ctx context.Context, c Call, taskID string) (Outcome, error) {
	return idempotent(ctx, s.acts, c, func(tx *store.Tx) (Outcome, error) {
		task, post, err := s.hold(ctx, tx, c, taskID)
		if err != nil {
			return Outcome{}, err
		}
		if err := s.stillHolds(ctx, tx, c, task); err != nil {
			return Outcome{}, err
		}
		past, err := s.past(ctx, tx, task, post)
		if err != nil {
			return Outcome{}, err
		}
		moves, err := model.TakeBack(past.Past, tx.Now)
		if err != nil {
			return Outcome{}, err
		}
		return s.reopen(ctx, tx, c, task, past, moves)
	})
}

// stillHolds asks again for a Task under its Post's lock, and keeps its Member from being
// removed until the commit: a turn that opens again must have somebody to answer it.
func (s Reviews) stillHolds(ctx context.Context, tx *store.Tx, c Call, task store.HeldTask) error {
	if err := tx.HoldMembers(task.BrandID, []string{task.MemberID, task.Answerer()}); err != nil {
		return err
	}
	_, err := tx.VisibleTask(ctx, c.Principal.Viewer(), task.ID)
	return err
}

// pastNow is what TakeBack looks at with the rows around it.
type pastNow struct {
	model.Past
	store.Aftermath
}

func (s Reviews) past(ctx context.Context, tx *store.Tx, task store.HeldTask, post model.Post) (p pastNow, err error) {
	p.Aftermath, err = tx.Aftermath(ctx, task.ID)
	if err != nil && model.CodeOf(err) == model.CodeNotFound {
		return p, model.E(model.CodeNothingToUndo)
	}
	if err != nil {
		return p, err
	}
	d := p.Decision
	if !gaveIt(d, task) {
		return p, model.E(model.CodeNothingToUndo)
	}
	p.Past = model.Past{
		Review: p.ReviewState, Step: p.StepState, Task: stateOf(d.Action), DecidedAt: d.CreatedAt, Settled: d.Settles != nil,
		LastStep: p.Position == p.LastPosition, NextActed: p.Later > 0, Post: post.State,
		Newest: p.ArticleReview == task.ReviewID && p.ArticleDigest == p.Digest && p.ArticleState == articleOf[p.ReviewState] && p.covers(post),
	}
	return p, nil
}

// covers tells whether the Review, if it is the lead's, covered the Post's package of
// today: else its approval would open nothing (rule 15).
func (p pastNow) covers(post model.Post) bool {
	return p.ArticlePlace != 1 || p.PackageDigest == post.PackageDigest
}

// articleOf is where an Article stands that has not moved since its Review.
var articleOf = map[model.ReviewState]model.ArticleState{
	model.ReviewRunning: model.ArticleInReview, model.ReviewApproved: model.ArticleApproved, model.ReviewRejected: model.ArticleRejected,
}

// gaveIt: an answer is taken back by whoever gave it. The approver does not undo what his
// deputy answered, nor the other way round.
func gaveIt(d model.Decision, task store.HeldTask) bool {
	if d.DeputyID == nil || task.DeputyID == nil {
		return d.DeputyID == task.DeputyID
	}
	return *d.DeputyID == *task.DeputyID
}

func stateOf(a model.Action) model.TaskState {
	if a == model.ActionReject {
		return model.TaskRejected
	}
	return model.TaskApproved
}

// reopen writes what follows from taking an answer back.
func (s Reviews) reopen(ctx context.Context, tx *store.Tx, c Call, task store.HeldTask, p pastNow, m model.Reopened) (Outcome, error) {
	out := Outcome{TaskID: task.ID, State: m.Task, Step: model.StepOpen, Review: model.ReviewRunning, Article: model.ArticleInReview, Post: model.PostInReview}
	undo := model.Undo{DecisionID: p.Decision.ID, BrandID: task.BrandID, ReviewID: task.ReviewID, MemberID: task.Answerer()}
	if err := tx.CreateUndo(&undo); err != nil {
		if errors.Is(err, store.ErrTaken) {
			return out, model.E(model.CodeNothingToUndo)
		}
		return out, err
	}
	if moved, err := tx.ReopenTask(task.ID, p.Task); err != nil || !bool(moved) {
		return out, movedOn(err)
	}
	tx.Audit(c.entry(task.BrandID, "task.undone", "task", task.ID, map[string]any{"action": p.Decision.Action, "decision": p.Decision.ID},
		map[string]any{"article": task.ArticleID, "review": task.ReviewID, "step": p.Position, "name": p.Decision.Name}))
	if p.SubmittedBy != task.MemberID { // as he was told of the answer
		tx.Owe(s.notice(noticeUndone, task.BrandID, p.SubmittedBy, p.Decision.ID, 1))
	}
	if m.Step == "" {
		return out, nil
	}
	if err := s.rewind(ctx, tx, task, p, m); err != nil {
		return out, err
	}
	if m.Article == "" {
		return out, nil
	}
	var err error
	if err = s.reviewAgain(tx, task, p, m); err == nil {
		out.Post, err = tx.DerivePostState(ctx, task.PostID)
	}
	return out, err
}

func movedOn(err error) error {
	if err != nil {
		return err
	}
	return model.E(model.CodeUndoTooLate, "because", "undo_post_moved_on")
}

// rewind opens the step again, gives the others their turns back, of which they are told
// anew, and makes later steps wait; those who were asked there are told that it was
// withdrawn.
func (s Reviews) rewind(ctx context.Context, tx *store.Tx, task store.HeldTask, p pastNow, m model.Reopened) error {
	if moved, err := tx.ReopenStep(task.ReviewStepID, p.StepState); err != nil || !bool(moved) {
		return movedOn(err)
	}
	if m.Later != "" {
		closed, err := tx.CloseLater(ctx, task.ReviewID, p.Position)
		if err != nil {
			return err
		}
		s.oweWithdrawn(tx, closed)
	}
	opened, err := tx.RestoreTasks(ctx, task.BrandID, task.ReviewID, p.Decision.ID)
	if err != nil {
		return err
	}
	s.oweOpened(tx, opened)
	moved, err := tx.RewindReview(task.ReviewID, p.ReviewState, p.Position)
	if err == nil && !moved {
		err = movedOn(nil)
	}
	return err
}

// reviewAgain puts the Article back into review, with the choice of the author that a
// rejection cleared.
func (s Reviews) reviewAgain(tx *store.Tx, task store.HeldTask, p pastNow, m model.Reopened) error {
	a := model.Article{ID: task.ArticleID, BrandID: task.BrandID, Version: p.ArticleVer}
	set := map[string]any{"state": m.Article}
	if p.Task == model.TaskRejected {
		set["kept_flow_version_id"] = nil
		if p.FlowOrigin != model.FlowByDefault && p.FlowOrigin != model.FlowByKeeping {
			set["flow_id"] = p.FlowID
		}
	}
	return tx.MoveArticle(a, set)
}

// oweOpened tells approvers of their turns. One that was opened before is told again.
func (s Reviews) oweOpened(tx *store.Tx, tasks []model.Task) {
	for _, t := range tasks {
		tx.Owe(s.notice(noticeTaskOpened, t.BrandID, t.MemberID, t.ID, t.Version))
	}
}

// oweWithdrawn tells approvers that a turn which was theirs is not any more.
func (s Reviews) oweWithdrawn(tx *store.Tx, tasks []model.Task) {
	for _, t := range tasks {
		tx.Owe(s.withdrawn(t))
	}
}
