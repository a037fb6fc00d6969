package service_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
	"countersign/store"
)

// receiver is an integrator's server. It verifies by its own reading of the standard.
type receiver struct {
	*httptest.Server
	t       *testing.T
	mu      sync.Mutex
	secrets []string // any of them will do
	answer  func(n int, w http.ResponseWriter)
	got     []hook
}

// hook is one message as it came.
type hook struct {
	id   string
	body string
	Type string
	Data struct {
		BrandID     string `json:"brand_id"`
		Seq         int64  `json:"seq"`
		Kind        string `json:"kind"`
		SubjectKind string `json:"subject_kind"`
		SubjectID   string `json:"subject_id"`
		ActorKind   string `json:"actor_kind"`
	}
}

func newReceiver(t *testing.T, answer func(n int, w http.ResponseWriter)) *receiver {
	t.Helper()
	r := &receiver{t: t, answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	h := hook{id: req.Header.Get("webhook-id"), body: string(body)}
	if err := json.Unmarshal(body, &h); err != nil {
		r.t.Errorf("%v: %s", err, body)
	}
	r.mu.Lock()
	if !r.signed(req.Header, string(body)) {
		r.t.Errorf("not signed: %v %s", req.Header, body)
	}
	r.got = append(r.got, h)
	n := 0 // which try of this message it is
	for _, earlier := range r.got {
		if earlier.id == h.id {
			n++
		}
	}
	r.mu.Unlock()
	if r.answer != nil {
		r.answer(n, w)
	}
}

func (r *receiver) signed(h http.Header, body string) bool {
	for _, secret := range r.secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			r.t.Error(err)
		}
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, h.Get("webhook-id")+"."+h.Get("webhook-timestamp")+"."+body)
		want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
		if slices.Contains(strings.Fields(h.Get("webhook-signature")), want) {
			return true
		}
	}
	return false
}

