package api_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// pageRoutes are the routes outside the API: what they answer to whom is in
// TestPages; here they are listed so that a new one is a decision.
var pageRoutes = []string{
	"GET /", "GET /healthz", "GET /readyz", "HEAD /healthz", "HEAD /readyz", "HEAD /i/:token", "GET /api/docs", "GET /api/docs/errors", "GET /api/docs/assets/:file",
	"GET /hooks/wechat", "POST /hooks/wechat", "POST /hooks/douyin",
	"GET /p/:token", "HEAD /p/:token", "GET /p/:token/qr.png", "HEAD /p/:token/qr.png", "GET /p/:token/qr.svg", "HEAD /p/:token/qr.svg", "POST /p/:token/open", "POST /p/:token/published", "POST /p/:token/pass", "GET /assets/:file",
	"GET /media/:id", "HEAD /media/:id", "GET /media/:id/thumb", "HEAD /media/:id/thumb",
	"GET /i/:token", "GET /i/:token/code.png", "POST /i/:token/link",
	"GET /api/v1/openapi.json", "GET /api/v1/openapi.yaml", "GET /api/v1/openapi-3.0.json", "GET /api/v1/openapi-3.0.yaml",
}

// TestEveryRouteIsInTheTable: the sweeps below are only as good as their table.
func TestEveryRouteIsInTheTable(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	var table, described, routed []string
	for _, o := range operations {
		table = append(table, o.route)
	}
	for path, item := range openAPI(t, a).Paths {
		for method := range item {
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	colon := regexp.MustCompile(`:(\w+)`)
	for _, r := range api.RoutesOf(a.Server.Config.Handler) {
		name := r.Method + " " + r.Path
		if !slices.Contains(pageRoutes, name) {
			routed = append(routed, r.Method+" "+colon.ReplaceAllString(strings.TrimPrefix(r.Path, api.Base), "{$1}"))
		}
	}
	slices.Sort(table)
	slices.Sort(described)
	slices.Sort(routed)
	if diff := cmp.Diff(table, described); diff != "" {
		t.Error("the table and the OpenAPI differ:", diff)
	}
	if diff := cmp.Diff(table, routed); diff != "" {
		t.Error("the table and the router differ:", diff)
	}
}

// principal is somebody who calls, seen from brand A.
type principal struct {
	name string
	as   testkit.Client
	kind who        // users, people, or "" without a session
	seat model.Role // in A, "" for a stranger
}

func (w *world) principals() []principal {
	a, b := w.brand["A"], w.brand["B"]
	return []principal{
		{"nobody", w.Nobody(), "", ""},
		{"signed-out cookie", w.signedOut, "", ""},
		{"a cookie as bearer", testkit.Client{URL: a.Admin.URL, Bearer: a.Admin.Cookie}, "", ""},
		{"a bearer as cookie", testkit.Client{URL: a.Admin.URL, Cookie: a.reviewer.Bearer}, "", ""},
		{"A's admin", a.Admin, users, model.RoleAdmin},
		{"A's editor", a.Editor, users, model.RoleEditor},
		{"B's admin", b.Admin, users, ""},
		{"B's editor", b.Editor, users, ""},
		{"A's removed editor", w.removed, users, ""},
		{"A's reviewer", a.reviewer.Client, people, model.RoleReviewer},
		{"B's reviewer", b.reviewer.Client, people, ""},
		{"A's revoked reviewer", w.revoked, people, ""},
		{"who waits to be admitted", w.asking, people, ""},
		{"a person without a brand", w.stranger, people, ""},
		{"the bound phone of A's editor", w.bound, people, model.RoleEditor},
	}
}

// verdict is what an operation answers a principal who names A's ids: "" is yes.
func (o operation) verdict(p principal) model.Code {
	switch {
	case o.who == anyone:
		return ""
	case p.kind == "",
		p.kind == people && (o.who == users || o.who == editors || o.who == admins),
		p.kind == users && o.who == people:
		return model.CodeUnauthenticated
	case o.who == users, o.who == people, o.who == both:
		return ""
	case o.who == writer && p.name == "A's reviewer":
		return ""
	case o.who == writer && p.seat != "":
		return model.CodeCommentForeign
	case o.who == asked && p.name == "A's reviewer", (o.who == involved || o.who == members) && p.seat != "",
		o.who == absent && (p.name == "A's reviewer" || p.seat == model.RoleAdmin):
		return ""
	case o.who == poster && p.seat == model.RoleEditor:
		return ""
	case o.who == asked, o.who == absent, o.who == poster, p.seat == "":
		return model.CodeNotFound
	case o.who == admins && p.seat != model.RoleAdmin:
		return model.CodeForbidden
	}
	return ""
}

// target is one way to fill the path.
type target struct {
	name string
	id   func(string) string
	like string // the target whose answer this one's must equal
}

func (o operation) targets(w *world) []target {
	own, foreign := o.idsOf(w.brand["A"]), o.idsOf(w.brand["B"])
	bad := func(name string) string { return "not-an-" + name }
	random, bad := o.constants(randomID), o.constants(bad)
	list := []target{{"random", random, ""}, {"own", own, ""}, {"foreign", foreign, "random"}, {"malformed", bad, "random"}, {"upper case", o.constants(func(n string) string { return strings.ToUpper(own(n)) }), "random"}}
	params := o.params()
	if len(params) < 2 || params[0] != "brand" || params[1] == "platform" {
		return list
	}
	under := func(id func(string) string) func(string) string {
		return func(name string) string {
			if name == "brand" {
				return own(name)
			}
			return id(name)
		}
	}
	list = append(list, target{"own brand, random", under(random), ""}, target{"own brand, foreign", under(foreign), "own brand, random"}, target{"own brand, malformed", under(bad), "own brand, random"})
	if len(params) == 3 && params[1] == "webhook" {
		list = append(list, target{"own " + params[1] + ", foreign " + params[2], func(name string) string {
			if name == params[2] {
				return foreign(name)
			}
			return own(name)
		}, "own brand, random"})
	}
	if slices.Contains(params, "article") { // an article of another post of the same brand
		list = append(list, target{"own post, foreign article", func(name string) string {
			if name == "article" {
				return foreign(name)
			}
			return own(name)
		}, "own brand, random"}, target{"own post, another post's article", func(name string) string {
			if name == "article" {
				return w.brand["A"].ids["seen_article"]
			}
			return own(name)
		}, "own brand, random"})
	}
	return list
}

// constants leaves the parameters that are no ids as they are.
func (o operation) constants(id func(string) string) func(string) string {
	return func(name string) string {
		switch name {
		case "number":
			return "1"
		case "platform":
			return "wechat_official"
		}
		return id(name)
	}
}

// TestWhoMayCallWhat walks all routes × principals × ids. What is not mine answers as
// what is not there, byte by byte, and no refused call writes anything.
func TestWhoMayCallWhat(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		w := newWorld(t, e, testkit.Options{})
		cells := 0
		for _, o := range operations {
			if o.who == anyone {
				continue
			}
			before := w.Database.Rows(t, w.db)
			for _, p := range w.principals() {
				cells += sweep(t, w, o, p)
			}
			if diff := cmp.Diff(before, w.Database.Rows(t, w.db)); diff != "" {
				t.Fatalf("%s: refused calls wrote: %s", o.route, diff)
			}
		}
		t.Log(cells, "cells")
		doEachOnce(t, w)
	})
}

