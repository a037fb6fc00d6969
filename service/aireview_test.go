package service_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/aimodel"
	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// judge is a model behind HTTP: it finds each of its words in what it is asked.
type judge struct {
	*httptest.Server
	words  []string
	status int
	tokens int
	asked  int
	during func() // while it thinks
}

func newJudge(t *testing.T, words ...string) *judge {
	t.Helper()
	j := &judge{words: words, status: 200, tokens: 100}
	j.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Messages []struct{ Content string } `json:"messages"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.Messages) != 2 {
			t.Errorf("asked oddly: %v", err)
			return
		}
		j.asked++
		if j.during != nil {
			j.during()
		}
		found := []any{}
		for _, word := range j.words {
			if strings.Contains(in.Messages[1].Content, word) {
				found = append(found, map[string]any{"rule": "fact", "severity": "warn", "quote": word, "reason": "存疑", "suggestion": ""})
			}
		}
		content, err := json.Marshal(map[string]any{"findings": found})
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(j.status)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"choices": []any{map[string]any{"finish_reason": "stop", "message": map[string]any{"content": string(content)}}}, "usage": map[string]any{"total_tokens": j.tokens},
		})
	}))
	t.Cleanup(j.Close)
	return j
}

// desk is a brand whose channel has AI review on.
type desk struct {
	*bundle
	judge *judge
}

func newDesk(t *testing.T, e testkit.Engine, j *judge, daily int64) *desk {
	t.Helper()
	o := testkit.Options{Tune: func(_ *api.Options, s *service.Settings) { s.AIDailyTokens = daily }}
	if j != nil {
		client := aimodel.New(aimodel.Config{BaseURL: j.URL, Model: "judge", MaxTokens: 100, Timeout: 5 * time.Second})
		t.Cleanup(client.Close)
		o.Model = client
	}
	x := &desk{setup(t, e, o), j}
	x.review(t, true)
	return x
}

// review switches the channel's AI review.
func (x *desk) review(t testing.TB, on bool) {
	t.Helper()
	c, err := x.Store.Channel(t.Context(), x.b.ID, x.b.Channel)
	must(t, err)
	must(t, x.Service.Brands.UpdateChannel(t.Context(), x.admin, x.b.ID, c.ID, c.Version, service.ChannelSpec{Name: c.Name, AIReview: on}))
}

func (x *desk) blocking(t testing.TB, rules ...string) {
	t.Helper()
	b, err := x.Store.Brand(t.Context(), x.b.ID)
	must(t, err)
	must(t, x.Service.Brands.Update(t.Context(), x.admin, x.b.ID, b.Version, service.BrandPatch{BlockingRules: append([]string{}, rules...)}))
}

// writes makes a post of one article and answers it with its article.
func (x *desk) writes(t testing.TB, body string) (post, article string) {
	t.Helper()
	post, err := x.Service.Posts.Create(t.Context(), x.editor, x.b.ID, service.PostSpec{ChannelID: x.b.Channel, Articles: []service.ArticleSpec{saying(body)}})
	must(t, err)
	return post, x.cell(t, "SELECT id FROM articles WHERE post_id = ?", post)
}

func saying(body string) service.ArticleSpec {
	return service.ArticleSpec{Content: model.Content{Title: "标题", BodyHTML: "<p>" + body + "</p>"}}
}

func (x *desk) edits(t testing.TB, post, article, body string) {
	t.Helper()
	version := int64(testkit.Count(t, x.db, "SELECT version FROM articles WHERE id = ?", article))
	must(t, x.Service.Posts.Edit(t.Context(), x.editor, x.b.ID, post, article, version, saying(body)))
}

func (x *desk) submits(t testing.TB, post string) error {
	t.Helper()
	return x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil)
}

// report is the one on an article's content of today, as a line.
func (x *desk) report(t testing.TB, article string) (model.AIReport, string) {
	t.Helper()
	v, err := x.Store.AIReportOf(t.Context(), article, x.cell(t, "SELECT digest FROM articles WHERE id = ?", article))
	must(t, err)
	var line []string
	for _, s := range v.Sources {
		line = append(line, strings.TrimSpace(fmt.Sprintf("%s %s %s", s.Source, s.State, s.Reason)))
	}
	for _, f := range v.Findings {
		line = append(line, f.Rule+" "+f.Quote)
	}
	return v, strings.Join(line, ", ")
}

func (x *desk) says(t testing.TB, article, want string) {
	t.Helper()
	if _, got := x.report(t, article); got != want {
		t.Errorf("the report says %q, want %q", got, want)
	}
}

// drains asks the sources once.
func (x *desk) drains(t testing.TB) {
	t.Helper()
	_, err := x.Service.AIReviews.Drain(t.Context())
	must(t, err)
}

// binds gives the editor a WeChat that is in the mini-program now.
func (x *desk) binds(t testing.TB) {
	t.Helper()
	phone, _ := x.Phone(t, "")
	user := x.cell(t, "SELECT user_id FROM memberships WHERE id = ?", x.b.EditorMember)
	person := x.cell(t, "SELECT person_id FROM sessions WHERE token_hash = ?", model.HashToken(phone.Bearer))
	testkit.Exec(t, x.db, "INSERT INTO bindings (person_id, user_id, created_at) VALUES (?, ?, '2026-03-02 08:00:00')", person, user)
}

const unbound = "wechat unavailable author_not_bound"

// TestReportFollowsTheContent: local rules in the act itself, an edit makes another report,
// and content that comes back finds its own, without asking again.
func TestReportFollowsTheContent(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newDesk(t, e, newJudge(t, "去年"), 0)
		post, article := x.writes(t, "全网最低价，去年")
		x.says(t, article, "local done, wechat pending, model pending, ad-law.superlative 全网最低价")
		x.drains(t)
		const first = "local done, " + unbound + ", model done, ad-law.superlative 全网最低价, model.fact 去年"
		x.says(t, article, first)
		x.edits(t, post, article, "价格公道")
		x.says(t, article, "local done, wechat pending, model pending")
		x.drains(t)
		x.says(t, article, "local done, "+unbound+", model done")
		x.edits(t, post, article, "全网最低价，去年")
		x.says(t, article, "local done, wechat pending, model done, ad-law.superlative 全网最低价, model.fact 去年")
		x.drains(t)
		x.says(t, article, first)
		if x.judge.asked != 2 || testkit.Count(t, x.db, "SELECT COUNT(*) FROM ai_reports") != 2 {
			t.Error("asked", x.judge.asked)
		}
		v, _ := x.report(t, article)
		if v.RevisionNumber != 3 || v.NextAt != model.Never || v.Source(model.SourceModel).Version != "judge "+aimodel.PromptVersion {
			t.Errorf("%+v", v)
		}
	})
}

// TestBlockingRules: advice does not block, a blocking rule does, and names what it has
// found; nothing of it approves.
func TestBlockingRules(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newDesk(t, e, nil, 0)
		advised, _ := x.writes(t, "全网最低价")
		must(t, x.submits(t, advised))
		x.blocking(t, "ad-law.superlative", model.RuleWeChatRisky, "model.fact")
		post, article := x.writes(t, "全网最低价，行业第一")
		got := refused(t, x.submits(t, post), model.CodeContentBlocked)
		if len(got.Fields) != 2 || got.Fields[0].Path != "articles[0].body_html" || got.Fields[0].Reason != "ad-law.superlative" || got.Fields[1].Quote != "行业第一" {
			t.Errorf("%+v", got.Fields)
		}
		if state := x.cell(t, "SELECT state FROM posts WHERE id = ?", post); state != "draft" {
			t.Error("the post is", state)
		}
		var dry service.Rehearsal
		c := x.editor
		c.DryRun = &dry
		before := x.Database.Rows(t, x.db)
		must(t, x.Service.Reviews.Submit(t.Context(), c, x.b.ID, post, nil))
		if model.CodeOf(dry.Plans[0].Refusal) != model.CodeContentBlocked || before["ai_reports"] != x.Database.Rows(t, x.db)["ai_reports"] {
			t.Errorf("%+v", dry.Plans)
		}
		x.edits(t, post, article, "价格公道")
		must(t, x.submits(t, post)) // WeChat has not answered, and nobody is bound: people decide
		if state := x.cell(t, "SELECT state FROM posts WHERE id = ?", post); state != "in_review" {
			t.Error("the post is", state)
		}
	})
}

// TestOffChannels: where AI review is off nothing is looked at and nothing blocks; switched
// on later, the submit looks.
func TestOffChannels(t *testing.T) {
	t.Parallel()
	x := newDesk(t, testkit.SQLite, nil, 0)
	x.blocking(t, "ad-law.superlative")
	x.review(t, false)
	quiet, _ := x.writes(t, "全网最低价")
	later, article := x.writes(t, "全网最低价")
	must(t, x.submits(t, quiet))
	wantCode(t, x.Service.AIReviews.Again(t.Context(), x.editor, article), model.CodeAIReviewOff)
	if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM ai_reports"); n != 0 {
		t.Error(n, "reports")
	}
	x.review(t, true)
	wantCode(t, x.submits(t, later), model.CodeContentBlocked)
	must(t, x.Service.AIReviews.Again(t.Context(), x.editor, article))
	x.says(t, article, "local done, wechat pending, model off, ad-law.superlative 全网最低价")
}

// TestWeChatNeedsTheAuthor: bound and there a moment ago; its verdict is told by its label.
func TestWeChatNeedsTheAuthor(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newDesk(t, e, nil, 0)
		x.binds(t)
		post, article := x.writes(t, "有违禁的话")
		x.drains(t)
		x.says(t, article, "local done, wechat done, model off, wechat.risky 有违禁的话")
		x.edits(t, post, article, "有疑似的话")
		x.drains(t)
		x.says(t, article, "local done, wechat done, model off, wechat.review 有疑似的话")
		v, _ := x.report(t, article)
		if text := model.TextOfFinding(model.LangEn, v.Findings[0]); !strings.Contains(text.Reason, "advertising") {
			t.Error(text)
		}
		x.Clock.Add(3 * time.Hour)
		x.edits(t, post, article, "别的话")
		x.drains(t)
		x.says(t, article, "local done, wechat unavailable wechat_user_idle, model off")
	})
}

// TestSourceGivesUp: what passes by itself is tried again, and then called unavailable; a
// new asking begins anew.
func TestSourceGivesUp(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newDesk(t, e, newJudge(t, "好茶"), 0)
		x.judge.status = 503
		_, article := x.writes(t, "好茶")
		for range 6 {
			x.says(t, article, map[bool]string{true: "local done, wechat pending, model pending", false: "local done, " + unbound + ", model pending"}[x.judge.asked == 0])
			x.drains(t)
			x.Clock.Add(2 * time.Hour)
		}
		x.says(t, article, "local done, "+unbound+", model unavailable ai_model_busy")
		asked := x.judge.asked
		x.drains(t)
		if asked != 6 || x.judge.asked != 6 {
			t.Error("asked", asked, x.judge.asked)
		}
		x.judge.status = 401
		must(t, x.Service.AIReviews.Again(t.Context(), x.editor, article))
		x.drains(t)
		x.says(t, article, "local done, "+unbound+", model unavailable ai_model_misconfigured")
		x.judge.status = 200
		must(t, x.Service.AIReviews.Again(t.Context(), x.editor, article))
		x.drains(t)
		x.says(t, article, "local done, "+unbound+", model done, model.fact 好茶")
	})
}

// TestFaultsEnd: a report that panics each time is called unavailable in the end.
func TestFaultsEnd(t *testing.T) {
	t.Parallel()
	x := newDesk(t, testkit.SQLite, newJudge(t), 0)
	_, article := x.writes(t, "好茶")
	testkit.Exec(t, x.db, "UPDATE revisions SET content = 'no content'")
	for range 6 {
		x.says(t, article, "local done, wechat pending, model pending")
		x.drains(t)
		x.Clock.Add(time.Hour)
	}
	x.says(t, article, "local done, wechat unavailable internal, model unavailable internal")
}

// TestLateAnswersAreDropped: while the model thinks, somebody asks anew; only the answer to
// the newest asking counts. And a report is leased once.
func TestLateAnswersAreDropped(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newDesk(t, e, newJudge(t, "好茶"), 0)
		_, article := x.writes(t, "好茶")
		x.judge.during = func() {
			x.judge.during = nil
			must(t, x.Service.AIReviews.Again(t.Context(), x.editor, article))
		}
		x.drains(t)
		x.says(t, article, "local done, wechat pending, model pending")
		x.drains(t)
		x.says(t, article, "local done, "+unbound+", model done, model.fact 好茶")
		if n, err := x.Service.AIReviews.Drain(t.Context()); n != 0 || err != nil {
			t.Error(n, err)
		}
	})
}

// TestDailyTokens: a brand's budget of the day is taken before the question and corrected
// after it; when it is used up the model is unavailable, until the next day.
func TestDailyTokens(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newDesk(t, e, newJudge(t), 4000)
		x.judge.tokens = 3000
		post, article := x.writes(t, "甲")
		x.drains(t)
		if spent := testkit.Count(t, x.db, "SELECT tokens FROM ai_usage"); spent != 3000 {
			t.Error("spent", spent)
		}
		x.edits(t, post, article, "乙")
		x.drains(t)
		x.says(t, article, "local done, "+unbound+", model unavailable ai_model_quota")
		x.Clock.Add(24 * time.Hour)
		must(t, x.Service.AIReviews.Again(t.Context(), x.editor, article))
		x.drains(t)
		x.says(t, article, "local done, "+unbound+", model done")
		if x.judge.asked != 2 {
			t.Error("asked", x.judge.asked)
		}
	})
}

// TestOwnWordsAreLookedFor: a changed list counts from the next save or submit on, on the
// same content too.
func TestOwnWordsAreLookedFor(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newDesk(t, e, nil, 0)
		post, article := x.writes(t, "我们比某某茶香")
		x.says(t, article, "local done, wechat pending, model off")
		list, err := x.Service.WordLists.Create(t.Context(), x.admin, x.b.ID, service.WordListSpec{
			Name: "竞品", Severity: model.SeverityError, Enabled: true, Words: []model.Word{{Word: "某某茶", Suggestion: "别的茶"}},
		})
		must(t, err)
		x.blocking(t, model.BrandRule(model.SeverityError))
		wantCode(t, x.submits(t, post), model.CodeContentBlocked)
		must(t, x.Service.WordLists.Update(t.Context(), x.admin, x.b.ID, list, 1, service.WordListSpec{Name: "竞品", Severity: model.SeverityWarn, Enabled: true}))
		must(t, x.submits(t, post))
		x.says(t, article, "local done, wechat pending, model off, brand-words.warn 某某茶")
		must(t, x.Service.WordLists.Update(t.Context(), x.admin, x.b.ID, list, 2, service.WordListSpec{Name: "竞品", Severity: model.SeverityWarn}))
		_, article = x.writes(t, "某某茶")
		x.says(t, article, "local done, wechat pending, model off")
	})
}

// TestWhoMayAskAgain: staff of the article's brand.
func TestWhoMayAskAgain(t *testing.T) {
	t.Parallel()
	x := newDesk(t, testkit.SQLite, nil, 0)
	_, article := x.writes(t, "好茶")
	own := x.editor
	x.brand(t)
	wantCode(t, x.Service.AIReviews.Again(t.Context(), x.CallOf(t, x.b.Editor), article), model.CodeNotFound)
	var codes []model.Code
	for range 11 {
		codes = append(codes, model.CodeOf(x.Service.AIReviews.Again(t.Context(), own, article)))
	}
	if !slices.Contains(codes, model.CodeTooMany) {
		t.Error(codes)
	}
}
