package client_test

import (
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// A thread on the whole: written, answered, resolved, opened again, deleted.
func TestTalking(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	post, scene := s.posted("新品上市")
	p := s.phone(look, openid, scene)
	p.under(seen("讨论", is))
	p.reads("还没有讨论")
	p.fine()
	p.says("价格请再核对")
	p.reads("1 条待解决")
	p.fine()
	p.tap("通过")
	p.reads("还有 1 条讨论未解决")
	p.tap("再看看")
	s.Editor.Do(t, "POST", s.talk(post), M{"body": "已核对", "reply_to": s.said(post)[0].ID}).Want(t, 200, nil)
	p.under(seen("回复", is))
	p.Until(t, `document.querySelector(".mp-view:not([hidden]) textarea").placeholder === "回复 李律师"`)
	p.says("谢谢")
	p.reads("1 条待解决")
	p.under(seen("标为已解决", is))
	p.under(seen("已解决的讨论（1）", is))
	p.reads("李律师 标为已解决")
	p.fine()
	p.lacks("条待解决")
	p.under(seen("重新打开", is))
	p.reads("1 条待解决")

	p.under(first("删除"))
	p.reads("删除这条评论？")
	p.touch(`document.querySelector("#over .bench-yes")`)
	p.reads("此评论已删除")
	p.reads("已核对") // which came meanwhile
	p.fine()
	if got := s.said(post); len(got) != 3 || !got[0].Deleted || got[2].Body != "谢谢" || got[2].ThreadID != got[0].ID {
		t.Errorf("%+v", got)
	}
}

// A comment is pinned to the paragraph that was picked.
func TestTalkingAboutAPlace(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	post, scene := s.posted("新品上市", M{"body_html": "<p>开头</p><p>仅售19元</p>"})
	p := s.phone(look, openid, scene)
	p.under(seen("讨论", is))
	p.under(seen("选择位置", is))
	p.reads("评论会标在您选的位置。")
	p.fine()
	p.touch(`[...document.querySelectorAll("[role=dialog] [role=button]")].find(e => e.innerText.trim() === "仅售19元")`)
	p.says("价格不对")
	p.reads("1 条待解决")
	p.fine()
	said := s.said(post)
	if len(said) != 1 || said[0].Anchor != (api.AnchorBody{Kind: model.AnchorParagraph, Block: 1, Quote: "仅售19元"}) {
		t.Errorf("%+v", said)
	}
}

// What staff say among themselves, nobody from outside sees or counts.
func TestInternalTalk(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, r := s.reviewer()
	flow := s.NewFlow(t, "内外", M{"mode": "any", "approvers": []string{r.Member, s.AdminMember}})
	post, scene := s.posted("新品上市", M{"flow_id": flow})
	for body, visibility := range map[string]string{"底价是九元": "internal", "请看价格": "shared"} {
		s.Editor.Do(t, "POST", s.talk(post), M{"body": body, "visibility": visibility, "revision": 1}).Want(t, 200, nil)
	}
	p := s.phone(look, openid, scene)
	p.reads("1 条待解决")
	p.under(seen("讨论", is))
	p.reads("请看价格")
	p.reads("1 条待解决")
	p.lacks("底价是九元")
	p.lacks("审批人可见")
	p.lacks("标为已解决") // the thread is another's

	p = s.phone(look, s.bound(), scene)
	p.under(seen("讨论", is))
	p.reads("底价是九元")
	p.reads("2 条待解决")
	p.fine()
	p.under(last("审批人可见"))
	p.says("不要外传")
	p.reads("3 条待解决")
	p.fine()
	if said := s.said(post); len(said) != 3 || said[2].Visibility != model.CommentInternal {
		t.Errorf("%+v", said)
	}
}

// talk is where the comments on a post's article are.
func (s *stage) talk(post api.PostDetail) string {
	return api.Base + "/articles/" + post.Articles[0].ID + "/comments"
}

// said is what the service keeps of the talk about a post.
func (s *stage) said(post api.PostDetail) []api.CommentOut {
	s.t.Helper()
	var list api.List[api.CommentOut]
	s.Editor.Do(s.t, "GET", s.talk(post), nil).Want(s.t, 200, &list)
	return list.Items
}

// says writes a comment.
func (p *phone) says(text string) {
	p.s.t.Helper()
	p.types("textarea", text)
	p.under(seen("发送", is))
	p.Until(p.s.t, `document.querySelector(".mp-view:not([hidden]) textarea").value === ""`)
}