func sweep(t *testing.T, w *world, o operation, p principal) (cells int) {
	t.Helper()
	answers := map[string]string{}
	verdict := o.verdict(p)
	for _, at := range o.targets(w) {
		mine := len(o.params()) == 0 || at.name == "own" || o.params()[0] == "token"
		if mine && verdict == "" && o.method() != "GET" {
			continue // doEachOnce does it
		}
		if at.name == "foreign" && strings.HasPrefix(p.name, "B's") {
			continue // his own
		}
		cells++
		where := p.name + ": " + o.route + ", ids " + at.name
		got := p.as.Do(t, o.method(), o.path(at.id), o.payload(w), o.headers()...)
		want := verdict
		switch {
		case o.params() == nil:
		case o.params()[0] == "token":
			if verdict == "" && at.name != "own" && at.name != "foreign" { // a code is for whoever holds it
				want = model.CodeSceneEnded
			}
		case verdict == model.CodeUnauthenticated, mine:
		case strings.HasPrefix(at.name, "own") && verdict == model.CodeForbidden && at.name != "own brand, malformed" && at.name != "upper case":
		default:
			want = model.CodeNotFound
		}
		check(t, where, got, want)
		if want == model.CodeNotFound || want == model.CodeSceneEnded {
			answers[at.name] = same(t, got)
			if first, ok := answers[at.like]; ok && first != answers[at.name] {
				t.Errorf("%s: not like %s: %s", where, at.like, cmp.Diff(first, answers[at.name]))
			}
		}
	}
	return cells
}

