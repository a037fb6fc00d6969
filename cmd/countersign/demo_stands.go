package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"countersign/sandbox"
)

// The demo's app at Douyin, and its model.
const (
	demoClientKey    = "awdemo0123456789"
	demoClientSecret = "demo-client-secret" //nolint:gosec // of the stand-in
	demoModel        = "demo-reviewer"
	demoModelKey     = "demo-model-key"
)

// demoClock is the time that a demo lives in: the real one, moved forward by whoever plays
// with it. The database's clock and the stand-ins' are this one.
type demoClock struct{ ahead atomic.Int64 }

// Now is the demo's time.
func (c *demoClock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// ServeHTTP moves the clock: POST {"forward": "3h"} → {"now": …}. It never goes back.
func (c *demoClock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Forward string `json:"forward"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&in)
	d, derr := time.ParseDuration(in.Forward)
	if r.Method != http.MethodPost || err != nil || derr != nil || d < 0 || d > 365*24*time.Hour {
		http.Error(w, `{"error":"POST {\"forward\":\"3h\"}, at most a year"}`, http.StatusBadRequest)
		return
	}
	c.ahead.Add(int64(d))
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]time.Time{"now": c.Now().UTC()}) // the caller may be gone
}

// stands are the platforms of a demo behind one address; their paths do not meet.
type stands struct {
	clock  *demoClock
	wechat *sandbox.WeChat
	douyin *sandbox.Douyin
	model  *sandbox.Model
	phone  http.Handler
}

func newStands(at place, entry string, clock *demoClock) *stands {
	return &stands{
		clock: clock,
		wechat: sandbox.NewWeChat(sandbox.WeChatOptions{
			AppID: demoAppID, Secret: demoSecret, PublicURL: at.sandbox, Pages: []string{entry},
			Templates: map[string][]string{demoTemplate: {"thing1", "thing2", "time3"}}, Now: clock.Now,
		}),
		douyin: sandbox.NewDouyin(sandbox.DouyinOptions{ClientKey: demoClientKey, Secret: demoClientSecret, PlainHTTP: true, Now: clock.Now}),
		model:  sandbox.NewModel(sandbox.ModelOptions{Key: demoModelKey, Name: demoModel, Now: clock.Now}),
		phone:  sandbox.Phone(),
	}
}

// before serves the API with the stand-ins' admin paths on its origin: the mini-program in
// the browser needs both. Nothing but a demo does so.
func (s *stands) before(api http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", api)
	mux.Handle("/sandbox/", s)
	return mux
}

// ServeHTTP hands a request to the platform whose path it is.
func (s *stands) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, of := range []struct {
		beginning string
		handler   http.Handler
	}{
		{"/sandbox/clock", s.clock},
		{sandbox.PhonePath, s.phone},
		{"/sandbox/douyin/", s.douyin},
		{"/oauth/", s.douyin},
		{"/open/", s.douyin},
		{"/share-id/", s.douyin},
		{"/api/douyin/", s.douyin},
		{"/sandbox/model/", s.model},
		{"/v1/", s.model},
	} {
		if strings.HasPrefix(r.URL.Path, of.beginning) {
			of.handler.ServeHTTP(w, r)
			return
		}
	}
	s.wechat.ServeHTTP(w, r)
}
