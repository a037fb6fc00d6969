package miniprogram

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"countersign/platform"
)

// endpoint is the path of one of WeChat's endpoints.
type endpoint = platform.Endpoint

// The endpoints this room calls.
const (
	atLogin     endpoint = "/sns/jscode2session"
	atToken     endpoint = "/cgi-bin/stable_token" //nolint:gosec // G101 takes this path for a credential
	atCodeImage endpoint = "/wxa/getwxacodeunlimit"
	atURLLink   endpoint = "/wxa/generate_urllink"
	atSend      endpoint = "/cgi-bin/message/subscribe/send"
	atCheckText endpoint = "/wxa/msg_sec_check"
)

// request is one call of our own, made without the SDK: its code, link and message
// calls take no context, and its text check cannot read a fractional "prob".
type request struct {
	at      endpoint
	payload any
	private []string // what no error may show, beside the secret and the token
}

// ask makes the call with an access token, unless the endpoint's quota is used up. When WeChat refuses the token, the call is
// made once more, and only if the token source has a different one by then.
func (c *Client) ask(ctx context.Context, q request) ([]byte, error) {
	if err := c.gates.pass(q.at, c.cfg.Now()); err != nil {
		return nil, err
	}
	token, err := c.tokens.get(ctx)
	if err != nil {
		return nil, err
	}
	body, err := c.askWith(ctx, q, token)
	if !tokenRefused(err) {
		return body, err
	}
	c.tokens.drop(token)
	next, renewal := c.tokens.get(ctx)
	if renewal != nil || next == token {
		return nil, err
	}
	return c.askWith(ctx, q, next)
}

func (c *Client) askWith(ctx context.Context, q request, token string) ([]byte, error) {
	x := c.newExchange()
	err := x.post(ctx, string(q.at)+"?access_token="+url.QueryEscape(token), q.payload)
	return c.settle(q.at, x, err, append(slices.Clone(q.private), token))
}

// post sends payload as JSON; what comes back is in x. The error is only good for settle.
func (x *exchange) post(ctx context.Context, target string, payload any) error {
	body, err := platform.JSON(payload) // & and < are common in queries and texts
	if err != nil {
		return err
	}
	// The transport puts the exchange's own host in the place of this one.
	req, err := http.NewRequestWithContext(x.within(ctx), http.MethodPost, defaultBaseURL+target, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json;charset=utf-8")
	res, err := door().Do(req)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// settle turns what an exchange brought into the answer's body or a *model.Error. A
// JSON body without an errcode is a success by WeChat's rules; whether it holds what
// was asked for is the caller's question.
func (c *Client) settle(at endpoint, x *exchange, err error, private []string) ([]byte, error) {
	switch {
	case x.status == 0:
		return nil, broken(at, x, err)
	case x.status != http.StatusOK:
		return nil, badStatus(at, x)
	case !bytes.HasPrefix(bytes.TrimLeft(x.body, " \t\r\n"), []byte("{")):
		return x.body, nil
	}
	var e envelope
	if json.Unmarshal(x.body, &e) != nil {
		return nil, garbled(at, "the answer is broken JSON")
	}
	if e.ErrCode != 0 {
		return nil, c.refused(at, e, private)
	}
	return x.body, nil
}

// decode reads a successful answer into v.
func decode(at endpoint, body []byte, v any) error {
	if json.Unmarshal(body, v) != nil {
		return garbled(at, "the answer is not the JSON this endpoint gives")
	}
	return nil
}