// check asks for a success, or for a refusal with a code.
func check(t *testing.T, where string, got testkit.Answer, want model.Code) {
	t.Helper()
	if want == "" {
		noneWaits := got.Status == 404 && strings.Contains(where, "/me/wechat-binding/code.png")
		if got.Status >= 300 && !noneWaits {
			t.Errorf("%s: %d %.300s", where, got.Status, got.Body)
		}
		return
	}
	if p := problem(t, got); p.Code != want {
		t.Errorf("%s: want %s, got %d %.300s", where, want, got.Status, got.Body)
	}
}

// doEachOnce: every line of the table is a call that works for its caller, so what was
// refused above was refused for who called, not for how.
func doEachOnce(t *testing.T, w *world) {
	t.Helper()
	for _, o := range operations {
		if got := o.call(t, w, o.by(w)); got.Status != o.status() {
			t.Errorf("%s: %d, want %d: %.400s", o.route, got.Status, o.status(), got.Body)
		}
	}
}

// reviewerSees are all the fields that any answer to a mini-program user may hold.
var reviewerSees = map[string][]string{
	"GET /person":                 {"bound", "brand_id", "brands", "id", "language", "member_id", "name", "nickname", "role", "time_zone"},
	"GET /inbox":                  {"article_id", "at", "brand_id", "brand_name", "digest", "id", "items", "mode", "open_comments", "platform", "post_id", "state", "step_position", "title"},
	"GET /to-publish":             {"brand", "brand_id", "channel", "ends_at", "items", "opens_at", "post_id", "scheduled_at", "title"},
	"GET /person/subscriptions":   {"changed_at", "items", "kinds", "refused", "remaining", "template_id"},
	"GET /person/access-requests": {"asked_at", "brand_name", "decided_at", "id", "items", "state"},
	"GET /tasks/{task}": {
		"cover", "body_pictures", "kind", "mime", "bytes", "sha256", "width", "height", "url", "thumb_url",
		"article_id", "author", "body_html", "brand_id", "brand_name", "content", "decisions", "digest", "flow_name", "id", "mode", "name", "platform", "position", "post_id",
		"review", "revision_number", "round", "started_at", "state", "steps", "summary", "title", "turns", "open_comments", "last_seen_revision", "changes_url",
	},
	"GET /articles/{article}/revisions":               {"items", "number", "digest", "author", "created_at"},
	"GET /articles/{article}/revisions/{number}/diff": {"article_id", "from", "to", "coarse", "fields"},
	"GET /articles/{article}/comments": {
		"items", "id", "thread_id", "name", "mine", "visibility", "revision", "anchor", "kind", "outdated", "body", "deleted", "unresolved", "created_at", "version",
	},
	"POST /articles/{article}/comments": {
		"id", "thread_id", "name", "mine", "visibility", "revision", "anchor", "kind", "outdated", "body", "deleted", "unresolved", "created_at", "version",
	},
	"GET /articles/{article}/revisions/{number}/ai-report": {"article_id", "number", "digest", "state", "sources", "findings"},
	"GET /articles/{article}/revisions/{number}": {
		"cover", "body_pictures", "id", "name", "kind", "mime", "bytes", "sha256", "width", "height", "url", "thumb_url", "article_id", "author", "body_html", "content", "created_at", "digest", "number", "summary", "title",
	},
	"GET /scenes/{token}":                   {"brand_name", "expires_at", "kind", "member", "request", "id", "state", "asked_at", "decided_at"},
	"PATCH /person":                         {"bound", "brand_id", "brands", "id", "language", "member_id", "name", "nickname", "role", "time_zone"},
	"GET /tasks/{task}/timeline":            {"items", "at", "kind", "text", "name", "step", "reason", "comment", "next_cursor"},
	"GET /tasks/{task}/transfer-candidates": {"items", "member_id", "name", "staff"},
	"GET /inbox/brands":                     {"brand_id", "brand_name", "count", "decided", "items", "more", "next_due", "waiting"},
	"GET /brands/{brand}/deputies":          {"deputy_id", "deputy_name", "from", "id", "items", "member_id", "member_name", "until"},
	"POST /tasks/{task}/undo":               {"article", "post", "review", "state", "step", "task_id"},
	"POST /tasks/{task}/decision":           {"article", "post", "review", "state", "step", "task_id"},
}

