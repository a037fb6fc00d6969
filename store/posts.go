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

// RevisionByDigest reads the newest snapshot of an Article with a content.
func (r Reader) RevisionByDigest(ctx context.Context, articleID, digest string) (v model.Revision, err error) {
	err = r.with(ctx).Where("article_id = ? AND digest = ?", articleID, digest).Order("number DESC").Take(&v).Error
	return v, fault("revision by digest", err)
}

// ArticleView is an Article with its newest Revision's content and writer, and the round
// of its newest Review.
type ArticleView struct {
	model.Article
	Content   []byte // canonical JSON of model.Content
	WrittenBy string // Member
	Round     int    // 0 before the first
}

var articleColumns = prefixed[model.Article]("a", "article_") + ", v.content AS article_content, v.created_by AS article_written_by, w.round AS article_round"

// written joins to articles, as a, what an ArticleView adds to them.
func written(q *gorm.DB) *gorm.DB {
	return q.Joins("JOIN revisions v ON v.article_id = a.id AND v.number = a.revision_number").Joins("LEFT JOIN reviews w ON w.id = a.review_id")
}

// ArticleViews lists the articles of a Post in order, without those that were removed:
// one query.
func (r Reader) ArticleViews(ctx context.Context, brandID, postID string) (list []ArticleView, err error) {
	err = written(r.with(ctx).Table("articles a").Select("a.*, v.content, v.created_by AS written_by, w.round")).
		Where("a.brand_id = ? AND a.post_id = ? AND a.removed_at IS NULL", brandID, postID).Order("a.position").Scan(&list).Error
	return list, fault("article views", err)
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

// MovePost writes the columns in set, at the version that the caller read in its Brand: the
// Brand in the guard as well would make MariaDB weigh each index that begins with it, which
// took longer than the update. A new title is found by the search from then on.
func (tx *Tx) MovePost(p model.Post, set map[string]any) error {
	set["updated_at"] = tx.Now
	if title, ok := set["title"].(string); ok && title != p.Title {
		folded := model.Fold(title)
		set["search_title"] = folded
		if err := tx.index(p.BrandID, p.ID, p.SearchTitle, folded); err != nil {
			return err
		}
	}
	moved, err := move(tx.db.Model(&model.Post{}).Where("id = ? AND version = ?", p.ID, p.Version), set)
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
