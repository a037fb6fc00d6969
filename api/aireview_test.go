package api_test

import (
	"fmt"
	"image/color"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// reviewed is a brand whose channel has AI review on.
func reviewed(t *testing.T, a *testkit.App) *testkit.Brand {
	t.Helper()
	b := a.NewBrand(t)
	b.Admin.Do(t, "PUT", b.Path+"/channels/"+b.Channel, M{"name": "服务号", "platform": "wechat_official", "ai_review": true}, "If-Match", `"1"`).Want(t, 200, nil)
	return b
}

func reportPath(article string, number int) string {
	return fmt.Sprintf("%s/articles/%s/revisions/%d/ai-report", api.Base, article, number)
}

// TestAIReport: its author sees it with the post, reviewers with the task, in their own
// language, and only on versions that they were shown.
func TestAIReport(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := reviewed(t, a)
		b.Admin.Do(t, "PATCH", b.Path, M{"blocking_rules": []string{"claim.finance", "wechat.risky"}}, "If-Match", `"1"`).Want(t, 200, nil)
		r, other := a.NewReviewer(t, b), a.NewReviewer(t, b)
		flow := b.NewFlow(t, "外部", M{"mode": "any", "approvers": []string{r.Member}})
		post := b.NewPost(t, testkit.Article("全網最低價", M{"flow_id": flow, "body_html": "<p>正文</p>"}))
		article := post.Articles[0].ID
		if diff := cmp.Diff(&api.AIReportBrief{State: "pending", Errors: 1}, post.Articles[0].AIReport); diff != "" {
			t.Error(diff)
		}
		r.Do(t, "GET", reportPath(article, 1), nil).Refused(t, 404, model.CodeNotFound)
		if _, err := a.Service.AIReviews.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.Submit(t, post.ID)
		if _, err := a.Service.AIReviews.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		var task api.TaskOut
		r.Do(t, "GET", api.Base+"/tasks/"+r.Inbox(t, "waiting")[0].ID, nil).Want(t, 200, &task)
		if diff := cmp.Diff(&api.AIReportBrief{State: "unavailable", Errors: 1, Unavailable: []model.FindingSource{"wechat"}}, task.AIReport); diff != "" {
			t.Error(diff)
		}
		var zh, en api.AIReportOut
		r.Do(t, "GET", reportPath(article, 1), nil, "Accept-Language", "zh-CN").Want(t, 200, &zh)
		r.Do(t, "GET", reportPath(article, 1), nil).Want(t, 200, &en)
		want := []api.Finding{{
			Rule: "ad-law.superlative", Name: "绝对化用语", Severity: "error", Source: "local", Field: "title", Start: 0, End: 5, Quote: "全網最低價",
			Reason: "《广告法》第九条禁止使用“国家级”“最高级”“最佳”等绝对化用语。", Suggestion: "可改为：优惠",
		}}
		if diff := cmp.Diff(want, zh.Findings); diff != "" || zh.Digest != task.Digest {
			t.Error(diff)
		}
		wechat := api.SourceOut{Source: "wechat", State: "unavailable", Reason: "author_not_bound", Message: "The author has bound no WeChat, with which WeChat checks a text.", Blocking: true}
		if diff := cmp.Diff([]api.SourceOut{{Source: "local", State: "done", Blocking: true}, wechat, {Source: "model", State: "off"}}, en.Sources); diff != "" {
			t.Error(diff)
		}
		if !strings.Contains(en.Findings[0].Reason, "Advertising Law") || en.Findings[0].Suggestion != "Write instead: 优惠" {
			t.Errorf("%+v", en.Findings[0])
		}
		other.Do(t, "GET", reportPath(article, 1), nil).Refused(t, 404, model.CodeNotFound)
		r.Do(t, "POST", api.Base+"/articles/"+article+"/ai-report", nil).Refused(t, 401, model.CodeUnauthenticated)
		b.Editor.Do(t, "GET", reportPath(article, 2), nil).Refused(t, 404, model.CodeNotFound)
		var again api.AIReportOut
		b.Editor.Do(t, "POST", api.Base+"/articles/"+article+"/ai-report", nil).Want(t, 200, &again)
		if again.State != "pending" || len(again.Findings) != 1 {
			t.Errorf("%+v", again)
		}
	})
}

// TestBlockedSubmitNamesThePlace: the article, the field, the rule and the words.
func TestBlockedSubmitNamesThePlace(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b := reviewed(t, a)
	b.Admin.Do(t, "PATCH", b.Path, M{"blocking_rules": []string{"claim.finance"}}, "If-Match", `"1"`).Want(t, 200, nil)
	post := b.NewPost(t, testkit.Article("头条"), testkit.Article("次条", M{"body_html": "<p>稳 赚 不 赔</p>"}))
	p := b.Editor.Do(t, "POST", b.Path+"/posts/"+post.ID+"/submit", M{}).Refused(t, 422, model.CodeContentBlocked)
	want := []model.FieldError{{Path: "articles[1].body_html", Reason: "claim.finance", Quote: "稳 赚 不 赔", Message: model.ReasonText(model.LangEn, "claim.finance")}}
	if diff := cmp.Diff(want, p.Errors); diff != "" || !strings.Contains(p.Detail, "“稳 赚 不 赔”") {
		t.Error(diff, p.Detail)
	}
	b.Admin.Do(t, "PATCH", b.Path, M{"blocking_rules": []string{"no-such"}}, "If-Match", `"2"`).Refused(t, 400, model.CodeInvalid)
}

