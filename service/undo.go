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
	return once(ctx, s.Deps, c, func(tx *store.Tx) (Outcome, error) {
		task, err := tx.VisibleTask(ctx, c.Principal.Viewer(), taskID)
		if err != nil {
			return Outcome{}, err
		}
		post, err := tx.LockPost(task.BrandID, task.PostID)
		if err != nil {
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

// pastNow is what TakeBack looks at with the rows around it.
type pastNow struct {
	model.Past
	store.Aftermath
}

func (s Reviews) past(ctx context.Context, tx *store.Tx, task store.TaskSeat, post model.Post) (p pastNow, err error) {
	p.Aftermath, err = tx.Aftermath(ctx, task.ID)
	if err != nil && model.CodeOf(err) == model.CodeNotFound {
		return p, model.E(model.CodeNothingToUndo)
	}
	d := p.Decision
	if !gaveIt(d, task) {
		return p, model.E(model.CodeNothingToUndo)
	}
	p.Past = model.Past{
		Review: p.ReviewState, Step: p.StepState, Task: stateOf(d.Action), DecidedAt: d.CreatedAt, Settled: d.Settles != nil,
		LastStep: p.Position == p.LastPosition, NextActed: p.Later > 0, Post: post.State,
		Newest: p.ArticleReview == task.ReviewID && p.ArticleDigest == p.Digest && p.ArticleState == articleOf[p.ReviewState],
	}
	return p, err
}

// articleOf is where an Article stands that has not moved since its Review.
var articleOf = map[model.ReviewState]model.ArticleState{
	model.ReviewRunning: model.ArticleInReview, model.ReviewApproved: model.ArticleApproved, model.ReviewRejected: model.ArticleRejected,
}

// gaveIt: an answer is taken back by whoever gave it. The approver does not undo what his
// deputy answered, nor the other way round.
func gaveIt(d model.Decision, task store.TaskSeat) bool {
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
func (s Reviews) reopen(ctx context.Context, tx *store.Tx, c Call, task store.TaskSeat, p pastNow, m model.Reopened) (Outcome, error) {
	out := Outcome{TaskID: task.ID, State: m.Task, Step: model.StepOpen, Review: model.ReviewRunning, Article: model.ArticleInReview, Post: model.PostInReview}
	undo := model.Undo{DecisionID: p.Decision.ID, BrandID: task.BrandID, ReviewID: task.ReviewID, MemberID: answeredBy(p.Decision)}
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
	if err = s.reviewAgain(ctx, tx, task, p, m); err == nil {
		out.Post, err = tx.DerivePostState(ctx, task.PostID)
	}
	return out, err
}

// answeredBy is the Member who gave an answer.
func answeredBy(d model.Decision) string {
	if d.DeputyID != nil {
		return *d.DeputyID
	}
	return d.MemberID
}

func movedOn(err error) error {
	if err != nil {
		return err
	}
	return model.E(model.CodeUndoTooLate, "because", "undo_post_moved_on")
}

// rewind opens the step again, gives the others their turns back and makes later steps
// wait; those who were asked there are told that it was withdrawn.
func (s Reviews) rewind(ctx context.Context, tx *store.Tx, task store.TaskSeat, p pastNow, m model.Reopened) error {
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
	if err := tx.RestoreTasks(task.ReviewID, p.Decision.ID); err != nil {
		return err
	}
	moved, err := tx.RewindReview(task.ReviewID, p.ReviewState, p.Position)
	if err == nil && !moved {
		err = movedOn(nil)
	}
	return err
}

// reviewAgain puts the Article back into review. The author's choice that a rejection
// cleared is what the Review runs, unless that is the platform's default anyway.
func (s Reviews) reviewAgain(ctx context.Context, tx *store.Tx, task store.TaskSeat, p pastNow, m model.Reopened) error {
	a := model.Article{ID: task.ArticleID, BrandID: task.BrandID, Version: p.ArticleVer}
	set := map[string]any{"state": m.Article}
	if p.Task == model.TaskRejected {
		post, err := tx.Post(ctx, task.BrandID, task.PostID)
		if err != nil {
			return err
		}
		holds, err := s.settingOf(ctx, tx, post)
		if err != nil {
			return err
		}
		set["kept_flow_version_id"] = nil
		if p.FlowID != nil && (holds.DefaultFlowID == nil || *p.FlowID != *holds.DefaultFlowID) {
			set["flow_id"] = p.FlowID
		}
	}
	return tx.MoveArticle(a, set)
}

// settingOf is what holds for a Post: its Channel's own setting, or its platform's.
func (s Reviews) settingOf(ctx context.Context, tx *store.Tx, post model.Post) (model.PlatformSetting, error) {
	platform, err := tx.PlatformSetting(ctx, post.BrandID, post.Platform)
	if err != nil {
		return platform, err
	}
	channel, err := tx.Channel(ctx, post.BrandID, post.ChannelID)
	return channel.Setting(platform), err
}

// oweWithdrawn tells approvers that a turn which was theirs is not any more.
func (s Reviews) oweWithdrawn(tx *store.Tx, tasks []model.Task) {
	for _, t := range tasks {
		tx.Owe(s.withdrawn(t))
	}
}
