package service_test

import (
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
)

// Somebody who binds his WeChat after the submit holds two turns of one step. He answers
// both at once: one counts.
func TestOneHumanOnTwoTurnsAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, b := race(t, e)
		c, member := x.staff(t, model.RoleEditor)
		flow := x.flow(t, step(model.ModeAll, a.Member, member, b.Member))
		contest{
			x: x, rounds: rounds(e) / 4, losers: []model.Code{model.CodeOneVote},
			start: func(t *testing.T) string {
				post := x.submitted(t, flow, 1)
				must(t, x.confirm(t, a.call, x.code(t, c)))
				return post
			},
			left: x.decision(t, a.call, a.Member, approve), right: x.decision(t, c, member, approve),
			after: func(t *testing.T, post string, _, _ error) {
				if all, settling := x.decisions(t, post); all != 1 || settling != 0 {
					t.Fatalf("%d decisions, %d settle", all, settling)
				}
				must(t, x.Service.Bindings.End(t.Context(), a.call))
			},
		}.run(t)
	})
}

// The vote of a human being counts, also when the seat that he gave it from is gone.
func TestTheVoteOfARemovedMemberCounts(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, _ := race(t, e)
		_, second := x.staff(t, model.RoleEditor)
		c, member := x.staff(t, model.RoleEditor)
		must(t, x.confirm(t, a.call, x.code(t, c)))
		post := x.submitted(t, x.flow(t, step(model.ModeAll, a.Member, second)), 1)
		x.decide(t, a.call, post, a.Member, approve)
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, a.Member))
		wantCode(t, x.replace(t, x.Replica, post, second, member), model.CodeApproverAsked)
	})
}
