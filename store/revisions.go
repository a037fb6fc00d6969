package store

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"countersign/model"
)

// MadeRevision is a version in a list: without its content, with its author's name.
type MadeRevision struct {
	Number    int
	Digest    string
	CreatedAt time.Time
	Alias     string
	Name      string
}

// Author is the name that lists show.
func (v MadeRevision) Author() string { return model.DisplayName(v.Alias, v.Name) }

// Revisions lists the versions that a viewer may see, newest first; before 0 is all.
func (r Reader) Revisions(ctx context.Context, s Sight, before, limit int) (list []MadeRevision, err error) {
	q := r.with(ctx).Table("revisions v").Select("v.number, v.digest, v.created_at, m.alias, u.name").
		Joins("LEFT JOIN memberships m ON m.id = v.created_by").Joins("LEFT JOIN users u ON u.id = m.user_id").
		Where("v.article_id = ?", s.Article.ID)
	if !s.Staff {
		q = q.Where("v.number IN ?", s.Numbers)
	}
	if before > 0 {
		q = q.Where("v.number < ?", before)
	}
	err = q.Order("v.number DESC").Limit(limit).Scan(&list).Error
	return list, fault("revisions", err)
}

// SeenRevision is the version that a Member marked as read last, 0 for none.
func (r Reader) SeenRevision(ctx context.Context, memberID, articleID string) (int, error) {
	var numbers []int
	err := r.with(ctx).Model(&model.SeenMark{}).Where("member_id = ? AND article_id = ?", memberID, articleID).Pluck("revision_number", &numbers).Error
	if err != nil || len(numbers) == 0 {
		return 0, fault("seen revision", err)
	}
	return numbers[0], nil
}

// MarkSeen notes the version that a Member has read.
func (tx *Tx) MarkSeen(m model.SeenMark) error {
	m.SeenAt = tx.Now
	return tx.db.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "member_id"}, {Name: "article_id"}}, DoUpdates: clause.AssignmentColumns([]string{"revision_number", "seen_at"}),
	}).Create(&m).Error
}
