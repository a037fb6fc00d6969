package client_test

import (
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/sandbox"
)

// filmed is a video that waits for a poster, who is a brand user with his WeChat bound.
func (s *stage) filmed(in time.Duration) (openid string, post api.PostDetail, ticket api.TicketOut) {
	s.t.Helper()
	channel := s.DouyinChannel(s.t, M{"name": "青禾茶饮官方抖音"})
	s.Admin.Do(s.t, "PATCH", s.Path, M{"named_posters": true}, "If-Match", `"1"`).Want(s.t, 200, nil)
	phone, openid := s.Phone(s.t, "")
	phone.Do(s.t, "POST", api.Base+"/person/bindings", M{"token": s.bindingCode(s.Editor)}).Want(s.t, 200, nil)
	at := time.Now().Add(in)
	post = s.NewVideo(s.t, channel, &at)
	return openid, post, s.Ticket(s.t, post.ID)
}

// A poster finds his video on his own page, with a code that opens for him, and what became of it.
func TestPublishing(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		s := setup(t, e, testkit.Options{})
		openid, post, ticket := s.filmed(time.Hour)
		p := s.phone(look, openid, "")
		p.reaches("inbox")
		p.tap("我的")
		p.tap("待发布")
		p.reaches("publish")
		p.tap("新品上线")
		p.reads("距离开放")
		p.fine()

		s.Editor.Do(t, "POST", s.Path+"/posts/"+post.ID+"/ticket/early", M{"reason": "提前彩排"}).Want(t, 200, nil)
		p.tap("刷新")
		p.reads("剩余时间")
		p.fine()
		link, own, _ := strings.Cut(p.code(), "#")
		if link != ticket.URL {
			t.Error(link)
		}
		s.Nobody().Do(t, "POST", strings.TrimPrefix(link, "https://countersign.test")+"/pass", M{"pass": own}).Want(t, 204, nil)
		p.tap("保存图片")
		p.reads("已保存到相册")
		p.tap("复制我的链接")
		p.reads("已复制")

		s.Editor.Do(t, "POST", s.Path+"/posts/"+post.ID+"/publication", M{}).Want(t, 200, nil)
		p.tap("刷新")
		p.reads("视频已发布到抖音")
		p.fine()
		p.tap("查看我的审批")
		p.reaches("inbox")
	})
}

// code is what the publish code on the screen says, as another phone's camera reads it.
func (p *phone) code() string {
	p.s.t.Helper()
	p.settled()
	text, err := sandbox.ReadCode(p.Picture(p.s.t))
	if err != nil {
		p.s.t.Fatal(err)
	}
	return text
}

// A code that was taken back leads nowhere, and the page says what to do.
func TestCodeIsOver(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, post, _ := s.filmed(5 * time.Minute)
	p := s.phone(look, openid, s.postCode(post.ID))
	p.reaches("publish")
	p.reads("剩余时间")
	p.fine()
	p.launch("#/pages/entry/entry?post=" + post.ID + "&brand=" + s.ID) // as the message that it is due
	p.reaches("publish")
	p.reads("剩余时间")
	s.Editor.Do(t, "DELETE", s.Path+"/posts/"+post.ID+"/ticket", nil).Want(t, 204, nil)
	p.pull()
	p.reads("此码已失效")
	p.fine()
}
