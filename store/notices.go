package store

import (
	"context"

	"countersign/model"
)

// Addressee is whom a notice reaches over WeChat.
type Addressee struct {
	OpenID    string
	Language  string
	BrandName string
	TimeZone  string
}

// Addressee finds the WeChat of an active Member: the reviewer's own, or the one that
// a staff member has bound. Not found when there is none.
func (r Reader) Addressee(ctx context.Context, brandID, memberID string) (a Addressee, err error) {
	err = r.with(ctx).Table("memberships m").Select("p.open_id, p.language, b.name AS brand_name, b.time_zone").
		Joins("JOIN brands b ON b.id = m.brand_id").
		Joins("LEFT JOIN bindings x ON x.user_id = m.user_id").
		Joins("JOIN persons p ON p.id = COALESCE(m.person_id, x.person_id)").
		Where("m.brand_id = ? AND m.id = ? AND m.status = ?", brandID, memberID, model.MemberActive).Take(&a).Error
	return a, fault("addressee", err)
}

// NoticeTitle is the title of the review that a notice is about; subject is a Task or
// a Review.
func (r Reader) NoticeTitle(ctx context.Context, brandID, subject string) (title string, err error) {
	err = r.with(ctx).Raw(`SELECT v.title FROM reviews v WHERE v.brand_id = ? AND v.id = ?
		UNION ALL SELECT v.title FROM tasks t JOIN reviews v ON v.id = t.review_id WHERE t.brand_id = ? AND t.id = ? LIMIT 1`,
		brandID, subject, brandID, subject).Row().Scan(&title)
	return title, fault("notice title", err)
}
