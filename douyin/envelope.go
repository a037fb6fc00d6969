package douyin

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// envelope is what Douyin's three kinds of answers have: the OAuth one tells its code in
// data, the classic one in extra (and often in data too), the v1 one in err_no.
type envelope struct {
	Data    json.RawMessage `json:"data"`
	Message text            `json:"message"`
	ErrNo   number          `json:"err_no"`
	ErrMsg  text            `json:"err_msg"`
	LogID   text            `json:"log_id"`
	Extra   struct {
		ErrorCode   number `json:"error_code"`
		Description text   `json:"description"`
		SubCode     number `json:"sub_error_code"`
		SubText     text   `json:"sub_description"`
		LogID       text   `json:"logid"`
		LogID2      text   `json:"log_id"`
		Now         number `json:"now"` // unix milliseconds
	} `json:"extra"`

	inner struct { // of data, when it is an object
		ErrorCode   number `json:"error_code"`
		Description text   `json:"description"`
	}
}

var errNoEnvelope = errors.New("no envelope")

// readEnvelope reads any of the three.
func readEnvelope(body []byte) (envelope, error) {
	var e envelope
	if !isObject(body) || json.Unmarshal(body, &e) != nil {
		return envelope{}, errNoEnvelope
	}
	if isObject(e.Data) && json.Unmarshal(e.Data, &e.inner) != nil {
		return envelope{}, errNoEnvelope
	}
	return e, nil
}

func isObject(b []byte) bool { return bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("{")) }

// code is the refusal's, 0 for a success.
func (e envelope) code() int64 {
	return int64(firstOf(e.inner.ErrorCode, e.Extra.ErrorCode, e.ErrNo))
}

func (e envelope) words() string {
	said := string(firstOf(e.inner.Description, e.Extra.Description, e.ErrMsg))
	if e.Extra.SubText != "" {
		said += " (" + string(e.Extra.SubText) + ")"
	}
	return said
}

func (e envelope) logID() string {
	return string(firstOf(e.Extra.LogID, e.Extra.LogID2, e.LogID))
}

// firstOf is the first value that is not empty.
func firstOf[V comparable](values ...V) V {
	var none V
	for _, v := range values {
		if v != none {
			return v
		}
	}
	return none
}

// number is a whole number that Douyin also writes as a string.
type number int64

// UnmarshalJSON accepts 10003, "10003", "" and null.
func (n *number) UnmarshalJSON(b []byte) error {
	digits := strings.Trim(string(b), `"`)
	if digits == "" || digits == "null" {
		return nil
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return errors.New("no whole number")
	}
	*n = number(v)
	return nil
}

// text is a string that may come as a number, as ids do.
type text string

// UnmarshalJSON accepts a string, a number and null.
func (t *text) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		return json.Unmarshal(b, (*string)(t))
	case 'n':
		return nil
	case '{', '[', 't', 'f':
		return errors.New("neither text nor number")
	}
	*t = text(b)
	return nil
}
