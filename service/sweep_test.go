package service_test

import (
	"context"
	"log/slog"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// TestSweepCatchesUpWhileRunning: what a busy day leaves is swept at once, not a thousand rows every
// ten minutes.
func TestSweepCatchesUpWhileRunning(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		d := testkit.NewMigrated(t, e)
		s := d.Open(t, nil, 0)
		db := d.SQL(t)
		rows := make([]model.OutboxMessage, 2250)
		for i := range rows {
			rows[i] = model.OutboxMessage{ID: testkit.NewID(), DedupKey: testkit.NewID(), Topic: "push.wechat", Payload: []byte("{}")}
		}
		must(t, s.OweNew(t.Context(), rows, 0))
		testkit.Exec(t, db, "UPDATE outbox SET state = 'done', next_at = '2020-01-01 00:00:00.000'")
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		ended := make(chan struct{})
		go func() {
			service.New(service.Doors{Store: s, Log: slog.New(slog.DiscardHandler)}, service.Settings{}).Run(ctx, service.LoopSweep)
			close(ended)
		}()
		testkit.Eventually(t, "all is swept", func() bool { return testkit.Count(t, db, "SELECT COUNT(*) FROM outbox") == 0 })
		stop()
		<-ended
	})
}
