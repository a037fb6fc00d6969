package api_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/service"
)

// TestLoopMetrics: the operator sees each loop's last turn and what went wrong; what has not
// gone wrong yet is 0, so that the first time is a rise.
func TestLoopMetrics(t *testing.T) {
	t.Parallel()
	m := api.NewMetrics()
	m.Ticked(service.LoopRelay, time.UnixMilli(1_700_000_000_500), 250*time.Millisecond, errors.New("away"))
	m.Ticked(service.LoopRelay, time.UnixMilli(1_700_000_001_500), 750*time.Millisecond, nil)
	m.Panicked(service.LoopWebhooks)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	for _, want := range []string{
		`countersign_loop_last_tick_timestamp_seconds{loop="relay"} 1.7000000015e+09`, `countersign_loop_last_tick_seconds{loop="relay"} 0.75`,
		`countersign_loop_failures_total{loop="relay"} 1`, `countersign_loop_failures_total{loop="media_sweep"} 0`,
		`countersign_loop_panics_total{loop="webhooks"} 1`, `countersign_loop_panics_total{loop="relay"} 0`,
	} {
		if !strings.Contains(w.Body.String(), want+"\n") {
			t.Errorf("no line %s", want)
		}
	}
}
