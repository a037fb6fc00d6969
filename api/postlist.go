package api

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"countersign/model"
	"countersign/store"
)

// PostOut is a post in a list or in a cell of the calendar.
type PostOut struct {
	ID           string            `json:"id"`
	ChannelID    string            `json:"channel_id"`
	ChannelName  string            `json:"channel_name"`
	Platform     string            `json:"platform"`
	ContentType  model.ContentType `json:"content_type"`
	Title        string            `json:"title" doc:"Of its first article: the title, or else the first line of its text."`
	State        model.PostState   `json:"state" enum:"draft,in_review,rejected,approved,published,unconfirmed,expired,cancelled"`
	ScheduledAt  *time.Time        `json:"scheduled_at,omitempty"`
	CreatedBy    string            `json:"created_by" doc:"Member id."`
	Author       string            `json:"author_name"`
	ArticleCount int               `json:"article_count"`
	CreatedAt    time.Time         `json:"created_at"`
	UpdatedAt    time.Time         `json:"updated_at"`
	Version      int64             `json:"version"`
}

func postOut(p store.PostView) PostOut {
	return PostOut{
		p.ID, p.ChannelID, p.ChannelName, p.Platform, p.ContentType, p.Title, p.State, p.ScheduledAt,
		p.CreatedBy, p.Author(), p.ArticleCount, p.CreatedAt, p.UpdatedAt, p.Version,
	}
}

// platformID is a platform of the table.
type platformID string

// Schema is for huma: the ids stand in model.Platforms alone.
func (platformID) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, p := range model.Platforms() {
		s.Enum = append(s.Enum, p.ID)
	}
	return s
}

// PostFilterIn narrows a list or a calendar.
type PostFilterIn struct {
	State    string     `query:"state" enum:"draft,in_review,rejected,approved,published,unconfirmed,expired,cancelled"`
	Platform platformID `query:"platform"`
	Channel  string     `query:"channel" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"`
	Author   string     `query:"author" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Member id."`
}

func (f PostFilterIn) filter() store.PostFilter {
	return store.PostFilter{State: model.PostState(f.State), Platform: string(f.Platform), Channel: f.Channel, Author: f.Author}
}

type postsIn struct {
	BrandIn
	PageIn
	PostFilterIn
	Search string    `query:"search" maxLength:"64" doc:"Part of the title, one character or more."`
	From   time.Time `query:"scheduled_from" doc:"Planned at this time or later. RFC 3339 with an offset."`
	To     time.Time `query:"scheduled_to" doc:"Planned before this time. RFC 3339 with an offset."`
}

func (in *postsIn) filter() (store.PostFilter, error) {
	f := in.PostFilterIn.filter()
	if f.Search = model.Fold(in.Search); in.Search != "" {
		if r := model.CheckLine(f.Search, model.MaxSearch); r != "" {
			return f, model.Invalid(model.Field("query.search", r))
		}
	}
	if !in.From.IsZero() {
		f.From = &in.From
	}
	if !in.To.IsZero() {
		f.To = &in.To
	}
	for path, at := range map[string]*time.Time{"query.scheduled_from": f.From, "query.scheduled_to": f.To} {
		if r := model.CheckSchedule(at); r != "" {
			return f, model.Invalid(model.Field(path, r))
		}
	}
	return f, nil
}

// posts answers a page that may be short: its cursor, when there is one, goes on.
func (a *API) posts(ctx context.Context, in *postsIn) (*ListOut[PostOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.Store.Posts(ctx, in.Brand, f, page)
	out := listOf(rows, len(rows), nil, postOut)
	if next != "" {
		out.Body.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(next))
	}
	return out, err
}

// cells is how many posts one part of the calendar holds at most.
const cells = 500

type calendarIn struct {
	BrandIn
	PostFilterIn
	From   time.Time `query:"from" doc:"With to: up to 62 days. RFC 3339 with an offset."`
	To     time.Time `query:"to" doc:"Not included."`
	Month  string    `query:"month" pattern:"^[0-9]{4}-(0[1-9]|1[0-2])$" doc:"In the brand's zone." example:"2026-11"`
	Week   string    `query:"week" pattern:"^[0-9]{4}-W[0-9]{2}$" doc:"ISO week in the brand's zone." example:"2026-W47"`
	Cursor string    `query:"cursor" maxLength:"200" doc:"next_cursor of the part before."`
}

