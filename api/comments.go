package api

import (
	"context"
	"encoding/base64"
	"time"

	"countersign/model"
	"countersign/service"
	"countersign/store"
)

// AnyArticleIn names an article by itself in the path.
type AnyArticleIn struct {
	Article string `path:"article" maxLength:"64"`
}

// CommentIn names a comment in the path.
type CommentIn struct {
	Comment string `path:"comment" maxLength:"64"`
}

// AnchorBody is what a thread is pinned to.
type AnchorBody struct {
	Kind    model.AnchorKind `json:"kind" enum:"article,paragraph,picture,second"`
	Block   int              `json:"block,omitempty" minimum:"0" maximum:"1000000" doc:"paragraph: which, from 0, as differences count them."`
	Quote   string           `json:"quote,omitempty" maxLength:"400" doc:"paragraph: text in it, up to 200 characters; default its beginning."`
	MediaID string           `json:"media_id,omitempty" maxLength:"64" doc:"picture: of the content's media."`
	Second  float64          `json:"second,omitempty" minimum:"0" maximum:"86400" doc:"second: in the video."`
}

type writeCommentIn struct {
	AnyArticleIn
	Body struct {
		Body       string                  `json:"body" maxLength:"4000" doc:"1 to 2000 characters."`
		ReplyTo    string                  `json:"reply_to,omitempty" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"A comment of the thread; the fields below are the thread's then."`
		Visibility model.CommentVisibility `json:"visibility,omitempty" enum:"internal,shared" default:"shared" doc:"internal: staff only; reviewers begin shared threads only."`
		Revision   int                     `json:"revision,omitempty" minimum:"1" maximum:"1000000" doc:"The version that was shown; needed for a new thread."`
		Anchor     *AnchorBody             `json:"anchor,omitempty" doc:"Default: the whole article."`
	}
}

// CommentOut is one comment.
type CommentOut struct {
	ID         string                  `json:"id"`
	ThreadID   string                  `json:"thread_id" doc:"Id of the thread's first comment."`
	Name       string                  `json:"name" doc:"Of its author, as of then."`
	Mine       bool                    `json:"mine"`
	Visibility model.CommentVisibility `json:"visibility" enum:"internal,shared"`
	Revision   int                     `json:"revision"`
	Anchor     AnchorBody              `json:"anchor"`
	Outdated   bool                    `json:"outdated" doc:"What it is pinned to is gone from the newest version that you may see."`
	Body       string                  `json:"body" doc:"Plain text; empty once deleted."`
	Deleted    bool                    `json:"deleted"`
	Unresolved bool                    `json:"unresolved" doc:"Of a thread's first comment."`
	ResolvedBy string                  `json:"resolved_by,omitempty"`
	ResolvedAt *time.Time              `json:"resolved_at,omitempty"`
	EditedAt   *time.Time              `json:"edited_at,omitempty"`
	CreatedAt  time.Time               `json:"created_at"`
	Version    int64                   `json:"version"`
}

func commentOut(c model.Comment, mine, outdated bool) CommentOut {
	out := CommentOut{
		ID: c.ID, ThreadID: c.ThreadID, Name: c.Name, Mine: mine, Visibility: c.Visibility, Revision: c.RevisionNumber,
		Anchor: AnchorBody{Kind: c.Anchor, Quote: c.Quote, MediaID: c.MediaID}, Outdated: outdated, Body: c.Body, Deleted: c.DeletedAt != nil,
		Unresolved: c.Unresolved, ResolvedBy: c.ResolvedByName, ResolvedAt: c.ResolvedAt, EditedAt: c.EditedAt, CreatedAt: c.CreatedAt, Version: c.Version,
	}
	if c.Block != nil {
		out.Anchor.Block = *c.Block
	}
	if c.OffsetMS != nil {
		out.Anchor.Second = float64(*c.OffsetMS) / 1000
	}
	return out
}

