package service_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// articleIDs are a post's articles in order.
func (x *bundle) articleIDs(t testing.TB, post string) (ids []string) {
	t.Helper()
	for _, r := range testkit.Rows(t, x.db, "SELECT id FROM articles WHERE post_id = ? AND removed_at IS NULL ORDER BY position", post) {
		ids = append(ids, r[0])
	}
	return ids
}

func (x *bundle) postVersion(t testing.TB, post string) int64 {
	t.Helper()
	return int64(testkit.Count(t, x.db, "SELECT version FROM posts WHERE id = ?", post))
}

func (x *bundle) reorder(t testing.TB, post string, order ...string) error {
	t.Helper()
	return x.Service.Posts.Reorder(t.Context(), x.editor, x.b.ID, post, x.postVersion(t, post), order)
}

// stand is the post's state and its articles' in order.
func (x *bundle) stand(t testing.TB, post string) (out []string) {
	t.Helper()
	out = append(out, x.cell(t, "SELECT state FROM posts WHERE id = ?", post))
	for _, r := range testkit.Rows(t, x.db, "SELECT state FROM articles WHERE post_id = ? AND removed_at IS NULL ORDER BY position", post) {
		out = append(out, r[0])
	}
	return out
}

// approved is a post of n articles that the admin has approved.
func (x *bundle) approved(t testing.TB, n int) string {
	t.Helper()
	post := x.submitted(t, "", n)
	for range n {
		x.decide(t, x.admin, post, x.b.AdminMember, approve)
	}
	return post
}

// gate asks the publish gate about the rows as they are.
func (x *bundle) gate(t testing.TB, post string) bool {
	t.Helper()
	var out struct {
		Publishable bool `json:"publishable"`
	}
	x.b.Editor.Do(t, "GET", x.b.Path+"/posts/"+post, nil).Want(t, 200, &out)
	return out.Publishable
}

// What a change of the package does to a post whose articles are all approved.
func TestAChangedPackageVoidsTheLeadAlone(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		for _, tc := range []struct {
			name string
			do   func(post string, ids []string) error
			want []string
		}{
			{"add", func(post string, _ []string) error {
				return x.Service.Posts.AddArticle(t.Context(), x.editor, x.b.ID, post, articleSpec("新", ""))
			}, []string{"draft", "draft", "approved", "approved", "draft"}},
			{"remove the lead", func(post string, ids []string) error {
				return x.Service.Posts.RemoveArticle(t.Context(), x.editor, x.b.ID, post, ids[0])
			}, []string{"draft", "draft", "approved"}},
			{"remove another", func(post string, ids []string) error {
				return x.Service.Posts.RemoveArticle(t.Context(), x.editor, x.b.ID, post, ids[2])
			}, []string{"draft", "draft", "approved"}},
			{"a new lead", func(post string, ids []string) error { return x.reorder(t, post, ids[2], ids[0], ids[1]) }, []string{"draft", "draft", "approved", "approved"}},
			{"the same lead, others turned", func(post string, ids []string) error { return x.reorder(t, post, ids[0], ids[2], ids[1]) }, []string{"draft", "draft", "approved", "approved"}},
			{"the same order", func(post string, ids []string) error { return x.reorder(t, post, ids...) }, []string{"approved", "approved", "approved", "approved"}},
		} {
			post := x.approved(t, 3)
			if !x.gate(t, post) {
				t.Fatal(tc.name, ": the gate is closed on an approved post")
			}
			voided := testkit.Count(t, x.db, "SELECT COUNT(*) FROM audit WHERE action = 'article.voided'")
			must(t, tc.do(post, x.articleIDs(t, post)))
			if diff := cmp.Diff(tc.want, x.stand(t, post)); diff != "" {
				t.Error(tc.name, diff)
			}
			changed := tc.want[0] == "draft"
			if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM audit WHERE action = 'article.voided'") - voided; (n == 1) != changed {
				t.Errorf("%s: %d audited as voided", tc.name, n)
			}
			if x.gate(t, post) == changed {
				t.Errorf("%s: the gate is open: %t", tc.name, !changed)
			}
			if !changed {
				continue
			}
			must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil))
			for range countOf(x.stand(t, post)[1:], "in_review") {
				x.decide(t, x.admin, post, x.b.AdminMember, approve)
			}
			if !x.gate(t, post) {
				t.Errorf("%s: approved again, and the gate is closed", tc.name)
			}
		}
		x.chained(t)
	})
}

