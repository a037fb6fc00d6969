package api

import (
	"context"
	"time"

	"countersign/model"
	"countersign/service"
	"countersign/store"
)

// InvitationOut is an invitation: a code to show and a link to send.
type InvitationOut struct {
	ID        string     `json:"id"`
	Note      string     `json:"note,omitempty"`
	Link      string     `json:"link" doc:"Send it as text; it opens the mini-program on a phone and shows the code on a desk."`
	CodeURL   string     `json:"code_url" doc:"The mini-program code as PNG."`
	State     string     `json:"state" enum:"live,expired,used_up,revoked"`
	MaxUses   int        `json:"max_uses" doc:"0: no limit."`
	Uses      int        `json:"uses"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	InvitedBy string     `json:"invited_by"`
	CreatedAt time.Time  `json:"created_at"`
}

func (a *API) invitationOut(ctx context.Context, v store.InvitationView) (InvitationOut, error) {
	out := InvitationOut{
		ID: v.ID, Note: v.Note, MaxUses: v.Scene.MaxUses, Uses: v.Scene.Uses, ExpiresAt: v.Scene.ExpiresAt, InvitedBy: v.Creator, CreatedAt: v.CreatedAt,
		CodeURL: Base + "/brands/" + v.BrandID + "/invitations/" + v.ID + "/code.png",
	}
	token, err := a.Service.Scenes.Token(v.Scene)
	if err != nil {
		return out, err
	}
	out.Link = a.Service.Scenes.Link(token)
	now, err := a.Store.Now(ctx)
	out.State = sceneState(v.Scene, now)
	return out, err
}

func sceneState(s model.Scene, now time.Time) string {
	switch {
	case s.Live(now):
		return "live"
	case s.RevokedAt != nil:
		return "revoked"
	case s.MaxUses > 0 && s.Uses >= s.MaxUses:
		return "used_up"
	}
	return "expired"
}

type inviteIn struct {
	BrandIn
	Body struct {
		Note           string `json:"note,omitempty" maxLength:"200" doc:"For whom; only staff see it."`
		ExpiresInHours int    `json:"expires_in_hours,omitempty" minimum:"1" maximum:"8760" doc:"Default a week."`
		MaxUses        int    `json:"max_uses,omitempty" minimum:"0" maximum:"1000" doc:"How many people may ask with it; 0: no limit."`
	}
}

type invitationAnswer struct{ Body InvitationOut }

func (a *API) invite(ctx context.Context, in *inviteIn) (*invitationAnswer, error) {
	spec := service.InvitationSpec{Note: in.Body.Note, Life: time.Duration(in.Body.ExpiresInHours) * time.Hour, MaxUses: in.Body.MaxUses}
	id, err := a.Service.Join.Invite(ctx, callOf(ctx), in.Brand, spec)
	if err != nil {
		return nil, err
	}
	return a.invitation(ctx, &InvitationIn{in.BrandIn, id})
}

// InvitationIn names an invitation in the path.
type InvitationIn struct {
	BrandIn
	Invitation string `path:"invitation" maxLength:"64"`
}

// readInvitation is for admins only: the link in it invites.
func (a *API) readInvitation(ctx context.Context, in *InvitationIn) (store.InvitationView, error) {
	if err := a.staff(ctx, in.Brand, model.RoleAdmin); err != nil {
		return store.InvitationView{}, err
	}
	return a.Store.Invitation(ctx, in.Brand, in.Invitation)
}

func (a *API) invitation(ctx context.Context, in *InvitationIn) (*invitationAnswer, error) {
	v, err := a.readInvitation(ctx, in)
	if err != nil {
		return nil, err
	}
	body, err := a.invitationOut(ctx, v)
	return &invitationAnswer{Body: body}, err
}

func (a *API) invitations(ctx context.Context, in *listIn) (*ListOut[InvitationOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleAdmin); err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Invitations(ctx, in.Brand, page)
	if err != nil {
		return nil, err
	}
	var bad error
	out := listOf(rows, page.Limit, func(v store.InvitationView) string { return v.ID }, func(v store.InvitationView) InvitationOut {
		item, err := a.invitationOut(ctx, v)
		if err != nil {
			bad = err
		}
		return item
	})
	return out, bad
}

func (a *API) revokeInvitation(ctx context.Context, in *InvitationIn) (*Empty, error) {
	return &Empty{}, a.Service.Join.Revoke(ctx, callOf(ctx), in.Brand, in.Invitation)
}

func (a *API) invitationCode(ctx context.Context, in *InvitationIn) (*Picture, error) {
	v, err := a.readInvitation(ctx, in)
	if err != nil {
		return nil, err
	}
	return png(a.Service.Scenes.Code(ctx, v.Scene))
}

func (a *API) invitationLinkCode(ctx context.Context, in *InvitationIn) (*Picture, error) {
	v, err := a.readInvitation(ctx, in)
	if err != nil {
		return nil, err
	}
	return png(a.Service.Scenes.LinkQR(ctx, v.Scene))
}

// AccessRequestOut is a request as an admin sees it.
type AccessRequestOut struct {
	ID         string            `json:"id"`
	Nickname   string            `json:"nickname" doc:"As it was when he asked."`
	State      model.AccessState `json:"state" enum:"waiting,admitted,refused"`
	Invitation string            `json:"invitation_id"`
	Note       string            `json:"invitation_note,omitempty"`
	InvitedBy  string            `json:"invited_by"`
	LooksLike  []string          `json:"looks_like" doc:"Members whose name could be taken for this one."`
	Reason     string            `json:"reason,omitempty"`
	DecidedBy  string            `json:"decided_by,omitempty"`
	DecidedAt  *time.Time        `json:"decided_at,omitempty"`
	Unblocked  bool              `json:"unblocked"`
	AskedAt    time.Time         `json:"asked_at"`
}

func accessOut(v store.AccessView, members []string) AccessRequestOut {
	out := AccessRequestOut{
		ID: v.ID, Nickname: v.Nickname, State: v.State, Invitation: v.InvitationID, Note: v.InvitationNote, InvitedBy: v.Inviter, LooksLike: []string{},
		Reason: v.Reason, DecidedBy: v.DecidedByName, DecidedAt: v.DecidedAt, Unblocked: v.UnblockedAt != nil, AskedAt: v.CreatedAt,
	}
	for _, name := range members {
		if v.State == model.AccessWaiting && model.LooksLike(name, v.Nickname) {
			out.LooksLike = append(out.LooksLike, name)
		}
	}
	return out
}

type accessRequestsIn struct {
	BrandIn
	PageIn
	State string `query:"state" enum:"waiting,admitted,refused"`
}

func (a *API) accessRequests(ctx context.Context, in *accessRequestsIn) (*ListOut[AccessRequestOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleAdmin); err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	names, err := a.Store.MemberNames(ctx, in.Brand)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.AccessRequests(ctx, in.Brand, model.AccessState(in.State), page)
	return listOf(rows, page.Limit, func(v store.AccessView) string { return v.ID }, func(v store.AccessView) AccessRequestOut { return accessOut(v, names) }), err
}

// AccessIn names a request in the path.
type AccessIn struct {
	BrandIn
	Request string `path:"request" maxLength:"64"`
}

type accessAnswer struct{ Body AccessRequestOut }

// access answers a request as it is after an admin's act.
func (a *API) access(ctx context.Context, in AccessIn, err error) (*accessAnswer, error) {
	if err != nil {
		return nil, err
	}
	v, err := a.Store.AccessRequest(ctx, in.Brand, in.Request)
	return &accessAnswer{Body: accessOut(v, nil)}, err
}

type admitIn struct {
	AccessIn
	Body struct {
		Alias string `json:"alias,omitempty" maxLength:"200" doc:"A name for him that your brand sees instead of the nickname."`
	}
}

func (a *API) admitRequest(ctx context.Context, in *admitIn) (*accessAnswer, error) {
	return a.access(ctx, in.AccessIn, a.Service.Join.Admit(ctx, callOf(ctx), in.Brand, in.Request, in.Body.Alias))
}

type refuseIn struct {
	AccessIn
	Body struct {
		Reason string `json:"reason" maxLength:"4000" doc:"1 to 1000 characters; the person reads it."`
	}
}

func (a *API) refuseRequest(ctx context.Context, in *refuseIn) (*accessAnswer, error) {
	return a.access(ctx, in.AccessIn, a.Service.Join.Refuse(ctx, callOf(ctx), in.Brand, in.Request, in.Body.Reason))
}

func (a *API) unblockRequest(ctx context.Context, in *AccessIn) (*accessAnswer, error) {
	return a.access(ctx, *in, a.Service.Join.Unblock(ctx, callOf(ctx), in.Brand, in.Request))
}
