package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/model"
)

// Sight is what a viewer may see of an Article: staff of its Brand all of it, a reviewer
// the versions that he was shown, and, while he is a deputy, those that the Member was
// shown for whom he answers.
type Sight struct {
	Article  model.Article
	MemberID string   // as whom he looks
	Seats    []string // all that he is in the Brand: also the reviewer that he was before he bound his WeChat
	Staff    bool
	Numbers  []int // of a reviewer: the versions, oldest first
}

// May tells whether the viewer may see a version.
func (s Sight) May(number int) bool { return s.Staff || slices.Contains(s.Numbers, number) }

// Wrote tells whether a comment is the viewer's own.
func (s Sight) Wrote(c model.Comment) bool { return slices.Contains(s.Seats, c.MemberID) }

// Newest is the newest version that the viewer may see.
func (s Sight) Newest() int {
	if s.Staff {
		return s.Article.RevisionNumber
	}
	return slices.Max(s.Numbers)
}

// Sight finds what a viewer may see of an Article now; not found when it is nothing.
func (s *Store) Sight(ctx context.Context, v Viewer, articleID string) (Sight, error) {
	return s.sight(ctx, v, articleID, s.Now)
}

// Sight finds what a viewer may see of an Article now; not found when it is nothing.
func (tx *Tx) Sight(ctx context.Context, v Viewer, articleID string) (Sight, error) {
	return tx.sight(ctx, v, articleID, tx.clock)
}

// clock is a time that is asked for when it is needed.
type clock func(context.Context) (time.Time, error)

func (tx *Tx) clock(context.Context) (time.Time, error) { return tx.Now, nil }

func (r Reader) sight(ctx context.Context, v Viewer, articleID string, now clock) (s Sight, err error) {
	if err = r.with(ctx).Where("id = ?", articleID).Take(&s.Article).Error; err != nil {
		return s, fault("article in sight", err)
	}
	seats, err := r.Seats(ctx, v)
	if err != nil {
		return s, err
	}
	for _, seat := range seats {
		if seat.BrandID != s.Article.BrandID {
			continue
		}
		s.Seats = append(s.Seats, seat.MemberID)
		if seat.Role.Staff() {
			s.MemberID, s.Staff = seat.MemberID, true
		}
	}
	if s.Staff {
		return s, nil
	}
	if len(s.Seats) == 0 {
		return s, model.E(model.CodeNotFound)
	}
	s.MemberID = s.Seats[0] // a Person is one Member of a Brand
	s.Numbers, err = r.shownTo(ctx, v, slices.Clone(s.Seats), s.Article, now)
	if err == nil && len(s.Numbers) == 0 {
		err = model.E(model.CodeNotFound)
	}
	return s, err
}

// shownTo lists the versions of an Article that a reviewer was shown, oldest first: as
// the Members that he is, and as the deputy that he is now.
func (r Reader) shownTo(ctx context.Context, v Viewer, members []string, a model.Article, now clock) (numbers []int, err error) {
	at, err := now(ctx)
	if err != nil {
		return nil, err
	}
	away, err := r.standIns(ctx, v, at)
	if err != nil {
		return nil, err
	}
	for _, m := range away {
		members = append(members, m.MemberID) // the Article's Brand narrows them
	}
	err = r.with(ctx).Table("tasks t").Joins("JOIN reviews v ON v.id = t.review_id").Joins("JOIN review_steps s ON s.id = t.review_step_id").
		Where("t.article_id = ? AND t.member_id IN ?", a.ID, members).
		Where("t.shelf <> ? OR t.state = ? AND s.position <= v.step_position", model.ShelfNone, model.TaskCancelled). // as Shown
		Distinct().Order("v.revision_number").Pluck("v.revision_number", &numbers).Error
	return numbers, fault("versions in sight", err)
}

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

// SettleThread resolves or reopens a thread; false when it is so already.
func (tx *Tx) SettleThread(id string, resolved bool, by, byName string) (Moved, error) {
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
