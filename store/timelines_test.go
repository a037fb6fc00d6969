package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// acted records an act about each subject, each in a commit of its own; the subject's name
// stands as the actor's.
func (b *bundle) acted(t *testing.T, names []string, subjects map[string]string) {
	t.Helper()
	for _, name := range names {
		b.in(t, func(tx *store.Tx) error {
			e := entry(b.brand.ID, 0)
			e.SubjectID, e.ActorName = subjects[name], name
			tx.Audit(e)
			return nil
		})
	}
}

// names are what acts were recorded under, in order.
func names(list []store.Happened) (out []string) {
	for _, h := range list {
		out = append(out, h.ActorName)
	}
	return out
}

// history is the bundle's post with a second article, a comment of either kind, a turn of
// an earlier round, and an act about each of them.
func (b *bundle) history(t *testing.T) (subjects map[string]string, all []string) {
	t.Helper()
	second := b.article
	second.ID, second.Position = testkit.NewID(), 2
	shared := model.Comment{
		ID: testkit.NewID(), BrandID: b.brand.ID, PostID: b.post.ID, ArticleID: b.article.ID, MemberID: b.admin.ID, Name: "管理员", Visibility: model.CommentShared,
		RevisionNumber: 1, Anchor: model.AnchorArticle, Body: "公开",
	}
	shared.ThreadID = shared.ID
	internal, later := shared, shared
	internal.ID, internal.Visibility, internal.Body = testkit.NewID(), model.CommentInternal, "内部"
	later.ID, later.RevisionNumber = testkit.NewID(), 2
	b.in(t, func(tx *store.Tx) error {
		v := model.Revision{ID: testkit.NewID(), BrandID: b.brand.ID, ArticleID: second.ID, Number: 1, Digest: "d", Content: []byte("{}"), CreatedBy: b.admin.ID}
		return errors.Join(tx.AddArticle(&second, &v), tx.CreateComment(&shared), tx.CreateComment(&internal), tx.CreateComment(&later))
	})
	other := b.another(t)
	subjects = map[string]string{
		"post": b.post.ID, "article": b.article.ID, "second article": second.ID, "review": b.review.ID, "turn": b.tasks[1].ID, "another's turn": b.tasks[0].ID,
		"shared": shared.ID, "internal": internal.ID, "of a later version": later.ID, "another post": other.post.ID, "brand": b.brand.ID,
	}
	all = []string{"post", "article", "brand", "second article", "review", "another post", "turn", "another's turn", "shared", "internal", "of a later version"}
	b.acted(t, all, subjects)
	return subjects, all
}

// A post's timeline has every act about it and what is in it, in order, and nothing else.
func TestTimelineOfAPost(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		subjects, all := b.history(t)
		want := slices.DeleteFunc(slices.Clone(all), func(n string) bool { return n == "brand" || n == "another post" })
		list, err := b.Timeline(t.Context(), b.brand.ID, b.post.ID, 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, names(list)); diff != "" {
			t.Error(diff)
		}
		for _, h := range list {
			article, review, member := "<none>", "<none>", "<none>"
			for at, p := range map[*string]*string{&article: h.ArticleID, &review: h.ReviewID, &member: h.MemberID} {
				if p != nil {
					*at = *p
				}
			}
			got := strings.Join([]string{article, review, member}, " ")
			of := strings.Join(map[string][]string{
				"post":           {"<none>", "<none>", "<none>"},
				"article":        {b.article.ID, "<none>", "<none>"},
				"second article": {subjects["second article"], "<none>", "<none>"},
				"review":         {b.article.ID, b.review.ID, "<none>"},
				"turn":           {b.article.ID, b.review.ID, b.reviewer.ID},
				"another's turn": {b.article.ID, b.review.ID, b.admin.ID},
			}[h.ActorName], " ")
			if of != "" && got != of {
				t.Errorf("%s is of %s, want %s", h.ActorName, got, of)
			}
			if body := h.CommentBody; (body != nil) != slices.Contains([]string{"shared", "internal", "of a later version"}, h.ActorName) {
				t.Errorf("%s says %v", h.ActorName, body)
			}
		}
		for _, limit := range []int{1, 2, 4} {
			var walked []string
			after := int64(0)
			for range 50 {
				list, err := b.Timeline(t.Context(), b.brand.ID, b.post.ID, after, limit)
				if err != nil {
					t.Fatal(err)
				}
				if len(list) == 0 {
					break
				}
				walked, after = append(walked, names(list)...), list[len(list)-1].Seq
			}
			if diff := cmp.Diff(want, walked); diff != "" {
				t.Errorf("by %d: %s", limit, diff)
			}
		}
		if list, err := b.Timeline(t.Context(), testkit.NewID(), b.post.ID, 0, 50); err != nil || len(list) != 0 {
			t.Error(list, err)
		}
	})
}

// Who sees a turn is told of its article, of the turns of the rounds that he was asked in,
// and of the shared comments on their versions: not of what is internal, of other articles,
// nor of rounds in which he was not asked.
func TestTimelineOfATurn(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		_, _ = b.history(t)
		told := func(of model.Task) []string {
			t.Helper()
			list, err := b.TurnTimeline(t.Context(), of, 0, 50)
			if err != nil {
				t.Fatal(err)
			}
			return names(list)
		}
		if diff := cmp.Diff([]string{"article", "turn", "another's turn", "shared"}, told(b.tasks[1])); diff != "" {
			t.Error(diff)
		}
		testkit.Exec(t, b.sql, "UPDATE tasks SET shelf = 'none' WHERE id = ?", b.tasks[1].ID) // he was not shown this round
		if diff := cmp.Diff([]string{"article"}, told(b.tasks[1])); diff != "" {
			t.Error(diff)
		}
		for member, want := range map[string][]string{b.admin.ID: {b.review.ID}, b.reviewer.ID: nil, "nobody": nil} {
			got, err := b.RoundsShown(t.Context(), b.article.ID, member)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
				t.Errorf("rounds: %s %v", diff, err)
			}
		}
	})
}

// A post's history has its articles also once they were removed; its sheet has not.
func TestArticlesThatWereEverInAPost(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		subjects, _ := b.history(t)
		testkit.Exec(t, b.sql, "UPDATE articles SET removed_at = created_at, position = -1 WHERE id = ?", subjects["second article"])
		ever, err := b.ArticlesEver(t.Context(), b.post.ID)
		if err != nil {
			t.Fatal(err)
		}
		now, err := b.Articles(t.Context(), b.brand.ID, b.post.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(ever) != 2 || len(now) != 1 || now[0].ID != b.article.ID {
			t.Errorf("%d ever, now %+v", len(ever), now)
		}
	})
}
