package store

import (
	"context"
	"time"

	"countersign/model"
)

// CalendarCursor is the last cell seen.
type CalendarCursor struct {
	At time.Time
	ID string
}

// Calendar lists the Posts planned in a window by their time, up to limit, and the cursor
// of the next part, nil on the last one. Cancelled posts are out of the plan: they show
// only when they are asked for. Like a list it looks at a bounded number of rows.
func (r Reader) Calendar(ctx context.Context, brandID string, w model.Window, f PostFilter, after *CalendarCursor, limit int) (list []PostView, next *CalendarCursor, err error) {
	q := r.with(ctx).Table("posts p").Select("p.id, p.scheduled_at, p.state, p.platform, p.channel_id, p.created_by").
		Where("p.brand_id = ? AND p.scheduled_at >= ? AND p.scheduled_at < ?", brandID, w.From, w.To)
	if after != nil {
		q = q.Where("p.scheduled_at >= ? AND (p.scheduled_at > ? OR p.id > ?)", after.At, after.At, after.ID)
	}
	most := mostPosts
	if f == (PostFilter{}) {
		most = 2 * limit // only cancelled posts are left out
	}
	var rows []model.Post
	if err := q.Order("p.scheduled_at, p.id").Limit(most + 1).Scan(&rows).Error; err != nil {
		return nil, nil, fault("calendar", err)
	}
	var ids []string
	for i, p := range rows {
		if len(ids) == limit || i == most {
			next = &CalendarCursor{At: *rows[i-1].ScheduledAt, ID: rows[i-1].ID}
			break
		}
		if f.cell(p) {
			ids = append(ids, p.ID)
		}
	}
	list, err = r.PostViews(ctx, brandID, ids)
	return list, next, err
}

// cell tells whether a calendar shows a Post.
func (f PostFilter) cell(p model.Post) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	return is(string(f.State), string(p.State)) && (f.State != "" || p.State != model.PostCancelled) &&
		is(f.Platform, p.Platform) && is(f.Channel, p.ChannelID) && is(f.Author, p.CreatedBy)
}

// Counted is a number that is not counted beyond MostCounted.
type Counted struct {
	Count int
	More  bool
}

// MostCounted is where counting stops: an overview shows "999+".
const MostCounted = 999

// Overview is how many Posts of a Brand stand where.
type Overview struct {
	States  map[model.PostState]Counted
	Overdue Counted // planned for a time that has passed, and not approved
	Waiting Counted // turns that wait for the viewer
}

// Overview counts, each over one range of an index and never further than MostCounted.
func (r Reader) Overview(ctx context.Context, brandID string, memberIDs []string, now time.Time) (out Overview, err error) {
	out.States = map[model.PostState]Counted{}
	for _, s := range model.PostStates() {
		if out.States[s], err = r.counted(ctx, "SELECT 1 FROM posts WHERE brand_id = ? AND state = ?", brandID, s); err != nil {
			return out, err
		}
	}
	const late = "SELECT 1 FROM posts WHERE brand_id = ? AND state = ? AND scheduled_at < ?"
	for _, s := range []model.PostState{model.PostDraft, model.PostInReview, model.PostRejected} {
		n, err := r.counted(ctx, late, brandID, s, now)
		if err != nil {
			return out, err
		}
		out.Overdue = out.Overdue.Plus(n)
	}
	for _, m := range memberIDs {
		n, err := r.counted(ctx, "SELECT 1 FROM tasks WHERE member_id = ? AND shelf = ?", m, model.ShelfWaiting)
		if err != nil {
			return out, err
		}
		out.Waiting = out.Waiting.Plus(n)
	}
	return out, nil
}

// CountedUpTo is a number that was counted up to one more than MostCounted.
func CountedUpTo(n int) Counted { return Counted{min(n, MostCounted), n > MostCounted} }

// Plus adds up.
func (c Counted) Plus(n Counted) Counted {
	sum := c.Count + n.Count
	return Counted{min(sum, MostCounted), c.More || n.More || sum > MostCounted}
}

func (r Reader) counted(ctx context.Context, sql string, args ...any) (Counted, error) {
	var n int
	err := r.with(ctx).Raw("SELECT COUNT(*) FROM ("+sql+" LIMIT ?) x", append(args, MostCounted+1)...).Row().Scan(&n)
	return CountedUpTo(n), fault("overview", err)
}
