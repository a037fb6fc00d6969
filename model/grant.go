package model

import "time"

// MessageGrant is what is left of one Person's consent to one message template: every
// "allow" he taps pays for one message (WeChat's one-time subscription). It is our copy;
// WeChat's own count is the truth, and its answers and pushes correct ours.
type MessageGrant struct {
	PersonID   string `gorm:"primaryKey"`
	TemplateID string `gorm:"primaryKey"`
	Remaining  int
	Refused    bool // his last word was no, or WeChat has banned the template for him
	Reported   int  // taps that the mini-program told and WeChat has not confirmed yet
	Pushed     int  // taps that WeChat told and the mini-program has not reported yet
	TapAt      time.Time
	ChangedBy  GrantChange
	ChangedAt  time.Time
	Version    int64
}

// GrantChange is what moved a MessageGrant.
type GrantChange string

// The changes.
const (
	GrantReported    GrantChange = "reported"     // the mini-program: he tapped "allow"
	GrantPushed      GrantChange = "pushed"       // WeChat: he tapped "allow"
	GrantRefused     GrantChange = "refused"      // he tapped "no", or WeChat says so
	GrantSwitchedOn  GrantChange = "switched_on"  // in WeChat's settings; gives no message by itself
	GrantSwitchedOff GrantChange = "switched_off" // in WeChat's settings
	GrantSpent       GrantChange = "spent"
	GrantReturned    GrantChange = "returned"  // reserved for a message that certainly did not leave
	GrantExhausted   GrantChange = "exhausted" // WeChat refused a message: nothing is left
)

// MaxGrants is the most that is counted for one Person and template.
const MaxGrants = 1000

// grantPairing is how far apart the two reports of one tap may come.
const grantPairing = 10 * time.Minute

// After is the grant after a change. The mini-program and WeChat both tell of the same
// tap, in any order and without a common name: a report of one side is taken for the
// echo of an earlier one of the other side, if there is one young enough.
func (g MessageGrant) After(c GrantChange, now time.Time) MessageGrant {
	if now.Sub(g.TapAt) > grantPairing {
		g.Reported, g.Pushed = 0, 0
	}
	switch c {
	case GrantReported:
		g.tapped(&g.Pushed, &g.Reported, now)
	case GrantPushed:
		g.tapped(&g.Reported, &g.Pushed, now)
	case GrantRefused:
		g.Refused = true
	case GrantSwitchedOff, GrantExhausted:
		g.Refused, g.Remaining, g.Reported, g.Pushed = c == GrantSwitchedOff, 0, 0, 0
	case GrantSwitchedOn:
		g.Refused = false
	case GrantSpent:
		g.Remaining = max(g.Remaining-1, 0)
	case GrantReturned:
		g.Remaining = min(g.Remaining+1, MaxGrants)
	}
	g.ChangedBy, g.ChangedAt = c, now
	return g
}

// tapped counts an "allow", unless it is the echo of one.
func (g *MessageGrant) tapped(other, own *int, now time.Time) {
	g.Refused = false
	if *other > 0 {
		*other--
		return
	}
	*own++
	g.Remaining, g.TapAt = min(g.Remaining+1, MaxGrants), now
}

// The events about subscription messages that WeChat pushes.
const (
	PushPopup  = "subscribe_msg_popup_event"  // he answered the question in the mini-program
	PushChange = "subscribe_msg_change_event" // he changed it in WeChat's settings
	PushSent   = "subscribe_msg_sent_event"   // what became of a message
)

// Push is one event that WeChat pushed, verified and read.
type Push struct {
	Event  string // PushPopup, PushChange, PushSent, or one that we do not know
	AppID  string
	OpenID string
	Items  []PushItem
}

// PushItem is what a Push says about one template.
type PushItem struct {
	TemplateID string
	Status     string // popup, change: accept, reject
	ErrorCode  int    // sent: 0 is delivered
}

// Change is what an item of an event does to a grant; false when it does nothing.
func (i PushItem) Change(event string) (GrantChange, bool) {
	switch {
	case event == PushPopup && i.Status == "accept":
		return GrantPushed, true
	case event == PushPopup && i.Status == "reject":
		return GrantRefused, true
	case event == PushChange && i.Status == "accept":
		return GrantSwitchedOn, true
	case event == PushChange && i.Status == "reject":
		return GrantSwitchedOff, true
	case event == PushSent && i.ErrorCode == pushNoGrant:
		return GrantExhausted, true
	}
	return "", false
}

// pushNoGrant is WeChat's code for a message without consent.
const pushNoGrant = 43101