func countOf(list []string, s string) (n int) {
	for _, v := range list {
		if v == s {
			n++
		}
	}
	return n
}

// An approval that covered the package as it is again stands; nothing was changed for it.
func TestALeadThatComesBack(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		post := x.approved(t, 2)
		ids := x.articleIDs(t, post)
		must(t, x.reorder(t, post, ids[1], ids[0]))
		if diff := cmp.Diff([]string{"draft", "draft", "approved"}, x.stand(t, post)); diff != "" {
			t.Error(diff)
		}
		must(t, x.reorder(t, post, ids[0], ids[1]))
		if diff := cmp.Diff([]string{"draft", "approved", "draft"}, x.stand(t, post)); diff != "" {
			t.Error(diff)
		}
	})
}

// Every refusal, and that nothing was written.
func TestPackageRefusals(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		running, full, one, gone, other := x.submitted(t, "", 2), x.post(t, "", 8), x.post(t, "", 1), x.post(t, "", 2), x.post(t, "", 2)
		must(t, x.Service.Posts.Cancel(t.Context(), x.editor, x.b.ID, gone))
		half := x.submitted(t, "", 2) // one in review, one approved
		x.decide(t, x.admin, half, x.b.AdminMember, approve)
		weibo, err := x.Service.Posts.Create(t.Context(), x.editor, x.b.ID, oneArticle(x.channelOn(t, "weibo"), model.Content{Text: "x"}))
		must(t, err)
		p, ctx := x.Service.Posts, t.Context()
		add := func(post string) error { return p.AddArticle(ctx, x.editor, x.b.ID, post, articleSpec("新", "")) }
		remove := func(post, article string) error { return p.RemoveArticle(ctx, x.editor, x.b.ID, post, article) }
		ids := x.articleIDs(t, other)
		before := x.Database.Rows(t, x.db)
		for name, tc := range map[string]struct {
			err  error
			code model.Code
		}{
			"add to a full post":               {add(full), model.CodeTooManyArticles},
			"add where one is the most":        {p.AddArticle(ctx, x.editor, x.b.ID, weibo, service.ArticleSpec{Content: model.Content{Text: "y"}}), model.CodeTooManyArticles},
			"add while in review":              {add(running), model.CodeContentLocked},
			"add while one is in review":       {add(half), model.CodeContentLocked},
			"add to a cancelled post":          {add(gone), model.CodePostState},
			"add to no post":                   {add(testkit.NewID()), model.CodeNotFound},
			"add bad content":                  {p.AddArticle(ctx, x.editor, x.b.ID, one, service.ArticleSpec{Content: model.Content{Text: "y"}}), model.CodeInvalid},
			"remove the last":                  {remove(one, x.articleIDs(t, one)[0]), model.CodeLastArticle},
			"remove while in review":           {remove(running, x.articleIDs(t, running)[1]), model.CodeContentLocked},
			"remove from a cancelled post":     {remove(gone, x.articleIDs(t, gone)[0]), model.CodePostState},
			"remove another post's":            {remove(other, x.articleIDs(t, one)[0]), model.CodeNotFound},
			"remove nothing":                   {remove(other, testkit.NewID()), model.CodeNotFound},
			"reorder while in review":          {x.reorder(t, running, x.articleIDs(t, running)[1], x.articleIDs(t, running)[0]), model.CodeContentLocked},
			"reorder a cancelled post":         {x.reorder(t, gone, x.articleIDs(t, gone)...), model.CodePostState},
			"reorder an older version":         {p.Reorder(ctx, x.editor, x.b.ID, other, x.postVersion(t, other)-1, []string{ids[1], ids[0]}), model.CodeStale},
			"reorder without one":              {x.reorder(t, other, ids[0]), model.CodeArticleOrder},
			"reorder with one twice":           {x.reorder(t, other, ids[0], ids[0]), model.CodeArticleOrder},
			"reorder with another post's":      {x.reorder(t, other, ids[0], x.articleIDs(t, one)[0]), model.CodeArticleOrder},
			"reorder another brand's, by none": {p.Reorder(ctx, x.editor, testkit.NewID(), other, 1, ids), model.CodeNotFound},
		} {
			if tc.err == nil || model.CodeOf(tc.err) != tc.code {
				t.Errorf("%s: %v, want %s", name, tc.err, tc.code)
			}
		}
		if diff := cmp.Diff(before, x.Database.Rows(t, x.db)); diff != "" {
			t.Error(diff)
		}
	})
}

