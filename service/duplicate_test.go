package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
)

// A copy has the newest content, byte by byte, as drafts; choices that could not be made
// today are gone, decisions stay where they were given.
func TestDuplicate(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		kept, archived := x.flow(t, step(model.ModeAny, x.b.AdminMember)), x.flow(t, step(model.ModeAny, x.b.AdminMember))
		from := x.post(t, "", 3)
		ids := x.articleIDs(t, from)
		for i, flow := range []string{kept, archived} {
			must(t, x.Service.Posts.Edit(t.Context(), x.editor, x.b.ID, from, ids[i], 1, articleSpec("改过", flow)))
		}
		must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, from, nil))
		must(t, x.Service.Flows.Archive(t.Context(), x.admin, x.b.ID, archived, ""))
		before := x.stand(t, from)
		at := testkit.Start.Add(72 * time.Hour)
		post, err := x.Service.Posts.Duplicate(t.Context(), x.editor, x.b.ID, from, &at)
		must(t, err)
		const query = "SELECT a.position, a.digest, a.title FROM articles a WHERE a.post_id = ? ORDER BY a.position"
		if diff := cmp.Diff(testkit.Rows(t, x.db, query, from), testkit.Rows(t, x.db, query, post)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"draft", "draft", "draft", "draft"}, x.stand(t, post)); diff != "" {
			t.Error(diff)
		}
		flows := testkit.Rows(t, x.db, "SELECT flow_id, no_flow, review_id, revision_number FROM articles WHERE post_id = ? ORDER BY position", post)
		if diff := cmp.Diff([][]string{{kept, "0", "<null>", "1"}, {"<null>", "0", "<null>", "1"}, {"<null>", "0", "<null>", "1"}}, flows); diff != "" {
			t.Error(diff)
		}
		row, err := x.Store.Post(t.Context(), x.b.ID, post)
		must(t, err)
		if !row.ScheduledAt.Equal(at) || row.CreatedBy != x.b.EditorMember || row.PackageDigest != model.PackageDigest(x.articleIDs(t, post), "") || row.Title != "改过" {
			t.Errorf("%+v", row)
		}
		if diff := cmp.Diff(before, x.stand(t, from)); diff != "" {
			t.Error(diff)
		}
		must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil))
		x.chained(t)
	})
}

func TestDuplicateRefusals(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		post := x.post(t, "", 1)
		never := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
		refuse := func(id string, at *time.Time, code model.Code) {
			t.Helper()
			before := x.Database.Rows(t, x.db)
			_, err := x.Service.Posts.Duplicate(t.Context(), x.editor, x.b.ID, id, at)
			wantCode(t, err, code)
			if diff := cmp.Diff(before, x.Database.Rows(t, x.db)); diff != "" {
				t.Error(diff)
			}
		}
		refuse(testkit.NewID(), nil, model.CodeNotFound)
		refuse(post, &never, model.CodeInvalid)
		testkit.Exec(t, x.db, "UPDATE channels SET archived_at = '2026-01-01 00:00:00.000'")
		refuse(post, nil, model.CodeChannelArchived)
	})
}

// A post that is cancelled while in review leaves nobody with a turn, and tells them.
func TestCancelInReview(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r := x.reviewer(t)
		post := x.submitted(t, x.flow(t, step(model.ModeAll, r.Member, x.b.AdminMember)), 2)
		k := x.open(t, post, r.Member)
		must(t, x.Service.Posts.Cancel(t.Context(), x.editor, x.b.ID, post))
		if diff := cmp.Diff([]string{"cancelled", "draft", "draft"}, x.stand(t, post)); diff != "" {
			t.Error(diff)
		}
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM tasks WHERE post_id = ? AND state <> 'cancelled'", post); n != 0 {
			t.Errorf("%d turns are left", n)
		}
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM outbox WHERE topic LIKE 'notice.%withdrawn%'"); n != 4 {
			t.Errorf("%d were told, of 4", n)
		}
		_, err := x.Service.Reviews.Decide(t.Context(), r.call, k.ID, approve(k))
		wantCode(t, err, model.CodeTaskCancelled)
		wantCode(t, x.Service.Posts.Cancel(t.Context(), x.editor, x.b.ID, post), model.CodePostState)
		x.chained(t)
	})
}

func TestCancelWhileOneApproves(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, _ := race(t, e)
		flow := x.flow(t, step(model.ModeAny, a.Member))
		contest{
			x: x, rounds: rounds(e), losers: []model.Code{model.CodeTaskCancelled}, both: true,
			start: func(t *testing.T) string { return x.submitted(t, flow, 1) },
			left: func(r *testkit.Replica, post string) error {
				return r.Service.Posts.Cancel(t.Context(), x.editor, x.b.ID, post)
			},
			right: x.decision(t, a.call, a.Member, approve),
			after: func(t *testing.T, post string, left, right error) {
				must(t, left) // it comes before or after
				want := []string{"cancelled", "approved"}
				if right != nil {
					want[1] = "draft"
				}
				if diff := cmp.Diff(want, x.stand(t, post)); diff != "" || x.gate(t, post) {
					t.Fatal(diff)
				}
			},
		}.run(t)
	})
}
