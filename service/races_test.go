package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
)

// stubborn does an act again for as long as somebody else was faster, as an author does
// who loads again.
func stubborn(act func() error) error {
	for {
		if err := act(); err == nil || model.CodeOf(err) != model.CodeStale {
			return err
		}
	}
}

// A flow is archived while a post is submitted with it: the post runs it whole, or is
// refused whole.
func TestArchiveAndSubmitAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 3})
		var flow string
		contest{
			x: x, rounds: min(rounds(e), 60), losers: []model.Code{model.CodeFlowArchived}, both: true,
			start: func(t *testing.T) string {
				flow = x.flow(t, step(model.ModeAny, x.b.AdminMember))
				return x.post(t, flow, 2)
			},
			left: func(r *testkit.Replica, _ string) error {
				return r.Service.Flows.Archive(t.Context(), x.admin, x.b.ID, flow, "")
			},
			right: func(r *testkit.Replica, post string) error {
				return r.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil)
			},
			after: func(t *testing.T, post string, left, right error) {
				must(t, left) // it comes before or after
				want, running := []string{"in_review", "in_review", "in_review"}, 2
				if right != nil {
					want, running = []string{"draft", "draft", "draft"}, 0
				}
				if diff := cmp.Diff(want, x.stand(t, post)); diff != "" {
					t.Fatal(diff)
				}
				if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM reviews WHERE post_id = ? AND state = 'running' AND flow_id = ?", post, flow); n != running {
					t.Fatalf("%d run", n)
				}
			},
		}.run(t)
	})
}

// A post's time is moved while its last answer comes: both happen, and the time voids
// nothing (rule 13).
func TestRescheduleAndApproveAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, _ := race(t, e)
		flow := x.flow(t, step(model.ModeAny, a.Member))
		at := testkit.Start.Add(48 * time.Hour)
		contest{
			x: x, rounds: rounds(e), both: true,
			start: func(t *testing.T) string { return x.submitted(t, flow, 1) },
			left: func(r *testkit.Replica, post string) error {
				return stubborn(func() error {
					return r.Service.Posts.Reschedule(t.Context(), x.editor, x.b.ID, post, x.postVersion(t, post), &at)
				})
			},
			right: x.decision(t, a.call, a.Member, approve),
			after: func(t *testing.T, post string, left, right error) {
				must(t, left)
				must(t, right)
				if diff := cmp.Diff([]string{"approved", "approved"}, x.stand(t, post)); diff != "" || !x.gate(t, post) {
					t.Fatal(diff)
				}
				row, err := x.Store.Post(t.Context(), x.b.ID, post)
				if must(t, err); row.ScheduledAt == nil || !row.ScheduledAt.Equal(at) {
					t.Fatalf("planned for %v", row.ScheduledAt)
				}
			},
		}.run(t)
	})
}

// An author edits while the last approver decides: locked, or else the approval of the
// old text is void.
func TestEditAndApproveAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, _ := race(t, e)
		flow := x.flow(t, step(model.ModeAny, a.Member))
		contest{
			x: x, rounds: rounds(e), losers: []model.Code{model.CodeContentLocked}, both: true,
			start: func(t *testing.T) string { return x.submitted(t, flow, 1) },
			left: func(r *testkit.Replica, post string) error {
				article := x.articleIDs(t, post)[0]
				return stubborn(func() error {
					version := int64(testkit.Count(t, x.db, "SELECT version FROM articles WHERE id = ?", article))
					return r.Service.Posts.Edit(t.Context(), x.editor, x.b.ID, post, article, version, articleSpec("改", flow))
				})
			},
			right: x.decision(t, a.call, a.Member, approve),
			after: func(t *testing.T, post string, left, right error) {
				must(t, right)
				want := []string{"approved", "approved"}
				if left == nil {
					want = []string{"draft", "draft"}
				}
				if diff := cmp.Diff(want, x.stand(t, post)); diff != "" || x.gate(t, post) != (left != nil) {
					t.Fatal(diff)
				}
			},
		}.run(t)
	})
}
