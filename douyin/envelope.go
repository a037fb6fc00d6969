package douyin

import (
	"bytes"
	"encoding/json"
	"errors"

	"countersign/platform"
)

// envelope is what Douyin's three kinds of answers have: the OAuth one tells its code in
// data, the classic one in extra (and often in data too), the v1 one in err_no.
type envelope struct {
	Data    json.RawMessage `json:"data"`
	Message platform.Text   `json:"message"`
	ErrNo   platform.Number `json:"err_no"`
	ErrMsg  platform.Text   `json:"err_msg"`
	LogID   platform.Text   `json:"log_id"`
	Extra   struct {
		ErrorCode   platform.Number `json:"error_code"`
		Description platform.Text   `json:"description"`
		SubCode     platform.Number `json:"sub_error_code"`
		SubText     platform.Text   `json:"sub_description"`
		LogID       platform.Text   `json:"logid"`
		LogID2      platform.Text   `json:"log_id"`
		Now         platform.Number `json:"now"` // unix milliseconds
	} `json:"extra"`

	inner struct { // of data, when it is an object
		ErrorCode   platform.Number `json:"error_code"`
		Description platform.Text   `json:"description"`
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