func (r *receiver) messages() []hook {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// ids are the messages' ids, without repeats, in order.
func (r *receiver) ids() []string {
	var list []string
	for _, h := range r.messages() {
		list = append(list, h.id)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// hooked is a webhook of the bundle's brand at a receiver.
func (x *bundle) hooked(t *testing.T, r *receiver, kinds ...string) string {
	t.Helper()
	made, err := x.Service.Webhooks.Create(t.Context(), x.admin, x.b.ID, service.WebhookSpec{URL: r.URL + "/in", Kinds: kinds, Active: true})
	must(t, err)
	if !regexp.MustCompile(`^whsec_[A-Za-z0-9+/]{43}=$`).MatchString(made.Secret) {
		t.Error("secret", made.Secret)
	}
	r.secrets = append(r.secrets, made.Secret)
	return made.ID
}

func (x *bundle) channels(t *testing.T, n int) {
	t.Helper()
	for range n {
		_, err := x.Service.Brands.CreateChannel(t.Context(), x.admin, x.b.ID, service.ChannelSpec{Name: fmt.Sprint("频道 ", serial.Add(1)), Platform: "weibo"})
		must(t, err)
	}
}

// deliver serves until nothing is due.
func (x *bundle) deliver(t *testing.T) {
	t.Helper()
	for range 50 {
		n, err := x.Service.Webhooks.Drain(t.Context())
		must(t, err)
		if n == 0 {
			return
		}
	}
	t.Fatal("it never ends")
}

func (x *bundle) deliveries(t *testing.T, id string, state model.DeliveryState) []model.Delivery {
	t.Helper()
	list, err := x.Store.Deliveries(t.Context(), x.b.ID, id, state, store.Page{Limit: 100})
	must(t, err)
	return list
}

func status(n int) func(int, http.ResponseWriter) {
	return func(_ int, w http.ResponseWriter) { w.WriteHeader(n) }
}

func TestWebhookTellsWhatHappens(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		all, some := newReceiver(t, nil), newReceiver(t, nil)
		id := x.hooked(t, all)
		x.hooked(t, some, "flow.created")
		x.channels(t, 3)
		flow := x.flow(t, step(model.ModeAny, x.b.AdminMember))
		x.deliver(t)
		x.deliver(t)
		got := all.messages()
		if len(got) != 4 { // its own creation is nobody's business
			t.Fatalf("%+v", got)
		}
		last := got[slices.IndexFunc(got, func(h hook) bool { return h.Type == "flow.created" })]
		want := fmt.Sprintf(`{"type":"flow.created","timestamp":%q,"data":{"brand_id":%q,"seq":%d,"kind":"flow.created","subject_kind":"flow","subject_id":%q,"actor_kind":"user"}}`,
			testkit.Start.Format(time.RFC3339), x.b.ID, last.Data.Seq, flow)
		if diff := cmp.Diff(want, last.body); diff != "" || last.id != model.MessageID(id, last.Data.Seq) {
			t.Error(last.id, diff)
		}
		if s := some.messages(); len(s) != 1 || s[0].body != last.body || s[0].id == last.id {
			t.Errorf("%+v", s)
		}
		if n, err := x.Store.WebhookBacklog(t.Context()); err != nil || n != 0 {
			t.Error(n, err)
		}
		if got := x.cell(t, "SELECT COUNT(*) FROM webhooks WHERE secret LIKE '%whsec%' OR LENGTH(secret) < 40"); got != "0" {
			t.Error("a secret is not sealed")
		}
	})
}

// TestWebhookRetries: 500 at each try; the pauses are those that are documented, then
// the delivery is dead, and an admin owes it anew.
func TestWebhookRetries(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		down := true
		r := newReceiver(t, func(_ int, w http.ResponseWriter) {
			if down {
				w.WriteHeader(500)
			}
		})
		id := x.hooked(t, r)
		x.channels(t, 1)
		pauses := []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour, 0}
		for i, pause := range pauses {
			x.deliver(t)
			if n := len(r.messages()); n != i+1 {
				t.Fatalf("after %d pauses: %d tries", i, n)
			}
			d := x.deliveries(t, id, "")[0]
			if d.Attempts != i+1 || d.Status != 500 || d.LastError != model.WebhookRefused {
				t.Fatalf("%+v", d)
			}
			if pause > 0 {
				x.Clock.Add(pause - time.Millisecond)
				x.deliver(t)
				if n := len(r.messages()); n != i+1 {
					t.Fatal("too early")
				}
				x.Clock.Add(time.Millisecond)
			}
		}
		dead := x.deliveries(t, id, model.DeliveryDead)
		if len(dead) != 1 || len(r.ids()) != 1 {
			t.Fatal(dead, r.ids())
		}
		down = false
		_, err := x.Service.Webhooks.Retry(t.Context(), x.admin, x.b.ID, id, dead[0].ID)
		must(t, err)
		x.deliver(t)
		if len(x.deliveries(t, id, model.DeliveryDelivered)) != 1 || len(r.ids()) != 1 {
			t.Error(r.ids())
		}
	})
}

// TestWebhookFaultsWhileOthersWait: each event arrives, and repeats carry the same id, whatever the
// receiver does and although two replicas serve at once.
func TestWebhookFaultsWhileOthersWait(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 2})
		r := newReceiver(t, func(n int, w http.ResponseWriter) {
			switch n {
			case 1:
				w.WriteHeader(500)
			case 2:
				panic(http.ErrAbortHandler) // it has acted, and is not heard
			case 3:
				w.WriteHeader(302)
			}
		})
		id := x.hooked(t, r)
		const events = 30
		x.channels(t, events)
		for range 40 {
			testkit.Together(4, func(i int) { _, _ = x.Replicas[i%2].Service.Webhooks.Drain(t.Context()) })
			x.Clock.Add(5 * time.Minute)
		}
		if n := len(x.deliveries(t, id, model.DeliveryDelivered)); n != events || len(r.ids()) != events {
			t.Errorf("%d delivered, %d ids", n, len(r.ids()))
		}
		bodies := map[string]string{}
		for _, h := range r.messages() {
			if was, ok := bodies[h.id]; ok && was != h.body {
				t.Error("one id, two bodies", was, h.body)
			}
			bodies[h.id] = h.body
		}
	})
}

