package service_test

import (
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// undo takes back a member's newest answer in a post.
func (x *bundle) undo(t *testing.T, c service.Call, member string) func(*testkit.Replica, string) error {
	return func(r *testkit.Replica, post string) error {
		for _, k := range x.tasks(t, post) {
			if k.Member == member {
				_, err := r.Service.Reviews.Undo(t.Context(), c, k.ID)
				return err
			}
		}
		return model.E(model.CodeNotFound)
	}
}

// The same answer is taken back twice at once: one does.
func TestTwoUndosAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, b := race(t, e)
		flow := x.flow(t, step(model.ModeAny, a.Member, b.Member), step(model.ModeAny, b.Member))
		contest{
			x: x, rounds: rounds(e) / 2, losers: []model.Code{model.CodeNothingToUndo},
			start: func(t *testing.T) string {
				post := x.submitted(t, flow, 1)
				x.decide(t, a.call, post, a.Member, approve)
				return post
			},
			left: x.undo(t, a.call, a.Member), right: x.undo(t, a.call, a.Member),
			after: func(t *testing.T, post string, _, _ error) {
				if s, v, art, p := x.states(t, post); s != "open" || v != "running" || art != "in_review" || p != "in_review" {
					t.Fatalf("%s %s %s %s", s, v, art, p)
				}
				if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM tasks WHERE post_id = ? AND state = 'open'", post); n != 2 {
					t.Fatalf("%d turns are open in the first step", n)
				}
			},
		}.run(t)
	})
}

// The next step answers while the answer before it is taken back: one of them does, and
// no answer stands in a step that waits.
func TestUndoWhileTheNextStepDecides(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, b := race(t, e)
		flow := x.flow(t, step(model.ModeAny, a.Member), step(model.ModeAny, b.Member))
		contest{
			x: x, rounds: rounds(e), losers: []model.Code{model.CodeUndoTooLate, model.CodeNotYourTurn},
			start: func(t *testing.T) string {
				post := x.submitted(t, flow, 1)
				x.decide(t, a.call, post, a.Member, approve)
				return post
			},
			left: x.undo(t, a.call, a.Member), right: x.decision(t, b.call, b.Member, approve),
			after: func(t *testing.T, post string, left, _ error) {
				s, v, art, _ := x.states(t, post)
				if left == nil && (s != "open" || v != "running" || art != "in_review") {
					t.Fatalf("taken back: %s %s %s", s, v, art)
				}
				if left != nil && (s != "approved" || v != "approved" || art != "approved") {
					t.Fatalf("approved: %s %s %s", s, v, art)
				}
			},
		}.run(t)
	})
}

// replace lets the admin ask another Member in the first step of a post's first article.
func (x *bundle) replace(t *testing.T, r *testkit.Replica, post, out, in string) error {
	_, err := r.Service.Reviews.Replace(t.Context(), x.admin, x.b.ID, service.Replacement{ReviewID: x.tasks(t, post)[0].Review, Position: 1, Out: &out, In: in})
	return err
}

// An admin replaces an approver while he answers: his answer counts, or he is out.
func TestReplaceAndApproveAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, b := race(t, e)
		flow := x.flow(t, step(model.ModeAny, a.Member))
		contest{
			x: x, rounds: rounds(e), losers: []model.Code{model.CodeTaskCancelled, model.CodeStepEnded, model.CodeAlreadyDecided},
			start: func(t *testing.T) string { return x.submitted(t, flow, 1) },
			left:  func(r *testkit.Replica, post string) error { return x.replace(t, r, post, a.Member, b.Member) },
			right: x.decision(t, a.call, a.Member, approve),
			after: func(t *testing.T, post string, left, _ error) {
				s, _, art, _ := x.states(t, post)
				open := testkit.Count(t, x.db, "SELECT COUNT(*) FROM tasks WHERE post_id = ? AND state = 'open'", post)
				if left == nil && (s != "open" || art != "in_review" || open != 1) {
					t.Fatalf("replaced: %s %s, %d open", s, art, open)
				}
				if left != nil && (s != "approved" || art != "approved" || open != 0) {
					t.Fatalf("approved: %s %s, %d open", s, art, open)
				}
			},
		}.run(t)
	})
}

// The approver and his deputy answer the same turn at once: one answer.
func TestApproverAndDeputyAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, _ := race(t, e)
		now := x.Clock.Now()
		_, err := x.Service.Deputies.Create(t.Context(), x.admin, x.b.ID, service.DeputySpec{
			MemberID: a.Member, DeputyID: x.b.AdminMember, From: now.Add(-time.Hour), Until: now.Add(time.Hour),
		})
		must(t, err)
		flow := x.flow(t, step(model.ModeAll, a.Member))
		contest{
			x: x, rounds: rounds(e), losers: []model.Code{model.CodeAlreadyDecided},
			start: func(t *testing.T) string { return x.submitted(t, flow, 1) },
			left:  x.decision(t, a.call, a.Member, approve), right: x.decision(t, x.admin, a.Member, approve),
			after: func(t *testing.T, post string, _, right error) {
				if all, settling := x.decisions(t, post); all != 1 || settling != 1 {
					t.Fatalf("%d decisions, %d settle", all, settling)
				}
				n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM decisions d JOIN reviews v ON v.id = d.review_id WHERE v.post_id = ? AND d.deputy_id = ?", post, x.b.AdminMember)
				if want := map[bool]int{true: 1, false: 0}[right == nil]; n != want {
					t.Fatalf("%d answers by the deputy, want %d", n, want)
				}
			},
		}.run(t)
	})
}

// Two urges at once: one does.
func TestTwoUrgesAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, _ := race(t, e)
		flow := x.flow(t, step(model.ModeAny, a.Member))
		urge := func(r *testkit.Replica, post string) error {
			_, err := r.Service.Reviews.Urge(t.Context(), x.editor, x.b.ID, post)
			return err
		}
		contest{
			x: x, rounds: rounds(e) / 4, losers: []model.Code{model.CodeUrged},
			start: func(t *testing.T) string { return x.submitted(t, flow, 1) },
			left:  urge, right: urge,
			after: func(*testing.T, string, error, error) {},
		}.run(t)
	})
}
