package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// planted is in every bad value; no answer may hold it.
const planted = "PLANTED7c1e"

// badBody is a body that must be refused, and why.
type badBody struct {
	why string
	raw []byte
}

// lines are the fields that are shown as one line: no control or invisible characters.
var lines = []string{"name", "public_name", "alias", "nickname", "note", "title", "author", "platform_account_id"}

// TestInput sends everything that must be refused into one program in full use.
func TestInput(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		w := newWorld(t, e, testkit.Options{})
		t.Run("bodies", func(t *testing.T) { badBodies(t, w) })
		t.Run("queries", func(t *testing.T) { badQueries(t, w) })
		t.Run("searches", func(t *testing.T) { oddSearches(t, w) })
		if e == testkit.SQLite { // no database is asked
			t.Run("envelopes", func(t *testing.T) { badEnvelopes(t, w) })
		}
		t.Run("ids", func(t *testing.T) { oddIDs(t, w) })
	})
}

// badBodies breaks every field of every body in every way that its schema forbids.
func badBodies(t *testing.T, w *world) {
	t.Helper()
	d := openAPI(t, w.App)
	count := 0
	for _, o := range operations {
		if o.body == nil {
			continue
		}
		good := plain(t, o.body(w))
		before := w.Database.Rows(t, w.db)
		bad := append(brokenFields(t, d, d.body(o), good), brokenWhole(t, good)...)
		for _, b := range bad {
			refusedBody(t, w, o, b)
		}
		count += len(bad)
		if diff := cmp.Diff(before, w.Database.Rows(t, w.db)); diff != "" {
			t.Errorf("%s: refused bodies wrote: %s", o.route, diff)
		}
	}
	t.Log(count, "bodies")
}

func refusedBody(t *testing.T, w *world, o operation, b badBody, headers ...string) {
	t.Helper()
	got := o.by(w).Do(t, o.method(), o.path(o.idsOf(w.brand["A"])), b.raw, append(o.headers(), headers...)...)
	where := fmt.Sprintf("%s: %s (%.120s)", o.route, b.why, b.raw)
	if got.Status < 400 || got.Status >= 500 {
		t.Errorf("%s: %d %.300s", where, got.Status, got.Body)
		return
	}
	p := problem(t, got)
	if field, missing := strings.CutPrefix(b.why, "missing "); missing && !slices.ContainsFunc(p.Errors, func(f model.FieldError) bool { return f.Path == field && f.Reason == "required" }) {
		t.Errorf("%s: does not say which field: %v", where, p.Errors)
	}
	if bytes.Contains(got.Body, []byte(planted)) && !strings.Contains(b.why, "unknown") || len(got.Body) > 4<<10 {
		t.Errorf("%s: echoes: %.300s", where, got.Body)
	}
}

// plain is the value as JSON has it: maps, slices, float64.
func plain(t *testing.T, v any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(v)
	var out map[string]any
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// brokenFields changes one place of a good body at a time.
func brokenFields(t *testing.T, d description, s *schema, good map[string]any) (bad []badBody) {
	t.Helper()
	marshal := func(why string) {
		raw, err := json.Marshal(good)
		if err != nil {
			t.Fatal(err)
		}
		bad = append(bad, badBody{why, bytes.ReplaceAll(raw, []byte("\\u0000twice"), nil)})
	}
	breakObject(d, s, good, "", marshal)
	return bad
}

// otherTypes are fields that the good body, a WeChat article, may not have.
var otherTypes = []string{"text", "link", "hashtags", "mentions", "cover_id", "picture_ids", "video_id", "member_id"}

func breakObject(d description, s *schema, m map[string]any, at string, marshal func(why string)) {
	try := func(key string, v any, why string) {
		was, had := m[key]
		m[key] = v
		marshal(why + " " + at + key)
		delete(m, key)
		if had {
			m[key] = was
		}
	}
	try(planted[:3]+"unknown", planted, "unknown field")
	try(strings.Repeat("k", 5000), planted, "unknown field with a long name")
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := d.resolve(s.Properties[name])
		was, given := m[name]
		if !given && !slices.Contains(otherTypes, name) {
			panic("the good body lacks " + at + name)
		}
		if !given {
			for why, v := range badValues(p, name, false) {
				try(name, v, why)
			}
			continue
		}
		try(name+"\x00twice", was, "twice the key")
		delete(m, name)
		try(strings.ToUpper(name[:1])+name[1:], was, "another case of")
		if slices.Contains(s.Required, name) {
			marshal("missing " + at + name)
		}
		m[name] = was
		for why, v := range badValues(p, name, slices.Contains(s.Required, name)) {
			try(name, v, why)
		}
		breakInside(d, p, was, at+name, marshal)
	}
}

