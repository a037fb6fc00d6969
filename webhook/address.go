package webhook

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// MaxURL is the longest address that is taken.
const MaxURL = 500

// ports that a receiver may listen on: those of https, as servers have them.
var ports = []string{"", "443", "8443", "9443", "10443"}

// localNames end names that mean a machine nearby, whatever they resolve to.
var localNames = []string{
	"localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa", "in-addr.arpa", "ip6.arpa", "onion", "test", "invalid",
}

var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// checkURL says what is wrong with an address, or "". It is the friendly half: the
// guard of each connection is the one that counts.
func checkURL(raw string, allowPrivate bool) string {
	u, err := url.Parse(raw)
	switch {
	case len(raw) > MaxURL:
		return "too_long"
	case err != nil || malformed(u, raw):
		return "malformed"
	case u.Scheme != "https" && (!allowPrivate || u.Scheme != "http"):
		return "https_expected"
	case u.User != nil:
		return "user_info"
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return "fragment"
	case allowPrivate:
		return ""
	case !slices.Contains(ports, u.Port()) || strings.HasSuffix(u.Host, ":"):
		return "port"
	}
	return checkHost(strings.ToLower(u.Hostname()))
}

func malformed(u *url.URL, raw string) bool {
	return u.Opaque != "" || u.Host == "" || strings.ContainsFunc(raw, strange) || strings.Contains(authority(raw), "%")
}

// strange is a character that browsers and servers read in different ways.
func strange(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("\\\"<>^`{|}", r)
}

// authority is what stands between the slashes, as written.
func authority(raw string) string {
	_, rest, _ := strings.Cut(raw, "//")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// checkHost takes names only. An address in any of its spellings is refused: no
// certificate that a browser would take is issued for most of them, and how a resolver
// reads 0x7f.1 or 017700000001 is anybody's guess.
func checkHost(host string) string {
	if strings.Contains(host, ":") {
		return "address_literal"
	}
	labels := strings.Split(host, ".")
	if last := labels[len(labels)-1]; last != "" && (last[0] >= '0' && last[0] <= '9') {
		return "address_literal"
	}
	if len(host) > 253 || slices.ContainsFunc(labels, func(l string) bool { return !label.MatchString(l) }) {
		return "malformed"
	}
	for _, name := range localNames {
		if host == name || strings.HasSuffix(host, "."+name) {
			return "local_name"
		}
	}
	if len(labels) < 2 {
		return "local_name"
	}
	return ""
}

// forbidden are the networks that no message goes to: IANA's special-purpose registries,
// and addresses where clouds answer their own machines.
var forbidden = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32", // Azure's
	"2001::/23",        // protocol assignments, Teredo and ORCHID among them
	"2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)

// global is what of IPv6 is handed out: everything else is local, mapped, translated
// (64:ff9b::/96), multicast or not in use.
var global = netip.MustParsePrefix("2000::/3")

// neverReachable is refused in a demo too: the metadata of clouds, and no host at all.
var neverReachable = prefixes(
	"0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/128", "fe80::/10", "ff00::/8", "64:ff9b::/96", "64:ff9b:1::/48",
	"100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::/32", "fd20:ce::/32", // Alibaba's, Azure's, Amazon's, Google's
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		list[i] = netip.MustParsePrefix(t)
	}
	return list
}

func within(a netip.Addr, list []netip.Prefix) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Reachable tells whether a message may go to an address.
func Reachable(a netip.Addr, allowPrivate bool) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if allowPrivate {
		return !within(a, neverReachable)
	}
	return !within(a, forbidden) && (a.Is4() || global.Contains(a))
}
