package main

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"countersign/internal/testkit"
	"countersign/internal/testkit/browser"
	"countersign/sandbox"
)

const (
	phoneTasks = 1_000
	phoneOpens = 15     // the first ones warm up
	scrolled   = 20_000 // pixels
	speed      = 4_000  // pixels a second: a hard flick
)

// onPhone measures the mini-program in a browser: how soon a scan shows the inbox, and how
// smoothly a long one scrolls.
func onPhone(t testing.TB) []figure {
	a := newApp(t, testkit.MySQL, 1)
	b := a.NewBrand(t)
	reader := a.NewReviewer(t, b)
	(&pile{engine: testkit.MySQL, posts: phoneTasks, brand: b, member: reader.Member, common: "上新", rare: "春节", rareEach: 5, rest: phoneTasks}).fill(t, a.Database)
	server := httptest.NewServer(a.Front(a.Server.Config.Handler))
	t.Cleanup(server.Close)
	p := phone{browser.Open(t, browser.Look{UserAgent: browser.WeChat, Language: "zh-CN"}), server.URL + sandbox.PhonePath + "?as=" + reader.OpenID}
	return []figure{p.entry(t), p.scroll(t)}
}

// phone is the mini-program of one reader, and its address.
type phone struct {
	*browser.Tab
	at string
}

// shows is an expression for how many tasks are on the screen.
const shows = `document.querySelectorAll(".mp-view:not([hidden]) .task").length`

// entry is from the start of the mini-program's code to the first rows, with a fresh login.
func (p phone) entry(t testing.TB) figure {
	t.Helper()
	p.Before(t, `localStorage.clear()
		new MutationObserver(() => {
			if (!window.took && `+shows+`) requestAnimationFrame(() => window.took = performance.now() - performance.getEntriesByName("launch")[0].startTime)
		}).observe(document, { childList: true, subtree: true })`)
	var took []time.Duration
	for i := range phoneOpens {
		p.Go(t, "about:blank")
		p.Go(t, p.at)
		p.Until(t, `window.took > 0`)
		if i >= 5 {
			took = append(took, time.Duration(browser.Ask[float64](t, p.Tab, `window.took`)*float64(time.Millisecond)))
		}
	}
	return figure{
		Name: "phone: entry to inbox", Measured: ms(median(took)), Unit: "ms", Bound: atMost, Goal: 300,
		Note: fmt.Sprintf("median of %d, from its first line of code by login to the frame with the first of %d tasks", len(took), phoneTasks),
	}.judged()
}

// scroll reads the inbox to its end, and scrolls through it. The worst second counts.
func (p phone) scroll(t testing.TB) figure {
	t.Helper()
	for shown := 0; shown < phoneTasks; shown = browser.Ask[int](t, p.Tab, shows) {
		p.Do(t, chromedp.Evaluate(`(e => e.scrollTo({ top: e.scrollHeight }))(document.querySelector(".mp-view:not([hidden]) .mp-page"))`, nil))
		p.Until(t, fmt.Sprintf("%s > %d", shows, shown))
	}
	p.Do(t, chromedp.Evaluate(`document.querySelector(".mp-view:not([hidden]) .mp-page").scrollTo({ top: 0 })`, nil))
	drawn := p.Frames(t, browser.Scroll(scrolled, speed))
	return figure{
		Name: "phone: frames a second in an inbox of 1,000", Measured: float64(worstSecond(drawn)), Unit: "/s", Bound: atLeast, Goal: 50,
		Note: fmt.Sprintf("the worst second of %.1f s at %d px/s, traced", (drawn[len(drawn)-1] - drawn[0]).Seconds(), speed),
	}.judged()
}

// worstSecond is the fewest frames in any second that lies wholly within the scrolling.
func worstSecond(drawn []time.Duration) int {
	least := len(drawn)
	for i, from := range drawn {
		n := 0
		for _, at := range drawn[i:] {
			if at < from+time.Second {
				n++
			}
		}
		if drawn[len(drawn)-1]-from >= time.Second {
			least = min(least, n)
		}
	}
	return least
}
