// Package service is what the product does: it joins people to brands, keeps flows and
// posts, runs reviews and owes notices. It declares the interfaces that it needs of the
// doors; the wiring is in cmd.
package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"countersign/model"
	"countersign/store"
)

// WeChat is the door to WeChat.
type WeChat interface {
	Login(ctx context.Context, code string) (model.WeChatIdentity, error)
	CodeImage(ctx context.Context, r model.CodeImageRequest) (png []byte, err error)
	URLLink(ctx context.Context, r model.URLLinkRequest) (string, error)
	Send(ctx context.Context, m model.SubscribeMessage) error
	CheckText(ctx context.Context, t model.TextCheck) (model.TextVerdict, error)
	Echo(signature, timestamp, nonce, echostr string) (string, error)
	OpenPush(query url.Values, body []byte, now time.Time) (event []byte, err error)
	ReadPush(event []byte) (model.Push, error)
}

// Mail is the door to the mail server. A nil error means that the server took the
// message. It may be sent again with the same MessageID when the outcome is unknown.
//
// Errors: CodeMailBusy (passes by itself), CodeMailRefused.
type Mail interface {
	Send(ctx context.Context, m model.Email) error
}

// WebhookDoor sends signed messages to addresses that brands have chosen.
type WebhookDoor interface {
	CheckURL(raw string) (reason string)
	Send(ctx context.Context, m model.WebhookMessage) model.WebhookOutcome
}

// Cache is speed: everything in it can be read again from the store.
type Cache interface {
	Session(ctx context.Context, tokenHash string) ([]byte, bool)
	KeepSession(ctx context.Context, tokenHash string, value []byte, ttl time.Duration)
	DropSession(ctx context.Context, tokenHash string) error
	Scene(ctx context.Context, tokenHash string) ([]byte, bool)
	KeepScene(ctx context.Context, tokenHash string, value []byte, ttl time.Duration)
	DropScene(ctx context.Context, tokenHash string) error
	PictureOnce(ctx context.Context, key string, ttl time.Duration, paint func(context.Context) ([]byte, error)) ([]byte, error)
	Allow(ctx context.Context, l model.Limit, subject string) (ok bool, retryAfter time.Duration)
	Scanned(ctx context.Context, tokenHash string) (live, page []byte)
	KeepTicket(ctx context.Context, tokenHash string, entry []byte, end time.Time)
	KeepScan(ctx context.Context, tokenHash string, page []byte)
	DropScan(ctx context.Context, tokenHash string) error
	DropTicket(ctx context.Context, tokenHash string) error
	Publish(ctx context.Context, payloads map[string]string)
	Subscribe(ctx context.Context, channel string) (wakes <-chan string, leave func())
	Healthy() bool
}

// Settings are the parts of the configuration that services ask for.
type Settings struct {
	PublicURL       string // without a slash at its end
	EntryPage       string // of the mini-program
	ConsoleIdle     time.Duration
	ConsoleAbsolute time.Duration
	MiniIdle        time.Duration
	MiniAbsolute    time.Duration
	HashCost        HashCost
	LoginsPerMinute int
	WeChatLogins    int // per minute and address
	SceneMisses     int // per minute and address
	CommentsPerMin  int // of one principal; 0 is 30
	Templates       Templates
	Live            LiveSettings
	Gather          time.Duration // how long a notice waits for others to the same person before it leaves
	Media           model.MediaLimits
	AIDailyTokens   int64 // of one brand; 0 is no limit
}

// Templates are the ids of WeChat's subscription message templates by slot; without one
// that kind of notice is not sent over WeChat. Each has the fields thing1 (what), thing2
// (brand) and time3.
type Templates map[model.NoticeTemplate]string

// Deps are what every service works with.
type Deps struct {
	Store    *store.Store
	WeChat   WeChat
	Mail     Mail   // nil: no e-mail
	Douyin   Douyin // nil: posts are published by hand
	Webhook  WebhookDoor
	Cache    Cache
	Sealer   *Sealer
	Signer   *Signer
	Blobs    Blobs
	Model    AIModel // nil: no model is asked
	Random   io.Reader
	NewID    func() string
	Log      *slog.Logger
	Settings Settings

	engines *engines                 // of brands' own words
	scans   *lru.Cache[string, Scan] // what the cache's bytes say, by the bytes
}

// Service is all of them.
type Service struct {
	Sessions Sessions
	Join     Join
	Bindings Bindings
	Scenes   Scenes
	Brands   Brands
	Flows    Flows
	Posts    Posts
	Reviews  Reviews
	Deputies Deputies
	Relay    Relay
	Live     *Live
	Audit    Audit
	Timeline Timeline
	Notices  Notices
	Media    Media
	Comments Comments
	Tickets  Tickets
	Windows  Windows

	Reminders Reminders
	Grants    Grants
	Webhooks  Webhooks

	AIReviews AIReviews
	WordLists WordLists
}

