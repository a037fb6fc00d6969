package store

import (
	"context"
	"slices"
	"time"

	"countersign/model"
)

// Viewer is who looks: a Person, a User, or both when they are bound.
type Viewer struct{ UserID, PersonID string }

// Seat is one Brand that a viewer is an active Member of.
type Seat struct {
	MemberID  string
	BrandID   string
	BrandName string
	TimeZone  string
	Role      model.Role
	Alias     string
	UserID    *string
	PersonID  *string
}

// Seats lists a viewer's active memberships over all Brands: his own and, through a
// binding, those of his other half. What is not in it, he may not see (rule 5).
func (r Reader) Seats(ctx context.Context, v Viewer) (list []Seat, err error) {
	const cols = `SELECT m.id AS member_id, m.brand_id, b.name AS brand_name, b.time_zone, m.role, m.alias, m.user_id, m.person_id
		FROM memberships m JOIN brands b ON b.id = m.brand_id `
	err = r.with(ctx).Raw(
		cols+`WHERE m.status = 'active' AND m.user_id = ?
		UNION `+cols+`JOIN bindings x ON x.user_id = m.user_id WHERE m.status = 'active' AND x.person_id = ?
		UNION `+cols+`WHERE m.status = 'active' AND m.person_id = ?
		UNION `+cols+`JOIN bindings x ON x.person_id = m.person_id WHERE m.status = 'active' AND x.user_id = ?
		ORDER BY brand_name, member_id`,
		v.UserID, v.PersonID, v.PersonID, v.UserID).Scan(&list).Error
	return list, fault("seats", err)
}

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
