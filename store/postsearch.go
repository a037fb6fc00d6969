package store

import (
	"slices"

	"gorm.io/gorm/clause"

	"countersign/model"
)

// index writes the terms of a Post's title, and drops those that it no longer has.
func (tx *Tx) index(brandID, postID, was, now string) error {
	old, terms := model.Terms(was), model.Terms(now)
	gone := slices.DeleteFunc(slices.Clone(old), func(t string) bool { return slices.Contains(terms, t) })
	if len(gone) > 0 {
		err := tx.db.Where("brand_id = ? AND post_id = ? AND term IN ?", brandID, postID, gone).Delete(&model.PostTerm{}).Error
		if err != nil {
			return err
		}
	}
	var rows []model.PostTerm
	for _, t := range terms {
		if !slices.Contains(old, t) {
			rows = append(rows, model.PostTerm{BrandID: brandID, Term: t, PostID: postID})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
}