// New wires the services to their dependencies.
func New(d Deps) *Service {
	c := &d
	c.engines, c.scans = &engines{}, recentScans()
	return &Service{
		AIReviews: AIReviews{c}, WordLists: WordLists{c},
		Sessions: Sessions{c, newHasher(d.Settings.HashCost)}, Join: Join{c}, Bindings: Bindings{c}, Scenes: Scenes{c},
		Brands: Brands{c}, Flows: Flows{c}, Posts: Posts{c}, Reviews: Reviews{c}, Deputies: Deputies{c}, Relay: Relay{c},
		Notices: Notices{c}, Reminders: Reminders{c}, Grants: Grants{c},
		Live: newLive(c), Webhooks: Webhooks{c}, Audit: Audit{c}, Timeline: Timeline{c}, Media: Media{c}, Comments: Comments{c}, Tickets: Tickets{c}, Windows: Windows{c},
	}
}

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

// Rehearsal is what a dry run found. The act ran in its transaction as it would have
// been, and the transaction was rolled back: what is told here is what happens.
type Rehearsal struct {
	Effects model.Effects
	Plans   []ArticlePlan // of a submit
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

// once runs an act in one transaction. With an idempotency key, the first answer is kept
// in the same transaction. A repeat finds the key taken, by its own insert or by an act
// that is refused because it was done; it is undone, and gets the first answer.
func once[T any](ctx context.Context, d *Deps, c Call, fn func(tx *store.Tx) (T, error)) (out T, err error) {
	keyed := c.Key != "" && c.DryRun == nil
	err = d.Store.InTx(ctx, func(tx *store.Tx) error {
		out = *new(T)
		if c.DryRun != nil {
			out, err = rehearse(ctx, tx, c, fn)
			return err
		}
		if out, err = fn(tx); err != nil || !keyed {
			return err
		}
		return d.keep(tx, c, out)
	})
	if keyed && (errors.Is(err, store.ErrKeyTaken) || (err != nil && isRefusal(err) && !errors.As(err, new(*stranger)))) {
		return out, replay(ctx, d, c, err, &out)
	}
	return out, err
}

// rehearse runs an act that its transaction will undo. It claims no idempotency key: the
// same key may follow with the act itself.
func rehearse[T any](ctx context.Context, tx *store.Tx, c Call, fn func(tx *store.Tx) (T, error)) (T, error) {
	*c.DryRun = Rehearsal{}
	tx.Rehearse()
	out, err := fn(tx)
	if err != nil {
		return out, err
	}
	return out, tx.Tally(ctx, &c.DryRun.Effects)
}

// keep stores an act's answer under its key.
func (d *Deps) keep(tx *store.Tx, c Call, out any) error {
	raw, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("idempotent answer: %w", err)
	}
	sealed, err := d.Sealer.Seal(raw, "answer")
	if err != nil {
		return err
	}
	return tx.KeepAnswer(model.IdempotencyKey{Principal: c.Principal.ID(), IdemKey: c.Key, RequestHash: c.RequestHash, Answer: sealed})
}

// replay gives the first answer of a key, or else the refusal of an act that was never
// done under it.
func replay[T any](ctx context.Context, d *Deps, c Call, refusal error, out *T) error {
	*out = *new(T)
	k, err := d.Store.KeptAnswer(ctx, c.Principal.ID(), c.Key)
	switch {
	case err != nil && model.CodeOf(err) == model.CodeNotFound && isRefusal(refusal):
		return refusal
	case err != nil:
		return err
	case k.RequestHash != c.RequestHash:
		return model.E(model.CodeKeyReused)
	}
	raw, err := d.Sealer.Open(k.Answer, "answer")
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, out)
}

// stranger marks the refusal of somebody who may not do the act, or not any more: he
// gets no earlier answer either.
type stranger struct{ error }

func (s *stranger) Unwrap() error { return s.error }

// asStaff reads who the caller is in the Brand, inside the transaction, and refuses a
// role that is too small. A stranger gets the answer of a Brand that does not exist.
func asStaff(ctx context.Context, tx *store.Tx, c Call, brandID string, need model.Role) (model.Member, error) {
	if c.Principal.UserID == "" {
		return model.Member{}, &stranger{model.E(model.CodeNotFound)}
	}
	m, err := tx.Staff(ctx, brandID, c.Principal.UserID)
	if err == nil && !m.Role.May(need) {
		err = model.E(model.CodeForbidden, "role", string(need))
	}
	if err != nil {
		return m, &stranger{err}
	}
	return m, nil
}

// byStaff is once for an act that only staff with a role may do.
func byStaff[T any](ctx context.Context, d *Deps, c Call, brandID string, need model.Role, fn func(tx *store.Tx, me model.Member) (T, error)) (T, error) {
	return once(ctx, d, c, func(tx *store.Tx) (T, error) {
		me, err := asStaff(ctx, tx, c, brandID, need)
		if err != nil {
			return *new(T), err
		}
		return fn(tx, me)
	})
}

// done is the answer of an act that answers nothing.
type done struct{}

// dropped removes ended tokens from a cache after the commit. A cache that is down
// forgets them within half a minute by itself; the database refuses them at once.
func (d *Deps) dropped(ctx context.Context, drop func(context.Context, string) error, hashes ...string) {
	for _, h := range hashes {
		if err := drop(ctx, h); err != nil {
			d.Log.WarnContext(ctx, "cache: could not drop a token; it ends by its own time limit", "error", err)
		}
	}
}

// clean trims a one-line text and puts it into the form that is compared and stored.
func clean(s string) string { return normalize(strings.TrimSpace(s)) }
