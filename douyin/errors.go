package douyin

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"countersign/model"
	"countersign/platform"
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

// terms are Douyin's words.
var terms = platform.Terms{Name: "douyin", Busy: model.CodeDouyinBusy, Refused: model.CodeDouyinRefused, Meanings: meanings}

// broken is for an exchange that ended without a whole answer.
func broken(at endpoint, err error) error { return terms.Broken(platform.Failure{At: at}, err) }

// badStatus is for an HTTP status other than 200 without a code beside it.
func badStatus(at endpoint, status int) error {
	return terms.BadStatus(platform.Failure{At: at}, status)
}

// garbled is for an answer that came but cannot be used.
func garbled(at endpoint, what string) error { return terms.Garbled(platform.Failure{At: at}, what) }

// refused is for a code: the table says what it means to the product.
func (c *Client) refused(q request, status int, e envelope, token string) error {
	private := append([]string{token, c.cfg.Secret, c.cfg.SecretPrevious}, q.private...)
	r := &Refusal{
		Endpoint: string(q.at), Status: status, Code: e.code(), SubCode: int64(e.Extra.SubCode),
		Message: platform.Shorten(platform.Clean(e.words(), private)),
	}
	if id := platform.Clean(e.logID(), private); logIDPattern.MatchString(id) {
		r.LogID = id
	}
	return terms.MeaningOf(q.at, r.Code).Error(r, c.cfg.Now())
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
	if f, ok := errors.AsType[*platform.Failure](err); ok {
		return f.Status
	}
	return 0
}

// isUnknown: no such path, or not by this method.
func isUnknown(err error) bool {
	status := statusOf(err)
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed
}
