package service_test

import (
	"slices"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
	"countersign/store"
)

// another is a further brand of the same program, with its own staff.
func (x *bundle) another(t *testing.T) *bundle {
	t.Helper()
	y := *x
	y.brand(t)
	y.admin, y.editor = y.CallOf(t, y.b.Admin), y.CallOf(t, y.b.Editor)
	return &y
}

// deputise names a deputy for a period that is told from now on.
func (x *bundle) deputise(t testing.TB, by service.Call, away, stands string, from, until time.Duration) (string, error) {
	t.Helper()
	now := x.Clock.Now()
	return x.Service.Deputies.Create(t.Context(), by, x.b.ID, service.DeputySpec{MemberID: away, DeputyID: stands, From: now.Add(from), Until: now.Add(until)})
}

// A deputy sees and answers from the first moment of his period to the last, and not a
// moment longer: not even when the period was ended before its time.
func TestADeputyAnswersInHisPeriodAlone(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		away, stands := x.reviewer(t), x.reviewer(t)
		flow := x.flow(t, step(model.ModeAny, away.Member))
		for name, tc := range map[string]struct {
			at    time.Duration // from the naming on; the period is the second hour
			ended bool
			want  model.Code
		}{
			"a moment before it": {time.Hour - time.Millisecond, false, model.CodeNotFound},
			"its first moment":   {time.Hour, false, ""},
			"its last moment":    {2*time.Hour - time.Millisecond, false, ""},
			"its end":            {2 * time.Hour, false, model.CodeNotFound},
			"ended early":        {90 * time.Minute, true, model.CodeNotFound},
		} {
			k := x.open(t, x.submitted(t, flow, 1), away.Member)
			id, err := x.deputise(t, x.admin, away.Member, stands.Member, time.Hour, 2*time.Hour)
			must(t, err)
			x.Clock.Add(tc.at)
			if tc.ended {
				must(t, x.Service.Deputies.End(t.Context(), stands.call, x.b.ID, id))
			}
			seen, err := x.Store.VisibleTask(t.Context(), stands.call.Principal.Viewer(), k.ID)
			if got := codeOr(err); got != tc.want {
				t.Errorf("%s: he sees the turn: %q, want %q", name, got, tc.want)
			}
			if err == nil && (seen.DeputyID == nil || *seen.DeputyID != stands.Member) {
				t.Errorf("%s: he sees it as %v", name, seen.DeputyID)
			}
			if got := x.standsFor(t, stands, away.Member); got != (tc.want == "") {
				t.Errorf("%s: he stands in: %t", name, got)
			}
			_, err = x.Service.Reviews.Decide(t.Context(), stands.call, k.ID, approve(k))
			if got := codeOr(err); got != tc.want {
				t.Errorf("%s: his answer: %q, want %q", name, got, tc.want)
			}
			x.Clock.Add(3 * time.Hour) // whatever is left of the period
		}
	})
}

// standsFor tells whether he answers in a member's place now.
func (x *bundle) standsFor(t testing.TB, r reviewer, member string) bool {
	t.Helper()
	list, err := x.Store.StandIns(t.Context(), r.call.Principal.Viewer())
	must(t, err)
	return slices.ContainsFunc(list, func(away store.Away) bool { return away.MemberID == member })
}

// A period ends with either membership: of him who is away, and of his deputy.
func TestADeputyWithoutAMembership(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		for _, gone := range []string{"the absent one", "the deputy"} {
			away, stands := x.reviewer(t), x.reviewer(t)
			_, err := x.deputise(t, x.admin, away.Member, stands.Member, 0, time.Hour)
			must(t, err)
			if !x.standsFor(t, stands, away.Member) {
				t.Errorf("%s is there, and he does not stand in", gone)
			}
			member := map[string]string{"the absent one": away.Member, "the deputy": stands.Member}[gone]
			must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, member))
			if x.standsFor(t, stands, away.Member) {
				t.Errorf("%s was removed, and he stands in", gone)
			}
		}
	})
}

