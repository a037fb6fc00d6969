package api

import (
	"context"
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

	AIReport *AIReportBrief `json:"ai_report,omitempty" doc:"Absent when AI review has never looked at it."`
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
	return a.shown(ctx, &PostIn{in.BrandIn, id})
}

func (a *API) post(ctx context.Context, in *PostIn) (*postAnswer, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	return a.shown(ctx, in)
}

// shown is a post to somebody whose act on it was just let through: service.byStaff gives
// strangers no answer, an earlier one neither.
func (a *API) shown(ctx context.Context, in *PostIn) (*postAnswer, error) {
	post, articles, err := a.Store.PostSheet(ctx, in.Brand, in.Post)
	if err != nil {
		return nil, err
	}
	body, err := a.postDetail(ctx, post, articles)
	return &postAnswer{ETag: etag(post.Version), Body: body}, err
}

func (a *API) postDetail(ctx context.Context, v store.PostView, articles []store.ArticleView) (PostDetail, error) {
	p := v.Post
	out := PostDetail{PostOut: postOut(v), CodeURL: Base + "/brands/" + p.BrandID + "/posts/" + p.ID + "/code.png", Package: p.PackageDigest, Articles: []ArticleDetail{}}
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
	err = service.Publishable(p, articles, reviews)
	if out.Publishable = err == nil; unless(err, model.CodeNotApproved) != nil {
		return out, err
	}
	raws := make(map[string][]byte, len(articles))
	for _, art := range articles {
		raws[art.ID] = art.Content
	}
	contents, err := a.contentsOut(ctx, p.BrandID, raws)
	if err != nil {
		return out, err
	}
	reports, err := a.briefs(ctx, articles)
	for _, art := range articles {
		detail := articleDetail(art, contents[art.ID], reviews)
		detail.AIReport = reports[art.ID]
		out.Articles = append(out.Articles, detail)
	}
	return out, err
}

func articleDetail(art store.ArticleView, content ContentOut, reviews map[string]*store.ReviewTree) ArticleDetail {
	out := ArticleDetail{
		ID: art.ID, Position: art.Position, State: art.State, RevisionNumber: art.RevisionNumber, Digest: art.Digest, Content: content,
		ChoiceBody: ChoiceBody{art.FlowID, art.NoFlow}, KeptFlow: art.KeptFlowVersionID != nil, Version: art.Version,
	}
	if art.ReviewID != nil {
		out.Review = reviewOut(reviews[*art.ReviewID])
	}
	return out
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
	return a.shown(ctx, &in.PostIn)
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
	return a.shown(ctx, &PostIn{in.BrandIn, id})
}

type endPostIn struct {
	PostIn
	DryRunIn
}

func (a *API) cancelPost(ctx context.Context, in *endPostIn) (*rehearsed, error) {
	c, found := in.call(ctx)
	return rehearsal(found, a.Service.Posts.Cancel(ctx, c, in.Brand, in.Post))
}

// PostChange is the answer to a change, or to its dry run.
type PostChange struct {
	PostDetail
	Foretold
}

type postChange struct {
	ETag string `header:"ETag"`
	Body PostChange
}

// changed answers a change of a post.
func (a *API) changed(ctx context.Context, in *PostIn, found *service.Rehearsal) (*postChange, error) {
	p, err := a.shown(ctx, in)
	if err != nil {
		return nil, err
	}
	return &postChange{p.ETag, PostChange{p.Body, foretold(found)}}, nil
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

type addArticleIn struct {
	PostIn
	DryRunIn
	Body ArticleBody
}

func (a *API) addArticle(ctx context.Context, in *addArticleIn) (*postChange, error) {
	c, found := in.call(ctx)
	if err := a.Service.Posts.AddArticle(ctx, c, in.Brand, in.Post, in.Body.spec()); err != nil {
		return nil, err
	}
	return a.changed(ctx, &in.PostIn, found)
}

type removeArticleIn struct {
	PostIn
	DryRunIn
	Article string `path:"article" maxLength:"64"`
}

func (a *API) removeArticle(ctx context.Context, in *removeArticleIn) (*rehearsed, error) {
	c, found := in.call(ctx)
	return rehearsal(found, a.Service.Posts.RemoveArticle(ctx, c, in.Brand, in.Post, in.Article))
}

type reorderIn struct {
	PostIn
	DryRunIn
	IfMatch
	Body struct {
		Order []string `json:"order" minItems:"1" maxItems:"8" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Each article's id once; the first one leads."`
	}
}

func (a *API) reorder(ctx context.Context, in *reorderIn) (*postChange, error) {
	c, found := in.call(ctx)
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	if err := a.Service.Posts.Reorder(ctx, c, in.Brand, in.Post, version, in.Body.Order); err != nil {
		return nil, err
	}
	return a.changed(ctx, &in.PostIn, found)
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
	for i, c := range in.Body.Articles {
		if _, twice := choices[c.ID]; twice {
			return nil, model.Invalid(model.Field(fmt.Sprintf("articles[%d].id", i), "duplicate"))
		}
		choices[c.ID] = c.choice()
	}
	c, found := in.call(ctx)
	if err := a.Service.Reviews.Submit(ctx, c, in.Brand, in.Post, choices); err != nil {
		return nil, err
	}
	p, err := a.shown(ctx, &in.PostIn)
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

func (a *API) withdraw(ctx context.Context, in *endPostIn) (*postChange, error) {
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
