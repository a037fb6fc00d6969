package config

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func TestEveryLeafIsDocumented(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := WriteDocs(&out); err != nil {
		t.Fatal(err)
	}
	docs := Docs()
	if fields := countLeaves(t, reflect.TypeFor[Config](), "Config"); len(docs) != fields {
		t.Errorf("%d settings are documented, Config has %d fields", len(docs), fields)
	}
	for _, d := range docs {
		if d.Meaning == "" || !strings.Contains(out.String(), "`"+d.Env+"`") || !strings.Contains(out.String(), "| `"+d.Key+"`") {
			t.Errorf("%s is not documented", d.Key)
		}
	}
}

// countLeaves counts the exported fields that hold a value, and finds those
// without a key or, being leaves, without a meaning.
func countLeaves(t *testing.T, typ reflect.Type, path string) (leaves int) {
	t.Helper()
	for field := range typ.Fields() {
		name := path + "." + field.Name
		switch {
		case !field.IsExported():
			continue
		case field.Tag.Get("key") == "":
			t.Error(name, "has no key")
		case field.Type.Kind() == reflect.Struct && field.Type != secretType:
			leaves += countLeaves(t, field.Type, name)
		default:
			leaves++
			if field.Tag.Get("desc") == "" {
				t.Error(name, "has no meaning")
			}
		}
	}
	return leaves
}

func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	byKey, byFile := names(settings())
	seen := map[string]string{}
	for _, keys := range []map[string]setting{byKey, byFile} {
		for key := range keys {
			if other, taken := seen[envName(key)]; taken {
				t.Errorf("%s and %s are both %s", key, other, envName(key))
			}
			seen[envName(key)] = key
		}
	}
}

// Tags are text, so the compiler does not check them.
func TestTagsAreSound(t *testing.T) {
	t.Parallel()
	for _, s := range settings() {
		if _, known := forms[s.form]; s.form != "" && !known {
			t.Errorf("%s has the unknown form %s", s.key, s.form)
		}
		for _, bound := range []string{s.min, s.max} {
			if _, ok := s.number(bound); bound != "" && !ok {
				t.Errorf("%s has the bound %s, which is no %s", s.key, bound, s.typ)
			}
		}
		if s.fallback == "" {
			continue
		}
		if problem := s.decode(reflect.New(s.typ).Elem(), s.fallback); problem != "" {
			t.Errorf("the default of %s %s", s.key, problem)
		}
	}
}
