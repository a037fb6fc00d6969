package service

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"countersign/model"
	"countersign/store"
)

// Webhooks tells the brands' own systems what happens.
type Webhooks struct {
	acts
	guard  guard
	door   WebhookDoor
	cache  Cache
	sealer *Sealer
	random io.Reader
}

// WebhookSpec is a Webhook as an admin writes it.
type WebhookSpec struct {
	URL         string   `json:"url"`
	Description string   `json:"description"`
	Kinds       []string `json:"kinds"` // none is all of them
	Active      bool     `json:"active"`
}

const maxDescription = 200

func (s Webhooks) check(spec *WebhookSpec) error {
	spec.Description = clean(spec.Description)
	var bad []model.FieldError
	if r := s.door.CheckURL(spec.URL); r != "" {
		bad = append(bad, model.Field("url", r))
	}
	if spec.Description != "" {
		if r := model.CheckLine(spec.Description, maxDescription); r != "" {
			bad = append(bad, model.Field("description", r))
		}
	}
	for i, k := range spec.Kinds {
		if !model.PublicKind(k) {
			bad = append(bad, model.Field(fmt.Sprintf("kinds[%d]", i), "unknown"))
		}
	}
	if len(bad) > 0 {
		return model.Invalid(bad...)
	}
	slices.Sort(spec.Kinds)
	spec.Kinds = append([]string{}, slices.Compact(spec.Kinds)...)
	return nil
}

// NewWebhook is what creating or rotating hands back: the secret is told this once.
type NewWebhook struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

const (
	secretPrefix = "whsec_"
	secretBytes  = 32
)

// secret draws a new one: as it is told, and as it is kept.
func (s Webhooks) secret(webhookID string) (told string, kept []byte, err error) {
	raw := make([]byte, secretBytes)
	if _, err := io.ReadFull(s.random, raw); err != nil {
		return "", nil, model.E(model.CodeInternal).Because(err)
	}
	kept, err = s.sealer.Seal(raw, sealedFor(webhookID))
	return secretPrefix + base64.StdEncoding.EncodeToString(raw), kept, err
}

// sealedFor binds a secret to its Webhook: put into another row it does not open.
func sealedFor(webhookID string) string { return "webhook:" + webhookID }

// Create makes a Webhook that is told of what happens from now on.
func (s Webhooks) Create(ctx context.Context, c Call, brandID string, spec WebhookSpec) (NewWebhook, error) {
	return byStaff(ctx, s.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, me model.Member) (NewWebhook, error) {
		if err := s.check(&spec); err != nil {
			return NewWebhook{}, err
		}
		if _, err := tx.LockAdmins(brandID); err != nil { // two at once are counted one after the other
			return NewWebhook{}, err
		}
		if n, err := tx.WebhookCount(ctx, brandID); err != nil || n >= model.MaxWebhooks {
			return NewWebhook{}, orRefuse(err, model.E(model.CodeTooManyWebhooks, "limit", strconv.Itoa(model.MaxWebhooks)))
		}
		row := model.Webhook{ID: s.newID(), BrandID: brandID, URL: spec.URL, Description: spec.Description, Kinds: spec.Kinds, Active: spec.Active, CreatedBy: me.ID}
		told, kept, err := s.secret(row.ID)
		if err != nil {
			return NewWebhook{}, err
		}
		row.Secret = kept
		tx.Audit(c.entry(brandID, "webhook.created", "webhook", row.ID, nil, spec))
		return NewWebhook{row.ID, told}, tx.CreateWebhook(&row)
	})
}

// orRefuse is the fault, if there is one, else the refusal.
func orRefuse(fault error, refusal *model.Error) error {
	if fault != nil {
		return fault
	}
	return refusal
}

// Update changes a Webhook. Switched on again, it is sent what it was owed meanwhile. At
// another address it begins anew.
func (s Webhooks) Update(ctx context.Context, c Call, brandID, id string, version int64, spec WebhookSpec) error {
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (done, error) {
		w, err := tx.LockWebhook(brandID, id)
		if err != nil {
			return done{}, err
		}
		if err := s.check(&spec); err != nil {
			return done{}, err
		}
		before := WebhookSpec{w.URL, w.Description, w.Kinds, w.Active}
		fresh := spec.Active && !w.Active || spec.URL != w.URL
		w.URL, w.Description, w.Kinds, w.Active, w.Version = spec.URL, spec.Description, spec.Kinds, spec.Active, version
		tx.Audit(c.entry(brandID, "webhook.updated", "webhook", id, before, spec))
		return done{}, tx.UpdateWebhook(w, fresh)
	})
	return err
}