func breakInside(d description, p *schema, v any, at string, marshal func(why string)) {
	switch v := v.(type) {
	case map[string]any:
		breakObject(d, p, v, at+".", marshal)
	case []any:
		item := d.resolve(p.Items)
		was := v[0]
		for why, x := range badValues(item, at, true) {
			v[0] = x
			marshal(why + " " + at + "[0]")
		}
		v[0] = was
		breakInside(d, item, was, at+"[0]", marshal)
	}
}

// badValues are values that a schema forbids.
func badValues(p *schema, name string, required bool) map[string]any {
	kind, nullable := p.kind()
	out := map[string]any{}
	if required && !nullable {
		out["null"] = nil
	}
	switch kind {
	case "string":
		out["a number for"], out["an object for"], out["a list for"] = 12345, M{"a": planted}, []any{planted}
		badStrings(p, name, out)
	case "integer":
		out["a string for"], out["a fraction for"], out["a huge number for"], out["a number that is none for"] = planted, 1.5, json.RawMessage("1e30"), json.RawMessage("1e400")
		out["an exponent for"] = json.RawMessage("1e0")
		out["below"], out["above"] = *p.Minimum-1, *p.Maximum+1
	case "boolean":
		out["a string for"], out["a number for"] = planted, 1
	case "array":
		out["a string for"], out["an object for"] = planted, M{"a": planted}
		long := make([]any, *p.MaxItems+1)
		for i := range long {
			long[i] = planted
		}
		out["too many for"] = long
	}
	return out
}

func badStrings(p *schema, name string, out map[string]any) {
	if p.MaxLength != nil && *p.MaxLength < 1<<19 {
		out["too long"] = planted + strings.Repeat("长", *p.MaxLength)
	}
	if p.MinLength != nil {
		out["empty"] = ""
	}
	if p.Enum != nil || p.Pattern != "" {
		out["unknown value for"], out["empty value for"] = planted, ""
	}
	if p.Format == "date-time" {
		for i, v := range []string{
			planted, "2026-03-02T08:00:00", "2026-03-02 08:00:00+08:00", "2026-03-02", "2026-02-30T08:00:00Z", "2026-03-02T08:00:00+99:00",
			"0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59-23:59",
		} {
			out[fmt.Sprintf("time %d %s for", i, v)] = v
		}
	}
	if slices.Contains(lines, name) {
		for _, c := range []string{"\x00", "\n", "\x1b[31m", "\u200b", "\u202e", "\u2066", "\ufeff", "\u2028", "\U000e0041", "\u3164"} {
			out[fmt.Sprintf("%q in", c)] = planted + c + "b"
		}
	}
}

// brokenWhole are bodies that are no good JSON object at all.
func brokenWhole(t *testing.T, good map[string]any) []badBody {
	t.Helper()
	raw, err := json.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	with := func(tail string) []byte { return append(slices.Clone(raw), tail...) }
	return []badBody{
		{"not JSON", []byte(planted)},
		{"half", raw[:len(raw)-1]},
		{"one quote", []byte(`{"` + planted)},
		{"a list", []byte(`["` + planted + `"]`)},
		{"null", []byte("null")},
		{"a string", []byte(`"` + planted + `"`)},
		{"a number", []byte("7")},
		{"trailing text", with(planted)},
		{"a second value", with(`{"` + planted + `":1}`)},
		{"a comma", with(",")},
		{"invalid UTF-8", bytes.Replace(raw, []byte(`"`), []byte("\"\xff"), 1)},
		{"UTF-16", append([]byte{0xff, 0xfe}, raw...)},
		{"a byte order mark", append([]byte("\xef\xbb\xbf"), raw...)},
		{"deep", []byte(strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000))},
		{"deep objects", []byte(strings.Repeat(`{"a":`, 50_000) + "1" + strings.Repeat("}", 50_000))},
		{"a comment", append([]byte("/* "+planted+" */"), raw...)},
		{"NaN", []byte(`{"a":NaN}`)},
	}
}

