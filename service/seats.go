package service

import (
	"context"
	"errors"
	"slices"

	"countersign/model"
	"countersign/store"
)

// mayVote keeps one vote for one human being in a step (ADR 13): a deputy has none of his
// own there, and whoever came to hold two turns, because he bound his WeChat after the
// submit, has answered neither.
func (s Reviews) mayVote(ctx context.Context, tx *store.Tx, task store.HeldTask, turn turnNow) error {
	if task.DeputyID != nil {
		who, err := s.newcomer(ctx, tx, task.Task, turn.review.SubmittedBy, *task.DeputyID)
		if err != nil {
			return err
		}
		return model.MayVote(model.Voter{OwnTurn: who.HasTurn, Voted: who.Answered, Author: who.Author})
	}
	if turn.answered == 0 {
		return nil
	}
	humans, err := tx.Humans(ctx, task.BrandID, []string{task.MemberID})
	if err != nil {
		return err
	}
	answered, err := tx.StepAnswers(ctx, task.ReviewStepID)
	if err != nil {
		return err
	}
	return model.MayVote(model.Voter{Voted: slices.Contains(answered, humans[task.MemberID])})
}

// newcomer is what is known about a Member who would answer in a step in which he was
// not asked: by human being, so that a second seat of his counts as his.
func (s Reviews) newcomer(ctx context.Context, tx *store.Tx, in model.Task, submitter, memberID string) (out model.TurnTaker, err error) {
	humans, err := tx.HoldHumans(in.BrandID, []string{memberID})
	if err != nil {
		return out, err
	}
	me, active := humans[memberID]
	if !active {
		return out, model.E(model.CodeApproverUnknown, "member", memberID)
	}
	turns, err := tx.StepTurns(ctx, in.ReviewStepID)
	if err != nil {
		return out, err
	}
	answered, err := tx.StepAnswers(ctx, in.ReviewStepID)
	if err != nil {
		return out, err
	}
	out.HasTurn, out.Answered = slices.Contains(turns, me), slices.Contains(answered, me)
	out.Author, err = s.isAuthor(ctx, tx, in, submitter, me)
	return out, err
}

// isAuthor tells whether a human being may not approve because the content is his work
// (rule 9).
func (s Reviews) isAuthor(ctx context.Context, tx *store.Tx, in model.Task, submitter, human string) (bool, error) {
	brand, err := tx.Brand(ctx, in.BrandID)
	if err != nil || brand.SelfApproval {
		return false, err
	}
	review, err := tx.Review(ctx, in.BrandID, in.ReviewID)
	if err != nil {
		return false, err
	}
	post, err := tx.Post(ctx, in.BrandID, in.PostID)
	if err != nil {
		return false, err
	}
	rev, err := tx.Revision(ctx, in.BrandID, in.ArticleID, review.RevisionNumber)
	if err != nil {
		return false, err
	}
	authors, err := usersOf(ctx, tx, in.BrandID, submitter, post.CreatedBy, rev.CreatedBy)
	return authors[human], err
}

// Replacement is an admin's order: who leaves a step (nil when nobody is left) and who
// is asked instead.
type Replacement struct {
	ReviewID string
	Position int
	Out      *string
	In       string
}

// Replace asks another Member in a running step (rule 10): a blocked step opens again.
func (s Reviews) Replace(ctx context.Context, c Call, brandID string, r Replacement) (string, error) {
	return byStaff(ctx, s.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (string, error) {
		review, err := tx.Review(ctx, brandID, r.ReviewID)
		if err != nil {
			return "", err
		}
		if _, err := tx.LockPost(brandID, review.PostID); err != nil {
			return "", err
		}
		if review, err = tx.Review(ctx, brandID, r.ReviewID); err != nil { // as the lock holds it
			return "", err
		}
		step, err := tx.StepAt(ctx, review.ID, r.Position)
		if err != nil {
			return "", err
		}
		var leaving model.Task
		if r.Out != nil {
			if leaving, err = tx.TaskIn(ctx, step.ID, *r.Out); err != nil {
				return "", unknownMember(err)
			}
		}
		return review.PostID, s.swap(ctx, tx, c, swap{review: review, step: step, leaving: leaving, in: r.In, action: "step.approver_replaced"})
	})
}

func unknownMember(err error) error {
	if model.CodeOf(err) == model.CodeNotFound {
		return model.Invalid(model.Field("member_id", "unknown"))
	}
	return err
}

