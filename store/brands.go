package store

import (
	"context"
	"encoding/json"

	"countersign/model"
)

// CreateBrand inserts a Brand and the start of its audit chain.
func (tx *Tx) CreateBrand(b *model.Brand) error {
	b.Version, b.CreatedAt, b.UpdatedAt = 1, tx.Now, tx.Now
	if b.BlockingRules == nil {
		b.BlockingRules = []string{} // the column is never NULL
	}
	if err := tx.create("brand", b); err != nil {
		return err
	}
	return tx.create("audit head", &model.AuditHead{BrandID: b.ID})
}

// Brand reads one Brand.
func (r Reader) Brand(ctx context.Context, id string) (b model.Brand, err error) {
	err = r.with(ctx).Where("id = ?", id).Take(&b).Error
	return b, fault("brand", err)
}

// BrandsOf lists the ids of the Brands that a User is an active Member of.
func (r Reader) BrandsOf(ctx context.Context, userID string) (ids []string, err error) {
	err = r.with(ctx).Model(&model.Member{}).Where("user_id = ? AND status = ?", userID, model.MemberActive).Order("brand_id").Pluck("brand_id", &ids).Error
	return ids, fault("brands of user", err)
}

// UpdateBrand changes the settings of a Brand at the version that the admin saw.
func (tx *Tx) UpdateBrand(b model.Brand) error {
	rules, err := json.Marshal(b.BlockingRules) // a map of columns passes by gorm's serializer
	if err != nil {
		return err
	}
	moved, err := move(tx.db.Model(&model.Brand{}).Where("id = ? AND version = ?", b.ID, b.Version), map[string]any{
		"name": b.Name, "public_name": b.PublicName, "time_zone": b.TimeZone, "self_approval": b.SelfApproval,
		"lead_minutes": b.LeadMinutes, "blocking_rules": string(rules), "named_posters": b.NamedPosters, "updated_at": tx.Now,
	})
	return stale(moved, err)
}
