package service_test

import (
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// undone takes a member's newest answer in a post back, which must do.
func (x *bundle) undone(t *testing.T, c service.Call, post, member string) {
	t.Helper()
	must(t, x.undo(t, c, member)(x.Replica, post))
}

// turns counts a post's turns of a member in a state.
func (x *bundle) turns(t *testing.T, post, member, state string) int {
	t.Helper()
	return testkit.Count(t, x.db, "SELECT COUNT(*) FROM tasks WHERE post_id = ? AND member_id = ? AND state = ?", post, member, state)
}

// Somebody is removed after his turn was settled, and the answer that settled it is taken
// back: nobody waits for him, and what the others approve can be published.
func TestUndoDoesNotWaitForARemovedMember(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		a, b, c := x.reviewer(t), x.reviewer(t), x.reviewer(t)
		post := x.submitted(t, x.flow(t, step(model.ModeAll, a.Member, b.Member, c.Member), step(model.ModeAny, b.Member, c.Member)), 1)
		x.decide(t, a.call, post, a.Member, rejecting)
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, b.Member))
		x.undone(t, a.call, post, a.Member)
		if n := x.turns(t, post, b.Member, "cancelled"); n != 2 {
			t.Errorf("%d turns of the removed member are cancelled", n)
		}
		x.decide(t, a.call, post, a.Member, approve)
		x.decide(t, c.call, post, c.Member, approve)
		x.decide(t, c.call, post, c.Member, approve)
		if p := x.b.Post(t, post); p.State != model.PostApproved || !p.Publishable {
			t.Errorf("the post is %s, publishable: %t", p.State, p.Publishable)
		}
		x.chained(t)
	})
}

// A removal beside an undo, of somebody whose turn is given back, and of him who takes
// his answer back: whoever is not there any more has no open turn.
func TestRemovalAndUndoAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, b := race(t, e)
		token := x.invite(t, 0)
		flow := x.flow(t, step(model.ModeAny, a.Member, b.Member))
		for name, gone := range map[string]reviewer{"another": b, "himself": a} {
			t.Log(name)
			contest{
				x: x, rounds: rounds(e) / 2, losers: []model.Code{model.CodeNotFound}, both: true,
				start: func(t *testing.T) string {
					post := x.submitted(t, flow, 1)
					x.decide(t, a.call, post, a.Member, approve)
					return post
				},
				left: func(r *testkit.Replica, _ string) error {
					return r.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, gone.Member)
				},
				right: x.undo(t, a.call, a.Member),
				after: func(t *testing.T, post string, left, right error) {
					must(t, left)
					if name == "another" {
						must(t, right)
					}
					if n := x.turns(t, post, gone.Member, "open"); n != 0 {
						t.Fatalf("%s: %d turns are open for a member who is not there", name, n)
					}
					x.admit(t, gone.call, token)
				},
			}.run(t)
		}
	})
}

// One of all takes his answer back in a step that had lost all others: it waits for him.
func TestUndoInABlockedStep(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, b := race(t, e)
		post := x.submitted(t, x.flow(t, step(model.ModeAll, a.Member, b.Member)), 1)
		x.decide(t, a.call, post, a.Member, approve)
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, b.Member))
		if s, _, _, _ := x.states(t, post); s != "blocked" {
			t.Fatalf("the step is %s", s)
		}
		x.undone(t, a.call, post, a.Member)
		if s, v, _, _ := x.states(t, post); s != "open" || v != "running" {
			t.Errorf("the step is %s, the review %s", s, v)
		}
		x.decide(t, a.call, post, a.Member, approve)
		if p := x.b.Post(t, post); p.State != model.PostApproved || !p.Publishable {
			t.Errorf("the post is %s, publishable: %t", p.State, p.Publishable)
		}
	})
}

// A fault while an answer is looked for is a fault: it does not say that there was none.
func TestAFaultIsNotAnAnswerToUndo(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, _ := race(t, e)
		now := x.Clock.Now()
		_, err := x.Service.Deputies.Create(t.Context(), x.admin, x.b.ID, service.DeputySpec{
			MemberID: a.Member, DeputyID: x.b.AdminMember, From: now.Add(-time.Hour), Until: now.Add(time.Hour),
		})
		must(t, err)
		post := x.submitted(t, x.flow(t, step(model.ModeAny, a.Member)), 1)
		x.decide(t, x.admin, post, a.Member, approve)
		testkit.Exec(t, x.db, "ALTER TABLE undos RENAME TO away")
		for _, c := range []service.Call{x.admin, a.call} {
			broken(t, x.undo(t, c, a.Member)(x.Replica, post))
		}
		testkit.Exec(t, x.db, "ALTER TABLE away RENAME TO undos")
		wantCode(t, x.undo(t, a.call, a.Member)(x.Replica, post), model.CodeNothingToUndo) // his deputy gave it
		x.undone(t, x.admin, post, a.Member)
	})
}

// broken asks for a fault, not for a refusal.
func broken(t *testing.T, err error) {
	t.Helper()
	if code := model.CodeOf(err); err == nil || code != model.CodeUnavailable && code != model.CodeInternal {
		t.Errorf("got %v, want a fault", err)
	}
}

// taskOf is a member's newest turn in a post.
func (x *bundle) taskOf(t testing.TB, post, member string) (out task) {
	t.Helper()
	for _, k := range x.tasks(t, post) {
		if k.Member == member {
			out = k
		}
	}
	return out
}

// Who is told by whom a turn was decided is not told of an answer that was taken back;
// and when nobody can tell, he is not told half of it.
func TestWhoDecidedIsNotWhoTookItBack(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, b := race(t, e)
		post := x.submitted(t, x.flow(t, step(model.ModeAll, a.Member, b.Member)), 1)
		x.decide(t, a.call, post, a.Member, approve)
		x.decide(t, b.call, post, b.Member, approve)
		x.undone(t, b.call, post, b.Member)
		again := x.decision(t, a.call, a.Member, approve)
		if e := refused(t, again(x.Replica, post), model.CodeAlreadyDecided); e.Args["by"] != a.Nickname {
			t.Errorf("he was told %v", e.Args)
		}
		testkit.Exec(t, x.db, "ALTER TABLE undos RENAME TO away")
		broken(t, again(x.Replica, post))
	})
}
