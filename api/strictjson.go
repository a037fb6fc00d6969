package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// errNotJSON stands for whatever is wrong with a body as JSON. It says nothing of its
// own: the decoder's words quote the body, and that may be a password.
var errNotJSON = errors.New("not the JSON that is expected")

// strictJSON reads a body once, whole, and refuses what two readers could understand
// differently: a key twice in one object, bytes that are not UTF-8, and anything after
// the value.
var strictJSON = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		if _, first := v.(*any); first { // huma reads twice: to validate, then to fill the struct
			if err := unambiguous(data); err != nil {
				return errNotJSON
			}
		}
		if err := json.Unmarshal(data, v); err != nil { // a number out of range, a time that only looks like one
			return errNotJSON
		}
		return nil
	},
}

const maxDepth = 32

func unambiguous(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := value(dec, 0); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something after the value")
	}
	return nil
}

func value(dec *json.Decoder, depth int) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxDepth {
		return errors.New("nested too deeply")
	}
	keys := map[string]bool{}
	for dec.More() {
		if open == '{' {
			if err := key(dec, keys); err != nil {
				return err
			}
		}
		if err := value(dec, depth+1); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

func key(dec *json.Decoder, seen map[string]bool) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	name, _ := t.(string)
	if seen[name] {
		return errors.New("a key twice in one object")
	}
	seen[name] = true
	return nil
}
