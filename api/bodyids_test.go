package api_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
)

// lookedUpLater are the ids in bodies that a route keeps without a look: the choice of a
// draft is looked up at its submit.
var lookedUpLater = []string{
	"POST /brands/{brand}/posts: articles[0].flow_id", "POST /brands/{brand}/posts/{post}/articles: flow_id", "PUT /brands/{brand}/posts/{post}/articles/{article}: flow_id",
}

var uuids = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// idsIn visits every id in a body; put sets another one in its place.
func idsIn(v any, at string, visit func(at, id string, put func(string))) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if s, ok := v[k].(string); ok && uuids.MatchString(s) {
				visit(strings.TrimPrefix(at+"."+k, "."), s, func(id string) { v[k] = id })
			}
			idsIn(v[k], at+"."+k, visit)
		}
	case []any:
		for i := range v {
			where := fmt.Sprintf("%s[%d]", at, i)
			if s, ok := v[i].(string); ok && uuids.MatchString(s) {
				visit(strings.TrimPrefix(where, "."), s, func(id string) { v[i] = id })
			}
			idsIn(v[i], where, visit)
		}
	}
}

// counterparts are B's ids by A's.
func (w *world) counterparts() map[string]string {
	a, b := w.brand["A"], w.brand["B"]
	out := map[string]string{
		a.Channel: b.Channel, a.Flow: b.Flow, a.AdminMember: b.AdminMember, a.EditorMember: b.EditorMember,
		a.reviewer.Member: b.reviewer.Member, w.spareMember: b.EditorMember,
	}
	for name, id := range a.ids {
		if uuids.MatchString(id) {
			out[id] = b.ids[name]
		}
	}
	return out
}

// What a body names of another brand answers as what is not there, in the same words, and
// nothing is written.
func TestIDsOfAnotherBrandInBodies(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		w := newWorld(t, e, testkit.Options{})
		others, places := w.counterparts(), 0
		for _, o := range operations {
			if o.body == nil {
				continue
			}
			before := w.Database.Rows(t, w.db)
			body := plain(t, o.body(w))
			ask := func(id string) string {
				got := o.by(w).Do(t, o.method(), o.path(o.idsOf(w.brand["A"])), body, o.headers()...)
				if strings.HasPrefix(o.route, "POST /inbox/decisions") { // each answer by itself
					if !strings.Contains(string(got.Body), `"code":"`+string(model.CodeNotFound)+`"`) {
						t.Errorf("%s: %s", o.route, got.Body)
					}
					return ""
				}
				if got.Status < 400 || got.Status >= 500 {
					t.Errorf("%s with an id that is not A's: %d %.300s", o.route, got.Status, got.Body)
					return ""
				}
				return strings.ReplaceAll(same(t, got), id, "ID")
			}
			idsIn(body, "", func(at, was string, put func(string)) {
				where := o.route + ": " + at
				if slices.Contains(lookedUpLater, where) {
					return
				}
				places++
				if others[was] == "" {
					t.Fatalf("%s: the test knows no counterpart", where)
				}
				random := randomID("")
				put(random)
				want := ask(random)
				put(others[was])
				if diff := cmp.Diff(want, ask(others[was])); diff != "" {
					t.Errorf("%s: another brand's is not like none: %s", where, diff)
				}
				put(was)
			})
			after := w.Database.Rows(t, w.db)
			if strings.HasPrefix(o.route, "POST /inbox/decisions") { // it answers, and keeps its answer
				delete(before, "idempotency_keys")
				delete(after, "idempotency_keys")
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("%s wrote: %s", o.route, diff)
			}
		}
		if places < 17 {
			t.Errorf("%d ids in bodies, there were 17", places)
		}
	})
}
