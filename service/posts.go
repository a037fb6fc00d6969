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
type Posts struct {
	acts
	cache   Cache
	scenes  Scenes
	reviews Reviews
	ai      AIReviews
}

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
	return byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, me model.Member) (string, error) {
		channel, err := tx.Channel(ctx, brandID, spec.ChannelID)
		if model.CodeOf(err) == model.CodeNotFound && err != nil {
			return "", model.Invalid(model.Field("channel_id", "unknown"))
		}
		if err != nil {
			return "", err
		}
		post, err := newPost(s.newID(), me.ID, channel, spec)
		if err != nil {
			return "", err
		}
		articles, err := s.checked(tx, post, spec.Articles)
		if err != nil {
			return "", err
		}
		if err := s.insert(ctx, tx, me, channel, &post, articles); err != nil {
			return "", err
		}
		tx.Audit(c.entry(brandID, "post.created", "post", post.ID, nil, map[string]any{"title": post.Title, "channel": channel.ID, "articles": len(articles)}))
		return post.ID, nil
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
		State: model.PostDraft, ScheduledAt: stored(spec.ScheduledAt), WindowEndsAt: model.WindowEnd(kind, stored(spec.ScheduledAt), nil), CreatedBy: author,
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

// check makes what an author wrote what is stored, and finds what is wrong with it; at is
// the path of its fields with a dot at its end, or empty.
func (s Posts) check(tx *store.Tx, post model.Post, spec ArticleSpec, at string) (ArticleSpec, []model.FieldError, error) {
	content, bad, err := s.resolve(tx, post, spec.Content, at)
	bad = append(bad, content.Check(post.Platform, post.ContentType, at, false)...)
	return ArticleSpec{content, spec.Choice}, append(bad, spec.Choice.Check(at)...), err
}

// checkedOne is check for one Article, refused when something is wrong.
func (s Posts) checkedOne(tx *store.Tx, post model.Post, spec ArticleSpec) (ArticleSpec, error) {
	spec, bad, err := s.check(tx, post, spec, "")
	if err == nil && len(bad) > 0 {
		err = model.Invalid(bad...)
	}
	return spec, err
}

// checked is check for all Articles of a new Post.
func (s Posts) checked(tx *store.Tx, post model.Post, specs []ArticleSpec) ([]ArticleSpec, error) {
	out := make([]ArticleSpec, len(specs))
	var bad []model.FieldError
	for i, spec := range specs {
		good, wrong, err := s.check(tx, post, spec, fmt.Sprintf("articles[%d].", i))
		if err != nil {
			return nil, err
		}
		out[i], bad = good, append(bad, wrong...)
	}
	if len(bad) > 0 {
		return nil, model.Invalid(bad...)
	}
	return out, nil
}

// insert writes a new Post with its Articles as drafts, and the code that opens it.
func (s Posts) insert(ctx context.Context, tx *store.Tx, me model.Member, channel model.Channel, post *model.Post, specs []ArticleSpec) error {
	articles, revisions, written := make([]model.Article, len(specs)), make([]model.Revision, len(specs)), make([]articleContent, len(specs))
	for i, spec := range specs {
		var err error
		if articles[i], revisions[i], err = s.draft(*post, post.CreatedBy, i+1, spec); err != nil {
			return err
		}
		written[i] = articleContent{articles[i], spec.Content}
	}
	post.Title = articles[0].Title
	post.PackageDigest = model.PackageDigest(idsOf(articles), specs[0].Content.CoverSHA256())
	if err := tx.CreatePost(post, articles, revisions); err != nil {
		return err
	}
	if err := s.ai.saved(ctx, tx, me, channel, *post, written...); err != nil {
		return err
	}
	_, err := s.scenes.newScene(tx, model.Scene{Kind: model.ScenePost, BrandID: &post.BrandID, SubjectID: post.ID})
	return err
}

// draft makes the rows of a new Article.
func (s Posts) draft(post model.Post, author string, position int, spec ArticleSpec) (a model.Article, v model.Revision, err error) {
	raw, digest, err := spec.Content.Canonical()
	a = model.Article{
		ID: s.newID(), BrandID: post.BrandID, PostID: post.ID, Position: position, State: model.ArticleDraft, Title: spec.Content.Headline(),
		RevisionNumber: 1, Digest: digest, FlowID: spec.Choice.FlowID, NoFlow: spec.Choice.None,
	}
	v = model.Revision{ID: s.newID(), BrandID: post.BrandID, ArticleID: a.ID, Number: 1, Digest: digest, Content: raw, CreatedBy: author}
	return a, v, err
}

// Reschedule changes a Post's planned time; nil clears it. A changed time alone voids
// nothing (rule 13).
func (s Posts) Reschedule(ctx context.Context, c Call, brandID, id string, version int64, at *time.Time) error {
	if r := model.CheckSchedule(at); r != "" {
		return model.Invalid(model.Field("scheduled_at", r))
	}
	at = stored(at)
	var hash string
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, _ model.Member) (done, error) {
		post, err := tx.LockPost(brandID, id)
		if err != nil {
			return done{}, err
		}
		was := post.ScheduledAt
		end, code, err := moveWindow(ctx, tx, post, at)
		if err != nil {
			return done{}, err
		}
		if err := model.MayReschedule(post.State, end, tx.Now); err != nil {
			return done{}, err
		}
		post.Version, hash = version, code
		tx.Audit(c.entry(brandID, "post.rescheduled", "post", id, map[string]any{"scheduled_at": was, "state": post.State}, map[string]any{"scheduled_at": at, "state": model.Revived(post.State)}))
		return done{}, tx.MovePost(post, map[string]any{"scheduled_at": at, "window_ends_at": end, "state": model.Revived(post.State)})
	})
	if err == nil && hash != "" {
		s.dropped(ctx, s.cache.DropTicket, hash)
	}
	return err
}

