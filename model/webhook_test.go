package model

import (
	"encoding/json"
	"testing"
	"time"
)

var refusedOnce = WebhookOutcome{Status: 500, Failure: WebhookRefused}

// TestDeliveryRetries: the pauses are those of Standard Webhooks; after the last try the
// delivery is given up. A receiver that asks for time gets it, up to a day.
func TestDeliveryRetries(t *testing.T) {
	t.Parallel()
	d, at := Delivery{State: DeliveryOwed}, noon
	const s, m, h = time.Second, time.Minute, time.Hour
	for i, pause := range []time.Duration{5 * s, 5 * m, 30 * m, 2 * h, 5 * h, 10 * h, 14 * h, 20 * h, 24 * h} {
		d = d.After(at, refusedOnce)
		if d.State != DeliveryOwed || d.Attempts != i+1 || !d.NextAt.Equal(at.Add(pause)) || d.Status != 500 || d.LastError != WebhookRefused {
			t.Errorf("try %d: %+v", i+1, d)
		}
		at = d.NextAt
	}
	if first := at.Sub(noon); first < 75*time.Hour || first > 80*time.Hour {
		t.Errorf("the last try comes after %s", first)
	}
	if d = d.After(at, refusedOnce); d.State != DeliveryDead || d.Attempts != 10 || d.DeliveredAt != nil {
		t.Errorf("the last try: %+v", d)
	}
	for asked, want := range map[time.Duration]time.Duration{0: 5 * s, 3 * s: 5 * s, time.Minute: time.Minute, 24 * h: 24 * h, 25 * h: 24 * h} {
		busy := refusedOnce
		busy.RetryAfter = asked
		if got := (Delivery{}).After(noon, busy).NextAt.Sub(noon); got != want {
			t.Errorf("asked for %s: %s, want %s", asked, got, want)
		}
	}
	ok := Delivery{State: DeliveryOwed, Attempts: 3, LastError: WebhookTLS}.After(noon, WebhookOutcome{Status: 204})
	if ok.State != DeliveryDelivered || ok.Attempts != 4 || ok.Status != 204 || ok.LastError != "" || ok.DeliveredAt == nil || !ok.DeliveredAt.Equal(noon) {
		t.Errorf("%+v", ok)
	}
}

// TestWebhookHealth: a receiver that is down is left alone for longer each time, up to a
// minute, or as long as it asks, up to an hour; a success forgets the failures.
func TestWebhookHealth(t *testing.T) {
	t.Parallel()
	down := WebhookOutcome{Failure: WebhookTimeout}
	h := Health{HoldUntil: noon.Add(-time.Hour)}
	for i, pause := range []time.Duration{2, 4, 8, 16, 32, 60, 60, 60} {
		at := noon.Add(time.Duration(i) * time.Hour)
		h = h.After(at, down)
		if h.Failures != i+1 || !h.FailingSince.Equal(noon) || h.HoldUntil.Sub(at) != pause*time.Second {
			t.Errorf("failure %d: %d since %s, held for %s", i+1, h.Failures, h.FailingSince, h.HoldUntil.Sub(at))
		}
	}
	held := h.HoldUntil
	if h = h.After(noon, refusedOnce); h.Failures != 9 || !h.HoldUntil.Equal(held) {
		t.Errorf("a refusal of one message: %+v", h)
	}
	if h = h.After(noon, WebhookOutcome{Status: 200}); h.Failures != 0 || h.FailingSince != nil || !h.HoldUntil.Equal(held) {
		t.Errorf("after a success: %+v", h)
	}
	for asked, want := range map[time.Duration]time.Duration{time.Second: 2 * time.Second, 5 * time.Minute: 5 * time.Minute, time.Hour: time.Hour, 2 * time.Hour: time.Hour} {
		if got := (Health{}).After(noon, WebhookOutcome{Status: 429, Failure: WebhookRefused, RetryAfter: asked}).HoldUntil.Sub(noon); got != want {
			t.Errorf("asked for %s: %s, want %s", asked, got, want)
		}
	}
}