// Delete ends a Webhook and what it is owed.
func (s Webhooks) Delete(ctx context.Context, c Call, brandID, id string) error {
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (done, error) {
		w, err := tx.LockWebhook(brandID, id)
		if err != nil {
			return done{}, err
		}
		tx.Audit(c.entry(brandID, "webhook.deleted", "webhook", id, WebhookSpec{w.URL, w.Description, w.Kinds, w.Active}, map[string]any{"deleted": true}))
		return done{}, tx.DeleteWebhook(brandID, id)
	})
	return err
}

// Rotate draws a new secret; for a day the old one signs too.
func (s Webhooks) Rotate(ctx context.Context, c Call, brandID, id string) (NewWebhook, error) {
	return byStaff(ctx, s.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (NewWebhook, error) {
		w, err := tx.LockWebhook(brandID, id)
		if err != nil {
			return NewWebhook{}, err
		}
		told, kept, err := s.secret(id)
		if err != nil {
			return NewWebhook{}, err
		}
		tx.Audit(c.entry(brandID, "webhook.rotated", "webhook", id, map[string]any{"old_secret_until": w.OldSecretUntil}, map[string]any{"old_secret_until": tx.Now.Add(model.WebhookOverlap)}))
		return NewWebhook{id, told}, tx.RotateWebhook(w, kept, tx.Now.Add(model.WebhookOverlap))
	})
}

// Replay owes again every event after a number that is still kept.
func (s Webhooks) Replay(ctx context.Context, c Call, brandID, id string, after int64) (done, error) {
	return byStaff(ctx, s.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (done, error) {
		w, err := tx.LockWebhook(brandID, id)
		if err != nil {
			return done{}, err
		}
		head, err := tx.AuditHeadOf(ctx, brandID)
		if err != nil {
			return done{}, err
		}
		if after < 0 || after > head.Seq {
			return done{}, model.Invalid(model.Field("after", "out_of_range"))
		}
		tx.Audit(c.entry(brandID, "webhook.replayed", "webhook", id, map[string]any{"planned": w.PlannedSeq}, map[string]any{"planned": min(w.PlannedSeq, after), "after": after}))
		return done{}, tx.ReplayWebhook(w, after)
	})
}

// Retry owes one delivery anew, with all its tries.
func (s Webhooks) Retry(ctx context.Context, c Call, brandID, id, delivery string) (done, error) {
	return byStaff(ctx, s.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (done, error) {
		if _, err := tx.LockWebhook(brandID, id); err != nil {
			return done{}, err
		}
		d, err := tx.Delivery(ctx, brandID, id, delivery)
		if err != nil {
			return done{}, err
		}
		tx.Audit(c.entry(brandID, "webhook.retried", "webhook", id, map[string]any{"delivery": delivery, "state": d.State, "attempts": d.Attempts},
			map[string]any{"delivery": delivery, "state": model.DeliveryOwed, "attempts": 0}))
		return done{}, tx.OweAgain(d)
	})
}

// Trial is what became of a ping.
type Trial struct {
	model.WebhookOutcome
	Took time.Duration
}

// trials are how many pings a Brand may send: each reaches into somebody's network.
var trials = model.Limit{Name: "webhook_trial", Rate: 10, Period: time.Minute}

// Try sends a ping now, also to a Webhook that is off, and tells what became of it.
func (s Webhooks) Try(ctx context.Context, c Call, brandID, id string) (Trial, error) {
	if err := s.mayTry(ctx, c, brandID); err != nil {
		return Trial{}, err
	}
	w, err := s.store.Webhook(ctx, brandID, id)
	if err != nil {
		return Trial{}, err
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return Trial{}, err
	}
	secrets, err := s.secrets(w, now)
	if err != nil {
		return Trial{}, err
	}
	body, err := model.PingBody(brandID, now)
	if err != nil {
		return Trial{}, model.E(model.CodeInternal).Because(err)
	}
	start := time.Now()
	out := s.door.Send(ctx, model.WebhookMessage{URL: w.URL, ID: "msg_" + s.newID(), At: now, Body: body, Secrets: secrets})
	return Trial{out, time.Since(start)}, nil
}

func (s Webhooks) mayTry(ctx context.Context, c Call, brandID string) error {
	if _, err := Staff(ctx, s.store.Reader, c, brandID, model.RoleAdmin); err != nil {
		return err
	}
	if ok, wait := s.cache.Allow(ctx, trials, brandID); !ok {
		return model.E(model.CodeTooMany).After(wait)
	}
	return nil
}

// secrets are those that sign now, the newest first.
func (s Webhooks) secrets(w model.Webhook, now time.Time) ([][]byte, error) {
	secret, err := s.sealer.Open(w.Secret, sealedFor(w.ID))
	if err != nil {
		return nil, err
	}
	list := [][]byte{secret}
	if w.OldSecretUntil != nil && now.Before(*w.OldSecretUntil) {
		if old, err := s.sealer.Open(w.OldSecret, sealedFor(w.ID)); err == nil { // else its key is gone, and the new one is why
			list = append(list, old)
		}
	}
	return list, nil
}
