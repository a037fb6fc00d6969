package douyin

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
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

// account is the shape of a client_key and of a client_secret.
var account = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// check reports every mistake together, and the parsed base address.
func (c Config) check() (*url.URL, error) {
	base, err := parseBase(c.BaseURL)
	mistakes := []error{err}
	wrong := func(bad bool, what string) {
		if bad {
			mistakes = append(mistakes, errors.New("douyin: "+what))
		}
	}
	wrong(!account.MatchString(c.ClientKey), "ClientKey is missing or has other characters than letters, digits, _ and -")
	wrong(!account.MatchString(c.Secret), "Secret is missing or has other characters than letters, digits, _ and -")
	wrong(c.SecretPrevious != "" && !account.MatchString(c.SecretPrevious), "SecretPrevious has other characters than letters, digits, _ and -")
	wrong(c.Timeout < 0, "Timeout is negative")
	wrong(c.ShareIDMethod != ShareIDPost && c.ShareIDMethod != ShareIDGet, "ShareIDMethod is neither post nor get")
	wrong(c.TokenEndpoint != TokenStable && c.TokenEndpoint != TokenPlain, "TokenEndpoint is neither stable nor plain")
	wrong(c.DefaultHashtag != "" && !isHashtag(c.DefaultHashtag), "DefaultHashtag has a #, a space or too many characters")
	wrong(c.Shared != nil && c.Sealer == nil, "Shared needs a Sealer: no token may lie in the open")
	return base, errors.Join(mistakes...)
}

// parseBase accepts https anywhere and http only inside one's own network, because
// the secret and the tokens travel on it.
func parseBase(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("douyin: BaseURL is not an address such as " + defaultBaseURL)
	case isSafe(u):
		u.Path = strings.TrimSuffix(u.Path, "/")
		return u, nil
	}
	return nil, errors.New("douyin: BaseURL must be https; http is for hosts of one's own network only")
}

// isSafe: https, or http that stays inside one's own network.
func isSafe(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && isNear(u.Hostname())
}

// isNear: a loopback or private address, or a name without a dot (localhost, a
// neighbour in the same compose file).
func isNear(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback() || ip.IsPrivate()
	}
	return !strings.Contains(host, ".")
}

// String shows the settings that are no secrets.
func (c Config) String() string {
	return fmt.Sprintf("{ClientKey:%s BaseURL:%s Timeout:%s ShareIDMethod:%s TokenEndpoint:%s DefaultHashtag:%s Secret:%s SecretPrevious:%s}",
		c.ClientKey, c.BaseURL, c.Timeout, c.ShareIDMethod, c.TokenEndpoint, c.DefaultHashtag, mask(c.Secret), mask(c.SecretPrevious))
}

// GoString is String, for %#v.
func (c Config) GoString() string { return "douyin.Config" + c.String() }

// LogValue is String's content as attributes.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("client_key", c.ClientKey), slog.String("base_url", c.BaseURL), slog.Duration("timeout", c.Timeout),
		slog.String("share_id_method", c.ShareIDMethod), slog.String("token_endpoint", c.TokenEndpoint),
		slog.String("default_hashtag", c.DefaultHashtag),
		slog.String("secret", mask(c.Secret)), slog.String("secret_previous", mask(c.SecretPrevious)))
}

// mask tells only whether a secret is set.
func mask(s string) string {
	if s == "" {
		return "unset"
	}
	return "***"
}
