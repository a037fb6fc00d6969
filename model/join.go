package model

import "time"

// Invitation (邀请) lets strangers ask to join: it gives no right by itself (rule 1).
// Its token, expiry, uses and revocation stand on its Scene.
type Invitation struct {
	ID        string
	BrandID   string
	SceneID   string
	Note      string // for whom, in the admin's words
	CreatedBy string // Member
	CreatedAt time.Time
}

// AccessState is where an AccessRequest stands.
type AccessState string

// The states of an AccessRequest; each leaves waiting once.
const (
	AccessWaiting  AccessState = "waiting"
	AccessAdmitted AccessState = "admitted"
	AccessRefused  AccessState = "refused"
)

// AccessRequest (授权请求): a Person asks to become a reviewer of a Brand.
type AccessRequest struct {
	ID            string
	BrandID       string
	PersonID      string
	InvitationID  string
	Nickname      string // as it was when he asked
	State         AccessState
	Waiting       *bool  // true while waiting, else NULL: unique with brand and person
	Reason        string // of a refusal; the Person can read it
	DecidedBy     *string
	DecidedByName string
	DecidedAt     *time.Time
	UnblockedAt   *time.Time // an admin lets him ask again at once
	Version       int64
	CreatedAt     time.Time
}

// RefusalLasts is how long a refused Person waits before he may ask again (rule 3).
const RefusalLasts = 24 * time.Hour

// MaxWaitingRequests is how many requests of one Brand may wait at once; a flood of
// strangers stops here.
const MaxWaitingRequests = 200

// AskOutcome is what asking for access leads to.
type AskOutcome string

// The outcomes of asking.
const (
	AskCreate AskOutcome = "create" // a new request
	AskReturn AskOutcome = "return" // the one that waits already
	AskMember AskOutcome = "member" // he is a member already
)

// Ask rules on a request for access (rules 1 to 3). last is the newest request of this
// Person to this Brand, or nil.
func Ask(person Person, member bool, last *AccessRequest, now time.Time) (AskOutcome, error) {
	switch {
	case person.Nickname == "":
		return "", E(CodeNicknameRequired)
	case member:
		return AskMember, nil
	case last == nil || last.State == AccessAdmitted: // admitted once, removed since
		return AskCreate, nil
	case last.State == AccessWaiting:
		return AskReturn, nil
	case last.State == AccessRefused:
		return askAfterRefusal(*last, now)
	}
	return "", E(CodeInternal)
}

func askAfterRefusal(last AccessRequest, now time.Time) (AskOutcome, error) {
	if last.UnblockedAt != nil || last.DecidedAt == nil {
		return AskCreate, nil
	}
	again := last.DecidedAt.Add(RefusalLasts)
	if now.Before(again) {
		return "", E(CodeAccessRefused, "reason", last.Reason, "again_at", again.UTC().Format(time.RFC3339)).After(again.Sub(now))
	}
	return AskCreate, nil
}

// DecideAccess rules on admitting or refusing: only a waiting request can be decided,
// and whoever comes second learns who was first.
func DecideAccess(r AccessRequest) error {
	if r.State == AccessWaiting {
		return nil
	}
	e := E(CodeAccessDecided, "state", string(r.State), "by", r.DecidedByName)
	if r.DecidedAt != nil {
		e.Args["at"] = r.DecidedAt.UTC().Format(time.RFC3339)
	}
	return e
}
