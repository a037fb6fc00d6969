package douyin

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// endpoint is the path of one of Douyin's endpoints.
type endpoint string

// The endpoints this room calls.
const (
	atStableToken endpoint = "/oauth/stable_client_token/" //nolint:gosec // G101 takes this path for a credential
	atToken       endpoint = "/oauth/client_token/"        //nolint:gosec // the same
	atTicket      endpoint = "/open/getticket/"
	atShareID     endpoint = "/share-id/"
	atShort       endpoint = "/api/douyin/v1/schema/get_share/"
)

const (
	maxAnswer    = 1 << 20 // bytes
	idleConns    = 16
	idleConnLife = 30 * time.Second
	dialLimit    = 2 * time.Second
)

// newHTTP follows no redirect: it would carry the token's header on.
func newHTTP() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: dialLimit}).DialContext, TLSHandshakeTimeout: dialLimit,
			MaxIdleConnsPerHost: idleConns, IdleConnTimeout: idleConnLife,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// request is one call. The token goes into a header, never into the address.
type request struct {
	at      endpoint
	method  string
	query   url.Values
	token   string
	payload any
	private []string // what no error may show, beside the secrets and the token
}

// ask makes a call, and reads what it was for into data.
func (c *Client) ask(ctx context.Context, q request, data any) error {
	status, raw, err := c.exchange(ctx, q)
	switch {
	case err != nil:
		return broken(q.at, err)
	case status != http.StatusOK:
		return badStatus(q.at, status)
	}
	var e envelope
	if json.Unmarshal(raw, &e) != nil {
		return garbled(q.at, "the answer is not JSON")
	}
	if code, message := e.refusal(); code != 0 {
		return c.refused(q, code, message, e.logID())
	}
	if len(e.Data) == 0 || json.Unmarshal(e.Data, data) != nil {
		return garbled(q.at, "the answer is not the JSON this endpoint gives")
	}
	return nil
}

func (c *Client) exchange(ctx context.Context, q request) (status int, body []byte, err error) {
	req, err := c.build(ctx, q)
	if err != nil {
		return 0, nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }() // read to its end or given up; nothing to learn
	body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errTooLong
	}
	return res.StatusCode, body, err
}

func (c *Client) build(ctx context.Context, q request) (*http.Request, error) {
	var body io.Reader
	if q.payload != nil {
		raw, err := plainJSON(q.payload)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	at := *c.base
	at.Path, at.RawQuery = c.base.Path+string(q.at), q.query.Encode()
	req, err := http.NewRequestWithContext(ctx, q.method, at.String(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if q.token != "" {
		req.Header.Set("access-token", q.token)
	}
	return req, nil
}

// plainJSON leaves & and < as they are: addresses stay addresses.
func plainJSON(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimRight(out.Bytes(), "\n"), err
}
