package client_test

import (
	"fmt"
	"net/http"
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/internal/testkit/browser"
	"countersign/model"
)

// waiting are posts of n articles together, each of which waits for the flow's reviewer.
func (s *stage) waiting(n int) {
	s.t.Helper()
	for at := 0; at < n; {
		var articles []M
		for ; at < n && len(articles) < 8; at++ {
			articles = append(articles, testkit.Article(fmt.Sprintf("第 %d 篇", at+1)))
		}
		s.Submit(s.t, s.NewPost(s.t, articles...).ID)
	}
}

// rows is how many tasks the list shows.
func (p *phone) rows() int {
	p.s.t.Helper()
	return browser.Ask[int](p.s.t, p.Tab, `document.querySelectorAll(".mp-view:not([hidden]) .task").length`)
}

// counts waits until the list shows so many tasks.
func (p *phone) counts(rows int) {
	p.s.t.Helper()
	p.Until(p.s.t, fmt.Sprintf(`document.querySelectorAll(".mp-view:not([hidden]) .task").length === %d`, rows))
}

// Several are answered at once: each counts by itself, and says what hindered it.
func TestAnsweringMany(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		s := setup(t, e, testkit.Options{})
		openid, reviewer := s.reviewer()
		for _, title := range []string{"第 1 篇", "第 2 篇", "第 3 篇"} {
			s.posted(title)
		}
		p := s.phone(look, openid, "")
		p.counts(3)
		p.fine()
		p.tap("多选")
		p.tap("第 1 篇")
		p.tap("第 2 篇")
		p.reads("已选 2 项")
		p.fine()
		p.tap("通过")
		p.reads("通过这 2 项？")
		p.fine()
		changed := s.articleOf(reviewer, "第 2 篇")
		s.reworded(changed)
		p.tap("确认通过")
		p.reads("1 项已完成，1 项没有成功")
		p.fine()
		if p.calls("requestSubscribeMessage") != 1 {
			t.Error("the answer did not ask for messages")
		}
		p.tap("完成")
		p.counts(2)
		p.tap("已审批")
		p.counts(1)
		p.fine()
	})
}

// articleOf finds what waits for a reviewer under a title.
func (s *stage) articleOf(r testkit.Reviewer, title string) api.InboxItem {
	s.t.Helper()
	for _, item := range r.Inbox(s.t, "waiting") {
		if item.Title == title {
			return item
		}
	}
	s.t.Fatal(title, "does not wait")
	return api.InboxItem{}
}

// reworded takes a post back, changes an article and submits it again.
func (s *stage) reworded(item api.InboxItem) {
	s.t.Helper()
	post := s.Path + "/posts/" + item.PostID
	s.Editor.Do(s.t, "POST", post+"/withdraw", M{}).Want(s.t, 200, nil)
	for _, a := range s.Post(s.t, item.PostID).Articles {
		if a.ID == item.ArticleID {
			s.Editor.Do(s.t, "PUT", post+"/articles/"+a.ID, testkit.Article(item.Title+"（改）"), "If-Match", fmt.Sprintf(`"%d"`, a.Version)).Want(s.t, 200, nil)
		}
	}
	s.Submit(s.t, item.PostID)
}

// Brands are told apart, and chosen; what is behind the first page comes when the foot is near.
func TestLongInbox(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	other := s.joined(openid)
	other.waiting(2)
	s.waiting(60)
	p := s.phone(look, openid, "")
	p.reads("全部品牌")
	p.fine()
	first := p.rows()
	p.bottom()
	p.Until(t, fmt.Sprintf(`document.querySelectorAll(".mp-view:not([hidden]) .task").length > %d`, first))
	p.bottom()
	p.counts(62)
	p.reads("没有更多了")
	p.Until(t, `document.querySelectorAll(".mp-view:not([hidden]) .group").length === 2`)
	p.touch(`[...document.querySelectorAll(".task")].at(-3)`)
	p.reaches("review")
	p.Tap(t, "#back")
	p.got("/inbox/brands") // what has changed is counted; the list itself is not read anew
	p.counts(62)
	if top := browser.Ask[float64](t, p.Tab, `document.querySelector(".mp-view:not([hidden]) .mp-page").scrollTop`); top < 2000 {
		t.Error("the list lost its place:", top)
	}
	p.tap("多选")
	p.touch(seen("全选", is))
	p.reads("已选 50 项")
	p.reads("一次最多 50 项")
	p.tap("完成")
	p.only(other)
	p.counts(2)
	p.fine()
}

