package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"countersign/model"
	"countersign/store"
)

// Reviews runs posts through their flows.
type Reviews struct {
	acts
	ai AIReviews
}

// Submit sends every Article of a Post that is neither approved nor in review into review (rules 7 to
// 10). choices, by Article id, replace what the author chose earlier; they may be nil. A dry run reports,
// for each of these Articles, whom it would ask or why it would be refused.
func (s Reviews) Submit(ctx context.Context, c Call, brandID, postID string, choices map[string]model.FlowChoice) error {
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, me model.Member) (done, error) {
		post, err := tx.LockPost(brandID, postID)
		if err != nil {
			return done{}, err
		}
		articles, err := tx.ArticleViews(ctx, brandID, postID)
		if err != nil {
			return done{}, err
		}
		if err := model.MaySubmit(post.State, statesOf(articles)); err != nil {
			return done{}, err
		}
		if err := knownArticles(articles, choices); err != nil {
			return done{}, err
		}
		plans, err := s.plans(ctx, tx, c, me, post, articles, choices)
		if err != nil {
			return done{}, err
		}
		if err := s.start(tx, c, me, plans); err != nil {
			return done{}, err
		}
		return done{}, tx.MovePost(post, map[string]any{"state": model.DerivePost(statesAfter(articles, plans))})
	})
	return err
}

// statesAfter are the states of a Post's Articles once the planned ones have started.
func statesAfter(articles []store.ArticleView, plans []plan) []model.ArticleState {
	moved := make(map[string]model.ArticleState, len(plans))
	for _, p := range plans {
		moved[p.article.ID] = model.ArticleInReview
		if p.none {
			moved[p.article.ID] = model.ArticleApproved
		}
	}
	out := statesOf(articles)
	for i, a := range articles {
		out[i] = cmp.Or(moved[a.ID], out[i])
	}
	return out
}

func statesOf(articles []store.ArticleView) []model.ArticleState {
	out := make([]model.ArticleState, len(articles))
	for i, a := range articles {
		out[i] = a.State
	}
	return out
}

// plan is one Article on its way into review.
type plan struct {
	article store.ArticleView
	way
	pack string // the Post's package digest
}

// plans rules on every Article that the submit takes along. The first refusal refuses
// the submit; a dry run reports them all and goes on with the rest.
func (s Reviews) plans(ctx context.Context, tx *store.Tx, c Call, me model.Member, post model.Post, articles []store.ArticleView, choices map[string]model.FlowChoice) ([]plan, error) {
	r := newRouter(tx, post.BrandID, true)
	blocked, err := s.blocked(ctx, r, me, post, articles)
	if err != nil {
		return nil, err
	}
	var out []plan
	for i, a := range articles {
		if !a.State.Submittable() {
			continue
		}
		if choice, ok := choices[a.ID]; ok {
			a.FlowID, a.NoFlow = choice.FlowID, choice.None
		}
		w, err := s.plan(ctx, r, me, post, a)
		if err == nil {
			err = blocked[a.ID]
		}
		err = ofArticle(err, i)
		if err != nil && (c.DryRun == nil || !isRefusal(err)) {
			return nil, err
		}
		if c.DryRun != nil {
			if err := report(ctx, tx, c, a.Article, w, err); err != nil {
				return nil, err
			}
		}
		if err == nil {
			out = append(out, plan{a, w, post.PackageDigest})
		}
	}
	return out, nil
}

func (s Reviews) plan(ctx context.Context, r *router, me model.Member, post model.Post, a store.ArticleView) (way, error) {
	if err := s.complete(post, a); err != nil {
		return way{}, err
	}
	authors, err := s.authors(ctx, r.tx, me, post, a.WrittenBy)
	if err != nil {
		return way{}, err
	}
	return r.way(ctx, post, a.Article, authors)
}

// blocked has the Articles looked through where the Channel has AI review on, and answers
// the refusals by Article.
func (s Reviews) blocked(ctx context.Context, r *router, me model.Member, post model.Post, articles []store.ArticleView) (map[string]error, error) {
	rule, err := r.rule(ctx, post.ChannelID)
	if err != nil || !rule.AIReview {
		return nil, err
	}
	return s.ai.blocks(ctx, r.tx, me, post, articles)
}

