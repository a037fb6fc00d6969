package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

const (
	maxTries      = 4       // the first, and three more
	maxHookAnswer = 4 << 10 // bytes
)

// ErrNotHeld means that a delivery to release does not wait.
var ErrNotHeld = errors.New("sandbox: no such delivery is held")

// Sent is what became of one event: deliveries that were tried, and those that wait.
type Sent struct {
	Deliveries []Delivery `json:"deliveries"`
	Held       []Held     `json:"held"`
}

// Delivery is one message that was sent, until it was answered 200 or four times.
type Delivery struct {
	ID     string `json:"id"`
	MsgID  string `json:"msg_id"`
	Event  string `json:"event"`
	Tries  int    `json:"tries"`
	Status int    `json:"status"` // of the last try; 0 when it was not answered in time
	Error  string `json:"error"`
}

// SaveWebhook does what saving the address at the console does: it sends a challenge,
// and keeps the former address when that is not echoed. "" ends the webhook.
func (d *Douyin) SaveWebhook(ctx context.Context, address string) error {
	if address != "" {
		if err := d.challenge(ctx, address); err != nil {
			return err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hook = address
	return nil
}

// challenge sends verify_webhook; the answer must be {"challenge":n} and nothing else.
func (d *Douyin) challenge(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("sandbox: the webhook is no http address")
	}
	m, number := d.challengeMessage()
	status, body, err := d.post(ctx, address, m)
	if err != nil {
		return fmt.Errorf("sandbox: the receiver did not answer: %w", err)
	}
	var got map[string]json.RawMessage
	if status != http.StatusOK || json.Unmarshal(body, &got) != nil || len(got) != 1 || string(got["challenge"]) != number {
		return fmt.Errorf("sandbox: the receiver answered %d %q, want 200 {\"challenge\":%s}", status, body, number)
	}
	return nil
}

// challengeMessage has no client_key; its challenge is a number.
func (d *Douyin) challengeMessage() (m message, number string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := binary.BigEndian.Uint32(randomBytes(d.opts.Rand, 4))
	body := answer(map[string]any{"event": "verify_webhook", "client_key": "", "content": map[string]uint32{"challenge": n}}).body
	m = message{d.deliveryID(), randomText(d.opts.Rand, 18), "verify_webhook", body, WebhookSignature(d.opts.Secret, body)}
	return m, strconv.FormatUint(uint64(n), 10)
}

// DeliverRequest says which held deliveries to send.
type DeliverRequest struct {
	IDs     []string `json:"ids"`     // in this order; none: all of them, in the order of their events
	Reverse bool     `json:"reverse"` // the other way round
}

// Deliver sends what was held.
func (d *Douyin) Deliver(ctx context.Context, in DeliverRequest) ([]Delivery, error) {
	messages, err := d.release(in)
	if err != nil {
		return nil, err
	}
	return d.send(ctx, batch{now: messages}).Deliveries, nil
}

// release takes the messages that are meant, all or none of them.
func (d *Douyin) release(in DeliverRequest) ([]message, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	messages := d.held.all()
	if len(in.IDs) > 0 {
		messages = nil
	}
	for _, id := range in.IDs {
		m, known := d.held.get(id)
		if !known {
			return nil, fmt.Errorf("%w: %s", ErrNotHeld, id)
		}
		messages = append(messages, m)
	}
	for _, m := range messages {
		d.held.take(m.id)
	}
	if in.Reverse {
		slices.Reverse(messages)
	}
	return messages, nil
}

// send tries the deliveries of a batch, one after the other.
func (d *Douyin) send(ctx context.Context, b batch) Sent {
	d.mu.Lock()
	address := d.hook
	d.mu.Unlock()
	sent := Sent{Deliveries: []Delivery{}, Held: append([]Held{}, b.held...)}
	for _, m := range b.now {
		sent.Deliveries = append(sent.Deliveries, d.deliver(ctx, address, m))
	}
	return sent
}

// deliver sends one message until it is answered 200, or maxTries times. Douyin waits
// between the tries; here one follows the other.
func (d *Douyin) deliver(ctx context.Context, address string, m message) Delivery {
	result := Delivery{ID: m.id, MsgID: m.msgID, Event: m.event}
	for result.Tries < maxTries && result.Status != http.StatusOK && ctx.Err() == nil {
		status, _, err := d.post(ctx, address, m)
		result.Tries, result.Status, result.Error = result.Tries+1, status, ""
		if err != nil {
			result.Error = err.Error()
		}
	}
	return result
}

// post is one try; the line is cut when the answer takes longer than Douyin's patience.
func (d *Douyin) post(ctx context.Context, address string, m message) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, d.opts.Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(m.body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Msg-Id", m.msgID)
	req.Header.Set("X-Douyin-Signature", m.signature)
	resp, err := d.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxHookAnswer))
	if err != nil {
		return 0, nil, err
	}
	return resp.StatusCode, body, nil
}
