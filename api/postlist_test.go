package api_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// planned writes a post with a planned time.
func planned(t *testing.T, b *testkit.Brand, title, at string) string {
	t.Helper()
	var p api.PostDetail
	b.Editor.Do(t, "POST", b.Path+"/posts", M{"channel_id": b.Channel, "scheduled_at": at, "articles": []any{testkit.Article(title)}}).Want(t, 200, &p)
	return p.ID
}

func titles(items []api.PostOut) (out []string) {
	for _, p := range items {
		out = append(out, p.Title)
	}
	return out
}

// The calendar shows a month or a week of the brand's zone, by time, without what was
// cancelled; each cell says whose and where it is.
func TestCalendar(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		planned(t, b, "月初", "2026-11-01T00:00:00+08:00")
		planned(t, b, "上月", "2026-10-31T23:59:59.999+08:00")
		planned(t, b, "月末", "2026-11-30T23:59:59.999+08:00")
		planned(t, b, "下月", "2026-12-01T00:00:00+08:00")
		gone := planned(t, b, "取消", "2026-11-10T00:00:00+08:00")
		b.Editor.Do(t, "DELETE", b.Path+"/posts/"+gone, nil).Want(t, 204, nil)
		b.NewPost(t, testkit.Article("未定"))
		for query, want := range map[string][]string{
			"?month=2026-11":                 {"月初", "月末"},
			"?month=2026-12":                 {"下月"},
			"?month=2026-11&state=cancelled": {"取消"},
			"?month=2026-11&state=approved":  nil,
			"?month=2026-11&author=" + b.EditorMember + "&channel=" + b.Channel + "&platform=wechat_official": {"月初", "月末"},
			"?month=2026-11&author=" + b.AdminMember:                                                          nil,
			"?week=2026-W44":                                                                                  {"上月", "月初"},
			"?from=2026-10-31T00:00:00Z&to=2026-12-01T00:00:00Z":                                              {"上月", "月初", "月末", "下月"},
		} {
			var got api.CalendarOut
			b.Editor.Do(t, "GET", b.Path+"/calendar"+query, nil).Want(t, 200, &got)
			if diff := cmp.Diff(want, titles(got.Items)); diff != "" || got.NextCursor != "" || got.TimeZone != "Asia/Shanghai" {
				t.Error(query, diff)
			}
		}
		var got api.CalendarOut
		b.Editor.Do(t, "GET", b.Path+"/calendar?month=2026-12", nil).Want(t, 200, &got)
		if p := got.Items[0]; p.ChannelName != "服务号" || p.Author == "" || p.ArticleCount != 1 || !got.From.Equal(time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC)) {
			t.Errorf("%+v", got)
		}
		for _, query := range []string{
			"", "?month=2026-11&week=2026-W47", "?from=2026-11-01T00:00:00Z", "?from=2026-01-01T00:00:00Z&to=2026-12-01T00:00:00Z", "?week=2026-W99", "?month=2026-11&cursor=AAAA",
			"?month=0000-01", "?month=9999-12", "?week=9999-W52", "?from=9999-12-31T23:00:00-12:00&to=9999-12-31T23:59:59-12:00",
		} {
			b.Editor.Do(t, "GET", b.Path+"/calendar"+query, nil).Refused(t, 400, model.CodeInvalid)
		}
	})
}

// A month with more posts than fit into one answer goes on from its cursor: each post
// once, by time, those of one instant too.
func TestTheCalendarGoesOn(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		var want []string
		if err := a.Store.InTx(t.Context(), func(tx *store.Tx) error {
			want = nil
			for i := range api.Cells + 2 {
				at := testkit.Start.Add(time.Duration(i/3) * time.Minute)
				p := model.Post{
					ID: testkit.NewID(), BrandID: b.ID, ChannelID: b.Channel, Platform: "wechat_official", ContentType: model.ContentWeChatArticle,
					State: model.PostDraft, CreatedBy: b.EditorMember, ScheduledAt: &at,
				}
				article := model.Article{ID: testkit.NewID(), BrandID: b.ID, PostID: p.ID, Position: 1, State: model.ArticleDraft, RevisionNumber: 1}
				revision := model.Revision{ID: testkit.NewID(), BrandID: b.ID, ArticleID: article.ID, Number: 1, Content: []byte("{}"), CreatedBy: b.EditorMember}
				if err := tx.CreatePost(&p, []model.Article{article}, []model.Revision{revision}); err != nil {
					return err
				}
				want = append(want, p.ID)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		var got []string
		var sizes []int
		testkit.EachPage(t, func(cursor string) string {
			var part api.CalendarOut
			b.Editor.Do(t, "GET", b.Path+"/calendar?month="+testkit.Start.Format("2006-01")+"&cursor="+cursor, nil).Want(t, 200, &part)
			for _, p := range part.Items {
				got = append(got, p.ID)
			}
			sizes = append(sizes, len(part.Items))
			return part.NextCursor
		})
		if diff := cmp.Diff([]int{api.Cells, 2}, sizes); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want, got); diff != "" { // ids rise with time
			t.Error(diff)
		}
	})
}

