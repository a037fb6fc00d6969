package api

import (
	"context"

	"countersign/model"
	"countersign/service"
)

// ChannelBody is a channel as an admin writes it.
type ChannelBody struct {
	Name              string       `json:"name" maxLength:"200"`
	Platform          string       `json:"platform" maxLength:"32" doc:"Fixed once created." example:"wechat_official"`
	PlatformAccountID string       `json:"platform_account_id,omitempty" maxLength:"256" doc:"The platform's own id of the account, when known: what is published must come from it."`
	AIReview          bool         `json:"ai_review,omitempty" doc:"AI 智能审核."`
	Archived          bool         `json:"archived,omitempty"`
	Posters           []string     `json:"posters,omitempty" maxItems:"8" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Members who publish what is scanned: they are told when it is time, the first before his fallbacks."`
	Setting           *SettingBody `json:"setting,omitempty" doc:"What review this channel's posts get. Leave it out, and they get what the platform's setting says."`
}

// ChannelOut is a channel.
type ChannelOut struct {
	ID string `json:"id"`
	ChannelBody
	Effective SettingBody `json:"effective" doc:"What is in force: the channel's own setting, else its platform's."`
	Version   int64       `json:"version"`
}

func channelOut(c model.Channel, platform model.PlatformSetting) ChannelOut {
	out := ChannelOut{ID: c.ID, Effective: settingOut(c.Setting(platform)), Version: c.Version}
	out.ChannelBody = ChannelBody{Name: c.Name, Platform: c.Platform, PlatformAccountID: c.PlatformAccountID, AIReview: c.AIReview, Archived: c.ArchivedAt != nil, Posters: c.Posters}
	if c.OwnSetting {
		own := out.Effective
		out.Setting = &own
	}
	return out
}

type channelAnswer struct {
	ETag string `header:"ETag"`
	Body ChannelOut
}

func (b ChannelBody) spec() service.ChannelSpec {
	s := service.ChannelSpec{Name: b.Name, Platform: b.Platform, PlatformAccountID: b.PlatformAccountID, AIReview: b.AIReview, Archived: b.Archived, Posters: b.Posters}
	if b.Setting != nil {
		s.Setting = &service.SettingSpec{DefaultFlowID: b.Setting.DefaultFlowID, NoApproval: b.Setting.NoApproval, AllowChange: b.Setting.AllowChange, AllowNone: b.Setting.AllowNone}
	}
	return s
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
	if err != nil {
		return nil, err
	}
	set, err := a.Store.PlatformSetting(ctx, in.Brand, c.Platform)
	return &channelAnswer{ETag: etag(c.Version), Body: channelOut(c, set)}, err
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
	settings, err := a.settings(ctx, in.Brand)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Channels(ctx, in.Brand, page)
	show := func(c model.Channel) ChannelOut { return channelOut(c, settings[c.Platform]) }
	return listOf(rows, page.Limit, func(c model.Channel) string { return c.ID }, show), err
}

// settings reads what a brand has set, by platform.
func (a *API) settings(ctx context.Context, brandID string) (map[string]model.PlatformSetting, error) {
	rows, err := a.Store.PlatformSettings(ctx, brandID)
	out := make(map[string]model.PlatformSetting, len(rows))
	for _, s := range rows {
		out[s.Platform] = s
	}
	return out, err
}

// ChannelChange is the answer to a change, or to its dry run.
type ChannelChange struct {
	ChannelOut
	Foretold
}

type channelChange struct {
	ETag string `header:"ETag"`
	Body ChannelChange
}

type updateChannelIn struct {
	DryRunIn
	ChannelIn
	IfMatch
	Body ChannelBody
}

func (a *API) updateChannel(ctx context.Context, in *updateChannelIn) (*channelChange, error) {
	c, found := in.call(ctx)
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	if err := a.Service.Brands.UpdateChannel(ctx, c, in.Brand, in.Channel, version, in.Body.spec()); err != nil {
		return nil, err
	}
	out, err := a.channel(ctx, &in.ChannelIn)
	if err != nil {
		return nil, err
	}
	return &channelChange{out.ETag, ChannelChange{out.Body, foretold(found)}}, nil
}