// TestWhatReviewersSee keeps the golden lists, and looks for what no reviewer may see.
func TestWhatReviewersSee(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite, testkit.Options{})
	secrets := w.privateValues(t)
	reviewer := w.brand["A"].reviewer
	for _, o := range operations {
		want, listed := reviewerSees[o.route]
		if !listed {
			continue
		}
		got := o.call(t, w, reviewer.Client).Want(t, 200, nil)
		seen := map[string]bool{}
		collectKeys(t, got.Body, seen)
		for _, k := range slices.Sorted(maps.Keys(seen)) {
			if !slices.Contains(want, k) {
				t.Errorf("%s shows %q: %s", o.route, k, got.Body)
			}
		}
		for what, s := range secrets {
			if strings.Contains(string(got.Body), s) {
				t.Errorf("%s shows %s: %s", o.route, what, got.Body)
			}
		}
	}
	shown := w.stranger.Do(t, "GET", api.Base+"/scenes/"+w.inviteToken, nil).Want(t, 200, nil)
	seen := map[string]bool{}
	collectKeys(t, shown.Body, seen)
	if diff := cmp.Diff([]string{"brand_name", "expires_at", "kind", "member"}, slices.Sorted(maps.Keys(seen))); diff != "" {
		t.Error("a stranger with a code sees:", diff)
	}
	for _, o := range operations { // and whoever is for people only is on the list or speaks of oneself
		if o.who == people || o.who == both || o.who == asked || o.who == involved || o.who == members {
			if reviewerSees[o.route] == nil && o.method() == "GET" {
				t.Error("no list for", o.route)
			}
		}
	}
}

// privateValues are values that no reviewer may find in an answer.
func (w *world) privateValues(t *testing.T) map[string]string {
	t.Helper()
	a := w.brand["A"]
	out := map[string]string{"an e-mail": "@brand.example", "the app secret": testkit.AppSecret, "a session key": "sandbox-session-key", "B's name": w.brand["B"].ID}
	rows, err := w.db.Query("SELECT 'openid', open_id FROM persons UNION SELECT 'user id', id FROM users")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var what, value string
		if err := rows.Scan(&what, &value); err != nil {
			t.Fatal(err)
		}
		out[what+" "+value] = value
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	delete(out, "user id "+a.ID)
	return out
}

func collectKeys(t *testing.T, raw []byte, into map[string]bool) {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	walk(v, func(key string) { into[key] = true })
}

func walk(v any, visit func(key string)) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			visit(k)
			walk(x, visit)
		}
	case []any:
		for _, x := range v {
			walk(x, visit)
		}
	}
}
