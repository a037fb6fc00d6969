package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/sandbox"
)

// The phone is three files that load nothing from elsewhere.
func TestPhoneIsWhole(t *testing.T) {
	t.Parallel()
	phone := sandbox.Phone()
	for path, tc := range map[string]struct {
		status     int
		kind, says string
	}{
		"":          {200, "text/html; charset=utf-8", "phone.js"},
		"phone.js":  {200, "text/javascript; charset=utf-8", "pages/entry/entry"},
		"phone.css": {200, "text/css; charset=utf-8", ".mp-page"},
		"other":     {404, "text/plain; charset=utf-8", "not found"},
	} {
		w := httptest.NewRecorder()
		phone.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, sandbox.PhonePath+path, nil))
		if w.Code != tc.status || w.Header().Get("Content-Type") != tc.kind || !strings.Contains(w.Body.String(), tc.says) {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "http") || strings.Contains(csp, "eval") {
			t.Error(path, csp)
		}
	}
}
