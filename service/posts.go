package service

import (
	"context"
	"fmt"
	"maps"
	"time"

	"countersign/model"
	"countersign/store"
)

// Posts keeps what is planned for publication.
type Posts struct{ *Deps }

// ArticleSpec is an Article as its author writes it.
type ArticleSpec struct {
	Content model.Content
	Choice  model.FlowChoice
}

// PostSpec is a Post as its author writes it.
type PostSpec struct {
	ChannelID   string
	ContentType model.ContentType // "" for the only one of the channel's platform
	ScheduledAt *time.Time
	Articles    []ArticleSpec
}

// Create makes a Post with its Articles in draft and a code that opens it in the
// mini-program. It answers the Post's id.
func (s Posts) Create(ctx context.Context, c Call, brandID string, spec PostSpec) (string, error) {
	return byStaff(ctx, s.Deps, c, brandID, model.RoleEditor, func(tx *store.Tx, me store.MemberView) (string, error) {
		channel, err := tx.Channel(ctx, brandID, spec.ChannelID)
		if model.CodeOf(err) == model.CodeNotFound && err != nil {
			return "", model.Invalid(model.Field("channel_id", "unknown"))
		}
		if err != nil {
			return "", err
		}
		post, err := newPost(s.NewID(), me.ID, channel, spec)
		if err != nil {
			return "", err
		}
		if spec.Articles, err = s.resolved(tx, brandID, spec.Articles); err != nil {
			return "", err
		}
		articles, revisions, err := s.drafts(post, spec.Articles)
		if err != nil {
			return "", err
		}
		post.Title = articles[0].Title
		post.PackageDigest = model.PackageDigest(idsOf(articles), spec.Articles[0].Content.CoverSHA256())
		if err := tx.CreatePost(&post, articles, revisions); err != nil {
			return "", err
		}
		tx.Audit(c.entry(brandID, "post.created", "post", post.ID, nil, map[string]any{"title": post.Title, "channel": channel.ID, "articles": len(articles)}))
		_, err = s.newScene(tx, model.Scene{Kind: model.ScenePost, BrandID: &brandID, SubjectID: post.ID})
		return post.ID, err
	})
}

func newPost(id, author string, channel model.Channel, spec PostSpec) (model.Post, error) {
	platform, _ := model.PlatformByID(channel.Platform)
	kind, err := platform.ContentTypeFor(spec.ContentType)
	switch {
	case channel.ArchivedAt != nil:
		return model.Post{}, model.E(model.CodeChannelArchived)
	case err != nil:
		return model.Post{}, err
	case model.CheckSchedule(spec.ScheduledAt) != "":
		return model.Post{}, model.Invalid(model.Field("scheduled_at", model.CheckSchedule(spec.ScheduledAt)))
	case len(spec.Articles) == 0:
		return model.Post{}, model.Invalid(model.Field("articles", "required"))
	case len(spec.Articles) > platform.MaxArticles:
		return model.Post{}, model.Invalid(model.Field("articles", "too_many"))
	}
	return model.Post{
		ID: id, BrandID: channel.BrandID, ChannelID: channel.ID, Platform: channel.Platform, ContentType: kind,
		State: model.PostDraft, ScheduledAt: stored(spec.ScheduledAt), CreatedBy: author,
	}, nil
}

// stored is a planned time in the precision that is kept.
func stored(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	ms := t.UTC().Truncate(time.Millisecond)
	return &ms
}

func (s Posts) drafts(post model.Post, specs []ArticleSpec) ([]model.Article, []model.Revision, error) {
	var articles []model.Article
	var revisions []model.Revision
	var bad []model.FieldError
	for i, spec := range specs {
		bad = append(bad, spec.Content.Check(post.Platform, post.ContentType, fmt.Sprintf("articles[%d].", i), false)...)
		a, v, err := s.draft(post, post.CreatedBy, i+1, spec.Content, spec.Choice)
		if err != nil {
			return nil, nil, err
		}
		articles, revisions = append(articles, a), append(revisions, v)
	}
	if len(bad) > 0 {
		return nil, nil, model.Invalid(bad...)
	}
	return articles, revisions, nil
}

// draft makes the rows of a new Article.
func (s Posts) draft(post model.Post, author string, position int, content model.Content, choice model.FlowChoice) (a model.Article, v model.Revision, err error) {
	raw, digest, err := content.Canonical()
	a = model.Article{
		ID: s.NewID(), BrandID: post.BrandID, PostID: post.ID, Position: position, State: model.ArticleDraft, Title: content.Headline(),
		RevisionNumber: 1, Digest: digest, FlowID: choice.FlowID, NoFlow: choice.None,
	}
	v = model.Revision{ID: s.NewID(), BrandID: post.BrandID, ArticleID: a.ID, Number: 1, Digest: digest, Content: raw, CreatedBy: author}
	return a, v, err
}

