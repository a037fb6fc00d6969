package client_test

import (
	"flag"
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
	g := &gallery{setup(t, testkit.SQLite, testkit.Options{}), filepath.Join(*screens, "phone")}
	if err := os.MkdirAll(g.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := g.stage
	s.Admin.Do(t, "PATCH", s.Path, M{"public_name": "青禾茶饮", "name": "青禾茶饮"}, "If-Match", `"1"`).Want(t, 200, nil)
	openid, reviewer := s.reviewer()
	_, letter := s.posted("立夏第一杯：山野青提上新", M{"summary": "一杯藏着山野味道的夏天", "body_html": story})
	s.posted("会员日：买一赠一")
	_, invitation := s.Invite(t, s.Brand, M{})
	g.draw("entry-malformed", "", "hello", "")
	g.draw("entry-ended", "", s.revoked(), "")
	g.draw("nickname", "", invitation, "nickname")
	guest, stranger := s.Phone(t, "")
	guest.Do(t, "PATCH", api.Base+"/person", M{"nickname": "李文静"}).Want(t, 200, nil)
	g.draw("join", stranger, invitation, "join")
	guest.Do(t, "POST", api.Base+"/person/access-requests", M{"token": invitation}).Want(t, 200, nil)
	g.draw("join-waiting", stranger, invitation, "join")
	g.draw("bind", "", s.bindingCode(s.Editor), "bind")
	g.draw("inbox", openid, "", "inbox")
	g.draw("me", openid, "#/pages/me/me", "me")
	g.draw("review", openid, letter, "review")
	g.draw("review-approve", openid, letter, "review", ".components_verdict_verdict--yes")
	g.draw("review-reject", openid, letter, "review", ".components_verdict_verdict--no")
	task := reviewer.Inbox(t, "waiting")[0]
	reviewer.Decide(t, task.ID, "approve", s.digest(reviewer, task.ID)).Want(t, 200, nil)
	g.draw("review-approved", openid, "#/pages/review/review?task="+task.ID, "review")
	g.publish()
	g.desk(openid)
}

// digest is what a reviewer sees of a task's content.
func (s *stage) digest(c testkit.Reviewer, task string) string {
	s.t.Helper()
	var got api.TaskOut
	c.Do(s.t, "GET", api.Base+"/tasks/"+task, nil).Want(s.t, 200, &got)
	return got.Digest
}

// publish draws the page of a poster whose code is open.
func (g *gallery) publish() {
	s := g.stage
	channel := s.DouyinChannel(s.t, M{"name": "青禾茶饮官方抖音"})
	phone, openid := s.Phone(s.t, "")
	phone.Do(s.t, "POST", api.Base+"/person/bindings", M{"token": s.bindingCode(s.Editor)}).Want(s.t, 200, nil)
	at := time.Now().Add(5 * time.Minute)
	post := s.NewVideo(s.t, channel, &at)
	s.Ticket(s.t, post.ID)
	g.draw("publish-list", openid, "#/pages/publish/publish", "publish")
	g.draw("publish", openid, "#/pages/publish/publish?post="+post.ID+"&brand="+s.ID, "publish")
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

// draw opens a scene, or an address, waits for a page, taps, and takes its picture.
func (g *gallery) draw(name, openid, to, page string, taps ...string) {
	g.t.Helper()
	for _, l := range looks {
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
		for _, selector := range taps {
			p.touch(`document.querySelector(".mp-view:not([hidden]) ` + selector + `")`)
			p.settled()
		}
		p.fine()
		g.save(name+suffix(l), p)
		p.Close()
	}
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