// Lists and the calendar narrow to any platform of the table, and to no other.
func TestListsNarrowToEveryPlatform(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b := a.NewBrand(t)
	planned(t, b, "公众号", "2026-11-02T00:00:00Z")
	for _, path := range []string{"/posts?", "/calendar?month=2026-11&"} {
		for _, p := range model.Platforms() {
			var got struct{ Items []api.PostOut }
			b.Editor.Do(t, "GET", b.Path+path+"platform="+p.ID, nil).Want(t, 200, &got)
			if (len(got.Items) == 1) != (p.ID == "wechat_official") {
				t.Errorf("%s%s: %d posts", path, p.ID, len(got.Items))
			}
		}
		bad := b.Editor.Do(t, "GET", b.Path+path+"platform=myspace", nil).Refused(t, 400, model.CodeInvalid)
		if bad.Errors[0].Path != "query.platform" || bad.Errors[0].Reason != "unknown" {
			t.Errorf("%+v", bad.Errors)
		}
	}
}

// A console knows before it sends what a platform takes: every field that is told is one
// of a request, and one character more than is told is refused by that name.
func TestPlatformsTellTheirFields(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b := a.NewBrand(t)
	var got struct{ Items []api.PlatformOut }
	b.Editor.Do(t, "GET", b.Path+"/platform-settings", nil).Want(t, 200, &got)
	known := openAPI(t, a).Components.Schemas["ArticleBody"].Properties
	tried := 0
	for _, p := range got.Items {
		var channel api.ChannelOut
		b.Admin.Do(t, "POST", b.Path+"/channels", M{"name": p.En, "platform": p.Platform}).Want(t, 200, &channel)
		for _, f := range p.Fields {
			if known[f.Name] == nil || f.Most < 1 || f.ContentType == "" {
				t.Errorf("%s: %+v", p.Platform, f)
			}
			if f.Name != "title" && f.Name != "text" {
				continue
			}
			tried++
			body := func(n int) M {
				return M{"channel_id": channel.ID, "articles": []any{M{f.Name: strings.Repeat("字", n)}}}
			}
			b.Editor.Do(t, "POST", b.Path+"/posts", body(f.Most)).Want(t, 200, nil)
			bad := b.Editor.Do(t, "POST", b.Path+"/posts", body(f.Most+1)).Refused(t, 400, model.CodeInvalid)
			if bad.Errors[0].Path != "articles[0]."+f.Name || bad.Errors[0].Reason != "too_long" {
				t.Errorf("%s %s: %+v", p.Platform, f.Name, bad.Errors)
			}
		}
	}
	if tried < len(model.Platforms()) || got.Items[0].MaxArticles != 8 {
		t.Errorf("%d fields tried; %+v", tried, got.Items[0])
	}
}

// Lists of posts are searched over HTTP too, and the overview counts them.
func TestPostSearchAndOverview(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		planned(t, b, "新品上市", "2026-01-01T00:00:00Z") // overdue
		waits := b.Submit(t, b.NewPost(t, testkit.Article("新品预告"), testkit.Article("次条")).ID)
		for search, want := range map[string][]string{"新品": {"新品预告", "新品上市"}, "预": {"新品预告"}, "次条": nil, "%": nil} {
			var list api.List[api.PostOut]
			b.Editor.Do(t, "GET", b.Path+"/posts?search="+url.QueryEscape(search), nil).Want(t, 200, &list)
			if diff := cmp.Diff(want, titles(list.Items)); diff != "" {
				t.Error(search, diff)
			}
		}
		b.Editor.Do(t, "GET", b.Path+"/posts?search=+", nil).Refused(t, 400, model.CodeInvalid)
		var mine, his api.OverviewOut
		b.Admin.Do(t, "GET", b.Path+"/overview", nil).Want(t, 200, &mine)
		b.Editor.Do(t, "GET", b.Path+"/overview", nil).Want(t, 200, &his)
		one := api.CountOut{Count: 1}
		want := api.OverviewOut{Draft: one, InReview: one, Overdue: one}
		if diff := cmp.Diff(want, his); diff != "" {
			t.Error(diff)
		}
		want.Waiting = api.CountOut{Count: 2}
		if diff := cmp.Diff(want, mine); diff != "" || waits.ArticleCount != 2 {
			t.Error(diff)
		}
		now := a.Clock.Now()
		b.Admin.Do(t, "POST", b.Path+"/deputies", M{"member_id": b.AdminMember, "deputy_id": b.EditorMember, "from": now.Add(-time.Hour), "until": now.Add(time.Hour)}).Want(t, 200, nil)
		b.Editor.Do(t, "GET", b.Path+"/overview", nil).Want(t, 200, &his)
		if diff := cmp.Diff(want, his); diff != "" {
			t.Error("as in his inbox, a deputy's turns count: ", diff)
		}
	})
}
