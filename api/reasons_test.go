package api

import (
	"errors"
	"reflect"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"countersign/model"
)

// TestReasons lets huma itself say what is wrong, by each rule that a schema may have.
func TestReasons(t *testing.T) {
	t.Parallel()
	type inner struct {
		Must string `json:"must"`
	}
	type body struct {
		Name  string   `json:"name,omitempty" minLength:"2" maxLength:"3"`
		Tags  []string `json:"tags,omitempty" minItems:"1" maxItems:"2"`
		Count int      `json:"count,omitempty" minimum:"1" maximum:"6" multipleOf:"2"`
		Share float64  `json:"share,omitempty" exclusiveMinimum:"0" exclusiveMaximum:"1"`
		Kind  string   `json:"kind,omitempty" enum:"a,b"`
		At    string   `json:"at,omitempty" format:"date-time"`
		ID    string   `json:"id,omitempty" pattern:"^[0-9]+$"`
		Short string   `json:"short,omitempty" pattern:"^[0-9]+$" patternDescription:"digits"`
		Mail  string   `json:"mail,omitempty" format:"email"`
		Raw   []byte   `json:"raw,omitempty"`
		Yes   bool     `json:"yes,omitempty"`
		Inner *inner   `json:"inner,omitempty"`
	}
	schemas := huma.NewMapRegistry("#/", huma.DefaultSchemaNamer)
	schema := huma.SchemaFromType(schemas, reflect.TypeFor[body]())
	for _, tc := range []struct {
		field         string
		value         any
		place, reason string
	}{
		{"name", "四四四四", "name", "too_long"},
		{"name", "一", "name", "too_short"},
		{"tags", []any{"a", "b", "c"}, "tags", "too_many"},
		{"tags", []any{}, "tags", "too_few"},
		{"count", 0.0, "count", "out_of_range"},
		{"count", 8.0, "count", "out_of_range"},
		{"count", 3.0, "count", "out_of_range"},
		{"share", 0.0, "share", "out_of_range"},
		{"share", 1.0, "share", "out_of_range"},
		{"kind", "c", "kind", "unknown"},
		{"at", "2026-01-01 10:00", "at", "rfc3339_with_offset_expected"},
		{"id", "x", "id", "malformed"},
		{"short", "x", "short", "malformed"},
		{"mail", "x", "mail", "malformed"},
		{"raw", "*", "raw", "wrong_type"},
		{"yes", "true", "yes", "wrong_type"},
		{"share", "x", "share", "wrong_type"},
		{"count", 1.5, "count", "wrong_type"},
		{"name", 1.0, "name", "wrong_type"},
		{"tags", "a", "tags", "wrong_type"},
		{"inner", "x", "inner", "wrong_type"},
		{"inner", map[string]any{}, "inner.must", "required"},
		{"inner", map[string]any{"must": "x", "expected string": 1}, "inner.expected string", "unknown_field"},
	} {
		found := &huma.ValidateResult{}
		huma.Validate(schemas, schema, huma.NewPathBuffer([]byte("body"), 4), huma.ModeWriteToServer, map[string]any{tc.field: tc.value}, found)
		refusal, _ := errors.AsType[*model.Error](invalid("validation failed", found.Errors))
		if len(refusal.Fields) == 0 || refusal.Fields[0].Path != tc.place || refusal.Fields[0].Reason != tc.reason {
			t.Errorf("%s: %v: %+v, want %s %s", tc.field, tc.value, refusal.Fields, tc.place, tc.reason)
		}
	}
}
