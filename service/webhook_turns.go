package service

import (
	"context"
	"errors"
	"sync"
	"time"

	"countersign/model"
	"countersign/store"
)

// Limits of the sending. A lease is longer than a turn with its last message, so that two
// replicas do not send the same one; if they do, both carry the same id.
const (
	webhookPoll   = 500 * time.Millisecond
	webhookLease  = time.Minute
	webhookTurn   = 30 * time.Second // no message is begun later in a turn
	webhookLimit  = 15 * time.Second // one message, whatever the door's own limit
	webhookTurns  = 16               // Webhooks served at once by one replica: a slow one takes one of them
	webhookAtOnce = 8                // messages to one Webhook at once
	webhookBatch  = 40
	webhookRest   = time.Minute // for one whose secret does not open, or whose message panics
)

// loop begins turns of the Webhooks that are due. At its end it waits for them: messages
// under way are finished and noted.
func (s Webhooks) loop() loop {
	slots := make(chan struct{}, webhookTurns)
	var turns sync.WaitGroup
	return loop{guard: s.guard, pace: webhookPoll, end: turns.Wait, tick: func(ctx context.Context) (again bool, err error) {
		_, err = s.begin(ctx, cap(slots)-len(slots), func(turn func()) {
			slots <- struct{}{}
			turns.Go(func() {
				defer func() { <-slots }()
				turn()
			})
		})
		return false, err
	}}
}

// Drain gives every Webhook that has something to do one turn, and waits; it answers how
// many there were.
func (s Webhooks) Drain(ctx context.Context) (int, error) {
	var turns sync.WaitGroup
	n, err := s.begin(ctx, 1000, func(turn func()) { turns.Go(turn) })
	turns.Wait()
	return n, err
}

// begin claims Webhooks and starts a turn for each.
func (s Webhooks) begin(ctx context.Context, limit int, start func(turn func())) (int, error) {
	if limit == 0 {
		return 0, nil
	}
	owner := s.newID()
	list, err := s.store.ClaimWebhooks(ctx, owner, webhookLease, limit)
	for _, w := range list {
		start(func() {
			if err := s.guard.safely(ctx, func() error { return s.turn(ctx, w, owner) }); err != nil && model.CodeOf(err) != model.CodeNotFound {
				s.log.WarnContext(ctx, "webhook: will try again", "webhook", w.ID, "error", err)
			}
		})
	}
	return len(list), err
}

// turn plans and sends what one Webhook is owed, until nothing is due, it does not
// answer, or the time is up. Then it hands the Webhook back.
func (s Webhooks) turn(ctx context.Context, w model.Webhook, owner string) error {
	ends := time.Now().Add(webhookTurn)
	t := &sending{Webhooks: s, owner: owner, health: w.Health()}
	var err error
	for more := true; more && err == nil && !t.stopped && ctx.Err() == nil && time.Now().Before(ends); {
		more, err = t.round(ctx, w.ID, ends)
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopping)
	defer cancel()
	if rerr := s.store.ReleaseWebhook(late, w.ID, owner, t.health); err == nil {
		err = rerr
	}
	return err
}

// sending is one turn under way.
type sending struct {
	Webhooks
	owner   string // of the lease
	mu      sync.Mutex
	now     time.Time // of the batch that is being sent
	health  model.Health
	stopped bool // it does not answer, or was switched off: the rest waits
}

// round plans one page and sends one batch; more says whether another may follow.
func (t *sending) round(ctx context.Context, id string, ends time.Time) (more bool, err error) {
	w, read, err := t.store.PlanDeliveries(ctx, id, t.owner, t.newID)
	if err != nil {
		return false, err
	}
	due, now, err := t.store.DueDeliveries(ctx, id, webhookBatch)
	if err != nil || now.Before(t.health.HoldUntil) || len(due) == 0 {
		return read > 0 && err == nil, err
	}
	secrets, err := t.secrets(w, now)
	if err != nil { // a key is missing: that takes an operator
		t.health.HoldUntil = now.Add(webhookRest)
		return false, err
	}
	t.now = now
	t.send(ctx, w, due, secrets, ends)
	return true, nil
}

