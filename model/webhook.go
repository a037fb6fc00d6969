package model

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Webhook is an address of a brand's own systems that is told what happens in the Brand.
type Webhook struct {
	ID             string
	BrandID        string
	URL            string `gorm:"column:url"`
	Description    string
	Kinds          []string `gorm:"serializer:json"` // of events; none is all of them
	Active         bool
	OffReason      WebhookOff // why the program switched it off; "" when it did not
	OffAt          *time.Time
	Secret         []byte // sealed
	OldSecret      []byte // sealed; empty when there is none
	OldSecretUntil *time.Time
	PlannedSeq     int64     // events up to here are deliveries, or were not wanted
	NextAt         time.Time // when a delivery is due; far away when none is
	HoldUntil      time.Time // nothing is sent before: it did not answer
	LeaseOwner     string
	LeaseUntil     time.Time
	Failures       int // tries in a row that failed
	FailingSince   *time.Time
	CreatedBy      string // Member
	Version        int64
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// WebhookOff is why a Webhook was switched off by the program.
type WebhookOff string

// The reasons.
const (
	WebhookGone    WebhookOff = "gone"    // it answered 410
	WebhookFailing WebhookOff = "failing" // no try has succeeded for WebhookPatience
)

// DeliveryState is where a Delivery stands.
type DeliveryState string

// The states of a Delivery.
const (
	DeliveryOwed      DeliveryState = "owed"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryDead      DeliveryState = "dead" // given up after the last try
)

// Delivery is one event that one Webhook is owed. There is one for each pair: a replay
// owes the same one again.
type Delivery struct {
	ID          string
	WebhookID   string
	BrandID     string
	Seq         int64 // of the event
	Kind        string
	SubjectKind string
	SubjectID   string
	ActorKind   string
	At          time.Time // of the event
	State       DeliveryState
	Attempts    int
	NextAt      time.Time
	Status      int    // of the last answer, 0 without one
	LastError   string // a word: "" after a success
	CreatedAt   time.Time
	DeliveredAt *time.Time
}

// TableName is "webhook_deliveries".
func (Delivery) TableName() string { return "webhook_deliveries" }

const (
	// MaxWebhooks is how many a Brand may have.
	MaxWebhooks = 20
	// WebhookPatience is how long a Webhook may fail before it is switched off.
	WebhookPatience = 5 * 24 * time.Hour
	// WebhookMinFailures is how many tries must have failed in that time.
	WebhookMinFailures = 10
	// WebhookOverlap is how long the old secret signs too after a rotation.
	WebhookOverlap = 24 * time.Hour
)

// Never is later than any delivery is due.
var Never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// retries are the pauses after each failed try, as Standard Webhooks recommends: the
// last try comes a little more than three days after the first.
var retries = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// longestAsk is the most that a receiver's Retry-After is honoured for.
const longestAsk = 24 * time.Hour

// After is the Delivery once a try was answered at now.
func (d Delivery) After(now time.Time, o WebhookOutcome) Delivery {
	d.Attempts++
	d.Status, d.LastError = o.Status, o.Failure
	switch {
	case o.Failure == "":
		d.State, d.DeliveredAt, d.NextAt = DeliveryDelivered, &now, now
	case d.Attempts > len(retries):
		d.State, d.NextAt = DeliveryDead, now
	default:
		d.NextAt = now.Add(max(retries[d.Attempts-1], min(o.RetryAfter, longestAsk)))
	}
	return d
}

// Health is how a Webhook's last tries went.
type Health struct {
	Failures     int
	FailingSince *time.Time
	HoldUntil    time.Time
}

// After is the Health once a try was answered at now. A receiver that cannot be reached,
// or asks for time, is left alone for a while, longer each time, up to a minute or as it
// asks: then one try finds out for all that is owed.
func (h Health) After(now time.Time, o WebhookOutcome) Health {
	if o.Failure == "" {
		return Health{HoldUntil: h.HoldUntil}
	}
	h.Failures++
	if h.FailingSince == nil {
		h.FailingSince = &now
	}
	if o.Down() {
		pause := min(time.Minute, time.Second<<min(h.Failures, 6))
		h.HoldUntil = now.Add(max(pause, min(o.RetryAfter, time.Hour)))
	}
	return h
}

// Off is why a Webhook must be switched off after an outcome, or "".
func (h Health) Off(now time.Time, o WebhookOutcome) WebhookOff {
	switch {
	case o.Status == 410:
		return WebhookGone
	case o.Failure != "" && h.FailingSince != nil && h.Failures >= WebhookMinFailures && now.Sub(*h.FailingSince) >= WebhookPatience:
		return WebhookFailing
	}
	return ""
}

// Called is what people know the Webhook by: its description, or the host that it leads
// to. The rest of an address may hold secrets.
func (w Webhook) Called() string {
	if w.Description != "" {
		return w.Description
	}
	u, err := url.Parse(w.URL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// Health is how the Webhook's last tries went.
func (w Webhook) Health() Health { return Health{w.Failures, w.FailingSince, w.HoldUntil} }

// Wants tells whether the Webhook is told of a kind of event.
func (w Webhook) Wants(kind string) bool {
	return PublicKind(kind) && (len(w.Kinds) == 0 || slices.Contains(w.Kinds, kind))
}

// WebhookMessage is one signed message on its way.
type WebhookMessage struct {
	URL     string
	ID      string // the same at every try: receivers tell repeats by it
	At      time.Time
	Body    []byte
	Secrets [][]byte // each signs; the newest first
}

// WebhookOutcome is what became of a try.
type WebhookOutcome struct {
	Status     int    // 0 without an answer
	Failure    string // "" for 2xx; else a word of the door's
	RetryAfter time.Duration
}

// Words for what can go wrong with a try.
const (
	WebhookRefused   = "refused"           // an answer that is not 2xx
	WebhookRedirect  = "redirect"          // 3xx: is not followed
	WebhookTimeout   = "timeout"           // no answer in time
	WebhookUnknown   = "name_not_found"    // the name has no address
	WebhookForbidden = "address_forbidden" // the name leads to a private address
	WebhookTLS       = "tls"               // its certificate does not hold
	WebhookBroken    = "connection"        // could not be reached, or broke off
	WebhookBadURL    = "url"               // the address is not taken any more
)

// Down tells that the receiver as a whole did not answer, or asks for time.
func (o WebhookOutcome) Down() bool {
	return o.Failure != "" && (o.Status == 0 || o.Status == 429 || o.Status == 502 || o.Status == 503 || o.Status == 504)
}

// MessageID names what a Webhook is told of an event, at every try and every replay.
func MessageID(webhookID string, seq int64) string {
	return "msg_" + strings.ReplaceAll(webhookID, "-", "") + "_" + strconv.FormatInt(seq, 10)
}

// webhookBody is what is sent. Ids and states only: a receiver reads the rest over the
// API, with its own rights.
type webhookBody struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}

type webhookData struct {
	BrandID     string `json:"brand_id"`
	Seq         int64  `json:"seq"`
	Kind        string `json:"kind"`
	SubjectKind string `json:"subject_kind"`
	SubjectID   string `json:"subject_id"`
	ActorKind   string `json:"actor_kind"`
}

// Body is what is sent, the same bytes at every try.
func (d Delivery) Body() ([]byte, error) {
	return json.Marshal(webhookBody{d.Kind, d.At.UTC(), webhookData{d.BrandID, d.Seq, d.Kind, d.SubjectKind, d.SubjectID, d.ActorKind}})
}

// PingBody is what a trial sends.
func PingBody(brandID string, at time.Time) ([]byte, error) {
	return json.Marshal(webhookBody{"ping", at.UTC(), map[string]string{"brand_id": brandID}})
}
