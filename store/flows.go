package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"gorm.io/gorm"

	"countersign/model"
)

// FlowView is a Flow with its newest version, or the version that was asked for.
type FlowView struct {
	model.Flow
	Content model.FlowVersion `gorm:"-"`
	Steps   []StepView        `gorm:"-"`
}

// StepView is a Step with its approvers in order.
type StepView struct {
	model.FlowStep
	Approvers []string // Member ids
}

// CreateFlow inserts a Flow; ErrTaken when the Brand has a live one of that name.
func (tx *Tx) CreateFlow(f *model.Flow) error {
	yes := true
	f.CurrentVersion, f.Live, f.Version, f.CreatedAt, f.UpdatedAt = 1, &yes, 1, tx.Now, tx.Now
	return taken(tx.create("flow", f))
}

// CreateFlowVersion inserts a version with its steps and approvers.
func (tx *Tx) CreateFlowVersion(v *model.FlowVersion, steps []model.FlowStep, approvers []model.FlowApprover) error {
	v.CreatedAt = tx.Now
	if err := tx.create("flow version", v); err != nil {
		return err
	}
	if err := tx.create("flow steps", &steps); err != nil {
		return err
	}
	return tx.create("flow approvers", &approvers)
}

// NextFlowVersion renames a live Flow and counts its version on, at the row version that
// the admin saw.
func (tx *Tx) NextFlowVersion(brandID, id, name string, version int64) error {
	moved, err := move(tx.db.Model(&model.Flow{}).Where("id = ? AND brand_id = ? AND version = ? AND archived_at IS NULL", id, brandID, version),
		map[string]any{"name": name, "current_version": gorm.Expr("current_version + 1"), "updated_at": tx.Now})
	return stale(moved, taken(err))
}

// LockFlow keeps a Flow as it is until the commit: it does not become a default while it
// is archived, nor the other way round.
func (tx *Tx) LockFlow(brandID, id string) error {
	var locked []string
	return tx.forUpdate().Model(&model.Flow{}).Where("id = ? AND brand_id = ?", id, brandID).Pluck("id", &locked).Error
}

// ArchiveFlow takes a Flow out of use; false when it was.
func (tx *Tx) ArchiveFlow(brandID, id string) (Moved, error) {
	return move(tx.db.Model(&model.Flow{}).Where("id = ? AND brand_id = ? AND archived_at IS NULL", id, brandID),
		map[string]any{"archived_at": tx.Now, "live": nil, "updated_at": tx.Now})
}

// Flows lists a Brand's live flows, newest first, each with its newest version.
func (r Reader) Flows(ctx context.Context, brandID string, p Page) ([]FlowView, error) {
	return r.flows(ctx, r.with(ctx).Where("archived_at IS NULL"), brandID, p)
}

// ArchivedFlows lists those that are out of use.
func (r Reader) ArchivedFlows(ctx context.Context, brandID string, p Page) ([]FlowView, error) {
	return r.flows(ctx, r.with(ctx).Where("archived_at IS NOT NULL"), brandID, p)
}

func (r Reader) flows(ctx context.Context, q *gorm.DB, brandID string, p Page) (list []FlowView, err error) {
	q = q.Model(&model.Flow{}).Where("brand_id = ?", brandID)
	if err = p.below(q, "id").Scan(&list).Error; err != nil {
		return nil, fault("flows", err)
	}
	return list, r.fillFlows(ctx, list)
}

// Flow reads one Flow of a Brand, archived or not, with its newest version.
func (r Reader) Flow(ctx context.Context, brandID, id string) (FlowView, error) {
	var f FlowView
	if err := r.with(ctx).Model(&model.Flow{}).Where("brand_id = ? AND id = ?", brandID, id).Take(&f).Error; err != nil {
		return f, fault("flow", err)
	}
	one := []FlowView{f}
	err := r.fillFlows(ctx, one)
	return one[0], err
}

// CurrentFlow is the newest version of a Flow with its steps.
type CurrentFlow struct {
	Version    model.FlowVersion
	Steps      []StepView
	ArchivedAt *time.Time // of the Flow
}

// CurrentFlow reads the newest version of a Flow of a Brand, archived or not.
func (r Reader) CurrentFlow(ctx context.Context, brandID, id string) (CurrentFlow, error) {
	list, err := r.versions(ctx, func(q *gorm.DB) *gorm.DB {
		return q.Where("f.id = ? AND f.brand_id = ? AND v.number = f.current_version", id, brandID)
	})
	return only(list, err)
}