// TestWebhookWorkerDies between sending and noting: the next one sends the same again,
// once the lease is over.
func TestWebhookWorkerDies(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		die := true
		r := newReceiver(t, func(_ int, _ http.ResponseWriter) {
			if die {
				if _, err := x.db.Exec("ALTER TABLE webhook_deliveries RENAME TO gone"); err != nil {
					t.Error(err)
				}
			}
		})
		x.hooked(t, r)
		x.channels(t, 1)
		_, err := x.Service.Webhooks.Drain(t.Context())
		must(t, err)
		die = false
		if _, err := x.db.Exec("ALTER TABLE gone RENAME TO webhook_deliveries"); err != nil {
			t.Fatal(err)
		}
		x.deliver(t) // the lease could not be given back
		if n := len(r.messages()); n != 1 {
			t.Fatal(n)
		}
		x.Clock.Add(time.Minute)
		x.deliver(t)
		if got := r.messages(); len(got) != 2 || got[0].id != got[1].id || got[0].body != got[1].body {
			t.Errorf("%+v", got)
		}
	})
}

func TestWebhookIsSwitchedOff(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		gone, failing := newReceiver(t, status(410)), newReceiver(t, status(500))
		a, b := x.hooked(t, gone), x.hooked(t, failing)
		x.channels(t, 2)
		off := func(id string) model.Webhook {
			w, err := x.Store.Webhook(t.Context(), x.b.ID, id)
			must(t, err)
			return w
		}
		x.deliver(t)
		if w := off(a); w.Active || w.OffReason != model.WebhookGone || w.OffAt == nil {
			t.Errorf("%+v", w)
		}
		if w := off(b); !w.Active || w.Failures == 0 || w.FailingSince == nil {
			t.Errorf("%+v", w)
		}
		for range 12 {
			x.Clock.Add(12 * time.Hour)
			x.channels(t, 1)
			x.deliver(t)
		}
		if w := off(b); w.Active || w.OffReason != model.WebhookFailing {
			t.Errorf("%+v", w)
		}
		if n := x.cell(t, "SELECT COUNT(*) FROM audit WHERE action = 'webhook.switched_off' AND actor_kind = 'system'"); n != "2" {
			t.Error(n, "entries")
		}
		before := len(gone.ids())
		gone.answer = nil // repaired; all that was owed meanwhile arrives
		must(t, x.Service.Webhooks.Update(t.Context(), x.admin, x.b.ID, a, off(a).Version, service.WebhookSpec{URL: gone.URL + "/in", Active: true}))
		x.deliver(t)
		x.Clock.Add(5 * time.Second) // the first ones were tried
		x.deliver(t)
		if w := off(a); !w.Active || w.OffReason != "" || w.OffAt != nil || w.Failures != 0 || len(gone.ids()) != 14 {
			t.Errorf("%d, then %d: %+v", before, len(gone.ids()), w)
		}
		x.chained(t)
	})
}

// TestWebhookMoves: an admin names another address while the old one is asked. What the
// old one says, that it is gone even, is not held against the new one.
func TestWebhookMoves(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]int{"gone": 410, "down": 503} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
				x := setup(t, e, testkit.Options{})
				next := newReceiver(t, nil)
				var id string
				move := sync.OnceFunc(func() {
					w, err := x.Store.Webhook(t.Context(), x.b.ID, id)
					if err == nil {
						err = x.Service.Webhooks.Update(t.Context(), x.admin, x.b.ID, id, w.Version, service.WebhookSpec{URL: next.URL + "/in", Active: true})
					}
					if err != nil {
						t.Error(err)
					}
				})
				old := newReceiver(t, func(_ int, w http.ResponseWriter) {
					move()
					w.WriteHeader(answer)
				})
				id = x.hooked(t, old)
				next.secrets = old.secrets
				x.channels(t, 1)
				_, err := x.Service.Webhooks.Drain(t.Context())
				must(t, err)
				w, err := x.Store.Webhook(t.Context(), x.b.ID, id)
				must(t, err)
				if !w.Active || w.OffReason != "" || w.Failures != 0 || w.FailingSince != nil || w.HoldUntil.After(x.Clock.Now()) {
					t.Errorf("%+v", w)
				}
				x.Clock.Add(5 * time.Second)
				x.deliver(t)
				if len(next.ids()) != 1 || len(old.messages()) != 1 {
					t.Errorf("old %v, new %v", old.ids(), next.ids())
				}
			})
		})
	}
}

