package api

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"countersign/model"
	"countersign/service"
	"countersign/store"
)

type createPostIn struct {
	BrandIn
	Body struct {
		ChannelID   string        `json:"channel_id" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"`
		ContentType string        `json:"content_type,omitempty" enum:"wechat_article,douyin_video,generic" doc:"Leave it out for the platform's own; a platform with several needs it."`
		ScheduledAt *time.Time    `json:"scheduled_at,omitempty" doc:"RFC 3339 with an offset."`
		Articles    []ArticleBody `json:"articles" minItems:"1" maxItems:"8"`
	}
}

// PostDetail is a post with all that happened to it.
type PostDetail struct {
	PostOut
	CodeURL     string          `json:"code_url" doc:"The mini-program code that opens it."`
	Publishable bool            `json:"publishable" doc:"Derived now from the decisions and the digests of today's content and package."`
	Package     string          `json:"package_digest,omitempty" doc:"SHA-256 of the order, number and lead cover of the articles; the lead's review covers it."`
	Articles    []ArticleDetail `json:"articles"`
}

// ArticleDetail is an article with its newest review.
type ArticleDetail struct {
	ID             string             `json:"id"`
	Position       int                `json:"position"`
	State          model.ArticleState `json:"state" enum:"draft,in_review,rejected,approved"`
	RevisionNumber int                `json:"revision_number"`
	Digest         string             `json:"digest" doc:"SHA-256 of the content."`
	Content        ContentOut         `json:"content"`
	ChoiceBody
	KeptFlow bool       `json:"kept_flow" doc:"A rejection kept the flow: the next submit runs the same version again."`
	Review   *ReviewOut `json:"review,omitempty"`
	Version  int64      `json:"version"`
}

// PostIn names a post in the path.
type PostIn struct {
	BrandIn
	Post string `path:"post" maxLength:"64"`
}

type postAnswer struct {
	ETag string `header:"ETag"`
	Body PostDetail
}

func (a *API) createPost(ctx context.Context, in *createPostIn) (*postAnswer, error) {
	spec := service.PostSpec{ChannelID: in.Body.ChannelID, ContentType: model.ContentType(in.Body.ContentType), ScheduledAt: in.Body.ScheduledAt}
	for _, b := range in.Body.Articles {
		spec.Articles = append(spec.Articles, b.spec())
	}
	id, err := a.Service.Posts.Create(ctx, callOf(ctx), in.Brand, spec)
	if err != nil {
		return nil, err
	}
	return a.post(ctx, &PostIn{in.BrandIn, id})
}

func (a *API) post(ctx context.Context, in *PostIn) (*postAnswer, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	views, err := a.Store.PostViews(ctx, in.Brand, []string{in.Post})
	if err != nil {
		return nil, err
	}
	if len(views) == 0 {
		return nil, model.E(model.CodeNotFound)
	}
	body, err := a.postDetail(ctx, views[0])
	return &postAnswer{ETag: etag(views[0].Version), Body: body}, err
}

func (a *API) postDetail(ctx context.Context, v store.PostView) (PostDetail, error) {
	p := v.Post
	out := PostDetail{PostOut: postOut(v), CodeURL: Base + "/brands/" + p.BrandID + "/posts/" + p.ID + "/code.png", Package: p.PackageDigest, Articles: []ArticleDetail{}}
	articles, err := a.Store.Articles(ctx, p.BrandID, p.ID)
	if err != nil {
		return out, err
	}
	revisions, err := a.Store.NewestRevisions(ctx, articles)
	if err != nil {
		return out, err
	}
	var ids []string
	for _, art := range articles {
		if art.ReviewID != nil {
			ids = append(ids, *art.ReviewID)
		}
	}
	reviews, err := a.Store.Reviews(ctx, p.BrandID, ids)
	if err != nil {
		return out, err
	}
	names, err := a.namesIn(ctx, p.BrandID, reviews)
	if err != nil {
		return out, err
	}
	pack, err := packageNow(p, articles, revisions)
	if err != nil {
		return out, err
	}
	out.Publishable = p.State != model.PostCancelled && model.Gate(pack, gateOf(articles, reviews)) == nil
	for _, art := range articles {
		d, err := a.articleDetail(ctx, art, revisions, reviews, names)
		if err != nil {
			return out, err
		}
		out.Articles = append(out.Articles, d)
	}
	return out, nil
}

