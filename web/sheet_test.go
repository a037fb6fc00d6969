package web_test

import (
	"reflect"
	"strings"
	"testing"

	"countersign/web"
)

// TestSheets: a page that was rendered before is filled with the values of now, and never
// shown for another page.
func TestSheets(t *testing.T) {
	t.Parallel()
	show := func(p web.ScanPage) string {
		raw, err := web.RenderScan(p)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	p := web.ScanPage{State: "early", Token: "t.x", Brand: "<b>", Title: "新品", Hashtags: []string{"a", "b"}, OpensInMS: 60_000, EndsInMS: 70_000, HeldForSeconds: 9, RequestID: "one"}
	first := show(p)
	later := p
	later.OpensInMS, later.EndsInMS, later.HeldForSeconds, later.RequestID = 59_000, -1, 8, "two"
	want := strings.NewReplacer("60000", "59000", "70000", "-1", `data-held="9"`, `data-held="8"`, "one</p>", "two</p>").Replace(first)
	if got := show(later); got != want {
		t.Errorf("filled wrongly:\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(first, "<b>") {
		t.Error("not escaped")
	}
	inSlots := map[string]bool{"OpensInMS": true, "EndsInMS": true, "HeldForSeconds": true, "RequestID": true}
	for i := range reflect.TypeFor[web.ScanPage]().NumField() {
		other := p
		field, name := reflect.ValueOf(&other).Elem().Field(i), reflect.TypeFor[web.ScanPage]().Field(i).Name
		switch field.Kind() {
		case reflect.Bool:
			field.SetBool(!field.Bool())
		case reflect.String:
			field.SetString("published")
		case reflect.Slice:
			field.Set(reflect.ValueOf([]string{"ab"}))
		case reflect.Int, reflect.Int64:
			field.SetInt(5)
		default:
			t.Fatal("what is a", field.Kind())
		}
		if kept := web.Key(other) == web.Key(p); kept != inSlots[name] {
			t.Errorf("%s: the same page %v", name, kept)
		}
	}
}
