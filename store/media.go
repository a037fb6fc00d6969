package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/model"
)

// CreateMedia inserts an upload and charges it to its Brand's quota: the guarded update
// of one row decides when several come at once.
func (tx *Tx) CreateMedia(m *model.Media, quota int64) error {
	if err := tx.chargeMedia(m.BrandID, m.Bytes, quota); err != nil {
		return err
	}
	m.State, m.Version, m.CreatedAt, m.UpdatedAt = model.MediaUploading, 1, tx.Now, tx.Now
	return tx.create("media", m)
}

// chargeMedia adds to what a Brand uses; more than quota, when it is positive, is refused.
func (tx *Tx) chargeMedia(brandID string, bytes, quota int64) error {
	row := model.MediaUsage{BrandID: brandID}
	if err := tx.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return fmt.Errorf("media usage: %w", err)
	}
	q := tx.db.Model(&model.MediaUsage{}).Where("brand_id = ?", brandID)
	if quota > 0 {
		q = q.Where("bytes <= ?", quota-bytes)
	}
	r := q.Update("bytes", gorm.Expr("bytes + ?", bytes))
	if r.Error != nil || r.RowsAffected == 1 {
		return r.Error
	}
	if err := tx.db.Where("brand_id = ?", brandID).Take(&row).Error; err != nil {
		return fmt.Errorf("media usage: %w", err)
	}
	return model.E(model.CodeMediaQuota, "used", model.MiB(row.Bytes), "most", model.MiB(quota))
}

// MediaUsage is how many bytes a Brand's Media have.
func (r Reader) MediaUsage(ctx context.Context, brandID string) (int64, error) {
	var rows []model.MediaUsage
	err := r.with(ctx).Where("brand_id = ?", brandID).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return 0, fault("media usage", err)
	}
	return rows[0].Bytes, nil
}

// Media reads one file's row of a Brand.
func (r Reader) Media(ctx context.Context, brandID, id string) (m model.Media, err error) {
	err = r.with(ctx).Where("brand_id = ? AND id = ?", brandID, id).Take(&m).Error
	return m, fault("media", err)
}

// ServedMedia reads what a signed address names: the signature stands for the Brand.
func (r Reader) ServedMedia(ctx context.Context, id string) (m model.Media, err error) {
	err = r.with(ctx).Where("id = ? AND state = ?", id, model.MediaReady).Take(&m).Error
	return m, fault("served media", err)
}

// MediaFilter narrows a list of Media; "" is all.
type MediaFilter struct {
	Kind  model.MediaKind
	State model.MediaState
}

// MediaList lists a Brand's files, newest first.
func (r Reader) MediaList(ctx context.Context, brandID string, f MediaFilter, p Page) (list []model.Media, err error) {
	q := r.with(ctx).Where("brand_id = ?", brandID)
	if f.Kind != "" {
		q = q.Where("kind = ?", f.Kind)
	}
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	err = p.below(q, "id").Find(&list).Error
	return list, fault("media list", err)
}

// MediaByID reads the ready files of a Brand among ids, by id.
func (r Reader) MediaByID(ctx context.Context, brandID string, ids []string) (map[string]model.Media, error) {
	out := map[string]model.Media{}
	if len(ids) == 0 {
		return out, nil
	}
	var list []model.Media
	err := r.with(ctx).Where("brand_id = ? AND id IN ? AND state = ?", brandID, ids, model.MediaReady).Find(&list).Error
	for _, m := range list {
		out[m.ID] = m
	}
	return out, fault("media by id", err)
}

// MediaParts lists the parts that arrived, in order.
func (r Reader) MediaParts(ctx context.Context, id string) (list []model.MediaPart, err error) {
	err = r.with(ctx).Where("media_id = ?", id).Order("number").Find(&list).Error
	return list, fault("media parts", err)
}

// MediaUses lists where a file is shown, newest first, up to limit.
func (r Reader) MediaUses(ctx context.Context, brandID, id string, limit int) (list []model.MediaUse, err error) {
	err = r.with(ctx).Where("brand_id = ? AND media_id = ?", brandID, id).Order("revision_id DESC").Limit(limit).Find(&list).Error
	return list, fault("media uses", err)
}

// SavePart records that a part arrived; the same part again replaces it.
func (tx *Tx) SavePart(p model.MediaPart) error {
	r := tx.db.Model(&model.Media{}).Where("id = ? AND brand_id = ? AND state = ?", p.MediaID, p.BrandID, model.MediaUploading).Update("updated_at", tx.Now)
	if r.Error != nil {
		return r.Error
	}
	if r.RowsAffected == 0 {
		if _, err := tx.Media(tx.ctx, p.BrandID, p.MediaID); err != nil {
			return err
		}
		return model.E(model.CodeUploadFinished)
	}
	p.CreatedAt = tx.Now
	if err := tx.db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&p).Error; err != nil {
		return fmt.Errorf("media part: %w", err)
	}
	return nil
}

