package douyin

import (
	"bytes"
	"encoding/json"
	"errors"

	"countersign/strictjson"
)

// errAmbiguous stands for whatever is wrong with a text as JSON.
var errAmbiguous = errors.New("not the JSON that is expected")

// members reads an object by its exact names.
func members(data []byte) (map[string]json.RawMessage, error) {
	var out map[string]json.RawMessage
	if strictjson.Unmarshal(data, &out) != nil || out == nil {
		return nil, errAmbiguous
	}
	return out, nil
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