// send posts a batch, several at once. The first one goes alone when the last try
// failed: it finds out for all.
func (t *sending) send(ctx context.Context, w model.Webhook, due []model.Delivery, secrets [][]byte, ends time.Time) {
	if t.health.Failures > 0 {
		t.one(ctx, w, due[0], secrets)
		due = due[1:]
	}
	gate := make(chan struct{}, webhookAtOnce)
	var running sync.WaitGroup
	defer running.Wait()
	for _, d := range due {
		gate <- struct{}{}
		if t.over(ctx, ends) {
			return
		}
		running.Go(func() {
			defer func() { <-gate }()
			t.one(ctx, w, d, secrets)
		})
	}
}

func (t *sending) over(ctx context.Context, ends time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stopped || ctx.Err() != nil || !time.Now().Before(ends)
}

// one posts one message and notes what became of it, also when the program is stopping.
// If it ends in between, the message is sent again, with the same id.
func (t *sending) one(ctx context.Context, w model.Webhook, d model.Delivery, secrets [][]byte) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), webhookLimit)
	defer cancel()
	if err := t.guard.safely(ctx, func() error { return t.try(ctx, w, d, secrets) }); err != nil {
		t.log.WarnContext(ctx, "webhook: not noted, will be sent again", "webhook", w.ID, "seq", d.Seq, "error", err)
		t.stop(errors.Is(err, errPanic))
	}
}

// stop ends the turn; with a rest, the Webhook is left alone for a while, for the same
// message would only do it again.
func (t *sending) stop(rest bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	if rest {
		t.health.HoldUntil = t.now.Add(webhookRest)
	}
}

func (t *sending) try(ctx context.Context, w model.Webhook, d model.Delivery, secrets [][]byte) error {
	body, err := d.Body()
	if err != nil {
		return model.E(model.CodeInternal).Because(err)
	}
	at, err := t.store.Now(ctx)
	if err != nil {
		return err
	}
	out := t.door.Send(ctx, model.WebhookMessage{URL: w.URL, ID: model.MessageID(w.ID, d.Seq), At: at, Body: body, Secrets: secrets})
	now, err := t.store.Now(ctx)
	if err != nil {
		return err
	}
	if err := t.store.NoteDelivery(ctx, d, d.After(now, out)); err != nil {
		return err
	}
	if why := t.learn(now, out); why != "" {
		return t.switchOff(ctx, w, why, out)
	}
	return nil
}

// learn adds an outcome to the Webhook's health and tells why it must be switched off.
func (t *sending) learn(now time.Time, out model.WebhookOutcome) model.WebhookOff {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.health = t.health.After(now, out)
	why := t.health.Off(now, out)
	t.stopped = t.stopped || out.Down() || why != ""
	return why
}

// switchOff ends the sending, with an entry in the audit that says why, and tells the
// admins. What is owed stays owed: switched on again, the Webhook is sent all of it.
func (t *sending) switchOff(ctx context.Context, w model.Webhook, why model.WebhookOff, out model.WebhookOutcome) error {
	return t.store.InTx(ctx, func(tx *store.Tx) error {
		moved, err := tx.SwitchOffWebhook(w.ID, t.owner, why)
		if err == nil && bool(moved) {
			tx.Audit(model.AuditEntry{
				BrandID: w.BrandID, ActorKind: "system", Action: "webhook.switched_off", SubjectKind: "webhook", SubjectID: w.ID, BeforeJSON: []byte{},
				AfterJSON: asJSON(map[string]any{"reason": why, "status": out.Status, "failure": out.Failure}),
			})
			tx.Owe(t.notice(noticeWebhookOff, w.BrandID, "", w.ID, w.Version))
		}
		return err
	})
}
