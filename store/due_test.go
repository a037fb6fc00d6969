package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// Who is reminded: he whose turn is open, of a post in review that is planned within the
// rung, once a rung and planned time.
func TestWhoIsReminded(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		at := testkit.Start.Add(3 * time.Hour)
		b.exec(t, "UPDATE posts SET scheduled_at = ?", at)
		due := func(rung string, from, to time.Time) (out []string) {
			t.Helper()
			list, err := b.DueTasks(t.Context(), rung, from, to, 50)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range list {
				out = append(out, k.ID)
				if !k.ScheduledAt.Equal(at) || k.MemberID == "" || k.BrandID != b.brand.ID {
					t.Errorf("%+v", k)
				}
			}
			slices.Sort(out)
			return out
		}
		open := []string{b.tasks[0].ID, b.tasks[1].ID} // the third waits
		want := func(name string, from, to time.Duration, ids ...string) {
			t.Helper()
			if diff := cmp.Diff(ids, due("3h", testkit.Start.Add(from), testkit.Start.Add(to))); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		const h, ms = time.Hour, time.Millisecond
		want("up to its time", 0, 3*h, open...)
		want("up to before it", 0, 3*h-ms)
		want("from its time on", 3*h, 4*h)
		want("from before it on", 3*h-ms, 4*h, open...)
		for _, first := range []bool{true, false} { // two replicas note the same
			b.in(t, func(tx *store.Tx) error {
				noted, err := tx.CreateReminder(model.Reminder{TaskID: open[0], Rung: "3h", ScheduledAt: at})
				if bool(noted) != first {
					t.Errorf("noted: %t, want %t", noted, first)
				}
				return err
			})
		}
		want("one was reminded", 0, 3*h, open[1])
		if got := due("30m", testkit.Start, at); !slices.Equal(got, open) {
			t.Errorf("another rung: %v", got)
		}
		b.exec(t, "UPDATE tasks SET state = 'approved' WHERE id = ?", open[1])
		want("the other has answered", 0, 3*h)
		at = at.Add(ms)
		b.exec(t, "UPDATE posts SET scheduled_at = ?", at)
		want("moved, it is another ladder", 0, 4*h, open[0])
		b.exec(t, "UPDATE posts SET state = 'cancelled'")
		want("of what is not in review", 0, 4*h)
	})
}

// A post is overdue from the end of its window on, while it is approved; it is locked, and
// moved, once.
func TestWhatIsOverdue(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		end := testkit.Start.Add(time.Hour)
		b.exec(t, "UPDATE posts SET state = 'approved', window_ends_at = ?", end)
		overdue := func(at time.Time) int {
			t.Helper()
			list, err := b.OverduePosts(t.Context(), at, 50)
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		locked := func() (n int) {
			t.Helper()
			b.in(t, func(tx *store.Tx) error {
				list, err := tx.LockOverdue(b.brand.ID, []string{b.post.ID})
				n = len(list)
				return err
			})
			return n
		}
		for _, tc := range []struct {
			after time.Duration
			want  int
		}{{time.Hour - time.Millisecond, 0}, {time.Hour, 1}, {2 * time.Hour, 1}} {
			at := testkit.Start.Add(tc.after)
			b.clock.Add(at.Sub(b.clock.Now()))
			if n := overdue(at); n != tc.want {
				t.Errorf("after %s %d are overdue", tc.after, n)
			}
			if n := locked(); n != tc.want {
				t.Errorf("after %s %d are locked", tc.after, n)
			}
		}
		b.in(t, func(tx *store.Tx) error { return tx.RunOut([]string{b.post.ID}, model.PostExpired) })
		if overdue(b.clock.Now()) != 0 || locked() != 0 {
			t.Error("it is overdue once more")
		}
		b.exec(t, "UPDATE posts SET state = 'published'")
		b.in(t, func(tx *store.Tx) error { return tx.RunOut([]string{b.post.ID}, model.PostExpired) })
		if got := testkit.Rows(t, b.sql, "SELECT state FROM posts")[0][0]; got != "published" {
			t.Errorf("a published post became %s", got)
		}
	})
}
