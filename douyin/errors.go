package douyin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"countersign/model"
)

// Refusal is the cause of an error that Douyin answered in words. Find it with errors.As.
type Refusal struct {
	Endpoint string
	Code     int64
	Message  string // Douyin's words, cleaned of secrets and cut short
	LogID    string // names the call when asking Douyin about it; may be ""
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("douyin %s: code %d %q log id %q", r.Endpoint, r.Code, r.Message, r.LogID)
}

// failure is the cause of an error without a readable answer. Its text is made of fixed
// words: what net/http says holds whole addresses.
type failure struct {
	at     endpoint
	what   string
	status int
	ended  error
}

func (f *failure) Error() string { return "douyin " + string(f.at) + ": " + f.what }
func (f *failure) Unwrap() error { return f.ended }

var errTooLong = errors.New("answer too long")

func busy(f *failure) error { return model.E(model.CodeDouyinBusy).Because(f).After(time.Second) }

// broken is for an exchange that ended without a whole answer.
func broken(at endpoint, err error) error {
	f := &failure{at: at, what: "exchange failed"}
	var netErr net.Error
	switch {
	case errors.Is(err, context.Canceled):
		f.what, f.ended = "the caller left", context.Canceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		f.what, f.ended = "no answer in time", context.DeadlineExceeded
	case errors.Is(err, errTooLong):
		f.what = errTooLong.Error()
	}
	return busy(f)
}

// badStatus is for an HTTP status other than 200, which Douyin itself does not use.
func badStatus(at endpoint, status int) error {
	f := &failure{at: at, what: "http status " + strconv.Itoa(status), status: status}
	if status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout {
		return busy(f)
	}
	return model.E(model.CodeDouyinRefused).Because(f)
}

// notThere tells that there is no such endpoint, or not for this method.
func notThere(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && (f.status == http.StatusNotFound || f.status == http.StatusMethodNotAllowed)
}

// garbled is for an answer that came but cannot be used.
func garbled(at endpoint, what string) error { return busy(&failure{at: at, what: what}) }

// refused is for a code: the table says what it means to the product.
func (c *Client) refused(q request, code int64, message, logID string) error {
	private := append([]string{c.cfg.Secret, c.cfg.Previous, q.token}, q.private...)
	r := &Refusal{Endpoint: string(q.at), Code: code, Message: clean(message, private), LogID: clean(logID, private)}
	m, known := meanings[code]
	if !known {
		m = meaning{code: model.CodeDouyinRefused}
	}
	return model.E(m.code).Because(r).After(m.after)
}

const maxMessage = 200 // characters of Douyin's words that are kept

// clean takes private values, plain or escaped, and control characters out of a text.
func clean(text string, private []string) string {
	for _, p := range private {
		if p != "" {
			text = strings.NewReplacer(p, "***", url.QueryEscape(p), "***").Replace(text)
		}
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > maxMessage {
		return string(runes[:maxMessage]) + "…"
	}
	return text
}

// meaning is what one of Douyin's codes is to the product.
type meaning struct {
	code       model.Code
	after      time.Duration // 0: trying again does not help, or nobody knows when it will
	stale      bool          // the token or the ticket is no good any more: fetch both anew, and try once
	capability bool          // the app lacks the capability that this endpoint needs
}

const untilTomorrow = time.Hour // a quota is of the day; asking once an hour costs nothing

// meanings is the one table of codes; source: the tables of status-code, client-token and
// get_share at developer.open-douyin.com.
var meanings = map[int64]meaning{
	// Faults and limits that pass.
	2100004:  {model.CodeDouyinBusy, time.Second, false, false},     // system busy
	28001005: {model.CodeDouyinBusy, time.Second, false, false},     // internal
	28001006: {model.CodeDouyinBusy, time.Second, false, false},     // network
	28003018: {model.CodeDouyinBusy, time.Minute, false, false},     // too frequent
	10020:    {model.CodeDouyinBusy, 5 * time.Minute, false, false}, // over 500 tokens in five minutes
	2190001:  {model.CodeDouyinQuota, untilTomorrow, false, false},
	28003017: {model.CodeDouyinQuota, untilTomorrow, false, false},

	// The token, or the ticket, after the one retry that fresh ones allow.
	10008:    {model.CodeDouyinBusy, time.Second, true, false}, // invalid or expired
	2190002:  {model.CodeDouyinBusy, time.Second, true, false}, // invalid
	2190008:  {model.CodeDouyinBusy, time.Second, true, false}, // expired
	28001003: {model.CodeDouyinBusy, time.Second, true, false}, // invalid
	28001008: {model.CodeDouyinBusy, time.Second, true, false}, // expired

	// The operator must act.
	10003:    {model.CodeDouyinConfig, 0, false, false}, // client_key unknown
	10013:    {model.CodeDouyinConfig, 0, false, false}, // client_key or secret wrong
	10004:    {model.CodeDouyinConfig, 0, false, true},  // lacks the scope
	2190004:  {model.CodeDouyinConfig, 0, false, true},  // lacks the capability
	28001018: {model.CodeDouyinConfig, 0, false, true},  // the same
	28001014: {model.CodeDouyinConfig, 0, false, true},  // the same
	28001019: {model.CodeDouyinConfig, 0, false, true},  // capability banned
	28001056: {model.CodeDouyinConfig, 0, false, true},  // retired
	2190016:  {model.CodeDouyinConfig, 0, false, false}, // app banned or offline
	28001016: {model.CodeDouyinConfig, 0, false, false}, // the same
	2100009:  {model.CodeDouyinConfig, 0, false, false}, // banned from this

	// Faults of ours.
	10002:    {model.CodeDouyinRefused, 0, false, false}, // parameter wrong
	10005:    {model.CodeDouyinRefused, 0, false, false}, // parameter missing
	2100005:  {model.CodeDouyinRefused, 0, false, false},
	28001007: {model.CodeDouyinRefused, 0, false, false},
}

func meaningOf(err error) meaning {
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		return meaning{}
	}
	return meanings[r.Code]
}

// staleCredentials also knows a ticket that get_share calls a wrong parameter: no page
// names a code for one that has ended.
func staleCredentials(err error) bool {
	r, refused := errors.AsType[*Refusal](err)
	deadTicket := refused && r.Endpoint == string(atShort) && r.Code == 28001007 && strings.Contains(r.Message, "ticket")
	return deadTicket || meaningOf(err).stale
}

func lacksCapability(err error) bool { return meaningOf(err).capability }
