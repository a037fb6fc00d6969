package api

import (
	"context"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"countersign/model"
	"countersign/service"
	"countersign/store"
)

// BrandIn names the brand in the path.
type BrandIn struct {
	Brand string `path:"brand" maxLength:"64"`
}

// BrandOut is a brand's settings.
type BrandOut struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	PublicName    string   `json:"public_name" doc:"All that a stranger with a code sees."`
	TimeZone      string   `json:"time_zone" example:"Asia/Shanghai"`
	SelfApproval  bool     `json:"self_approval" doc:"An author may be asked to approve his own post."`
	LeadMinutes   int      `json:"lead_minutes" doc:"A publish code opens this many minutes before the planned time."`
	BlockingRules []string `json:"blocking_rules" doc:"AI rules that block a submit; what the other rules find is advice."`
	NamedPosters  bool     `json:"named_posters" doc:"A publish code opens only for the posters whom its channel names, else for whoever has it."`
	Version       int64    `json:"version"`
}

func brandOutOf(b model.Brand) BrandOut {
	out := BrandOut{b.ID, b.Name, b.PublicName, b.TimeZone, b.SelfApproval, b.LeadMinutes, b.BlockingRules, b.NamedPosters, b.Version}
	if out.BlockingRules == nil {
		out.BlockingRules = []string{}
	}
	return out
}

type brandOut struct {
	ETag string `header:"ETag"`
	Body BrandOut
}

func (a *API) brand(ctx context.Context, in *BrandIn) (*brandOut, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	b, err := a.Store.Brand(ctx, in.Brand)
	return &brandOut{ETag: etag(b.Version), Body: brandOutOf(b)}, err
}

// BrandChange is the answer to a change, or to its dry run.
type BrandChange struct {
	BrandOut
	Foretold
}

type brandChange struct {
	ETag string `header:"ETag"`
	Body BrandChange
}

type updateBrandIn struct {
	DryRunIn
	BrandIn
	IfMatch
	Body struct {
		Name          *string  `json:"name,omitempty" maxLength:"200"`
		PublicName    *string  `json:"public_name,omitempty" maxLength:"200"`
		TimeZone      *string  `json:"time_zone,omitempty" maxLength:"64"`
		SelfApproval  *bool    `json:"self_approval,omitempty"`
		LeadMinutes   *int     `json:"lead_minutes,omitempty" minimum:"0" maximum:"1440"`
		BlockingRules []string `json:"blocking_rules,omitempty" maxItems:"50" pattern:"^[a-z0-9][a-z0-9._-]{0,63}$" doc:"All of them; an empty list clears it, leaving it out keeps it."`
		NamedPosters  *bool    `json:"named_posters,omitempty"`
	}
}

func (a *API) updateBrand(ctx context.Context, in *updateBrandIn) (*brandChange, error) {
	c, found := in.call(ctx)
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	err = a.Service.Brands.Update(ctx, c, in.Brand, version, service.BrandPatch{
		Name: b.Name, PublicName: b.PublicName, TimeZone: b.TimeZone, SelfApproval: b.SelfApproval, LeadMinutes: b.LeadMinutes, BlockingRules: b.BlockingRules, NamedPosters: b.NamedPosters,
	})
	if err != nil {
		return nil, err
	}
	out, err := a.brand(ctx, &in.BrandIn)
	if err != nil {
		return nil, err
	}
	return &brandChange{out.ETag, BrandChange{out.Body, foretold(found)}}, nil
}

// MemberOut is a member of a brand.
type MemberOut struct {
	ID       string     `json:"id"`
	Role     model.Role `json:"role" enum:"admin,editor,reviewer"`
	Name     string     `json:"name" doc:"The alias, else the member's own name or nickname."`
	Alias    string     `json:"alias,omitempty"`
	Nickname string     `json:"nickname,omitempty" doc:"Reviewers."`
	Email    string     `json:"email,omitempty" doc:"Staff."`
	Bound    bool       `json:"bound" doc:"Staff: a WeChat is bound. Reviewers: always."`
	Since    time.Time  `json:"since"`
	Version  int64      `json:"version"`
}

func memberOut(m store.MemberView) MemberOut {
	return MemberOut{
		ID: m.ID, Role: m.Role, Name: m.DisplayName(), Alias: m.Alias, Nickname: m.Nickname, Email: m.Email,
		Bound: m.Bound || m.PersonID != nil, Since: m.CreatedAt, Version: m.Version,
	}
}

type membersIn struct {
	BrandIn
	PageIn
	Q      string `query:"q" maxLength:"64" doc:"Part of a name, alias, nickname, or of a staff member's e-mail."`
	Role   string `query:"role" enum:"admin,editor,reviewer"`
	Status string `query:"status" enum:"active,removed" default:"active"`
}

func (a *API) members(ctx context.Context, in *membersIn) (*ListOut[MemberOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Members(ctx, in.Brand, store.MemberFilter{Role: model.Role(in.Role), Status: model.MemberStatus(in.Status), Text: norm.NFC.String(strings.TrimSpace(in.Q))}, page)
	return listOf(rows, page.Limit, func(m store.MemberView) string { return m.ID }, memberOut), err
}

type addMemberIn struct {
	BrandIn
	Body struct {
		Email string     `json:"email" maxLength:"180" doc:"Of a console account that is there."`
		Role  model.Role `json:"role" enum:"admin,editor"`
	}
}

func (a *API) addMember(ctx context.Context, in *addMemberIn) (*memberAnswer, error) {
	id, err := a.Service.Brands.AddMember(ctx, callOf(ctx), in.Brand, in.Body.Email, in.Body.Role)
	if err != nil {
		return nil, err
	}
	return a.member(ctx, in.Brand, id)
}

// member answers one active member.
func (a *API) member(ctx context.Context, brandID, id string) (*memberAnswer, error) {
	m, err := a.Store.Member(ctx, brandID, id)
	return &memberAnswer{ETag: etag(m.Version), Body: memberOut(m)}, err
}

// MemberIn names a member in the path.
type MemberIn struct {
	BrandIn
	Member string `path:"member" maxLength:"64"`
}

type updateMemberIn struct {
	MemberIn
	IfMatch
	Body struct {
		Role  *model.Role `json:"role,omitempty" enum:"admin,editor,reviewer"`
		Alias *string     `json:"alias,omitempty" maxLength:"200"`
	}
}

type memberAnswer struct {
	ETag string `header:"ETag"`
	Body MemberOut
}

func (a *API) updateMember(ctx context.Context, in *updateMemberIn) (*memberAnswer, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	err = a.Service.Brands.UpdateMember(ctx, callOf(ctx), in.Brand, in.Member, version, service.MemberPatch{Role: in.Body.Role, Alias: in.Body.Alias})
	if err != nil {
		return nil, err
	}
	return a.member(ctx, in.Brand, in.Member)
}

type removeMemberIn struct {
	MemberIn
	DryRunIn
}

func (a *API) removeMember(ctx context.Context, in *removeMemberIn) (*rehearsed, error) {
	c, found := in.call(ctx)
	return rehearsal(found, a.Service.Brands.RemoveMember(ctx, c, in.Brand, in.Member))
}
