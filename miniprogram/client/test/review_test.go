package client_test

import (
	"fmt"
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// What changed since the last look is told, and marked word by word.
func TestChangedSinceLastLook(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, r := s.reviewer()
	post, scene := s.posted("新品上市", M{"body_html": "<p>开头</p><p>今天全新上市，仅售19元</p>"})
	p := s.phone(look, openid, scene)
	p.reads("仅售19元")
	p.got("/seen")
	s.answered(r, "reject", M{"keep_flow": true})
	s.edited(post, "<p>开头</p><p>今天全新上市，仅售29元</p>")
	p.scan(scene)
	p.reads("您上次查看后，内容有修改")
	p.fine()
	p.tap("查看修改")
	p.reads("第 1 版 → 第 2 版")
	p.fine()
	p.marked("went", "19")
	p.marked("came", "29")
	p.under(seen("收起修改", is))
	p.marked("came", "")
}

// Whoever looked at nothing before is told of no change.
func TestNothingToCompare(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, r := s.reviewer()
	post, scene := s.posted("新品上市")
	s.answered(r, "reject", M{"keep_flow": true})
	s.edited(post, "<p>改过</p>")
	p := s.phone(look, openid, scene)
	p.reads("改过")
	p.lacks("您上次查看后")
}

// A finding names the words, the reason, and what to write instead.
func TestFindings(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	s.Admin.Do(t, "PUT", s.Path+"/channels/"+s.Channel, M{"name": "服务号", "platform": "wechat_official", "ai_review": true}, "If-Match", `"1"`).Want(t, 200, nil)
	_, scene := s.posted("新品上市", M{"body_html": "<p>今天起，全网最低价</p>"})
	p := s.phone(look, openid, scene)
	p.reads("检查中")
	p.reads("全网最低价")
	p.fine()
	if _, err := s.Service.AIReviews.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.pull()
	for _, text := range []string{"1 个错误", "绝对化用语", "《广告法》第九条", "可改为：优惠", "部分检查没有回应", "智能审核仅供参考"} {
		p.reads(text)
	}
	p.Until(t, `[...document.querySelectorAll('[class*="--quote"]')].some(e => e.innerText === "全网最低价")`)
	p.lacks("正在检查")
	p.fine()
}

// A turn that is handed on is the other's, and gone from this list.
func TestHandingOn(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, r := s.reviewer()
	_, scene := s.posted("新品上市")
	p := s.phone(look, openid, scene)
	p.tap("转交")
	p.reads("转交给谁？")
	p.reads("请选择成员")
	p.fine()
	p.lacks("编辑") // the author may not
	p.chooses("管理员")
	p.types("input", "请您把关")
	p.fine()
	p.touch(seen("转交给 管理员", has))
	p.reaches("inbox")
	p.reads("已转交给 管理员")
	p.reads("没有待审批的内容")
	p.fine()
	if mine, his := r.Inbox(t, "all"), s.Admin.Inbox(t, "waiting"); len(mine) != 0 || len(his) != 1 {
		t.Error(mine, his)
	}
	p.scan(scene) // he still has the code
	p.reads("此内容不在您的审批范围内")
	p.fine()
}

func (p *phone) chooses(name string) {
	p.s.t.Helper()
	p.touch(fmt.Sprintf(`[...document.querySelectorAll("[role=radio]")].find(e => e.innerText.includes(%q))`, name))
}

// An answer is taken back, and given anew.
func TestTakingBack(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, r := s.reviewer()
	post, scene := s.posted("新品上市")
	p := s.phone(look, openid, scene)
	p.approves()
	p.reads("撤销 0")
	p.fine()
	p.touch(seen("撤销 0", has))
	p.reads("已撤销，请重新审批")
	p.fine()
	if got := s.Post(t, post.ID).State; got != model.PostInReview || len(r.Inbox(t, "waiting")) != 1 {
		t.Error(got)
	}
	p.approves()
	p.reads("撤销 0")
}

// Once the next step has acted, or the author has edited, nothing is taken back, nor offered.
func TestTooLateToTakeBack(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, r := s.reviewer()
	next := s.NewReviewer(t, s.Brand)
	flow := s.NewFlow(t, "两步", M{"mode": "any", "approvers": []string{r.Member}}, M{"mode": "any", "approvers": []string{next.Member}})
	_, scene := s.posted("新品上市", M{"flow_id": flow})
	s.answered(r, "approve")
	p := s.phone(look, openid, scene)
	p.reads("撤销 0")
	p.reads("审批仍在进行")
	s.answered(next, "approve")
	p.touch(seen("撤销 0", has)) // on a page that stood open
	p.reads("知道了")
	p.fine()
	p.tap("知道了")
	p.reads("全部步骤已通过")
	p.got("dry_run=true")
	p.lacks("撤销 0")
	p.fine()

	p.scan(scene)
	p.reads("您已通过")
	p.got("dry_run=true")
	p.lacks("撤销 0")
	p.reads("返回列表")
}

// Of an "any" step the first answer counts. Whoever comes second learns whose that was.
func TestSomebodyWasFaster(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, r := s.reviewer()
	other := s.NewReviewer(t, s.Brand)
	flow := s.NewFlow(t, "或签", M{"mode": "any", "approvers": []string{r.Member, other.Member}})
	post, scene := s.posted("新品上市", M{"flow_id": flow})
	p := s.phone(look, openid, scene)
	p.tap("通过")
	s.answered(other, "reject")
	p.touch(seen("确认通过", is))
	p.reads(other.Nickname + " 已驳回（今天")
	p.reads("），无需您再处理。")
	p.reads(other.Nickname + " 已驳回")
	p.reads("内容已退回作者")
	p.reads("需要修改") // the reason, among the steps
	p.lacks("撤销")
	p.fine()
	if got := s.Post(t, post.ID).State; got != model.PostRejected {
		t.Error(got)
	}
	p.tap("返回列表")
	p.reaches("inbox")
}

// A new version that comes between reading and confirming takes the place of what was read,
// with its changes unfolded; nothing is decided.
func TestNewVersionMeanwhile(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, r := s.reviewer()
	post, scene := s.posted("新品上市", M{"body_html": "<p>仅售19元</p>"})
	s.posted("旧的一篇")
	p := s.phone(look, openid, scene)
	p.tap("通过")
	s.withdrawn(post)
	s.edited(post, "<p>仅售29元</p>")
	p.touch(seen("确认通过", is))
	p.reads("内容刚刚更新，这是最新版本")
	p.reads("第 1 版 → 第 2 版")
	p.marked("went", "19")
	p.marked("came", "29")
	p.fine()
	if got := r.Inbox(t, "waiting"); len(got) != 2 || len(r.Inbox(t, "decided")) != 0 {
		t.Error(got)
	}

	p.tap("通过") // and once more, with what was unfolded
	s.withdrawn(post)
	s.edited(post, "<p>仅售39元</p>")
	p.touch(seen("确认通过", is))
	p.reads("第 2 版 → 第 3 版")
	p.marked("went", "29")
	p.marked("came", "39")
	p.approves()
	if got := s.Post(t, post.ID).State; got != model.PostApproved {
		t.Error(got)
	}
}

// A page that is pulled down shows the newest version, also of a turn that was cancelled.
func TestNewVersionWhenPulled(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	post, scene := s.posted("新品上市", M{"body_html": "<p>仅售19元</p>"})
	p := s.phone(look, openid, scene)
	p.reads("仅售19元")
	s.withdrawn(post)
	p.pull()
	p.reads("审批已取消")
	p.fine()
	s.edited(post, "<p>仅售29元</p>")
	p.pull()
	p.reads("仅售29元")
	p.reads("内容刚刚更新，这是最新版本")
	p.approves()
	p.lacks("内容刚刚更新")
}

// What the author took back for good is told calmly, with the way on.
func TestWithdrawnMeanwhile(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	post, scene := s.posted("新品上市")
	p := s.phone(look, openid, scene)
	p.tap("通过")
	s.withdrawn(post)
	p.touch(seen("确认通过", is))
	p.reads("审批已取消")
	p.reads("作者已撤回")
	p.fine()
	p.tap("返回列表")
	p.reaches("inbox")
	p.reads("没有待审批的内容")
}

// A reason is a tap away, and the page tells beforehand what becomes of the flow.
func TestRejectingByTemplate(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, r := s.reviewer()
	post, scene := s.posted("新品上市")
	p := s.phone(look, openid, scene)
	p.tap("驳回")
	p.reads("修改后，按原流程从第一步重新审批。")
	p.tap("不符合品牌要求")
	p.tap("文字有误，请核对")
	p.tap("不符合品牌要求") // it is there
	p.touch(`document.querySelector(".mp-view:not([hidden]) switch input")`)
	p.reads("原流程作废，作者修改后重新选择流程。")
	p.fine()
	p.tap("确认驳回")
	p.reads("您已驳回")
	p.reads("内容已退回作者")
	p.fine()
	d := s.task(r, r.Inbox(t, "decided")[0].ID).Review.Steps[0].Decisions
	if len(d) != 1 || d[0].Reason != "不符合品牌要求\n文字有误，请核对" || d[0].KeepFlow || s.Post(t, post.ID).State != model.PostRejected {
		t.Errorf("%+v", d)
	}
}

// One after the other, without the list between them.
func TestNextOne(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, r := s.reviewer()
	_, scene := s.posted("第一篇")
	s.posted("第二篇")
	p := s.phone(look, openid, scene)
	p.approves()
	p.tap("下一项")
	p.reads("第二篇")
	p.lacks("您已通过")
	p.fine()
	p.approves()
	p.got("/inbox?")
	p.lacks("下一项")
	if got := r.Inbox(t, "waiting"); len(got) != 0 {
		t.Error(got)
	}
}

// The history tells what has happened, in its order, and what the reader does joins it.
func TestHistory(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, r := s.reviewer()
	post, scene := s.posted("新品上市")
	for n := range 20 { // a page has twenty
		s.Editor.Do(t, "POST", s.talk(post), M{"body": fmt.Sprint("第 ", n, " 句"), "revision": 1}).Want(t, 200, nil)
	}
	p := s.phone(look, openid, scene)
	p.under(seen("历史记录", is))
	p.tells(20)
	p.fine()
	p.under(seen("加载更多", is))
	p.tells(21)
	p.approves()
	p.under(seen("加载更多", is))
	p.tells(22)
	p.reads(r.Nickname + " 同意了")
	p.fine()
}

// tells waits until the history has so many lines, each of them once.
func (p *phone) tells(n int) {
	p.s.t.Helper()
	p.Until(p.s.t, fmt.Sprintf(`document.querySelectorAll('[class*="history--line"]').length === %d`, n))
}

// task is what a reviewer is shown of one.
func (s *stage) task(c testkit.Reviewer, id string) (task api.TaskOut) {
	s.t.Helper()
	c.Do(s.t, "GET", api.Base+"/tasks/"+id, nil).Want(s.t, 200, &task)
	return task
}

// bound is a phone's user who is the brand's admin; its default flow asks him.
func (s *stage) bound() (openid string) {
	s.t.Helper()
	phone, openid := s.Phone(s.t, "")
	phone.Do(s.t, "POST", api.Base+"/person/bindings", M{"token": s.bindingCode(s.Admin)}).Want(s.t, 200, nil)
	return openid
}

// answered lets a reviewer answer his newest task on another screen.
func (s *stage) answered(c testkit.Reviewer, action string, more ...M) {
	s.t.Helper()
	item := c.Inbox(s.t, "waiting")[0]
	c.Decide(s.t, item.ID, action, item.Digest, more...).Want(s.t, 200, nil)
}

// edited gives a post's article another body, and submits the post.
func (s *stage) edited(post api.PostDetail, body string) {
	s.t.Helper()
	a := s.Post(s.t, post.ID).Articles[0]
	s.Editor.Do(s.t, "PUT", s.Path+"/posts/"+post.ID+"/articles/"+a.ID, testkit.Article("新品上市", M{"body_html": body}), "If-Match", fmt.Sprintf(`"%d"`, a.Version)).Want(s.t, 200, nil)
	s.Submit(s.t, post.ID)
}

func (s *stage) withdrawn(post api.PostDetail) {
	s.t.Helper()
	s.Editor.Do(s.t, "POST", s.Path+"/posts/"+post.ID+"/withdraw", M{}).Want(s.t, 200, nil)
}

// marked waits until just these words have a mark.
func (p *phone) marked(mark, words string) {
	p.s.t.Helper()
	p.Until(p.s.t, fmt.Sprintf(`[...document.querySelectorAll('.mp-view:not([hidden]) [class*="changes--%s"]')].map(e => e.innerText).join() === %q`, mark, words))
}

func (p *phone) approves() {
	p.s.t.Helper()
	p.tap("通过")
	p.tap("确认通过")
	p.reads("您已通过")
}
