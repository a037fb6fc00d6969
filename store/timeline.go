package store

import (
	"context"
	"time"

	"countersign/model"
)

// Happened is an act of the audit with the rows that it was about.
type Happened struct {
	model.AuditEntry
	ArticleID      *string
	ReviewID       *string
	MemberID       *string // whose turn it was
	CommentName    *string
	CommentBody    *string // as it is now
	CommentDeleted *time.Time
}

const happened = `SELECT a.*, k.article_id, COALESCE(t.review_id, v.id) AS review_id, t.member_id,
		c.name AS comment_name, c.body AS comment_body, c.deleted_at AS comment_deleted
	FROM (`

const happenedAbout = `) k JOIN audit a ON a.brand_id = ? AND a.subject_id = k.id
	LEFT JOIN tasks t ON t.id = k.id LEFT JOIN reviews v ON v.id = k.id LEFT JOIN comments c ON c.id = k.id
	WHERE a.seq > ? ORDER BY a.seq LIMIT ?`

// Timeline lists what was done to a Post and everything in it behind a sequence number,
// oldest first. It costs one query, whatever happened.
func (r Reader) Timeline(ctx context.Context, brandID, postID string, after int64, limit int) (list []Happened, err error) {
	err = r.with(ctx).Raw(happened+`SELECT id, NULL AS article_id FROM posts WHERE id = ?
		UNION ALL SELECT id, id FROM articles WHERE post_id = ?
		UNION ALL SELECT id, article_id FROM reviews WHERE post_id = ?
		UNION ALL SELECT id, article_id FROM tasks WHERE post_id = ?
		UNION ALL SELECT id, article_id FROM comments WHERE post_id = ?`+happenedAbout,
		postID, postID, postID, postID, postID, brandID, after, limit).Scan(&list).Error
	return list, fault("timeline", err)
}

// TurnTimeline is Timeline for whoever sees a Task: its Article alone, the turns of the
// rounds that its Member was asked in, and the shared comments on their versions. What
// it tells of the Article itself is for the caller to narrow to those rounds.
func (r Reader) TurnTimeline(ctx context.Context, t model.Task, after int64, limit int) (list []Happened, err error) {
	const shown = ` FROM tasks y JOIN reviews z ON z.id = y.review_id WHERE y.article_id = ? AND y.member_id = ? AND y.shelf <> ?`
	mine := []any{t.ArticleID, t.MemberID, model.ShelfNone}
	args := append([]any{t.ArticleID, t.ArticleID}, mine...)
	args = append(append(args, t.ArticleID, model.CommentShared), mine...)
	err = r.with(ctx).Raw(happened+`SELECT id, id AS article_id FROM articles WHERE id = ?
		UNION ALL SELECT id, article_id FROM tasks WHERE article_id = ? AND review_id IN (SELECT z.id`+shown+`)
		UNION ALL SELECT id, article_id FROM comments WHERE article_id = ? AND visibility = ? AND revision_number IN (SELECT z.revision_number`+shown+`)`+happenedAbout,
		append(args, t.BrandID, after, limit)...).Scan(&list).Error
	return list, fault("timeline of a turn", err)
}

// RoundsShown are the Reviews of an Article in which a Member was asked.
func (r Reader) RoundsShown(ctx context.Context, articleID, memberID string) (ids []string, err error) {
	err = r.with(ctx).Model(&model.Task{}).Where("article_id = ? AND member_id = ? AND shelf <> ?", articleID, memberID, model.ShelfNone).
		Distinct().Pluck("review_id", &ids).Error
	return ids, fault("rounds shown", err)
}

// ArticlesEver reads a Post's Articles, removed ones too.
func (r Reader) ArticlesEver(ctx context.Context, postID string) (list []model.Article, err error) {
	err = r.with(ctx).Where("post_id = ?", postID).Find(&list).Error
	return list, fault("articles ever", err)
}
