package client_test

import (
	"slices"
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// A stranger's road: code, nickname, request, admission, inbox.
func TestJoining(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		s := setup(t, e, testkit.Options{})
		invitation, _ := s.Invite(t, s.Brand, M{})
		code := s.Admin.Do(t, "GET", s.Path+"/invitations/"+invitation.ID+"/code.png", nil).Want(t, 200, nil).Body
		p := s.phone(look, "", s.scanned(code))
		p.reaches("nickname")
		p.fine()
		p.types(`input`, "  李 律师 ")
		p.tap("下一步")
		p.reaches("join")
		p.fine()
		p.reads("邀请您参与审批")
		p.reads("李 律师")
		p.fine()
		p.tap("请求加入")
		p.reads("已提交，等待确认")
		p.fine()
		if n := p.calls("requestSubscribeMessage"); n != 1 {
			t.Error("asked for messages", n, "times")
		}
		s.admit("李 律师")
		p.tap("刷新")
		p.reads("您已加入")
		p.fine()
		p.tap("开始审批")
		p.reaches("inbox")
		p.reads("没有待审批的内容")
		p.fine()
	})
}

// admit lets the one in who waits under a nickname.
func (s *stage) admit(nickname string) {
	s.t.Helper()
	s.Admin.Do(s.t, "POST", s.Path+"/access-requests/"+s.asking(nickname)+"/admit", M{}).Want(s.t, 200, nil)
}

// asking is the request of the one who waits under a nickname.
func (s *stage) asking(nickname string) string {
	s.t.Helper()
	var list api.List[api.AccessRequestOut]
	s.Admin.Do(s.t, "GET", s.Path+"/access-requests", nil).Want(s.t, 200, &list)
	for _, r := range list.Items {
		if r.Nickname == nickname {
			return r.ID
		}
	}
	s.t.Fatalf("%q does not wait: %+v", nickname, list.Items)
	return ""
}

// reviewer is a phone's user who may review; every step of the default flow asks him alone.
func (s *stage) reviewer() (openid string, r testkit.Reviewer) {
	s.t.Helper()
	openid, r = s.member("李律师")
	s.asks(r.Member)
	return openid, r
}

// member is a phone's user whom the brand has admitted.
func (s *stage) member(nickname string) (openid string, r testkit.Reviewer) {
	s.t.Helper()
	r = s.NamedReviewer(s.t, s.Brand, nickname)
	return r.OpenID, r
}

// From the scan to the answer in at most three taps.
func TestApproving(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		s := setup(t, e, testkit.Options{})
		openid, _ := s.reviewer()
		post, scene := s.posted("新品上市")
		p := s.phone(look, openid, scene)
		p.reaches("review")
		p.reads("新品上市")
		p.fine()
		p.tap("通过")
		p.reads("确认通过？")
		p.fine()
		p.tap("确认通过")
		p.reads("您已通过")
		p.fine()
		if p.taps > 3 {
			t.Error(p.taps, "taps")
		}
		if got := s.Post(t, post.ID).State; got != model.PostApproved {
			t.Error(got)
		}
	})
}

// A rejection says why, and whether the flow stays.
func TestRejecting(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		s := setup(t, e, testkit.Options{})
		openid, reviewer := s.reviewer()
		_, scene := s.posted("新品上市")
		p := s.phone(look, openid, scene)
		p.tap("驳回")
		p.reads("驳回原因")
		p.types("textarea", "价格写错了")
		p.touch(`document.querySelector(".mp-view:not([hidden]) switch input")`)
		p.fine()
		p.tap("确认驳回")
		p.reads("您已驳回")
		p.fine()
		decided := reviewer.Inbox(t, "decided")
		if len(decided) != 1 {
			t.Fatal(decided)
		}
		var task api.TaskOut
		reviewer.Do(t, "GET", api.Base+"/tasks/"+decided[0].ID, nil).Want(t, 200, &task)
		d := task.Review.Steps[0].Decisions
		if len(d) != 1 || d[0].Reason != "价格写错了" || d[0].KeepFlow || d[0].Via != model.ViaMiniProgram {
			t.Errorf("%+v", d)
		}
	})
}

// Binding shows whose account asks, and takes a tap.
func TestBinding(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		s := setup(t, e, testkit.Options{})
		code := s.bindingCode(s.Editor)
		p := s.phone(look, "", code)
		p.reaches("bind")
		p.reads("确认绑定")
		p.fine()
		p.tap("确认绑定")
		p.reads("绑定成功")
		p.fine()
		p.scan(code) // it is used up, by him
		p.reads("此微信已绑定账号")
		p.scan(s.bindingCode(s.Admin))
		p.reads("此微信已绑定账号")
		p.fine()
		p.tap("前往「我的」")
		p.reaches("me")
		p.fine()
		p.tap("解绑")
		p.tap("解绑")
		p.reads("未绑定")
	})
}

// The list is there after the login and one request more, which brings the counts as well;
// with a session from before, after the one. What a later tap will need comes after it.
func TestEntryIsQuick(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	p := s.phone(look, openid, "")
	for _, want := range [][]string{{"GET /inbox", "POST /wechat/login"}, {"GET /inbox"}} {
		p.reads("没有待审批的内容")
		before := slices.DeleteFunc(s.asked(), func(r string) bool { return r == "GET /person/subscriptions" })
		if slices.Sort(before); !slices.Equal(before, want) {
			t.Error(before)
		}
		p.scan("")
	}
}
