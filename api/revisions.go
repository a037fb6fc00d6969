package api

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"countersign/model"
	"countersign/service"
	"countersign/store"
)

// VersionIn names one version of an article in the path.
type VersionIn struct {
	AnyArticleIn
	Number int `path:"number" minimum:"1"`
}

// RevisionOut is one version of an article.
type RevisionOut struct {
	ArticleID string     `json:"article_id"`
	Number    int        `json:"number"`
	Digest    string     `json:"digest"`
	Content   ContentOut `json:"content"`
	CreatedAt time.Time  `json:"created_at"`
}

type revisionAnswer struct{ Body RevisionOut }

// sees asks what the caller may see of an article; a version that he was not shown is
// not there.
func (a *API) sees(ctx context.Context, article string, numbers ...int) (store.Sight, error) {
	sight, err := a.Store.Sight(ctx, callOf(ctx).Principal.Viewer(), article)
	for _, n := range numbers {
		if err == nil && !sight.May(n) {
			err = model.E(model.CodeNotFound)
		}
	}
	return sight, err
}

// revision is for staff of the article's brand, and for those who were asked about
// this very version.
func (a *API) revision(ctx context.Context, in *VersionIn) (*revisionAnswer, error) {
	sight, err := a.sees(ctx, in.Article, in.Number)
	if err != nil {
		return nil, err
	}
	rev, err := a.Store.Revision(ctx, sight.Article.BrandID, in.Article, in.Number)
	if err != nil {
		return nil, err
	}
	content, err := a.contentOut(ctx, rev.BrandID, rev.Content)
	return &revisionAnswer{Body: RevisionOut{rev.ArticleID, rev.Number, rev.Digest, content, rev.CreatedAt}}, err
}

type revisionsIn struct {
	AnyArticleIn
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor string `query:"cursor" maxLength:"20" doc:"next_cursor of the page before."`
}