// packageNow is the digest of a Post's package as its rows are. Posts from before there
// were packages have none, and neither have their reviews.
func packageNow(p model.Post, articles []model.Article, revisions []model.Revision) (string, error) {
	if p.PackageDigest == "" || len(articles) == 0 {
		return "", nil
	}
	ids := make([]string, len(articles))
	for i, art := range articles {
		ids[i] = art.ID
	}
	var lead model.Content
	for _, r := range revisions {
		if r.ArticleID == ids[0] {
			if err := json.Unmarshal(r.Content, &lead); err != nil {
				return "", fmt.Errorf("stored content: %w", err)
			}
		}
	}
	return model.PackageDigest(ids, lead.CoverSHA256()), nil
}

func gateOf(articles []model.Article, reviews map[string]*store.ReviewTree) (out []model.GateArticle) {
	for _, art := range articles {
		var v *store.ReviewTree
		if art.ReviewID != nil {
			v = reviews[*art.ReviewID]
		}
		g := v.GateArticle(art.Digest)
		g.Void = art.State != model.ArticleApproved
		out = append(out, g)
	}
	return out
}

func (a *API) articleDetail(ctx context.Context, art model.Article, revisions []model.Revision, reviews map[string]*store.ReviewTree, names map[string]string) (ArticleDetail, error) {
	out := ArticleDetail{
		ID: art.ID, Position: art.Position, State: art.State, RevisionNumber: art.RevisionNumber, Digest: art.Digest,
		ChoiceBody: ChoiceBody{art.FlowID, art.NoFlow}, KeptFlow: art.KeptFlowVersionID != nil, Version: art.Version,
	}
	if art.ReviewID != nil {
		out.Review = reviewOut(reviews[*art.ReviewID], names)
	}
	for _, r := range revisions {
		if r.ArticleID == art.ID {
			var err error
			out.Content, err = a.contentOut(ctx, r.BrandID, r.Content)
			return out, err
		}
	}
	return out, fmt.Errorf("article %s has no revision %d", art.ID, art.RevisionNumber)
}

type rescheduleIn struct {
	PostIn
	IfMatch
	Body struct {
		ScheduledAt *time.Time `json:"scheduled_at" nullable:"true" doc:"null clears it."`
	}
}

func (a *API) reschedule(ctx context.Context, in *rescheduleIn) (*postAnswer, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	if err := a.Service.Posts.Reschedule(ctx, callOf(ctx), in.Brand, in.Post, version, in.Body.ScheduledAt); err != nil {
		return nil, err
	}
	return a.post(ctx, &in.PostIn)
}

type duplicateIn struct {
	PostIn
	Body struct {
		ScheduledAt *time.Time `json:"scheduled_at,omitempty" doc:"Of the copy; RFC 3339 with an offset."`
	}
}

func (a *API) duplicatePost(ctx context.Context, in *duplicateIn) (*postAnswer, error) {
	id, err := a.Service.Posts.Duplicate(ctx, callOf(ctx), in.Brand, in.Post, in.Body.ScheduledAt)
	if err != nil {
		return nil, err
	}
	return a.post(ctx, &PostIn{in.BrandIn, id})
}

func (a *API) cancelPost(ctx context.Context, in *PostIn) (*Empty, error) {
	return &Empty{}, a.Service.Posts.Cancel(ctx, callOf(ctx), in.Brand, in.Post)
}

// PostChange is the answer to a change, or to its dry run.
type PostChange struct {
	PostDetail
	Effects *EffectsOut `json:"effects,omitempty" doc:"Of a dry run: what the act would do. All else is as it is."`
}

type postChange struct {
	ETag string `header:"ETag"`
	Body PostChange
}

