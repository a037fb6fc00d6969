package service_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
	"countersign/service"
)

// ledger is what our books say of a person: left, refused, last change.
func (x *bundle) ledger(t testing.TB, person string) [][]string {
	t.Helper()
	return testkit.Rows(t, x.db, "SELECT remaining, CASE WHEN refused THEN 1 ELSE 0 END AS refused, changed_by FROM message_grants WHERE person_id = ?", person)
}

func (x *bundle) tap(t testing.TB, c service.Call, result string) {
	t.Helper()
	c.Key = testkit.NewID()
	must(t, x.Service.Grants.Report(t.Context(), c, []service.Tap{{TemplateID: testkit.Template, Result: result}}))
}

func (x *bundle) push(t testing.TB, openid, event, status string, code int) {
	t.Helper()
	x.Clock.Add(time.Second) // two events of one second and one content are one event
	got, err := x.Sandbox.Push(t.Context(), sandbox.PushEvent{OpenID: openid, Event: event, TemplateID: testkit.Template, Status: status, ErrorCode: code})
	if err != nil || got != 200 {
		t.Fatalf("push: %d %v", got, err)
	}
}

// A consent is spent by the message that it pays for; without one nothing is tried.
func TestAConsentIsSpentOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, r, openid := asked(t, e, 5, 1)
		x.tap(t, r.call, "accept")
		x.drain(t)
		if diff := cmp.Diff([][]string{{"0", "0", "spent"}}, x.ledger(t, r.person)); diff != "" {
			t.Error(diff)
		}
		x.Clock.Add(time.Hour)
		x.submitted(t, x.flow(t, step(model.ModeAny, r.Member)), 1)
		x.drain(t)
		want := [][]string{{"done", "", "1"}, {"dead", "wechat_not_subscribed", "1"}}
		if diff := cmp.Diff(want, x.outbox(t)); diff != "" {
			t.Error(diff)
		}
		if n := len(x.Sandbox.Messages()); n != 1 {
			t.Errorf("%d messages", n)
		}
		if calls := x.Sandbox.Stats()[sendPath]; calls != 2 { // one was for his admission
			t.Errorf("WeChat was asked %d times", calls)
		}
		_ = openid
	})
}

// What becomes of a consent when the message does not arrive.
func TestConsentsAndFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		grants int // that WeChat knows of
		fault  sandbox.Fault
		after  string // what our books have left of three, at once
		end    string // and an hour later
		sent   int
	}{
		{"busy: held for the next try", 3, sandbox.Fault{ErrCode: -1}, "2", "2", 1},
		{"today's quota: held", 3, sandbox.Fault{ErrCode: 45009}, "2", "2", 0},
		{"WeChat knows of none", 0, sandbox.Fault{}, "0", "0", 0},
		{"refused for good: given back", 3, sandbox.Fault{ErrCode: 47003}, "3", "3", 0},
		{"no answer: it may be spent", 3, sandbox.Fault{DropAfterActing: true}, "2", "2", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
				x, r, _ := asked(t, e, c.grants, 1)
				for range 3 {
					x.tap(t, r.call, "accept")
				}
				if c.fault != (sandbox.Fault{}) {
					c.fault.Path = sendPath
					x.Sandbox.Fault(c.fault)
				}
				x.drain(t)
				if got := x.ledger(t, r.person)[0][0]; got != c.after {
					t.Errorf("%s left, want %s", got, c.after)
				}
				x.Clock.Add(time.Minute)
				x.drain(t)
				if got := x.ledger(t, r.person)[0][0]; got != c.end || len(x.Sandbox.Messages()) != c.sent {
					t.Errorf("%s left, %d sent", got, len(x.Sandbox.Messages()))
				}
			})
		})
	}
}

// A message that is given up after twelve tries gives its consent back, once.
func TestAGivenUpMessageGivesItsConsentBack(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, r, _ := asked(t, e, 1, 1)
		x.tap(t, r.call, "accept")
		x.Sandbox.Fault(sandbox.Fault{Path: sendPath, ErrCode: -1, Times: -1})
		for range 14 {
			x.drain(t)
			x.Clock.Add(2 * time.Hour)
		}
		if diff := cmp.Diff([][]string{{"1", "0", "returned"}}, x.ledger(t, r.person)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([][]string{{"dead", "wechat_busy", "12"}}, x.outbox(t)); diff != "" {
			t.Error(diff)
		}
	})
}

