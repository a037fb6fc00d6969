package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// listed are posts with the fields that lists filter by.
func (b *bundle) listed(t testing.TB, titles []string, state func(i int) model.PostState) (ids []string) {
	t.Helper()
	b.in(t, func(tx *store.Tx) error {
		ids = nil
		for i, title := range titles {
			at := testkit.Start.Add(time.Duration(i) * time.Hour)
			p := model.Post{
				ID: testkit.NewID(), BrandID: b.brand.ID, ChannelID: b.channel.ID, Platform: []string{"wechat_official", "weibo"}[i%2], ContentType: model.ContentGeneric,
				Title: title, State: state(i), CreatedBy: b.admin.ID, ScheduledAt: &at,
			}
			a := []model.Article{{ID: testkit.NewID(), BrandID: b.brand.ID, PostID: p.ID, Position: 1, State: model.ArticleDraft, Title: title, RevisionNumber: 1, Digest: "d"}}
			v := []model.Revision{{ID: testkit.NewID(), BrandID: b.brand.ID, ArticleID: a[0].ID, Number: 1, Digest: "d", Content: []byte("{}"), CreatedBy: b.admin.ID}}
			if err := tx.CreatePost(&p, a, v); err != nil {
				return err
			}
			ids = append(ids, p.ID)
		}
		return nil
	})
	return ids
}

// all walks every page of a list; no page is longer than asked.
func (b *bundle) all(t testing.TB, f store.PostFilter, limit int) (ids []string) {
	t.Helper()
	f.Search = model.Fold(f.Search)
	testkit.EachPage(t, func(cursor string) string {
		list, next, err := b.Posts(t.Context(), b.brand.ID, f, store.Page{Limit: limit, After: cursor})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > limit {
			t.Fatalf("a page of %d", len(list))
		}
		for _, v := range list {
			ids = append(ids, v.ID)
		}
		return next
	})
	return ids
}

