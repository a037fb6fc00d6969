package douyin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// errAmbiguous stands for whatever is wrong with a text as JSON.
var errAmbiguous = errors.New("not the JSON that is expected")

const maxDepth = 32

// members reads an object, by its exact names: encoding/json takes "Event" for "event",
// and the last of two for both. What two readers could understand differently is refused:
// a name twice in one object, bytes that are not UTF-8, anything after the object.
func members(data []byte) (map[string]json.RawMessage, error) {
	var out map[string]json.RawMessage
	if !unambiguous(data) || json.Unmarshal(data, &out) != nil || out == nil {
		return nil, errAmbiguous
	}
	return out, nil
}

func unambiguous(data []byte) bool {
	if !utf8.Valid(data) {
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if walk(dec, 0) != nil {
		return false
	}
	_, err := dec.Token()
	return errors.Is(err, io.EOF)
}

func walk(dec *json.Decoder, depth int) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxDepth {
		return errAmbiguous
	}
	names := map[string]bool{}
	for dec.More() {
		if open == '{' {
			if err := walkName(dec, names); err != nil {
				return err
			}
		}
		if err := walk(dec, depth+1); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

func walkName(dec *json.Decoder, seen map[string]bool) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	name, _ := t.(string)
	if seen[name] {
		return errAmbiguous
	}
	seen[name] = true
	return nil
}

// canonical is a JSON text as it is written here: names sorted, no space, numbers as they were.
func canonical(data []byte) (json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