// only is the one found, or not found.
func only(list []CurrentFlow, err error) (CurrentFlow, error) {
	if err != nil || len(list) == 0 {
		return CurrentFlow{}, fault("flow version", cmp.Or(err, gorm.ErrRecordNotFound))
	}
	return list[0], nil
}

var flowStepColumns = prefixed[model.FlowStep]("s", "step_")

// versionRow is one approver of one step of a version.
type versionRow struct {
	model.FlowVersion
	ArchivedAt *time.Time
	Step       model.FlowStep `gorm:"embedded;embeddedPrefix:step_"`
	MemberID   *string        // NULL when the step has none
	Place      int
}

// versions reads versions with their steps and approvers in order: one query.
func (r Reader) versions(ctx context.Context, narrow func(*gorm.DB) *gorm.DB) (list []CurrentFlow, err error) {
	var rows []versionRow
	q := r.with(ctx).Table("flow_versions v").
		Select("v.*, f.archived_at, " + flowStepColumns + ", a.member_id, a.position AS place").
		Joins("JOIN flows f ON f.id = v.flow_id").Joins("LEFT JOIN flow_steps s ON s.flow_version_id = v.id").Joins("LEFT JOIN flow_approvers a ON a.flow_step_id = s.id")
	err = narrow(q).Scan(&rows).Error
	slices.SortFunc(rows, func(x, y versionRow) int { // the server would need a temporary table to sort over several
		return cmp.Or(cmp.Compare(x.ID, y.ID), cmp.Compare(x.Step.Position, y.Step.Position), cmp.Compare(x.Place, y.Place))
	})
	for _, row := range rows {
		if n := len(list); n == 0 || list[n-1].Version.ID != row.ID {
			list = append(list, CurrentFlow{Version: row.FlowVersion, ArchivedAt: row.ArchivedAt})
		}
		steps := &list[len(list)-1].Steps
		if n := len(*steps); row.Step.ID != "" && (n == 0 || (*steps)[n-1].ID != row.Step.ID) {
			*steps = append(*steps, StepView{FlowStep: row.Step})
		}
		if row.MemberID != nil {
			last := &(*steps)[len(*steps)-1]
			last.Approvers = append(last.Approvers, *row.MemberID)
		}
	}
	return list, fault("flow versions", err)
}

// fillFlows adds newest versions, steps and approvers: one query however many flows.
func (r Reader) fillFlows(ctx context.Context, list []FlowView) error {
	if len(list) == 0 {
		return nil
	}
	ids := make([]string, len(list))
	for i, f := range list {
		ids[i] = f.ID
	}
	newest, err := r.versions(ctx, func(q *gorm.DB) *gorm.DB { return q.Where("f.id IN ? AND v.number = f.current_version", ids) })
	byFlow := make(map[string]CurrentFlow, len(newest))
	for _, v := range newest {
		byFlow[v.Version.FlowID] = v
	}
	for i := range list {
		list[i].Content, list[i].Steps = byFlow[list[i].ID].Version, byFlow[list[i].ID].Steps
	}
	return err
}

// FlowVersion reads one version of a Brand with its steps.
func (r Reader) FlowVersion(ctx context.Context, brandID, id string) (model.FlowVersion, []StepView, error) {
	v, err := only(r.versions(ctx, func(q *gorm.DB) *gorm.DB { return q.Where("v.id = ? AND v.brand_id = ?", id, brandID) }))
	return v.Version, v.Steps, err
}

// FlowVersions lists the versions of a Flow below a number (0: from the newest), newest
// first, one more than asked.
func (r Reader) FlowVersions(ctx context.Context, brandID, flowID string, below, limit int) (list []model.FlowVersion, err error) {
	q := r.with(ctx).Where("flow_id = ? AND brand_id = ?", flowID, brandID)
	if below > 0 {
		q = q.Where("number < ?", below)
	}
	err = q.Order("number DESC").Limit(limit + 1).Find(&list).Error
	return list, fault("flow versions", err)
}

// FlowVersionAt reads a version of a Flow by its number, with its steps.
func (r Reader) FlowVersionAt(ctx context.Context, brandID, flowID string, number int) (model.FlowVersion, []StepView, error) {
	v, err := only(r.versions(ctx, func(q *gorm.DB) *gorm.DB {
		return q.Where("f.id = ? AND v.brand_id = ? AND v.number = ?", flowID, brandID, number)
	}))
	return v.Version, v.Steps, err
}

