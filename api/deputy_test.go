package api_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// TestADeputySeesWhatHeDecides: a reviewer who stands in for another reads the versions
// and the shared comments that the absent one was shown, and notes what he has read for
// himself; before and after his period, and of what is internal, he sees nothing.
func TestADeputySeesWhatHeDecides(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		away, stands := a.NewReviewer(t, b), a.NewReviewer(t, b)
		flow := b.NewFlow(t, "外部", M{"mode": "any", "approvers": []string{away.Member}})
		body := func(s string) M { return M{"title": "新品", "body_html": "<p>" + s + "</p>", "flow_id": flow} }
		post := b.Submit(t, b.NewPost(t, body("第一版")).ID)
		article := api.Base + "/articles/" + post.Articles[0].ID
		first := away.Inbox(t, "waiting")[0]
		away.Do(t, "POST", api.Base+"/tasks/"+first.ID+"/seen", M{"revision": 1}).Want(t, 200, nil)
		away.Decide(t, first.ID, "reject", first.Digest, M{"reason": "有错字", "keep_flow": true}).Want(t, 200, nil)
		b.Editor.Do(t, "POST", article+"/comments", M{"body": "内部", "visibility": "internal", "revision": 1}).Want(t, 200, nil)
		b.Editor.Do(t, "POST", article+"/comments", M{"body": "公开", "revision": 1}).Want(t, 200, nil)
		b.Editor.Do(t, "PUT", b.Path+"/posts/"+post.ID+"/articles/"+post.Articles[0].ID, body("第二版"), "If-Match", fmt.Sprintf("%q", fmt.Sprint(versionOf(t, b, post.ID)))).Want(t, 200, nil)
		b.Submit(t, post.ID)
		reads := []string{"/revisions/1", "/revisions/2/diff?against=1", "/comments"}
		for _, path := range reads {
			stands.Do(t, "GET", article+path, nil).Refused(t, 404, model.CodeNotFound)
		}
		now := a.Clock.Now()
		var d api.DeputyOut
		b.Admin.Do(t, "POST", b.Path+"/deputies", M{"member_id": away.Member, "deputy_id": stands.Member, "from": now.Format(time.RFC3339), "until": now.Add(time.Hour).Format(time.RFC3339)}).Want(t, 200, &d)

		item := stands.Inbox(t, "waiting")[0]
		if item.OnBehalfOf != away.Nickname {
			t.Errorf("he stands in for %q", item.OnBehalfOf)
		}
		looked := func(want int, changes bool) (got api.TaskOut) {
			t.Helper()
			stands.Do(t, "GET", api.Base+"/tasks/"+item.ID, nil).Want(t, 200, &got)
			if got.LastSeen != want || (got.ChangesURL != "") != changes {
				t.Errorf("last seen %d, changes at %q", got.LastSeen, got.ChangesURL)
			}
			return got
		}
		looked(0, false)
		stands.Do(t, "POST", api.Base+"/tasks/"+first.ID+"/seen", M{"revision": 1}).Want(t, 200, nil)
		stands.Do(t, "GET", looked(1, true).ChangesURL, nil).Want(t, 200, nil)
		stands.Do(t, "POST", api.Base+"/tasks/"+item.ID+"/seen", M{"revision": 2}).Want(t, 200, nil)
		looked(2, false)
		var his api.TaskOut
		away.Do(t, "GET", api.Base+"/tasks/"+item.ID, nil).Want(t, 200, &his)
		if his.LastSeen != 1 {
			t.Errorf("the absent one has read %d himself", his.LastSeen)
		}
		var said api.List[api.CommentOut]
		stands.Do(t, "GET", article+"/comments", nil).Want(t, 200, &said)
		if len(said.Items) != 1 || said.Items[0].Body != "公开" {
			t.Errorf("he reads %+v", said.Items)
		}
		stands.Do(t, "POST", article+"/comments", M{"body": "代理人说", "reply_to": said.Items[0].ID}).Want(t, 200, nil)
		b.Admin.Do(t, "DELETE", b.Path+"/deputies/"+d.ID, nil).Want(t, 204, nil)
		for _, path := range reads {
			stands.Do(t, "GET", article+path, nil).Refused(t, 404, model.CodeNotFound)
		}
	})
}

