package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// planned are posts in a state each, an hour apart from the start on.
func (b *bundle) planned(t *testing.T, states ...model.PostState) []string {
	t.Helper()
	titles := make([]string, len(states))
	return b.listed(t, titles, func(i int) model.PostState { return states[i] })
}

// cells walks every page of a calendar.
func (b *bundle) cells(t *testing.T, w model.Window, f store.PostFilter, limit int) (ids []string) {
	t.Helper()
	var after *store.CalendarCursor
	for range 50 {
		list, next, err := b.Calendar(t.Context(), b.brand.ID, w, f, after, limit)
		if err != nil || len(list) > limit {
			t.Fatal(len(list), err)
		}
		for _, v := range list {
			ids = append(ids, v.ID)
		}
		if next == nil {
			return ids
		}
		after = next
	}
	t.Fatal("the pages have no end")
	return nil
}

// A calendar has what is planned from a moment on and before another, by its time;
// cancelled posts only when they are asked for. Pages neither repeat nor leave out.
func TestCalendar(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		const draft, approved, cancelled = model.PostDraft, model.PostApproved, model.PostCancelled
		ids := b.planned(t, draft, cancelled, approved, draft, cancelled, cancelled, draft, approved)
		b.another(t).planned(t, draft, draft)
		b.exec(t, "UPDATE posts SET scheduled_at = ? WHERE id = ?", testkit.Start.Add(2*time.Hour), ids[3]) // two at one time
		at := func(hours int) time.Time { return testkit.Start.Add(time.Duration(hours) * time.Hour) }
		all := model.Window{From: at(0), To: at(100)}
		for name, tc := range map[string]struct {
			window model.Window
			filter store.PostFilter
			want   []int
		}{
			"everything":                 {all, store.PostFilter{}, []int{0, 2, 3, 6, 7}},
			"from its first moment":      {model.Window{From: at(2), To: at(100)}, store.PostFilter{}, []int{2, 3, 6, 7}},
			"a moment later":             {model.Window{From: at(2).Add(time.Millisecond), To: at(100)}, store.PostFilter{}, []int{6, 7}},
			"before its end":             {model.Window{From: at(0), To: at(6)}, store.PostFilter{}, []int{0, 2, 3}},
			"a moment later, at its end": {model.Window{From: at(0), To: at(6).Add(time.Millisecond)}, store.PostFilter{}, []int{0, 2, 3, 6}},
			"one state":                  {all, store.PostFilter{State: approved}, []int{2, 7}},
			"cancelled ones":             {all, store.PostFilter{State: cancelled}, []int{1, 4, 5}},
			"a platform":                 {all, store.PostFilter{Platform: "weibo"}, []int{3, 7}},
			"a channel":                  {all, store.PostFilter{Channel: b.channel.ID}, []int{0, 2, 3, 6, 7}},
			"another channel":            {all, store.PostFilter{Channel: "c"}, nil},
			"an author":                  {all, store.PostFilter{Author: b.admin.ID, State: draft}, []int{0, 3, 6}},
			"another author":             {all, store.PostFilter{Author: b.reviewer.ID}, nil},
		} {
			var want []string
			for _, i := range tc.want {
				want = append(want, ids[i])
			}
			for _, limit := range []int{1, 2, 3, 50} {
				if diff := cmp.Diff(want, b.cells(t, tc.window, tc.filter, limit)); diff != "" {
					t.Errorf("%s, by %d: %s", name, limit, diff)
				}
			}
		}
	})
}

// An overview counts by state what a Brand has, what is late, and what waits for whoever
// looks; it stops counting at its limit and says so.
func TestOverview(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		const draft, review, rejected, approved = model.PostDraft, model.PostInReview, model.PostRejected, model.PostApproved
		b.planned(t, draft, review, rejected, approved, draft, draft)
		b.another(t).planned(t, draft, draft)
		at := testkit.Start.Add(4 * time.Hour) // the first four are late, but the approved one
		o, err := b.Overview(t.Context(), b.brand.ID, []string{b.admin.ID, b.reviewer.ID}, at)
		if err != nil {
			t.Fatal(err)
		}
		want := store.Overview{
			States:  map[model.PostState]store.Counted{draft: {Count: 3}, review: {Count: 2}, rejected: {Count: 1}, approved: {Count: 1}},
			Overdue: store.Counted{Count: 3}, Waiting: store.Counted{Count: 2},
		}
		for _, s := range model.PostStates() {
			want.States[s] = store.Counted{Count: want.States[s].Count} // every state is told
		}
		if diff := cmp.Diff(want, o); diff != "" {
			t.Error(diff)
		}
		if o, err = b.Overview(t.Context(), b.brand.ID, nil, testkit.Start); err != nil || o.Overdue.Count != 0 || o.Waiting.Count != 0 {
			t.Errorf("at the first one's time, for nobody: %+v %v", o, err)
		}
	})
}

// TestCounting: nothing is counted beyond the limit, by one count or by several.
func TestCounting(t *testing.T) {
	t.Parallel()
	const most = store.MostCounted
	for n, want := range map[int]string{0: "{0 false}", most - 1: "{998 false}", most: "{999 false}", most + 1: "{999 true}"} {
		if got := fmt.Sprint(store.CountedUpTo(n)); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	few, many, more := store.Counted{Count: 3}, store.Counted{Count: most}, store.Counted{Count: most, More: true}
	for _, tc := range []struct {
		sum  store.Counted
		want string
	}{
		{few.Plus(few), "{6 false}"}, {few.Plus(many), "{999 true}"}, {many.Plus(store.Counted{}), "{999 false}"}, {store.Counted{}.Plus(more), "{999 true}"}, {more.Plus(few), "{999 true}"},
	} {
		if got := fmt.Sprint(tc.sum); got != tc.want {
			t.Errorf("%s, want %s", got, tc.want)
		}
	}
}
