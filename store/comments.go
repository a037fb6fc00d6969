package store

import (
	"context"

	"gorm.io/gorm"

	"countersign/model"
)

// visible narrows comments to what a viewer may read.
func (s Sight) visible(q *gorm.DB) *gorm.DB {
	q = q.Where("article_id = ?", s.Article.ID)
	if !s.Staff {
		q = q.Where("visibility = ? AND revision_number IN ?", model.CommentShared, s.Numbers)
	}
	return q
}

// Comments lists an Article's comments that the viewer may read, oldest first, behind
// the one with the id after.
func (r Reader) Comments(ctx context.Context, s Sight, after string, limit int) (list []model.Comment, err error) {
	q := s.visible(r.with(ctx))
	if after != "" {
		q = q.Where("id > ?", after)
	}
	err = q.Order("id").Limit(limit).Find(&list).Error
	return list, fault("comments", err)
}

// Comment reads one that the viewer may read, and what he may see around it.
func (s *Store) Comment(ctx context.Context, v Viewer, id string) (model.Comment, Sight, error) {
	return s.comment(ctx, v, id, s.Now)
}

// Comment reads one that the viewer may read, and what he may see around it.
func (tx *Tx) Comment(ctx context.Context, v Viewer, id string) (model.Comment, Sight, error) {
	return tx.comment(ctx, v, id, tx.clock)
}

func (r Reader) comment(ctx context.Context, v Viewer, id string, now clock) (c model.Comment, s Sight, err error) {
	if err = r.with(ctx).Where("id = ?", id).Take(&c).Error; err != nil {
		return c, s, fault("comment", err)
	}
	if s, err = r.sight(ctx, v, c.ArticleID, now); err != nil {
		return c, s, err
	}
	if !s.Staff && (c.Visibility != model.CommentShared || !s.May(c.RevisionNumber)) {
		return model.Comment{}, s, model.E(model.CodeNotFound)
	}
	return c, s, nil
}

// OpenThreads counts an Article's open shared threads that began on one version.
type OpenThreads struct {
	ArticleID      string
	RevisionNumber int
	N              int
}

// OpenThreads counts the open shared threads of some Articles.
func (r Reader) OpenThreads(ctx context.Context, articleIDs []string) (list []OpenThreads, err error) {
	if len(articleIDs) == 0 {
		return nil, nil
	}
	err = r.with(ctx).Model(&model.Comment{}).Select("article_id, revision_number, COUNT(*) AS n").
		Where("article_id IN ? AND unresolved = ? AND visibility = ?", articleIDs, true, model.CommentShared).
		Group("article_id, revision_number").Scan(&list).Error
	return list, fault("open threads", err)
}

// LockComment reads a comment and keeps others from changing it until the commit.
func (tx *Tx) LockComment(id string) (c model.Comment, err error) {
	err = tx.forUpdate().Where("id = ?", id).Take(&c).Error
	return c, fault("lock comment", err)
}

// CreateComment inserts one.
func (tx *Tx) CreateComment(c *model.Comment) error {
	c.Version, c.CreatedAt = 1, tx.Now
	return tx.create("comment", c)
}

// MoveComment writes the columns in set, at the version that the caller read.
func (tx *Tx) MoveComment(c model.Comment, set map[string]any) error {
	moved, err := move(tx.db.Model(&model.Comment{}).Where("id = ? AND version = ? AND deleted_at IS NULL", c.ID, c.Version), set)
	return stale(moved, err)
}

// ResolveThread resolves or reopens a thread; false when it is so already.
func (tx *Tx) ResolveThread(id string, resolved bool, by, byName string) (Moved, error) {
	set := map[string]any{"unresolved": !resolved, "resolved_by": nil, "resolved_by_name": "", "resolved_at": nil}
	if resolved {
		set["resolved_by"], set["resolved_by_name"], set["resolved_at"] = by, byName, tx.Now
	}
	return move(tx.db.Model(&model.Comment{}).Where("id = ? AND thread_id = id AND unresolved = ?", id, resolved), set)
}

// ThreadMembers lists who wrote in a thread, each as often as he did.
func (r Reader) ThreadMembers(ctx context.Context, threadID string) (ids []string, err error) {
	err = r.with(ctx).Model(&model.Comment{}).Where("thread_id = ?", threadID).Pluck("member_id", &ids).Error
	return ids, fault("thread members", err)
}
