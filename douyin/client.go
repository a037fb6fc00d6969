// Package douyin is the door to Douyin's open platform: links that open its publish page on
// a phone, the share ids under which it tells of a publication, and its webhook.
//
// Every error of a Client's method is a *model.Error with one of the CodeDouyin… codes, or,
// for a webhook that is not Douyin's, CodeForbidden and its kin. Its cause is for the log
// and holds no secret, token, ticket or link. Platform facts are from
// developer.open-douyin.com/docs/resource/zh-CN/dop; docs/adr/0030 says what was decided.
package douyin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"countersign/model"
)

// Shared keeps a value that all replicas use, made by one of them for all.
type Shared interface {
	Shared(ctx context.Context, id string, build func(context.Context) (value []byte, life time.Duration, err error)) ([]byte, error)
	Forget(ctx context.Context, id string, value []byte)
}

// Sealer encrypts what is shared: neither a token nor a ticket lies anywhere in the clear.
type Sealer interface {
	Seal(plain []byte, purpose string) ([]byte, error)
	Open(sealed []byte, purpose string) ([]byte, error)
}

// Config says which app a Client speaks for.
type Config struct {
	ClientKey string
	Secret    string
	Previous  string // the secret before, of which webhooks are taken while it is changed
	BaseURL   string // default https://open.douyin.com
	ShareGET  bool   // ask for share ids by GET at once, in place of POST with GET as fallback
	Timeout   time.Duration
	Shared    Shared
	Sealer    Sealer
	Now       func() time.Time // default time.Now
	Random    io.Reader        // default crypto/rand
}

const (
	defaultBaseURL = "https://open.douyin.com"
	defaultTimeout = 2500 * time.Millisecond
)

// Client talks to Douyin for one app. It is safe for concurrent use.
type Client struct {
	cfg      Config
	base     *url.URL
	http     *http.Client
	byGET    atomic.Bool  // share ids are asked for by GET
	noShort  atomic.Int64 // until when get_share is not asked, in Unix seconds
	noStable atomic.Bool  // there is no stable_client_token
}

// New makes a Client. The error names every mistake of cfg, and no secret.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	base, err := url.Parse(cfg.BaseURL)
	var errs []error
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		errs = append(errs, errors.New("douyin: the base address must be http(s)://host"))
	}
	if cfg.ClientKey == "" || cfg.Secret == "" {
		errs = append(errs, errors.New("douyin: client_key and client_secret are needed"))
	}
	if cfg.Shared == nil || cfg.Sealer == nil {
		errs = append(errs, errors.New("douyin: a place to share tokens, and a sealer, are needed"))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	c := &Client{cfg: cfg, base: base, http: newHTTP()}
	c.byGET.Store(cfg.ShareGET)
	return c, nil
}

func (cfg Config) withDefaults() Config {
	if cfg.BaseURL == "" {
		cfg.BaseURL = defaultBaseURL
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	return cfg
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// String keeps the secrets inside.
func (c *Client) String() string {
	return fmt.Sprintf("douyin.Client{client_key:%s base:%s}", c.cfg.ClientKey, c.cfg.BaseURL)
}

// GoString is String, for %#v.
func (c *Client) GoString() string { return c.String() }

// LogValue is the settings that are no secrets, for slog.
func (c *Client) LogValue() slog.Value {
	return slog.GroupValue(slog.String("client_key", c.cfg.ClientKey), slog.String("base", c.cfg.BaseURL))
}

// within gives a method's calls together the time that a tap may take.
func (c *Client) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.cfg.Timeout)
}

// ShareID draws the id of one Opening: decimal digits, good for an hour. Douyin tells of
// the publication under it.
func (c *Client) ShareID(ctx context.Context) (string, error) {
	ctx, cancel := c.within(ctx)
	defer cancel()
	var out struct {
		ShareID string `json:"share_id"`
	}
	err := c.authorized(ctx, func(cr credentials) error {
		return c.share(ctx, cr, &out)
	})
	if err == nil && !digits(out.ShareID) {
		err = garbled(atShareID, "no share id in the answer")
	}
	return out.ShareID, err
}

// share asks by POST, and by GET where POST is not taken: the official SDKs send GET, newer
// code sends POST, and the page says neither.
func (c *Client) share(ctx context.Context, cr credentials, out any) error {
	q := request{at: atShareID, method: http.MethodPost, query: url.Values{"need_callback": {"true"}}, token: cr.Token}
	if c.byGET.Load() {
		q.method = http.MethodGet
	}
	err := c.ask(ctx, q, out)
	if q.method == http.MethodPost && notThere(err) {
		q.method = http.MethodGet
		if err = c.ask(ctx, q, out); err == nil {
			c.byGET.Store(true)
		}
	}
	return err
}

func digits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// Launch makes a link that opens Douyin's publish page: the short one that Douyin makes,
// or, where the app lacks that capability, one that we sign.
func (c *Client) Launch(ctx context.Context, r model.LaunchRequest) (l model.Launch, err error) {
	ctx, cancel := c.within(ctx)
	defer cancel()
	err = c.authorized(ctx, func(cr credentials) error {
		if c.cfg.Now().Unix() >= c.noShort.Load() {
			l, err = c.short(ctx, cr, r)
			if !lacksCapability(err) {
				return err
			}
			c.noShort.Store(c.cfg.Now().Add(askAgain).Unix())
		}
		l, err = c.signed(cr, r)
		return err
	})
	return l, err
}

// askAgain is how long a capability that the app lacks is not asked for.
const askAgain = 10 * time.Minute
