package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/sandbox"
)

// TestADemoMayStopWhileItStarts: an interrupt is no failure of Douyin's stand-in, whose
// messages found nobody; an address where nobody answers is.
func TestADemoMayStopWhileItStarts(t *testing.T) {
	t.Parallel()
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()
	douyin := sandbox.NewDouyin(sandbox.DouyinOptions{ClientKey: demoClientKey, Secret: demoClientSecret, PlainHTTP: true, Now: time.Now})
	if err := subscribe(t.Context(), douyin, nobody.URL); err == nil {
		t.Error("a receiver that is not there was taken")
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := subscribe(stopped, douyin, nobody.URL); err != nil {
		t.Error(err)
	}
}

// TestOnlyADemoHasAPhone: a demo serves the phone and the stand-ins on the API's origin; what
// serve runs has no such path.
func TestOnlyADemoHasAPhone(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	d, err := startDemo(ctx, ownPorts(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/sandbox/phone/", "/sandbox/wechat/identities", "/readyz"} {
		if got := (testkit.Client{URL: d.at.api}).Do(t, "GET", path, nil); got.Status != http.StatusOK {
			t.Errorf("%s of a demo: %d", path, got.Status)
		}
		w := httptest.NewRecorder()
		d.app.api.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
		if served := w.Code == http.StatusOK; served != (path == "/readyz") {
			t.Errorf("%s of the API: %d", path, w.Code)
		}
	}
	stop()
	if err := d.wait(); err != nil {
		t.Error(err)
	}
}
