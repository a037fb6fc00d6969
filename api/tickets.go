package api

import (
	"context"
	"time"

	"countersign/model"
	"countersign/store"
)

// TicketOut is a post's publish code.
type TicketOut struct {
	State       model.ScanState  `json:"state" enum:"open,early,ended,published,not_ready" doc:"Where a scan leads now."`
	URL         string           `json:"url" doc:"What the code holds. Whoever has it may scan, unless the brand names its posters."`
	PNG         string           `json:"png_url" doc:"The code as a picture; ?size= 128 to 2048 in steps of 64, ?level= low, medium, quartile, high. It needs no session."`
	SVG         string           `json:"svg_url" doc:"The code as a drawing, which is sharp at every size; ?level= as above."`
	IssuedAt    time.Time        `json:"issued_at"`
	StartsAt    time.Time        `json:"starts_at" doc:"The planned time; without one, when the code was issued."`
	OpensAt     time.Time        `json:"opens_at" doc:"A lead before it, or when somebody opened it early."`
	EndsAt      time.Time        `json:"ends_at" doc:"Three hours after starts_at."`
	EarlyReason string           `json:"early_reason,omitempty"`
	Openings    int              `json:"openings"`
	MaxOpenings int              `json:"max_openings"`
	Lease       *LeaseOut        `json:"lease,omitempty" doc:"The phone that publishes right now."`
	Said        []PublicationOut `json:"publications"`
}

// LeaseOut is the phone that keeps others out.
type LeaseOut struct {
	OpeningID string    `json:"opening_id"`
	Agent     string    `json:"agent" doc:"Family of its browser."`
	Since     time.Time `json:"since"`
	Until     time.Time `json:"until"`
}

// PublicationOut is what somebody said was published.
type PublicationOut struct {
	ID      string                  `json:"id"`
	At      time.Time               `json:"at"`
	Source  model.PublicationSource `json:"source" enum:"douyin,poster,staff"`
	Name    string                  `json:"name"`
	URL     string                  `json:"url,omitempty"`
	ItemID  string                  `json:"item_id,omitempty"`
	VideoID string                  `json:"video_id,omitempty"`
	OpenID  string                  `json:"open_id,omitempty" doc:"Of the account at Douyin; as a channel's platform_account_id it is the expected one."`
	Account model.PublisherAccount  `json:"account" enum:"expected,unknown,wrong"`
	Late    bool                    `json:"late,omitempty" doc:"After the window."`
	Second  bool                    `json:"second,omitempty" doc:"The post had been published before."`
	Unready bool                    `json:"unready,omitempty" doc:"What is approved is not what was published."`
}

type ticketAnswer struct{ Body TicketOut }

func (a *API) ticketOf(ctx context.Context, in *PostIn) (*ticketAnswer, error) {
	s, err := a.Service.Tickets.Of(ctx, in.Brand, in.Post)
	if err != nil {
		return nil, err
	}
	t := s.Ticket
	out := TicketOut{
		State: s.State, URL: s.URL, PNG: s.URL + "/qr.png", SVG: s.URL + "/qr.svg", IssuedAt: t.IssuedAt, StartsAt: t.StartsAt, OpensAt: s.Opens, EndsAt: t.ExpiresAt,
		EarlyReason: t.EarlyReason, Openings: t.Openings, MaxOpenings: model.MaxOpenings, Said: []PublicationOut{},
	}
	if t.LeaseUntil != nil && s.Now.Before(*t.LeaseUntil) {
		out.Lease = &LeaseOut{*t.LeaseOpening, t.LeaseAgent, *t.LeaseSince, *t.LeaseUntil}
	}
	for _, p := range s.Publications {
		out.Said = append(out.Said, PublicationOut{p.ID, p.At, p.Source, p.Name, p.URL, p.ItemID, p.VideoID, p.OpenID, p.Account, p.Late, p.Second, p.Unready})
	}
	return &ticketAnswer{out}, nil
}

func (a *API) ticket(ctx context.Context, in *PostIn) (*ticketAnswer, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	return a.ticketOf(ctx, in)
}

func (a *API) issueTicket(ctx context.Context, in *PostIn) (*ticketAnswer, error) {
	if err := a.Service.Tickets.Issue(ctx, callOf(ctx), in.Brand, in.Post); err != nil {
		return nil, err
	}
	return a.ticketOf(ctx, in)
}

func (a *API) revokeTicket(ctx context.Context, in *PostIn) (*Empty, error) {
	return nil, a.Service.Tickets.Revoke(ctx, callOf(ctx), in.Brand, in.Post)
}