// SettingBody is what review posts get.
type SettingBody struct {
	DefaultFlowID *string `json:"default_flow_id,omitempty" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Either this or no_approval."`
	NoApproval    bool    `json:"no_approval,omitempty" doc:"无需审批 by default."`
	AllowChange   bool    `json:"allow_change,omitempty" doc:"发布时允许更换审批流程: the author may choose another flow."`
	AllowNone     bool    `json:"allow_none,omitempty" doc:"With allow_change: the author may choose no approval."`
}

func settingOut(s model.PlatformSetting) SettingBody {
	return SettingBody{s.DefaultFlowID, s.NoApproval, s.AllowChange, s.AllowNone}
}

// PlatformOut is a platform with its setting.
type PlatformOut struct {
	Platform     string              `json:"platform"`
	Zh           string              `json:"name_zh"`
	En           string              `json:"name_en"`
	ContentTypes []model.ContentType `json:"content_types"`
	MaxArticles  int                 `json:"max_articles" doc:"Of one post."`
	Fields       []FieldOut          `json:"fields" doc:"What an article may say here; a field that is not listed must stay empty."`
	SettingBody
	Version int64 `json:"version" doc:"0: never set."`
}

// FieldOut is one field of a content type on a platform.
type FieldOut struct {
	ContentType model.ContentType `json:"content_type"`
	Name        string            `json:"name"`
	Most        int               `json:"most" doc:"Characters of a text, bytes of body_html and of addresses, items of a list."`
	Required    bool              `json:"required" doc:"By a submit; a draft may lack it."`
}

func platformOut(p model.Platform, s model.PlatformSetting) PlatformOut {
	out := PlatformOut{p.ID, p.Zh, p.En, p.ContentTypes, p.MaxArticles, []FieldOut{}, settingOut(s), s.Version}
	for _, kind := range p.ContentTypes {
		for _, f := range model.ShapeOn(p.ID, kind) {
			out.Fields = append(out.Fields, FieldOut{kind, f.Name, f.Most, f.Required})
		}
	}
	return out
}

type platformsOut struct {
	Body struct {
		Items []PlatformOut `json:"items"`
	}
}

func (a *API) platformSettings(ctx context.Context, in *BrandIn) (*platformsOut, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	saved, err := a.settings(ctx, in.Brand)
	if err != nil {
		return nil, err
	}
	out := &platformsOut{}
	for _, p := range model.Platforms() {
		out.Body.Items = append(out.Body.Items, platformOut(p, saved[p.ID]))
	}
	return out, nil
}

type setPlatformIn struct {
	BrandIn
	DryRunIn
	IfMatch
	Platform string `path:"platform" maxLength:"32"`
	Body     SettingBody
}

// PlatformChange is the answer to a change, or to its dry run.
type PlatformChange struct {
	PlatformOut
	Foretold
}

type platformChange struct {
	ETag string `header:"ETag"`
	Body PlatformChange
}

func (a *API) setPlatform(ctx context.Context, in *setPlatformIn) (*platformChange, error) {
	c, found := in.call(ctx)
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	err = a.Service.Brands.SetPlatform(ctx, c, model.PlatformSetting{
		BrandID: in.Brand, Platform: in.Platform, DefaultFlowID: in.Body.DefaultFlowID, NoApproval: in.Body.NoApproval,
		AllowChange: in.Body.AllowChange, AllowNone: in.Body.AllowNone, Version: version,
	})
	if err != nil {
		return nil, err
	}
	s, err := a.Store.PlatformSetting(ctx, in.Brand, in.Platform)
	p, _ := model.PlatformByID(in.Platform)
	return &platformChange{etag(s.Version), PlatformChange{platformOut(p, s), foretold(found)}}, err
}
