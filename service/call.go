package service

import (
	"encoding/json"

	"countersign/model"
	"countersign/store"
)

// Principal is who makes a call: a console User, a mini-program Person, or nobody.
type Principal struct {
	Kind      model.SessionKind `json:"kind"`
	SessionID string            `json:"session_id"`
	TokenHash string            `json:"-"`
	UserID    string            `json:"user_id,omitempty"`
	PersonID  string            `json:"person_id,omitempty"`
	Name      string            `json:"name,omitempty"`
}

// Viewer is the principal as the store's queries take it.
func (p Principal) Viewer() store.Viewer { return store.Viewer{UserID: p.UserID, PersonID: p.PersonID} }

// ID is what idempotency keys and limits are counted by.
func (p Principal) ID() string {
	if p.UserID != "" {
		return "u:" + p.UserID
	}
	return "p:" + p.PersonID
}

func (p Principal) actor() model.Actor {
	if p.UserID != "" {
		return model.Actor{Kind: "user", ID: p.UserID, Name: p.Name}
	}
	return model.Actor{Kind: "person", ID: p.PersonID, Name: p.Name}
}

// Call is one request: who, from where, and under which idempotency key.
type Call struct {
	Principal   Principal
	Key         string // idempotency key, "" for acts that are safe to repeat by nature
	RequestHash string // of method, path and body
	RequestID   string
	IP          string
	IPHash      string
	UserAgent   string     // family
	DryRun      *Rehearsal // not nil: do all of it, report here, and undo it
	bulk        bool       // one of several answers that came together
}

// nameOf is what the caller's acts show, as the staff Member that he is.
func (c Call) nameOf(me model.Member) string { return model.DisplayName(me.Alias, c.Principal.Name) }

// via is the surface that the call came from.
func (c Call) via() model.Via {
	if c.Principal.Kind == model.SessionMini {
		return model.ViaMiniProgram
	}
	return model.ViaWeb
}

// entry makes an audit entry of the call; before and after may be nil.
func (c Call) entry(brandID, action, kind, id string, before, after any) model.AuditEntry {
	a := c.Principal.actor()
	return model.AuditEntry{
		BrandID: brandID, ActorKind: a.Kind, ActorID: a.ID, ActorName: a.Name, Action: action,
		SubjectKind: kind, SubjectID: id, BeforeJSON: asJSON(before), AfterJSON: asJSON(after),
		RequestID: c.RequestID, IPHash: c.IPHash,
	}
}

// asJSON is for values of our own types, which always marshal.
func asJSON(v any) []byte {
	if v == nil {
		return []byte{}
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return []byte(`"unprintable"`)
	}
	return raw
}
