package api_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/internal/testkit/browser"
	"countersign/model"
	"countersign/sandbox"
)

// screens is where "make screens" puts its pictures.
var screens = flag.String("screens", "", "folder for the pictures of pages")

// coverPicture is a film's cover: a still with a sun and hills.
func coverPicture(t *testing.T) []byte {
	t.Helper()
	const w, h = 540, 720
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, scenery(x, y, h))
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func scenery(x, y, h int) color.RGBA {
	dx, dy := x-380, y-230
	hill := h - 190 + (x-270)*(x-270)/900
	switch {
	case dx*dx+dy*dy < 70*70:
		return color.RGBA{255, 232, 160, 255}
	case y > hill+90:
		return color.RGBA{22, 92, 66, 255}
	case y > hill:
		return color.RGBA{46, 140, 96, 255}
	}
	f := uint8(90 * y / h)
	return color.RGBA{140 + f, 200 + f/3, 205, 255}
}

// stall is a booth whose post is nice to look at, planned for an hour from now.
func stall(t *testing.T) *booth {
	t.Helper()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	x := &booth{App: a, Brand: a.NewBrand(t), t: t}
	x.Admin.Do(t, "PATCH", x.Path, M{"public_name": "青禾茶饮"}, "If-Match", `"1"`).Want(t, 200, nil)
	x.channel = x.DouyinChannel(t, M{"name": "青禾茶饮官方抖音", "platform_account_id": "qinghe_tea"})
	cover := x.Upload(t, "封面.png", "image/png", coverPicture(t)).ID
	at := x.now().Add(time.Hour)
	article := x.Video(t, "立夏第一杯，青禾新品「山野青提」今日上线", M{"cover_id": cover, "hashtags": []string{"青禾茶饮", "立夏", "新品上市"}})
	var p struct{ ID string }
	x.Editor.Do(t, "POST", x.Path+"/posts", M{"channel_id": x.channel, "scheduled_at": at.Format(time.RFC3339), "articles": []M{article}}).Want(t, 200, &p)
	x.post = x.Submit(t, p.ID).ID
	x.ticket = x.Ticket(t, x.post)
	return x
}

// at is the address of the code's page on the test's server.
func (x *booth) at() string { return x.Server.URL + x.page() }

// tab opens the code's page.
func (x *booth) tab(l browser.Look) *browser.Tab {
	x.t.Helper()
	if l.Language == "" {
		l.Language = "zh-CN"
	}
	tab := browser.Open(x.t, l)
	tab.Go(x.t, x.at())
	return tab
}

// fine asks that nothing on the page went wrong, that it fits a narrow phone, and that
// fingers hit what can be tapped.
func fine(t *testing.T, tab *browser.Tab) {
	t.Helper()
	if wrong := tab.Wrongs(); len(wrong) > 0 {
		t.Error(wrong)
	}
	if wide := browser.Ask[bool](t, tab, "document.documentElement.scrollWidth > innerWidth"); wide {
		t.Error("the page is wider than the phone")
	}
	small := browser.Ask[[]string](t, tab, `[...document.querySelectorAll("button, a")].filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.id)`)
	if len(small) > 0 {
		t.Error("too small for a finger:", small)
	}
	if faint := browser.Ask[[]string](t, tab, browser.Faint); len(faint) > 0 {
		t.Error("text that is hard to read:", faint)
	}
}

// launched waits until the page has asked for Douyin, and answers with which link.
func launched(t *testing.T, tab *browser.Tab) string {
	t.Helper()
	return tab.AsksFor(t, "snssdk1128://")
}

// The poster's road in a real browser: countdown, tap, Douyin, published.
func TestScanPageInABrowser(t *testing.T) {
	t.Parallel()
	browser.Need(t)
	x := stall(t)
	tab := x.tab(browser.Look{UserAgent: browser.Safari})
	tab.See(t, "#clock")
	if clock := browser.Ask[string](t, tab, `document.getElementById("clock").textContent`); !strings.HasPrefix(clock, "00:") {
		t.Error("the clock shows", clock)
	}
	fine(t, tab)

	x.Clock.Add(time.Hour)
	tab.Go(t, x.at())
	tab.See(t, "#open")
	fine(t, tab)
	tab.Do(t, browser.Twice("#open"))
	page := x.show(launched(t, tab))
	if page.Title == "" || !page.PublishPage {
		t.Errorf("%+v", page)
	}
	if n := testkit.Count(t, x.Database.SQL(t), "SELECT COUNT(*) FROM openings"); n != 1 {
		t.Error("two taps are", n, "openings")
	}
	tab.See(t, "#published")
	tab.Tap(t, "#published")
	tab.Tap(t, "#yes")
	tab.Until(t, `document.body.dataset.state === "published"`)
	fine(t, tab)
	if x.state() != model.PostPublished {
		t.Error(x.state())
	}
}

// Another phone has the code: who, for how long, and taking over in two taps.
func TestTakingOverInABrowser(t *testing.T) {
	t.Parallel()
	browser.Need(t)
	x := stall(t)
	x.Clock.Add(time.Hour)
	x.phone("z").handed(nil)
	tab := x.tab(browser.Look{UserAgent: browser.Chrome, Language: "en"})
	tab.See(t, "#over")
	fine(t, tab)
	if browser.Ask[bool](t, tab, `!document.getElementById("open").hidden`) {
		t.Error("the button is there although another phone publishes")
	}
	tab.Tap(t, "#over")
	tab.Tap(t, "#overyes")
	x.show(launched(t, tab))
	fine(t, tab)
}

