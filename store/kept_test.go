package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// Each kind of row is kept for its time, to the millisecond, and what is still owed is kept
// for ever.
func TestNothingIsSweptBeforeItsTime(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		x, _ := twoBrands(t, b)
		b.owe(t, 3)
		list := claim(t, b.Store, "a", 2)
		errs := errors.Join(b.FinishOutbox(t.Context(), "a", ids(list[:1])), b.DelayOutbox(t.Context(), "a", list[1].ID, 0, true, "dead"))
		b.in(t, func(tx *store.Tx) error {
			tx.Audit(entry(x, 1))
			k := model.IdempotencyKey{Principal: "u:1", IdemKey: testkit.NewID(), RequestHash: model.HashToken(""), Answer: []byte("x")}
			_, err := tx.CreateReminder(model.Reminder{TaskID: "t", Rung: "3h", ScheduledAt: tx.Now})
			return errors.Join(errs, err, tx.KeepAnswer(k),
				tx.CreateSession(&model.Session{ID: testkit.NewID(), Kind: model.SessionConsole, TokenHash: model.HashToken("s"), ExpiresAt: tx.Now}))
		})
		b.exec(t, "UPDATE outbox SET next_at = created_at") // the lease is over
		const day = 24 * time.Hour
		at := time.Duration(0)
		for _, tc := range []struct {
			after time.Duration
			want  store.Swept
		}{
			{2 * day, store.Swept{Keys: 1}},
			{7 * day, store.Swept{Sessions: 1, Outbox: 1, Reminders: 1}},
			{30 * day, store.Swept{Events: 1}},
			{90 * day, store.Swept{Outbox: 1}},
			{1000 * day, store.Swept{}},
		} {
			for _, step := range []struct {
				at   time.Duration
				want store.Swept
			}{{tc.after, store.Swept{}}, {tc.after + time.Millisecond, tc.want}} {
				b.clock.Add(step.at - at)
				at = step.at
				got, err := b.Sweep(t.Context())
				if diff := cmp.Diff(step.want, got); diff != "" || err != nil {
					t.Errorf("after %s: %s %v", step.at, diff, err)
				}
			}
		}
		if rows := testkit.Rows(t, b.sql, "SELECT state FROM outbox"); cmp.Diff([][]string{{"ready"}}, rows) != "" {
			t.Errorf("left are %v", rows)
		}
	})
}

// What a relay hands back untried costs no try, and comes again when it says; one whose
// lease has moved hands nothing back.
func TestWhatIsHandedBackIsNoTry(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		b.owe(t, 1)
		m := claim(t, b.Store, "a", 1)[0]
		if err := b.ReleaseOutbox(t.Context(), "b", []string{m.ID}, 0); err != nil { // it is not his
			t.Fatal(err)
		}
		if len(claim(t, b.Store, "c", 1)) != 0 {
			t.Error("somebody else has handed it back")
		}
		if err := b.ReleaseOutbox(t.Context(), "a", []string{m.ID}, time.Minute); err != nil {
			t.Fatal(err)
		}
		b.clock.Add(time.Minute - time.Millisecond)
		if len(claim(t, b.Store, "c", 1)) != 0 {
			t.Error("it comes before its time")
		}
		b.clock.Add(time.Millisecond)
		if again := claim(t, b.Store, "c", 1); len(again) != 1 || again[0].Attempts != 1 {
			t.Errorf("%+v", again)
		}
	})
}
