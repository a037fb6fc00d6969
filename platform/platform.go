// Package platform is what the doors to WeChat and Douyin have in common below them: how
// a call travels, what is said of one that failed, what one of a platform's codes means,
// and what no error may show. What a platform has of its own stands in its door. See ADR
// 0001.
package platform

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"countersign/model"
)

// Endpoint is the path of one of a platform's endpoints.
type Endpoint string

// Terms are the words of one platform.
type Terms struct {
	Name     string     // in errors, "wechat"
	Busy     model.Code // a fault that passes by itself
	Refused  model.Code // a call that cannot succeed as it is
	Meanings Meanings
}

// Failure is the cause of an error without a readable answer. Its text is made of fixed
// words: what net/http and an SDK say holds whole addresses, secrets included.
type Failure struct {
	At      Endpoint
	Status  int   // HTTP, 0 without an answer
	Ended   error // context.Canceled or context.DeadlineExceeded when that is the reason
	Unknown bool  // see OutcomeUnknown
	NotMade bool  // see Untried

	name, what string
}

func (f *Failure) Error() string { return f.name + " " + string(f.At) + ": " + f.what }
func (f *Failure) Unwrap() error { return f.Ended }

// OutcomeUnknown tells that the call may have been carried out though no answer says so,
// as when the line broke after the request had left. A message in that state must not be
// sent again blindly: its grant may be spent.
func (f *Failure) OutcomeUnknown() bool { return f.Unknown }

// Untried tells that the call was not made at all; it may be, once the error says so.
func (f *Failure) Untried() bool { return f.NotMade }

// shortly is the hint for a fault that passes by itself.
const shortly = time.Second

// Named is f in the platform's words.
func (t Terms) Named(f Failure, what string) *Failure {
	f.name, f.what = t.Name, what
	return &f
}

// Broken is for an exchange that ended without a whole answer.
func (t Terms) Broken(f Failure, err error) error {
	what, ended := Describe(err)
	f.Ended = ended
	refusal := model.E(t.Busy).Because(t.Named(f, what))
	if errors.Is(ended, context.Canceled) {
		return refusal // the caller left; nobody waits for a hint
	}
	return refusal.After(shortly)
}

// BadStatus is for an HTTP status other than 200 without a code beside it.
func (t Terms) BadStatus(f Failure, status int) error {
	f.Status = status
	named := t.Named(f, "http status "+strconv.Itoa(status))
	if status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout {
		return model.E(t.Busy).Because(named).After(shortly)
	}
	return model.E(t.Refused).Because(named)
}

// Garbled is for an answer that came but cannot be used; what says why, in fixed words.
func (t Terms) Garbled(f Failure, what string) error {
	return model.E(t.Busy).Because(t.Named(f, what)).After(shortly)
}
