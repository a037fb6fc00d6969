package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
)

// description is what the tests read of the OpenAPI document.
type description struct {
	OpenAPI    string                          `json:"openapi"`
	Paths      map[string]map[string]described `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type described struct {
	OperationID string                 `json:"operationId"`
	Summary     string                 `json:"summary"`
	Security    *[]map[string][]string `json:"security"`
	Parameters  []struct {
		Name     string  `json:"name"`
		In       string  `json:"in"`
		Required bool    `json:"required"`
		Schema   *schema `json:"schema"`
	} `json:"parameters"`
	RequestBody *struct {
		Required bool `json:"required"`
		Content  map[string]struct {
			Schema *schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]struct {
			Schema *schema `json:"schema"`
		} `json:"content"`
	} `json:"responses"`
}

type schema struct {
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Additional any                `json:"additionalProperties"`
	Items      *schema            `json:"items"`
	MaxLength  *int               `json:"maxLength"`
	MinLength  *int               `json:"minLength"`
	MaxItems   *int               `json:"maxItems"`
	Minimum    *float64           `json:"minimum"`
	Maximum    *float64           `json:"maximum"`
	Enum       []any              `json:"enum"`
	Pattern    string             `json:"pattern"`
	Format     string             `json:"format"`
}

func openAPI(t *testing.T, a *testkit.App) description {
	t.Helper()
	var d description
	a.Nobody().Do(t, "GET", api.Base+"/openapi.json", nil).Want(t, 200, &d)
	return d
}

func (d description) resolve(s *schema) *schema {
	for s != nil && s.Ref != "" {
		s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return s
}

// kind is the type without null.
func (s *schema) kind() (name string, nullable bool) {
	switch v := s.Type.(type) {
	case string:
		return v, false
	case []any:
		for _, x := range v {
			if x == "null" {
				nullable = true
			} else {
				name, _ = x.(string)
			}
		}
	}
	return name, nullable
}

func (d description) of(o operation) described {
	_, path, _ := strings.Cut(o.route, " ")
	return d.Paths[path][strings.ToLower(o.method())]
}

func (d description) body(o operation) *schema {
	op := d.of(o)
	if op.RequestBody == nil || o.raw != nil {
		return nil
	}
	return d.resolve(op.RequestBody.Content["application/json"].Schema)
}

// TestOpenAPI: the description is whole: who may call, what refusals look like, and a
// bound for everything that a client may send.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	d := openAPI(t, a)
	if !strings.HasPrefix(d.OpenAPI, "3.1.") {
		t.Error("version", d.OpenAPI)
	}
	ids := map[string]bool{}
	for _, o := range operations {
		op := d.of(o)
		if op.OperationID == "" || ids[op.OperationID] || op.Summary == "" || op.Security == nil {
			t.Errorf("%s: id %q, summary %q, security %v", o.route, op.OperationID, op.Summary, op.Security)
		}
		ids[op.OperationID] = true
		if _, ok := op.Responses["default"].Content["application/problem+json"]; !ok {
			t.Errorf("%s declares no problem: %v", o.route, op.Responses)
		}
		secured := op.Security != nil && len(*op.Security) > 0
		if secured == (o.who == anyone) {
			t.Errorf("%s: security %v for %s", o.route, op.Security, o.who)
		}
		checkParameters(t, o, op)
		if (op.RequestBody != nil) != (o.body != nil || o.raw != nil) {
			t.Errorf("%s: body in the table %t, described %t", o.route, o.body != nil, op.RequestBody != nil)
		}
		if s := d.body(o); s != nil {
			bounded(t, d, o.route, s)
		}
	}
	if !json.Valid(a.Nobody().Do(t, "GET", api.Base+"/openapi.json", nil).Body) {
		t.Error("not JSON")
	}
}

func checkParameters(t *testing.T, o operation, op described) {
	t.Helper()
	has := map[string]bool{}
	for _, p := range op.Parameters {
		has[p.In+" "+p.Name] = true
		if kind, _ := p.Schema.kind(); kind == "string" && p.Schema.MaxLength == nil && p.Schema.Pattern == "" && p.Schema.Enum == nil && p.Schema.Format != "date-time" {
			t.Errorf("%s: parameter %s has no bound", o.route, p.Name)
		}
	}
	if has["header Idempotency-Key"] != o.key || has["header If-Match"] != o.match {
		t.Errorf("%s: parameters %v", o.route, has)
	}
}

// bounded: objects are closed, strings and lists have an end.
func bounded(t *testing.T, d description, at string, s *schema) {
	t.Helper()
	s = d.resolve(s)
	kind, _ := s.kind()
	switch {
	case kind == "object" && s.Additional != false:
		t.Errorf("%s takes unknown fields", at)
	case kind == "string" && s.MaxLength == nil && s.Pattern == "" && s.Enum == nil && s.Format != "date-time":
		t.Errorf("%s: a string without an end", at)
	case kind == "array" && s.MaxItems == nil:
		t.Errorf("%s: a list without an end", at)
	case kind == "array":
		bounded(t, d, at+"[]", s.Items)
	}
	for name, p := range s.Properties {
		bounded(t, d, at+"."+name, p)
	}
}
