// Package webhook is the door to the systems of the brands' own: it signs messages as
// Standard Webhooks says and posts them to addresses that strangers have chosen. So it
// trusts no address: what a name leads to is judged when the connection is made, by the
// address itself. No proxy, no redirect, no answer that is kept.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"countersign/model"
)

// Config says how the door is used; the zero value is for production.
type Config struct {
	AllowPrivate bool           // this machine and private networks, also over http; for demo and tests
	Timeout      time.Duration  // of one message, whole; 0 is 10 s
	Roots        *x509.CertPool // nil: the system's
	Resolver     *net.Resolver  // nil: the system's
}

const (
	connectLimit = 5 * time.Second
	answerLimit  = 1 << 10 // bytes of an answer that are read, and forgotten
	userAgent    = "Countersign-Webhook/1"
)

// Client posts messages. It is safe for many goroutines.
type Client struct {
	allowPrivate bool
	http         *http.Client
}

// New makes a Client.
func New(c Config) *Client {
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	d := &net.Dialer{Timeout: connectLimit, Resolver: c.Resolver, ControlContext: guard(c.AllowPrivate)}
	return &Client{allowPrivate: c.AllowPrivate, http: &http.Client{
		Timeout: c.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
		Transport: &http.Transport{ // built whole: the default one takes a proxy from the environment
			DialContext:            d.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots},
			TLSHandshakeTimeout:    connectLimit,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true,
			MaxIdleConnsPerHost:    2,
			MaxIdleConns:           100,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: 16 << 10,
		},
	}}
}

// Close ends connections that rest.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// CheckURL says what is wrong with an address, or "".
func (c *Client) CheckURL(raw string) string { return checkURL(raw, c.allowPrivate) }

// Send posts one message and tells what became of it. The message may have arrived also
// when the outcome is a failure.
func (c *Client) Send(ctx context.Context, m model.WebhookMessage) model.WebhookOutcome {
	if c.CheckURL(m.URL) != "" {
		return model.WebhookOutcome{Failure: model.WebhookBadURL}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return model.WebhookOutcome{Failure: model.WebhookBadURL}
	}
	stamp := strconv.FormatInt(m.At.Unix(), 10)
	req.Header = http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {userAgent},
		"Webhook-Id": {m.ID}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {Signatures(m.Secrets, m.ID, stamp, m.Body)},
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return model.WebhookOutcome{Failure: failure(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.CopyN(io.Discard, resp.Body, answerLimit) // so that the connection can be used again; what it says is nobody's business
	return model.WebhookOutcome{Status: resp.StatusCode, Failure: judged(resp.StatusCode), RetryAfter: retryAfter(resp.Header.Get("Retry-After"))}
}

// Signatures are v1 signatures by each secret, separated by spaces.
func Signatures(secrets [][]byte, id, stamp string, body []byte) string {
	list := make([]string, len(secrets))
	for i, secret := range secrets {
		m := hmac.New(sha256.New, secret)
		_, _ = fmt.Fprintf(m, "%s.%s.", id, stamp) // a hash takes everything
		m.Write(body)
		list[i] = "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
	}
	return strings.Join(list, " ")
}

func judged(status int) string {
	switch {
	case status >= 200 && status < 300:
		return ""
	case status >= 300 && status < 400:
		return model.WebhookRedirect
	}
	return model.WebhookRefused
}

// retryAfter takes seconds; a date is rare and left to the usual pauses.
func retryAfter(text string) time.Duration {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// failure names what went wrong, in words of ours: a library's may hold addresses.
func failure(err error) string {
	var name *net.DNSError
	var record tls.RecordHeaderError
	var slow net.Error
	var alert tls.AlertError
	_, badCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case errors.Is(err, errForbidden):
		return model.WebhookForbidden
	case errors.As(err, &slow) && slow.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return model.WebhookTimeout
	case errors.As(err, &name):
		return model.WebhookUnknown
	case badCertificate, errors.As(err, &record), errors.As(err, &alert), strings.Contains(err.Error(), "tls: "):
		return model.WebhookTLS
	}
	return model.WebhookBroken
}

var errForbidden = errors.New("webhook: a forbidden address")

// guard judges the address that a connection is about to be made to, after the name was
// resolved: a name that changes its mind between two questions gains nothing.
func guard(allowPrivate bool) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, network, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || (network != "tcp4" && network != "tcp6") {
			return errForbidden
		}
		if !Reachable(at.Addr(), allowPrivate) {
			return errForbidden
		}
		return nil
	}
}
