// Package strictjson reads JSON that others wrote, and refuses what two readers could
// understand differently: a name twice in one object, bytes that are not UTF-8, anything
// after the value, and a name in another case than the field's. See ADR 0036.
package strictjson

import (
	"errors"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var errNotUTF8 = errors.New("strictjson: not UTF-8")

// Unmarshal fills v, a pointer, from one JSON value. Names that v has no field for are
// refused. Half of a surrogate pair in an escape becomes U+FFFD, as in encoding/json: a
// text cut inside an emoji is then refused by its own field's rule, which names the field.
//
// The error may quote data, which may be a password: it is not for whoever sent it.
func Unmarshal(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errNotUTF8
	}
	return json.Unmarshal(data, v, json.RejectUnknownMembers(true), jsontext.AllowInvalidUTF8(true))
}
