package douyin

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"time"

	"countersign/platform"
)

const (
	defaultBaseURL = "https://open.douyin.com"
	// defaultTimeout: the page that a poster has scanned offers to try again after 3 s.
	defaultTimeout = 2500 * time.Millisecond
)

// How a share_id is asked for. Douyin's SDKs use GET and newer code POST; no page says which.
const (
	ShareIDPost = "post" // GET where POST is not known
	ShareIDGet  = "get"
)

// Where the client_token comes from.
const (
	TokenStable = "stable" // /oauth/stable_client_token/, or the plain one where that is not there
	TokenPlain  = "plain"  // /oauth/client_token/: each fetch ends the token before in 5 minutes
)

// Config is what a Client needs to know. Its secrets are masked wherever it is printed.
type Config struct {
	ClientKey      string
	Secret         string        `json:"-"` // the client_secret
	SecretPrevious string        `json:"-"` // the one before, while it is changed: it still proves webhooks
	BaseURL        string        // default https://open.douyin.com; plain http only inside one's own network
	Timeout        time.Duration // of one method, every exchange it needs included; default 2.5 s

	ShareIDMethod  string // ShareIDPost (default) or ShareIDGet
	TokenEndpoint  string // TokenStable (default) or TokenPlain
	DefaultHashtag string // without #; Douyin then tells whether the poster kept it; may be empty

	// Shared keeps tokens and tickets for all replicas, sealed by Sealer. Without it
	// they are kept in memory, which is right for one replica only.
	Shared Shared `json:"-"`
	Sealer Sealer `json:"-"`

	Now    func() time.Time `json:"-"` // default time.Now
	Random io.Reader        `json:"-"` // for nonces; default crypto/rand
}

func (c Config) withDefaults() Config {
	c.BaseURL = defaultTo(c.BaseURL, defaultBaseURL)
	c.Timeout = defaultTo(c.Timeout, defaultTimeout)
	c.ShareIDMethod = defaultTo(c.ShareIDMethod, ShareIDPost)
	c.TokenEndpoint = defaultTo(c.TokenEndpoint, TokenStable)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return c
}

func defaultTo[V comparable](v, fallback V) V {
	var none V
	if v == none {
		return fallback
	}
	return v
}

// check reports every mistake together, and the parsed base address.
func (c Config) check() (*url.URL, error) {
	base, err := platform.ParseBase("douyin", c.BaseURL, defaultBaseURL)
	mistakes := []error{err}
	wrong := func(bad bool, what string) {
		if bad {
			mistakes = append(mistakes, errors.New("douyin: "+what))
		}
	}
	wrong(!platform.Account.MatchString(c.ClientKey), "ClientKey is missing or has other characters than letters, digits, _ and -")
	wrong(!platform.Account.MatchString(c.Secret), "Secret is missing or has other characters than letters, digits, _ and -")
	wrong(c.SecretPrevious != "" && !platform.Account.MatchString(c.SecretPrevious), "SecretPrevious has other characters than letters, digits, _ and -")
	wrong(c.Timeout < 0, "Timeout is negative")
	wrong(c.ShareIDMethod != ShareIDPost && c.ShareIDMethod != ShareIDGet, "ShareIDMethod is neither post nor get")
	wrong(c.TokenEndpoint != TokenStable && c.TokenEndpoint != TokenPlain, "TokenEndpoint is neither stable nor plain")
	wrong(c.DefaultHashtag != "" && !isHashtag(c.DefaultHashtag), "DefaultHashtag has a #, a space or too many characters")
	wrong(c.Shared != nil && c.Sealer == nil, "Shared needs a Sealer: no token may lie in the open")
	return base, errors.Join(mistakes...)
}

// String shows the settings that are no secrets.
func (c Config) String() string {
	return fmt.Sprintf("{ClientKey:%s BaseURL:%s Timeout:%s ShareIDMethod:%s TokenEndpoint:%s DefaultHashtag:%s Secret:%s SecretPrevious:%s}",
		c.ClientKey, c.BaseURL, c.Timeout, c.ShareIDMethod, c.TokenEndpoint, c.DefaultHashtag, platform.Mask(c.Secret), platform.Mask(c.SecretPrevious))
}

// GoString is String, for %#v.
func (c Config) GoString() string { return "douyin.Config" + c.String() }

// LogValue is String's content as attributes.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("client_key", c.ClientKey), slog.String("base_url", c.BaseURL), slog.Duration("timeout", c.Timeout),
		slog.String("share_id_method", c.ShareIDMethod), slog.String("token_endpoint", c.TokenEndpoint),
		slog.String("default_hashtag", c.DefaultHashtag),
		slog.String("secret", platform.Mask(c.Secret)), slog.String("secret_previous", platform.Mask(c.SecretPrevious)))
}
