package client_test

import (
	"fmt"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
)

// A team's road: two articles, two steps, two phones. One is rejected and comes back changed,
// an answer is taken back, the second step answers both at once.
func TestTeam(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		s := setup(t, e, testkit.Options{})
		li, lawyer := s.member("李律师")
		wang, manager := s.member("王经理")
		flow := s.NewFlow(t, "法务与市场", M{"mode": "any", "approvers": []string{lawyer.Member}}, M{"mode": "all", "approvers": []string{manager.Member}})
		post := s.Submit(t, s.NewPost(t, testkit.Article("买一赠一", M{"flow_id": flow}), testkit.Article("会员日", M{"flow_id": flow})).ID)

		first := s.phone(look, li, s.postCode(post.ID))
		first.reaches("review")
		first.Tap(t, "#back")
		first.counts(2)
		first.open("买一赠一")
		first.talk("赠品要写明数量")
		first.reject("赠品没有写数量")
		first.Tap(t, "#back")
		first.open("会员日")
		first.approves()
		first.undo()
		first.approves()

		s.corrected(post.ID, "买一赠一，赠完即止")
		second := s.phone(look, wang, "")
		second.reads("会员日")
		first.Tap(t, "#back")
		first.pull()
		first.open("买一赠一，赠完即止")
		first.reads("您上次查看后，内容有修改")
		first.tap("查看修改")
		first.reads("，赠完即止")
		first.fine()
		first.approves()

		second.pull()
		second.counts(2)
		second.tap("多选")
		second.tap("全选")
		second.tap("通过")
		second.tap("确认通过")
		second.reads("2 项已完成")
		second.fine()
		if got := s.Post(t, post.ID).State; got != model.PostApproved {
			t.Error(got)
		}
	})
}

func (p *phone) open(title string) {
	p.s.t.Helper()
	p.reaches("inbox")
	p.tap(title)
	p.reaches("review")
}

func (p *phone) reject(reason string) {
	p.s.t.Helper()
	p.tap("驳回")
	p.types("textarea", reason)
	p.tap("确认驳回")
	p.reads("您已驳回")
}

// undo takes back what was answered a moment ago; the button counts down.
func (p *phone) undo() {
	p.s.t.Helper()
	p.touch(seen("撤销", has))
	p.reads("已撤销")
}

// talk leaves a word on the whole article.
func (p *phone) talk(text string) {
	p.s.t.Helper()
	p.tap("讨论")
	p.types(".words", text)
	p.tap("发送")
	p.reads(text)
	p.fine()
	p.tap("讨论")
}

// corrected rewrites a post's rejected article and submits it again.
func (s *stage) corrected(post, title string) {
	s.t.Helper()
	for _, a := range s.Post(s.t, post).Articles {
		if a.State != model.ArticleRejected {
			continue
		}
		path := fmt.Sprintf("%s/posts/%s/articles/%s", s.Path, post, a.ID)
		s.Editor.Do(s.t, "PUT", path, testkit.Article(title), "If-Match", fmt.Sprintf(`"%d"`, a.Version)).Want(s.t, 200, nil)
	}
	s.Submit(s.t, post)
}
