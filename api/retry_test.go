package api_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// exempt are the POSTs that take no Idempotency-Key: signing in makes a new session
// each time, a wx.login code works once anyway, and what is complete, or seen, stays so, and a
// test of a webhook is one more ping.
var exempt = []string{"POST /sessions", "POST /wechat/login", "POST /brands/{brand}/media/{media}/complete", "POST /tasks/{task}/seen", "POST /brands/{brand}/webhooks/{webhook}/test"}

// TestIdempotencyKeys walks every act that needs a key: without one or with a bad one
// nothing happens; the same key answers the same bytes and acts once; another body is
// refused.
func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		w := newWorld(t, e, testkit.Options{})
		for _, o := range operations {
			if strings.HasPrefix(o.route, "POST ") && !o.key && !slices.Contains(exempt, o.route) {
				t.Errorf("%s takes no key", o.route)
			}
			if !o.key {
				if o.method() != "GET" {
					_ = o.call(t, w, o.by(w)) // later lines stand on it
				}
				continue
			}
			c, path, body := o.by(w), o.path(o.idsOf(w.brand["A"])), o.payload(w)
			before := w.Database.Rows(t, w.db)
			for _, key := range []string{"", "short", strings.Repeat("a", 65), "has space in it", "Ünïcödé-key", "semi;colon-key", "../../etc/passwd"} {
				if p := problem(t, c.Do(t, o.method(), path, body, "Idempotency-Key", key)); p.Code != model.CodeKeyRequired {
					t.Errorf("%s with key %q: %s", o.route, key, p.Code)
				}
			}
			if diff := cmp.Diff(before, w.Database.Rows(t, w.db)); diff != "" {
				t.Errorf("%s without a key wrote: %s", o.route, diff)
			}
			replay(t, w, o, c, path, body)
		}
	})
}

func replay(t *testing.T, w *world, o operation, c testkit.Client, path string, body any) {
	t.Helper()
	key := []string{"Idempotency-Key", "a-key_Of-ThisAct" + model.HashToken(o.route)[:8]}
	first := c.Do(t, o.method(), path, body, key...)
	if first.Status != o.status() {
		t.Errorf("%s: %d %s", o.route, first.Status, first.Body)
	}
	after := w.Database.Rows(t, w.db)
	for range 3 {
		again := c.Do(t, o.method(), path, body, key...)
		if first.Status < 300 && (again.Status != first.Status || string(again.Body) != string(first.Body)) {
			t.Errorf("%s: the repeat got %d %s\nfirst %s", o.route, again.Status, again.Body, first.Body)
		}
	}
	if first.Status < 300 {
		other := c.Do(t, o.method(), path, otherBody(body), key...)
		if p := problem(t, other); p.Code != model.CodeKeyReused {
			t.Errorf("%s: another body under the key: %d %s", o.route, other.Status, other.Body)
		}
	}
	if diff := cmp.Diff(after, w.Database.Rows(t, w.db)); diff != "" {
		t.Errorf("%s: the repeat wrote: %s", o.route, diff)
	}
}

// otherBody is a body that is just as good but not the same bytes.
func otherBody(body any) any {
	m, ok := body.(M)
	if !ok {
		return []byte("{}")
	}
	out := maps.Clone(m)
	for _, k := range []string{"note", "reason", "alias", "name", "body", "description"} {
		if _, ok := out[k]; ok {
			out[k] = "anders"
			return out
		}
	}
	switch {
	case out["results"] != nil:
		out["results"] = []any{M{"template_id": testkit.Template, "result": "reject"}}
	case out["token"] != nil:
		out["token"] = "i.AAAAAAAAAAAAAAAAAAAAAA"
	case out["channel_id"] != nil:
		out["scheduled_at"] = "2026-04-02T10:00:00+08:00"
	case out["replacement_id"] != nil:
		delete(out, "member_id")
	case out["email"] != nil:
		out["role"] = "admin"
	case out["after"] != nil:
		out["after"] = 1
	case out["until"] != nil:
		out["until"] = "2031-01-03T00:00:00+08:00"
	case out["decisions"] != nil:
		out["decisions"] = []any{M{"task_id": randomID(""), "action": "approve", "digest": strings.Repeat("0", 64)}}
	default:
		return M{}
	}
	return out
}

// TestKeysAreTheirOwners: the same key of two callers is two keys, and its case counts.
func TestKeysAreTheirOwners(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		one, two := a.NewBrand(t), a.NewBrand(t)
		var x, y, z api.InvitationOut
		one.Admin.Do(t, "POST", one.Path+"/invitations", M{}, "Idempotency-Key", "the-same-key").Want(t, 200, &x)
		two.Admin.Do(t, "POST", two.Path+"/invitations", M{}, "Idempotency-Key", "the-same-key").Want(t, 200, &y)
		one.Admin.Do(t, "POST", one.Path+"/invitations", M{"note": "n"}, "Idempotency-Key", "The-Same-Key").Want(t, 200, &z)
		if x.ID == y.ID || x.ID == z.ID {
			t.Error("one key answered two")
		}
		one.Admin.Do(t, "POST", one.Path+"/channels", M{"name": "n", "platform": "wechat_official"}, "Idempotency-Key", "the-same-key").Refused(t, 422, model.CodeKeyReused)
	})
}

// TestIfMatch walks every edit: without the version 428, with an older one 412, and the
// row stays; with the right one it moves on.
func TestIfMatch(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		w := newWorld(t, e, testkit.Options{})
		for _, o := range operations {
			if !o.match {
				continue
			}
			c, path := o.by(w), o.path(o.idsOf(w.brand["A"]))
			before := w.Database.Rows(t, w.db)
			ask := func(match string, code model.Code) {
				t.Helper()
				if p := problem(t, c.Do(t, o.method(), path, o.payload(w), append(o.headers(), "If-Match", match)...)); p.Code != code {
					t.Errorf("%s with If-Match %q: %s, want %s", o.route, match, p.Code, code)
				}
			}
			ask("", model.CodeIfMatchRequired)
			for _, stale := range []string{`"0"`, `"2"`, `"-1"`, `"99999999999999999999"`, "*", `W/"1"`, `"1", "2"`, "planted", `"1.0"`} {
				ask(stale, model.CodeStale)
			}
			ask(strings.Repeat("1", 33), model.CodeInvalid)
			if diff := cmp.Diff(before, w.Database.Rows(t, w.db)); diff != "" {
				t.Errorf("%s wrote: %s", o.route, diff)
			}
			got := c.Do(t, o.method(), path, o.payload(w), o.headers()...).Want(t, 200, nil)
			if tag := got.Header.Get("ETag"); tag == "" || tag == `"1"` && !strings.Contains(o.route, "article") {
				t.Errorf("%s: ETag %q after the edit", o.route, tag)
			}
			ask(`"1"`, model.CodeStale)
		}
	})
}
