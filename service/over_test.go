package service_test

import (
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
)

// What is over by the time its notice would leave is not told: a turn that was answered or
// taken back, a WeChat that is bound no longer, an e-mail that is not wanted any more.
func TestNoticesOfWhatIsOver(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		for name, tc := range map[string]struct {
			over func(t *testing.T, x *bundle, r reviewer, post string)
			want int // messages over WeChat
		}{
			"still open": {func(*testing.T, *bundle, reviewer, string) {}, 2},
			"answered": {func(t *testing.T, x *bundle, r reviewer, post string) {
				x.decide(t, r.call, post, r.Member, approve)
				x.decide(t, x.admin, post, x.b.AdminMember, approve)
			}, 0},
			"withdrawn": {func(t *testing.T, x *bundle, _ reviewer, post string) {
				must(t, x.Service.Reviews.Withdraw(t.Context(), x.editor, x.b.ID, post))
			}, 0},
			"unbound": {func(t *testing.T, x *bundle, _ reviewer, _ string) {
				must(t, x.Service.Bindings.End(t.Context(), x.admin))
			}, 1}, // the reviewer's
			"bound to another WeChat": {func(t *testing.T, x *bundle, _ reviewer, _ string) {
				must(t, x.Service.Bindings.End(t.Context(), x.admin))
				must(t, x.confirm(t, x.stranger(t), x.code(t, x.admin)))
			}, 1},
			"removed": {func(t *testing.T, x *bundle, r reviewer, _ string) {
				must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, r.Member))
			}, 1},
		} {
			x, srv := mailed(t, e)
			r := x.reviewer(t)
			bound, openid := x.Phone(t, "")
			bound.Do(t, "PATCH", "/api/v1/person", testkit.M{"nickname": "管理员的微信"}).Want(t, 200, nil)
			must(t, x.confirm(t, x.CallOf(t, bound), x.code(t, x.admin)))
			x.Drain(t.Context(), t)
			x.forget(t)
			for _, o := range []string{openid, r.OpenID} {
				x.Sandbox.Grant(o, testkit.Template, 9)
			}
			letters := len(srv.Letters())
			post := x.submitted(t, x.flow(t, step(model.ModeAll, r.Member, x.b.AdminMember)), 1)
			_, err := x.Service.Relay.Drain(t.Context()) // the facts become deliveries
			must(t, err)
			tc.over(t, x, r, post)
			_, err = x.Service.Relay.Drain(t.Context())
			must(t, err)
			told := 0
			for _, m := range x.Sandbox.Messages() {
				if m.OpenID != openid && m.OpenID != r.OpenID {
					t.Errorf("%s: a message went to somebody else", name)
				}
				if m.Data["thing1"] == "文章 1" {
					told++
				}
			}
			if told != tc.want {
				t.Errorf("%s: %d messages, want %d", name, told, tc.want)
			}
			if n := len(srv.Letters()) - letters; name == "still open" && n != 1 || name == "answered" && n != 0 {
				t.Errorf("%s: %d letters", name, n)
			}
		}
	})
}

// Who switches e-mail off between an act and its letter gets none.
func TestMailSwitchedOffMeanwhile(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, srv := mailed(t, e)
		x.submitted(t, "", 1)
		_, err := x.Service.Relay.Drain(t.Context())
		must(t, err)
		must(t, x.Service.Notices.SwitchEmail(t.Context(), x.admin, false))
		_, err = x.Service.Relay.Drain(t.Context())
		must(t, err)
		if n := len(srv.Letters()); n != 0 {
			t.Errorf("%d letters", n)
		}
	})
}

// An invitation lets people ask until its end, exclusive, until it is revoked, and as often
// as it says; who has asked through it sees his own request all the same.
func TestAnInvitationThatHasEnded(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		ask := func(token string) model.Code {
			t.Helper()
			_, err := x.Service.Join.Request(t.Context(), x.stranger(t), token)
			return codeOr(err)
		}
		hour, token := x.Invite(t, x.b, testkit.M{"expires_in_hours": 1})
		first := x.stranger(t)
		_, err := x.Service.Join.Request(t.Context(), first, token)
		must(t, err)
		x.Clock.Add(time.Hour - time.Millisecond)
		if got := ask(token); got != "" {
			t.Errorf("in its last moment: %s", got)
		}
		x.Clock.Add(time.Millisecond)
		if got := ask(token); got != model.CodeSceneEnded {
			t.Errorf("at its end: %q", got)
		}
		if again, err := x.Service.Join.Request(t.Context(), first, token); err != nil || again.InvitationID != hour.ID {
			t.Errorf("who has asked before: %+v %v", again, err)
		}
		once := x.invite(t, 1)
		if first, second := ask(once), ask(once); first != "" || second != model.CodeSceneEnded {
			t.Errorf("of one use: %q, %q", first, second)
		}
		revoked, token := x.Invite(t, x.b, testkit.M{})
		must(t, x.Service.Join.Revoke(t.Context(), x.admin, x.b.ID, revoked.ID))
		if got := ask(token); got != model.CodeSceneEnded {
			t.Errorf("revoked: %q", got)
		}
		if n := x.count(t, "access_requests"); n != 3 {
			t.Errorf("%d requests", n)
		}
	})
}