func knownArticles(articles []store.ArticleView, choices map[string]model.FlowChoice) error {
	known := map[string]bool{}
	for _, a := range articles {
		known[a.ID] = true
	}
	for id, choice := range choices {
		if !known[id] {
			return model.Invalid(model.Field("articles", "unknown"))
		}
		if bad := choice.Check(""); bad != nil {
			return model.Invalid(model.Field("articles", bad[0].Reason))
		}
	}
	return nil
}

// ofArticle puts the Article's path before the fields of a refusal; one that names no
// field names the Article: in a post of several its author has to know which.
func ofArticle(err error, i int) error {
	e, ok := errors.AsType[*model.Error](err)
	if !ok || !isRefusal(err) {
		return err
	}
	path, out := fmt.Sprintf("articles[%d]", i), *e
	out.Fields = nil
	for _, f := range e.Fields {
		f.Path = path + "." + f.Path
		out.Fields = append(out.Fields, f)
	}
	if len(out.Fields) == 0 {
		out.Fields = []model.FieldError{model.Field(path, string(e.Code))}
	}
	return &out
}

// start begins the Review of each planned Article.
func (s Reviews) start(tx *store.Tx, c Call, me model.Member, plans []plan) error {
	var rows store.NewReviews
	for _, p := range plans {
		a := p.article
		v := model.Review{
			ID: s.newID(), BrandID: a.BrandID, PostID: a.PostID, ArticleID: a.ID, Round: a.Round + 1, Title: a.Title,
			RevisionNumber: a.RevisionNumber, Digest: a.Digest, PackageDigest: p.pack, FlowOrigin: a.Origin(), State: model.ReviewRunning, SubmittedBy: me.ID,
		}
		state := model.ArticleInReview
		if p.none {
			state = model.ArticleApproved
			s.withoutApproval(tx, c, &rows, v, p)
		} else {
			s.run(tx, c, &rows, v, p)
		}
		err := tx.MoveArticle(a.Article, map[string]any{
			"state": state, "review_id": v.ID, "kept_flow_version_id": nil, "flow_id": a.FlowID, "no_flow": a.NoFlow,
		})
		if err != nil {
			return err
		}
	}
	return tx.CreateReviews(rows)
}

// complete: a draft may have gaps, what goes to review may not.
func (s Reviews) complete(post model.Post, a store.ArticleView) error {
	content, err := contentIn(a.Content)
	if err != nil {
		return err
	}
	if bad := content.Check(post.Platform, post.ContentType, "", true); len(bad) > 0 {
		e := model.E(model.CodeContentIncomplete)
		e.Fields = bad
		return e
	}
	return nil
}

// withoutApproval records, as a Review without steps, that none was needed.
func (s Reviews) withoutApproval(tx *store.Tx, c Call, rows *store.NewReviews, v model.Review, p plan) {
	a := p.article
	v.State, v.EndedAt = model.ReviewApproved, &tx.Now
	rows.Reviews = append(rows.Reviews, v)
	tx.Audit(c.entry(v.BrandID, "review.not_needed", "article", a.ID, map[string]any{"state": a.State, "review": a.ReviewID}, map[string]any{"state": model.ArticleApproved, "review": v.ID, "digest": v.Digest}))
}

