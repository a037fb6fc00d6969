package miniprogram

import (
	"errors"
	"fmt"
	"regexp"

	"countersign/model"
	"countersign/platform"
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

// terms are WeChat's words.
var terms = platform.Terms{Name: "wechat", Busy: model.CodeWeChatBusy, Refused: model.CodeWeChatRefused, Meanings: meanings}

// failed is a call whose outcome is unknown if it may have been seen. A token fetch has
// no outcome to speak of: the call it was for has not left.
func failed(at endpoint, seen bool) platform.Failure {
	return platform.Failure{At: at, Unknown: seen && at != atToken}
}

// broken is for an exchange that ended without a whole answer.
func broken(at endpoint, x *exchange, err error) error {
	return terms.Broken(failed(at, x.sent.Load()), err)
}

// badStatus is for an HTTP status other than 200, which WeChat itself does not use.
func badStatus(at endpoint, x *exchange) error { return terms.BadStatus(failed(at, true), x.status) }

// garbled is for an answer that came but cannot be used.
func garbled(at endpoint, what string) error { return terms.Garbled(failed(at, true), what) }

// envelope is the part that all of WeChat's JSON answers share.
type envelope struct {
	ErrCode platform.Number `json:"errcode"` // some official pages show a string
	ErrMsg  string          `json:"errmsg"`
}

// refused is for an errcode: the table says what it means to the product.
func (c *Client) refused(at endpoint, e envelope, private []string) error {
	text := platform.Clean(e.ErrMsg, append(private, c.cfg.Secret))
	r := &Refusal{Endpoint: string(at), Code: int64(e.ErrCode), Message: platform.Shorten(text)}
	if m := ridPattern.FindStringSubmatch(text); m != nil {
		r.RID = m[1]
	}
	m := terms.MeaningOf(at, r.Code)
	c.gates.learn(at, r.Code, m, c.cfg.Now())
	return m.Error(r, c.cfg.Now())
}

// tokenRefused: WeChat does not accept the access token; the call was not carried out.
func tokenRefused(err error) bool {
	r, ok := errors.AsType[*Refusal](err)
	return ok && (r.Code == 40001 || r.Code == 40014 || r.Code == 42001)
}

var ridPattern = regexp.MustCompile(`rid: ?([0-9a-f-]{8,64})`)