// Reschedule changes a Post's planned time; nil clears it. A changed time alone voids
// nothing (rule 13).
func (s Posts) Reschedule(ctx context.Context, c Call, brandID, id string, version int64, at *time.Time) error {
	if r := model.CheckSchedule(at); r != "" {
		return model.Invalid(model.Field("scheduled_at", r))
	}
	at = stored(at)
	_, err := byStaff(ctx, s.Deps, c, brandID, model.RoleEditor, func(tx *store.Tx, _ store.MemberView) (done, error) {
		post, err := tx.LockPost(brandID, id)
		if err != nil {
			return done{}, err
		}
		if post.State == model.PostCancelled {
			return done{}, model.E(model.CodePostState, "state", string(post.State))
		}
		was := post.ScheduledAt
		post.Version = version
		tx.Audit(c.entry(brandID, "post.rescheduled", "post", id, map[string]any{"scheduled_at": was}, map[string]any{"scheduled_at": at}))
		return done{}, tx.MovePost(post, map[string]any{"scheduled_at": at})
	})
	return err
}

// Edit replaces an Article's content and flow choice, at the version that the author
// saw. Changed content makes a new Revision and voids an approval of this Article only;
// content in review is locked (rule 13).
func (s Posts) Edit(ctx context.Context, c Call, brandID, postID, articleID string, version int64, spec ArticleSpec) error {
	_, err := byStaff(ctx, s.Deps, c, brandID, model.RoleEditor, func(tx *store.Tx, me store.MemberView) (done, error) {
		post, err := tx.LockPost(brandID, postID)
		if err != nil {
			return done{}, err
		}
		a, err := tx.Article(ctx, brandID, articleID)
		if err != nil {
			return done{}, err
		}
		if a.PostID != postID {
			return done{}, model.E(model.CodeNotFound)
		}
		if err := model.MayEdit(post.State, a.State); err != nil {
			return done{}, err
		}
		content, bad, err := s.resolve(tx, brandID, spec.Content, "")
		if err != nil {
			return done{}, err
		}
		if bad = append(bad, content.Check(post.Platform, post.ContentType, "", false)...); len(bad) > 0 {
			return done{}, model.Invalid(bad...)
		}
		return done{}, s.edit(ctx, tx, c, me, post, a, version, content, spec.Choice)
	})
	return err
}

func (s Posts) edit(ctx context.Context, tx *store.Tx, c Call, me store.MemberView, post model.Post, a model.Article, version int64, content model.Content, choice model.FlowChoice) error {
	raw, digest, err := content.Canonical()
	if err != nil {
		return err
	}
	was := a
	a.Version = version
	set := map[string]any{"flow_id": choice.FlowID, "no_flow": choice.None, "title": content.Headline()}
	if digest != a.Digest {
		set["digest"], set["revision_number"] = digest, a.RevisionNumber+1
		if a.State == model.ArticleApproved {
			set["state"] = model.ArticleDraft
		}
	}
	if err := tx.MoveArticle(a, set); err != nil {
		return err
	}
	s.auditEdit(tx, c, was, set)
	if digest == was.Digest {
		return nil
	}
	v := model.Revision{ID: s.NewID(), BrandID: a.BrandID, ArticleID: a.ID, Number: was.RevisionNumber + 1, Digest: digest, Content: raw, CreatedBy: me.ID}
	if err := tx.CreateRevision(&v); err != nil {
		return err
	}
	if a.Position == 1 { // the cover is of the package, the title is the Post's
		_, err = s.settle(ctx, tx, c, post)
		return err
	}
	_, err = tx.DerivePostState(ctx, post.ID)
	return err
}

// auditEdit records an edit: the content by its digest, the choice of a flow as it is.
func (s Posts) auditEdit(tx *store.Tx, c Call, was model.Article, set map[string]any) {
	before := map[string]any{"digest": was.Digest, "revision": was.RevisionNumber, "state": was.State, "flow": was.FlowID, "no_flow": was.NoFlow}
	after := maps.Clone(before)
	for column, name := range map[string]string{"digest": "digest", "revision_number": "revision", "state": "state", "flow_id": "flow", "no_flow": "no_flow"} {
		if v, ok := set[column]; ok {
			after[name] = v
		}
	}
	tx.Audit(c.entry(was.BrandID, "article.edited", "article", was.ID, before, after))
}

// Cancel takes a Post out of the plan. What is in review is withdrawn first, in the same
// transaction, and its approvers are told.
func (s Posts) Cancel(ctx context.Context, c Call, brandID, id string) error {
	_, err := byStaff(ctx, s.Deps, c, brandID, model.RoleEditor, func(tx *store.Tx, _ store.MemberView) (done, error) {
		post, err := tx.LockPost(brandID, id)
		if err != nil {
			return done{}, err
		}
		if post.State == model.PostCancelled {
			return done{}, model.E(model.CodePostState, "state", string(post.State))
		}
		running, err := tx.RunningReviews(ctx, id)
		if err != nil {
			return done{}, err
		}
		for _, v := range running {
			if err := Reviews(s).withdraw(ctx, tx, c, v); err != nil {
				return done{}, err
			}
		}
		tx.Audit(c.entry(brandID, "post.cancelled", "post", id, map[string]any{"state": post.State}, map[string]any{"state": model.PostCancelled}))
		return done{}, tx.MovePost(post, map[string]any{"state": model.PostCancelled})
	})
	return err
}