// FinishMedia makes an upload ready, once: of two at the same time one is told false.
func (tx *Tx) FinishMedia(m model.Media, f model.MediaFacts) (Moved, error) {
	moved, err := move(tx.db.Model(&model.Media{}).Where("id = ? AND brand_id = ? AND state = ?", m.ID, m.BrandID, model.MediaUploading), map[string]any{
		"state": model.MediaReady, "bytes": f.Bytes, "sha256": f.SHA256, "width": f.Width, "height": f.Height, "duration_ms": f.DurationMS,
		"thumb": f.Thumb, "blob_key": f.BlobKey, "updated_at": tx.Now,
	})
	if err != nil || !moved {
		return moved, err
	}
	if err := tx.dropParts(m.ID); err != nil {
		return moved, err
	}
	return moved, tx.chargeMedia(m.BrandID, f.Bytes-m.Bytes, 0)
}

func (tx *Tx) dropParts(id string) error {
	return tx.db.Where("media_id = ?", id).Delete(&model.MediaPart{}).Error
}

// LockMedia reads a row and keeps others from using or changing it until the commit.
func (tx *Tx) LockMedia(brandID, id string) (m model.Media, err error) {
	err = tx.forUpdate().Where("brand_id = ? AND id = ?", brandID, id).Take(&m).Error
	return m, fault("lock media", err)
}

// DropMedia deletes the row of a file that no Revision shows, and what it used of the
// quota. The caller holds the row, so that nobody begins to use it meanwhile.
func (tx *Tx) DropMedia(m model.Media) error {
	var uses int64
	if err := tx.db.Model(&model.MediaUse{}).Where("media_id = ?", m.ID).Count(&uses).Error; err != nil {
		return fmt.Errorf("media uses: %w", err)
	}
	if uses > 0 {
		return model.E(model.CodeMediaInUse, "count", fmt.Sprint(uses))
	}
	r := tx.db.Where("id = ? AND brand_id = ? AND version = ?", m.ID, m.BrandID, m.Version).Delete(&model.Media{})
	if r.Error != nil || r.RowsAffected == 0 {
		return stale(r.RowsAffected == 1, r.Error)
	}
	if err := tx.dropParts(m.ID); err != nil {
		return err
	}
	return tx.chargeMedia(m.BrandID, -m.Bytes, 0)
}

// HoldMedia reads the ready files of a Brand among ids and keeps them from being deleted
// until the commit.
func (tx *Tx) HoldMedia(brandID string, ids []string) (map[string]model.Media, error) {
	out := map[string]model.Media{}
	if len(ids) == 0 {
		return out, nil
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	var list []model.Media
	err := tx.forUpdate().Where("brand_id = ? AND id IN ? AND state = ?", brandID, ids, model.MediaReady).Order("id").Find(&list).Error
	for _, m := range list {
		out[m.ID] = m
	}
	return out, fault("hold media", err)
}

// useMedia records what new Revisions show. What they name must be there, with the
// digest that they name: whoever writes a Revision cannot leave this out.
func (tx *Tx) useMedia(revisions ...model.Revision) error {
	var uses []model.MediaUse
	for _, v := range revisions {
		refs, err := mediaOf(v)
		if err != nil || len(refs) == 0 {
			if err != nil {
				return err
			}
			continue
		}
		ids := make([]string, len(refs))
		for i, ref := range refs {
			ids[i] = ref.ID
			uses = append(uses, model.MediaUse{BrandID: v.BrandID, MediaID: ref.ID, ArticleID: v.ArticleID, RevisionID: v.ID, Number: v.Number, CreatedAt: tx.Now})
		}
		held, err := tx.HoldMedia(v.BrandID, ids)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if m, ok := held[ref.ID]; !ok || m.SHA256 != ref.SHA256 {
				return model.E(model.CodeInternal).Because(fmt.Errorf("revision %s names media %s, which is not there", v.ID, ref.ID))
			}
		}
		if err := tx.db.Model(&model.Media{}).Where("id IN ? AND used = ?", ids, false).Update("used", true).Error; err != nil {
			return fmt.Errorf("media used: %w", err)
		}
	}
	if len(uses) == 0 {
		return nil
	}
	return tx.create("media uses", &uses)
}

func mediaOf(v model.Revision) ([]model.MediaRef, error) {
	if !bytes.Contains(v.Content, []byte(`"sha256":`)) { // most content shows none
		return nil, nil
	}
	var c model.Content
	if err := json.Unmarshal(v.Content, &c); err != nil {
		return nil, fmt.Errorf("revision %s: %w", v.ID, err)
	}
	return c.Media(), nil
}

// StaleMedia lists up to limit files that nobody waits for: uploads without news, and
// what no Revision has shown for a while.
func (r Reader) StaleMedia(ctx context.Context, state model.MediaState, before time.Time, limit int) (list []model.Media, err error) {
	err = r.with(ctx).Where("state = ? AND used = ? AND updated_at < ?", state, false, before).Order("updated_at").Limit(limit).Find(&list).Error
	return list, fault("stale media", err)
}

// MediaRows reads the rows among ids, of any Brand and state, for the sweep of blobs.
func (r Reader) MediaRows(ctx context.Context, ids []string) (map[string]model.Media, error) {
	var list []model.Media
	err := r.with(ctx).Where("id IN ?", ids).Find(&list).Error
	out := make(map[string]model.Media, len(list))
	for _, m := range list {
		out[m.ID] = m
	}
	return out, fault("media rows", err)
}
