package model

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Actor is who did something, as the audit keeps it.
type Actor struct {
	Kind string `json:"kind"` // user, person, visitor, operator, system
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// AuditEntry is one act in a Brand. Entries are chained: Hash covers PrevHash, so a
// changed, missing or added row shows. Seq counts from 1 without gaps.
type AuditEntry struct {
	BrandID     string `gorm:"primaryKey"`
	Seq         int64  `gorm:"primaryKey;autoIncrement:false"`
	At          time.Time
	ActorKind   string
	ActorID     string
	ActorName   string
	Action      string // "task.approved", "flow.created" …
	SubjectKind string
	SubjectID   string
	BeforeJSON  []byte // may be empty
	AfterJSON   []byte
	RequestID   string
	IPHash      string
	PrevHash    string
	Hash        string
}

// TableName is "audit".
func (AuditEntry) TableName() string { return "audit" }

// AuditHead is the end of a Brand's chain; holding its row lock orders the writers.
type AuditHead struct {
	BrandID string `gorm:"primaryKey"`
	Seq     int64
	Hash    string
}

// Chain sets the entry's place behind the head and its hash.
func (e *AuditEntry) Chain(head AuditHead) {
	e.Seq, e.PrevHash = head.Seq+1, head.Hash
	e.Hash = chainHash(e.PrevHash, e.Sum())
}

// Linked tells whether a Sum alone proves the entry's place in the chain; of the
// entries of the first form only the whole entry does.
func (e *AuditEntry) Linked() bool { return e.Hash == chainHash(e.PrevHash, e.Sum()) }

// hashes tells whether the entry's fields, behind prevHash, give its hash.
func (e *AuditEntry) hashes(prevHash string) bool {
	x := *e
	x.PrevHash = prevHash
	return e.Hash == chainHash(prevHash, e.Sum()) || e.Hash == x.firstForm()
}

// Sum is the SHA-256 of all fields but the place in the chain: a JSON array of texts
// and one number, with the SHA-256 of BeforeJSON and AfterJSON in their place. It is
// unambiguous, byte for byte, and the same in any language (ADR 0028).
func (e *AuditEntry) Sum() string {
	return sumOf([]any{
		"countersign-audit-entry-2", e.BrandID, e.Seq, e.At.UTC().Format(time.RFC3339Nano), e.ActorKind, e.ActorID, e.ActorName,
		e.Action, e.SubjectKind, e.SubjectID, HashToken(string(e.BeforeJSON)), HashToken(string(e.AfterJSON)), e.RequestID, e.IPHash,
	})
}

// chainHash is the hash of an entry with that Sum behind an entry with prevHash.
func chainHash(prevHash, sum string) string {
	return sumOf([]any{"countersign-audit-chain-2", prevHash, sum})
}

// firstForm hashed all fields and the place in one go. Chains that began with it go on.
func (e *AuditEntry) firstForm() string {
	return sumOf([]any{
		e.BrandID, e.Seq, e.At.UTC().Format(time.RFC3339Nano), e.ActorKind, e.ActorID, e.ActorName,
		e.Action, e.SubjectKind, e.SubjectID, string(e.BeforeJSON), string(e.AfterJSON), e.RequestID, e.IPHash, e.PrevHash,
	})
}

// sumOf is the hex SHA-256 of texts and integers as a JSON array.
func sumOf(parts []any) string {
	raw, err := json.Marshal(parts)
	if err != nil { // texts and integers always marshal
		return ""
	}
	h := sha256.Sum256(raw)
	return hex.EncodeToString(h[:])
}

// Event is a fact for whoever watches a Brand: ids only, no texts. Seq is the audit's.
type Event struct {
	BrandID     string `gorm:"primaryKey"`
	Seq         int64  `gorm:"primaryKey;autoIncrement:false"`
	Kind        string // the audit's action
	SubjectKind string
	SubjectID   string
	ActorKind   string // user, person, visitor, operator, system
	At          time.Time
}

// IdempotencyKey remembers the first answer to a request. Answer is sealed.
type IdempotencyKey struct {
	Principal   string `gorm:"primaryKey"`
	IdemKey     string `gorm:"primaryKey"`
	RequestHash string
	Answer      []byte
	CreatedAt   time.Time
}

// OutboxState is where a message stands.
type OutboxState string

// The states of an OutboxMessage.
const (
	OutboxReady OutboxState = "ready"
	OutboxDone  OutboxState = "done"
	OutboxDead  OutboxState = "dead" // given up; LastError says why
)

// OutboxMessage is something owed to the outside, committed with the act that owes it.
type OutboxMessage struct {
	ID         string
	DedupKey   string // unique: topic, subject, version, recipient
	Topic      string
	BrandID    string
	Payload    []byte // JSON
	State      OutboxState
	NextAt     time.Time
	LeaseOwner string
	Attempts   int
	LastError  string
	CreatedAt  time.Time

	// Recipient groups messages that may leave as one: channel and id, "" for those that
	// always leave alone.
	Recipient string
	// SpentTemplate is the template whose consent is held for the message, "" for none.
	SpentTemplate string
}

// TableName is "outbox".
func (OutboxMessage) TableName() string { return "outbox" }
