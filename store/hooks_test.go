package store_test

import (
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// A webhook that has something to do is leased to one who asks, until the lease runs out;
// one that is off, or has nothing to do, to nobody.
func TestAWebhookIsLeasedOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		f := furnish(t, setup(t, e))
		claimed := func(owner string) int {
			t.Helper()
			list, err := f.ClaimWebhooks(t.Context(), owner, time.Minute, 10)
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		if n := claimed("a") + claimed("b"); n != 1 {
			t.Errorf("it was leased %d times", n)
		}
		f.clock.Add(time.Minute - time.Millisecond)
		if n := claimed("b"); n != 0 {
			t.Error("a lease was not kept")
		}
		f.clock.Add(time.Millisecond)
		if n := claimed("b"); n != 1 {
			t.Error("nobody takes over")
		}
		if err := f.ReleaseWebhook(t.Context(), f.webhook.ID, "a", model.Health{}); err != nil { // it is not his any more
			t.Fatal(err)
		}
		if n := claimed("c"); n != 0 {
			t.Error("he who lost the lease gave it away")
		}
		if err := f.ReleaseWebhook(t.Context(), f.webhook.ID, "b", model.Health{HoldUntil: f.clock.Now()}); err != nil {
			t.Fatal(err)
		}
		f.exec(t, "UPDATE webhooks SET active = 0")
		if n := claimed("c"); n != 0 {
			t.Error("one that is off was leased")
		}
		f.exec(t, "UPDATE webhooks SET active = 1")
		if n := claimed("c"); n != 1 {
			t.Error("switched on, it is not served")
		}
	})
}

// What became of a try is noted unless somebody has noted another one, or owed the delivery
// anew meanwhile.
func TestADeliveryIsNotedOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		f := furnish(t, setup(t, e))
		due := func() []model.Delivery {
			t.Helper()
			list, _, err := f.DueDeliveries(t.Context(), f.webhook.ID, 10)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		was := due()[0]
		note := func(o model.WebhookOutcome) model.Delivery {
			t.Helper()
			if err := f.NoteDelivery(t.Context(), was, was.After(f.clock.Now(), o)); err != nil {
				t.Fatal(err)
			}
			d, err := f.Delivery(t.Context(), f.brand.ID, f.webhook.ID, was.ID)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		failed := note(model.WebhookOutcome{Status: 500, Failure: model.WebhookRefused})
		if failed.State != model.DeliveryOwed || failed.Attempts != 1 || failed.Status != 500 || len(due()) != 0 {
			t.Errorf("%+v", failed)
		}
		if late := note(model.WebhookOutcome{Status: 200}); late.State != model.DeliveryOwed || late.Attempts != 1 || late.Status != 500 {
			t.Errorf("a note that comes too late: %+v", late)
		}
		f.clock.Add(time.Second) // another moment, so that owing it anew is seen
		f.in(t, func(tx *store.Tx) error { return tx.OweAgain(failed) })
		again := due()
		if len(again) != 1 || again[0].Attempts != 0 {
			t.Fatalf("%+v", again)
		}
		if late := note(model.WebhookOutcome{Status: 200}); late.State != model.DeliveryOwed || late.Attempts != 0 {
			t.Errorf("a note from before it was owed anew: %+v", late)
		}
		was = again[0]
		if d := note(model.WebhookOutcome{Status: 204}); d.State != model.DeliveryDelivered || d.DeliveredAt == nil || len(due()) != 0 {
			t.Errorf("%+v", d)
		}
	})
}

// A webhook is switched off once, by who leases it.
func TestAWebhookIsSwitchedOffOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		f := furnish(t, setup(t, e))
		if _, err := f.ClaimWebhooks(t.Context(), "a", time.Minute, 10); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			owner string
			want  bool
		}{{"b", false}, {"a", true}, {"a", false}} {
			f.in(t, func(tx *store.Tx) error {
				off, err := tx.SwitchOffWebhook(f.webhook.ID, tc.owner, model.WebhookGone)
				if bool(off) != tc.want {
					t.Errorf("by %s: %t", tc.owner, off)
				}
				return err
			})
		}
	})
}
