package model

import "time"

// CommentVisibility says who reads a thread.
type CommentVisibility string

// The visibilities of a thread; its replies have the same.
const (
	CommentInternal CommentVisibility = "internal" // staff
	CommentShared   CommentVisibility = "shared"   // staff, and the reviewers who were shown the version that it is about
)

// AnchorKind is what a thread is pinned to.
type AnchorKind string

// The kinds of anchor.
const (
	AnchorArticle   AnchorKind = "article"
	AnchorParagraph AnchorKind = "paragraph" // Block and Quote
	AnchorPicture   AnchorKind = "picture"   // MediaID
	AnchorSecond    AnchorKind = "second"    // OffsetMS in the video
)

// Comment (评论) is one contribution to a thread on an Article. It is no part of the
// content: it changes no digest and locks nothing. The anchor is the thread's, and is
// kept on its first comment and on every reply.
type Comment struct {
	ID             string
	BrandID        string
	PostID         string
	ArticleID      string
	ThreadID       string // id of the first comment of the thread
	MemberID       string
	Name           string // of the member, as of then
	Visibility     CommentVisibility
	RevisionNumber int
	Anchor         AnchorKind
	Block          *int   // paragraph: from 0
	Quote          string // paragraph: text in the block
	MediaID        string // picture, second
	MediaSHA256    string // of its bytes, "" for the other anchors
	OffsetMS       *int64 // second
	Body           string // "" once deleted
	Unresolved     bool   // of a thread's first comment; false on replies
	ResolvedBy     *string
	ResolvedByName string
	ResolvedAt     *time.Time
	EditedAt       *time.Time
	DeletedAt      *time.Time
	Version        int64
	CreatedAt      time.Time
}

// First tells whether the comment began its thread.
func (c Comment) First() bool { return c.ID == c.ThreadID }

// Limits of comments.
const (
	MaxComment     = 2000 // characters
	MaxQuote       = 200  // characters
	MaxThread      = 200  // comments of one thread
	CommentEditing = 15 * time.Minute
	MaxOffset      = 24 * time.Hour
)

// SeenMark is the version of an Article that a Member says he has read last.
type SeenMark struct {
	MemberID       string `gorm:"primaryKey"`
	ArticleID      string `gorm:"primaryKey"`
	BrandID        string
	RevisionNumber int
	SeenAt         time.Time
}

// MayComment rules on writing in a Post's threads: always, until it is cancelled. What
// is in review, approved or published may be talked about as well.
func MayComment(post PostState) error {
	if post == PostCancelled {
		return E(CodePostState, "state", string(post))
	}
	return nil
}

// MayStart rules on who begins a thread of which visibility.
func (v CommentVisibility) MayStart(staff bool) error {
	switch v {
	case CommentShared:
		return nil
	case CommentInternal:
		if staff {
			return nil
		}
		return E(CodeCommentInternal)
	}
	return Invalid(Field("visibility", "unknown"))
}

// MayEdit rules on changing a comment's text: its author, for a while.
func (c Comment) MayEdit(mine bool, now time.Time) error {
	switch {
	case !mine:
		return E(CodeCommentForeign)
	case c.DeletedAt != nil:
		return E(CodeCommentDeleted)
	case now.After(c.CreatedAt.Add(CommentEditing)):
		return E(CodeCommentTooOld, "minutes", "15")
	}
	return nil
}

// MayResolve rules on resolving and reopening a thread by its first comment: staff, and
// who began it.
func (c Comment) MayResolve(mine, staff bool) error {
	if staff || mine {
		return nil
	}
	return E(CodeCommentForeign)
}
