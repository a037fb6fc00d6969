// Package douyin is the door to Douyin's open platform: share ids, links that open
// Douyin's publish page on a phone, and the webhook that tells of a publication.
//
// Every error of a Client's method is a *model.Error: one of CodeDouyinBusy, Quota, Config
// and Refused; CodeInvalid for a request that breaks a rule before it leaves; CodeForbidden,
// CodeMalformed and CodeTooLarge for a message that is not Douyin's. Its cause is for the
// log and holds no secret, token, ticket or address of a video. Platform facts are from
// developer.open-douyin.com/docs; see docs/adr/0030-douyin-door.md.
package douyin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"countersign/platform"
)

// Client talks to Douyin for one client_key. It is safe for concurrent use.
type Client struct {
	cfg     Config
	base    *url.URL
	http    *http.Client
	tokens  *source
	tickets *source
	lacking lacking
	skew    atomic.Int64 // time.Duration
}

// New makes a Client. The error names every mistake of cfg, and no secret.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	base, err := cfg.check()
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, base: base, http: platform.NewClient(platform.NewWire(dialLimit))}
	c.tokens, c.tickets = c.newSource("token", atStable), c.newSource("ticket", atTicket)
	return c, nil
}

// newSource makes a source whose values are told apart by client_key and address: a
// stand-in's tokens must not reach Douyin, nor the other way round.
func (c *Client) newSource(name string, at endpoint) *source {
	app := sha256.Sum256([]byte(c.base.String() + "\n" + c.cfg.ClientKey))
	s := &source{
		at: at, key: "douyin-" + name + "-" + hex.EncodeToString(app[:8]), purpose: "douyin:" + name + ":" + c.cfg.ClientKey,
		shared: c.cfg.Shared, sealer: c.cfg.Sealer, now: c.cfg.Now, limit: c.cfg.Timeout,
		own: &alone{now: c.cfg.Now, longest: ownFor},
	}
	if s.shared == nil {
		s.shared, s.sealer = &alone{now: c.cfg.Now, longest: math.MaxInt64}, unsealed{}
	}
	return s
}

// limited gives a method its time.
func (c *Client) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.cfg.Timeout)
}

// ClockSkew is how far Douyin's clock was ahead of ours in the last answer that told it,
// 0 before the first. Signatures carry our time: over 30 seconds is worth an alarm.
func (c *Client) ClockSkew() time.Duration { return time.Duration(c.skew.Load()) }

// Close lets go of idle connections; calls under way are not disturbed.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// String keeps the secrets inside: fmt does not call such methods on unexported
// fields, so without this one "%+v" of a Client would print all of them.
func (c *Client) String() string { return "douyin.Client" + c.cfg.String() }

// GoString is String, for %#v.
func (c *Client) GoString() string { return c.String() }

// LogValue is the settings that are no secrets, for slog.
func (c *Client) LogValue() slog.Value { return c.cfg.LogValue() }
