package platform

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"unicode"
)

// Describe says in fixed words why an exchange broke, and which end of a context, if any,
// was the reason.
func Describe(err error) (what string, ended error) {
	var (
		netErr  net.Error
		dns     *net.DNSError
		errno   syscall.Errno
		certErr *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return "the caller left", context.Canceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return "no answer in time", context.DeadlineExceeded
	case errors.As(err, &dns):
		return "host name not found", nil
	case errors.As(err, &certErr):
		return "TLS certificate not accepted", nil
	case errors.As(err, &errno):
		return "connection failed: " + errno.Error(), nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed before the answer was whole", nil
	case errors.Is(err, ErrTooLong):
		return ErrTooLong.Error(), nil
	}
	return "exchange failed", nil
}

const maxMessage = 200 // characters of a platform's words that are kept

// Clean takes private values, plain or escaped, and control characters out of a platform's
// words. The longest go first: one may be the beginning of another.
func Clean(msg string, private []string) string {
	var forms []string
	for _, p := range private {
		if p != "" {
			forms = append(forms, p, url.QueryEscape(p), url.PathEscape(p), strings.ReplaceAll(url.QueryEscape(p), "+", "%20"))
		}
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, form := range forms {
		msg = strings.ReplaceAll(msg, form, "***")
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, msg)
}

// Shorten keeps the beginning of a platform's words.
func Shorten(msg string) string {
	if runes := []rune(msg); len(runes) > maxMessage {
		return string(runes[:maxMessage]) + "…"
	}
	return msg
}
