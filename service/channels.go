package service

import (
	"context"
	"fmt"
	"strings"

	"countersign/model"
	"countersign/store"
)

// SettingSpec is what review posts get, as an admin writes it.
type SettingSpec struct {
	DefaultFlowID                      *string
	NoApproval, AllowChange, AllowNone bool
}

// ChannelSpec is a Channel as an admin writes it.
type ChannelSpec struct {
	Name, Platform, PlatformAccountID string
	AIReview                          bool
	Archived                          bool
	Posters                           []string     // Members
	Setting                           *SettingSpec // nil: as its platform
}

func (s *ChannelSpec) check() error {
	s.Name, s.PlatformAccountID = clean(s.Name), clean(s.PlatformAccountID)
	var bad []model.FieldError
	if r := model.CheckLine(s.Name, model.MaxName); r != "" {
		bad = append(bad, model.Field("name", r))
	}
	if _, ok := model.PlatformByID(s.Platform); !ok {
		bad = append(bad, model.Field("platform", "unknown"))
	}
	if s.PlatformAccountID != "" {
		if r := model.CheckLine(s.PlatformAccountID, 128); r != "" {
			bad = append(bad, model.Field("platform_account_id", r))
		}
	}
	bad = append(bad, model.CheckPosters(s.Posters)...)
	if len(bad) > 0 {
		return model.Invalid(bad...)
	}
	return nil
}

// knownPosters asks that those whom a Channel names as posters are active Members.
func knownPosters(ctx context.Context, tx *store.Tx, brandID string, posters []string) error {
	members, err := tx.MembersByID(ctx, brandID, posters)
	if err != nil {
		return err
	}
	active := map[string]bool{}
	for _, m := range members {
		active[m.ID] = m.Status == model.MemberActive
	}
	for i, id := range posters {
		if !active[id] {
			return model.Invalid(model.Field(fmt.Sprintf("posters[%d]", i), "unknown"))
		}
	}
	return nil
}

// onto writes what the admin wrote onto a Channel.
func (s *ChannelSpec) onto(c model.Channel, tx *store.Tx) model.Channel {
	c.Name, c.PlatformAccountID, c.AIReview, c.Posters = s.Name, s.PlatformAccountID, s.AIReview, s.Posters
	c.OwnSetting, c.DefaultFlowID, c.NoApproval, c.AllowChange, c.AllowNone = false, nil, false, false, false
	if own := s.Setting; own != nil {
		c.OwnSetting, c.DefaultFlowID, c.NoApproval, c.AllowChange, c.AllowNone = true, own.DefaultFlowID, own.NoApproval, own.AllowChange, own.AllowNone
	}
	switch {
	case s.Archived && c.ArchivedAt == nil:
		c.ArchivedAt = &tx.Now
	case !s.Archived:
		c.ArchivedAt = nil
	}
	return c
}

// CreateChannel adds a social media account and answers its id.
func (b Brands) CreateChannel(ctx context.Context, c Call, brandID string, s ChannelSpec) (string, error) {
	if err := s.check(); err != nil {
		return "", err
	}
	return byStaff(ctx, b.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (string, error) {
		if err := knownPosters(ctx, tx, brandID, s.Posters); err != nil {
			return "", err
		}
		row := s.onto(model.Channel{ID: b.newID(), BrandID: brandID, Platform: s.Platform}, tx)
		if err := checkChannelSetting(ctx, tx, row, settingField); err != nil {
			return "", err
		}
		tx.Audit(c.entry(brandID, "channel.created", "channel", row.ID, nil, row))
		return row.ID, tx.CreateChannel(&row)
	})
}

// UpdateChannel changes a Channel; its platform stays, and need not be named.
func (b Brands) UpdateChannel(ctx context.Context, c Call, brandID, id string, version int64, s ChannelSpec) error {
	_, err := ruling(ctx, b.acts, c, brandID, "", func(tx *store.Tx, _ model.Member) (done, error) {
		was, err := tx.Channel(ctx, brandID, id)
		if err != nil {
			return done{}, err
		}
		if s.Platform != "" && s.Platform != was.Platform {
			return done{}, model.Invalid(model.Field("platform", "fixed"))
		}
		s.Platform = was.Platform
		if err := s.check(); err != nil {
			return done{}, err
		}
		if err := knownPosters(ctx, tx, brandID, s.Posters); err != nil {
			return done{}, err
		}
		now := s.onto(was, tx)
		now.Version = version
		if err := checkChannelSetting(ctx, tx, now, settingField); err != nil {
			return done{}, err
		}
		if err := goesOn(ctx, tx, c, brandID, store.PostFilter{Channel: id}); err != nil {
			return done{}, err
		}
		tx.Audit(c.entry(brandID, "channel.updated", "channel", id, was, now))
		return done{}, tx.UpdateChannel(now)
	})
	return err
}

// settingField is where a Channel's own default stands in a request.
const settingField = "setting.default_flow_id"

func checkChannelSetting(ctx context.Context, tx *store.Tx, c model.Channel, field string) error {
	if !c.OwnSetting {
		return nil
	}
	return checkSetting(ctx, tx, c.Setting(model.PlatformSetting{}), field)
}

// checkSetting: either "no approval" or a Flow that may be a default; the Flow is locked
// until the commit. field is the path of the Flow in the request.
func checkSetting(ctx context.Context, tx *store.Tx, s model.PlatformSetting, field string) error {
	if err := s.Check(field); err != nil || s.DefaultFlowID == nil {
		return err
	}
	return mayDefault(ctx, tx, s.BrandID, *s.DefaultFlowID, s.Platform, field)
}

