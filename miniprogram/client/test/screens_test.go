package client_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/internal/testkit/browser"
	"countersign/sandbox"
)

// screens is where "make screens" puts its pictures.
var screens = flag.String("screens", "", "folder for the pictures of pages")

// gallery is a brand with enough in it to be looked at.
type gallery struct {
	*stage
	dir string
}

// TestScreens draws every page in both languages, light and dark: make screens.
func TestScreens(t *testing.T) {
	if *screens == "" {
		t.Skip("make screens draws them")
	}
	browser.Keep(t)
	g := &gallery{setup(t, testkit.SQLite, testkit.Options{}), filepath.Join(*screens, "phone")}
	if err := os.RemoveAll(g.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(g.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	g.named("青禾茶饮")
	openid, reviewer := g.reviewer()
	letter := g.letters(openid)
	g.joining()
	g.inbox(openid)
	g.draw("me", openid, "#/pages/me/me", "me")
	g.review(openid, letter, reviewer)
	g.reworked(openid, reviewer)
	g.publish()
	g.desk(openid)
}

// named gives the brand a name worth showing.
func (s *stage) named(name string) {
	s.t.Helper()
	s.Admin.Do(s.t, "PATCH", s.Path, M{"public_name": name, "name": name}, "If-Match", `"1"`).Want(s.t, 200, nil)
}

// letters fills two brands with what waits, and answers the code of the one to look at.
func (g *gallery) letters(openid string) (scene string) {
	cover := g.Upload(g.t, "封面.png", "image/png", hills(g.t))
	g.planned("会员日：买一赠一", 26*time.Hour)
	scene = g.planned("立夏第一杯：山野青提上新", 2*time.Hour, M{"author": "青禾茶饮", "summary": "一杯藏着山野味道的夏天", "body_html": story, "cover_id": cover.ID})
	other := g.joined(openid)
	other.named("山岚咖啡")
	other.planned("武康路新店，周末见", 70*time.Hour)
	return scene
}

// planned is a post in review that is to appear in a while, with the token of its code.
func (s *stage) planned(title string, in time.Duration, more ...M) (scene string) {
	s.t.Helper()
	post := s.NewPost(s.t, testkit.Article(title, more...))
	at := time.Now().Add(in).Truncate(5 * time.Minute).Format(time.RFC3339)
	s.Editor.Do(s.t, "PATCH", s.Path+"/posts/"+post.ID, M{"scheduled_at": at}, "If-Match", fmt.Sprintf(`"%d"`, post.Version)).Want(s.t, 200, nil)
	s.Submit(s.t, post.ID)
	return s.postCode(post.ID)
}

// hills is a picture for a cover: a sun over two hills.
func hills(t *testing.T) []byte {
	t.Helper()
	const w, h = 900, 500
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, landscape(float64(x)/w, float64(y)/h))
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func landscape(x, y float64) color.Color {
	near, far := .72+.08*math.Sin(5*x+1), .58+.1*math.Sin(7*x+4)
	switch {
	case y > near:
		return color.RGBA{58, 125, 84, 255}
	case y > far:
		return color.RGBA{122, 178, 120, 255}
	case math.Hypot((x-.7)*1.8, y-.32) < .12:
		return color.RGBA{255, 214, 110, 255}
	}
	return color.RGBA{uint8(214 + 30*y), uint8(232 - 10*y), uint8(240 - 40*y), 255}
}

// joining draws the road of a stranger, and of a brand user who binds his WeChat.
func (g *gallery) joining() {
	_, token := g.Invite(g.t, g.Brand, M{})
	g.draw("entry-malformed", "", "hello", "")
	g.draw("entry-ended", "", g.revoked(), "")
	g.draw("nickname", "", token, "nickname")
	guest, stranger := g.Phone(g.t, "")
	guest.Do(g.t, "PATCH", api.Base+"/person", M{"nickname": "李文静"}).Want(g.t, 200, nil)
	g.draw("join", stranger, token, "join")
	guest.Do(g.t, "POST", api.Base+"/person/access-requests", M{"token": token}).Want(g.t, 200, nil)
	g.draw("join-waiting", stranger, token, "join")
	g.refuse("李文静", "请使用公司名称作为昵称，方便我们确认。")
	g.draw("join-refused", stranger, token, "join")
	g.draw("bind", "", g.bindingCode(g.Editor), "bind")
}

// inbox draws the list, and how several are answered at once.
func (g *gallery) inbox(openid string) {
	g.draw("inbox", openid, "", "inbox")
	g.draw("inbox-select", openid, "", "inbox", ".select", ".item .task", ".item ~ .item .task")
}

// review draws a task with its parts, and the answers to it.
func (g *gallery) review(openid, scene string, reviewer testkit.Reviewer) {
	g.draw("review", openid, scene, "review")
	g.draw("review-approve", openid, scene, "review", ".components_verdict_verdict--yes")
	g.draw("review-reject", openid, scene, "review", ".components_verdict_verdict--no")
	for _, item := range reviewer.Inbox(g.t, "waiting") {
		if item.Title == "会员日：买一赠一" {
			reviewer.Decide(g.t, item.ID, "approve", g.digest(reviewer, item.ID)).Want(g.t, 200, nil)
			g.draw("review-approved", openid, "#/pages/review/review?task="+item.ID, "review")
		}
	}
	g.draw("inbox-decided", openid, "", "inbox", ".shelf:nth-child(2)")
}

// reworked draws what a second look at an article has: what changed, what AI review found,
// what was said, and to whom it may be handed.
func (g *gallery) reworked(openid string, r testkit.Reviewer) {
	g.Admin.Do(g.t, "PUT", g.Path+"/channels/"+g.Channel, M{"name": "服务号", "platform": "wechat_official", "ai_review": true}, "If-Match", `"1"`).Want(g.t, 200, nil)
	post, scene := g.posted("新品上市", M{"body_html": "<p>清晨的山里，青提刚刚挂上露水。</p><p>五月五日起，全国门店仅售 19 元。</p>"})
	item := g.articleOf(r, "新品上市")
	r.Do(g.t, "POST", api.Base+"/tasks/"+item.ID+"/seen", M{"revision": 1}).Want(g.t, 200, nil)
	anchor := M{"kind": "paragraph", "block": 1, "quote": "五月五日起，全国门店仅售 19 元。"}
	r.Do(g.t, "POST", g.talk(post), M{"body": "价格是否含税？", "revision": 1, "anchor": anchor}).Want(g.t, 200, nil)
	g.Editor.Do(g.t, "POST", g.talk(post), M{"body": "含税，已写明。", "reply_to": g.said(post)[0].ID}).Want(g.t, 200, nil)
	r.Decide(g.t, item.ID, "reject", item.Digest, M{"reason": "请写明价格是否含税", "keep_flow": true}).Want(g.t, 200, nil)
	g.edited(post, "<p>清晨的山里，青提刚刚挂上露水。</p><p>五月五日起，全国门店仅售 19 元（含税），全网最低价。</p>")
	if _, err := g.Service.AIReviews.Drain(g.t.Context()); err != nil {
		g.t.Fatal(err)
	}
	g.fail("POST /tasks/*/seen", -1, gone) // every look is the second one
	defer g.heal()
	g.glimpse("review-changed", openid, scene, "review", ".since .sign")
	g.glimpse("review-findings", openid, scene, "review", "see .section:nth-child(1)")
	g.glimpse("review-talk", openid, scene, "review", ".section:nth-child(2) .part", "see .section:nth-child(2) textarea")
	g.glimpse("review-handon", openid, scene, "review", ".components_verdict_verdict--hand", "[role=radio]")
}

// digest is what a reviewer sees of a task's content.
func (s *stage) digest(c testkit.Reviewer, task string) string {
	s.t.Helper()
	var got api.TaskOut
	c.Do(s.t, "GET", api.Base+"/tasks/"+task, nil).Want(s.t, 200, &got)
	return got.Digest
}

// publish draws the page of a poster whose code is open, and what he finds afterwards.
func (g *gallery) publish() {
	channel := g.DouyinChannel(g.t, M{"name": "青禾茶饮官方抖音"})
	phone, openid := g.Phone(g.t, "")
	phone.Do(g.t, "POST", api.Base+"/person/bindings", M{"token": g.bindingCode(g.Editor)}).Want(g.t, 200, nil)
	at := time.Now().Add(5 * time.Minute)
	post := g.NewVideo(g.t, channel, &at)
	g.Ticket(g.t, post.ID)
	g.draw("publish-list", openid, "#/pages/publish/publish", "publish")
	page := "#/pages/publish/publish?post=" + post.ID + "&brand=" + g.ID
	g.draw("publish", openid, page, "publish")
	g.Editor.Do(g.t, "POST", g.Path+"/posts/"+post.ID+"/publication", M{}).Want(g.t, 200, nil)
	g.draw("publish-done", openid, page, "publish")
}

// desk draws the phone as a newcomer meets it on a computer.
func (g *gallery) desk(openid string) {
	for _, l := range looks {
		l.Width, l.Height, l.UserAgent = 1200, 900, browser.Desktop
		p := g.phone(l, openid, "")
		p.reaches("inbox")
		p.settled()
		g.save("desk"+suffix(l), p)
	}
}

var looks = []browser.Look{
	{UserAgent: browser.WeChat, Language: "zh-CN"},
	{UserAgent: browser.WeChat, Language: "zh-CN", Dark: true},
	{UserAgent: browser.WeChat, Language: "en"},
	{UserAgent: browser.WeChat, Language: "en", Dark: true},
}

// draw opens a scene, or an address, waits for a page, takes some steps, and takes its picture.
func (g *gallery) draw(name, openid, to, page string, steps ...string) {
	g.t.Helper()
	g.drawIn(looks, name, openid, to, page, steps)
}

// glimpse is draw in two looks, for what is a part of a page only.
func (g *gallery) glimpse(name, openid, to, page string, steps ...string) {
	g.t.Helper()
	g.drawIn([]browser.Look{looks[0], looks[3]}, name, openid, to, page, steps)
}

func (g *gallery) drawIn(in []browser.Look, name, openid, to, page string, steps []string) {
	g.t.Helper()
	for _, l := range in {
		p := g.phone(l, openid, "")
		if strings.HasPrefix(to, "#") {
			p.Go(g.t, "about:blank")
			p.Go(g.t, g.server.URL+sandbox.PhonePath+"?as="+p.openid+to)
		} else {
			p.scan(to)
		}
		if page != "" {
			p.reaches(page)
		}
		p.settled()
		for _, step := range steps {
			p.step(step)
		}
		p.fine()
		g.save(name+suffix(l), p)
		p.Close()
	}
}

// step taps what a selector finds, or only scrolls to it after "see ".
func (p *phone) step(step string) {
	p.s.t.Helper()
	selector, see := strings.CutPrefix(step, "see ")
	element := `document.querySelector(".mp-view:not([hidden]) ` + selector + `")`
	if see {
		p.Until(p.s.t, `(e => { e?.scrollIntoView({ block: "center" }); return !!e; })(`+element+`)`)
	} else {
		p.under(element)
	}
	p.settled()
}

func suffix(l browser.Look) string {
	return "-" + l.Language + map[bool]string{false: "-light", true: "-dark"}[l.Dark]
}

func (g *gallery) save(name string, p *phone) {
	g.t.Helper()
	if err := os.WriteFile(filepath.Join(g.dir, name+".png"), p.Picture(g.t), 0o644); err != nil {
		g.t.Fatal(err)
	}
}

// settled waits until the page shows what it is for, pictures included, and nothing moves.
func (p *phone) settled() {
	p.s.t.Helper()
	p.Until(p.s.t, `!document.querySelector(".mp-view:not([hidden]) [aria-busy=true]") && document.querySelector(".mp-view:not([hidden]) .page")?.innerText.trim().length > 0 && [...document.images].every(i => i.complete) && document.getAnimations().every(a => a.playState !== "running" || a.effect.getTiming().iterations === Infinity)`)
}

const story = `<p>清晨的山里，青提刚刚挂上露水。我们把它摘下来，做成了这个夏天的第一杯茶。</p><h2>为什么是青提</h2><p>它酸得清爽，甜得干净。<strong>不加一滴香精</strong>，只有果肉、茶汤和冰。</p><blockquote><p>“喝到的第一口，就想起了小时候的院子。”</p></blockquote><p>5 月 5 日起，全国门店同步上新。</p>`
