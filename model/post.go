package model

import (
	"slices"
	"time"
)

// PostState is derived from the Articles' states, up to approved; what follows is not.
type PostState string

// The states of a Post.
const (
	PostDraft       PostState = "draft"
	PostInReview    PostState = "in_review"
	PostRejected    PostState = "rejected"
	PostApproved    PostState = "approved"
	PostPublished   PostState = "published"
	PostUnconfirmed PostState = "unconfirmed" // its window is over, and a phone had been handed a link
	PostExpired     PostState = "expired"     // its window is over, and nobody published it
	PostCancelled   PostState = "cancelled"
)

// PostStates are all of them, in the order in which an overview shows them.
func PostStates() []PostState {
	return []PostState{PostDraft, PostInReview, PostRejected, PostApproved, PostPublished, PostUnconfirmed, PostExpired, PostCancelled}
}

// Closed tells whether nothing of a Post can be changed any more.
func (s PostState) Closed() bool { return s == PostCancelled || s == PostPublished }

// ArticleState is where one reviewable piece stands.
type ArticleState string

// The states of an Article.
const (
	ArticleDraft    ArticleState = "draft"
	ArticleInReview ArticleState = "in_review"
	ArticleRejected ArticleState = "rejected"
	ArticleApproved ArticleState = "approved"
)

// Post (帖子) is one planned publication on one Channel.
type Post struct {
	ID            string
	BrandID       string
	ChannelID     string
	Platform      string
	ContentType   ContentType
	Title         string // of its first Article, for lists
	SearchTitle   string // Title, folded
	State         PostState
	ScheduledAt   *time.Time
	WindowEndsAt  *time.Time // when publishing by scanning ends, see WindowEnd
	CreatedBy     string     // Member
	PackageDigest string     // PackageDigest of its Articles; "" from before there was one
	UrgedAt       *time.Time // when its approvers were last urged (催办)
	Version       int64
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Article (文章) is one reviewable piece of a Post.
type Article struct {
	ID                string
	BrandID           string
	PostID            string
	Position          int // from 1 without gaps; below 0 once removed
	State             ArticleState
	Title             string
	RevisionNumber    int
	Digest            string     // of the newest Revision
	FlowID            *string    // the author's choice
	NoFlow            bool       // the author chose "no approval"
	KeptFlowVersionID *string    // left by a rejection with keep_flow
	ReviewID          *string    // the newest Review
	RemovedAt         *time.Time // it is no longer part of the Post; its history stays
	Version           int64
	CreatedAt         time.Time
	UpdatedAt         time.Time
}

// Choice is what the author asked for on this Article.
func (a Article) Choice() FlowChoice { return FlowChoice{FlowID: a.FlowID, None: a.NoFlow} }

// Revision (版本) is an immutable snapshot of an Article's content.
type Revision struct {
	ID        string
	BrandID   string
	ArticleID string
	Number    int    // from 1
	Digest    string // hex SHA-256 of Content
	Content   []byte // canonical JSON of Content
	CreatedBy string // Member
	CreatedAt time.Time
}

// DerivePost is the Post's state for its Articles' states (rule 8). No article is draft.
func DerivePost(articles []ArticleState) PostState {
	count := map[ArticleState]int{}
	for _, a := range articles {
		count[a]++
	}
	switch {
	case count[ArticleInReview] > 0:
		return PostInReview
	case count[ArticleRejected] > 0:
		return PostRejected
	case len(articles) > 0 && count[ArticleApproved] == len(articles):
		return PostApproved
	}
	return PostDraft
}

// MayEdit rules on changing an Article's content (rule 13): locked while in review.
func MayEdit(post PostState, article ArticleState) error {
	switch {
	case post.Closed():
		return E(CodePostState, "state", string(post))
	case article == ArticleInReview:
		return E(CodeContentLocked)
	case article == ArticleDraft, article == ArticleRejected, article == ArticleApproved:
		return nil
	}
	return E(CodeInternal)
}

// MaySubmit rules on submitting a Post: at least one Article must be left to review.
// While one Article is in review, a rejected one may go again (rule 8).
func MaySubmit(post PostState, articles []ArticleState) error {
	open := post == PostDraft || post == PostRejected || post == PostInReview
	if open && slices.ContainsFunc(articles, ArticleState.Submittable) {
		return nil
	}
	return E(CodePostState, "state", string(post))
}

// Submittable tells whether a submit takes the Article along.
func (s ArticleState) Submittable() bool { return s == ArticleDraft || s == ArticleRejected }

// The years that a planned time may lie in: every database stores them, and nobody
// plans beyond.
const (
	minScheduleYear = 2000
	maxScheduleYear = 2100
)

// CheckSchedule says what is wrong with a planned time, or "".
func CheckSchedule(t *time.Time) string {
	if t != nil && (t.UTC().Year() < minScheduleYear || t.UTC().Year() > maxScheduleYear) {
		return "out_of_range"
	}
	return ""
}

// MayCancel rules on taking a Post out of the plan.
func MayCancel(post PostState) error {
	if post.Closed() {
		return E(CodePostState, "state", string(post))
	}
	return nil
}

// MayWithdraw rules on taking a Post back: only what is in review.
func MayWithdraw(post PostState) error {
	if post == PostInReview {
		return nil
	}
	return E(CodePostState, "state", string(post))
}
