package platform

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// Number is a whole number that platforms also write as a string.
type Number int64

// UnmarshalJSON accepts 10003, "10003", "" and null.
func (n *Number) UnmarshalJSON(b []byte) error {
	digits := strings.Trim(string(b), `"`)
	if digits == "" || digits == "null" {
		return nil
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return errors.New("no whole number")
	}
	*n = Number(v)
	return nil
}

// Text is a string that may come as a number, as ids do.
type Text string

// UnmarshalJSON accepts a string, a number and null.
func (t *Text) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		return json.Unmarshal(b, (*string)(t))
	case 'n':
		return nil
	case '{', '[', 't', 'f':
		return errors.New("neither text nor number")
	}
	*t = Text(b)
	return nil
}
