package api

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/danielgtaylor/huma/v2"

	"countersign/strictjson"
)

// errNotJSON stands for whatever is wrong with a body as JSON. It says nothing of its
// own: the decoder's words quote the body, and that may be a password.
var errNotJSON = errors.New("not the JSON that is expected")

// strictJSON reads a body once, whole, and refuses what two readers could understand
// differently.
var strictJSON = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		read := json.Unmarshal           // may still find a number out of range, a time that only looks like one
		if _, first := v.(*any); first { // huma reads twice: to validate, then to fill the struct
			read = strictjson.Unmarshal
		}
		if read(data, v) != nil {
			return errNotJSON
		}
		return nil
	},
}