type earlyIn struct {
	PostIn
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"1000"`
	}
}

func (a *API) openEarly(ctx context.Context, in *earlyIn) (*ticketAnswer, error) {
	if err := a.Service.Tickets.OpenEarly(ctx, callOf(ctx), in.Brand, in.Post, in.Body.Reason); err != nil {
		return nil, err
	}
	return a.ticketOf(ctx, &in.PostIn)
}

// OpeningOut is one scan that was handed something.
type OpeningOut struct {
	ID       string           `json:"id"`
	At       time.Time        `json:"at"`
	Way      model.OpeningWay `json:"way" enum:"douyin,download"`
	Agent    string           `json:"agent" doc:"Family of the browser."`
	From     string           `json:"from" doc:"The address, hashed: the same address is the same text."`
	MemberID *string          `json:"member_id,omitempty" doc:"Who scanned, when he is known."`
	Early    bool             `json:"early,omitempty"`
	TookOver bool             `json:"took_over,omitempty"`
}

type openingsIn struct {
	PostIn
	PageIn
}

func (a *API) openings(ctx context.Context, in *openingsIn) (*ListOut[OpeningOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	if _, err := a.Store.Post(ctx, in.Brand, in.Post); err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Openings(ctx, in.Brand, in.Post, page)
	return listOf(rows, page.Limit, func(o model.Opening) string { return o.ID }, openingOut), err
}

func openingOut(o model.Opening) OpeningOut {
	return OpeningOut{o.ID, o.CreatedAt, o.Way, o.UserAgent, o.IPHash, o.MemberID, o.Early, o.TookOver}
}

type confirmIn struct {
	PostIn
	Body struct {
		URL string `json:"url,omitempty" maxLength:"500" pattern:"^https://[!-~]+$" doc:"Of the video, when it is known."`
	}
}

func (a *API) confirmPublication(ctx context.Context, in *confirmIn) (*postAnswer, error) {
	if err := a.Service.Tickets.Confirm(ctx, callOf(ctx), in.Brand, in.Post, in.Body.URL); err != nil {
		return nil, err
	}
	return a.shown(ctx, &in.PostIn)
}

func (a *API) denyPublication(ctx context.Context, in *PostIn) (*postAnswer, error) {
	if err := a.Service.Tickets.Deny(ctx, callOf(ctx), in.Brand, in.Post); err != nil {
		return nil, err
	}
	return a.shown(ctx, in)
}

type passOut struct {
	Body struct {
		URL   string          `json:"url" doc:"Opens the code's page for this poster alone, on any phone, for an hour or two."`
		State model.ScanState `json:"state" enum:"open,early,ended,published,not_ready" doc:"Where it leads now."`
	}
}

func (a *API) pass(ctx context.Context, in *PostIn) (*passOut, error) {
	p, err := a.Service.Tickets.Pass(ctx, callOf(ctx), in.Brand, in.Post)
	out := &passOut{}
	out.Body.URL, out.Body.State = p.URL, p.State
	return out, err
}

// passPicture is what pass answers, as a code: nobody but its poster may have it.
func (a *API) passPicture(ctx context.Context, in *PostIn) (*Picture, error) {
	raw, err := a.Service.Tickets.PassPicture(ctx, callOf(ctx), in.Brand, in.Post)
	if err != nil {
		return nil, err
	}
	return &Picture{ContentType: "image/png", CacheControl: "no-store", Body: raw}, nil
}

// ToPublishOut is a post that waits for its poster.
type ToPublishOut struct {
	BrandID     string     `json:"brand_id"`
	Brand       string     `json:"brand"`
	PostID      string     `json:"post_id"`
	Title       string     `json:"title"`
	Channel     string     `json:"channel"`
	ScheduledAt *time.Time `json:"scheduled_at,omitempty"`
	OpensAt     time.Time  `json:"opens_at" doc:"When the code hands the video out."`
	EndsAt      time.Time  `json:"ends_at"`
}

type toPublishOut struct {
	Body struct {
		Items []ToPublishOut `json:"items" doc:"The nearest end first."`
	}
}

func (a *API) toPublish(ctx context.Context, _ *struct{}) (*toPublishOut, error) {
	rows, err := a.Service.Tickets.ToPublish(ctx, callOf(ctx))
	out := &toPublishOut{}
	out.Body.Items = []ToPublishOut{}
	for _, p := range rows {
		out.Body.Items = append(out.Body.Items, toPublishItem(p))
	}
	return out, err
}

func toPublishItem(p store.ToPublish) ToPublishOut {
	return ToPublishOut{p.BrandID, p.BrandName, p.ID, p.Title, p.Channel, p.ScheduledAt, p.Opens(), p.WindowEndsAt}
}