// run opens a Review's first step and asks its approvers.
func (s Reviews) run(tx *store.Tx, c Call, rows *store.NewReviews, v model.Review, p plan) {
	a, version := p.article, p.version
	v.FlowID, v.FlowVersionID, v.StepPosition = &version.FlowID, &version.ID, 1
	rows.Reviews = append(rows.Reviews, v)
	for i, planned := range p.steps {
		step := model.ReviewStep{ID: s.newID(), BrandID: v.BrandID, ReviewID: v.ID, Position: i + 1, Name: planned.Name, Mode: planned.Mode, State: model.StepWaiting}
		state := model.TaskWaiting
		if i == 0 {
			step.State, state = model.StepOpen, model.TaskOpen
		}
		rows.Steps = append(rows.Steps, step)
		for _, member := range p.asked[i] {
			t := model.Task{
				ID: s.newID(), BrandID: v.BrandID, ReviewID: v.ID, ReviewStepID: step.ID, PostID: v.PostID, ArticleID: v.ArticleID, MemberID: member, State: state,
			}
			rows.Tasks = append(rows.Tasks, t)
			if state == model.TaskOpen {
				tx.Owe(s.notice(noticeTaskOpened, v.BrandID, member, t.ID, 1))
			}
		}
	}
	tx.Audit(c.entry(v.BrandID, "review.started", "article", a.ID, map[string]any{"state": a.State, "review": a.ReviewID}, map[string]any{
		"state": model.ArticleInReview, "review": v.ID, "digest": v.Digest, "flow": version.FlowID, "flow_version": version.Number, "round": v.Round,
	}))
}

// authors are the Users whose work an Article is: who began the Post, who wrote the
// Revision, and who submits it.
func (s Reviews) authors(ctx context.Context, tx *store.Tx, submitter model.Member, post model.Post, writer string) (map[string]bool, error) {
	others := slices.DeleteFunc([]string{post.CreatedBy, writer}, func(id string) bool { return id == submitter.ID })
	users, err := usersOf(ctx, tx, post.BrandID, others...)
	if err == nil && submitter.UserID != nil {
		users[*submitter.UserID] = true
	}
	return users, err
}

// usersOf are the Users behind Members.
func usersOf(ctx context.Context, tx *store.Tx, brandID string, ids ...string) (map[string]bool, error) {
	members, err := tx.MembersByID(ctx, brandID, ids)
	users := map[string]bool{}
	for _, m := range members {
		if m.UserID != nil {
			users[*m.UserID] = true
		}
	}
	return users, err
}

// Withdraw takes a Post back from review: its open tasks are cancelled and its Articles
// can be edited again.
func (s Reviews) Withdraw(ctx context.Context, c Call, brandID, postID string) error {
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, _ model.Member) (done, error) {
		post, err := tx.LockPost(brandID, postID)
		if err != nil {
			return done{}, err
		}
		if err := model.MayWithdraw(post.State); err != nil {
			return done{}, err
		}
		if err := s.withdrawAll(ctx, tx, c, postID); err != nil {
			return done{}, err
		}
		_, err = tx.DerivePostState(ctx, postID)
		return done{}, err
	})
	return err
}

// withdrawAll ends the Reviews of a Post that run.
func (s Reviews) withdrawAll(ctx context.Context, tx *store.Tx, c Call, postID string) error {
	running, err := tx.RunningReviews(ctx, postID)
	for _, v := range running {
		if err := s.withdraw(ctx, tx, c, v); err != nil {
			return err
		}
	}
	return err
}

func (s Reviews) withdraw(ctx context.Context, tx *store.Tx, c Call, v model.Review) error {
	if _, err := tx.EndReview(v.ID, model.ReviewWithdrawn); err != nil {
		return err
	}
	open, err := tx.OpenTasksOfReview(ctx, v.ID)
	if err != nil {
		return err
	}
	s.oweWithdrawn(tx, open)
	if err := tx.CancelTasks(v.ID, nil); err != nil {
		return err
	}
	if err := tx.CancelSteps(v.ID); err != nil {
		return err
	}
	a, err := tx.Article(ctx, v.BrandID, v.ArticleID)
	if err != nil {
		return err
	}
	tx.Audit(c.entry(v.BrandID, "review.withdrawn", "article", a.ID, map[string]any{"state": a.State, "review": v.ID, "review_state": v.State}, map[string]any{"state": model.ArticleDraft, "review": v.ID, "review_state": model.ReviewWithdrawn}))
	set := map[string]any{"state": model.ArticleDraft}
	if v.FlowOrigin == model.FlowByKeeping { // the next submit runs it again, as this one did
		set["kept_flow_version_id"] = v.FlowVersionID
	}
	return tx.MoveArticle(a, set)
}