// A search finds exactly the titles that hold it, whatever is searched, newest first, and
// combines with every filter.
func TestPostsAreFoundByAnyPartOfTheirTitle(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		titles := []string{
			"新品上市 Spring Sale", "新品预告", "上新 50% OFF", "ＮＥＷ　Arrival", "春夏新品 2026", "a_b!c", "审批流程与审批人", "流程审批", "!", "新", "标题 标题", "👨\u200d👩\u200d👧 日", "",
		}
		states := []model.PostState{model.PostDraft, model.PostApproved, model.PostRejected}
		ids := b.listed(t, titles, func(i int) model.PostState { return states[i%3] })
		want := func(search string, keep func(i int) bool) (out []string) {
			for i, title := range titles {
				if strings.Contains(model.Fold(title), model.Fold(search)) && keep(i) {
					out = append(out, ids[i])
				}
			}
			slices.Reverse(out)
			return out
		}
		for _, search := range []string{"新", "新品", "品上", "spring", "SPRING s", "50%", "%", "_", "!", "a_b!c", "new", "新品 2026", "审批流程", "流程审批", "批流", "题 标", "没有", "' OR 1=1 --", `\`, "日", "新品预告预告"} {
			if diff := cmp.Diff(want(search, func(int) bool { return true }), b.all(t, store.PostFilter{Search: search}, 2)); diff != "" {
				t.Errorf("%q: %s", search, diff)
			}
			from, to := testkit.Start.Add(2*time.Hour), testkit.Start.Add(9*time.Hour)
			f := store.PostFilter{Search: search, State: model.PostDraft, Platform: "wechat_official", Channel: b.channel.ID, Author: b.admin.ID, From: &from, To: &to}
			if diff := cmp.Diff(want(search, func(i int) bool { return i%3 == 0 && i%2 == 0 && i >= 2 && i < 9 }), b.all(t, f, 1)); diff != "" {
				t.Errorf("%q with filters: %s", search, diff)
			}
		}
	})
}

// Any part of any title finds it.
func TestSearchFindsEverySubstring(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite)
	letters := rapid.SampledFrom([]rune("审批新品aAＢ 1!"))
	rapid.Check(t, func(r *rapid.T) {
		title := string(rapid.SliceOfN(letters, 1, 12).Draw(r, "title"))
		folded := []rune(model.Fold(title))
		if len(folded) == 0 {
			return
		}
		id := b.listed(t, []string{title}, func(int) model.PostState { return model.PostDraft })[0]
		from := rapid.IntRange(0, len(folded)-1).Draw(r, "from")
		part := model.Fold(string(folded[from : from+rapid.IntRange(1, len(folded)-from).Draw(r, "length")]))
		if part == "" {
			return
		}
		list, _, err := b.Posts(t.Context(), b.brand.ID, store.PostFilter{Search: part}, store.Page{Limit: 1})
		if err != nil || len(list) != 1 || list[0].ID != id {
			r.Fatalf("%q of %q found %v %v", part, title, list, err)
		}
	})
}

// A new title is found, the old one no more.
func TestSearchFollowsTheTitle(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		id := b.listed(t, []string{"春季上新"}, func(int) model.PostState { return model.PostDraft })[0]
		b.in(t, func(tx *store.Tx) error {
			p, err := tx.LockPost(b.brand.ID, id)
			if err != nil {
				return err
			}
			return tx.MovePost(p, map[string]any{"title": "夏季上新"})
		})
		for search, found := range map[string]int{"春季": 0, "春": 0, "夏季": 1, "上新": 1} {
			if got := b.all(t, store.PostFilter{Search: search}, 5); len(got) != found {
				t.Errorf("%q found %v", search, got)
			}
		}
		terms := testkit.Rows(t, b.sql, "SELECT term FROM post_terms WHERE post_id = ?", id)
		if len(terms) != 7 {
			t.Errorf("%v", terms)
		}
	})
}

// However many posts there are, a list and the calendar read short ranges of an index:
// MariaDB must neither read the table nor sort its rows.
func TestListsReadTheirIndexes(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	b := setup(t, testkit.MySQL)
	id := b.listed(t, []string{"新品上市"}, func(int) model.PostState { return model.PostApproved })[0]
	testkit.Exec(t, b.sql, `INSERT INTO posts (id, brand_id, channel_id, platform, content_type, title, search_title, state, scheduled_at, created_by, version, created_at, updated_at)
		SELECT CONCAT('p', seq + 100000), brand_id, channel_id, platform, content_type, title, search_title, ELT(1 + LEAST(seq % 100, 2), 'rejected', 'in_review', state), DATE_ADD(scheduled_at, INTERVAL seq HOUR),
		created_by, 1, created_at, updated_at FROM (SELECT * FROM posts WHERE id = '`+id+`') x, seq_1_to_30000`)
	testkit.Exec(t, b.sql, `INSERT INTO post_terms SELECT t.brand_id, t.term, CONCAT('p', seq + 100000) FROM (SELECT * FROM post_terms WHERE post_id = '`+id+`') t, seq_1_to_30000`)
	testkit.Exec(t, b.sql, "ANALYZE TABLE posts, post_terms")
	from, to := testkit.Start, testkit.Start.AddDate(5, 0, 0)
	lists := map[string]store.PostFilter{
		"all": {}, "search": {Search: "品上"}, "one character": {Search: "新"}, "state": {State: model.PostApproved}, "rare state": {State: model.PostRejected},
		"platform": {Platform: "wechat_official"}, "channel": {Channel: b.channel.ID}, "author": {Author: b.admin.ID}, "time": {From: &from, To: &to},
		"everything":      {Search: "新品", State: model.PostApproved, Platform: "wechat_official", Author: b.admin.ID, From: &from, To: &to},
		"what is nowhere": {Search: "新品上市上市"},
	}
	for name, f := range lists {
		for _, after := range []string{"", "p115000"} {
			statements := b.SQLOf(t, func(r store.Reader) error {
				_, _, err := r.Posts(t.Context(), b.brand.ID, f, store.Page{Limit: 20, After: after})
				return err
			})
			b.explained(t, fmt.Sprint(name, " after ", after), statements, 25_000)
		}
	}
	month := model.Window{From: testkit.Start.AddDate(1, 0, 0), To: testkit.Start.AddDate(1, 1, 0)}
	for name, f := range map[string]store.PostFilter{"calendar": {}, "calendar of a state": {State: model.PostRejected}} {
		statements := b.SQLOf(t, func(r store.Reader) error {
			_, _, err := r.Calendar(t.Context(), b.brand.ID, month, f, nil, 500)
			return err
		})
		b.explained(t, name, statements, 5_000)
	}
	for _, platform := range []string{"", "wechat_official"} { // what dry runs look at
		b.explained(t, "drafts of "+platform, b.SQLOf(t, func(r store.Reader) error { return last(r.Drafts(t.Context(), b.brand.ID, platform, 5_001)) }), 3_000)
		b.explained(t, "in review on "+platform, b.SQLOf(t, func(r store.Reader) error {
			return last(r.InReview(t.Context(), b.brand.ID, store.PostFilter{Platform: platform}))
		}), 1_000)
	}
	b.explained(t, "overview", b.SQLOf(t, func(r store.Reader) error {
		_, err := r.Overview(t.Context(), b.brand.ID, []string{b.admin.ID}, testkit.Start)
		return err
	}), 10_000)
}

// explained asks MariaDB how it ran the statements: which reads no index in whole, sorts
// no table, and reads no more than most rows.
func (b *bundle) explained(t *testing.T, name string, statements []string, most int) {
	t.Helper()
	reads := 0
	for _, s := range statements {
		for _, row := range testkit.Rows(t, b.sql, "ANALYZE "+s) { // id, select_type, table, type, possible_keys, key, key_len, ref, rows, r_rows, filtered, r_filtered, Extra
			var n float64
			if _, err := fmt.Sscan(row[9], &n); err == nil {
				reads += int(n)
			}
			big := slices.Contains([]string{"p", "posts", "post_terms", "tasks"}, row[2]) // the others are small here, or rows of these
			if big && (row[3] == "ALL" || row[3] == "index" || row[5] == "<null>" || strings.Contains(row[12], "filesort")) {
				t.Errorf("%s: %v\n%.300s", name, row, s)
			}
		}
	}
	if reads > most || len(statements) == 0 {
		t.Errorf("%s: %d rows were read, of 30000 posts, by %d statements", name, reads, len(statements))
	}
}
