package api_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// Every act that takes dry_run: it answers 200, writes nothing, needs no key and uses
// none up; then the act itself works, with the key that the dry run carried.
func TestDryRunsWriteNothing(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		w := newWorld(t, e, testkit.Options{})
		d, seen := openAPI(t, w.App), 0
		for _, o := range operations {
			if !d.takes(o, "dry_run") {
				continue
			}
			seen++
			path := o.path(o.idsOf(w.brand["A"])) + "?dry_run=true"
			before := w.Database.Rows(t, w.db)
			o.by(w).Do(t, o.method(), path, o.payload(w), append(o.headers(), "Idempotency-Key", "")...).Want(t, 200, nil)
			o.by(w).Do(t, o.method(), path, o.payload(w), append(o.headers(), "Idempotency-Key", "one-key-for-both")...).Want(t, 200, nil)
			o.by(w).Do(t, o.method(), o.path(o.idsOf(w.brand["A"]))+"?dry_run=perhaps", o.payload(w), o.headers()...).Refused(t, 400, model.CodeInvalid)
			if diff := cmp.Diff(before, w.Database.Rows(t, w.db)); diff != "" {
				t.Errorf("%s: a dry run wrote: %s", o.route, diff)
			}
		}
		if seen < dryRuns {
			t.Errorf("%d acts take dry_run, at least %d did", seen, dryRuns)
		}
		doEachOnce(t, w)
	})
}

// dryRuns is how many acts have a dry run; it only grows.
const dryRuns = 1

func (d description) takes(o operation, parameter string) bool {
	for _, p := range d.of(o).Parameters {
		if p.In == "query" && p.Name == parameter {
			return true
		}
	}
	return false
}

// What the dry run of a submit answers: people by name, a refusal in words.
func TestSubmitDryRunAnswer(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		mine := b.NewFlow(t, "自审", testkit.M{"mode": "any", "approvers": []string{b.EditorMember}})
		post := b.NewPost(t, testkit.Article("一"), testkit.Article("二", testkit.M{"flow_id": mine}))
		var got struct {
			State model.PostState
			Plan  []api.PlanOut
		}
		b.Editor.Do(t, "POST", b.Path+"/posts/"+post.ID+"/submit?dry_run=true", testkit.M{}, "Accept-Language", "en").Want(t, 200, &got)
		if got.State != model.PostDraft || len(got.Plan) != 2 {
			t.Fatalf("%+v", got)
		}
		one, two := got.Plan[0], got.Plan[1]
		if one.Refusal != nil || one.FlowID != b.Flow || len(one.Steps) != 1 || len(one.Steps[0].Approvers) != 1 || one.Steps[0].Approvers[0].MemberID != b.AdminMember || one.Steps[0].Approvers[0].Name == "" {
			t.Errorf("%+v", one)
		}
		if two.Refusal == nil || two.Refusal.Code != model.CodeSelfApproval || two.Refusal.Title != "You cannot approve your own post" || two.Refusal.Args["step"] != "1" || len(two.Steps) != 0 {
			t.Errorf("%+v", two)
		}
	})
}