// Who may name whom: a Member for himself, an admin for anybody, a reviewer only staff.
func TestWhoNamesADeputy(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r, q, gone, half := x.reviewer(t), x.reviewer(t), x.reviewer(t), x.reviewer(t)
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, gone.Member))
		staff, bound := x.staff(t, model.RoleEditor)
		must(t, x.confirm(t, half.call, x.code(t, staff))) // half and bound are one human being
		y := x.another(t)
		admin, editor := x.b.AdminMember, x.b.EditorMember
		named := 0
		for i, tc := range []struct {
			name         string
			by           service.Call
			away, stands string
			want         model.Code
		}{
			{"an editor for himself", x.editor, "", admin, ""},
			{"an editor for himself, by his id", x.editor, editor, admin, ""},
			{"an editor for another", x.editor, admin, bound, model.CodeForbidden},
			{"an admin for a reviewer", x.admin, r.Member, q.Member, ""},
			{"an admin for himself", x.admin, "", editor, ""},
			{"a reviewer names staff", r.call, "", editor, ""},
			{"a reviewer names a reviewer", r.call, "", q.Member, model.CodeApproverUnknown},
			{"a reviewer for another", r.call, editor, admin, model.CodeForbidden},
			{"a stranger", x.stranger(t), "", admin, model.CodeNotFound},
			{"an admin of another brand", y.admin, editor, admin, model.CodeNotFound},
			{"somebody who was removed", x.admin, gone.Member, editor, model.CodeApproverUnknown},
			{"a deputy who was removed", x.admin, editor, gone.Member, model.CodeApproverUnknown},
			{"a deputy of another brand", x.admin, editor, y.b.EditorMember, model.CodeApproverUnknown},
			{"himself", x.admin, admin, admin, model.CodeInvalid},
			{"himself by another seat", x.admin, bound, half.Member, model.CodeInvalid},
		} {
			from := time.Duration(i) * time.Hour // no two of them overlap
			_, err := x.deputise(t, tc.by, tc.away, tc.stands, from, from+time.Hour)
			if got := codeOr(err); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
			if tc.want == "" {
				named++
			}
		}
		for what, want := range map[string]int{"deputies": named, "audit WHERE action = 'deputy.named'": named} {
			if n := x.count(t, what); n != want {
				t.Errorf("%s: %d, want %d", what, n, want)
			}
		}
		x.chained(t)
	})
}

// codeOr is the code of a refusal, "" without one.
func codeOr(err error) model.Code {
	if err == nil {
		return ""
	}
	return model.CodeOf(err)
}

// One Member has one deputy at a time: periods may touch, not overlap. One that was ended
// leaves its time free.
func TestDeputiesDoNotOverlap(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r := x.reviewer(t)
		first, err := x.deputise(t, x.admin, r.Member, x.b.AdminMember, 2*time.Hour, 4*time.Hour)
		must(t, err)
		const ms = time.Millisecond
		for _, tc := range []struct {
			name        string
			away        string
			from, until time.Duration
			want        model.Code
		}{
			{"around it", r.Member, 0, 6 * time.Hour, model.CodeDeputyOverlaps},
			{"within it", r.Member, 3 * time.Hour, 3*time.Hour + ms, model.CodeDeputyOverlaps},
			{"over its beginning", r.Member, 0, 2*time.Hour + ms, model.CodeDeputyOverlaps},
			{"over its end", r.Member, 4*time.Hour - ms, 6 * time.Hour, model.CodeDeputyOverlaps},
			{"of somebody else", x.b.EditorMember, 2 * time.Hour, 4 * time.Hour, ""},
			{"up to its beginning", r.Member, 0, 2 * time.Hour, ""},
			{"from its end on", r.Member, 4 * time.Hour, 5 * time.Hour, ""},
		} {
			_, err := x.deputise(t, x.admin, tc.away, x.b.AdminMember, tc.from, tc.until)
			if got := codeOr(err); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
		}
		must(t, x.Service.Deputies.End(t.Context(), x.admin, x.b.ID, first))
		_, err = x.deputise(t, x.admin, r.Member, x.b.EditorMember, 2*time.Hour, 4*time.Hour)
		must(t, err)
	})
}

// Who may end a period: both whom it is about, and an admin of their brand; once.
func TestWhoEndsADeputy(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		away, stands, q := x.reviewer(t), x.reviewer(t), x.reviewer(t)
		y := x.another(t)
		for i, tc := range []struct {
			name  string
			by    service.Call
			brand string
			want  model.Code
		}{
			{"another reviewer", q.call, x.b.ID, model.CodeNotFound},
			{"an editor", x.editor, x.b.ID, model.CodeNotFound},
			{"a stranger", x.stranger(t), x.b.ID, model.CodeNotFound},
			{"an admin of another brand", y.admin, x.b.ID, model.CodeNotFound},
			{"an admin of another brand, in his own", y.admin, y.b.ID, model.CodeNotFound},
			{"he who is away", away.call, x.b.ID, ""},
			{"the deputy", stands.call, x.b.ID, ""},
			{"an admin", x.admin, x.b.ID, ""},
		} {
			id, err := x.deputise(t, x.admin, away.Member, stands.Member, 0, time.Hour)
			must(t, err)
			if got := codeOr(x.Service.Deputies.End(t.Context(), tc.by, tc.brand, id)); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
			ended := x.cell(t, "SELECT ended_at IS NOT NULL FROM deputies WHERE id = ?", id)
			if want := map[bool]string{true: "1", false: "0"}[tc.want == ""]; ended != want {
				t.Errorf("%s: ended is %s", tc.name, ended)
			}
			x.Clock.Add(time.Minute)
			must(t, x.Service.Deputies.End(t.Context(), x.admin, x.b.ID, id)) // ended before or not
			if n := x.count(t, "audit WHERE action = 'deputy.ended'"); n != i+1 {
				t.Errorf("%s: %d entries, want %d", tc.name, n, i+1)
			}
			x.Clock.Add(time.Hour)
		}
		x.chained(t)
	})
}
