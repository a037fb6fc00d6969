package store

import (
	"context"

	"gorm.io/gorm"

	"countersign/model"
)

// CreatePost inserts a Post with its Articles and their first Revisions.
func (tx *Tx) CreatePost(p *model.Post, articles []model.Article, revisions []model.Revision) error {
	p.Version, p.CreatedAt, p.UpdatedAt, p.SearchTitle = 1, tx.Now, tx.Now, model.Fold(p.Title)
	if err := tx.create("post", p); err != nil {
		return err
	}
	if err := tx.index(p.BrandID, p.ID, "", p.SearchTitle); err != nil {
		return err
	}
	for i := range articles {
		articles[i].Version, articles[i].CreatedAt, articles[i].UpdatedAt = 1, tx.Now, tx.Now
		revisions[i].CreatedAt = tx.Now
	}
	if err := tx.create("articles", &articles); err != nil {
		return err
	}
	if err := tx.create("revisions", &revisions); err != nil {
		return err
	}
	return tx.useMedia(revisions...)
}

// Post reads one Post of a Brand.
func (r Reader) Post(ctx context.Context, brandID, id string) (p model.Post, err error) {
	err = r.with(ctx).Where("brand_id = ? AND id = ?", brandID, id).Take(&p).Error
	return p, fault("post", err)
}

// LockPost reads a Post and keeps others from changing it until the commit.
func (tx *Tx) LockPost(brandID, id string) (p model.Post, err error) {
	err = tx.forUpdate().Where("brand_id = ? AND id = ?", brandID, id).Take(&p).Error
	return p, fault("lock post", err)
}

// Articles lists the articles of a Post in order, without those that were removed.
func (r Reader) Articles(ctx context.Context, brandID, postID string) (list []model.Article, err error) {
	err = r.with(ctx).Where("brand_id = ? AND post_id = ? AND removed_at IS NULL", brandID, postID).Order("position").Find(&list).Error
	return list, fault("articles", err)
}

// Article reads one that was not removed.
func (r Reader) Article(ctx context.Context, brandID, id string) (a model.Article, err error) {
	err = r.with(ctx).Where("brand_id = ? AND id = ? AND removed_at IS NULL", brandID, id).Take(&a).Error
	return a, fault("article", err)
}

// Revision reads one snapshot of an Article.
func (r Reader) Revision(ctx context.Context, brandID, articleID string, number int) (v model.Revision, err error) {
	err = r.with(ctx).Where("brand_id = ? AND article_id = ? AND number = ?", brandID, articleID, number).Take(&v).Error
	return v, fault("revision", err)
}

// NewestRevisions reads the current snapshot of each Article.
func (r Reader) NewestRevisions(ctx context.Context, articles []model.Article) (list []model.Revision, err error) {
	if len(articles) == 0 {
		return nil, nil
	}
	pairs := make([][]any, len(articles))
	for i, a := range articles {
		pairs[i] = []any{a.ID, a.RevisionNumber}
	}
	err = r.with(ctx).Where("(article_id, number) IN ?", pairs).Find(&list).Error
	return list, fault("newest revisions", err)
}

// CreateRevision inserts a snapshot.
func (tx *Tx) CreateRevision(v *model.Revision) error {
	v.CreatedAt = tx.Now
	if err := tx.create("revision", v); err != nil {
		return err
	}
	return tx.useMedia(*v)
}

// MoveArticle writes the columns in set, at the version that the caller read.
func (tx *Tx) MoveArticle(a model.Article, set map[string]any) error {
	set["updated_at"] = tx.Now
	moved, err := move(tx.db.Model(&model.Article{}).Where("id = ? AND brand_id = ? AND version = ?", a.ID, a.BrandID, a.Version), set)
	tx.tally.articleMoved(a, set, moved)
	return stale(moved, err)
}

// MovePost writes the columns in set, at the version that the caller read. A new title is
// found by the search from then on.
func (tx *Tx) MovePost(p model.Post, set map[string]any) error {
	set["updated_at"] = tx.Now
	if title, ok := set["title"].(string); ok && title != p.Title {
		folded := model.Fold(title)
		set["search_title"] = folded
		if err := tx.index(p.BrandID, p.ID, p.SearchTitle, folded); err != nil {
			return err
		}
	}
	moved, err := move(tx.db.Model(&model.Post{}).Where("id = ? AND brand_id = ? AND version = ?", p.ID, p.BrandID, p.Version), set)
	return stale(moved, err)
}

// DerivePostState sets a Post's state from its Articles as they are now (rule 8).
func (tx *Tx) DerivePostState(ctx context.Context, postID string) (model.PostState, error) {
	var states []model.ArticleState
	if err := tx.with(ctx).Model(&model.Article{}).Where("post_id = ? AND removed_at IS NULL", postID).Pluck("state", &states).Error; err != nil {
		return "", err
	}
	to := model.DerivePost(states)
	err := tx.db.Model(&model.Post{}).Where("id = ?", postID).
		Updates(map[string]any{"state": to, "version": gorm.Expr("version + 1"), "updated_at": tx.Now}).Error
	return to, err
}