// only chooses one brand's chip above the list.
func (p *phone) only(o *stage) {
	p.s.t.Helper()
	var brand api.BrandOut
	o.Admin.Do(p.s.t, "GET", o.Path, nil).Want(p.s.t, 200, &brand)
	p.touch(fmt.Sprintf(`[...document.querySelectorAll(".brand")].find(e => e.innerText.startsWith(%q))`, brand.Name))
}

// joined admits a phone's user to another brand, where every step asks him as well.
func (s *stage) joined(openid string) *stage {
	s.t.Helper()
	o := &stage{App: s.App, Brand: s.NewBrand(s.t), t: s.t, server: s.server}
	phone, _ := s.Phone(s.t, openid)
	_, token := s.Invite(s.t, o.Brand, M{})
	phone.Do(s.t, "POST", api.Base+"/person/access-requests", M{"token": token}).Want(s.t, 200, nil)
	o.admit("李律师")
	var me api.PersonOut
	phone.Do(s.t, "GET", api.Base+"/person", nil).Want(s.t, 200, &me)
	for _, seat := range me.Brands {
		if seat.BrandID == o.ID {
			o.asks(seat.MemberID)
		}
	}
	return o
}

// asks lets a brand's posts need the yes of one member.
func (s *stage) asks(member string) {
	s.t.Helper()
	flow := s.NewFlow(s.t, "法务", M{"mode": "any", "approvers": []string{member}})
	s.Admin.Do(s.t, "PUT", s.Path+"/platform-settings/wechat_official", M{"default_flow_id": flow, "allow_change": true}, "If-Match", `"1"`).Want(s.t, 200, nil)
}

// bottom scrolls to the foot of the page.
func (p *phone) bottom() {
	p.s.t.Helper()
	browser.Ask[bool](p.s.t, p.Tab, `(e => { e.scrollTo({ top: e.scrollHeight }); return true; })(document.querySelector(".mp-view:not([hidden]) .mp-page"))`)
}

// A list that is there stays there without the service; new ones come when it is pulled.
func TestInboxKeepsWhatItHas(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, reviewer := s.reviewer()
	s.fail("GET /inbox", -1, gone)
	p := s.phone(look, openid, "")
	p.reads("网络未连接")
	p.fine()
	s.heal()
	s.posted("新品上市")
	p.tap("重试")
	p.counts(1)
	s.fail("GET /inbox", -1, gone)
	p.pull()
	p.reads("网络未连接")
	p.counts(1)
	s.heal()
	s.posted("会员日")
	p.pull()
	p.counts(2)

	p.tap("会员日")
	p.tap("通过")
	p.tap("确认通过")
	p.reads("您已通过")
	p.Tap(t, "#back")
	p.reaches("inbox")
	p.counts(1)
	if got := reviewer.Inbox(t, "decided"); len(got) != 1 || got[0].State != model.TaskApproved {
		t.Error(got)
	}
}

// Whom no brand has admitted is told how to begin.
func TestInboxOfAStranger(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	p := s.phone(look, "", "")
	p.reads("还没有品牌邀请您加入")
	p.reads("扫描品牌方发来的小程序码")
	p.fine()
}

// While a slow service answers there is the shape of what will come.
func TestInboxIsSlow(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	s.posted("新品上市")
	arrived, answer := s.held("GET /inbox")
	p := s.phone(look, openid, "")
	arrived()
	p.See(t, `.mp-view:not([hidden]) [aria-busy=true]`)
	p.fine()
	answer()
	p.counts(1)
}

// held keeps the next request of a kind waiting, from when it arrived until it may be answered.
func (s *stage) held(request string) (arrived, answer func()) {
	came, may := make(chan struct{}), make(chan struct{})
	s.fail(request, 1, func(w http.ResponseWriter, r *http.Request) {
		close(came)
		<-may
		s.Server.Config.Handler.ServeHTTP(w, r)
	})
	return func() { <-came }, func() { close(may) }
}
