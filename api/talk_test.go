package api_test

import (
	"fmt"
	"strings"
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// TestSinceILastLooked walks the road of a second round: a comment, a rejection, an edit,
// and what the reviewer is told of it.
func TestSinceILastLooked(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		r := a.NewReviewer(t, b)
		flow := b.NewFlow(t, "外部", M{"mode": "any", "approvers": []string{r.Member}})
		body := func(s string) M {
			return M{"title": "新品", "body_html": "<p>开头</p><p>" + s + "</p>", "flow_id": flow}
		}
		post := b.Submit(t, b.NewPost(t, body("今天全新上市，仅售19元")).ID)
		article := api.Base + "/articles/" + post.Articles[0].ID
		task := r.Inbox(t, "waiting")[0]
		r.Do(t, "POST", api.Base+"/tasks/"+task.ID+"/seen", M{"revision": 1}).Want(t, 200, nil)
		var said api.CommentOut
		r.Do(t, "POST", article+"/comments", M{"body": "价格不对", "revision": 1, "anchor": M{"kind": "paragraph", "block": 1, "quote": "19元"}}).Want(t, 200, &said)
		r.Do(t, "POST", api.Base+"/tasks/"+task.ID+"/decision", M{"action": "reject", "digest": task.Digest, "reason": "价格", "keep_flow": true}).Want(t, 200, nil)
		b.Editor.Do(t, "PUT", b.Path+"/posts/"+post.ID+"/articles/"+post.Articles[0].ID, body("今天全新上市，仅售29元"), "If-Match", fmt.Sprintf(`"%d"`, versionOf(t, b, post.ID))).Want(t, 200, nil)
		r.Do(t, "GET", article+"/revisions/2/diff?against=1", nil).Refused(t, 404, model.CodeNotFound) // a draft, as yet
		b.Submit(t, post.ID)

		item := r.Inbox(t, "waiting")[0]
		if item.OpenComments != 1 {
			t.Errorf("%d open comments in the inbox", item.OpenComments)
		}
		var now api.TaskOut
		r.Do(t, "GET", api.Base+"/tasks/"+item.ID, nil).Want(t, 200, &now)
		if now.LastSeen != 1 || now.OpenComments != 1 || now.ChangesURL == "" {
			t.Fatalf("%+v", now)
		}
		var d api.DiffOut
		r.Do(t, "GET", now.ChangesURL, nil).Want(t, 200, &d)
		if len(d.Fields) != 1 || d.From != 1 || d.To != 2 || !strings.Contains(fmt.Sprint(d.Fields[0].Blocks[1].Spans), "{delete 19} {insert 29}") {
			t.Errorf("%+v", d)
		}
		var backwards api.DiffOut
		r.Do(t, "GET", article+"/revisions/1/diff?against=2", nil).Want(t, 200, &backwards)
		if backwards.From != 1 || backwards.To != 2 {
			t.Errorf("asked the other way round: %d to %d", backwards.From, backwards.To)
		}
		r.Do(t, "GET", article+"/revisions/2/diff", nil).Refused(t, 400, model.CodeInvalid)
		r.Do(t, "POST", api.Base+"/tasks/"+item.ID+"/seen", M{"revision": 2}).Want(t, 200, nil)
		now = api.TaskOut{}
		r.Do(t, "GET", api.Base+"/tasks/"+item.ID, nil).Want(t, 200, &now)
		if now.LastSeen != 2 || now.ChangesURL != "" {
			t.Errorf("seen, and %+v", now)
		}
		pages(t, b, r, article)
	})
}

func versionOf(t *testing.T, b *testkit.Brand, post string) int64 {
	t.Helper()
	var p api.PostDetail
	b.Editor.Do(t, "GET", b.Path+"/posts/"+post, nil).Want(t, 200, &p)
	return p.Articles[0].Version
}

// pages reads both lists a line at a time.
func pages(t *testing.T, b *testkit.Brand, r testkit.Reviewer, article string) {
	t.Helper()
	b.Editor.Do(t, "POST", article+"/comments", M{"body": "内部", "visibility": "internal", "revision": 2}).Want(t, 200, nil)
	b.Editor.Do(t, "POST", article+"/comments", M{"body": "公开", "revision": 2}).Want(t, 200, nil)
	for who, want := range map[string]struct {
		as   testkit.Client
		said []string
	}{"editor": {b.Editor, []string{"价格不对 true", "内部 false", "公开 false"}}, "reviewer": {r.Client, []string{"价格不对 true", "公开 false"}}} {
		var said []string
		testkit.EachPage(t, func(cursor string) string {
			var page api.List[api.CommentOut]
			want.as.Do(t, "GET", article+"/comments?limit=1&cursor="+cursor, nil).Want(t, 200, &page)
			for _, c := range page.Items {
				said = append(said, fmt.Sprint(c.Body, " ", c.Outdated))
			}
			return page.NextCursor
		})
		if fmt.Sprint(said) != fmt.Sprint(want.said) {
			t.Errorf("%s reads %v", who, said)
		}
		var first, second api.List[api.RevisionLine]
		want.as.Do(t, "GET", article+"/revisions?limit=1", nil).Want(t, 200, &first)
		want.as.Do(t, "GET", article+"/revisions?limit=1&cursor="+first.NextCursor, nil).Want(t, 200, &second)
		if first.Items[0].Number != 2 || second.Items[0].Number != 1 || second.NextCursor != "" || first.Items[0].Author == "" {
			t.Errorf("%s: %+v, then %+v", who, first, second)
		}
	}
}
