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
		for _, o := range operations { // each once, in order, and just before it its dry run
			if d.takes(o, "dry_run") {
				seen++
				path := o.path(o.idsOf(w.brand["A"]))
				before := w.Database.Rows(t, w.db)
				o.by(w).Do(t, o.method(), path+"?dry_run=true", o.payload(w), append(o.headers(), "Idempotency-Key", "")...).Want(t, 200, nil)
				o.by(w).Do(t, o.method(), path+"?dry_run=true", o.payload(w), append(o.headers(), "Idempotency-Key", "one-key-for-both")...).Want(t, 200, nil)
				for _, slip := range []string{"=perhaps", "=1", "=TRUE", "=", "", "=true;", "=%zz", "=true;x=1"} { // none is the act itself
					o.by(w).Do(t, o.method(), path+"?dry_run"+slip, o.payload(w), o.headers()...).Refused(t, 400, model.CodeInvalid)
				}
				if diff := cmp.Diff(before, w.Database.Rows(t, w.db)); diff != "" {
					t.Errorf("%s: a dry run wrote: %s", o.route, diff)
				}
			}
			if got := o.call(t, w, o.by(w)); got.Status != o.status() {
				t.Errorf("%s: %d, want %d: %.400s", o.route, got.Status, o.status(), got.Body)
			}
		}
		if seen < dryRuns {
			t.Errorf("%d acts take dry_run, at least %d did", seen, dryRuns)
		}
	})
}

// dryRuns is how many acts have a dry run; it only grows.
const dryRuns = 16

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
		if two.Refusal == nil || two.Refusal.Code != model.CodeSelfApproval || two.Refusal.Title != "An author does not approve his own post" || two.Refusal.Args["step"] != "1" || len(two.Steps) != 0 {
			t.Errorf("%+v", two)
		}
	})
}

// What a dry run of a ruling answers: the row as it is, and the effects.
func TestEffectsAnswer(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		r := a.NewReviewer(t, b)
		flow := b.NewFlow(t, "外审", testkit.M{"mode": "any", "approvers": []string{r.Member}})
		running := b.Submit(t, b.NewPost(t, testkit.Article("在审", testkit.M{"flow_id": flow})).ID)
		draft := b.NewPost(t, testkit.Article("草稿", testkit.M{"flow_id": flow}))

		var archived api.FlowChange
		b.Admin.Do(t, "DELETE", b.Path+"/flows/"+flow+"?dry_run=true", nil).Want(t, 200, &archived)
		want := &api.EffectsOut{
			RunningPosts: api.AffectedOut{Count: 1, Posts: []api.PostRefOut{{ID: running.ID, Title: "在审"}}},
			KeptVersions: []api.KeptOut{{VersionNumber: 1, Posts: 1}},
			Drafts: api.DraftsOut{Count: 1, Articles: []api.DraftChangeOut{{
				PostID: draft.ID, Title: "草稿", ArticleID: draft.Articles[0].ID,
				Now:  api.OutlookOut{FlowID: flow, FlowName: archived.Name, VersionNumber: 1},
				Then: api.OutlookOut{Refused: model.CodeFlowArchived},
			}}},
			TasksCancelled: api.AffectedOut{Posts: []api.PostRefOut{}}, TasksOpened: api.AffectedOut{Posts: []api.PostRefOut{}}, StepsBlocked: api.AffectedOut{Posts: []api.PostRefOut{}}, ApprovalsVoided: api.AffectedOut{Posts: []api.PostRefOut{}},
		}
		if diff := cmp.Diff(want, archived.Effects); diff != "" || archived.Archived {
			t.Error(archived.Archived, diff)
		}
		var removed struct{ Effects *api.EffectsOut }
		b.Admin.Do(t, "DELETE", b.Path+"/members/"+r.Member+"?dry_run=true", nil).Want(t, 200, &removed)
		if removed.Effects == nil || removed.Effects.TasksCancelled.Count != 1 || removed.Effects.StepsBlocked.Count != 1 || removed.Effects.Drafts.Articles[0].Then.Refused != model.CodeStepBlocked {
			t.Errorf("%+v", removed.Effects)
		}
		var done api.FlowChange
		b.Admin.Do(t, "DELETE", b.Path+"/flows/"+flow, nil).Want(t, 200, &done)
		if !done.Archived || done.Effects != nil {
			t.Errorf("%+v", done)
		}
		if got := b.Admin.Do(t, "DELETE", b.Path+"/members/"+r.Member, nil).Want(t, 204, nil); len(got.Body) != 0 {
			t.Errorf("a body: %s", got.Body)
		}
	})
}
