package client_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"countersign/internal/testkit"
	"countersign/internal/testkit/browser"
)

// desktop is a newcomer's computer.
var desktop = browser.Look{UserAgent: browser.Desktop, Language: "en", Width: 1200, Height: 900}

// What a phone has beside its screen: another user, a camera, and messages.
func TestDesk(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	p := s.phone(desktop, openid, "")
	p.reads("Nothing waits for you")

	post, scene := s.posted("Spring is here")
	p.scanPicture(s.Editor.Do(t, "GET", s.Path+"/posts/"+post.ID+"/code.png", nil).Want(t, 200, nil).Body)
	p.reaches("review")
	p.reads("Spring is here")

	p.paste("https://countersign.test/i/" + scene)
	p.reaches("review")
	p.paste("https://elsewhere.example/hello")
	p.reads("This code is not known")

	p.Tap(t, "#desk .pair button")
	p.Until(t, `!location.search.includes("`+openid+`") && document.querySelectorAll("#desk option").length > 1`)
	p.reads("No brand has admitted you yet")
	if wrong := p.Wrongs(); len(wrong) > 0 {
		t.Error(wrong)
	}
}

// A yes to WeChat's question pays for a message, and the message opens the mini-program.
func TestMessageArrives(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	s.Drain(t.Context(), t)                                          // that he was admitted is told, or given up
	small := browser.Look{UserAgent: browser.WeChat, Language: "en"} // the panel is behind the capsule
	p := s.phone(small, openid, "")
	p.Before(t, `delete bench.mock.requestSubscribeMessage`)
	p.scan("")
	p.reads("Nothing waits for you")
	p.tap("Me")
	p.tap("Allow more notices")
	p.tap("Allow")
	p.reads("1 left")
	s.posted("Spring is here")
	s.Drain(t.Context(), t)
	p.Tap(t, "#capsule")
	p.See(t, "#desk .message")
	p.Tap(t, "#desk .message")
	p.reaches("review")
	p.reads("Spring is here")
}

// The bench refuses what WeChat refuses, in its words: a promise rejects with an errMsg.
func TestBenchRefusesAsWeChat(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	p := s.phone(look, "", "a%b c")
	p.reads("无法识别此码")
	p.Do(t, withoutMock)
	for call, says := range map[string]string{
		`wx.requestSubscribeMessage({ tmplIds: ["a"] })`:   "can only be invoked by user TAP gesture",
		`wx.navigateTo({ url: "/pages/inbox/inbox" })`:     "can not navigateTo a tabbar page",
		`wx.navigateTo({ url: "/pages/nowhere/nowhere" })`: "is not found",
		`wx.switchTab({ url: "/pages/review/review" })`:    "can not switch to no-tabBar page",
		`wx.navigateBack()`:                         "cannot navigate back at first page",
		`wx.setTabBarItem({ index: 0, text: "x" })`: "not TabBar page",
		`new Promise((_, fail) => wx.request({ url: "/readyz", method: "PATCH", fail }))`:    "request:fail invalid method",
		`new Promise((_, fail) => wx.request({ url: "/sandbox/phone/", timeout: 0, fail }))`: "request:fail timeout",
		`new Promise((_, fail) => wx.request({ url: "/sandbox/phone/", fail }).abort())`:     "request:fail abort",
		`Promise.reject({ errMsg: getCurrentPages()[0].options.scene })`:                     "a%25b+c", // handed over as it was written
	} {
		if got := p.refusal(call); !strings.Contains(got, says) {
			t.Errorf("%s: %q, want %q", call, got, says)
		}
	}
}

// refusal is the errMsg with which a call is refused.
func (p *phone) refusal(call string) (errMsg string) {
	p.s.t.Helper()
	script := `(` + call + `).then(() => "taken", ({ errMsg }) => errMsg)`
	p.Do(p.s.t, chromedp.Evaluate(script, &errMsg, func(o *runtime.EvaluateParams) *runtime.EvaluateParams { return o.WithAwaitPromise(true) }))
	return errMsg
}

// paste scans what people are sent as text.
func (p *phone) paste(text string) {
	p.s.t.Helper()
	p.Type(p.s.t, "#scan input", text)
	p.Tap(p.s.t, "#scan button")
}

// scanPicture chooses the picture of a code.
func (p *phone) scanPicture(picture []byte) {
	p.s.t.Helper()
	file := filepath.Join(p.s.t.TempDir(), "code.jpg")
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		p.s.t.Fatal(err)
	}
	p.Do(p.s.t, chromedp.SetUploadFiles("#picture", []string{file}, chromedp.ByQuery))
}
