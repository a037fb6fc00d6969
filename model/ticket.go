package model

import (
	"slices"
	"strconv"
	"time"
)

// The times of publishing by scanning (rules 17 to 20).
const (
	TicketWindow = 3 * time.Hour   // after the planned time a code opens for this long
	LeaseTime    = 2 * time.Minute // for this long an Opening keeps other phones out
	MaxOpenings  = 20              // of one Ticket: Douyin counts its share ids
)

// MaxPosters is how many people one Channel names as posters.
const MaxPosters = 8

// CheckPosters finds what is wrong with whom a Channel names as posters.
func CheckPosters(ids []string) (bad []FieldError) {
	if len(ids) > MaxPosters {
		bad = append(bad, Field("posters", "too_many"))
	}
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			bad = append(bad, Field("posters["+strconv.Itoa(i)+"]", "duplicate"))
		}
	}
	return bad
}

// ByScan tells whether posts with this content are published by scanning a code.
func (t ContentType) ByScan() bool { return t == ContentDouyinVideo }

// Ticket (扫码发布码) is the right to publish one Post by scanning. Its token stays the same
// while the Post is rescheduled; a revoked one never comes back.
type Ticket struct {
	ID           string
	BrandID      string
	PostID       string
	LivePostID   *string // the Post, until it is revoked: a Post has one live Ticket
	TokenHash    string
	TokenSealed  []byte
	IssuedBy     string // Member
	IssuedAt     time.Time
	StartsAt     time.Time  // the planned time; without one, when it was issued
	ExpiresAt    time.Time  // StartsAt + TicketWindow
	EarlyAt      *time.Time // when somebody of the staff opened it before its time (rule 18)
	EarlyBy      *string    // Member
	EarlyReason  string
	RevokedAt    *time.Time
	Openings     int
	LeaseOpening *string // the Opening that keeps other phones out
	LeaseDevice  string  // hash of that phone's own number
	LeaseAgent   string  // family of its browser
	LeaseSince   *time.Time
	LeaseUntil   *time.Time
	Version      int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// OpeningWay says what a scan was handed.
type OpeningWay string

// The ways.
const (
	OpeningDouyin   OpeningWay = "douyin"   // a link that opens Douyin
	OpeningDownload OpeningWay = "download" // the video and the words, to publish by hand
)

// Opening (扫码记录) is one scan that was handed what it takes to publish.
type Opening struct {
	ID         string
	BrandID    string
	PostID     string
	TicketID   string
	IdemKey    string // of the tap: the same tap is the same Opening
	Way        OpeningWay
	ShareID    *string // OpeningDouyin: Douyin tells of the publication under it
	LaunchWay  LaunchWay
	MemberID   *string // who scanned, when he is known
	DeviceHash string
	UserAgent  string // family
	IPHash     string
	Early      bool // before its time, by an override
	TookOver   bool // another phone's lease was running
	CreatedAt  time.Time
}

// WindowEnd is when publishing by scanning ends for a Post: three hours after its planned
// time, or after its code was issued when it has none. nil: it does not end.
func WindowEnd(t ContentType, scheduled, issued *time.Time) *time.Time {
	start := scheduled
	if start == nil {
		start = issued
	}
	if !t.ByScan() || start == nil {
		return nil
	}
	end := start.Add(TicketWindow)
	return &end
}

// ScanState is what a scanned code leads to.
type ScanState string

// The states of a scanned code.
const (
	ScanOpen      ScanState = "open"
	ScanEarly     ScanState = "early"     // before the lead time
	ScanEnded     ScanState = "ended"     // its window is over, or it was revoked
	ScanPublished ScanState = "published" // it did what it is for
	ScanNotReady  ScanState = "not_ready" // what it would publish is not approved as it is
)

// Opens is when a Ticket opens: a lead before its start, or when somebody opened it early.
func (t Ticket) Opens(lead time.Duration) time.Time {
	opens := t.StartsAt.Add(-lead)
	if t.EarlyAt != nil && t.EarlyAt.Before(opens) {
		return *t.EarlyAt
	}
	return opens
}

// Early tells whether an Opening at now is one that only an override allows.
func (t Ticket) Early(now time.Time, lead time.Duration) bool {
	return t.EarlyAt != nil && now.Before(t.StartsAt.Add(-lead))
}

// Scan rules on a scanned code at now, by the database's clock. approved is the publish
// gate's answer. The end belongs to the time after it (rule 17).
func (t Ticket) Scan(now time.Time, lead time.Duration, post PostState, approved bool) ScanState {
	switch {
	case t.RevokedAt != nil, !now.Before(t.ExpiresAt), post == PostCancelled:
		return ScanEnded
	case post == PostPublished:
		return ScanPublished
	case post == PostExpired, post == PostUnconfirmed:
		return ScanEnded
	case !approved:
		return ScanNotReady
	case now.Before(t.Opens(lead)):
		return ScanEarly
	}
	return ScanOpen
}

// Refusal is why a code in this state hands out nothing; nil when it does.
func (s ScanState) Refusal(t Ticket, now time.Time, lead time.Duration) error {
	switch s {
	case ScanOpen:
		return nil
	case ScanEarly:
		wait := t.Opens(lead).Sub(now)
		return E(CodeTicketEarly, "opens_in_ms", strconv.FormatInt(wait.Milliseconds(), 10)).After(wait)
	case ScanPublished:
		return E(CodeAlreadyPublished)
	case ScanNotReady:
		return E(CodeNotApproved)
	case ScanEnded:
	}
	return E(CodeTicketEnded)
}

// Held tells whether another phone keeps this one out at now.
func (t Ticket) Held(now time.Time, device string) bool {
	return t.LeaseUntil != nil && now.Before(*t.LeaseUntil) && t.LeaseDevice != device
}

// MayOpen rules on one more Opening of a code that is open (rule 20): two phones at once,
// and how many in all.
func (t Ticket) MayOpen(now time.Time, device string, takeOver bool) error {
	switch {
	case t.Openings >= MaxOpenings:
		return E(CodeTicketExhausted, "most", strconv.Itoa(MaxOpenings))
	case t.Held(now, device) && !takeOver:
		left := t.LeaseUntil.Sub(now)
		return E(CodeTicketHeld, "holder", t.LeaseAgent, "since", t.LeaseSince.UTC().Format(time.RFC3339), "seconds", strconv.Itoa(int(left.Seconds())+1)).After(left)
	}
	return nil
}

// MayIssue rules on making a Post's code: only for what is published by scanning, through
// the publish gate, and while its window is open.
func MayIssue(t ContentType, post PostState, end *time.Time, now time.Time, approved bool) error {
	switch {
	case !t.ByScan():
		return E(CodeNotByScan)
	case post == PostPublished:
		return E(CodeAlreadyPublished)
	case post == PostExpired, post == PostUnconfirmed, end != nil && !now.Before(*end):
		return E(CodeTicketEnded)
	case !approved:
		return E(CodeNotApproved)
	}
	return nil
}

// MayReschedule rules on a new planned time, under which the window ends at end. What was
// published has none any more; a window that is over already would end the Post at once.
func MayReschedule(post PostState, end *time.Time, now time.Time) error {
	switch {
	case post.Closed():
		return E(CodePostState, "state", string(post))
	case end != nil && !now.Before(*end):
		return Invalid(Field("scheduled_at", "window_over"))
	}
	return nil
}

// Revived is the state of a Post after its time was changed: what had run out comes back,
// without a new approval (rule 17).
func Revived(post PostState) PostState {
	if post == PostExpired || post == PostUnconfirmed {
		return PostApproved
	}
	return post
}

// RunsOut is what an approved Post becomes when its window ends: nobody knows what the
// phones did that were handed a link to Douyin (rule 19).
func RunsOut(launched bool) PostState {
	if launched {
		return PostUnconfirmed
	}
	return PostExpired
}

// PublishRungs are when the poster is told, from the planned time on: the later ones go to
// his fallback too.
func PublishRungs() []PublishRung {
	return []PublishRung{
		{"T-30m", -30 * time.Minute, false},
		{"T", 0, false},
		{"T+1h", time.Hour, false},
		{"T+2h", 2 * time.Hour, true},
		{"T+2h45m", 2*time.Hour + 45*time.Minute, true},
	}
}

// PublishRung is one step of that ladder.
type PublishRung struct {
	Name     string
	After    time.Duration // the planned time
	Fallback bool
}