// KeptVersions counts, by Flow and version, the Posts that run through it now: whatever
// happens to the Flow, they keep it.
func (r Reader) KeptVersions(ctx context.Context, flowIDs ...string) (list []model.KeptVersion, err error) {
	if len(flowIDs) == 0 {
		return nil, nil
	}
	err = r.with(ctx).Table("reviews v").Select("v.flow_id, f.number AS version_number, COUNT(DISTINCT v.post_id) AS posts").
		Joins("JOIN flow_versions f ON f.id = v.flow_version_id").
		Where("v.flow_id IN ? AND v.state = ?", flowIDs, model.ReviewRunning).
		Group("v.flow_id, f.number").Order("v.flow_id, f.number DESC").Scan(&list).Error
	return list, fault("kept versions", err)
}

// RunningPosts names the first Posts that run through a Flow now, and counts them all.
func (r Reader) RunningPosts(ctx context.Context, flowID string) (out model.Affected, err error) {
	running := func() *gorm.DB {
		return r.with(ctx).Table("reviews v").Joins("JOIN posts p ON p.id = v.post_id").Where("v.flow_id = ? AND v.state = ?", flowID, model.ReviewRunning)
	}
	var n int64
	if err = running().Distinct("p.id").Count(&n).Error; err != nil {
		return out, fault("running posts", err)
	}
	out.Count = int(n)
	err = running().Distinct("p.id", "p.title").Order("p.id").Limit(model.MaxShown).Scan(&out.Posts).Error
	return out, fault("running posts", err)
}

// InReview names the first Posts of a platform or a channel that are in review, and counts
// them all.
func (r Reader) InReview(ctx context.Context, brandID string, where PostFilter) (out model.Affected, err error) {
	where.State = model.PostInReview
	running := func() *gorm.DB {
		return where.narrow(r.with(ctx).Table("posts p").Where("p.brand_id = ? AND p.state = ?", brandID, where.State))
	}
	var n int64
	if err = running().Count(&n).Error; err != nil {
		return out, fault("posts in review", err)
	}
	out.Count = int(n)
	err = running().Select("p.id", "p.title").Order("p.id").Limit(model.MaxShown).Scan(&out.Posts).Error
	return out, fault("posts in review", err)
}

// How many live flows FittingFlows looks at, and how many it names: nobody reads more.
const (
	mostFlows   = 1000
	mostFitting = 50
)

// FittingFlows names the live flows of a Brand that take all of the content types on a
// platform, newest first: what a refusal offers instead (rule 7).
func (r Reader) FittingFlows(ctx context.Context, brandID, platform string, types ...model.ContentType) (names []string, err error) {
	var current []model.FlowVersion
	err = r.with(ctx).Table("flow_versions v").Select("v.*").Joins("JOIN flows f ON f.id = v.flow_id AND f.current_version = v.number").
		Where("f.brand_id = ? AND f.archived_at IS NULL", brandID).Order("f.id DESC").Limit(mostFlows).Find(&current).Error
	for _, v := range current {
		if v.FitsAll(platform, types) && len(names) < mostFitting {
			names = append(names, v.Name)
		}
	}
	return names, fault("fitting flows", err)
}

// LockDefaultedPlatforms reads the settings of the platforms whose default is the Flow,
// and keeps them until the commit.
func (tx *Tx) LockDefaultedPlatforms(brandID, flowID string) (list []model.PlatformSetting, err error) {
	err = tx.forUpdate().Where("brand_id = ? AND default_flow_id = ?", brandID, flowID).Order("platform").Find(&list).Error
	return list, fault("defaulted platforms", err)
}

// LockDefaultedChannels reads the Channels whose own default is the Flow, archived ones
// too, and keeps them until the commit.
func (tx *Tx) LockDefaultedChannels(brandID, flowID string) (list []model.Channel, err error) {
	err = tx.forUpdate().Where("brand_id = ? AND default_flow_id = ?", brandID, flowID).Order("id").Find(&list).Error
	return list, fault("defaulted channels", err)
}

// PlatformSettings lists what a Brand has set.
func (r Reader) PlatformSettings(ctx context.Context, brandID string) (list []model.PlatformSetting, err error) {
	err = r.with(ctx).Where("brand_id = ?", brandID).Order("platform").Find(&list).Error
	return list, fault("platform settings", err)
}

