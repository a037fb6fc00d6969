package store

import (
	"context"

	"countersign/model"
)

// listColumns are those of a WordList without its words, which may be a megabyte.
var listColumns = []string{"id", "brand_id", "name", "severity", "enabled", "count", "version", "created_at", "updated_at"}

// WordLists lists a Brand's, newest first, without their words.
func (r Reader) WordLists(ctx context.Context, brandID string) (list []model.WordList, err error) {
	err = r.with(ctx).Select(listColumns).Where("brand_id = ?", brandID).Order("id DESC").Find(&list).Error
	return list, fault("word lists", err)
}

// WordList reads one of a Brand's, words and all.
func (r Reader) WordList(ctx context.Context, brandID, id string) (l model.WordList, err error) {
	err = r.with(ctx).Where("brand_id = ? AND id = ?", brandID, id).Take(&l).Error
	return l, fault("word list", err)
}

// LockWordLists keeps a Brand's lists from being changed by others until the commit: they
// share a limit. It locks the Brand, for there may be none yet.
func (tx *Tx) LockWordLists(brandID string) error {
	var ids []string
	return tx.forUpdate().Model(&model.Brand{}).Where("id = ?", brandID).Pluck("id", &ids).Error
}

// CreateWordList inserts one.
func (tx *Tx) CreateWordList(l *model.WordList) error {
	l.Count, l.Version, l.CreatedAt, l.UpdatedAt = len(l.Words), 1, tx.Now, tx.Now
	return tx.create("word list", l)
}

// UpdateWordList replaces one, at the version that the admin saw.
func (tx *Tx) UpdateWordList(l model.WordList) error {
	next := model.WordList{Name: l.Name, Severity: l.Severity, Enabled: l.Enabled, Words: l.Words, Count: len(l.Words), Version: l.Version + 1, UpdatedAt: tx.Now}
	r := tx.db.Model(&model.WordList{}).Select("name", "severity", "enabled", "words", "count", "version", "updated_at").
		Where("id = ? AND brand_id = ? AND version = ?", l.ID, l.BrandID, l.Version).UpdateColumns(next) // gorm would put its own time in place of ours
	return stale(r.RowsAffected == 1, r.Error)
}

// DeleteWordList removes one.
func (tx *Tx) DeleteWordList(brandID, id string) error {
	return tx.db.Where("id = ? AND brand_id = ?", id, brandID).Delete(&model.WordList{}).Error
}

// WordListMark says that a list is in use, at a version: as long as a Brand's marks are the
// same, so are the words that are looked for.
type WordListMark struct {
	ID      string
	Version int64
}

// WordListMarks are those of a Brand's enabled lists, in a fixed order.
func (r Reader) WordListMarks(ctx context.Context, brandID string) (list []WordListMark, err error) {
	err = r.with(ctx).Model(&model.WordList{}).Select("id", "version").Where("brand_id = ? AND enabled = ?", brandID, true).Order("id").Scan(&list).Error
	return list, fault("word list marks", err)
}

// EnabledWords reads the enabled lists of a Brand, words and all.
func (r Reader) EnabledWords(ctx context.Context, brandID string) (list []model.WordList, err error) {
	err = r.with(ctx).Where("brand_id = ? AND enabled = ?", brandID, true).Order("id").Find(&list).Error
	return list, fault("enabled words", err)
}
