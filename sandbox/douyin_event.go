package sandbox

import (
	"context"
	"crypto/sha1" //nolint:gosec // Douyin's signature is SHA-1
	"encoding/hex"
	"slices"
	"strconv"
)

const maxCopies = 100 // of one event

// Sending bends how the webhook sends one event. Its zero value sends it once, as it is.
type Sending struct {
	Duplicates int `json:"duplicates"` // so many more, with the same Msg-Id; at most 100
	Replays    int `json:"replays"`    // so many more, with a new Msg-Id; at most 100

	Hold bool `json:"hold"` // all of them wait for deliver
	Lost bool `json:"lost"` // none of them is ever sent

	WrongSignature bool `json:"wrong_signature"`
	ContentString  bool `json:"content_string"` // content is a string that holds the JSON
	TrailingByte   bool `json:"trailing_byte"`  // a byte 0x80 behind the JSON, and signed: an extended message
}

// scriptedSending is for the next so many events; below 0 for all of them.
type scriptedSending struct {
	Sending
	times int
}

// message is one delivery to come.
type message struct {
	id        string // names this delivery; copies have their own
	msgID     string // the header Msg-Id
	event     string
	body      []byte
	signature string
}

// batch is what one event sends now, and what it holds back.
type batch struct {
	now  []message
	held []Held
}

// Held is a delivery that waits for deliver.
type Held struct {
	ID    string `json:"id"`
	MsgID string `json:"msg_id"`
	Event string `json:"event"`
}

// envelope is the body of an event.
type envelope struct {
	Event      string `json:"event"`
	FromUserID string `json:"from_user_id"` // the open_id
	ToUserID   string `json:"to_user_id"`
	ClientKey  string `json:"client_key"`
	Content    any    `json:"content"`
	LogID      string `json:"log_id"`
}

// SendNext scripts how the next events are sent; times 0 is one event, below 0 all of
// them until the faults are deleted.
func (d *Douyin) SendNext(s Sending, times int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if times == 0 {
		times = 1
	}
	if len(d.sendings) >= maxFaults {
		d.sendings = append(d.sendings[:0], d.sendings[1:]...)
	}
	d.sendings = append(d.sendings, scriptedSending{s, times})
}

// takeSending uses up one event of the first script; d.mu is held.
func (d *Douyin) takeSending() Sending {
	if len(d.sendings) == 0 {
		return Sending{}
	}
	s := d.sendings[0].Sending
	if d.sendings[0].times--; d.sendings[0].times == 0 {
		d.sendings = d.sendings[1:]
	}
	return s
}

// Authorize tells the webhook that a person granted scopes to the app.
func (d *Douyin) Authorize(ctx context.Context, openID string, scopes []string, s *Sending) Sent {
	return d.tell(ctx, "authorize", openID, scopes, s)
}

// Unauthorize tells the webhook that a person took scopes back.
func (d *Douyin) Unauthorize(ctx context.Context, openID string, scopes []string, s *Sending) Sent {
	return d.tell(ctx, "unauthorize", openID, scopes, s)
}

func (d *Douyin) tell(ctx context.Context, event, openID string, scopes []string, s *Sending) Sent {
	d.mu.Lock()
	b := d.batchOf(event, openID, map[string][]string{"scopes": append([]string{}, scopes...)}, s)
	d.mu.Unlock()
	return d.send(ctx, b)
}

// batchOf makes the deliveries of an event; s nil takes the scripted way. Without a
// webhook there are none. d.mu is held.
func (d *Douyin) batchOf(event, openID string, content any, s *Sending) batch {
	how := Sending{}
	if s != nil {
		how = *s
	} else {
		how = d.takeSending()
	}
	if d.hook == "" || how.Lost {
		return batch{}
	}
	all := d.copies(d.message(event, openID, content, how), how)
	if !how.Hold {
		return batch{now: all}
	}
	var b batch
	for _, m := range all {
		d.held.put(m.id, m)
		b.held = append(b.held, Held{m.id, m.msgID, m.event})
	}
	return b
}

// copies is a message with its duplicates and replays; d.mu is held.
func (d *Douyin) copies(m message, how Sending) []message {
	all := []message{m}
	for range min(how.Duplicates, maxCopies) {
		m.id = d.deliveryID()
		all = append(all, m)
	}
	for range min(how.Replays, maxCopies) {
		m.id, m.msgID = d.deliveryID(), randomText(d.opts.Rand, 18)
		all = append(all, m)
	}
	return all
}

// message words and signs an event; d.mu is held.
func (d *Douyin) message(event, openID string, content any, how Sending) message {
	if how.ContentString {
		content = string(answer(content).body)
	}
	body := answer(envelope{event, openID, "", d.opts.ClientKey, content, d.logID()}).body
	if how.TrailingByte {
		body = append(slices.Clip(body), 0x80)
	}
	secret := d.opts.Secret
	if how.WrongSignature {
		secret += "-not"
	}
	return message{d.deliveryID(), randomText(d.opts.Rand, 18), event, body, WebhookSignature(secret, body)}
}

// deliveryID numbers a delivery; d.mu is held.
func (d *Douyin) deliveryID() string {
	d.seq++
	return "d" + strconv.FormatInt(d.seq, 10)
}

// WebhookSignature is the header X-Douyin-Signature: lowercase hex SHA-1 over the
// client secret and the raw body.
func WebhookSignature(secret string, body []byte) string {
	sum := sha1.Sum(append([]byte(secret), body...)) //nolint:gosec // Douyin's
	return hex.EncodeToString(sum[:])
}
