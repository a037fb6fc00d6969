package douyin

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"countersign/model"
)

// Refusal is the cause of an error that Douyin answered in words. Find it with errors.As.
type Refusal struct {
	Endpoint string // "/share-id/"
	Status   int    // HTTP, mostly 200
	Code     int64  // error_code or err_no
	SubCode  int64  // extra.sub_error_code; may be 0
	Message  string // Douyin's description, cleaned of secrets and cut short
	LogID    string // names the call when asking Douyin about it; may be ""
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("douyin %s: code %d.%d %q logid %q", r.Endpoint, r.Code, r.SubCode, r.Message, r.LogID)
}

// failure is the cause of an error without a readable answer. Its text is made of fixed
// words: what net/http says holds whole addresses.
type failure struct {
	at     endpoint
	what   string
	status int   // HTTP, 0 without an answer
	ended  error // context.Canceled or context.DeadlineExceeded when that is the reason
}

func (f *failure) Error() string { return "douyin " + string(f.at) + ": " + f.what }
func (f *failure) Unwrap() error { return f.ended }

// shortly is the hint for a fault that passes by itself.
const shortly = time.Second

func busy(f *failure) *model.Error {
	if errors.Is(f.ended, context.Canceled) {
		return model.E(model.CodeDouyinBusy).Because(f) // the caller left; nobody waits for a hint
	}
	return model.E(model.CodeDouyinBusy).Because(f).After(shortly)
}

// broken is for an exchange that ended without a whole answer.
func broken(at endpoint, err error) error {
	what, ended := describe(err)
	return busy(&failure{at: at, what: what, ended: ended})
}

// badStatus is for an HTTP status other than 200 without a code beside it.
func badStatus(at endpoint, status int) error {
	f := &failure{at: at, what: "http status " + strconv.Itoa(status), status: status}
	if status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout {
		return busy(f)
	}
	return model.E(model.CodeDouyinRefused).Because(f)
}

// garbled is for an answer that came but cannot be used.
func garbled(at endpoint, what string) error { return busy(&failure{at: at, what: what}) }

// describe says in fixed words why an exchange broke, and which end of a context, if
// any, was the reason.
func describe(err error) (what string, ended error) {
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
	case errors.Is(err, errTooLong):
		return errTooLong.Error(), nil
	}
	return "exchange failed", nil
}

// refused is for a code: the table says what it means to the product.
func (c *Client) refused(q request, status int, e envelope, token string) error {
	private := append([]string{token, c.cfg.Secret, c.cfg.SecretPrevious}, q.private...)
	r := &Refusal{
		Endpoint: string(q.at), Status: status, Code: e.code(), SubCode: int64(e.Extra.SubCode),
		Message: shorten(clean(e.words(), private)),
	}
	if id := clean(e.logID(), private); logIDPattern.MatchString(id) {
		r.LogID = id
	}
	m := meaningOf(q.at, r.Code)
	refusal := model.E(m.code).Because(r)
	if m.retry != nil {
		refusal = refusal.After(m.retry(c.cfg.Now()))
	}
	return refusal
}

var logIDPattern = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// refusedWith says whether err is Douyin's refusal with one of codes.
func refusedWith(err error, codes map[int64]bool) bool {
	r, ok := errors.AsType[*Refusal](err)
	return ok && codes[r.Code]
}

// statusOf is the HTTP status behind an error, 0 for none.
func statusOf(err error) int {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Status
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f.status
	}
	return 0
}

// isUnknown: no such path, or not by this method.
func isUnknown(err error) bool {
	status := statusOf(err)
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed
}

const maxMessage = 200 // characters of a description that are kept

// clean takes private values, plain or escaped, and control characters out of Douyin's
// words. The longest go first: one may be the beginning of another.
func clean(msg string, private []string) string {
	var forms []string
	for _, p := range private {
		if p != "" {
			forms = append(forms, p, escape(p), url.QueryEscape(p), url.PathEscape(p))
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

func shorten(msg string) string {
	if runes := []rune(msg); len(runes) > maxMessage {
		return string(runes[:maxMessage]) + "…"
	}
	return msg
}
