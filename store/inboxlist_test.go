package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// turn is one task of a member: in a step of its own, moved last so many minutes after the
// start, and of a post planned so many hours after it (0: of no planned time).
type turn struct {
	member  string
	state   model.TaskState
	minute  int
	planned int
}

// turns adds them, each in a post and a review of its own; it answers their ids.
func (b *bundle) turns(t *testing.T, list ...turn) (ids []string) {
	t.Helper()
	b.in(t, func(tx *store.Tx) error {
		ids = nil
		for _, k := range list {
			post, review := b.post, b.review
			post.ID, post.ScheduledAt = testkit.NewID(), nil
			if k.planned != 0 {
				at := testkit.Start.Add(time.Duration(k.planned) * time.Hour)
				post.ScheduledAt = &at
			}
			article := b.article
			article.ID, article.PostID = testkit.NewID(), post.ID
			v := model.Revision{ID: testkit.NewID(), BrandID: b.brand.ID, ArticleID: article.ID, Number: 1, Digest: "d", Content: []byte("{}"), CreatedBy: b.admin.ID}
			if err := tx.CreatePost(&post, []model.Article{article}, []model.Revision{v}); err != nil {
				return err
			}
			review.ID, review.PostID, review.ArticleID = testkit.NewID(), post.ID, article.ID
			s := model.ReviewStep{ID: testkit.NewID(), BrandID: b.brand.ID, ReviewID: review.ID, Position: 1, Name: "法务", Mode: model.ModeAll, State: model.StepOpen}
			task := model.Task{ID: testkit.NewID(), BrandID: b.brand.ID, ReviewID: review.ID, ReviewStepID: s.ID, PostID: post.ID, ArticleID: article.ID, MemberID: k.member, State: k.state}
			if err := tx.CreateReviews(store.NewReviews{Reviews: []model.Review{review}, Steps: []model.ReviewStep{s}, Tasks: []model.Task{task}}); err != nil {
				return err
			}
			if _, err := tx.Exec("UPDATE tasks SET sorted_at = ? WHERE id = ?", testkit.Start.Add(time.Duration(k.minute)*time.Minute), task.ID); err != nil {
				return err
			}
			ids = append(ids, task.ID)
		}
		return nil
	})
	return ids
}

// pages walks an inbox to its end; an end that never comes fails.
func (b *bundle) pages(t *testing.T, members []string, shelves []model.Shelf, limit int) (ids []string) {
	t.Helper()
	var after *store.InboxCursor
	for range 50 {
		list, err := b.Inbox(t.Context(), members, shelves, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range list[:min(limit, len(list))] {
			ids = append(ids, k.ID)
			after = &store.InboxCursor{SortedAt: k.SortedAt, ID: k.ID}
		}
		if len(list) <= limit {
			return ids
		}
	}
	t.Fatal("the pages have no end")
	return nil
}

// An inbox has the turns of the members who look, on the shelves asked for, the newest
// move first; pages neither repeat nor leave out, also where several moved at once.
func TestInboxByShelfAndMember(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		const a, c = "member-a", "member-c"
		made := b.turns(t,
			turn{a, model.TaskOpen, 1, 0}, turn{a, model.TaskOpen, 5, 0}, turn{a, model.TaskOpen, 5, 0}, turn{a, model.TaskOpen, 5, 0},
			turn{a, model.TaskApproved, 4, 0}, turn{a, model.TaskSettled, 6, 0}, turn{a, model.TaskRejected, 2, 0},
			turn{a, model.TaskWaiting, 9, 0}, turn{a, model.TaskCancelled, 9, 0},
			turn{c, model.TaskOpen, 3, 0}, turn{"member-x", model.TaskOpen, 9, 0},
		)
		same := slices.Sorted(slices.Values(made[1:4])) // moved at once: by id, the newest first
		slices.Reverse(same)
		waiting, decided := []model.Shelf{model.ShelfWaiting}, []model.Shelf{model.ShelfDecided}
		for name, tc := range map[string]struct {
			members []string
			shelves []model.Shelf
			want    []string
		}{
			"what waits":        {[]string{a}, waiting, append(slices.Clone(same), made[0])},
			"what was decided":  {[]string{a}, decided, []string{made[5], made[4], made[6]}},
			"of two seats":      {[]string{a, c}, waiting, append(slices.Clone(same), made[9], made[0])},
			"both shelves":      {[]string{a}, append(waiting, decided...), append(append([]string{made[5]}, same...), made[4], made[6], made[0])},
			"of nobody":         {nil, waiting, nil},
			"of somebody else":  {[]string{"member-y"}, waiting, nil},
			"no shelf that has": {[]string{c}, decided, nil},
		} {
			for _, limit := range []int{1, 2, 3, 20} {
				if diff := cmp.Diff(tc.want, b.pages(t, tc.members, tc.shelves, limit)); diff != "" {
					t.Errorf("%s, by %d: %s", name, limit, diff)
				}
			}
		}
	})
}