// TestATurnThatNeverOpenedShowsNothing: a later step's approver is shown nothing of what
// was withdrawn before his step opened; one who was asked sees what he was asked about.
func TestATurnThatNeverOpenedShowsNothing(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		first, later := a.NewReviewer(t, b), a.NewReviewer(t, b)
		flow := b.NewFlow(t, "两步", M{"mode": "any", "approvers": []string{first.Member}}, M{"mode": "any", "approvers": []string{later.Member}})
		post := b.Submit(t, b.NewPost(t, testkit.Article("标题", M{"flow_id": flow})).ID)
		db := a.Database.SQL(t)
		turn := func(member string) string {
			t.Helper()
			return api.Base + "/tasks/" + testkit.Rows(t, db, "SELECT id FROM tasks WHERE member_id = ?", member)[0][0]
		}
		hidden := func() {
			t.Helper()
			for _, path := range []string{"", "/timeline", "/transfer-candidates"} {
				later.Do(t, "GET", turn(later.Member)+path, nil).Refused(t, 404, model.CodeNotFound)
			}
			later.Do(t, "POST", turn(later.Member)+"/seen", M{"revision": 1}).Refused(t, 404, model.CodeNotFound)
		}
		hidden()
		later.Do(t, "POST", turn(later.Member)+"/transfer", M{"to": b.EditorMember}).Refused(t, 409, model.CodeNotYourTurn)
		b.Editor.Do(t, "POST", b.Path+"/posts/"+post.ID+"/withdraw", nil).Want(t, 200, nil)
		hidden()
		first.Do(t, "GET", turn(first.Member), nil).Want(t, 200, nil)
	})
}

// TestWhoIsOfferedATurn: a list of those to whom a turn may be handed has nobody whom the
// rules refuse.
func TestWhoIsOfferedATurn(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		r, other := a.NewReviewer(t, b), a.NewReviewer(t, b)
		flow := b.NewFlow(t, "会签", M{"mode": "all", "approvers": []string{r.Member, other.Member}})
		b.Submit(t, b.NewPost(t, testkit.Article("标题", M{"flow_id": flow})).ID)
		task := api.Base + "/tasks/" + r.Inbox(t, "waiting")[0].ID
		offered := func() (members []string) {
			t.Helper()
			var got struct{ Items []api.CandidateOut }
			r.Do(t, "GET", task+"/transfer-candidates", nil).Want(t, 200, &got)
			for _, c := range got.Items {
				members = append(members, c.MemberID)
			}
			return members
		}
		if got := offered(); !slices.Equal(got, []string{b.AdminMember}) {
			t.Errorf("%v, want the admin alone: the author and both who are asked are out", got)
		}
		b.Admin.Do(t, "PATCH", b.Path, M{"self_approval": true}, "If-Match", `"1"`).Want(t, 200, nil)
		if got := offered(); len(got) != 2 {
			t.Errorf("%v, want the author as well", got)
		}
		r.Do(t, "POST", task+"/transfer", M{"to": b.EditorMember}).Want(t, 204, nil)
	})
}

// TestWhatWasShownStaysInSight: who was asked about a version that its author took back may
// compare the next one with it.
func TestWhatWasShownStaysInSight(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		r := a.NewReviewer(t, b)
		flow := b.NewFlow(t, "法务", M{"mode": "any", "approvers": []string{r.Member}})
		post := b.Submit(t, b.NewPost(t, testkit.Article("第一版", M{"flow_id": flow})).ID)
		r.Do(t, "POST", api.Base+"/tasks/"+r.Inbox(t, "waiting")[0].ID+"/seen", M{"revision": 1}).Want(t, 200, nil)
		b.Editor.Do(t, "POST", b.Path+"/posts/"+post.ID+"/withdraw", nil).Want(t, 200, nil)
		article := b.Post(t, post.ID).Articles[0]
		b.Editor.Do(t, "PUT", b.Path+"/posts/"+post.ID+"/articles/"+article.ID, testkit.Article("第二版", M{"flow_id": flow}), "If-Match", fmt.Sprintf("%q", fmt.Sprint(article.Version))).Want(t, 200, nil)
		b.Submit(t, post.ID)
		var task api.TaskOut
		r.Do(t, "GET", api.Base+"/tasks/"+r.Inbox(t, "waiting")[0].ID, nil).Want(t, 200, &task)
		if task.ChangesURL == "" {
			t.Fatalf("%+v", task)
		}
		var diff api.DiffOut
		r.Do(t, "GET", task.ChangesURL, nil).Want(t, 200, &diff)
		if diff.From != 1 || diff.To != 2 {
			t.Errorf("%+v", diff)
		}
	})
}
