package store

import (
	"context"

	"countersign/model"
)

// Rehearse makes the transaction one that is rolled back at its end, and counts what is
// done in it, for Tally.
func (tx *Tx) Rehearse() { tx.tally = &tally{} }

// tally counts the moves of a rehearsal that meet other people's work. A nil one, of an
// act in earnest, counts nothing.
type tally struct {
	cancelled, asked movedTasks
	steps, approvals int
	stepIDs, postIDs []string // blocked steps; posts that lost an approval
}

// movedTasks are Tasks that moved: how many, and whose they are, by Review or one by one.
type movedTasks struct {
	n                  int
	reviewIDs, taskIDs []string
}

// enough is how many rows are looked up for the names of the first posts.
const enough = 200

func note(list *[]string, id string) {
	if len(*list) < enough {
		*list = append(*list, id)
	}
}

func (t *movedTasks) ofReview(reviewID string, n int64) {
	if n > 0 {
		t.n += int(n)
		note(&t.reviewIDs, reviewID)
	}
}

func (t *movedTasks) task(id string) {
	t.n++
	note(&t.taskIDs, id)
}

func (t *tally) reviewCancelled(reviewID string, n int64) {
	if t != nil {
		t.cancelled.ofReview(reviewID, n)
	}
}

func (t *tally) taskCancelled(id string, moved Moved) {
	if t != nil && bool(moved) {
		t.cancelled.task(id)
	}
}

func (t *tally) reviewAsked(reviewID string, n int64) {
	if t != nil {
		t.asked.ofReview(reviewID, n)
	}
}

func (t *tally) taskAsked(id string, moved Moved) {
	if t != nil && bool(moved) {
		t.asked.task(id)
	}
}

func (t *tally) stepMoved(id string, to model.StepState, moved Moved) {
	if t != nil && bool(moved) && to == model.StepBlocked {
		t.steps++
		note(&t.stepIDs, id)
	}
}

func (t *tally) articleMoved(a model.Article, set map[string]any, moved Moved) {
	if t != nil && bool(moved) && a.State == model.ArticleApproved && set["state"] == model.ArticleDraft {
		t.approvals++
		note(&t.postIDs, a.PostID)
	}
}

// Tally adds to out what the rehearsal has cancelled, asked, blocked and voided.
func (tx *Tx) Tally(ctx context.Context, out *model.Effects) (err error) {
	t := tx.tally
	out.Cancelled.Count, out.Asked.Count, out.Blocked.Count, out.Voided.Count = t.cancelled.n, t.asked.n, t.steps, t.approvals
	for _, q := range []struct {
		to   *model.Affected
		from string
		ids  []string
	}{
		{&out.Cancelled, "reviews x JOIN posts p ON p.id = x.post_id", t.cancelled.reviewIDs},
		{&out.Cancelled, "tasks x JOIN posts p ON p.id = x.post_id", t.cancelled.taskIDs},
		{&out.Asked, "reviews x JOIN posts p ON p.id = x.post_id", t.asked.reviewIDs},
		{&out.Asked, "tasks x JOIN posts p ON p.id = x.post_id", t.asked.taskIDs},
		{&out.Blocked, "review_steps x JOIN reviews v ON v.id = x.review_id JOIN posts p ON p.id = v.post_id", t.stepIDs},
		{&out.Voided, "posts x JOIN posts p ON p.id = x.id", t.postIDs},
	} {
		if len(q.ids) == 0 || err != nil {
			continue
		}
		var posts []model.PostRef
		err = tx.with(ctx).Table(q.from).Distinct("p.id", "p.title").Where("x.id IN ?", q.ids).Order("p.id").Limit(model.MaxShown).Scan(&posts).Error
		for _, p := range posts {
			q.to.Add(0, p)
		}
	}
	return fault("tally", err)
}

// Draft is an Article that a submit would take along, with the Users whose work it is.
type Draft struct {
	PostID            string
	Title             string // of the Post
	ChannelID         string
	Platform          string
	ContentType       model.ContentType
	ArticleID         string
	FlowID            *string
	NoFlow            bool
	KeptFlowVersionID *string
	BegunBy           *string // User
	WrittenBy         *string // User, of the newest Revision
}

// Drafts lists a Brand's articles that wait to be submitted, of the newest posts first,
// on one platform or ("") on all.
func (r Reader) Drafts(ctx context.Context, brandID, platform string, limit int) (list []Draft, err error) {
	q := r.with(ctx).Table("posts p").
		Select(`p.id AS post_id, p.title, p.channel_id, p.platform, p.content_type, a.id AS article_id, a.flow_id, a.no_flow, a.kept_flow_version_id,
			b.user_id AS begun_by, w.user_id AS written_by`).
		Joins("JOIN articles a ON a.post_id = p.id").
		Joins("LEFT JOIN memberships b ON b.id = p.created_by").
		Joins("LEFT JOIN revisions v ON v.article_id = a.id AND v.number = a.revision_number").
		Joins("LEFT JOIN memberships w ON w.id = v.created_by").
		Where("p.brand_id = ? AND p.state IN ? AND a.state IN ?", brandID,
			[]model.PostState{model.PostDraft, model.PostRejected, model.PostInReview}, []model.ArticleState{model.ArticleDraft, model.ArticleRejected})
	if platform != "" {
		q = q.Where("p.platform = ?", platform)
	}
	err = q.Order("p.id DESC, a.position").Limit(limit).Scan(&list).Error
	return list, fault("drafts", err)
}