// SetPlatform saves what review a platform's posts get, where their channel has no
// setting of its own.
func (b Brands) SetPlatform(ctx context.Context, c Call, s model.PlatformSetting) error {
	if _, ok := model.PlatformByID(s.Platform); !ok {
		return model.E(model.CodeNotFound)
	}
	_, err := ruling(ctx, b.acts, c, s.BrandID, s.Platform, func(tx *store.Tx, _ model.Member) (done, error) {
		if err := checkSetting(ctx, tx, s, "default_flow_id"); err != nil {
			return done{}, err
		}
		was, err := tx.PlatformSetting(ctx, s.BrandID, s.Platform)
		if err != nil {
			return done{}, err
		}
		if err := goesOn(ctx, tx, c, s.BrandID, store.PostFilter{Platform: s.Platform}); err != nil {
			return done{}, err
		}
		tx.Audit(c.entry(s.BrandID, "platform_setting.saved", "platform_setting", s.Platform, was, s))
		return done{}, tx.SavePlatformSetting(s)
	})
	return err
}

// mayDefault: a default must be a live Flow of the Brand that fits whatever the platform
// takes. It is locked until the commit: nobody archives it meanwhile.
func mayDefault(ctx context.Context, tx *store.Tx, brandID, flowID, platform, field string) error {
	f, err := lockedFlow(ctx, tx, brandID, flowID)
	if model.CodeOf(err) == model.CodeNotFound && err != nil {
		return model.Invalid(model.Field(field, "unknown"))
	}
	p, _ := model.PlatformByID(platform)
	switch {
	case err != nil:
		return err
	case f.ArchivedAt != nil:
		return model.E(model.CodeFlowArchived)
	case !f.Content.FitsPlatform(p):
		return misfit(ctx, tx, brandID, platform, p.ContentTypes...)
	}
	return nil
}

// defaults are the places whose default a Flow is.
type defaults struct {
	platforms []model.PlatformSetting
	channels  []model.Channel
}

// lockDefaults reads them, and keeps them as they are until the commit.
func lockDefaults(tx *store.Tx, brandID, flowID string) (d defaults, err error) {
	if d.platforms, err = tx.LockDefaultedPlatforms(brandID, flowID); err == nil {
		d.channels, err = tx.LockDefaultedChannels(brandID, flowID)
	}
	return d, err
}

func (d defaults) none() bool { return len(d.platforms)+len(d.channels) == 0 }

// refusal names the places, platforms by id and channels by name.
func (d defaults) refusal() error {
	var platforms, channels []string
	for _, s := range d.platforms {
		platforms = append(platforms, s.Platform)
	}
	for _, c := range d.channels {
		channels = append(channels, c.Name)
	}
	e := model.E(model.CodeFlowIsDefault)
	e.Args = map[string]string{}
	if platforms != nil {
		e.Args["platforms"] = strings.Join(platforms, ", ")
	}
	if channels != nil {
		e.Args["channels"] = strings.Join(channels, ", ")
	}
	return e
}

// notFitting are the places that a version would not fit.
func (d defaults) notFitting(v model.FlowVersion) (bad defaults) {
	unfit := func(platform string) bool {
		p, _ := model.PlatformByID(platform)
		return !v.FitsPlatform(p)
	}
	for _, s := range d.platforms {
		if unfit(s.Platform) {
			bad.platforms = append(bad.platforms, s)
		}
	}
	for _, c := range d.channels {
		if unfit(c.Platform) {
			bad.channels = append(bad.channels, c)
		}
	}
	return bad
}

// keepsDefaults: a Flow that is a default must go on fitting there.
func keepsDefaults(tx *store.Tx, brandID, id string, spec model.FlowSpec) error {
	d, err := lockDefaults(tx, brandID, id)
	if err != nil {
		return err
	}
	if bad := d.notFitting(model.FlowVersion{ContentTypes: spec.ContentTypes, Platforms: spec.Platforms}); !bad.none() {
		return bad.refusal()
	}
	return nil
}

// newDefaultField is where an archived Flow's successor stands in a request.
const newDefaultField = "query.new_default"

// moveDefaults gives every place whose default the Flow is another one.
func moveDefaults(ctx context.Context, tx *store.Tx, c Call, brandID, id, newDefault string) error {
	d, err := lockDefaults(tx, brandID, id)
	if err != nil || d.none() {
		return err
	}
	if newDefault == "" || newDefault == id {
		return d.refusal()
	}
	next := &newDefault
	if newDefault == NoApproval {
		next = nil
	}
	for _, set := range d.platforms {
		if err := movePlatform(ctx, tx, c, set, next); err != nil {
			return err
		}
	}
	for _, ch := range d.channels {
		if err := moveChannel(ctx, tx, c, ch, next); err != nil {
			return err
		}
	}
	return nil
}

func movePlatform(ctx context.Context, tx *store.Tx, c Call, set model.PlatformSetting, next *string) error {
	was := set
	set.DefaultFlowID, set.NoApproval = next, next == nil
	if err := checkSetting(ctx, tx, set, newDefaultField); err != nil {
		return err
	}
	tx.Audit(c.entry(set.BrandID, "platform_setting.saved", "platform_setting", set.Platform, was, set))
	return tx.SavePlatformSetting(set)
}

func moveChannel(ctx context.Context, tx *store.Tx, c Call, ch model.Channel, next *string) error {
	was := ch
	ch.DefaultFlowID, ch.NoApproval = next, next == nil
	if err := checkChannelSetting(ctx, tx, ch, newDefaultField); err != nil {
		return err
	}
	tx.Audit(c.entry(ch.BrandID, "channel.updated", "channel", ch.ID, was, ch))
	return tx.UpdateChannel(ch)
}
