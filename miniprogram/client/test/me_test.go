package client_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/internal/testkit/browser"
)

// The nickname waits for the privacy guide, is looked at by WeChat, and can be changed later.
func TestNickname(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	_, token := s.Invite(t, s.Brand, M{})
	p := s.phone(look, "", "")
	p.Before(t, `bench.mock.requirePrivacyAuthorize = () => { throw new Error("privacy permission is not authorized") }; bench.mock.nicknamereview = ({ value }) => value !== "客服"`)
	p.scan(token)
	p.reads("需要您同意隐私指引")
	p.fine()
	p.Do(t, chromedp.Evaluate(`bench.mock.requirePrivacyAuthorize = () => ({})`, nil))
	p.tap("查看并同意")
	p.tap("下一步")
	p.reads("请填写昵称")
	p.types("input", "客服")
	p.Do(t, leaveField)
	p.reads("微信未通过该昵称")
	p.fine()
	p.types("input", "李 律师")
	p.tap("下一步")
	p.reaches("join")
	p.reads("李 律师")

	p.tap("李 律师")
	p.types("input", "（法务）")
	p.tap("保存")
	p.reaches("join")
	p.reads("李 律师（法务）")
	p.fine()
}

// leaveField takes the finger out of a field, as a tap beside it does.
var leaveField = chromedp.Evaluate(`document.activeElement.blur()`, nil)

// The language is the phone's until the user chooses, and then also that of his messages.
func TestLanguage(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, reviewer := s.reviewer()
	p := s.phone(look, openid, "")
	p.tap("我的")
	p.reads("我的品牌")
	p.tap("English")
	p.reads("Language")
	p.fine()
	p.tap("Inbox")
	p.reads("Nothing waits for you")
	p.scan("")
	p.reads("Nothing waits for you")
	var me api.PersonOut
	reviewer.Do(t, "GET", api.Base+"/person", nil).Want(t, 200, &me)
	if me.Language != "en" {
		t.Error(me.Language)
	}
}

// Who was refused reads why, and asks again once he may.
func TestRefusedToJoin(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	_, token := s.Invite(t, s.Brand, M{})
	phone, openid := s.Phone(t, "")
	phone.Do(t, "PATCH", api.Base+"/person", M{"nickname": "李律师"}).Want(t, 200, nil)
	p := s.phone(look, openid, token)
	p.tap("请求加入")
	p.reads("已提交，等待确认")
	p.tap("刷新")
	p.reads("仍在等待确认")
	s.refuse("李律师", "请用公司名称作昵称")
	p.tap("刷新")
	p.reads("请求未通过")
	p.reads("请用公司名称作昵称")
	p.reads("之后可以再次申请")
	p.fine()
	p.scan("")
	p.tap("我的")
	p.reads("未通过")
	p.reads("请用公司名称作昵称")
	p.fine()
}

// refuse turns the one away who waits under a nickname.
func (s *stage) refuse(nickname, reason string) {
	s.t.Helper()
	s.Admin.Do(s.t, "POST", s.Path+"/access-requests/"+s.asking(nickname)+"/refuse", M{"reason": reason}).Want(s.t, 200, nil)
}

// A code whose time ran out while its page was open is told so, in binding and in joining.
func TestCodesThatRunOut(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	p := s.phone(look, "", s.bindingCode(s.Editor))
	p.reads("后失效")
	s.Editor.Do(t, "POST", api.Base+"/me/wechat-binding", M{}).Want(t, 200, nil) // a new code ends the old one
	p.tap("确认绑定")
	p.reads("绑定码已失效")
	p.fine()
	p.tap("查看我的审批")
	p.reaches("inbox")

	phone, openid := s.Phone(t, "")
	phone.Do(t, "PATCH", api.Base+"/person", M{"nickname": "李律师"}).Want(t, 200, nil)
	invitation, token := s.Invite(t, s.Brand, M{})
	p = s.phone(look, openid, token)
	p.reads("邀请您参与审批")
	s.Admin.Do(t, "DELETE", s.Path+"/invitations/"+invitation.ID, nil).Want(t, 204, nil)
	p.tap("请求加入")
	p.reads("此码已失效")
	p.fine()
	p.tap("查看我的审批")
	p.reaches("inbox")
}

// The one who is asked to bind may find that it was not he who asked.
func TestDeclinedBinding(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	p := s.phone(look, "", s.bindingCode(s.Editor))
	p.tap("不是我，取消")
	p.reads("没有任何改动")
	p.fine()
	p.tap("查看我的审批")
	p.tap("我的")
	p.reads("未绑定")
}

// WeChat's largest type on the narrowest phone, in the longer language: nothing is cut off.
func TestLargeType(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	_, scene := s.posted("Spring is here, and with it a longer title")
	narrow := browser.Look{UserAgent: browser.WeChat, Language: "en", Width: 320, Height: 568}
	p := s.phone(narrow, openid, "")
	p.Before(t, `bench.mock.getAppBaseInfo = () => ({ SDKVersion: "3.8.12", language: "en", theme: "light", fontSizeSetting: 25 })`)
	for scene, says := range map[string]string{"": "Spring is here", scene: "Spring is here", s.bindingCode(s.Editor): "It was not me", "i.AAAAAAAAAAAAAAAAAAAAAA": "See my reviews"} {
		p.scan(scene)
		p.reads(says)
		p.settled()
		p.fine()
	}
	p.scan(scene)
	for _, answer := range []string{"Approve", "Look again", "Reject", "Look again", "Hand on", "Look again"} {
		p.tap(answer)
		p.settled()
		p.fine()
	}
	p.scan("")
	p.tap("Me")
	p.reads("Language")
	p.fine()
}