type commentsIn struct {
	AnyArticleIn
	PageIn
}

// comments lists an article's comments, oldest first: all to staff, to a reviewer the
// shared ones on versions that he was shown.
func (a *API) comments(ctx context.Context, in *commentsIn) (*ListOut[CommentOut], error) {
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	sight, err := a.Store.Sight(ctx, callOf(ctx).Principal.Viewer(), in.Article)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Comments(ctx, sight, page.After, page.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &ListOut[CommentOut]{Body: List[CommentOut]{Items: []CommentOut{}}}
	if len(rows) > page.Limit {
		rows = rows[:page.Limit]
		out.Body.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(rows[page.Limit-1].ID))
	}
	out.Body.Items, err = a.commentsOut(ctx, sight, rows)
	return out, err
}

// commentsOut shows comments; the newest version is read once for all of them.
func (a *API) commentsOut(ctx context.Context, sight store.Sight, rows []model.Comment) ([]CommentOut, error) {
	out := make([]CommentOut, len(rows))
	if len(rows) == 0 {
		return out, nil
	}
	newest := sight.Newest()
	content, err := a.contentAt(ctx, sight, newest)
	if err != nil {
		return nil, err
	}
	outdated := service.Outdated(rows, newest, content)
	for i, c := range rows {
		out[i] = commentOut(c, sight.Wrote(c), outdated[i])
	}
	return out, nil
}

type commentAnswer struct {
	ETag string `header:"ETag"`
	Body CommentOut
}

func (a *API) comment(ctx context.Context, id string) (*commentAnswer, error) {
	row, sight, err := a.Store.Comment(ctx, callOf(ctx).Principal.Viewer(), id)
	if err != nil {
		return nil, err
	}
	shown, err := a.commentsOut(ctx, sight, []model.Comment{row})
	if err != nil {
		return nil, err
	}
	return &commentAnswer{ETag: etag(row.Version), Body: shown[0]}, nil
}

func (a *API) writeComment(ctx context.Context, in *writeCommentIn) (*commentAnswer, error) {
	b := in.Body
	spec := service.CommentSpec{Body: b.Body, ReplyTo: b.ReplyTo, Visibility: b.Visibility, Revision: b.Revision}
	if b.Anchor != nil {
		spec.Anchor = service.AnchorSpec(*b.Anchor)
	}
	id, err := a.Service.Comments.Write(ctx, callOf(ctx), in.Article, spec)
	if err != nil {
		return nil, err
	}
	return a.comment(ctx, id)
}

type editCommentIn struct {
	CommentIn
	IfMatch
	Body struct {
		Body string `json:"body" maxLength:"4000"`
	}
}

func (a *API) editComment(ctx context.Context, in *editCommentIn) (*commentAnswer, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	if err := a.Service.Comments.Edit(ctx, callOf(ctx), in.Comment, version, in.Body.Body); err != nil {
		return nil, err
	}
	return a.comment(ctx, in.Comment)
}

func (a *API) deleteComment(ctx context.Context, in *CommentIn) (*Empty, error) {
	return &Empty{}, a.Service.Comments.Delete(ctx, callOf(ctx), in.Comment)
}

func (a *API) resolveComment(ctx context.Context, in *CommentIn) (*commentAnswer, error) {
	return a.settled(ctx, in.Comment, true)
}

func (a *API) reopenComment(ctx context.Context, in *CommentIn) (*commentAnswer, error) {
	return a.settled(ctx, in.Comment, false)
}

func (a *API) settled(ctx context.Context, id string, resolved bool) (*commentAnswer, error) {
	if err := a.Service.Comments.Resolve(ctx, callOf(ctx), id, resolved); err != nil {
		return nil, err
	}
	row, _, err := a.Store.Comment(ctx, callOf(ctx).Principal.Viewer(), id)
	if err != nil {
		return nil, err
	}
	return a.comment(ctx, row.ThreadID)
}
