package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"countersign/model"
	"countersign/store"
)

// Reviews runs posts through their flows.
type Reviews struct{ *Deps }

// Submit sends every Article of a Post that is neither approved nor in review into review (rules 7 to
// 10). choices, by Article id, replace what the author chose earlier; they may be nil.
func (s Reviews) Submit(ctx context.Context, c Call, brandID, postID string, choices map[string]model.FlowChoice) error {
	_, err := byStaff(ctx, s.Deps, c, brandID, model.RoleEditor, func(tx *store.Tx, me store.MemberView) (done, error) {
		post, err := tx.LockPost(brandID, postID)
		if err != nil {
			return done{}, err
		}
		articles, err := tx.Articles(ctx, brandID, postID)
		if err != nil {
			return done{}, err
		}
		if err := model.MaySubmit(post.State, states(articles)); err != nil {
			return done{}, err
		}
		if err := knownArticles(articles, choices); err != nil {
			return done{}, err
		}
		for i, a := range articles {
			if !a.State.Submittable() {
				continue
			}
			if choice, ok := choices[a.ID]; ok {
				a.FlowID, a.NoFlow = choice.FlowID, choice.None
			}
			if err := s.start(ctx, tx, c, me, post, a); err != nil {
				return done{}, at(err, fmt.Sprintf("articles[%d].", i))
			}
		}
		_, err = tx.DerivePostState(ctx, postID)
		return done{}, err
	})
	return err
}

func states(articles []model.Article) []model.ArticleState {
	out := make([]model.ArticleState, len(articles))
	for i, a := range articles {
		out[i] = a.State
	}
	return out
}

func knownArticles(articles []model.Article, choices map[string]model.FlowChoice) error {
	known := map[string]bool{}
	for _, a := range articles {
		known[a.ID] = true
	}
	for id := range choices {
		if !known[id] {
			return model.Invalid(model.Field("articles", "unknown"))
		}
	}
	return nil
}

// at puts the Article's path before the fields of a refusal.
func at(err error, path string) error {
	var e *model.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	out := *e
	out.Fields = nil
	for _, f := range e.Fields {
		f.Path = path + f.Path
		out.Fields = append(out.Fields, f)
	}
	return &out
}

// start begins one Article's Review.
func (s Reviews) start(ctx context.Context, tx *store.Tx, c Call, me store.MemberView, post model.Post, a model.Article) error {
	if err := s.complete(ctx, tx, post, a); err != nil {
		return err
	}
	set, err := tx.PlatformSetting(ctx, post.BrandID, post.Platform)
	if err != nil {
		return err
	}
	chosen, err := model.ChooseFlow(set, a.Choice(), a.KeptFlowVersionID)
	if err != nil {
		return err
	}
	rounds, err := tx.Rounds(ctx, a.ID)
	if err != nil {
		return err
	}
	review := model.Review{
		ID: s.NewID(), BrandID: post.BrandID, PostID: post.ID, ArticleID: a.ID, Round: rounds + 1, Title: a.Title,
		RevisionNumber: a.RevisionNumber, Digest: a.Digest, State: model.ReviewRunning, SubmittedBy: me.ID,
	}
	if chosen.None {
		return s.withoutApproval(tx, c, review, a)
	}
	version, steps, err := s.resolve(ctx, tx, post, chosen)
	if err != nil {
		return err
	}
	return s.run(ctx, tx, c, me, review, a, version, steps)
}

// complete: a draft may have gaps, what goes to review may not.
func (s Reviews) complete(ctx context.Context, tx *store.Tx, post model.Post, a model.Article) error {
	rev, err := tx.Revision(ctx, a.BrandID, a.ID, a.RevisionNumber)
	if err != nil {
		return err
	}
	var content model.Content
	if err := json.Unmarshal(rev.Content, &content); err != nil {
		return fmt.Errorf("revision content: %w", err)
	}
	if bad := content.Check(post.ContentType, "", true); len(bad) > 0 {
		e := model.E(model.CodeContentIncomplete)
		e.Fields = bad
		return e
	}
	return nil
}