// A removed article keeps its rows and counts for nothing more.
func TestARemovedArticleKeepsItsHistory(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		post := x.submitted(t, "", 3)
		ids := x.articleIDs(t, post)
		x.decide(t, x.admin, post, x.b.AdminMember, func(k task) model.Answer { return reject(k, false) })
		x.decide(t, x.admin, post, x.b.AdminMember, approve)
		x.decide(t, x.admin, post, x.b.AdminMember, approve)
		if diff := cmp.Diff([]string{"rejected", "rejected", "approved", "approved"}, x.stand(t, post)); diff != "" {
			t.Fatal(diff)
		}
		must(t, x.Service.Posts.RemoveArticle(t.Context(), x.editor, x.b.ID, post, ids[0]))
		if diff := cmp.Diff([]string{"draft", "draft", "approved"}, x.stand(t, post)); diff != "" {
			t.Error(diff)
		}
		wantCode(t, x.Service.Posts.RemoveArticle(t.Context(), x.editor, x.b.ID, post, ids[0]), model.CodeNotFound)
		wantCode(t, x.Service.Posts.Edit(t.Context(), x.editor, x.b.ID, post, ids[0], 1, articleSpec("改", "")), model.CodeNotFound)
		must(t, x.Service.Posts.RemoveArticle(t.Context(), x.editor, x.b.ID, post, ids[2]))
		rows := testkit.Rows(t, x.db, "SELECT id, position, removed_at IS NOT NULL FROM articles WHERE post_id = ? ORDER BY position", post)
		if diff := cmp.Diff([][]string{{ids[2], "-2", "1"}, {ids[0], "-1", "1"}, {ids[1], "1", "0"}}, rows); diff != "" {
			t.Error(diff)
		}
		if all, _ := x.decisions(t, post); all != 3 {
			t.Errorf("%d decisions", all)
		}
		if got := x.cell(t, "SELECT title FROM posts WHERE id = ?", post); got != "文章 2" {
			t.Error(got)
		}
		must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil))
		x.decide(t, x.admin, post, x.b.AdminMember, approve)
		if diff := cmp.Diff([]string{"approved", "approved"}, x.stand(t, post)); diff != "" || !x.gate(t, post) {
			t.Error(diff)
		}
		x.chained(t)
	})
}

// A post from before there were packages stays as it was until its package changes.
func TestAPostFromBeforePackages(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		post := x.approved(t, 2)
		testkit.Exec(t, x.db, "UPDATE posts SET package_digest = ''")
		testkit.Exec(t, x.db, "UPDATE reviews SET package_digest = ''")
		if !x.gate(t, post) {
			t.Error("the gate is closed")
		}
		ids := x.articleIDs(t, post)
		must(t, x.reorder(t, post, ids[1], ids[0]))
		if diff := cmp.Diff([]string{"draft", "draft", "approved"}, x.stand(t, post)); diff != "" || x.gate(t, post) {
			t.Error(diff)
		}
	})
}

// A cover of the lead is part of the package; the gate derives it from the content, not
// from the column.
func TestTheGateDerivesThePackage(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		post := x.approved(t, 2)
		ids := x.articleIDs(t, post)
		for i, id := range []string{ids[1], ids[0]} { // past the product: turned, and the digest left as it was
			testkit.Exec(t, x.db, "UPDATE articles SET position = ? WHERE id = ?", 10+i, id)
		}
		if x.gate(t, post) {
			t.Error("the gate is open to an order that nobody approved")
		}
	})
}