// RevisionLine is a version in a list.
type RevisionLine struct {
	Number    int       `json:"number"`
	Digest    string    `json:"digest"`
	Author    string    `json:"author,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// revisions lists versions, newest first; a reviewer sees those that he was shown.
func (a *API) revisions(ctx context.Context, in *revisionsIn) (*ListOut[RevisionLine], error) {
	before := 0
	if in.Cursor != "" {
		var err error
		if before, err = strconv.Atoi(in.Cursor); err != nil || before < 1 || before > 1<<31-1 {
			return nil, model.Invalid(model.Field("query.cursor", "malformed"))
		}
	}
	sight, err := a.sees(ctx, in.Article)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Revisions(ctx, sight, before, in.Limit+1)
	out := &ListOut[RevisionLine]{Body: List[RevisionLine]{Items: []RevisionLine{}}}
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		out.Body.NextCursor = strconv.Itoa(rows[in.Limit-1].Number)
	}
	for _, v := range rows {
		out.Body.Items = append(out.Body.Items, RevisionLine{v.Number, v.Digest, v.Author(), v.CreatedAt})
	}
	return out, err
}

type diffIn struct {
	VersionIn
	Against int `query:"against" minimum:"1" maximum:"2147483647" required:"true" doc:"The other version; the older of the two is where the difference begins."`
}

// DiffOut is how two versions differ.
type DiffOut struct {
	ArticleID string      `json:"article_id"`
	From      int         `json:"from" doc:"The older version."`
	To        int         `json:"to"`
	Coarse    bool        `json:"coarse" doc:"The texts were too long to be compared finely."`
	Fields    []FieldDiff `json:"fields" doc:"Fields that are the same are left out."`
}

// FieldDiff is how one field differs. Texts are plain, also those of a body.
type FieldDiff struct {
	Field  string      `json:"field" doc:"body_links are the addresses that a body's links lead to."`
	Spans  []Span      `json:"spans,omitempty"`
	Items  []Span      `json:"items,omitempty" doc:"Of a list."`
	Blocks []BlockDiff `json:"blocks,omitempty" doc:"Of a body, by paragraphs and pictures."`
	Media  []MediaDiff `json:"media,omitempty" doc:"Compared by the SHA-256 of their bytes."`
	Markup bool        `json:"markup,omitempty" doc:"The body reads alike, but looks otherwise."`
}

// Span is a piece that was kept, taken away or added.
type Span struct {
	Op   service.Op `json:"op" enum:"equal,delete,insert"`
	Text string     `json:"text"`
}

// BlockDiff is what happened to one block, or to a run of equal ones.
type BlockDiff struct {
	Op    service.Op `json:"op" enum:"equal,delete,insert,change"`
	Kind  string     `json:"kind,omitempty" enum:"text,picture"`
	From  *int       `json:"from,omitempty" doc:"Its place in the older version, from 0."`
	To    *int       `json:"to,omitempty" doc:"Its place in the newer version, from 0."`
	Count int        `json:"count,omitempty" doc:"So many equal blocks, not shown."`
	Text  string     `json:"text,omitempty"`
	Spans []Span     `json:"spans,omitempty" doc:"change: within the block."`
}

// MediaDiff is what happened to one file.
type MediaDiff struct {
	Change string          `json:"change" enum:"added,removed,replaced,moved"`
	From   *model.MediaRef `json:"from,omitempty"`
	To     *model.MediaRef `json:"to,omitempty"`
}

type diffAnswer struct{ Body DiffOut }

func (a *API) diff(ctx context.Context, in *diffIn) (*diffAnswer, error) {
	sight, err := a.sees(ctx, in.Article, in.Number, in.Against)
	if err != nil {
		return nil, err
	}
	from, to := min(in.Number, in.Against), max(in.Number, in.Against)
	older, err := a.contentAt(ctx, sight, from)
	if err != nil {
		return nil, err
	}
	newer, err := a.contentAt(ctx, sight, to)
	if err != nil {
		return nil, err
	}
	d := service.DiffContents(older, newer)
	out := DiffOut{ArticleID: in.Article, From: from, To: to, Coarse: d.Coarse, Fields: []FieldDiff{}}
	for _, f := range d.Fields {
		out.Fields = append(out.Fields, fieldDiff(f))
	}
	return &diffAnswer{Body: out}, nil
}

func fieldDiff(f service.FieldDiff) FieldDiff {
	out := FieldDiff{Field: f.Field, Spans: spansOut(f.Spans), Items: spansOut(f.Items), Markup: f.Markup}
	for _, b := range f.Blocks {
		out.Blocks = append(out.Blocks, BlockDiff{b.Op, b.Kind, b.From, b.To, b.Count, b.Text, spansOut(b.Spans)})
	}
	for _, m := range f.Media {
		out.Media = append(out.Media, MediaDiff(m))
	}
	return out
}

func spansOut(list []service.Span) (out []Span) {
	for _, s := range list {
		out = append(out, Span(s))
	}
	return out
}

// contentAt reads what an article says in one version.
func (a *API) contentAt(ctx context.Context, sight store.Sight, number int) (c model.Content, err error) {
	rev, err := a.Store.Revision(ctx, sight.Article.BrandID, sight.Article.ID, number)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(rev.Content, &c); err != nil {
		return c, fmt.Errorf("stored content: %w", err)
	}
	return c, nil
}

type seenIn struct {
	TaskIn
	Body struct {
		Revision int `json:"revision" minimum:"1" maximum:"2147483647" doc:"revision_number of the task that was shown."`
	}
}

// SeenOut is what was noted.
type SeenOut struct {
	Revision int `json:"revision"`
}

type seenAnswer struct{ Body SeenOut }

func (a *API) seen(ctx context.Context, in *seenIn) (*seenAnswer, error) {
	if err := a.Service.Comments.Seen(ctx, callOf(ctx), in.Task, in.Body.Revision); err != nil {
		return nil, err
	}
	return &seenAnswer{Body: SeenOut{in.Body.Revision}}, nil
}

// sinceSeen tells which version of a task's article the caller has read last, and where
// the difference to this one is.
func (a *API) sinceSeen(ctx context.Context, t store.HeldTask, number int) (last int, changes string, err error) {
	last, err = a.Store.SeenRevision(ctx, t.Answerer(), t.ArticleID)
	if err != nil || last == 0 || last == number {
		return last, "", err
	}
	return last, fmt.Sprintf("%s/articles/%s/revisions/%d/diff?against=%d", Base, t.ArticleID, number, last), nil
}
