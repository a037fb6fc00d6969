package store

import (
	"context"
	"errors"
	"time"

	"countersign/model"
)

// DueTask is an open Task whose planned time is near.
type DueTask struct {
	ID          string
	BrandID     string
	MemberID    string
	SortedAt    time.Time // when it opened
	ScheduledAt time.Time
}

// DueTasks lists the open Tasks of Posts planned after from and until to with which
// rung was not dealt yet, the nearest first.
func (r Reader) DueTasks(ctx context.Context, rung string, from, to time.Time, limit int) (list []DueTask, err error) {
	err = r.with(ctx).Raw(`SELECT t.id, t.brand_id, t.member_id, t.sorted_at, o.scheduled_at FROM posts o
		JOIN tasks t ON t.post_id = o.id AND t.state = ?
		LEFT JOIN reminders r ON r.task_id = t.id AND r.rung = ? AND r.scheduled_at = o.scheduled_at
		WHERE o.state = ? AND o.scheduled_at > ? AND o.scheduled_at <= ? AND r.task_id IS NULL
		ORDER BY o.scheduled_at, t.id LIMIT ?`, model.TaskOpen, rung, model.PostInReview, from, to, limit).Scan(&list).Error
	return list, fault("due tasks", err)
}

// CreateReminder notes that a rung was dealt with; false when another replica did.
func (tx *Tx) CreateReminder(row model.Reminder) (Moved, error) {
	row.CreatedAt = tx.Now
	err := taken(tx.create("reminder", &row))
	if errors.Is(err, ErrTaken) {
		return false, nil
	}
	return err == nil, err
}
