package douyin

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// envelope holds the three forms that Douyin's answers have: of OAuth (data.error_code),
// the classic one (extra.error_code, data.error_code), and v1 (err_no). Status is 200 in
// all of them.
type envelope struct {
	Data  json.RawMessage `json:"data"`
	Extra struct {
		ErrorCode   errcode `json:"error_code"`
		Description string  `json:"description"`
		LogID       string  `json:"logid"`
		LogID2      string  `json:"log_id"`
	} `json:"extra"`
	ErrNo  errcode `json:"err_no"`
	ErrMsg string  `json:"err_msg"`
	LogID  string  `json:"log_id"`
}

// refusal is the code of the answer's refusal, 0 for none, and Douyin's words.
func (e envelope) refusal() (code int64, message string) {
	var data struct {
		ErrorCode   errcode `json:"error_code"`
		Description string  `json:"description"`
	}
	_ = json.Unmarshal(e.Data, &data) // data may be of another shape, which holds no code
	switch {
	case e.ErrNo != 0:
		return int64(e.ErrNo), e.ErrMsg
	case e.Extra.ErrorCode != 0:
		return int64(e.Extra.ErrorCode), e.Extra.Description
	case data.ErrorCode != 0:
		return int64(data.ErrorCode), data.Description
	}
	return 0, ""
}

func (e envelope) logID() string {
	for _, id := range []string{e.Extra.LogID, e.Extra.LogID2, e.LogID} {
		if id != "" {
			return id
		}
	}
	return ""
}

// errcode is a number that comes as a text at times.
type errcode int64

// UnmarshalJSON accepts 10003, "10003", "" and null.
func (e *errcode) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "null" || text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return errors.New("error code is no number")
	}
	*e = errcode(n)
	return nil
}
