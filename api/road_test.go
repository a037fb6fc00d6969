package api_test

import (
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
)

// TestReviewersRoad walks the main job: invite, join, flow, post, review, outcome.
func TestReviewersRoad(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		r := a.NewReviewer(t, b)
		flow := b.NewFlow(t, "两步", testkit.M{"mode": "any", "approvers": []string{b.AdminMember}}, testkit.M{"mode": "all", "approvers": []string{r.Member, b.AdminMember}})
		p := b.NewPost(t, testkit.Article("新品", testkit.M{"flow_id": flow}))
		p = b.Submit(t, p.ID)
		if len(r.Inbox(t, "waiting")) != 0 {
			t.Fatal("the second step must not ask before the first is done")
		}
		first := b.Admin.Inbox(t, "waiting")
		b.Admin.Decide(t, first[0].ID, "approve", first[0].Digest).Want(t, 200, nil)
		mine := r.Inbox(t, "waiting")
		var task api.TaskOut
		r.Do(t, "GET", api.Base+"/tasks/"+mine[0].ID, nil).Want(t, 200, &task)
		var out api.OutcomeOut
		r.Decide(t, task.ID, "approve", task.Digest).Want(t, 200, &out)
		if out.Step != "open" || out.Post != "in_review" {
			t.Fatalf("all: one approval of two ended the step: %+v", out)
		}
		second := b.Admin.Inbox(t, "waiting")
		b.Admin.Decide(t, second[0].ID, "approve", second[0].Digest).Want(t, 200, &out)
		if out.Post != "approved" {
			t.Fatalf("post %s", out.Post)
		}
		if p = b.Post(t, p.ID); !p.Publishable || p.State != "approved" {
			t.Fatalf("state %s, publishable %t", p.State, p.Publishable)
		}
		a.Drain(t.Context(), t)
	})
}