// TestWebhookDown: no answer, or one that asks for time, is about the receiver as a whole;
// a refusal of one message is not.
func TestWebhookDown(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{0: true, 429: true, 502: true, 503: true, 504: true, 400: false, 401: false, 404: false, 410: false, 500: false, 301: false} {
		if got := (WebhookOutcome{Status: status, Failure: "x"}).Down(); got != want {
			t.Errorf("%d: %t", status, got)
		}
	}
	if (WebhookOutcome{Status: 200}).Down() {
		t.Error("a success is down")
	}
}

// TestWebhookOff: switched off when it says that it is gone, or after five days and ten
// tries without a success; each bound at its edge.
func TestWebhookOff(t *testing.T) {
	t.Parallel()
	since := noon
	failing := func(n int) Health { return Health{Failures: n, FailingSince: &since} }
	for name, tc := range map[string]struct {
		h     Health
		after time.Duration
		o     WebhookOutcome
		want  WebhookOff
	}{
		"gone":                   {Health{}, 0, WebhookOutcome{Status: 410, Failure: WebhookRefused}, WebhookGone},
		"long and often":         {failing(WebhookMinFailures), WebhookPatience, refusedOnce, WebhookFailing},
		"often, but not long":    {failing(WebhookMinFailures), WebhookPatience - time.Millisecond, refusedOnce, ""},
		"long, but not often":    {failing(WebhookMinFailures - 1), WebhookPatience, refusedOnce, ""},
		"a success at that time": {failing(WebhookMinFailures), WebhookPatience, WebhookOutcome{Status: 200}, ""},
		"once":                   {failing(1), 0, refusedOnce, ""},
	} {
		if got := tc.h.Off(noon.Add(tc.after), tc.o); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// TestWebhookWants: public kinds alone, and of these what it named; none is all.
func TestWebhookWants(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kinds []string
		kind  string
		want  bool
	}{
		"all": {nil, "post.created", true}, "one of them": {[]string{"post.created"}, "post.created", true}, "another": {[]string{"post.created"}, "post.cancelled", false},
		"inside": {nil, "no.such.kind", false}, "inside, and named": {[]string{"no.such.kind"}, "no.such.kind", false},
	} {
		if got := (Webhook{Kinds: tc.kinds}).Wants(tc.kind); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	for _, k := range EventKinds() {
		if !PublicKind(k.Kind) {
			t.Errorf("%s is in the table and not public", k.Kind)
		}
	}
}

// TestWebhookIsCalled: by its description, else by its host: the rest of an address may
// hold secrets.
func TestWebhookIsCalled(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{"https://user:pw@hooks.example:8443/secret?token=x": "hooks.example", "://": ""} {
		if got := (Webhook{URL: url}).Called(); got != want {
			t.Errorf("%s: %q", url, got)
		}
	}
	w := Webhook{URL: "https://hooks.example", Description: "数据中台", Failures: 2, FailingSince: &noon, HoldUntil: noon}
	if w.Called() != "数据中台" || w.Health() != (Health{2, &noon, noon}) {
		t.Errorf("%s %+v", w.Called(), w.Health())
	}
}

// TestWebhookBody: the same bytes at every try, with ids and states alone; its id names
// the pair of webhook and event.
func TestWebhookBody(t *testing.T) {
	t.Parallel()
	d := Delivery{BrandID: "b", Seq: 7, Kind: "post.created", SubjectKind: "post", SubjectID: "p", ActorKind: "user", At: noon.In(time.FixedZone("", 8*3600)), Attempts: 1, LastError: "x"}
	first, err := d.Body()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"post.created","timestamp":"` + noon.UTC().Format(time.RFC3339) + `","data":{"brand_id":"b","seq":7,"kind":"post.created","subject_kind":"post","subject_id":"p","actor_kind":"user"}}`
	if string(first) != want {
		t.Errorf("%s", first)
	}
	again, err := d.After(noon, refusedOnce).Body()
	if err != nil || string(again) != string(first) {
		t.Errorf("at the next try: %s %v", again, err)
	}
	if id := MessageID("0190-ab", 7); id != "msg_0190ab_7" {
		t.Error(id)
	}
	ping, err := PingBody("b", noon)
	var got struct {
		Type string
		Data map[string]string
	}
	if err != nil || json.Unmarshal(ping, &got) != nil || got.Type != "ping" || got.Data["brand_id"] != "b" || len(got.Data) != 1 {
		t.Errorf("%s %v", ping, err)
	}
}
