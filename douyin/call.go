package douyin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"countersign/platform"
)

// endpoint is the path of one of Douyin's endpoints.
type endpoint = platform.Endpoint

// The endpoints this room calls.
const (
	atStable   endpoint = "/oauth/stable_client_token/"
	atToken    endpoint = "/oauth/client_token/" //nolint:gosec // G101 takes this path for a credential
	atTicket   endpoint = "/open/getticket/"
	atShareID  endpoint = "/share-id/"
	atGetShare endpoint = "/api/douyin/v1/schema/get_share/"
)

// request is one call of an endpoint. None of them does harm when made twice.
type request struct {
	at      endpoint
	method  string
	query   map[string]string // no secret: addresses are written down on the way
	payload any               // sent as JSON; nil: no body
	private []string          // what no error may show, beside the secrets and the token
}

const (
	pauseLeast = 100 * time.Millisecond // before the one repetition
	pauseMore  = 100 * time.Millisecond // at most, drawn, so that replicas do not come back together
	repeatRoom = 700 * time.Millisecond // what must be left of the method's time, the pause included
)

// ask makes a call with a token ("" for none) and gives the answer's data. A fault that
// Douyin calls passing is given one more try if there is time for it; a limit is not.
func (c *Client) ask(ctx context.Context, q request, token string) (json.RawMessage, error) {
	data, err := c.once(ctx, q, token)
	if r, ok := errors.AsType[*Refusal](err); !ok || !againCodes[r.Code] || !c.pause(ctx) {
		return data, err
	}
	return c.once(ctx, q, token)
}

func (c *Client) once(ctx context.Context, q request, token string) (json.RawMessage, error) {
	a, err := c.send(ctx, q, token)
	if err != nil {
		return nil, broken(q.at, err)
	}
	return c.settle(q, a, token)
}

// pause waits a moment, and says whether it is worth going on.
func (c *Client) pause(ctx context.Context) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < repeatRoom {
		return false
	}
	var b [1]byte
	_, _ = c.cfg.Random.Read(b[:]) // without luck everybody pauses equally long
	timer := time.NewTimer(pauseLeast + pauseMore*time.Duration(b[0])/256)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// settle turns an answer into its data or a *model.Error. Douyin answers 200 also when
// it refuses, so a code counts first and the status second.
func (c *Client) settle(q request, a answer, token string) (json.RawMessage, error) {
	e, err := readEnvelope(a.body)
	switch {
	case err == nil && e.code() != 0:
		return nil, c.refused(q, a.status, e, token)
	case a.status != http.StatusOK:
		return nil, badStatus(q.at, a.status)
	case err != nil:
		return nil, garbled(q.at, "the answer is none of Douyin's envelopes")
	case e.Message == "error":
		return nil, garbled(q.at, "the answer says error and no code")
	}
	if e.Extra.Now > 0 {
		c.skew.Store(int64(time.UnixMilli(int64(e.Extra.Now)).Sub(c.cfg.Now())))
	}
	return e.Data, nil
}

// decode reads a successful answer's data into v.
func decode(at endpoint, data json.RawMessage, v any) error {
	if json.Unmarshal(data, v) != nil {
		return garbled(at, "the answer is not the JSON this endpoint gives")
	}
	return nil
}
