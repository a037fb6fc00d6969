package service_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// rehearsed does an act as a dry run: it must be taken, and leave no trace, not even of
// its idempotency key.
func (x *bundle) rehearsed(t testing.TB, c service.Call, act func(service.Call) error) service.Rehearsal {
	t.Helper()
	before := x.Database.Rows(t, x.db)
	var found service.Rehearsal
	c = keyed(c, testkit.NewID(), "dry")
	c.DryRun = &found
	must(t, act(c))
	if diff := cmp.Diff(before, x.Database.Rows(t, x.db)); diff != "" {
		t.Fatal("a dry run wrote:", diff)
	}
	return found
}

// plain is a plan in one line.
func plain(p service.ArticlePlan) string {
	if p.Refusal != nil {
		return "refused " + string(model.CodeOf(p.Refusal))
	}
	if p.None {
		return "none"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s v%d", p.Version.Name, p.Version.Number)
	for _, s := range p.Steps {
		fmt.Fprintf(&b, " | %s", s.Mode)
		for _, m := range s.Asked {
			fmt.Fprintf(&b, " %s", m.DisplayName())
		}
	}
	return b.String()
}

// The dry run of a submit tells for every article whom it would ask or what refuses it,
// and writes nothing; the submit itself stops at the first refusal.
func TestSubmitDryRun(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r := x.reviewer(t)
		two := x.flow(t, step(model.ModeAny, x.b.AdminMember, r.Member), step(model.ModeAll, r.Member))
		mine := x.flow(t, step(model.ModeAny, x.b.EditorMember))
		gone := x.flow(t, step(model.ModeAny, r.Member))
		must(t, x.Service.Flows.Archive(t.Context(), x.admin, x.b.ID, gone, ""))
		post := x.post(t, "", 5)
		articles := testkit.Rows(t, x.db, "SELECT id FROM articles WHERE post_id = ? ORDER BY position", post)
		choices := map[string]model.FlowChoice{
			articles[1][0]: {FlowID: &two}, articles[2][0]: {FlowID: &mine}, articles[3][0]: {FlowID: &gone}, articles[4][0]: {None: true},
		}
		submit := func(c service.Call) error {
			return x.Service.Reviews.Submit(t.Context(), c, x.b.ID, post, choices)
		}
		var got []string
		for _, p := range x.rehearsed(t, x.editor, submit).Plans {
			got = append(got, plain(p))
		}
		name := func(member string) string {
			return x.cell(t, "SELECT COALESCE(u.name, p.nickname) FROM memberships m LEFT JOIN users u ON u.id = m.user_id LEFT JOIN persons p ON p.id = m.person_id WHERE m.id = ?", member)
		}
		flowName := x.cell(t, "SELECT name FROM flows WHERE id = ?", two)
		want := []string{
			x.cell(t, "SELECT name FROM flows WHERE id = ?", x.b.Flow) + " v1 | any " + name(x.b.AdminMember),
			flowName + " v1 | any " + name(x.b.AdminMember) + " " + name(r.Member) + " | all " + name(r.Member),
			"refused author_is_approver", "refused flow_archived", "refused no_approval_forbidden",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		wantCode(t, submit(x.editor), model.CodeSelfApproval)

		// With the refusals out of the way the act does what was told, under the same key.
		choices = map[string]model.FlowChoice{articles[1][0]: {FlowID: &two}}
		key := keyed(x.editor, "the-same-key", "submit")
		dry := key
		dry.DryRun = &service.Rehearsal{}
		must(t, submit(dry))
		must(t, submit(key))
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM tasks WHERE post_id = ?", post); n != 7 {
			t.Errorf("%d turns", n)
		}
		must(t, submit(key)) // the first answer, again
		wantCode(t, submit(dry), model.CodePostState)
		wantCode(t, x.Service.Reviews.Submit(t.Context(), dry, x.b.ID, testkit.NewID(), nil), model.CodeNotFound)
		x.chained(t)
	})
}
