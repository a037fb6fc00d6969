package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// The sweep takes what has had its time, and nothing else.
func TestSweep(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		x, _ := twoBrands(t, b)
		fill := func() {
			b.owe(t, 3) // done, dead, ready
			list := claim(t, b.Store, "a", 2)
			if err := b.FinishOutbox(t.Context(), "a", ids(list[:1])); err != nil {
				t.Fatal(err)
			}
			if err := b.DelayOutbox(t.Context(), "a", list[1].ID, 0, true, "dead"); err != nil {
				t.Fatal(err)
			}
			b.in(t, func(tx *store.Tx) error {
				tx.Audit(entry(x, 1))
				if err := tx.KeepAnswer(model.IdempotencyKey{Principal: "u:1", IdemKey: testkit.NewID(), RequestHash: model.HashToken(""), Answer: []byte("x")}); err != nil {
					return err
				}
				return tx.CreateSession(&model.Session{ID: testkit.NewID(), Kind: model.SessionConsole, TokenHash: model.HashToken(testkit.NewID()), ExpiresAt: tx.Now.Add(time.Hour)})
			})
		}
		fill()
		b.clock.Add(31 * 24 * time.Hour)
		fill()
		got, err := b.Sweep(t.Context())
		if diff := cmp.Diff(store.Swept{Sessions: 1, Keys: 1, Outbox: 1, Events: 1}, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if n := testkit.Count(t, b.sql, "SELECT COUNT(*) FROM audit"); n != 2 {
			t.Errorf("the audit has %d entries, of 2", n)
		}
		if again, err := b.Sweep(t.Context()); again != (store.Swept{}) || err != nil {
			t.Errorf("swept twice: %+v, %v", again, err)
		}
	})
}
