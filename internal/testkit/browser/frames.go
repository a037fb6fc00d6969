package browser

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// Frames traces the browser while something runs and answers when it drew, oldest first, on
// a clock of its own.
func (tab *Tab) Frames(t testing.TB, run ...chromedp.Action) []time.Duration {
	t.Helper()
	tr := &trace{done: make(chan struct{})}
	ctx, end := context.WithCancel(tab.Context)
	defer end()
	chromedp.ListenTarget(ctx, tr.hear)
	start := tracing.Start().WithTransferMode(tracing.TransferModeReportEvents).
		WithTraceConfig(&tracing.TraceConfig{IncludedCategories: []string{"disabled-by-default-devtools.timeline.frame"}})
	tab.Do(t, start)
	tab.Do(t, run...)
	tab.Do(t, tracing.End())
	select {
	case <-tr.done:
	case <-tab.Done():
		t.Fatal(context.Cause(tab.Context))
	}
	return tr.drawn
}

type trace struct {
	mu    sync.Mutex
	drawn []time.Duration
	done  chan struct{}
}

func (tr *trace) hear(event any) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	switch e := event.(type) {
	case *tracing.EventDataCollected:
		for _, raw := range e.Value {
			var one struct {
				Name string
				TS   int64 // µs
			}
			if err := json.Unmarshal(raw, &one); err == nil && one.Name == "DrawFrame" {
				tr.drawn = append(tr.drawn, time.Duration(one.TS)*time.Microsecond)
			}
		}
	case *tracing.EventTracingComplete:
		close(tr.done)
	}
}

// Scroll turns a wheel over the middle of a phone's screen, so that its page scrolls down by
// so many pixels, at so many a second. The browser's own gesture of a finger moves nothing
// without a display.
func Scroll(distance float64, speed int64) chromedp.Action {
	return input.SynthesizeScrollGesture(195, 500).WithYDistance(-distance).WithSpeed(speed).WithGestureSourceType(input.GestureMouse).WithPreventFling(true)
}
