package service

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"

	"countersign/model"
	"countersign/store"
)

// Grants keeps the ledger of consents to WeChat's subscription messages.
type Grants struct {
	acts
	guard     guard // of the relay, for which it works
	wechat    WeChat
	templates Templates
}

// Tap is what a Person answered about one template.
type Tap struct {
	TemplateID string
	Result     string // accept, reject, ban, filter: WeChat's words
}

// Report takes what the mini-program says that its user tapped. It is his own word: it
// opens nothing but a message to himself, and WeChat's answers correct it.
func (g Grants) Report(ctx context.Context, c Call, taps []Tap) error {
	seen := map[string]bool{}
	for i, t := range taps {
		at := fmt.Sprintf("results[%d].template_id", i)
		switch {
		case !g.known(t.TemplateID):
			return model.Invalid(model.Field(at, "unknown"))
		case seen[t.TemplateID]:
			return model.Invalid(model.Field(at, "duplicate"))
		}
		seen[t.TemplateID] = true
	}
	slices.SortFunc(taps, func(a, b Tap) int { return cmp.Compare(a.TemplateID, b.TemplateID) })
	_, err := idempotent(ctx, g.acts, c, func(tx *store.Tx) (done, error) {
		for _, t := range taps {
			change := model.GrantRefused
			switch t.Result {
			case "accept":
				change = model.GrantReported
			case "filter": // WeChat asked for another template of the same title
				continue
			}
			if _, err := tx.ChangeGrant(c.Principal.PersonID, t.TemplateID, change); err != nil {
				return done{}, err
			}
		}
		return done{}, nil
	})
	return err
}

func (g Grants) known(templateID string) bool {
	for _, id := range g.templates {
		if id == templateID && id != "" {
			return true
		}
	}
	return false
}

// Subscription is one template that a Person can be asked for, and what he has left.
type Subscription struct {
	model.MessageGrant
	Kinds []model.NoticeKind // what it tells, the most pressing first
}

// Of lists every template that is set up, with what a Person has left of it.
func (g Grants) Of(ctx context.Context, personID string) ([]Subscription, error) {
	rows, err := g.store.Grants(ctx, []string{personID})
	if err != nil {
		return nil, err
	}
	var out []Subscription
	at := map[string]int{}
	for _, rule := range model.NoticeRules() {
		id := g.templates[rule.Template]
		if id == "" {
			continue
		}
		i, listed := at[id]
		if !listed {
			i, at[id] = len(out), len(out)
			out = append(out, Subscription{MessageGrant: model.MessageGrant{PersonID: personID, TemplateID: id}})
		}
		out[i].Kinds = append(out[i].Kinds, rule.Kind)
	}
	for _, row := range rows {
		if i, listed := at[row.TemplateID]; listed {
			out[i].MessageGrant = row
		}
	}
	return out, nil
}

// Echo answers WeChat's test of the push address.
func (g Grants) Echo(q url.Values) (string, error) {
	return g.wechat.Echo(q.Get("signature"), q.Get("timestamp"), q.Get("nonce"), q.Get("echostr"))
}

// pushTopic is the family of what WeChat pushed, to be dealt with by the relay.
const pushTopic = "push"

// Receive takes a push: it is stored before WeChat is answered, and dealt with later. One
// that comes again, by WeChat's repeat or a replay, has the same content and is dropped.
func (g Grants) Receive(ctx context.Context, q url.Values, body []byte) error {
	now, err := g.store.Now(ctx)
	if err != nil {
		return err
	}
	event, err := g.wechat.OpenPush(q, body, now)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(event)
	row := model.OutboxMessage{ID: g.newID(), DedupKey: "push.wechat:" + hex.EncodeToString(sum[:]), Topic: pushTopic + ".wechat", Payload: event}
	return g.store.OweNew(ctx, []model.OutboxMessage{row}, 0)
}

// heard is the courier of pushes: in the order in which they came, for a later word of
// the same Person overrules an earlier one.
func (g Grants) heard(ctx context.Context, batch []model.OutboxMessage, tell tell) {
	slices.SortFunc(batch, func(a, b model.OutboxMessage) int { return cmp.Compare(a.ID, b.ID) })
	for _, m := range batch {
		tell(m, g.guard.safely(ctx, func() error { return g.correct(ctx, m.Payload) }))
	}
}

// correct applies a push to the ledger.
func (g Grants) correct(ctx context.Context, event []byte) error {
	push, err := g.wechat.ReadPush(event)
	if err != nil {
		return err
	}
	person, err := g.store.PersonByIdentity(ctx, push.AppID, push.OpenID)
	if err != nil {
		return g.unlessUnknown(err)
	}
	return g.store.InTx(ctx, func(tx *store.Tx) error {
		for _, i := range push.Items {
			change, moves := i.Change(push.Event)
			if !moves || !g.known(i.TemplateID) {
				continue
			}
			if _, err := tx.ChangeGrant(person.ID, i.TemplateID, change); err != nil {
				return err
			}
		}
		return nil
	})
}

// unlessUnknown: somebody who has never been here concerns nobody.
func (Grants) unlessUnknown(err error) error {
	if model.CodeOf(err) == model.CodeNotFound {
		return nil
	}
	return err
}