// changed answers a change of a post.
func (a *API) changed(ctx context.Context, in *PostIn, found *service.Rehearsal) (*postChange, error) {
	p, err := a.post(ctx, in)
	if err != nil {
		return nil, err
	}
	return &postChange{p.ETag, PostChange{p.Body, effectsOut(found)}}, nil
}

type editArticleIn struct {
	PostIn
	DryRunIn
	IfMatch
	Article string `path:"article" maxLength:"64"`
	Body    ArticleBody
}

func (a *API) editArticle(ctx context.Context, in *editArticleIn) (*postChange, error) {
	c, found := in.call(ctx)
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	if err := a.Service.Posts.Edit(ctx, c, in.Brand, in.Post, in.Article, version, in.Body.spec()); err != nil {
		return nil, err
	}
	return a.changed(ctx, &in.PostIn, found)
}

// ArticleIn names an article of a post in the path.
type ArticleIn struct {
	PostIn
	Article string `path:"article" maxLength:"64"`
}

type addArticleIn struct {
	PostIn
	Body ArticleBody
}

func (a *API) addArticle(ctx context.Context, in *addArticleIn) (*postAnswer, error) {
	if err := a.Service.Posts.AddArticle(ctx, callOf(ctx), in.Brand, in.Post, in.Body.spec()); err != nil {
		return nil, err
	}
	return a.post(ctx, &in.PostIn)
}

func (a *API) removeArticle(ctx context.Context, in *ArticleIn) (*Empty, error) {
	return &Empty{}, a.Service.Posts.RemoveArticle(ctx, callOf(ctx), in.Brand, in.Post, in.Article)
}

type reorderIn struct {
	PostIn
	IfMatch
	Body struct {
		Order []string `json:"order" minItems:"1" maxItems:"8" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Each article's id once; the first one leads."`
	}
}

func (a *API) reorder(ctx context.Context, in *reorderIn) (*postAnswer, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	if err := a.Service.Posts.Reorder(ctx, callOf(ctx), in.Brand, in.Post, version, in.Body.Order); err != nil {
		return nil, err
	}
	return a.post(ctx, &in.PostIn)
}

type submitIn struct {
	PostIn
	DryRunIn
	Body struct {
		Articles []struct {
			ID string `json:"id" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"`
			ChoiceBody
		} `json:"articles,omitempty" maxItems:"8" doc:"Flow choices that replace the ones made earlier."`
	}
}

type submitAnswer struct {
	ETag string `header:"ETag"`
	Body struct {
		PostDetail
		Plan []PlanOut `json:"plan,omitempty" doc:"Of a dry run: whom the submit would ask, article by article. The post is as it is."`
	}
}

func (a *API) submit(ctx context.Context, in *submitIn) (*submitAnswer, error) {
	choices := map[string]model.FlowChoice{}
	for _, c := range in.Body.Articles {
		choices[c.ID] = c.choice()
	}
	c, found := in.call(ctx)
	if err := a.Service.Reviews.Submit(ctx, c, in.Brand, in.Post, choices); err != nil {
		return nil, err
	}
	p, err := a.post(ctx, &in.PostIn)
	if err != nil {
		return nil, err
	}
	out := &submitAnswer{ETag: p.ETag}
	out.Body.PostDetail = p.Body
	if found != nil {
		for _, article := range found.Plans {
			out.Body.Plan = append(out.Body.Plan, planOut(ctx, article))
		}
	}
	return out, nil
}

type withdrawIn struct {
	PostIn
	DryRunIn
}

func (a *API) withdraw(ctx context.Context, in *withdrawIn) (*postChange, error) {
	c, found := in.call(ctx)
	if err := a.Service.Reviews.Withdraw(ctx, c, in.Brand, in.Post); err != nil {
		return nil, err
	}
	return a.changed(ctx, &in.PostIn, found)
}

func (a *API) postCode(ctx context.Context, in *PostIn) (*Picture, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	if _, err := a.Store.Post(ctx, in.Brand, in.Post); err != nil {
		return nil, err
	}
	scene, err := a.Store.SceneOf(ctx, model.ScenePost, in.Post)
	if err != nil {
		return nil, err
	}
	return png(a.Service.Scenes.Code(ctx, scene))
}