// A line of an inbox tells all that the list shows, and by whom the turn was settled.
func TestALineOfAnInbox(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		d := b.decision(0, true)
		b.in(t, func(tx *store.Tx) error {
			if err := tx.CreateDecision(d); err != nil {
				return err
			}
			_, err := tx.MoveTasks(b.steps[0].ID, model.TaskOpen, model.TaskSettled, &d.ID)
			return err
		})
		list, err := b.Inbox(t.Context(), []string{b.reviewer.ID}, []model.Shelf{model.ShelfDecided}, nil, 5)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		want := store.InboxItem{
			ID: b.tasks[1].ID, BrandID: b.brand.ID, BrandName: b.brand.Name, PostID: b.post.ID, ArticleID: b.article.ID, ReviewID: b.review.ID, ReviewStepID: b.steps[0].ID,
			MemberID: b.reviewer.ID, State: model.TaskSettled, SortedAt: testkit.Start, Title: "标题", Platform: "wechat_official", RevisionNumber: 1, Digest: b.review.Digest,
			StepPosition: 1, Mode: model.ModeAny, SettledByName: d.Name, SettledAction: model.ActionApprove,
		}
		if diff := cmp.Diff(want, list[0]); diff != "" {
			t.Error(diff)
		}
	})
}

// Counts are of one member each, and of what his shelves show; the next time is the
// earliest among what waits for him.
func TestInboxCounts(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		const a, c = "member-a", "member-c"
		b.turns(t,
			turn{a, model.TaskOpen, 1, 0}, turn{a, model.TaskOpen, 2, 7}, turn{a, model.TaskOpen, 3, 4}, turn{a, model.TaskOpen, 4, 9},
			turn{a, model.TaskApproved, 1, 1}, turn{a, model.TaskWaiting, 1, 2}, turn{a, model.TaskCancelled, 1, 3},
			turn{c, model.TaskSettled, 1, 1},
		)
		list, err := b.InboxCounts(t.Context(), []string{a, c, "nobody"})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, n := range list {
			due := "-"
			if n.NextDue != nil {
				due = n.NextDue.Sub(testkit.Start).String()
			}
			got[n.MemberID] = fmt.Sprintf("%d %d %s", n.Waiting, n.Decided, due)
		}
		if diff := cmp.Diff(map[string]string{a: "4 1 4h0m0s", c: "0 1 -", "nobody": "0 0 -"}, got); diff != "" {
			t.Error(diff)
		}
		if none, err := b.InboxCounts(t.Context(), nil); err != nil || none != nil {
			t.Error(none, err)
		}
	})
}

// A scanned post code opens the turns that its reader holds in it, the newest first, and
// none that he was not shown.
func TestTurnsInAPost(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		other := b.another(t)
		ids := func(list []model.Task, err error) (out []string) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range list {
				out = append(out, k.ID)
			}
			return out
		}
		for name, tc := range map[string]struct {
			members []string
			want    []string
		}{
			"his own":       {[]string{b.reviewer.ID}, []string{b.tasks[1].ID}},
			"two seats":     {[]string{b.admin.ID, b.reviewer.ID}, []string{b.tasks[1].ID, b.tasks[0].ID}},
			"another brand": {[]string{other.admin.ID}, nil},
			"nobody":        {nil, nil},
		} {
			if diff := cmp.Diff(tc.want, ids(b.TasksOfPost(t.Context(), tc.members, b.post.ID))); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		testkit.Exec(t, b.sql, "UPDATE tasks SET state = 'cancelled', shelf = 'none' WHERE id = ?", b.tasks[0].ID)
		steps := []string{b.steps[0].ID, b.steps[1].ID, other.steps[0].ID}
		for name, tc := range map[string]struct {
			members, want []string
		}{
			"the reviewer":              {[]string{b.reviewer.ID}, []string{b.steps[0].ID}},
			"one whose turn has ended":  {[]string{b.admin.ID}, []string{b.steps[1].ID}},
			"both":                      {[]string{b.admin.ID, b.reviewer.ID}, []string{b.steps[0].ID, b.steps[1].ID}},
			"somebody of another brand": {[]string{other.reviewer.ID}, []string{other.steps[0].ID}},
			"nobody":                    {nil, nil},
		} {
			got, err := b.OwnTurns(t.Context(), steps, tc.members)
			slices.Sort(got)
			slices.Sort(tc.want)
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("own turns of %s: %s %v", name, diff, err)
			}
		}
	})
}
