package store

import (
	"context"

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

// fillFlows adds versions, steps and approvers: three queries however many flows.
func (r Reader) fillFlows(ctx context.Context, list []FlowView) error {
	if len(list) == 0 {
		return nil
	}
	pairs := make([][]any, len(list))
	for i, f := range list {
		pairs[i] = []any{f.ID, f.CurrentVersion}
	}
	var versions []model.FlowVersion
	if err := r.with(ctx).Where("(flow_id, number) IN ?", pairs).Find(&versions).Error; err != nil {
		return fault("flow versions", err)
	}
	ids := make([]string, len(versions))
	byFlow := map[string]model.FlowVersion{}
	for i, v := range versions {
		ids[i], byFlow[v.FlowID] = v.ID, v
	}
	steps, err := r.stepsOf(ctx, ids)
	for i := range list {
		list[i].Content = byFlow[list[i].ID]
		list[i].Steps = steps[list[i].Content.ID]
	}
	return err
}

// FlowVersion reads one version of a Brand with its steps.
func (r Reader) FlowVersion(ctx context.Context, brandID, id string) (v model.FlowVersion, steps []StepView, err error) {
	if err = r.with(ctx).Where("brand_id = ? AND id = ?", brandID, id).Take(&v).Error; err != nil {
		return v, nil, fault("flow version", err)
	}
	all, err := r.stepsOf(ctx, []string{id})
	return v, all[id], err
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
func (r Reader) FlowVersionAt(ctx context.Context, brandID, flowID string, number int) (v model.FlowVersion, steps []StepView, err error) {
	if err = r.with(ctx).Where("flow_id = ? AND brand_id = ? AND number = ?", flowID, brandID, number).Take(&v).Error; err != nil {
		return v, nil, fault("flow version", err)
	}
	all, err := r.stepsOf(ctx, []string{v.ID})
	return v, all[v.ID], err
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

// stepsOf reads steps and approvers of versions, in order, by version.
func (r Reader) stepsOf(ctx context.Context, versionIDs []string) (map[string][]StepView, error) {
	var rows []struct {
		model.FlowStep
		MemberID *string // of one approver; NULL when the step has none
	}
	err := r.with(ctx).Table("flow_steps s").Select("s.*, a.member_id").Joins("LEFT JOIN flow_approvers a ON a.flow_step_id = s.id").
		Where("s.flow_version_id IN ?", versionIDs).Order("s.flow_version_id, s.position, a.position").Scan(&rows).Error
	out := map[string][]StepView{}
	for _, row := range rows {
		steps := out[row.FlowVersionID]
		if n := len(steps); n == 0 || steps[n-1].ID != row.ID {
			steps = append(steps, StepView{FlowStep: row.FlowStep})
		}
		if row.MemberID != nil {
			last := &steps[len(steps)-1]
			last.Approvers = append(last.Approvers, *row.MemberID)
		}
		out[row.FlowVersionID] = steps
	}
	return out, fault("flow steps", err)
}

// FittingFlows lists the live flows of a Brand that take all of the content types on a
// platform: what a refusal offers instead (rule 7).
func (r Reader) FittingFlows(ctx context.Context, brandID, platform string, types ...model.ContentType) (fit []FlowView, err error) {
	all, err := r.Flows(ctx, brandID, Page{Limit: 99})
	for _, f := range all {
		if f.Content.FitsAll(platform, types) {
			fit = append(fit, f)
		}
	}
	return fit, err
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

// SavePlatformSetting writes a setting at the version that the admin saw; 0 inserts.
func (tx *Tx) SavePlatformSetting(s *model.PlatformSetting) error {
	if s.Version == 0 {
		s.Version, s.CreatedAt, s.UpdatedAt = 1, tx.Now, tx.Now
		err := tx.create("platform setting", s)
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
	s.Version, s.UpdatedAt = s.Version+1, tx.Now
	return stale(moved, err)
}

// CreateChannel inserts a Channel.
func (tx *Tx) CreateChannel(c *model.Channel) error {
	c.Version, c.CreatedAt, c.UpdatedAt = 1, tx.Now, tx.Now
	return tx.create("channel", c)
}

// UpdateChannel changes a Channel at the version that the admin saw.
func (tx *Tx) UpdateChannel(c model.Channel) error {
	moved, err := move(tx.db.Model(&model.Channel{}).Where("id = ? AND brand_id = ? AND version = ?", c.ID, c.BrandID, c.Version),
		map[string]any{
			"name": c.Name, "platform_account_id": c.PlatformAccountID, "ai_review": c.AIReview, "archived_at": c.ArchivedAt, "updated_at": tx.Now,
			"own_setting": c.OwnSetting, "default_flow_id": c.DefaultFlowID, "no_approval": c.NoApproval, "allow_change": c.AllowChange, "allow_none": c.AllowNone,
		})
	return stale(moved, err)
}

// Channel reads one.
func (r Reader) Channel(ctx context.Context, brandID, id string) (c model.Channel, err error) {
	err = r.with(ctx).Where("brand_id = ? AND id = ?", brandID, id).Take(&c).Error
	return c, fault("channel", err)
}

// Channels lists a Brand's channels, newest first.
func (r Reader) Channels(ctx context.Context, brandID string, p Page) (list []model.Channel, err error) {
	err = p.below(r.with(ctx).Where("brand_id = ?", brandID), "id").Find(&list).Error
	return list, fault("channels", err)
}