// badEnvelopes: the body's size and type, and its absence.
func badEnvelopes(t *testing.T, w *world) {
	t.Helper()
	before := w.Database.Rows(t, w.db)
	for _, o := range operations {
		if o.body == nil {
			continue
		}
		ask := func(body any, code model.Code, headers ...string) {
			t.Helper()
			got := o.by(w).Do(t, o.method(), o.path(o.idsOf(w.brand["A"])), body, append(o.headers(), headers...)...)
			if p := problem(t, got); p.Code != code {
				t.Errorf("%s %v: %d %s, want %s", o.route, headers, got.Status, p.Code, code)
			}
		}
		good := o.payload(w)
		ask(nil, model.CodeMalformed)
		ask([]byte{}, model.CodeMalformed, "Content-Type", "application/json")
		ask(good, model.CodeUnsupportedMedia, "Content-Type", "text/plain")
		ask(good, model.CodeUnsupportedMedia, "Content-Type", "application/x-www-form-urlencoded")
		ask(good, model.CodeUnsupportedMedia, "Content-Type", "multipart/form-data; boundary=x")
		ask(good, model.CodeUnsupportedMedia, "Content-Type", "application/problem+json")
		ask(good, model.CodeUnsupportedMedia, "Content-Type", "json")
		ask(good, model.CodeUnsupportedMedia, "Content-Type", "")
		ask(bytes.Repeat([]byte(" "), 2<<20+1), model.CodeTooLarge)
		ask(append([]byte(`{"a":"`), bytes.Repeat([]byte("x"), 3<<20)...), model.CodeTooLarge)
	}
	if diff := cmp.Diff(before, w.Database.Rows(t, w.db)); diff != "" {
		t.Error(diff)
	}
	o := operations[0] // and what is allowed: parameters of the type, its case
	for _, ct := range []string{"application/json; charset=utf-8", "Application/JSON"} {
		o.by(w).Do(t, o.method(), o.path(randomID), o.payload(w), "Content-Type", ct).Want(t, 200, nil)
	}
}

// badQueries breaks every query parameter of every operation.
func badQueries(t *testing.T, w *world) {
	t.Helper()
	d := openAPI(t, w.App)
	before := w.Database.Rows(t, w.db)
	for _, o := range operations {
		queries := map[string]string{"unknown": "?planted=" + planted, "case": "?LIMIT=1", "twice unknown": "?planted=1&planted=" + planted, "malformed": "?a=%zz" + planted, "semicolon": "?a=1;b=" + planted}
		for _, p := range d.of(o).Parameters {
			if p.In != "query" {
				continue
			}
			queries["twice "+p.Name] = "?" + p.Name + "=1&" + p.Name + "=" + planted
			if !slices.Contains([]string{"cursor", "q", "search"}, p.Name) {
				queries["empty "+p.Name], queries["bare "+p.Name] = "?"+p.Name+"=", "?"+p.Name
			}
			queries["half "+p.Name] = "?" + p.Name + "=true;" // net/url leaves such a part out
			for _, v := range badQueryValues(p.Name, p.Schema) {
				queries[p.Name+"="+v] = "?" + p.Name + "=" + url.QueryEscape(v)
			}
		}
		for why, q := range queries {
			o := o
			o.query = q
			refusedBody(t, w, o, badBody{why, rawOf(t, o.payload(w))})
		}
	}
	// huma has no template for these two sentences
	for query, want := range map[string]string{"": "query.against required", "?against=1&planted=1": "query.planted unknown_field"} {
		o := operations[slices.IndexFunc(operations, func(o operation) bool { return strings.HasSuffix(o.route, "/diff") })]
		o.query = query
		p := problem(t, o.by(w).Do(t, o.method(), o.path(o.idsOf(w.brand["A"])), nil, o.headers()...))
		if len(p.Errors) != 1 || p.Errors[0].Path+" "+p.Errors[0].Reason != want {
			t.Errorf("%q: %+v, want %s", query, p.Errors, want)
		}
	}
	if diff := cmp.Diff(before, w.Database.Rows(t, w.db)); diff != "" {
		t.Error(diff)
	}
}

