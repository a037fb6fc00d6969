package douyin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	maxAnswer    = 1 << 20          // bytes; a real answer has a few hundred
	idleConns    = 32               // kept open to Douyin, which is one host
	idleConnLife = 30 * time.Second // well under what servers keep, so that a call rarely meets a dying line
	dialLimit    = 5 * time.Second  // a dial may outlive its request; this ends it
)

var errTooLong = errors.New("answer too long")

// newHTTP speaks HTTP/1.1 only, follows no redirect and belongs to one Client.
func newHTTP() *http.Client {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: dialLimit}).DialContext,
			TLSHandshakeTimeout: dialLimit,
			Protocols:           &http1,
			MaxIdleConnsPerHost: idleConns,
			IdleConnTimeout:     idleConnLife,
		},
		// A redirect would carry the secret or the token on to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

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
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errTooLong
	}
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
	text, err := plainJSON(payload)
	return bytes.NewReader(text), err
}

// plainJSON is v as JSON on one line, with & and < as they are.
func plainJSON(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