// Transfer hands an approver's own turn on (转交). A reviewer may choose among staff and
// those whom he sees in this review already; he is shown nobody else.
func (s Reviews) Transfer(ctx context.Context, c Call, taskID, to, reason string) error {
	reason = normalize(reason)
	if reason != "" {
		if r := model.CheckText(reason, model.MaxReason); r != "" {
			return model.Invalid(model.Field("reason", r))
		}
	}
	_, err := idempotent(ctx, s.acts, c, func(tx *store.Tx) (done, error) {
		task, err := tx.TaskFor(ctx, c.Principal.Viewer(), taskID)
		if err != nil {
			return done{}, err
		}
		if _, err := tx.LockPost(task.BrandID, task.PostID); err != nil {
			return done{}, err
		}
		now, err := tx.TaskIn(ctx, task.ReviewStepID, task.MemberID)
		if err != nil {
			return done{}, gone(err)
		}
		if now.State == model.TaskWaiting { // he does not see it yet
			return done{}, model.E(model.CodeNotYourTurn)
		}
		if err := mayChoose(ctx, tx, task, to); err != nil {
			return done{}, err
		}
		review, err := tx.Review(ctx, task.BrandID, task.ReviewID)
		if err != nil {
			return done{}, err
		}
		step, err := tx.Step(ctx, task.ReviewStepID)
		if err != nil {
			return done{}, err
		}
		return done{}, s.swap(ctx, tx, c, swap{review: review, step: step, leaving: now, in: to, action: "task.transferred", reason: reason})
	})
	return err
}

func gone(err error) error {
	if model.CodeOf(err) == model.CodeNotFound {
		return model.E(model.CodeTaskCancelled)
	}
	return err
}

// mayChoose: whom a turn may be handed to, by who holds it.
func mayChoose(ctx context.Context, tx *store.Tx, task store.HeldTask, to string) error {
	ok, err := tx.MayTake(ctx, task, to)
	if err == nil && !ok {
		err = model.E(model.CodeApproverUnknown, "member", to)
	}
	return err
}

// swap is one turn that ends and one that begins in its place.
type swap struct {
	review  model.Review
	step    model.ReviewStep
	leaving model.Task // zero when nobody is left in the step
	in      string
	action  string
	reason  string
}

func (s Reviews) swap(ctx context.Context, tx *store.Tx, c Call, w swap) error {
	coming := model.Task{
		ID: s.newID(), BrandID: w.review.BrandID, ReviewID: w.review.ID, ReviewStepID: w.step.ID, PostID: w.review.PostID, ArticleID: w.review.ArticleID,
		MemberID: w.in, State: model.TaskOpen,
	}
	if w.step.State == model.StepWaiting {
		coming.State = model.TaskWaiting
	}
	who, err := s.newcomer(ctx, tx, coming, w.review.SubmittedBy, w.in)
	if err != nil {
		return err
	}
	who.Review, who.Step, who.Leaving = w.review.State, w.step.State, w.leaving.State
	if err := model.MayTakeTurn(who); err != nil {
		return err
	}
	if err := tx.AddTask(&coming); err != nil {
		if errors.Is(err, store.ErrTaken) {
			return model.E(model.CodeApproverAsked)
		}
		return err
	}
	if err := s.leave(tx, w); err != nil {
		return err
	}
	tx.Audit(c.entry(coming.BrandID, w.action, "task", coming.ID, map[string]any{"member": w.leaving.MemberID, "task": w.leaving.ID},
		map[string]any{"member": w.in, "article": coming.ArticleID, "review": coming.ReviewID, "step": w.step.Position, "reason": w.reason}))
	if coming.State == model.TaskOpen {
		tx.Owe(s.notice(noticeTaskOpened, coming.BrandID, coming.MemberID, coming.ID, tx.Now.UnixMilli()))
	}
	return nil
}

// leave ends the turn of the one who leaves, or opens a step that nobody was left in.
func (s Reviews) leave(tx *store.Tx, w swap) error {
	if w.leaving.ID == "" {
		_, err := tx.MoveStep(w.step.ID, model.StepBlocked, model.StepOpen)
		return err
	}
	if w.leaving.State == model.TaskOpen {
		s.oweWithdrawn(tx, []model.Task{w.leaving})
	}
	return tx.CancelTask(w.leaving.ID)
}

// Urge reminds everybody whose answer a Post waits for (催办), at most once an hour. It
// answers how many turns wait.
func (s Reviews) Urge(ctx context.Context, c Call, brandID, postID string) (int, error) {
	return byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, _ model.Member) (int, error) {
		post, err := tx.LockPost(brandID, postID)
		if err != nil {
			return 0, err
		}
		open, err := tx.OpenTasksOfPost(ctx, postID)
		if err != nil {
			return 0, err
		}
		if err := model.MayUrge(post, len(open), tx.Now); err != nil {
			return 0, err
		}
		for _, t := range open {
			tx.Owe(s.urged(t, tx.Now.UnixMilli()))
		}
		tx.Audit(c.entry(brandID, "post.urged", "post", postID, map[string]any{"urged_at": post.UrgedAt}, map[string]any{"urged_at": tx.Now, "waiting": len(open)}))
		return len(open), tx.MovePost(post, map[string]any{"urged_at": tx.Now})
	})
}
