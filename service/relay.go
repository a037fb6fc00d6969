package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"countersign/model"
	"countersign/store"
)

// Relay delivers what the outbox owes. Every replica runs one; leases keep them apart.
type Relay struct{ *Deps }

// The kinds of notice; each is an outbox topic.
const (
	noticeTaskOpened = "notice.task_opened"
	noticeDecided    = "notice.decided"
	noticeAdmitted   = "notice.access_admitted"
)

// notice is what a message of the outbox says: ids only, texts are read at delivery.
type notice struct {
	Kind    string `json:"kind"`
	Member  string `json:"member"`
	Subject string `json:"subject"`
}

// notice makes an outbox message: one per fact and recipient.
func (d *Deps) notice(kind, brandID, memberID, subjectID string, version int64) model.OutboxMessage {
	return model.OutboxMessage{
		ID: d.NewID(), DedupKey: fmt.Sprintf("%s:%s:%d:%s", kind, subjectID, version, memberID), Topic: kind, BrandID: brandID,
		Payload: asJSON(notice{Kind: kind, Member: memberID, Subject: subjectID}),
	}
}

// Delivery limits: a message is tried again with growing pauses, then given up.
const (
	relayLease    = 30 * time.Second
	relayBatch    = 50
	relayAttempts = 12
	relayPoll     = time.Second
)

// Run delivers until ctx ends.
func (r Relay) Run(ctx context.Context) error {
	tick := time.NewTicker(relayPoll)
	defer tick.Stop()
	for {
		n, err := r.Drain(ctx)
		if err != nil && ctx.Err() == nil {
			r.Log.WarnContext(ctx, "outbox: will try again", "error", err)
		}
		if n == relayBatch {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Drain claims one batch and delivers it, each message noted as soon as it is known what
// became of it; it answers how many it claimed.
func (r Relay) Drain(ctx context.Context) (int, error) {
	owner := r.NewID()
	batch, err := r.Store.ClaimOutbox(ctx, owner, relayLease, relayBatch)
	if err != nil {
		return 0, err
	}
	var errs []error
	for i, m := range batch {
		if late, err := r.late(ctx, m); late { // the rest is for the next relay
			errs = append(errs, err, r.release(ctx, owner, batch[i:]))
			break
		}
		errs = append(errs, r.settle(ctx, owner, m, r.deliver(ctx, m)))
	}
	return len(batch), errors.Join(errs...)
}

// late tells that a message may not be begun any more: half of its lease is over, of
// which one delivery never takes the other half, or the program is stopping.
func (r Relay) late(ctx context.Context, m model.OutboxMessage) (bool, error) {
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	now, err := r.Store.Now(ctx)
	return err != nil || now.After(m.NextAt.Add(-relayLease/2)), err
}

// stopping is how long what must be noted may take once the program is stopping.
const stopping = 5 * time.Second

func (r Relay) release(ctx context.Context, owner string, rest []model.OutboxMessage) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopping)
	defer cancel()
	ids := make([]string, len(rest))
	for i, m := range rest {
		ids[i] = m.ID
	}
	return r.Store.ReleaseOutbox(ctx, owner, ids)
}

// settle notes what became of a message, also when the program is stopping: what was
// sent must not be sent again.
func (r Relay) settle(ctx context.Context, owner string, m model.OutboxMessage, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopping)
	defer cancel()
	if err == nil {
		return r.Store.FinishOutbox(ctx, owner, []string{m.ID})
	}
	dead := !passes(err) || m.Attempts >= relayAttempts
	return r.Store.DelayOutbox(ctx, owner, m.ID, backoff(m.Attempts, err), dead, string(model.CodeOf(err)))
}

// passes tells whether a later try may succeed. A send whose outcome is unknown may
// have spent the reader's consent, so it is not repeated.
func passes(err error) bool {
	var e *model.Error
	var sent interface{ OutcomeUnknown() bool }
	return errors.As(err, &e) && e.Kind() == model.KindUnavailable && (!errors.As(err, &sent) || !sent.OutcomeUnknown())
}

// backoff doubles from two seconds up to an hour, with full jitter, and honours what
// the other side asked for.
func backoff(attempt int, err error) time.Duration {
	var e *model.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		return e.RetryAfter
	}
	most := min(time.Hour, 2*time.Second<<min(attempt, 12))
	return rand.N(most) //nolint:gosec // jitter, not a secret
}

func (r Relay) deliver(ctx context.Context, m model.OutboxMessage) error {
	var n notice
	if err := json.Unmarshal(m.Payload, &n); err != nil {
		return model.E(model.CodeInternal).Because(err)
	}
	template := map[string]string{
		noticeTaskOpened: r.Settings.Templates.TaskOpened, noticeDecided: r.Settings.Templates.Decided, noticeAdmitted: r.Settings.Templates.AccessAdmitted,
	}[n.Kind]
	if template == "" {
		return nil // this kind is not set up; the inbox shows it all the same
	}
	to, err := r.Store.Addressee(ctx, m.BrandID, n.Member)
	if model.CodeOf(err) == model.CodeNotFound && err != nil {
		return nil // removed since, or no WeChat: nobody to tell
	}
	if err != nil {
		return err
	}
	title, err := r.title(ctx, m.BrandID, n)
	if err != nil {
		return err
	}
	return r.WeChat.Send(ctx, r.message(to, template, title, m.CreatedAt))
}

func (r Relay) title(ctx context.Context, brandID string, n notice) (string, error) {
	if n.Kind == noticeAdmitted {
		return "授权请求已通过", nil
	}
	title, err := r.Store.NoticeTitle(ctx, brandID, n.Subject)
	return title, err
}

// thingLimit is WeChat's limit for a "thing" field, in characters.
const thingLimit = 20

func (r Relay) message(to store.Addressee, template, title string, at time.Time) model.SubscribeMessage {
	zone, err := time.LoadLocation(to.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return model.SubscribeMessage{
		OpenID: to.OpenID, TemplateID: template, Page: r.Settings.EntryPage, Lang: wechatLang(to.Language),
		Data: map[string]string{"thing1": cut(title), "thing2": cut(to.BrandName), "time3": at.In(zone).Format("2006-01-02 15:04")},
	}
}

func wechatLang(l string) string {
	if l == "en" {
		return "en_US"
	}
	return "zh_CN"
}

func cut(s string) string {
	r := []rune(s)
	if len(r) <= thingLimit {
		return s
	}
	return string(r[:thingLimit-1]) + "…"
}