// PlatformSetting reads one; a platform that was never set has version 0 and no default.
func (r Reader) PlatformSetting(ctx context.Context, brandID, platform string) (model.PlatformSetting, error) {
	var list []model.PlatformSetting
	err := r.with(ctx).Where("brand_id = ? AND platform = ?", brandID, platform).Limit(1).Find(&list).Error
	if err != nil || len(list) == 0 {
		return model.PlatformSetting{BrandID: brandID, Platform: platform}, fault("platform setting", err)
	}
	return list[0], nil
}

// SavePlatformSetting writes a setting at the version that the admin saw; 0 inserts. It
// takes a copy: when the transaction runs again, the version is still the one he saw.
func (tx *Tx) SavePlatformSetting(s model.PlatformSetting) error {
	if s.Version == 0 {
		s.Version, s.CreatedAt, s.UpdatedAt = 1, tx.Now, tx.Now
		err := tx.create("platform setting", &s)
		if duplicate(err) {
			return model.E(model.CodeStale)
		}
		return err
	}
	moved, err := move(tx.db.Model(&model.PlatformSetting{}).Where("brand_id = ? AND platform = ? AND version = ?", s.BrandID, s.Platform, s.Version),
		map[string]any{
			"default_flow_id": s.DefaultFlowID, "no_approval": s.NoApproval, "allow_change": s.AllowChange,
			"allow_none": s.AllowNone, "updated_at": tx.Now,
		})
	return stale(moved, err)
}

// CreateChannel inserts a Channel.
func (tx *Tx) CreateChannel(c *model.Channel) error {
	c.Version, c.CreatedAt, c.UpdatedAt, c.Posters = 1, tx.Now, tx.Now, append([]string{}, c.Posters...)
	return tx.create("channel", c)
}

// UpdateChannel changes a Channel at the version that the admin saw.
func (tx *Tx) UpdateChannel(c model.Channel) error {
	posters, err := json.Marshal(append([]string{}, c.Posters...)) // a map of columns passes by gorm's serializer
	if err != nil {
		return err
	}
	moved, err := move(tx.db.Model(&model.Channel{}).Where("id = ? AND brand_id = ? AND version = ?", c.ID, c.BrandID, c.Version),
		map[string]any{
			"name": c.Name, "platform_account_id": c.PlatformAccountID, "ai_review": c.AIReview, "posters": string(posters), "archived_at": c.ArchivedAt, "updated_at": tx.Now,
			"own_setting": c.OwnSetting, "default_flow_id": c.DefaultFlowID, "no_approval": c.NoApproval, "allow_change": c.AllowChange, "allow_none": c.AllowNone,
		})
	return stale(moved, err)
}

// Channel reads one.
func (r Reader) Channel(ctx context.Context, brandID, id string) (c model.Channel, err error) {
	err = r.with(ctx).Where("brand_id = ? AND id = ?", brandID, id).Take(&c).Error
	return c, fault("channel", err)
}

// ChannelRule is a Channel with what rules on the review of its posts.
type ChannelRule struct {
	model.Channel
	Platforms    model.PlatformSetting `gorm:"embedded;embeddedPrefix:set_"` // version 0 when it was never set
	SelfApproval bool                  // of the Brand
}

// Ruling is the setting in force on the Channel: its own, or its platform's.
func (c ChannelRule) Ruling() model.PlatformSetting { return c.Setting(c.Platforms) }

var settingColumns = prefixed[model.PlatformSetting]("s", "set_")

// ChannelRule reads a Channel of a Brand with its rules: one query.
func (r Reader) ChannelRule(ctx context.Context, brandID, id string) (c ChannelRule, err error) {
	err = r.with(ctx).Table("channels c").
		Select("c.*, b.self_approval, "+settingColumns).
		Joins("JOIN brands b ON b.id = c.brand_id").
		Joins("LEFT JOIN platform_settings s ON s.brand_id = c.brand_id AND s.platform = c.platform").
		Where("c.brand_id = ? AND c.id = ?", brandID, id).Take(&c).Error
	return c, fault("channel", err)
}

// Channels lists a Brand's channels, newest first.
func (r Reader) Channels(ctx context.Context, brandID string, p Page) (list []model.Channel, err error) {
	err = p.below(r.with(ctx).Where("brand_id = ?", brandID), "id").Find(&list).Error
	return list, fault("channels", err)
}
