package api

import (
	"context"
	"time"

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
	ID           string `json:"id"`
	Name         string `json:"name"`
	PublicName   string `json:"public_name" doc:"All that a stranger with a code sees."`
	TimeZone     string `json:"time_zone" example:"Asia/Shanghai"`
	SelfApproval bool   `json:"self_approval" doc:"An author may be asked to approve his own post."`
	Version      int64  `json:"version"`
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
	return &brandOut{ETag: etag(b.Version), Body: BrandOut{b.ID, b.Name, b.PublicName, b.TimeZone, b.SelfApproval, b.Version}}, err
}

type updateBrandIn struct {
	BrandIn
	IfMatch
	Body struct {
		Name         *string `json:"name,omitempty" maxLength:"200"`
		PublicName   *string `json:"public_name,omitempty" maxLength:"200"`
		TimeZone     *string `json:"time_zone,omitempty" maxLength:"64"`
		SelfApproval *bool   `json:"self_approval,omitempty"`
	}
}

func (a *API) updateBrand(ctx context.Context, in *updateBrandIn) (*brandOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	err = a.Service.Brands.Update(ctx, callOf(ctx), in.Brand, version, service.BrandPatch{Name: b.Name, PublicName: b.PublicName, TimeZone: b.TimeZone, SelfApproval: b.SelfApproval})
	if err != nil {
		return nil, err
	}
	return a.brand(ctx, &in.BrandIn)
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
	Role   string `query:"role" enum:"admin,editor,reviewer"`
	Search string `query:"search" maxLength:"64" doc:"Part of a name or e-mail."`
}

func (a *API) members(ctx context.Context, in *membersIn) (*ListOut[MemberOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Members(ctx, in.Brand, store.MemberFilter{Role: model.Role(in.Role), Text: in.Search}, page)
	return listOf(rows, page.Limit, func(m store.MemberView) string { return m.ID }, memberOut), err
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
	m, err := a.Store.Member(ctx, in.Brand, in.Member)
	return &memberAnswer{ETag: etag(m.Version), Body: memberOut(m)}, err
}

func (a *API) removeMember(ctx context.Context, in *MemberIn) (*Empty, error) {
	return &Empty{}, a.Service.Brands.RemoveMember(ctx, callOf(ctx), in.Brand, in.Member)
}

// ChannelBody is a channel as an admin writes it.
type ChannelBody struct {
	Name              string `json:"name" maxLength:"200"`
	Platform          string `json:"platform" maxLength:"32" doc:"Fixed once created." example:"wechat_official"`
	PlatformAccountID string `json:"platform_account_id,omitempty" maxLength:"256" doc:"The platform's own id of the account, when known."`
	AIReview          bool   `json:"ai_review,omitempty"`
	Archived          bool   `json:"archived,omitempty"`
}

// ChannelOut is a channel.
type ChannelOut struct {
	ID string `json:"id"`
	ChannelBody
	Version int64 `json:"version"`
}

func channelOut(c model.Channel) ChannelOut {
	return ChannelOut{c.ID, ChannelBody{c.Name, c.Platform, c.PlatformAccountID, c.AIReview, c.ArchivedAt != nil}, c.Version}
}

type channelAnswer struct {
	ETag string `header:"ETag"`
	Body ChannelOut
}

func (b ChannelBody) spec() service.ChannelSpec {
	return service.ChannelSpec{Name: b.Name, Platform: b.Platform, PlatformAccountID: b.PlatformAccountID, AIReview: b.AIReview, Archived: b.Archived}
}

type createChannelIn struct {
	BrandIn
	Body ChannelBody
}

func (a *API) createChannel(ctx context.Context, in *createChannelIn) (*channelAnswer, error) {
	id, err := a.Service.Brands.CreateChannel(ctx, callOf(ctx), in.Brand, in.Body.spec())
	if err != nil {
		return nil, err
	}
	return a.channel(ctx, &ChannelIn{in.BrandIn, id})
}

// ChannelIn names a channel in the path.
type ChannelIn struct {
	BrandIn
	Channel string `path:"channel" maxLength:"64"`
}

func (a *API) channel(ctx context.Context, in *ChannelIn) (*channelAnswer, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	c, err := a.Store.Channel(ctx, in.Brand, in.Channel)
	return &channelAnswer{ETag: etag(c.Version), Body: channelOut(c)}, err
}

type listIn struct {
	BrandIn
	PageIn
}

func (a *API) channels(ctx context.Context, in *listIn) (*ListOut[ChannelOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Channels(ctx, in.Brand, page)
	return listOf(rows, page.Limit, func(c model.Channel) string { return c.ID }, channelOut), err
}

type updateChannelIn struct {
	ChannelIn
	IfMatch
	Body ChannelBody
}

func (a *API) updateChannel(ctx context.Context, in *updateChannelIn) (*channelAnswer, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	if err := a.Service.Brands.UpdateChannel(ctx, callOf(ctx), in.Brand, in.Channel, version, in.Body.spec()); err != nil {
		return nil, err
	}
	return a.channel(ctx, &in.ChannelIn)
}
