// Package client_test drives the mini-program in Chromium against the real service: the
// pages, the code and the styles that ship, on the sandbox's phone.
package client_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/internal/testkit/browser"
)

type M = testkit.M

// stage is the service, the stand-in for WeChat and the phone on one origin, and a brand.
type stage struct {
	*testkit.App
	*testkit.Brand
	t      *testing.T
	server *httptest.Server

	mu       sync.Mutex
	faults   []fault
	requests []string // to the API, as "GET /inbox", oldest first
}

// fault answers requests in place of the service.
type fault struct {
	request string // as in requests; a star stands for one part of the path
	left    int    // how often; negative is always
	answer  http.HandlerFunc
}

// setup serves a fresh program. The browser's clock is the real one, so the program's is too.
func setup(t *testing.T, e testkit.Engine, o testkit.Options) *stage {
	t.Helper()
	e.Turn(t) // the browser's part takes long, so none of it runs twice
	browser.Need(t)
	o.RealTime = true
	s := &stage{App: testkit.NewApp(t, e, o), t: t}
	s.Brand = s.NewBrand(t)
	s.server = httptest.NewServer(s.Front(http.HandlerFunc(s.serve)))
	t.Cleanup(s.server.Close)
	return s
}

func (s *stage) serve(w http.ResponseWriter, r *http.Request) {
	if answer := s.faulty(r); answer != nil {
		answer(w, r)
		return
	}
	s.Server.Config.Handler.ServeHTTP(w, r)
}

// faulty notes a request, and takes the fault that waits for it.
func (s *stage) faulty(r *http.Request) http.HandlerFunc {
	below, ofAPI := strings.CutPrefix(r.URL.Path, api.Base)
	if !ofAPI {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	request := r.Method + " " + below
	s.requests = append(s.requests, request)
	for i := range s.faults {
		if f := &s.faults[i]; f.left != 0 && matches(f.request, request) {
			f.left--
			return f.answer
		}
	}
	return nil
}

func matches(pattern, request string) bool {
	ok, err := path.Match(pattern, request)
	return ok && err == nil
}

// fail answers the next requests with something else; times below 0 is until heal.
func (s *stage) fail(request string, times int, answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fault{request, times, answer})
}

func (s *stage) heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// asked lists the requests to the API since the last call.
func (s *stage) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.requests
	s.requests = nil
	return list
}

// problem is a refusal of the API's, as a fault.
func problem(status int, code string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"code":%q,"status":%d,"title":"標題 %s","detail":"說明"}`, code, status, code)
	}
}

// gone is a connection that breaks.
func gone(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// scanned is the scene in a code that the service drew, read as a phone's camera reads it.
func (s *stage) scanned(picture []byte) string {
	s.t.Helper()
	var got struct{ Scene string }
	testkit.Client{URL: s.server.URL}.Do(s.t, "POST", "/sandbox/wechat/scan", picture, "Content-Type", "image/jpeg").Want(s.t, 200, &got)
	return got.Scene
}

// bindingCode is what the code says that one of the staff asked for on his computer.
func (s *stage) bindingCode(staff testkit.Client) string {
	s.t.Helper()
	staff.Do(s.t, "POST", api.Base+"/me/wechat-binding", M{}, "User-Agent", browser.Desktop).Want(s.t, 200, nil)
	return s.scanned(staff.Do(s.t, "GET", api.Base+"/me/wechat-binding/code.png", nil).Want(s.t, 200, nil).Body)
}

// posted is a post in review by the flow, with the token of its code.
func (s *stage) posted(title string, more ...M) (api.PostDetail, string) {
	s.t.Helper()
	p := s.NewPost(s.t, testkit.Article(title, more...))
	return s.Submit(s.t, p.ID), s.postCode(p.ID)
}

// postCode is what the code of a post says.
func (s *stage) postCode(post string) string {
	s.t.Helper()
	return s.scanned(s.Editor.Do(s.t, "GET", s.Path+"/posts/"+post+"/code.png", nil).Want(s.t, 200, nil).Body)
}
