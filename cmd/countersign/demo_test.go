package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"countersign/internal/testkit"
)

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