// withoutApproval records, as a Review without steps, that none was needed.
func (s Reviews) withoutApproval(tx *store.Tx, c Call, v model.Review, a model.Article) error {
	v.State, v.EndedAt = model.ReviewApproved, &tx.Now
	if err := tx.CreateReview(&v, nil, nil); err != nil {
		return err
	}
	tx.Audit(c.entry(v.BrandID, "review.not_needed", "article", a.ID, nil, map[string]any{"review": v.ID, "digest": v.Digest}))
	return tx.MoveArticle(a, map[string]any{
		"state": model.ArticleApproved, "review_id": v.ID, "kept_flow_version_id": nil, "flow_id": a.FlowID, "no_flow": a.NoFlow,
	})
}

// resolve finds the FlowVersion to run, and refuses one that does not fit (rule 7).
func (s Reviews) resolve(ctx context.Context, tx *store.Tx, post model.Post, chosen model.ChosenFlow) (model.FlowVersion, []store.StepView, error) {
	if chosen.KeptVersionID != "" {
		return tx.FlowVersion(ctx, post.BrandID, chosen.KeptVersionID)
	}
	flow, err := tx.Flow(ctx, post.BrandID, chosen.FlowID)
	switch {
	case err != nil && model.CodeOf(err) == model.CodeNotFound:
		return model.FlowVersion{}, nil, model.Invalid(model.Field("flow_id", "unknown"))
	case err != nil:
		return model.FlowVersion{}, nil, err
	case flow.ArchivedAt != nil:
		return model.FlowVersion{}, nil, model.E(model.CodeFlowArchived)
	case !flow.Content.Fits(post.Platform, post.ContentType):
		return model.FlowVersion{}, nil, s.misfit(ctx, tx, post)
	}
	return flow.Content, flow.Steps, nil
}

func (s Reviews) misfit(ctx context.Context, tx *store.Tx, post model.Post) error {
	fitting, err := tx.FittingFlows(ctx, post.BrandID, post.Platform, post.ContentType)
	if err != nil {
		return err
	}
	names := make([]string, len(fitting))
	for i, f := range fitting {
		names[i] = f.Name
	}
	return model.E(model.CodeFlowMismatch, "platform", post.Platform, "fitting", strings.Join(names, ", "))
}

// run opens a Review's first step and asks its approvers.
func (s Reviews) run(ctx context.Context, tx *store.Tx, c Call, me store.MemberView, v model.Review, a model.Article, version model.FlowVersion, plan []store.StepView) error {
	brand, err := tx.Brand(ctx, v.BrandID)
	if err != nil {
		return err
	}
	authors, err := s.authors(ctx, tx, me, a)
	if err != nil {
		return err
	}
	asked, err := s.approvers(ctx, tx, brand, authors, plan)
	if err != nil {
		return err
	}
	v.FlowID, v.FlowVersionID, v.StepPosition = &version.FlowID, &version.ID, 1
	var steps []model.ReviewStep
	var tasks []model.Task
	for i, p := range plan {
		step := model.ReviewStep{ID: s.NewID(), BrandID: v.BrandID, ReviewID: v.ID, Position: i + 1, Name: p.Name, Mode: p.Mode, State: model.StepWaiting}
		state := model.TaskWaiting
		if i == 0 {
			step.State, state = model.StepOpen, model.TaskOpen
		}
		steps = append(steps, step)
		for _, member := range asked[i] {
			tasks = append(tasks, model.Task{
				ID: s.NewID(), BrandID: v.BrandID, ReviewID: v.ID, ReviewStepID: step.ID, PostID: v.PostID, ArticleID: v.ArticleID, MemberID: member, State: state,
			})
		}
	}
	if err := tx.CreateReview(&v, steps, tasks); err != nil {
		return err
	}
	tx.Audit(c.entry(v.BrandID, "review.started", "article", a.ID, nil, map[string]any{
		"review": v.ID, "digest": v.Digest, "flow": version.FlowID, "flow_version": version.Number, "round": v.Round,
	}))
	for _, t := range tasks[:len(asked[0])] {
		tx.Owe(s.notice(noticeTaskOpened, v.BrandID, t.MemberID, t.ID, 1))
	}
	return tx.MoveArticle(a, map[string]any{
		"state": model.ArticleInReview, "review_id": v.ID, "kept_flow_version_id": nil, "flow_id": a.FlowID, "no_flow": a.NoFlow,
	})
}

