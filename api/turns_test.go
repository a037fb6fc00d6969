package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

type bulkAnswer struct {
	Items []api.BulkItemOut `json:"items"`
}

// codes are what became of several answers: states, or codes of refusals.
func (b bulkAnswer) codes() (out []string) {
	for _, i := range b.Items {
		if i.Problem != nil {
			out = append(out, string(i.Problem.Code))
		} else {
			out = append(out, string(i.Outcome.State))
		}
	}
	return out
}

// TestSeveralAnswersAtOnce: each counts by itself, for the content that it names; the same
// request again answers the same and decides nothing twice.
func TestSeveralAnswersAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		r, other := a.NewReviewer(t, b), a.NewReviewer(t, b)
		mine := b.NewFlow(t, "外部", M{"mode": "any", "approvers": []string{r.Member}})
		his := b.NewFlow(t, "别人", M{"mode": "any", "approvers": []string{other.Member}})
		b.Submit(t, b.NewPost(t, testkit.Article("一", M{"flow_id": mine}), testkit.Article("二", M{"flow_id": mine}), testkit.Article("三", M{"flow_id": mine}), testkit.Article("四", M{"flow_id": his})).ID)
		items := map[string]api.InboxItem{}
		for _, i := range append(r.Inbox(t, "waiting"), other.Inbox(t, "waiting")...) {
			items[i.Title] = i
		}
		answer := func(title, action, digest string) M {
			return M{"task_id": items[title].ID, "action": action, "digest": digest, "reason": "见批注"}
		}
		list := []M{
			answer("一", "approve", items["一"].Digest), answer("二", "approve", items["一"].Digest), answer("三", "reject", items["三"].Digest),
			answer("四", "approve", items["四"].Digest),
			{"task_id": testkit.NewID(), "action": "approve", "digest": items["一"].Digest},
		}
		const path, key = api.Base + "/inbox/decisions", "several-answers-1"
		want := []string{"approved", "content_changed", "rejected", "not_found", "not_found"}
		db := a.Database.SQL(t)
		for range 2 {
			var got bulkAnswer
			r.Do(t, "POST", path, M{"decisions": list}, "Idempotency-Key", key).Want(t, 200, &got)
			if diff := cmp.Diff(want, got.codes()); diff != "" {
				t.Error(diff)
			}
			if p := got.Items[1].Problem; p == nil || p.Args["digest"] != items["二"].Digest || p.Status != 409 || p.Detail == "" {
				t.Errorf("of other content: %+v", p)
			}
			if n := testkit.Count(t, db, "SELECT COUNT(*) FROM decisions"); n != 2 {
				t.Errorf("%d decisions", n)
			}
		}
		r.Do(t, "POST", path, M{"decisions": list[:1]}, "Idempotency-Key", key).Refused(t, 422, model.CodeKeyReused)
		twice := r.Do(t, "POST", path, M{"decisions": []M{list[1], list[1]}}).Refused(t, 400, model.CodeInvalid)
		if len(twice.Errors) != 1 || twice.Errors[0].Path != "decisions[1].task_id" {
			t.Errorf("one task twice: %+v", twice.Errors)
		}
		r.Do(t, "POST", path, M{"decisions": []M{}}).Refused(t, 400, model.CodeInvalid)
		r.Do(t, "POST", path, M{"decisions": make51(list[1])}).Refused(t, 400, model.CodeInvalid)
		var late bulkAnswer
		r.Do(t, "POST", path, M{"decisions": []M{list[0], answer("二", "approve", items["二"].Digest)}}).Want(t, 200, &late)
		if diff := cmp.Diff([]string{"already_decided", "approved"}, late.codes()); diff != "" || late.Items[0].Problem.Args["by"] != r.Nickname {
			t.Errorf("decided before: %s, by %v", diff, late.Items[0].Problem)
		}
	})
}

func make51(one M) (list []M) {
	for range 51 {
		list = append(list, M{"task_id": testkit.NewID(), "action": one["action"], "digest": one["digest"]})
	}
	return list
}

