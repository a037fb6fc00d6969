package api_test

import (
	"fmt"
	"image/color"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
)

// talkedAbout is a post of n articles with a picture each, in its second round, and n
// comments on its first article.
func talkedAbout(t *testing.T, b *testkit.Brand, r testkit.Reviewer, flow string, n int) api.PostDetail {
	t.Helper()
	articles := []M{}
	for i := range n {
		picture := b.Upload(t, "封面.png", "image/png", testkit.PNG(t, 40, 30, color.Gray{uint8(i)}))
		articles = append(articles, testkit.Article(fmt.Sprint("第 ", i+1, " 篇"), M{"flow_id": flow, "cover_id": picture.ID}))
	}
	post := b.Submit(t, b.NewPost(t, articles...).ID)
	for _, item := range r.Inbox(t, "waiting") {
		if item.PostID == post.ID {
			r.Decide(t, item.ID, "reject", item.Digest, M{"reason": "再改", "keep_flow": true}).Want(t, 200, nil)
		}
	}
	for range n {
		r.Do(t, "POST", api.Base+"/articles/"+post.Articles[0].ID+"/comments", M{"body": "有错字", "revision": 1}).Want(t, 200, nil)
	}
	return b.Submit(t, post.ID)
}

// TestReadsCostTheSameHoweverMuchThereIs: what lists many things, or shows one with many
// in it, sends no statement for each of them.
func TestReadsCostTheSameHoweverMuchThereIs(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	a := testkit.NewApp(t, testkit.MySQL, testkit.Options{})
	b := a.NewBrand(t)
	r, away := a.NewReviewer(t, b), a.NewReviewer(t, b)
	flow := b.NewFlow(t, "外部", M{"mode": "all", "approvers": []string{r.Member, away.Member}}, M{"mode": "any", "approvers": []string{b.AdminMember}})
	few, many := talkedAbout(t, b, r, flow, 1), talkedAbout(t, b, r, flow, 8)
	behind, line := a.Behind(t, testkit.Options{})
	editor, phone := b.Editor.As(behind), r.As(behind)
	cost := func(c testkit.Client, path string) int {
		t.Helper()
		least := 1 << 30 // what is done in the background comes now and then
		for range 6 {
			before := line.Statements()
			c.Do(t, "GET", path, nil).Want(t, 200, nil)
			least = min(least, line.Statements()-before)
		}
		return least
	}
	same := func(what string, c testkit.Client, little, much string) {
		t.Helper()
		if n, m := cost(c, little), cost(c, much); n == 0 || n != m {
			t.Errorf("%s: %d statements for little, %d for much", what, n, m)
		}
	}
	posts, articles := b.Path+"/posts", api.Base+"/articles/"
	task := func(p api.PostDetail) string {
		t.Helper()
		for _, item := range r.Inbox(t, "waiting") {
			if item.ArticleID == p.Articles[0].ID {
				return api.Base + "/tasks/" + item.ID
			}
		}
		t.Fatal("he is not asked")
		return ""
	}
	same("a post", editor, posts+"/"+few.ID, posts+"/"+many.ID)
	same("a post's history", editor, posts+"/"+few.ID+"/timeline?limit=100", posts+"/"+many.ID+"/timeline?limit=100")
	same("comments", editor, articles+few.Articles[0].ID+"/comments?limit=100", articles+many.Articles[0].ID+"/comments?limit=100")
	same("a task", phone, task(few), task(many))
	same("a task's history", phone, task(few)+"/timeline?limit=100", task(many)+"/timeline?limit=100")
	same("an inbox", phone, api.Base+"/inbox?show=all&limit=1", api.Base+"/inbox?show=all&limit=100")
	now := a.Clock.Now()
	names := func(member string) {
		t.Helper()
		b.Admin.Do(t, "POST", b.Path+"/deputies", M{"member_id": member, "deputy_id": b.EditorMember, "from": now.Format(time.RFC3339), "until": now.Add(time.Hour).Format(time.RFC3339)}).Want(t, 200, nil)
	}
	names(r.Member)
	one := cost(editor, api.Base+"/inbox?show=all&limit=100")
	names(away.Member)
	if two := cost(editor, api.Base+"/inbox?show=all&limit=100"); one != two {
		t.Errorf("an inbox of a deputy: %d statements for one, %d for two", one, two)
	}
	same("deputies", b.Admin.As(behind), b.Path+"/deputies?limit=1", b.Path+"/deputies?limit=100")
}