// authors are the Users whose work an Article is: who began the Post, who wrote the
// newest Revision, and who submits it.
func (s Reviews) authors(ctx context.Context, tx *store.Tx, me store.MemberView, a model.Article) (map[string]bool, error) {
	post, err := tx.Post(ctx, a.BrandID, a.PostID)
	if err != nil {
		return nil, err
	}
	rev, err := tx.Revision(ctx, a.BrandID, a.ID, a.RevisionNumber)
	if err != nil {
		return nil, err
	}
	members, err := tx.MembersByID(ctx, a.BrandID, []string{me.ID, post.CreatedBy, rev.CreatedBy})
	users := map[string]bool{}
	for _, m := range members {
		if m.UserID != nil {
			users[*m.UserID] = true
		}
	}
	return users, err
}

// approvers answers whom each step asks: active Members only, one turn for one human
// being (a reviewer who has also bound his staff account is asked once), and not the
// author unless the Brand allows it (rule 9).
func (s Reviews) approvers(ctx context.Context, tx *store.Tx, brand model.Brand, authors map[string]bool, plan []store.StepView) ([][]string, error) {
	var all []string
	for _, p := range plan {
		all = append(all, p.Approvers...)
	}
	if err := tx.HoldMembers(brand.ID, all); err != nil {
		return nil, err
	}
	humans, err := tx.Humans(ctx, brand.ID, all)
	if err != nil {
		return nil, err
	}
	out := make([][]string, len(plan))
	for i, p := range plan {
		seen := map[string]bool{}
		for _, member := range p.Approvers {
			human, active := humans[member]
			if !active || seen[human] {
				continue
			}
			if authors[human] && !brand.SelfApproval {
				return nil, model.E(model.CodeSelfApproval, "step", strconv.Itoa(i+1))
			}
			seen[human] = true
			out[i] = append(out[i], member)
		}
		if len(out[i]) == 0 {
			return nil, model.E(model.CodeStepBlocked, "step", strconv.Itoa(i+1))
		}
	}
	return out, nil
}

// Withdraw takes a Post back from review: its open tasks are cancelled and its Articles
// can be edited again.
func (s Reviews) Withdraw(ctx context.Context, c Call, brandID, postID string) error {
	_, err := byStaff(ctx, s.Deps, c, brandID, model.RoleEditor, func(tx *store.Tx, _ store.MemberView) (done, error) {
		post, err := tx.LockPost(brandID, postID)
		if err != nil {
			return done{}, err
		}
		if err := model.MayWithdraw(post.State); err != nil {
			return done{}, err
		}
		running, err := tx.RunningReviews(ctx, postID)
		if err != nil {
			return done{}, err
		}
		for _, v := range running {
			if err := s.withdraw(ctx, tx, c, v); err != nil {
				return done{}, err
			}
		}
		_, err = tx.DerivePostState(ctx, postID)
		return done{}, err
	})
	return err
}

func (s Reviews) withdraw(ctx context.Context, tx *store.Tx, c Call, v model.Review) error {
	if _, err := tx.EndReview(v.ID, model.ReviewWithdrawn); err != nil {
		return err
	}
	if err := tx.CancelTasks(v.ID); err != nil {
		return err
	}
	if err := tx.CancelSteps(v.ID); err != nil {
		return err
	}
	a, err := tx.Article(ctx, v.BrandID, v.ArticleID)
	if err != nil {
		return err
	}
	tx.Audit(c.entry(v.BrandID, "review.withdrawn", "article", a.ID, map[string]any{"review": v.ID}, nil))
	return tx.MoveArticle(a, map[string]any{"state": model.ArticleDraft})
}
