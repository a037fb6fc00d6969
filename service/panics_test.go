package service_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// panics counts the panics of the background work.
type panics struct{ n atomic.Int64 }

func (*panics) Ticked(service.LoopName, time.Time, time.Duration, error) {}
func (p *panics) Panicked(service.LoopName)                              { p.n.Add(1) }

// brittle is a door to webhooks that panics at one address.
type brittle struct {
	service.WebhookDoor
	at string
}

func (b brittle) Send(ctx context.Context, m model.WebhookMessage) model.WebhookOutcome {
	if strings.HasPrefix(m.URL, b.at) {
		panic("a receiver that nobody foresaw")
	}
	return b.WebhookDoor.Send(ctx, m)
}

// TestAPanicIsOneWebhooksOwn: a message whose sending panics leaves its Webhook to a rest, is
// counted, and is sent once the fault is mended. The others are served meanwhile.
func TestAPanicIsOneWebhooksOwn(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		var p panics
		odd, even := newReceiver(t, nil), newReceiver(t, nil)
		door := &brittle{at: odd.URL}
		x.Replica = x.Bare(t, 0, func(d *service.Doors, _ *service.Settings) {
			door.WebhookDoor = d.Webhook
			d.Webhook, d.Watch = door, &p
		})
		x.hooked(t, odd)
		x.hooked(t, even)
		x.channels(t, 1)
		for range 3 { // what rests is not tried again
			_, err := x.Service.Webhooks.Drain(t.Context())
			must(t, err)
		}
		if len(even.ids()) != 1 || p.n.Load() != 1 {
			t.Errorf("%d arrived, %d panics", len(even.ids()), p.n.Load())
		}
		door.at = "nowhere"
		x.Clock.Add(61 * time.Second)
		x.deliver(t)
		if len(odd.ids()) != 1 || p.n.Load() != 1 {
			t.Errorf("%d arrived, %d panics", len(odd.ids()), p.n.Load())
		}
	})
}
