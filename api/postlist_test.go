package api_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
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
		for _, query := range []string{"", "?month=2026-11&week=2026-W47", "?from=2026-11-01T00:00:00Z", "?from=2026-01-01T00:00:00Z&to=2026-12-01T00:00:00Z", "?week=2026-W99", "?month=2026-11&cursor=AAAA"} {
			b.Editor.Do(t, "GET", b.Path+"/calendar"+query, nil).Refused(t, 400, model.CodeInvalid)
		}
	})
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
	})
}
