package douyin

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"countersign/platform"
)

const (
	maxAnswer = 1 << 20 // bytes; a real answer has a few hundred
	dialLimit = 5 * time.Second
)

// answer is an HTTP answer, read in full.
type answer struct {
	status int
	body   []byte
}

// send makes one HTTP exchange. Its error holds the whole address: it is only good for describe.
func (c *Client) send(ctx context.Context, q request, token string) (answer, error) {
	req, err := c.newRequest(ctx, q)
	if err != nil {
		return answer{}, err
	}
	if token != "" {
		req.Header.Set("Access-Token", token) // never in the address, which proxies write down
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }() // read to its end or given up; nothing to learn
	body, err := platform.ReadAnswer(res.Body, maxAnswer)
	return answer{status: res.StatusCode, body: body}, err
}

func (c *Client) newRequest(ctx context.Context, q request) (*http.Request, error) {
	body, err := bodyOf(q.payload)
	if err != nil {
		return nil, err
	}
	target := url.URL{Scheme: c.base.Scheme, Host: c.base.Host, Path: c.base.Path + string(q.at), RawQuery: encode(q.query)}
	req, err := http.NewRequestWithContext(ctx, q.method, target.String(), body)
	if err != nil {
		return nil, err
	}
	if q.payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	// Nothing here does harm when done twice, so net/http may repeat a request when a kept
	// connection dies under it. It asks for this header, and does not send an empty one.
	req.Header["Idempotency-Key"] = nil
	return req, nil
}

// bodyOf is payload as JSON, with & and < as they are, and no body for nil.
func bodyOf(payload any) (io.Reader, error) {
	if payload == nil {
		return http.NoBody, nil
	}
	text, err := platform.JSON(payload)
	return bytes.NewReader(text), err
}
