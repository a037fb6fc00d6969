// Package client_test drives the mini-program in Chromium against the real service: the
// pages, the code and the styles that ship, on the sandbox's phone.
package client_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/internal/testkit/browser"
	"countersign/sandbox"
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
	browser.Need(t)
	o.RealTime = true
	s := &stage{App: testkit.NewApp(t, e, o), t: t}
	s.Brand = s.NewBrand(t)
	mux := http.NewServeMux()
	mux.Handle(sandbox.PhonePath, sandbox.Phone())
	mux.Handle("/sandbox/", s.Sandbox)
	mux.HandleFunc("/", s.serve)
	s.server = httptest.NewServer(mux)
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

// look is a Chinese phone, in the light.
var look = browser.Look{UserAgent: browser.WeChat, Language: "zh-CN"}

// phone is a browser that shows the mini-program of one WeChat user.
type phone struct {
	*browser.Tab
	s      *stage
	openid string
	taps   int
}

// phone opens the mini-program by a code with a scene, or by itself when there is none. A
// user who agreed to be told before is not asked again, unless ask is called.
func (s *stage) phone(l browser.Look, openid, scene string) *phone {
	s.t.Helper()
	p := &phone{Tab: browser.Open(s.t, l), s: s, openid: s.Sandbox.Identity(openid).OpenID}
	p.Before(s.t, `window.bench = { calls: [], mock: { requestSubscribeMessage: o => Object.fromEntries(o.tmplIds.map(id => [id, "accept"])), requirePrivacyAuthorize: () => ({}) } }`)
	p.scan(scene)
	return p
}

// scan opens the mini-program anew. WeChat hands a scene over percent-encoded once.
func (p *phone) scan(scene string) {
	p.s.t.Helper()
	hash := ""
	if scene != "" {
		hash = "#/pages/entry/entry?scene=" + url.QueryEscape(scene)
	}
	p.s.asked()
	p.Go(p.s.t, "about:blank") // another hash alone would load nothing
	p.Go(p.s.t, p.s.server.URL+sandbox.PhonePath+"?as="+url.QueryEscape(p.openid)+hash)
}

// shown is an expression for what is on the screen, WeChat's own questions included.
const shown = `[...document.querySelectorAll(".mp-view:not([hidden]), #over, #tabs, #bar, #toast")]`

// seen is an expression for the innermost element on the screen whose text has, or is, a text.
func seen(text, how string) string {
	const inner = `%[1]s.flatMap(e => [e, ...e.querySelectorAll("*")]).filter(e => e.checkVisibility() && %[2]s(e) && ![...e.children].some(c => c.checkVisibility() && %[2]s(c))).at(-1)`
	return fmt.Sprintf(inner, shown, fmt.Sprintf(how, text))
}

const (
	has = `(e => (e.innerText ?? "").includes(%q))`
	is  = `(e => (e.innerText ?? "").trim() === %q)`
)

// reads waits until a text is on the screen.
func (p *phone) reads(text string) {
	p.s.t.Helper()
	p.Until(p.s.t, "!!"+seen(text, has))
}

// tap waits for what is called so and taps it with a finger.
func (p *phone) tap(text string) {
	p.s.t.Helper()
	p.touch(seen(text, is))
}

// touch taps what an expression finds, once it is there and enabled.
func (p *phone) touch(element string) {
	p.s.t.Helper()
	p.taps++
	p.Until(p.s.t, fmt.Sprintf(`(() => { const e = %s; if (!e || e.closest("[disabled]")) return false; document.querySelectorAll("[data-here]").forEach(o => o.removeAttribute("data-here")); e.setAttribute("data-here", ""); return true; })()`, element))
	p.Tap(p.s.t, "[data-here]")
}

// at is where the mini-program is.
func (p *phone) at() string {
	p.s.t.Helper()
	return browser.Ask[string](p.s.t, p.Tab, `getCurrentPages().at(-1)?.route ?? ""`)
}

// reaches waits for a page.
func (p *phone) reaches(page string) {
	p.s.t.Helper()
	p.Until(p.s.t, fmt.Sprintf(`window.getCurrentPages?.().at(-1)?.route === "pages/%[1]s/%[1]s"`, page))
}

// types puts a text into the field that is seen.
func (p *phone) types(field, text string) {
	p.s.t.Helper()
	p.Type(p.s.t, `.mp-view:not([hidden]) `+field, text)
}

// pull pulls the page down to read it anew.
func (p *phone) pull() {
	p.s.t.Helper()
	p.Do(p.s.t, chromedp.Evaluate(`void bench.pull()`, nil))
}

// calls lists the calls of one of wx's functions.
func (p *phone) calls(name string) int {
	p.s.t.Helper()
	return browser.Ask[int](p.s.t, p.Tab, fmt.Sprintf(`bench.calls.filter(c => c[0] === %q).length`, name))
}

// fine asks that nothing went wrong, nothing is wider than the phone, everything that can be
// tapped fits a finger, and every text can be read.
func (p *phone) fine() {
	p.s.t.Helper()
	if wrong := p.Wrongs(); len(wrong) > 0 {
		p.s.t.Error(p.at(), wrong)
	}
	if wide := browser.Ask[bool](p.s.t, p.Tab, `(e => e.scrollWidth > e.clientWidth)(document.querySelector(".mp-view:not([hidden]) .mp-page"))`); wide {
		p.s.t.Error(p.at(), "is wider than the phone")
	}
	small := browser.Ask[[]string](p.s.t, p.Tab, shown+`.flatMap(e => [...e.querySelectorAll("button, [role=button], [role=tab]")]).filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5).map(e => e.className + " " + e.innerText)`)
	if len(small) > 0 {
		p.s.t.Error(p.at(), "has what is too small for a finger:", small)
	}
	if faint := browser.Ask[[]string](p.s.t, p.Tab, browser.Faint); len(faint) > 0 {
		p.s.t.Error(p.at(), "has text that is hard to read:", faint)
	}
}

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
	staff.Do(s.t, "POST", api.Base+"/me/wechat-binding", M{}).Want(s.t, 200, nil)
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

// twiceMore taps what was tapped last two times more, as fast as can be.
var twiceMore = chromedp.Evaluate(`document.querySelectorAll("[data-here]").forEach(e => { e.click(); e.click() })`, nil)

// withoutMock brings back WeChat's own question before messages.
var withoutMock = chromedp.Evaluate(`void delete bench.mock.requestSubscribeMessage`, nil)