// CalendarOut is a part of the calendar in the order of planned times.
type CalendarOut struct {
	From       time.Time `json:"from"`
	To         time.Time `json:"to" doc:"Not included."`
	TimeZone   string    `json:"time_zone" doc:"The brand's."`
	Items      []PostOut `json:"items"`
	NextCursor string    `json:"next_cursor,omitempty" doc:"There is more than fits into one answer."`
}

type calendarAnswer struct{ Body CalendarOut }

func (a *API) calendar(ctx context.Context, in *calendarIn) (*calendarAnswer, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	after, err := parseInboxCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	brand, err := a.Store.Brand(ctx, in.Brand)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(brand.TimeZone)
	if err != nil {
		return nil, err
	}
	w, err := model.WindowAsk{From: in.From, To: in.To, Month: in.Month, Week: in.Week}.In(zone)
	if err != nil {
		return nil, err
	}
	var from *store.CalendarCursor
	if after != nil {
		from = &store.CalendarCursor{At: after.SortedAt, ID: after.ID}
	}
	rows, next, err := a.Store.Calendar(ctx, in.Brand, w, in.filter(), from, cells)
	out := CalendarOut{From: w.From.In(zone), To: w.To.In(zone), TimeZone: brand.TimeZone, Items: listOf(rows, len(rows), nil, postOut).Body.Items}
	if next != nil {
		out.NextCursor = inboxCursor(next.At, next.ID)
	}
	return &calendarAnswer{Body: out}, err
}

// CountOut is a number that stops at 999.
type CountOut struct {
	Count int  `json:"count" maximum:"999"`
	More  bool `json:"more" doc:"There are more: show 999+."`
}

func countOut(c store.Counted) CountOut { return CountOut{c.Count, c.More} }

// OverviewOut is how many posts stand where.
type OverviewOut struct {
	Draft       CountOut `json:"draft" doc:"草稿"`
	InReview    CountOut `json:"in_review" doc:"需要审批"`
	Rejected    CountOut `json:"rejected" doc:"已驳回"`
	Approved    CountOut `json:"approved" doc:"待发布"`
	Published   CountOut `json:"published" doc:"已发布"`
	Unconfirmed CountOut `json:"unconfirmed" doc:"待确认: its window is over, and nobody knows whether it was published."`
	Expired     CountOut `json:"expired" doc:"已失效: nobody published it within three hours of its time; rescheduling revives it."`
	Cancelled   CountOut `json:"cancelled" doc:"已取消"`
	Overdue     CountOut `json:"overdue" doc:"已过期: planned for a time that has passed, and not approved."`
	Waiting     CountOut `json:"waiting_for_me" doc:"Tasks in this brand that wait for me, or for somebody whose deputy I am."`
}

type overviewAnswer struct{ Body OverviewOut }

func (a *API) overview(ctx context.Context, in *BrandIn) (*overviewAnswer, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	mine, err := a.turns(ctx)
	if err != nil {
		return nil, err
	}
	now, err := a.Store.Now(ctx)
	if err != nil {
		return nil, err
	}
	o, err := a.Store.Overview(ctx, in.Brand, mine.of(in.Brand), now)
	s := o.States
	return &overviewAnswer{Body: OverviewOut{
		Draft: countOut(s[model.PostDraft]), InReview: countOut(s[model.PostInReview]), Rejected: countOut(s[model.PostRejected]),
		Approved: countOut(s[model.PostApproved]), Published: countOut(s[model.PostPublished]), Unconfirmed: countOut(s[model.PostUnconfirmed]),
		Expired: countOut(s[model.PostExpired]), Cancelled: countOut(s[model.PostCancelled]), Overdue: countOut(o.Overdue), Waiting: countOut(o.Waiting),
	}}, err
}