func rawOf(t *testing.T, v any) []byte {
	t.Helper()
	if raw, is := v.([]byte); v == nil || is {
		return raw
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func badQueryValues(name string, s *schema) []string {
	switch kind, _ := s.kind(); {
	case name == "limit":
		return []string{"0", "101", "-1", "1.5", planted, "99999999999999999999", " 1"}
	case name == "cursor":
		return []string{planted, "%", "AAAA", "OTIyMzM3MjAzNjg1NDc3NTgwN3wwMWEyMDM0NS01MmY3LTdlNTgtYTFhZS0zYTk5YTU5OGJjZDA", strings.Repeat("A", 300)}
	case name == "search", name == "q":
		return []string{planted + "\xff", "\x00", "a\nb", "\xc0\xaf", "\xed\xa0\x80", strings.Repeat(planted, 10)}
	case s.Enum != nil:
		return []string{planted, strings.ToUpper(fmt.Sprint(s.Enum[0]))}
	case kind == "string":
		return []string{strings.Repeat("a", 65), planted + "\xff"}
	}
	return nil
}

// oddSearches: what a search may hold finds nothing, or what it names, and never fails.
func oddSearches(t *testing.T, w *world) {
	t.Helper()
	a := w.brand["A"]
	for search, found := range map[string]bool{"管理员": true, "%": false, "_": false, "!": false, "' OR 1=1 --": false, `\`: false, "😀": false} {
		var list api.List[api.MemberOut]
		got := a.Editor.Do(t, "GET", a.Path+"/members?q="+url.QueryEscape(search), nil)
		if got.Status != 200 {
			t.Errorf("%q: %d %s", search, got.Status, got.Body)
			continue
		}
		got.Want(t, 200, &list)
		if len(list.Items) > 0 != found {
			t.Errorf("%q found %d", search, len(list.Items))
		}
	}
}

// oddIDs: ids in bodies are ids or refused, on every database alike.
func oddIDs(t *testing.T, w *world) {
	t.Helper()
	a, b := w.brand["A"], w.brand["B"]
	odd := []string{"", " ", "不是编号", strings.Repeat("x", 64), "\x00", randomID(""), b.ids["channel"], b.Flow, b.AdminMember, strings.ToUpper(a.Flow)}
	before := w.Database.Rows(t, w.db)
	for _, id := range odd {
		for path, body := range map[string]M{
			"POST /posts":                               {"channel_id": id, "articles": []any{articleBody()}},
			"POST /flows":                               {"name": "n", "content_types": []any{"wechat_article"}, "platforms": []any{"wechat_official"}, "steps": []any{M{"mode": "any", "approvers": []any{id}}}},
			"PUT /platform-settings/wechat_official":    {"default_flow_id": id},
			"POST /posts/" + a.ids["post"] + "/submit":  {"articles": []any{M{"id": id}}},
			"POST /posts/" + a.ids["post"] + "/submit ": {"articles": []any{M{"id": a.ids["article"], "flow_id": id}}},
		} {
			method, at, _ := strings.Cut(strings.TrimSpace(path), " ")
			got := a.Admin.Do(t, method, a.Path+at, body, "If-Match", `"1"`)
			if got.Status < 400 || got.Status >= 500 {
				t.Errorf("%s with %q: %d %.200s", path, id, got.Status, got.Body)
			} else {
				problem(t, got)
			}
		}
		got := a.Admin.Do(t, "DELETE", a.Path+"/flows/"+a.Flow+"?new_default="+url.QueryEscape(id), nil)
		if got.Status < 400 || got.Status >= 500 {
			t.Errorf("new_default %q: %d %.200s", id, got.Status, got.Body)
		}
	}
	if diff := cmp.Diff(before, w.Database.Rows(t, w.db)); diff != "" {
		t.Error(diff)
	}
	for _, id := range odd { // a draft may name a flow that is looked up at submit, but it must be an id
		art := articleBody()
		art["flow_id"] = id
		got := a.Admin.Do(t, "POST", a.Path+"/posts", M{"channel_id": a.Channel, "articles": []any{art}})
		if got.Status >= 500 || got.Status == 200 && len(id) != 36 {
			t.Errorf("a draft with flow %q: %d %.200s", id, got.Status, got.Body)
		}
	}
}