// TestInboxByBrand: how much waits and was decided in each brand, when the next is due,
// and the lines of one brand alone; what a deputy sees is counted as his absent one's.
func TestInboxByBrand(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		first, second := a.NewBrand(t), a.NewBrand(t)
		r := a.NewReviewer(t, first)
		_, token := a.Invite(t, second, M{})
		var asked api.RequestOut
		r.Do(t, "POST", api.Base+"/person/access-requests", M{"token": token}).Want(t, 200, &asked)
		second.Admin.Do(t, "POST", second.Path+"/access-requests/"+asked.ID+"/admit", M{}).Want(t, 200, nil)
		member := testkit.Rows(t, a.Database.SQL(t), "SELECT id FROM memberships WHERE brand_id = '"+second.ID+"' AND person_id IS NOT NULL")[0][0]
		due := a.Clock.Now().Add(30 * time.Hour)
		for _, at := range []time.Time{due.Add(time.Hour), due} {
			flow := first.NewFlow(t, "外部", M{"mode": "any", "approvers": []string{r.Member}})
			p := first.NewPost(t, testkit.Article("甲", M{"flow_id": flow}))
			first.Editor.Do(t, "PATCH", first.Path+"/posts/"+p.ID, M{"scheduled_at": at.Format(time.RFC3339)}, "If-Match", fmt.Sprintf("%q", fmt.Sprint(p.Version))).Want(t, 200, nil)
			first.Submit(t, p.ID)
		}
		flow := second.NewFlow(t, "外部", M{"mode": "any", "approvers": []string{member}})
		second.Submit(t, second.NewPost(t, testkit.Article("乙", M{"flow_id": flow})).ID)
		for _, i := range r.Inbox(t, "waiting") {
			if i.BrandID == second.ID {
				r.Decide(t, i.ID, "approve", i.Digest).Want(t, 200, nil)
			}
		}
		counts := func(c testkit.Client) map[string][2]int {
			t.Helper()
			var got api.List[api.InboxBrandOut]
			c.Do(t, "GET", api.Base+"/inbox/brands", nil).Want(t, 200, &got)
			var page struct{ Brands []api.InboxBrandOut }
			c.Do(t, "GET", api.Base+"/inbox?limit=1&counts=true", nil).Want(t, 200, &page)
			if diff := cmp.Diff(got.Items, page.Brands); diff != "" {
				t.Error("with the inbox:", diff)
			}
			out := map[string][2]int{}
			for _, b := range got.Items {
				out[b.BrandID] = [2]int{b.Waiting.Count, b.Decided.Count}
				if b.BrandID == first.ID && (b.NextDue == nil || !b.NextDue.Equal(due)) {
					t.Errorf("the next is due at %v", b.NextDue)
				}
			}
			return out
		}
		if diff := cmp.Diff(map[string][2]int{first.ID: {2, 0}, second.ID: {0, 1}}, counts(r.Client)); diff != "" {
			t.Error(diff)
		}
		for _, b := range []*testkit.Brand{first, second} {
			var got api.List[api.InboxItem]
			r.Do(t, "GET", api.Base+"/inbox?show=all&brand="+b.ID, nil).Want(t, 200, &got)
			if len(got.Items) != map[string]int{first.ID: 2, second.ID: 1}[b.ID] || got.Items[0].BrandID != b.ID {
				t.Errorf("%d lines of one brand", len(got.Items))
			}
		}
		now := a.Clock.Now()
		r.Do(t, "POST", first.Path+"/deputies", M{"deputy_id": first.EditorMember, "from": now.Format(time.RFC3339), "until": now.Add(time.Hour).Format(time.RFC3339)}).Want(t, 200, nil)
		if diff := cmp.Diff(map[string][2]int{first.ID: {2, 0}}, counts(first.Editor)); diff != "" {
			t.Error("of his deputy:", diff)
		}
	})
}

// TestBlockedSteps: a step that nobody is left to answer stands in the list until an
// admin names somebody, and is told to the author.
func TestBlockedSteps(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		r, next := a.NewReviewer(t, b), a.NewReviewer(t, b)
		flow := b.NewFlow(t, "外部", M{"mode": "all", "approvers": []string{r.Member}})
		post := b.Submit(t, b.NewPost(t, testkit.Article("标题", M{"flow_id": flow})).ID)
		listed := func() []api.BlockedStepOut {
			t.Helper()
			var got api.List[api.BlockedStepOut]
			b.Editor.Do(t, "GET", b.Path+"/blocked-steps", nil).Want(t, 200, &got)
			return got.Items
		}
		if len(listed()) != 0 {
			t.Error("it is not blocked yet")
		}
		b.Admin.Do(t, "DELETE", b.Path+"/members/"+r.Member, nil).Want(t, 204, nil)
		got := listed()
		want := []api.BlockedStepOut{{ReviewID: post.Articles[0].Review.ID, Position: 1, PostID: post.ID, ArticleID: post.Articles[0].ID, Title: "标题"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		b.Editor.Do(t, "POST", b.Path+"/posts/"+post.ID+"/urge", nil).Refused(t, 409, model.CodeNobodyToUrge)
		path := fmt.Sprint(b.Path, "/reviews/", got[0].ReviewID, "/steps/1/replacement")
		b.Editor.Do(t, "POST", path, M{"replacement_id": next.Member}).Refused(t, 403, model.CodeForbidden)
		b.Admin.Do(t, "POST", path, M{"replacement_id": next.Member}).Want(t, 200, nil)
		if len(listed()) != 0 || len(next.Inbox(t, "waiting")) != 1 {
			t.Error("it is open again")
		}
		if n := testkit.Count(t, a.Database.SQL(t), "SELECT COUNT(*) FROM outbox WHERE topic = 'notice.step_blocked'"); n != 1 {
			t.Errorf("%d notices of a blocked step", n)
		}
	})
}
