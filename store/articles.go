package store

import (
	"context"

	"gorm.io/gorm"

	"countersign/model"
)

// AddArticle inserts an Article with its first Revision into a Post that is there.
func (tx *Tx) AddArticle(a *model.Article, v *model.Revision) error {
	a.Version, a.CreatedAt, a.UpdatedAt, v.CreatedAt = 1, tx.Now, tx.Now, tx.Now
	if err := tx.create("article", a); err != nil {
		return err
	}
	return tx.CreateRevision(v)
}

// aside is added to positions on their way to new ones, so that no two rows meet at one
// position in between: the unique index of post and position is asked row by row.
const aside = 1000

// PlaceArticles gives the Articles of a Post the positions 1, 2 … in the order of ids.
// The caller holds the Post's lock and names all of them.
func (tx *Tx) PlaceArticles(postID string, ids []string) error {
	all := tx.db.Model(&model.Article{}).Where("post_id = ? AND removed_at IS NULL", postID)
	if err := all.Updates(map[string]any{"position": gorm.Expr("position + ?", aside), "version": gorm.Expr("version + 1"), "updated_at": tx.Now}).Error; err != nil {
		return err
	}
	for i, id := range ids {
		r := tx.db.Model(&model.Article{}).Where("id = ? AND post_id = ? AND position > ?", id, postID, aside).Update("position", i+1)
		if err := stale(r.RowsAffected == 1, r.Error); err != nil {
			return err
		}
	}
	return nil
}

// RemoveArticle takes an Article out of its Post. The row stays, with all that hangs on
// it, at a position below zero that is its own: those above are free again.
func (tx *Tx) RemoveArticle(ctx context.Context, a model.Article) error {
	var lowest int
	err := tx.with(ctx).Model(&model.Article{}).Where("post_id = ?", a.PostID).Select("MIN(position)").Row().Scan(&lowest)
	if err != nil {
		return fault("lowest position", err)
	}
	return tx.MoveArticle(a, map[string]any{"position": min(lowest, 0) - 1, "removed_at": tx.Now})
}