// TestWebhookSecretDoesNotOpen: its key is gone. It is left alone for a minute at a time,
// and sent all it is owed once the key is back.
func TestWebhookSecretDoesNotOpen(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	r := newReceiver(t, nil)
	id := x.hooked(t, r)
	x.channels(t, 1)
	other := x.Bare(t, 0, nil).Service.Webhooks // it has other keys
	turns := 0
	for range 60 {
		n, err := other.Drain(t.Context())
		must(t, err)
		turns += n
		x.Clock.Add(time.Second)
	}
	if turns != 1 || len(r.messages()) != 0 {
		t.Errorf("%d turns in a minute", turns)
	}
	x.deliver(t)
	if d := x.deliveries(t, id, model.DeliveryDelivered); len(d) != 1 {
		t.Error(d)
	}
}

func TestWebhookReplayAndRotation(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r := newReceiver(t, nil)
		id := x.hooked(t, r)
		x.channels(t, 5)
		x.deliver(t)
		first := r.messages()
		slices.SortFunc(first, func(a, b hook) int { return int(a.Data.Seq - b.Data.Seq) })
		_, err := x.Service.Webhooks.Replay(t.Context(), x.admin, x.b.ID, id, first[2].Data.Seq)
		must(t, err)
		x.deliver(t)
		if got := r.messages(); len(got) != 7 || len(r.ids()) != 5 {
			t.Errorf("%d messages, ids %v", len(got), r.ids())
		}
		for _, after := range []int64{-1, 1 << 40} {
			_, err = x.Service.Webhooks.Replay(t.Context(), x.admin, x.b.ID, id, after)
			_ = refused(t, err, model.CodeInvalid)
		}
		old := r.secrets[0]
		made, err := x.Service.Webhooks.Rotate(t.Context(), x.admin, x.b.ID, id)
		must(t, err)
		for _, secrets := range [][]string{{old}, {made.Secret}} { // both sign for a day
			r.secrets = secrets
			x.channels(t, 1)
			x.deliver(t)
		}
		x.Clock.Add(model.WebhookOverlap)
		x.channels(t, 1)
		x.deliver(t) // only the new one is left
		r.secrets = []string{old}
		if n := len(r.messages()); n != 10 {
			t.Error(n)
		}
	})
}

// TestWebhookStaysInItsBrand: two brands at work at once.
func TestWebhookStaysInItsBrand(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	mine, r := x.b.ID, newReceiver(t, nil)
	id := x.hooked(t, r)
	x.channels(t, 2)
	x.brand(t)
	x.admin = x.CallOf(t, x.b.Admin)
	x.channels(t, 5)
	x.deliver(t)
	for _, h := range r.messages() {
		if h.Data.BrandID != mine {
			t.Errorf("%+v", h)
		}
	}
	if len(r.messages()) != 2 {
		t.Error(len(r.messages()))
	}
	_, err := x.Service.Webhooks.Rotate(t.Context(), x.admin, x.b.ID, id)
	_ = refused(t, err, model.CodeNotFound)
	_, err = x.Service.Webhooks.Try(t.Context(), x.admin, x.b.ID, id)
	_ = refused(t, err, model.CodeNotFound)
}

