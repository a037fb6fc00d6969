package miniprogram

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"countersign/model"
)

// Refusal is the cause of an error that WeChat answered in words. Find it with errors.As.
type Refusal struct {
	Endpoint string // "/sns/jscode2session"
	Code     int64  // WeChat's errcode
	Message  string // WeChat's errmsg, cleaned of secrets and cut short
	RID      string // names the call when asking WeChat about it; may be ""
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("wechat %s: errcode %d %q rid %q", r.Endpoint, r.Code, r.Message, r.RID)
}

// failure is the cause of an error without a readable answer. Its text is made of
// fixed words: what net/http and the SDK say holds whole addresses, secrets included.
type failure struct {
	at      endpoint
	what    string
	ended   error // context.Canceled or context.DeadlineExceeded when that is the reason
	unknown bool
	untried bool
}

func (f *failure) Error() string { return "wechat " + string(f.at) + ": " + f.what }
func (f *failure) Unwrap() error { return f.ended }

// OutcomeUnknown tells that the call may have been carried out though no answer says so,
// as when the line broke after the request had left. A message in that state must not be
// sent again blindly: its grant may be spent.
func (f *failure) OutcomeUnknown() bool { return f.unknown }

// Untried tells that the call was not made at all; it may be, once the error says so.
func (f *failure) Untried() bool { return f.untried }

// shortly is the hint for a fault that passes by itself.
const shortly = time.Second

func busy(f *failure) *model.Error {
	if errors.Is(f.ended, context.Canceled) {
		return model.E(model.CodeWeChatBusy).Because(f) // the caller left; nobody waits for a hint
	}
	return model.E(model.CodeWeChatBusy).Because(f).After(shortly)
}

// broken is for an exchange that ended without a whole answer.
func broken(at endpoint, x *exchange, err error) error {
	what, ended := describe(err)
	// A token fetch has no outcome to speak of: the call it was for has not left.
	return busy(&failure{at: at, what: what, ended: ended, unknown: x.sent.Load() && at != atToken})
}

// badStatus is for an HTTP status other than 200, which WeChat itself does not use.
func badStatus(at endpoint, x *exchange) error {
	f := &failure{at: at, what: "http status " + strconv.Itoa(x.status), unknown: at != atToken}
	if x.status >= 500 || x.status == http.StatusTooManyRequests || x.status == http.StatusRequestTimeout {
		return busy(f)
	}
	return model.E(model.CodeWeChatRefused).Because(f)
}

// garbled is for an answer that came but cannot be used.
func garbled(at endpoint, what string) error {
	return busy(&failure{at: at, what: what, unknown: at != atToken})
}

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

// envelope is the part that all of WeChat's JSON answers share.
type envelope struct {
	ErrCode errcode `json:"errcode"`
	ErrMsg  string  `json:"errmsg"`
}

// errcode is a number that some official pages show as a string.
type errcode int64

// UnmarshalJSON accepts 40029, "40029" and null.
func (e *errcode) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	n, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	if err != nil {
		return errors.New("errcode is no number")
	}
	*e = errcode(n)
	return nil
}

// refused is for an errcode: the table says what it means to the product.
func (c *Client) refused(at endpoint, e envelope, private []string) error {
	text := clean(e.ErrMsg, append(private, c.cfg.Secret))
	r := &Refusal{Endpoint: string(at), Code: int64(e.ErrCode), Message: shorten(text)}
	if m := ridPattern.FindStringSubmatch(text); m != nil {
		r.RID = m[1]
	}
	m := meaningOf(at, r.Code)
	c.gates.learn(at, r.Code, m, c.cfg.Now())
	refusal := model.E(m.code).Because(r)
	if m.retry != nil {
		refusal = refusal.After(m.retry(c.cfg.Now()))
	}
	return refusal
}

// tokenRefused: WeChat does not accept the access token; the call was not carried out.
func tokenRefused(err error) bool {
	r, ok := errors.AsType[*Refusal](err)
	return ok && (r.Code == 40001 || r.Code == 40014 || r.Code == 42001)
}

var ridPattern = regexp.MustCompile(`rid: ?([0-9a-f-]{8,64})`)

const maxMessage = 200 // characters of an errmsg that are kept

// clean takes private values, plain or escaped, and control characters out of an errmsg.
func clean(msg string, private []string) string {
	for _, p := range private {
		if p != "" {
			msg = strings.NewReplacer(p, "***", url.QueryEscape(p), "***").Replace(msg)
		}
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
