// Package miniprogram is the door to WeChat: login, mini-program codes, links,
// subscription messages, the text check and the push callback.
//
// Every error of a Client's method is a *model.Error with one of the CodeWeChat… codes
// (CodeInvalid for a request that breaks a documented rule before it leaves, CodeForbidden
// and its kin for a push that is not WeChat's). Its cause is for the log and holds no
// secret, token, login code or openid. Platform facts are from
// developers.weixin.qq.com/miniprogram/dev/server/API.
package miniprogram

import (
	"log/slog"
	"net/url"
	"time"

	"github.com/silenceper/wechat/v2/miniprogram"
	"github.com/silenceper/wechat/v2/miniprogram/config"
)

// Client talks to WeChat for one mini-program. It is safe for concurrent use, and
// several Clients with different base addresses may live in one process.
type Client struct {
	cfg    Config
	base   *url.URL
	tokens *tokenSource
	gates  gates
	sdk    *miniprogram.MiniProgram
}

// New makes a Client. The error names every mistake of cfg, and no secret.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	base, err := cfg.check()
	if err != nil {
		return nil, err
	}
	door() // puts our transport under the SDK before its first call
	c := &Client{cfg: cfg, base: base}
	c.tokens = &tokenSource{fetch: c.fetchToken, now: cfg.Now}
	c.sdk = miniprogram.NewMiniProgram(&config.Config{AppID: cfg.AppID, AppSecret: cfg.Secret, Cache: noCache{}})
	c.sdk.SetAccessTokenContextHandle(sdkTokens{c.tokens})
	return c, nil
}

// Close lets go of idle connections. Connections are shared by all Clients of the
// process, so the others open new ones; calls under way are not disturbed.
func (c *Client) Close() { door().CloseIdleConnections() }

// String keeps the secrets inside: fmt does not call such methods on unexported
// fields, so without this one "%+v" of a Client would print all of them.
func (c *Client) String() string { return "miniprogram.Client" + c.cfg.String() }

// GoString is String, for %#v.
func (c *Client) GoString() string { return c.String() }

// LogValue is the settings that are no secrets, for slog.
func (c *Client) LogValue() slog.Value { return c.cfg.LogValue() }

// noCache satisfies the SDK's constructor, which panics without a cache. Nothing is
// kept in it: tokens are tokenSource's.
type noCache struct{}

func (noCache) Get(string) any                       { return nil }
func (noCache) Set(string, any, time.Duration) error { return nil }
func (noCache) IsExist(string) bool                  { return false }
func (noCache) Delete(string) error                  { return nil }
