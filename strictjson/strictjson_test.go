package strictjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/strictjson"
)

type tap struct {
	Device string   `json:"device"`
	Tags   []string `json:"tags"`
}

func TestRefusesTwoReadings(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"nothing":                 "",
		"half":                    `{"device":"a"`,
		"a value behind":          `{"device":"a"}{}`,
		"a byte behind":           `{"device":"a"}` + "\x00",
		"a byte order mark":       "\ufeff" + `{"device":"a"}`,
		"a name twice":            `{"device":"a","device":"a"}`,
		"a name twice, escaped":   `{"device":"a","\u0064evice":"b"}`,
		"a name twice, inside":    `{"device":"a","tags":[{"x":1,"x":1}]}`,
		"no UTF-8 in a value":     `{"device":"` + "\xff" + `"}`,
		"no UTF-8 in a name":      `{"` + "\xff" + `":1}`,
		"the name in other case":  `{"Device":"a"}`,
		"both cases":              `{"device":"a","DEVICE":"b"}`,
		"a name nobody knows":     `{"device":"a","x":1}`,
		"another type":            `{"device":1}`,
		"a comment":               `{"device":"a"} // b`,
		"deeper than the decoder": strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
	} {
		var got tap
		if err := strictjson.Unmarshal([]byte(body), &got); err == nil {
			t.Errorf("%s: read as %+v", name, got)
		}
	}
}

// A map and an any take every name; what is inside is looked at all the same.
func TestUnmarshalWithoutNames(t *testing.T) {
	t.Parallel()
	var raw map[string]json.RawMessage
	if err := strictjson.Unmarshal([]byte(`{"a": {"b":[1,2.50]}, "A":null}`), &raw); err != nil || string(raw["a"]) != `{"b":[1,2.50]}` || len(raw) != 2 {
		t.Errorf("%v %q", err, raw)
	}
	var v any
	if err := strictjson.Unmarshal([]byte(`{"a":1,"b":["x",null,true]}`), &v); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(any(map[string]any{"a": 1.0, "b": []any{"x", nil, true}}), v); diff != "" {
		t.Error(diff)
	}
	for _, body := range []string{`{"a":{"b":1,"b":2}}`, `[{"b":1,"b":2}]`, `{"a":"` + "\xff" + `"}`} {
		if err := strictjson.Unmarshal([]byte(body), &raw); err == nil {
			t.Errorf("%q as raw members", body)
		}
		if err := strictjson.Unmarshal([]byte(body), &v); err == nil {
			t.Errorf("%q as anything", body)
		}
	}
}

// A text that was cut inside an emoji is for its field's rule to refuse.
func TestHalfAnEmoji(t *testing.T) {
	t.Parallel()
	var got tap
	if err := strictjson.Unmarshal([]byte(`{"device":"a\ud83d"}`), &got); err != nil || got.Device != "a\ufffd" {
		t.Errorf("%v %q", err, got.Device)
	}
}

// FuzzUnmarshal: whatever is read here, encoding/json reads alike.
func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{`{"a":1e2,"b":["\ud83d",null]}`, `[]`, `"\u0000"`, `1e400`, `{"a":{"a":0.10}}`, "\ufeff1", ` {"a":-0} `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var strict, lax any
		if strictjson.Unmarshal(data, &strict) != nil {
			return
		}
		if err := json.Unmarshal(data, &lax); err != nil {
			t.Fatalf("%q: only here it can be read: %v", data, err)
		}
		if diff := cmp.Diff(lax, strict); diff != "" {
			t.Fatalf("%q is read differently: %s", data, diff)
		}
	})
}