// Edit replaces an Article's content and flow choice, at the version that the author
// saw. Changed content makes a new Revision and voids an approval of this Article only;
// content in review is locked (rule 13).
func (s Posts) Edit(ctx context.Context, c Call, brandID, postID, articleID string, version int64, spec ArticleSpec) error {
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, me model.Member) (done, error) {
		post, a, err := lockedArticle(ctx, tx, brandID, postID, articleID)
		if err != nil {
			return done{}, err
		}
		if err := model.MayEdit(post.State, a.State); err != nil {
			return done{}, err
		}
		good, err := s.checkedOne(tx, post, spec)
		if err != nil {
			return done{}, err
		}
		return done{}, s.edit(ctx, tx, c, me, post, a, version, good)
	})
	return err
}

// lockedArticle reads a Post under its lock, and one of its Articles.
func lockedArticle(ctx context.Context, tx *store.Tx, brandID, postID, articleID string) (model.Post, model.Article, error) {
	post, err := tx.LockPost(brandID, postID)
	if err != nil {
		return post, model.Article{}, err
	}
	a, err := tx.Article(ctx, brandID, articleID)
	if err == nil && a.PostID != postID {
		err = model.E(model.CodeNotFound)
	}
	return post, a, err
}

func (s Posts) edit(ctx context.Context, tx *store.Tx, c Call, me model.Member, post model.Post, a model.Article, version int64, spec ArticleSpec) error {
	raw, digest, err := spec.Content.Canonical()
	if err != nil {
		return err
	}
	was := a
	a.Version = version
	set := map[string]any{"flow_id": spec.Choice.FlowID, "no_flow": spec.Choice.None, "title": spec.Content.Headline()}
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
	v := model.Revision{ID: s.newID(), BrandID: a.BrandID, ArticleID: a.ID, Number: was.RevisionNumber + 1, Digest: digest, Content: raw, CreatedBy: me.ID}
	if err := tx.CreateRevision(&v); err != nil {
		return err
	}
	a.Digest, a.RevisionNumber = digest, v.Number
	if err := s.ai.savedOne(ctx, tx, me, post, articleContent{a, spec.Content}); err != nil {
		return err
	}
	if a.Position == 1 { // the cover is of the package, the title is the Post's
		_, err = s.conclude(ctx, tx, c, post)
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
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, _ model.Member) (done, error) {
		post, err := tx.LockPost(brandID, id)
		if err != nil {
			return done{}, err
		}
		if err := model.MayCancel(post.State); err != nil {
			return done{}, err
		}
		if err := s.reviews.withdrawAll(ctx, tx, c, id); err != nil {
			return done{}, err
		}
		tx.Audit(c.entry(brandID, "post.cancelled", "post", id, map[string]any{"state": post.State}, map[string]any{"state": model.PostCancelled}))
		return done{}, tx.MovePost(post, map[string]any{"state": model.PostCancelled})
	})
	return err
}
