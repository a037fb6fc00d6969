package miniprogram

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"countersign/platform"
)

const (
	defaultBaseURL = "https://api.weixin.qq.com"
	defaultTimeout = 5 * time.Second
)

// Config is what a Client needs to know. Its secrets are masked wherever it is printed.
type Config struct {
	AppID   string        // "wx…"
	Secret  string        `json:"-"` // the AppSecret
	BaseURL string        // default https://api.weixin.qq.com; plain http only inside one's own network
	Timeout time.Duration // of one exchange, connecting and reading included; default 5 s

	// EnvVersion is the version that codes, links and messages open: "release"
	// (default), "trial" or "develop". It is a setting and never a client's wish.
	EnvVersion string

	PushToken  string `json:"-"` // of the message push; both or neither, without them every push is refused
	PushAESKey string `json:"-"` // the EncodingAESKey, 43 characters

	Now func() time.Time `json:"-"` // default time.Now
}

func (c Config) withDefaults() Config {
	if c.BaseURL == "" {
		c.BaseURL = defaultBaseURL
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.EnvVersion == "" {
		c.EnvVersion = "release"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// check reports every mistake together, and the parsed base address.
func (c Config) check() (*url.URL, error) {
	base, err := platform.ParseBase("miniprogram", c.BaseURL, defaultBaseURL)
	mistakes := []error{err}
	wrong := func(bad bool, what string) {
		if bad {
			mistakes = append(mistakes, errors.New("miniprogram: "+what))
		}
	}
	_, known := messageStates[c.EnvVersion]
	wrong(!platform.Account.MatchString(c.AppID), "AppID is missing or has other characters than letters, digits, _ and -")
	wrong(!platform.Account.MatchString(c.Secret), "Secret is missing or has other characters than letters, digits, _ and -")
	wrong(!known, "EnvVersion is none of release, trial, develop")
	wrong(c.Timeout < 0, "Timeout is negative")
	wrong((c.PushToken == "") != (c.PushAESKey == ""), "PushToken and PushAESKey go together")
	wrong(c.PushAESKey != "" && !isAESKey(c.PushAESKey), "PushAESKey is not an EncodingAESKey of 43 characters")
	return base, errors.Join(mistakes...)
}

func isAESKey(s string) bool {
	key, err := base64.StdEncoding.DecodeString(s + "=")
	return err == nil && len(s) == 43 && len(key) == 32
}

// String shows the settings that are no secrets.
func (c Config) String() string {
	return fmt.Sprintf("{AppID:%s BaseURL:%s EnvVersion:%s Timeout:%s Secret:%s PushToken:%s PushAESKey:%s}",
		c.AppID, c.BaseURL, c.EnvVersion, c.Timeout, platform.Mask(c.Secret), platform.Mask(c.PushToken), platform.Mask(c.PushAESKey))
}

// GoString is String, for %#v.
func (c Config) GoString() string { return "miniprogram.Config" + c.String() }

// LogValue is String's content as attributes.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("app_id", c.AppID), slog.String("base_url", c.BaseURL),
		slog.String("env_version", c.EnvVersion), slog.Duration("timeout", c.Timeout),
		slog.String("secret", platform.Mask(c.Secret)), slog.String("push_token", platform.Mask(c.PushToken)),
		slog.String("push_aes_key", platform.Mask(c.PushAESKey)))
}