// Douyin is away: the page says so, offers again, and hands out the video.
func TestDouyinAwayInABrowser(t *testing.T) {
	t.Parallel()
	browser.Need(t)
	x := stall(t)
	x.Clock.Add(time.Hour)
	x.Douyin.Fault(sandbox.Fault{Path: "/share-id/", ErrCode: 2100004, Times: 10})
	tab := x.tab(browser.Look{UserAgent: browser.Douyin})
	tab.Tap(t, "#open")
	tab.See(t, "#ladder")
	if note := browser.Ask[string](t, tab, `document.getElementById("note").textContent`); !strings.Contains(note, "抖音") {
		t.Error("the page says", note)
	}
	tab.Tap(t, "#download")
	tab.See(t, "#byhand")
	href := browser.Ask[string](t, tab, `document.getElementById("video").href`)
	if !strings.HasPrefix(href, "https://countersign.test/media/") {
		t.Error("the video is at", href)
	}
	fine(t, tab)
}

// Which way on each app's own browser is shown.
func TestScanPageForEachBrowser(t *testing.T) {
	t.Parallel()
	browser.Need(t)
	x := stall(t)
	x.Clock.Add(time.Hour)
	for name, tc := range map[string]struct{ ua, sees, not string }{
		"Safari": {browser.Safari, "#open", ".guide"}, "Chrome": {browser.Chrome, "#open", ".guide"}, "Douyin": {browser.Douyin, "#open", ".guide"},
		"WeChat": {browser.WeChat, ".guide", "#open"}, "QQ": {browser.QQ, ".guide", "#open"}, "desktop": {browser.Desktop, "#desk", "#open"},
	} {
		l := browser.Look{UserAgent: tc.ua, Width: 320, Height: 700}
		tab := x.tab(l)
		tab.See(t, tc.sees)
		if seen := browser.Ask[bool](t, tab, fmt.Sprintf(`!!document.querySelector(%q)?.offsetParent`, tc.not)); seen {
			t.Errorf("%s shows %s", name, tc.not)
		}
		fine(t, tab)
	}
}

// The page is light: a phone on a bad line loads it whole.
func TestScanPageIsLight(t *testing.T) {
	t.Parallel()
	x := stall(t)
	x.Clock.Add(time.Hour)
	sum := 0
	for _, path := range []string{x.page(), "/assets/scan.css", "/assets/scan.js"} {
		got := x.Nobody().Do(t, "GET", path, nil, "Accept-Language", "zh-CN").Want(t, 200, nil)
		sum += len(got.Body)
	}
	if sum > 30_000 {
		t.Errorf("%d bytes", sum)
	}
	x.Nobody().Do(t, "GET", "/assets/page.css", nil).Refused(t, 404, model.CodeNotFound)
}

// TestScreens draws the pictures of docs/screens: make screens.
func TestScreens(t *testing.T) {
	if *screens == "" {
		t.Skip("make screens draws them")
	}
	browser.Keep(t)
	dir := filepath.Join(*screens, "scan")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	shoot := func(x *booth, name string, l browser.Look, also ...func(*browser.Tab)) {
		tab := x.tab(l)
		tab.See(t, "main")
		for _, do := range also {
			do(tab)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".png"), tab.Picture(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	looks := func(x *booth, state string) {
		for _, lang := range []string{"zh-CN", "en"} {
			for _, dark := range []bool{false, true} {
				name := strings.Join([]string{state, lang, map[bool]string{false: "light", true: "dark"}[dark]}, "-")
				shoot(x, name, browser.Look{UserAgent: browser.Safari, Language: lang, Dark: dark})
			}
		}
	}
	x := stall(t)
	looks(x, "early")
	x.Clock.Add(time.Hour)
	looks(x, "open")
	for _, b := range [][2]string{{"wechat", browser.WeChat}, {"qq", browser.QQ}, {"douyin", browser.Douyin}, {"chrome", browser.Chrome}} {
		shoot(x, "in-"+b[0], browser.Look{UserAgent: b[1]})
	}
	shoot(x, "in-desktop", browser.Look{UserAgent: browser.Desktop, Width: 1100, Height: 760})
	x.phone("z").handed(nil, "User-Agent", browser.Safari)
	x.Clock.Add(6 * time.Second)
	looks(x, "held")
	x.Clock.Add(model.LeaseTime)
	shoot(x, "by-hand", browser.Look{UserAgent: browser.Safari}, func(tab *browser.Tab) {
		x.Douyin.Fault(sandbox.Fault{Path: "/share-id/", ErrCode: 2100004, Times: 1})
		tab.Tap(t, "#open")
		tab.See(t, "#ladder")
		tab.Tap(t, "#download")
		tab.See(t, "#byhand")
	})
	x.Editor.Do(t, "POST", x.Path+"/posts/"+x.post+"/publication", M{}).Want(t, 200, nil)
	looks(x, "published")
	x.Editor.Do(t, "DELETE", x.Path+"/posts/"+x.post+"/ticket", nil).Want(t, 204, nil)
	looks(x, "ended")
}
