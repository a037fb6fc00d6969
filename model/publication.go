package model

import "time"

// PublicationSource is who says that a Post was published.
type PublicationSource string

// The sources.
const (
	SourceDouyin PublicationSource = "douyin" // its webhook
	SourcePoster PublicationSource = "poster" // he said so on the page of the code
	SourceStaff  PublicationSource = "staff"  // somebody of the brand said so
)

// PublisherAccount is how the account that published compares with the Channel's.
type PublisherAccount string

// The comparisons.
const (
	AccountExpected PublisherAccount = "expected"
	AccountUnknown  PublisherAccount = "unknown" // the Channel has no id yet, or nobody told
	AccountWrong    PublisherAccount = "wrong"
)

// Publication (发布记录) is one time that somebody said a Post was published; never changed.
type Publication struct {
	ID        string
	BrandID   string
	PostID    string
	OpeningID *string
	Source    PublicationSource
	FactKey   string // unique: the same fact told twice is one Publication
	ShareID   string
	ItemID    string // Douyin's, of the video
	VideoID   string // Douyin's, may be unknown
	URL       string // of the video; empty when unknown
	OpenID    string // Douyin's, of the account
	Account   PublisherAccount
	Late      bool // after the window
	Second    bool // the Post had been published before
	Unready   bool // what is approved is not what was published
	MemberID  *string
	Name      string // of who said so
	At        time.Time
	CreatedAt time.Time
}

// Alarming tells whether admins must look: another account, twice, or unapproved.
func (p Publication) Alarming() bool { return p.Account == AccountWrong || p.Second || p.Unready }

// AccountIs compares an account's id with the one that a Channel expects.
func AccountIs(expected, told string) PublisherAccount {
	switch {
	case expected == "" || told == "":
		return AccountUnknown
	case expected == told:
		return AccountExpected
	}
	return AccountWrong
}

// Published rules on what a Publication makes of a Post (rule 19). States only move forward:
// what another account published, and what is not approved as it is, is recorded and
// alarms, and leaves the Post where it is. before are the Post's earlier Publications by
// the right account; end is the end of its window, nil without one.
func Published(p Publication, post PostState, end *time.Time, before []Publication) (Publication, PostState) {
	p.Late = end != nil && !p.At.Before(*end)
	for _, was := range before {
		p.Second = p.Second || second(was, p)
	}
	switch post {
	case PostApproved, PostExpired, PostUnconfirmed, PostPublished:
	default:
		p.Unready = true
		return p, post
	}
	if p.Account == AccountWrong {
		return p, post
	}
	return p, PostPublished
}

// second: two videos are two publications. What a person said and what Douyin says of the
// same Opening, or without naming any, is one.
func second(was, now Publication) bool {
	if was.Account == AccountWrong || now.Account == AccountWrong {
		return false
	}
	if was.ItemID != "" && now.ItemID != "" {
		return was.ItemID != now.ItemID
	}
	return was.OpeningID != nil && now.OpeningID != nil && *was.OpeningID != *now.OpeningID
}

// MayClaim rules on a person's word that a Post was published: what was approved, and is
// not known to be published.
func MayClaim(post PostState) error {
	switch post {
	case PostApproved, PostExpired, PostUnconfirmed:
		return nil
	case PostPublished:
		return E(CodeAlreadyPublished)
	case PostDraft, PostInReview, PostRejected, PostCancelled:
	}
	return E(CodePostState, "state", string(post))
}

// MayDeny rules on a person's word that a Post was not published: only what nobody knows.
func MayDeny(post PostState) error {
	if post == PostUnconfirmed {
		return nil
	}
	return E(CodePostState, "state", string(post))
}
