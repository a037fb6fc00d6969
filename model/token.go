package model

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"time"
)

// SceneKind is the one purpose of a scene token; its letter is the token's prefix.
type SceneKind string

// The kinds of scene. A token of one kind means nothing to the endpoints of another.
const (
	SceneInvitation SceneKind = "invitation"
	ScenePost       SceneKind = "post"
	SceneBinding    SceneKind = "binding"
	SceneTicket     SceneKind = "ticket" // of a Ticket; it opens the page of a publish code
)

var scenePrefix = map[SceneKind]string{SceneInvitation: "i.", ScenePost: "p.", SceneBinding: "b.", SceneTicket: "t."}

// Scene is a token that a mini-program code or a link carries. The row holds the
// token's SHA-256 for looking it up, and the token itself sealed, so that its code
// can be drawn again; a dump of the database holds no live token.
type Scene struct {
	ID          string
	Kind        SceneKind
	BrandID     *string
	SubjectID   string  // the Invitation, the Post, or the User who binds
	SessionID   *string // binding only: the console session that asked
	TokenHash   string
	TokenSealed []byte
	MaxUses     int // 0: no limit
	Uses        int
	ExpiresAt   *time.Time // nil: as long as its subject
	RevokedAt   *time.Time
	CreatedAt   time.Time
}

// Live tells whether the token may still be used at now. The guarded update that
// consumes it asks the same of the database.
func (s Scene) Live(now time.Time) bool {
	return s.RevokedAt == nil && (s.ExpiresAt == nil || now.Before(*s.ExpiresAt)) && (s.MaxUses == 0 || s.Uses < s.MaxUses)
}

// sceneBytes are 128 bits; with the prefix a token has 24 characters of WeChat's
// scene alphabet, which allows 32.
const sceneBytes = 16

// NewSceneToken draws a token of the kind from random.
func NewSceneToken(kind SceneKind, random io.Reader) (string, error) {
	raw := make([]byte, sceneBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", err
	}
	return scenePrefix[kind] + base64.RawURLEncoding.EncodeToString(raw), nil
}

// SceneKindOf reads the kind from a token's shape; ok is false for a malformed one.
func SceneKindOf(token string) (kind SceneKind, ok bool) {
	if len(token) != 2+base64.RawURLEncoding.EncodedLen(sceneBytes) {
		return "", false
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(token[2:]); err != nil {
		return "", false
	}
	for k, p := range scenePrefix {
		if token[:2] == p {
			return k, true
		}
	}
	return "", false
}

// NewSessionToken draws a 256-bit token, 43 characters of base64url.
func NewSessionToken(random io.Reader) (string, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// HashToken is what is stored of a token: lower-case hex of its SHA-256.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
