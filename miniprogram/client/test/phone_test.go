package client_test

import (
	"fmt"
	"net/url"

	"github.com/chromedp/chromedp"

	"countersign/internal/testkit/browser"
	"countersign/sandbox"
)

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
	p.Before(s.t, `window.bench = { lasting: true, calls: [], mock: { requestSubscribeMessage: o => Object.fromEntries(o.tmplIds.map(id => [id, "accept"])), requirePrivacyAuthorize: () => ({}) } }`)
	p.scan(scene)
	return p
}

// scan opens the mini-program anew. WeChat hands a scene over percent-encoded once.
func (p *phone) scan(scene string) {
	p.s.t.Helper()
	if scene == "" {
		p.launch("")
		return
	}
	p.launch("#/pages/entry/entry?scene=" + url.QueryEscape(scene))
}

// launch opens the mini-program anew at an address, as a message does; "" is its first page.
func (p *phone) launch(hash string) {
	p.s.t.Helper()
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

// twiceMore taps what was tapped last two times more, as fast as can be.
var twiceMore = chromedp.Evaluate(`document.querySelectorAll("[data-here]").forEach(e => { e.click(); e.click() })`, nil)

// withoutMock brings back WeChat's own question before messages.
var withoutMock = chromedp.Evaluate(`void delete bench.mock.requestSubscribeMessage`, nil)

// got waits until the page has the answer to a request whose address contains a text.
func (p *phone) got(address string) {
	p.s.t.Helper()
	p.Until(p.s.t, fmt.Sprintf(`performance.getEntriesByType("resource").some(e => e.name.includes(%q))`, address))
}

// lacks asks that a text is not on the screen.
func (p *phone) lacks(text string) {
	p.s.t.Helper()
	if browser.Ask[bool](p.s.t, p.Tab, "!!"+seen(text, has)) {
		p.s.t.Errorf("%q is shown", text)
	}
}

// first and last are expressions for one of those that are called so.
func first(name string) string { return named(name) + `.at(0)` }

func last(name string) string { return named(name) + `.at(-1)` }

func named(name string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(".mp-view:not([hidden]) [role]")].filter(e => e.innerText.trim() === %q)`, name)
}

// under taps what may lie under the bar at the foot: a thumb moves the page first.
func (p *phone) under(element string) {
	p.s.t.Helper()
	p.Until(p.s.t, fmt.Sprintf(`(e => { e?.scrollIntoView({ block: "center" }); return !!e; })(%s)`, element))
	p.touch(element)
}
