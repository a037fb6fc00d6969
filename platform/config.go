package platform

import (
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"countersign/model"
)

// Account is the shape of an app's id and of its secret. WeChat's SDK pastes both into an
// address without escaping, so nothing else may pass.
var Account = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// ParseBase reads the address of a platform for a door's setting BaseURL: https anywhere,
// and http only inside one's own network, because the secret and the tokens travel on it.
func ParseBase(door, address, example string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New(door + ": BaseURL is not an address such as " + example)
	case IsSafe(u):
		u.Path = strings.TrimSuffix(u.Path, "/")
		return u, nil
	}
	return nil, errors.New(door + ": BaseURL must be https; http is for hosts of one's own network only")
}

// IsSafe says whether a secret may travel there: https, or http that stays inside one's own network.
func IsSafe(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && isNear(u.Hostname())
}

// isNear: a loopback or private address, or a name without a dot (localhost, a neighbour
// in the same compose file).
func isNear(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback() || ip.IsPrivate()
	}
	return !strings.Contains(host, ".")
}

// Mask tells only whether a secret is set.
func Mask(s string) string {
	if s == "" {
		return "unset"
	}
	return "***"
}

// Fields gathers what is wrong with a request.
type Fields []model.FieldError

// When adds path with its reason if bad.
func (f *Fields) When(bad bool, path, reason string) {
	if bad {
		*f = append(*f, model.Field(path, reason))
	}
}

// Err is CodeInvalid with the wrong fields, or nil.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return model.Invalid(f...)
}