// The gate reads what would be published, not the digest that a row keeps of it.
func TestTheGateReadsTodaysBytes(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		for name, content := range map[string]string{"another text": `{"title":"别的","body_html":"<p>别的</p>"}`, "nothing": "{}"} {
			post := x.approved(t, 2)
			if !x.gate(t, post) {
				t.Fatal("the gate is closed on an approved post")
			}
			testkit.Exec(t, x.db, "UPDATE revisions SET content = ? WHERE article_id = ?", []byte(content), x.articleIDs(t, post)[1]) // past the product
			if x.gate(t, post) {
				t.Errorf("the gate is open to %s that nobody approved", name)
			}
		}
	})
}

func TestReorderWhileTheLastTaskIsApproved(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, a, _ := race(t, e)
		flow := x.flow(t, step(model.ModeAny, a.Member))
		var second string
		contest{
			x: x, rounds: rounds(e), losers: []model.Code{model.CodeContentLocked}, both: true,
			start: func(t *testing.T) string {
				post := x.post(t, flow, 2)
				must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil))
				second = x.articleIDs(t, post)[1]
				_, err := x.Service.Reviews.Decide(t.Context(), a.call, x.taskOn(t, post, second).ID, approve(x.taskOn(t, post, second)))
				must(t, err)
				return post
			},
			left: func(r *testkit.Replica, post string) error {
				ids := x.articleIDs(t, post)
				return stubborn(func() error {
					return r.Service.Posts.Reorder(t.Context(), x.editor, x.b.ID, post, x.postVersion(t, post), []string{ids[1], ids[0]})
				})
			},
			right: func(r *testkit.Replica, post string) error {
				k := x.open(t, post, a.Member)
				_, err := r.Service.Reviews.Decide(t.Context(), a.call, k.ID, approve(k))
				return err
			},
			after: func(t *testing.T, post string, left, right error) {
				must(t, right) // nothing can come before it
				want := []string{"approved", "approved", "approved"}
				if left == nil {
					want = []string{"draft", "draft", "approved"}
				}
				if diff := cmp.Diff(want, x.stand(t, post)); diff != "" || x.gate(t, post) != (left != nil) {
					t.Fatal(diff)
				}
			},
		}.run(t)
	})
}

// taskOn is the newest turn on an article.
func (x *bundle) taskOn(t testing.TB, post, article string) (k task) {
	t.Helper()
	for _, each := range x.tasks(t, post) {
		if each.Article == article {
			k = each
		}
	}
	return k
}

func TestRemoveWhileSubmitting(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 3})
		contest{
			x: x, rounds: rounds(e), losers: []model.Code{model.CodeContentLocked}, both: true,
			start: func(t *testing.T) string { return x.post(t, "", 3) },
			left: func(r *testkit.Replica, post string) error {
				return r.Service.Posts.RemoveArticle(t.Context(), x.editor, x.b.ID, post, x.articleIDs(t, post)[0])
			},
			right: func(r *testkit.Replica, post string) error {
				return r.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil)
			},
			after: func(t *testing.T, post string, left, right error) {
				must(t, right)
				n := 3
				if left == nil {
					n = 2
				}
				if got := testkit.Count(t, x.db, "SELECT COUNT(*) FROM reviews v JOIN posts p ON p.id = v.post_id WHERE p.id = ? AND v.package_digest = p.package_digest AND v.state = 'running'", post); got != n {
					t.Fatalf("%d reviews cover the package, of %d", got, n)
				}
				if got := fmt.Sprint(testkit.Rows(t, x.db, "SELECT position FROM articles WHERE post_id = ? AND removed_at IS NULL ORDER BY position", post)); got != fmt.Sprint([][]string{{"1"}, {"2"}, {"3"}}[:n]) {
					t.Fatal(got)
				}
			},
		}.run(t)
	})
}
