package store

import (
	"context"
	"strings"
	"time"

	"countersign/model"
)

// InboxItem is one line of an inbox.
type InboxItem struct {
	ID             string
	BrandID        string
	BrandName      string
	PostID         string
	ArticleID      string
	ReviewID       string
	ReviewStepID   string
	MemberID       string
	State          model.TaskState
	SortedAt       time.Time
	Title          string
	Platform       string
	ScheduledAt    *time.Time
	RevisionNumber int
	Digest         string
	StepName       string
	StepPosition   int
	Mode           model.Mode
	SettledByName  string
	SettledAction  model.Action
}

// InboxCursor is the last line seen.
type InboxCursor struct {
	SortedAt time.Time
	ID       string
}

// Inbox lists the tasks of the seats on the shelves, newest move first. Each seat and
// shelf is one short range of one index, merged: the cost does not grow with the
// number of tasks.
func (r Reader) Inbox(ctx context.Context, memberIDs []string, shelves []model.Shelf, after *InboxCursor, limit int) (list []InboxItem, err error) {
	if len(memberIDs) == 0 {
		return nil, nil
	}
	var parts []string
	var args []any
	for _, m := range memberIDs {
		for _, shelf := range shelves {
			part, more := inboxRange(m, shelf, after, limit+1)
			parts, args = append(parts, part), append(args, more...)
		}
	}
	args = append(args, limit+1)
	err = r.with(ctx).Raw(`SELECT t.id, t.brand_id, b.name AS brand_name, t.post_id, t.article_id, t.review_id, t.review_step_id, t.member_id, t.state, t.sorted_at,
			v.title, o.platform, o.scheduled_at, v.revision_number, v.digest, s.name AS step_name, s.position AS step_position, s.mode,
			d.name AS settled_by_name, d.action AS settled_action
		FROM (`+strings.Join(parts, " UNION ALL ")+`) k
		JOIN tasks t ON t.id = k.id JOIN reviews v ON v.id = t.review_id JOIN review_steps s ON s.id = t.review_step_id
		JOIN posts o ON o.id = t.post_id JOIN brands b ON b.id = t.brand_id LEFT JOIN decisions d ON d.id = t.settled_by
		ORDER BY k.sorted_at DESC, k.id DESC LIMIT ?`, args...).Scan(&list).Error
	return list, fault("inbox", err)
}

func inboxRange(memberID string, shelf model.Shelf, after *InboxCursor, limit int) (string, []any) {
	const head = "SELECT * FROM (SELECT id, sorted_at FROM tasks WHERE member_id = ? AND shelf = ?"
	const tail = " ORDER BY sorted_at DESC, id DESC LIMIT ?) q"
	if after == nil {
		return head + tail, []any{memberID, shelf, limit}
	}
	return head + " AND (sorted_at < ? OR (sorted_at = ? AND id < ?))" + tail,
		[]any{memberID, shelf, after.SortedAt, after.SortedAt, after.ID, limit}
}

// TasksOfPost lists the tasks that some Members hold in a Post: what a scanned post
// code opens.
func (r Reader) TasksOfPost(ctx context.Context, memberIDs []string, postID string) (list []model.Task, err error) {
	if len(memberIDs) == 0 {
		return nil, nil
	}
	err = r.with(ctx).Where("post_id = ? AND member_id IN ? AND shelf <> ?", postID, memberIDs, model.ShelfNone).Order("id DESC").Find(&list).Error
	return list, fault("tasks of post", err)
}

// InboxCount is how much lies on the shelves of one Member, counted up to one more than
// MostCounted: the cost does not grow with the tasks.
type InboxCount struct {
	MemberID         string
	Waiting, Decided int
	NextDue          *time.Time
}

// InboxCounts counts the shelves of Members and finds the earliest planned time among the
// newest hundred that wait.
func (r Reader) InboxCounts(ctx context.Context, memberIDs []string) (list []InboxCount, err error) {
	if len(memberIDs) == 0 {
		return nil, nil
	}
	const shelf = `(SELECT COUNT(*) FROM (SELECT 1 FROM tasks WHERE member_id = ? AND shelf = ? LIMIT ?) q)`
	var parts []string
	var args []any
	for _, m := range memberIDs {
		parts = append(parts, `SELECT ? AS member_id, `+shelf+` AS waiting, `+shelf+` AS decided`)
		args = append(args, m, m, model.ShelfWaiting, MostCounted+1, m, model.ShelfDecided, MostCounted+1)
	}
	if err = r.with(ctx).Raw(strings.Join(parts, " UNION ALL "), args...).Scan(&list).Error; err != nil {
		return nil, fault("inbox counts", err)
	}
	due, err := r.nextDue(ctx, memberIDs)
	for i, c := range list {
		list[i].NextDue = due[c.MemberID]
	}
	return list, err
}

// nextDue finds the earliest planned time among the newest hundred turns that wait for
// each Member. The least is taken here: of a MIN, SQLite does not know that it is a time.
func (r Reader) nextDue(ctx context.Context, memberIDs []string) (map[string]*time.Time, error) {
	var parts []string
	var args []any
	for _, m := range memberIDs {
		parts = append(parts, `SELECT * FROM (SELECT member_id, post_id FROM tasks WHERE member_id = ? AND shelf = ? ORDER BY sorted_at DESC, id DESC LIMIT 100) q`)
		args = append(args, m, model.ShelfWaiting)
	}
	var rows []struct {
		MemberID    string
		ScheduledAt *time.Time
	}
	err := r.with(ctx).Raw(`SELECT k.member_id, o.scheduled_at FROM (`+strings.Join(parts, " UNION ALL ")+`) k
		JOIN posts o ON o.id = k.post_id WHERE o.scheduled_at IS NOT NULL`, args...).Scan(&rows).Error
	due := map[string]*time.Time{}
	for _, row := range rows {
		if at := due[row.MemberID]; at == nil || row.ScheduledAt.Before(*at) {
			due[row.MemberID] = row.ScheduledAt
		}
	}
	return due, fault("next due", err)
}

// OwnTurns answers in which of the steps one of the Members has a turn that counts.
func (r Reader) OwnTurns(ctx context.Context, stepIDs, memberIDs []string) (own []string, err error) {
	if len(stepIDs) == 0 || len(memberIDs) == 0 {
		return nil, nil
	}
	err = r.with(ctx).Model(&model.Task{}).Where("review_step_id IN ? AND member_id IN ? AND state <> ?", stepIDs, memberIDs, model.TaskCancelled).
		Distinct().Pluck("review_step_id", &own).Error
	return own, fault("own turns", err)
}