// The program dies between the send and its note: the message leaves again under the same
// key, and our books take one consent for it.
func TestDyingAfterTheSend(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, r, _ := asked(t, e, 3, 1)
		for range 3 {
			x.tap(t, r.call, "accept")
		}
		x.drain(t)
		// As the row stood when the message had left and nothing was noted yet.
		testkit.Exec(t, x.db, "UPDATE outbox SET state = 'ready', lease_owner = 'dead relay' WHERE recipient <> ''")
		x.drain(t)
		if n := len(x.Sandbox.Messages()); n != 1 {
			t.Errorf("%d messages while the lease runs", n)
		}
		x.Clock.Add(time.Minute)
		x.drain(t) // the pause still stands
		x.Clock.Add(model.NoticePause)
		x.drain(t)
		if n := len(x.Sandbox.Messages()); n != 2 {
			t.Errorf("%d messages in the end", n)
		}
		if diff := cmp.Diff([][]string{{"2", "0", "spent"}}, x.ledger(t, r.person)); diff != "" {
			t.Error(diff)
		}
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM outbox WHERE recipient <> ''"); n != 1 {
			t.Errorf("%d deliveries", n)
		}
	})
}

// WeChat's pushes, over HTTP, and the mini-program's reports of the same taps.
func TestPushesCorrectTheLedger(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, r, openid := asked(t, e, 0, 1)
		x.forget(t)
		is := func(what, remaining, refused string) {
			t.Helper()
			x.drain(t)
			got := x.ledger(t, r.person)
			if len(got) != 1 || got[0][0] != remaining || got[0][1] != refused {
				t.Errorf("%s: %v, want %s %s", what, got, remaining, refused)
			}
		}
		x.tap(t, r.call, "accept")
		is("he tapped", "1", "0")
		x.push(t, openid, model.PushPopup, "accept", 0)
		is("WeChat confirms it", "1", "0")
		x.push(t, openid, model.PushPopup, "accept", 0)
		is("WeChat tells first", "2", "0")
		x.tap(t, r.call, "accept")
		is("and the mini-program second", "2", "0")
		x.push(t, openid, model.PushPopup, "reject", 0)
		is("he taps no: what is left is left", "2", "1")
		x.push(t, openid, model.PushSent, "", 0)
		is("a message arrived", "2", "1")
		x.push(t, openid, model.PushSent, "", 43101)
		is("a message was refused for want of consent", "0", "0")
		x.push(t, openid, model.PushPopup, "accept", 0)
		x.push(t, openid, model.PushChange, "reject", 0)
		is("he switches it off", "0", "1")
		x.push(t, openid, model.PushChange, "accept", 0)
		is("he switches it on, which gives nothing", "0", "0")
		x.push(t, "o-never-seen", model.PushPopup, "accept", 0)
		is("somebody else", "0", "0")
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM outbox WHERE state <> 'done'"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

// What a report may say.
func TestReports(t *testing.T) {
	t.Parallel()
	x, r, _ := asked(t, testkit.SQLite, 0, 1)
	x.forget(t)
	report := func(taps ...service.Tap) error { return x.Service.Grants.Report(t.Context(), r.call, taps) }
	_ = refused(t, report(service.Tap{TemplateID: "foreign", Result: "accept"}), model.CodeInvalid)
	_ = refused(t, report(service.Tap{TemplateID: testkit.Template, Result: "accept"}, service.Tap{TemplateID: testkit.Template, Result: "accept"}), model.CodeInvalid)
	if rows := x.ledger(t, r.person); len(rows) != 0 {
		t.Errorf("a refused report left %v", rows)
	}
	c := keyed(r.call, "report-key-1", "body")
	for range 3 {
		must(t, x.Service.Grants.Report(t.Context(), c, []service.Tap{{TemplateID: testkit.Template, Result: "accept"}}))
	}
	if diff := cmp.Diff([][]string{{"1", "0", "reported"}}, x.ledger(t, r.person)); diff != "" {
		t.Error("the same report counted again:", diff)
	}
	x.tap(t, r.call, "filter")
	x.tap(t, r.call, "ban")
	list, err := x.Service.Grants.Of(t.Context(), r.person)
	must(t, err)
	if len(list) != 1 || list[0].Remaining != 1 || !list[0].Refused || len(list[0].Kinds) != len(model.NoticeRules()) {
		t.Errorf("%+v", list)
	}
}

// Many taps and many messages at once: what is counted is what was tapped, less what left.
func TestGrantsAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 2})
		r := x.reviewer(t)
		x.Drain(t.Context(), t)
		x.forget(t)
		testkit.Together(16, func(i int) {
			c := r.call
			c.Key, c.RequestHash = fmt.Sprint("tap-at-once-", i), "h"
			if err := x.Replicas[i%2].Service.Grants.Report(t.Context(), c, []service.Tap{{TemplateID: testkit.Template, Result: "accept"}}); err != nil {
				t.Error(err)
			}
		})
		if diff := cmp.Diff([][]string{{"16", "0", "reported"}}, x.ledger(t, r.person)); diff != "" {
			t.Error(diff)
		}
	})
}
