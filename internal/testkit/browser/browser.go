// Package browser drives a real Chromium in tests, at the size of a phone.
package browser

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"countersign/internal/testkit"
)

// The browsers that scan a code, by their User-Agent.
const (
	Safari  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
	Chrome  = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
	WeChat  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.60(0x18003c2f) NetType/WIFI Language/zh_CN"
	Douyin  = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36 aweme_340500"
	QQ      = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 QQ/9.1.75"
	Desktop = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)

// limit ends a tab that would otherwise wait for ever. A busy machine may take a minute.
const limit = 5 * time.Minute

// binary finds Chromium.
func binary() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Need skips a test on a machine without Chromium; where the tests must run whole, it
// fails it. make test installs what is missing.
func Need(t testing.TB) {
	t.Helper()
	switch {
	case binary() != "":
	case os.Getenv("CI") != "" || os.Getenv(testkit.EnvMySQL) != "":
		t.Fatal("no Chromium: apt-get install chromium fonts-noto-cjk")
	default:
		t.Skip("no Chromium: make test installs it")
	}
}

// Look is how a tab shows pages.
type Look struct {
	UserAgent     string
	Language      string // of Accept-Language and of the browser itself: "zh-CN" or "en"
	Dark          bool
	Width, Height int64 // CSS pixels; 0 is a phone's 390 × 844
}

// Tab is one page, in a profile of its own.
type Tab struct {
	context.Context
	end    func()
	mu     sync.Mutex
	asked  []string // navigations that were asked for
	wrongs []string // errors on the console, and what the page's own policy refused
}

// Open opens a tab, which ends with the test.
func Open(t testing.TB, l Look) *Tab {
	t.Helper()
	Need(t)
	if l.Width == 0 {
		l.Width, l.Height = 390, 844
	}
	ctx, end, err := shared.take()
	if err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	tab := &Tab{Context: limited, end: func() { cancel(); end() }}
	t.Cleanup(tab.Close)
	chromedp.ListenTarget(limited, tab.hear)
	scheme := "light"
	if l.Dark {
		scheme = "dark"
	}
	tab.Do(t, network.Enable(), log.Enable(), page.Enable(), runtime.Enable(),
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": l.Language}),
		emulation.SetFocusEmulationEnabled(true), // as if it were the only one
		emulation.SetUserAgentOverride(l.UserAgent).WithAcceptLanguage(l.Language),
		emulation.SetDeviceMetricsOverride(l.Width, l.Height, 2, l.Width < 600),
		emulation.SetTouchEmulationEnabled(l.Width < 600),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
	return tab
}

// Close closes the tab, for a test that opens many. It is closed with the test at the latest.
func (tab *Tab) Close() { tab.end() }

func (tab *Tab) hear(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *page.EventFrameRequestedNavigation:
		tab.asked = append(tab.asked, e.URL)
	case *page.EventFrameStartedNavigating:
		tab.asked = append(tab.asked, e.URL)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError && !expected(e.Entry.Text) {
			tab.wrongs = append(tab.wrongs, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		tab.wrongs = append(tab.wrongs, e.ExceptionDetails.Error())
	}
}

// expected tells what is no fault of a page: refusals are answers, and of all the tabs of a
// Chromium one at a time may launch an app.
func expected(text string) bool {
	return strings.HasPrefix(text, "Failed to load resource") || strings.HasPrefix(text, "Not allowed to launch")
}

// Do runs actions that must succeed.
func (tab *Tab) Do(t testing.TB, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(tab.Context, actions...); err != nil {
		t.Fatal(err)
	}
}

// Go loads an address.
func (tab *Tab) Go(t testing.TB, url string) {
	t.Helper()
	tab.Do(t, chromedp.Navigate(url))
}

// Before runs a script in every page that loads from now on, before the page's own.
func (tab *Tab) Before(t testing.TB, script string) {
	t.Helper()
	tab.Do(t, chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
		return err
	}))
}

// Type writes into a field that is seen, key by key.
func (tab *Tab) Type(t testing.TB, selector, text string) {
	t.Helper()
	tab.Do(t, chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.SendKeys(selector, text, chromedp.ByQuery))
}

// Tap clicks what is seen.
func (tab *Tab) Tap(t testing.TB, selector string) {
	t.Helper()
	tab.Do(t, chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.Click(selector, chromedp.ByQuery))
}

// See waits until something is seen.
func (tab *Tab) See(t testing.TB, selector string) {
	t.Helper()
	tab.Do(t, chromedp.WaitVisible(selector, chromedp.ByQuery))
}

// Ask evaluates an expression.
func Ask[T any](t testing.TB, tab *Tab, expression string) (out T) {
	t.Helper()
	tab.Do(t, chromedp.Evaluate(expression, &out))
	return out
}

// Until evaluates an expression until it is true, also while the page loads anew.
func (tab *Tab) Until(t testing.TB, expression string) {
	t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		var so bool
		err := chromedp.Run(tab.Context, chromedp.Evaluate(expression, &so))
		if err == nil && so {
			return
		}
		select {
		case <-again.C:
		case <-tab.Done():
			t.Fatalf("never: %s (%v)", expression, err)
		}
	}
}

// Asked lists the addresses that the page asked to go to.
func (tab *Tab) Asked() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return append([]string(nil), tab.asked...)
}

// AsksFor waits until the page has asked to go to an address with a beginning.
func (tab *Tab) AsksFor(t testing.TB, beginning string) string {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		for _, url := range tab.Asked() {
			if strings.HasPrefix(url, beginning) {
				return url
			}
		}
		select {
		case <-again.C:
		case <-tab.Done():
			t.Fatalf("never asked for %s, but for %v", beginning, tab.Asked())
		}
	}
}

// Wrongs lists what went wrong on the page.
func (tab *Tab) Wrongs() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return append([]string(nil), tab.wrongs...)
}

// Picture is what the screen shows, as a PNG.
func (tab *Tab) Picture(t testing.TB) (png []byte) {
	t.Helper()
	tab.Do(t, chromedp.CaptureScreenshot(&png))
	return png
}

// Twice clicks something twice, as fast as can be.
func Twice(selector string) chromedp.Action {
	return chromedp.Evaluate(`(() => { const e = document.querySelector(`+"`"+selector+"`"+`); e.click(); e.click(); })()`, nil)
}

// Faint is an expression that lists the texts whose contrast with what is behind them is below WCAG's AA.
const Faint = `(() => {
	const rgb = s => (s.match(/[\d.]+/g) || []).map(Number);
	const light = c => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
	const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
	const faint = [];
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; (n = walk.nextNode());) {
		const e = n.parentElement;
		if (!n.textContent.trim() || !e.offsetParent || e.closest("[disabled], script")) continue;
		const a = light(rgb(getComputedStyle(e).color)), b = light(behind(e)), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		if (ratio < 4.5) faint.push(n.textContent.trim().slice(0, 20) + " " + ratio.toFixed(2));
	}
	return faint;
})()`