// TestStaleReport: of an article that was edited while AI review was off, the older report
// is told as such; the new version has none.
func TestStaleReport(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b := reviewed(t, a)
	post := b.NewPost(t, testkit.Article("全网最低价", M{"body_html": "<p>正文</p>"}))
	b.Admin.Do(t, "PUT", b.Path+"/channels/"+b.Channel, M{"name": "服务号", "platform": "wechat_official", "ai_review": false}, "If-Match", `"2"`).Want(t, 200, nil)
	at := b.Path + "/posts/" + post.ID
	b.Editor.Do(t, "PUT", at+"/articles/"+post.Articles[0].ID, testkit.Article("价格公道"), "If-Match", `"1"`).Want(t, 200, &post)
	if brief := post.Articles[0].AIReport; brief == nil || !brief.Stale || brief.Errors != 1 {
		t.Errorf("%+v", brief)
	}
	var none api.AIReportOut
	b.Editor.Do(t, "GET", reportPath(post.Articles[0].ID, 2), nil).Want(t, 200, &none)
	if none.State != "none" || len(none.Sources)+len(none.Findings) != 0 {
		t.Errorf("%+v", none)
	}
}

// TestWordsOverHTTP: a table goes in and comes back, and no cell of it is a formula.
func TestWordsOverHTTP(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b := a.NewBrand(t)
	var list api.WordListDetail
	b.Admin.Do(t, "POST", b.Path+"/word-lists", M{"name": "竞品"}).Want(t, 200, &list)
	if !list.Enabled || list.Severity != model.SeverityWarn || list.Count != 0 {
		t.Errorf("%+v", list)
	}
	at := b.Path + "/word-lists/" + list.ID
	put := func(file, version string) testkit.Answer {
		return b.Admin.Do(t, "PUT", at+"/words.csv", []byte(file), "Content-Type", "text/csv", "If-Match", version)
	}
	put("word,severity,suggestion\n=甲乙,error,\n\"丙,丁\",,\"戊\"\"己\"\n", `"1"`).Want(t, 200, &list)
	if list.Count != 2 || list.Words[0].Word != "=甲乙" || list.Words[1].Suggestion != `戊"己` {
		t.Errorf("%+v", list)
	}
	got := b.Admin.Do(t, "GET", at+"/words.csv?bom=true", nil).Want(t, 200, nil)
	want := "\ufeff\"word\",\"severity\",\"suggestion\"\r\n\"'=甲乙\",\"error\",\"\"\r\n\"丙,丁\",\"\",\"戊\"\"己\"\r\n"
	if string(got.Body) != want || got.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%q %s", got.Body, got.Header.Get("Content-Type"))
	}
	put(string(got.Body), `"2"`).Want(t, 200, &list)
	p := put("word\n甲\n甲\n", `"3"`).Refused(t, 400, model.CodeInvalid)
	if len(p.Errors) != 1 || p.Errors[0].Path != "rows[3].word" || p.Errors[0].Reason != "duplicate" {
		t.Errorf("%+v", p.Errors)
	}
	put("word\n"+strings.Repeat("甲", 3<<20), `"3"`).Refused(t, 413, model.CodeTooLarge)
	b.Admin.Do(t, "PUT", at+"/words.csv", []byte("word\n"), "Content-Type", "text/plain", "If-Match", `"3"`).Refused(t, 415, model.CodeUnsupportedMedia)
	b.Admin.Do(t, "PUT", at, M{"name": "竞品名", "enabled": false}, "If-Match", `"3"`).Want(t, 200, &list)
	if list.Count != 2 || list.Enabled || !list.UpdatedAt.Equal(a.Clock.Now()) || list.Name != "竞品名" {
		t.Errorf("%+v", list)
	}
}

// TestReportsCostTheSame: a post of eight articles reads its reports as one does.
func TestReportsCostTheSame(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	a := testkit.NewApp(t, testkit.MySQL, testkit.Options{})
	b := reviewed(t, a)
	var many []M
	for i := range 8 {
		cover := b.Upload(t, "封面.png", "image/png", testkit.PNG(t, 40, 30, color.Gray{uint8(i)}))
		many = append(many, testkit.Article(fmt.Sprint("全网最低价 ", i), M{"cover_id": cover.ID}))
	}
	one, eight := b.NewPost(t, many[0]), b.NewPost(t, many...)
	behind, line := a.Behind(t, testkit.Options{})
	cost := func(id string) int {
		least := 1 << 30
		for range 6 {
			before := line.Statements()
			b.Editor.As(behind).Do(t, "GET", b.Path+"/posts/"+id, nil).Want(t, 200, nil)
			least = min(least, line.Statements()-before)
		}
		return least
	}
	if n, m := cost(one.ID), cost(eight.ID); n == 0 || n != m {
		t.Errorf("%d statements for one article, %d for eight", n, m)
	}
}
