package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain also checks that no goroutine outlives the tests.
func TestMain(m *testing.M) {
	code := m.Run()
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// stage is a real server for a stand-in, with a hand-moved clock.
type stage struct {
	t      *testing.T
	server *httptest.Server

	mu  sync.Mutex
	now time.Time
}

func newStage(t *testing.T) *stage {
	return &stage{t: t, now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
}

func (s *stage) serve(h http.Handler) {
	s.server = httptest.NewServer(h)
	s.t.Cleanup(s.server.Close)
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *stage) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// do makes a request, with headers in pairs, and returns the answer whole.
func (s *stage) do(method, target, body string, header ...string) (int, http.Header, []byte, error) {
	s.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = s.server.URL + target
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, answer, err
}

// ask expects JSON and returns it.
func (s *stage) ask(method, target, body string, header ...string) map[string]any {
	s.t.Helper()
	_, _, raw, err := s.do(method, target, body, header...)
	if err != nil {
		s.t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(raw, &answer); err != nil {
		s.t.Fatalf("%s %s: %s", method, target, raw)
	}
	return answer
}
