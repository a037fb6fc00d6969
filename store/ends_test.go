package store_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// What ends a review ends every turn and step of it that was not decided, and names the
// decision that did it; what was decided stays, and other reviews go on.
func TestARejectionEndsLaterTurns(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		other := b.another(t)
		d := b.decision(0, true)
		b.in(t, func(tx *store.Tx) error {
			if _, err := tx.MoveTask(b.tasks[0].ID, model.TaskRejected); err != nil {
				return err
			}
			if _, err := tx.MoveStep(b.steps[0].ID, model.StepOpen, model.StepRejected); err != nil {
				return err
			}
			if err := tx.CancelTasks(b.review.ID, &d.ID); err != nil {
				return err
			}
			return tx.CancelSteps(b.review.ID)
		})
		const turns = "SELECT state, shelf, settled_by, version FROM tasks WHERE review_id = ? ORDER BY id"
		want := [][]string{{"rejected", "decided", "<null>", "2"}, {"cancelled", "none", d.ID, "2"}, {"cancelled", "none", d.ID, "2"}}
		if diff := cmp.Diff(want, testkit.Rows(t, b.sql, turns, b.review.ID)); diff != "" {
			t.Error(diff)
		}
		const steps = "SELECT state, ended_at IS NULL, version FROM review_steps WHERE review_id = ? ORDER BY position"
		if diff := cmp.Diff([][]string{{"rejected", "0", "2"}, {"cancelled", "0", "2"}}, testkit.Rows(t, b.sql, steps, b.review.ID)); diff != "" {
			t.Error(diff)
		}
		untouched := [][]string{{"open", "waiting", "<null>", "1"}, {"open", "waiting", "<null>", "1"}, {"waiting", "none", "<null>", "1"}}
		if diff := cmp.Diff(untouched, testkit.Rows(t, b.sql, turns, other.review.ID)); diff != "" {
			t.Error("another review:", diff)
		}
	})
}

// A member has his place, and reads his turn, while he is a member: himself, and through
// the WeChat that he has bound or the account that it is bound to.
func TestWhoHasAPlaceInABrand(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		own := store.Viewer{PersonID: b.person.ID}
		staff := store.Viewer{UserID: *b.admin.UserID}
		b.in(t, func(tx *store.Tx) error {
			return tx.Bind(&model.Binding{PersonID: b.person.ID, UserID: *b.admin.UserID})
		})
		places := func(v store.Viewer) (members []string) {
			t.Helper()
			list, err := b.Seats(t.Context(), v)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				members = append(members, s.MemberID)
				if s.BrandID != b.brand.ID || s.BrandName != b.brand.Name {
					t.Errorf("%+v", s)
				}
			}
			slices.Sort(members)
			return members
		}
		reads := func(v store.Viewer, k model.Task) bool {
			t.Helper()
			_, err := b.TaskFor(t.Context(), v, k.ID)
			if err != nil && model.CodeOf(err) != model.CodeNotFound {
				t.Fatal(err)
			}
			return err == nil
		}
		want := func(name string, members ...string) {
			t.Helper()
			slices.Sort(members)
			for _, v := range []store.Viewer{own, staff} {
				if diff := cmp.Diff(members, places(v)); diff != "" {
					t.Errorf("%s, %+v: %s", name, v, diff)
				}
				for i, member := range []string{b.admin.ID, b.reviewer.ID} {
					if got := reads(v, b.tasks[i]); got != slices.Contains(members, member) {
						t.Errorf("%s, %+v: reads the turn of member %d: %t", name, v, i, got)
					}
				}
			}
		}
		want("both", b.admin.ID, b.reviewer.ID)
		b.exec(t, "UPDATE memberships SET status = 'removed' WHERE id = ?", b.admin.ID)
		want("no longer staff", b.reviewer.ID)
		b.exec(t, "UPDATE memberships SET status = 'removed' WHERE id = ?", b.reviewer.ID)
		want("nobody")
		b.exec(t, "UPDATE memberships SET status = 'active' WHERE id = ?", b.admin.ID)
		want("staff alone", b.admin.ID)
		b.in(t, func(tx *store.Tx) error {
			return moved(tx.Unbind(model.Binding{PersonID: b.person.ID, UserID: *b.admin.UserID}))
		})
		if got := places(own); got != nil || reads(own, b.tasks[0]) {
			t.Errorf("after the binding's end he has %v", got)
		}
		if list, err := b.Seats(t.Context(), store.Viewer{}); err != nil || len(list) != 0 {
			t.Errorf("nobody has %v, %v", list, err)
		}
	})
}
