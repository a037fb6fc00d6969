package store

import (
	"context"
	"time"

	"countersign/model"
)

// EventsAfter reads a Brand's events after a sequence number, in order.
//
// None can be skipped by reading on from the last one seen: numbers are given while the
// row lock on the Brand's audit head is held, and the lock ends with the commit. Who
// gets n+1 has waited until n was committed, or n was rolled back and given again. So
// whoever can see n+1 can see n, and there are no holes but those that a sweep made.
func (r Reader) EventsAfter(ctx context.Context, brandID string, after int64, limit int) (list []model.Event, err error) {
	err = r.with(ctx).Where("brand_id = ? AND seq > ?", brandID, after).Order("seq").Limit(limit).Find(&list).Error
	return list, fault("events", err)
}

// MayWatch tells whether a console session is live, by its own limits and idle, and its
// User is staff of the Brand: what an open stream is asked again and again. It does not
// count as use of the session.
func (s *Store) MayWatch(ctx context.Context, sessionID, brandID string, idle time.Duration) (bool, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return false, err
	}
	var n int64
	err = s.with(ctx).Table("sessions s").Joins("JOIN users u ON u.id = s.user_id").
		Joins("JOIN memberships m ON m.user_id = s.user_id AND m.brand_id = ? AND m.status = ?", brandID, model.MemberActive).
		Where("s.id = ? AND s.revoked_at IS NULL AND s.expires_at > ? AND s.last_seen_at >= ?", sessionID, now, now.Add(-idle)).
		Where("u.disabled_at IS NULL AND m.role IN ?", []model.Role{model.RoleAdmin, model.RoleEditor}).Count(&n).Error
	return n > 0, fault("may watch", err)
}
