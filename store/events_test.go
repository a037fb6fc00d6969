package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// Events are read on from a number, in order, as many as asked.
func TestEventsAfterANumber(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		x, y := twoBrands(t, b)
		for i := range 5 {
			b.in(t, func(tx *store.Tx) error {
				tx.Audit(entry(x, i))
				tx.Audit(entry(y, 10+i))
				return nil
			})
		}
		for _, tc := range []struct {
			after int64
			limit int
			want  []int64
		}{{0, 9, []int64{1, 2, 3, 4, 5}}, {0, 2, []int64{1, 2}}, {2, 2, []int64{3, 4}}, {4, 9, []int64{5}}, {5, 9, nil}, {99, 9, nil}} {
			list, err := b.EventsAfter(t.Context(), x, tc.after, tc.limit)
			var got []int64
			for _, v := range list {
				got = append(got, v.Seq)
				if v.BrandID != x || v.Kind != "test.act" || v.ActorKind != "user" || !v.At.Equal(testkit.Start) {
					t.Errorf("%+v", v)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("after %d: %s %v", tc.after, diff, err)
			}
		}
	})
}

// A stream stays open while its session lives, by both of its limits, and its User is
// staff of the Brand: each way in which that ends ends it.
func TestWhoMayWatch(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		away := b.another(t)
		session := model.Session{ID: testkit.NewID(), Kind: model.SessionConsole, UserID: b.admin.UserID, TokenHash: model.HashToken("s"), ExpiresAt: testkit.Start.Add(2 * time.Hour)}
		b.in(t, func(tx *store.Tx) error { return tx.CreateSession(&session) })
		const idle = time.Hour
		may := func(brand string) bool {
			t.Helper()
			ok, err := b.MayWatch(t.Context(), session.ID, brand, idle)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if !may(b.brand.ID) || may(away.brand.ID) {
			t.Fatalf("his brand %t, another %t", may(b.brand.ID), may(away.brand.ID))
		}
		for name, tc := range map[string]struct {
			change, back string
			args         []any
			want         bool
		}{
			"an editor":           {"UPDATE memberships SET role = 'editor'", "UPDATE memberships SET role = 'admin'", nil, true},
			"a reviewer":          {"UPDATE memberships SET role = 'reviewer'", "UPDATE memberships SET role = 'admin'", nil, false},
			"removed":             {"UPDATE memberships SET status = 'removed'", "UPDATE memberships SET status = 'active'", nil, false},
			"disabled":            {"UPDATE users SET disabled_at = created_at", "UPDATE users SET disabled_at = NULL", nil, false},
			"signed out":          {"UPDATE sessions SET revoked_at = created_at", "UPDATE sessions SET revoked_at = NULL", nil, false},
			"at its absolute end": {"UPDATE sessions SET expires_at = created_at", "UPDATE sessions SET expires_at = ?", []any{session.ExpiresAt}, false},
		} {
			b.exec(t, tc.change)
			if got := may(b.brand.ID); got != tc.want {
				t.Errorf("%s: %t", name, got)
			}
			b.exec(t, tc.back, tc.args...)
			if !may(b.brand.ID) {
				t.Fatalf("%s: not as before", name)
			}
		}
		b.clock.Add(idle)
		if !may(b.brand.ID) {
			t.Error("it ends before it has rested for its limit")
		}
		b.clock.Add(time.Millisecond)
		if may(b.brand.ID) {
			t.Error("it outlives its rest")
		}
		if n := testkit.Count(t, b.sql, "SELECT COUNT(*) FROM sessions WHERE last_seen_at = created_at"); n != 1 {
			t.Error("watching counts as use")
		}
	})
}