// TestWebhookThatSleptTooLong: what was swept meanwhile is not waited for.
func TestWebhookThatSleptTooLong(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r := newReceiver(t, nil)
		x.hooked(t, r)
		x.channels(t, 3)
		x.Clock.Add(31 * 24 * time.Hour)
		_, err := x.Store.Sweep(t.Context())
		must(t, err)
		x.deliver(t)
		x.channels(t, 1)
		x.deliver(t)
		if len(r.messages()) != 1 {
			t.Error(r.ids())
		}
	})
}

func TestWebhookRefusals(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	for field, spec := range map[string]service.WebhookSpec{
		"url":         {URL: "ftp://hooks.example.com"},
		"kinds[0]":    {URL: "https://hooks.example.com", Kinds: []string{"webhook.created"}},
		"description": {URL: "https://hooks.example.com", Description: strings.Repeat("长", 201)},
	} {
		_, err := x.Service.Webhooks.Create(t.Context(), x.admin, x.b.ID, spec)
		if e := refused(t, err, model.CodeInvalid); len(e.Fields) != 1 || e.Fields[0].Path != field {
			t.Errorf("%s: %+v", field, e.Fields)
		}
	}
	spec := service.WebhookSpec{URL: "https://hooks.example.com", Active: true}
	_, err := x.Service.Webhooks.Create(t.Context(), x.editor, x.b.ID, spec)
	_ = refused(t, err, model.CodeForbidden)
	_, err = x.Service.Webhooks.Try(t.Context(), x.editor, x.b.ID, testkit.NewID())
	_ = refused(t, err, model.CodeForbidden)
	for range model.MaxWebhooks {
		_, err := x.Service.Webhooks.Create(t.Context(), x.admin, x.b.ID, spec)
		must(t, err)
	}
	_, err = x.Service.Webhooks.Create(t.Context(), x.admin, x.b.ID, spec)
	_ = refused(t, err, model.CodeTooManyWebhooks)
	if n := x.cell(t, "SELECT COUNT(*) FROM webhooks"); n != strconv.Itoa(model.MaxWebhooks) {
		t.Error(n)
	}
}

// inside are the actions of the audit that webhooks are not told of, with the reason.
var inside = map[string]string{
	"brand.created":         "nobody can have a webhook yet",
	"media.added":           "a file has no use outside until an article has it",
	"media.deleted":         "as above",
	"media.refused":         "as above",
	"media.swept":           "as above",
	"notice.retried":        "about telling people",
	"user.password_changed": "a person's own business",
	"wechat.bound":          "a person's own business",
	"wechat.unbound":        "a person's own business",
	"person.renamed":        "a person's own business",
	"webhook.created":       "about webhooks themselves",
	"webhook.updated":       "about webhooks themselves",
	"webhook.deleted":       "about webhooks themselves",
	"webhook.rotated":       "about webhooks themselves",
	"webhook.replayed":      "about webhooks themselves",
	"webhook.retried":       "about webhooks themselves",
	"webhook.switched_off":  "about webhooks themselves",
}

// TestEveryActionIsPublicOrInside: a new action of the audit must be decided on, in
// model/event_kinds.go or above; and what is documented must exist.
func TestEveryActionIsPublicOrInside(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^[a-z_]+\.[a-z_]+$`)
	found := map[string]bool{"task.approved": true, "task.rejected": true} // made of "task." and the outcome
	families := map[string]bool{}
	for action := range inside {
		families[strings.Split(action, ".")[0]] = true
	}
	for _, k := range model.EventKinds() {
		families[strings.Split(k.Kind, ".")[0]] = true
	}
	files, err := filepath.Glob("*.go")
	must(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		must(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && shape.MatchString(s) && families[strings.Split(s, ".")[0]] {
					found[s] = true
				}
			}
			return true
		})
	}
	for action := range found {
		if _, ok := inside[action]; ok == model.PublicKind(action) {
			t.Errorf("%s: is it for webhooks (model/event_kinds.go) or for the inside (this test)?", action)
		}
	}
	for _, k := range model.EventKinds() {
		if !found[k.Kind] {
			t.Errorf("%s is documented and never happens", k.Kind)
		}
	}
	if len(found) < 25 {
		t.Error("only", len(found))
	}
}
