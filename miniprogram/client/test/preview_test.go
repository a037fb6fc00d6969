package client_test

import (
	"fmt"
	"image/color"
	"maps"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/internal/testkit/browser"
)

// An article as it will be: words, cover, pictures, and where its links lead.
func TestArticlePreview(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, _ := s.reviewer()
	body := `<p>正文</p><p><img src="media:` + s.picture(1) + `"></p><p><a href="https://example.com/menu?a=1&amp;b=2">菜单</a></p>`
	_, scene := s.posted("新品上市", M{"body_html": body, "cover_id": s.picture(2), "original_url": "https://example.com/more"})
	p := s.phone(look, openid, scene)
	for _, text := range []string{"新品上市", "作者", "摘要", "正文", "菜单", "阅读原文", "正文图片", "https://example.com/menu?a=1&b=2"} {
		p.reads(text)
	}
	p.pictured(3) // in the body, as the cover, and once more small
	p.fine()
	p.enlarges("封面", 2)
	p.enlarges("正文图片 1", 2)
	p.under(seen("https://example.com/menu?a=1&b=2", is))
	p.reads("链接已复制")
	p.under(seen("阅读原文", is))
	p.Until(t, `bench.calls.some(([name, o]) => name === "setClipboardData" && o.data === "https://example.com/more")`)
}

// A film, its cover, and when it will be published.
func TestFilmPreview(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, r := s.reviewer()
	channel := s.DouyinChannel(t)
	s.asksOn("douyin", "douyin_video", r.Member, 1)
	at := time.Now().Add(24 * time.Hour)
	scene := s.postedOn(channel, s.Video(t, "夏日第一杯", M{"cover_id": s.picture(1)}), M{"scheduled_at": at.Format(time.RFC3339)})
	p := s.phone(look, openid, scene)
	for _, text := range []string{"夏日第一杯", "#新品", "#夏日", "抖音", "明天 ", " 发布"} {
		p.reads(text)
	}
	p.Until(t, `(v => v.src && v.poster && v.clientHeight > 100)(document.querySelector("video"))`)
	p.pictured(1)
	p.fine()
	p.enlarges("封面", 1)
	p.under(seen("讨论", is))
	p.under(seen("选择位置", is))
	p.reads("视频 0:00")
	p.reads("图片 1")
	p.fine()
}

// Any other post: text, topics, and pictures in the author's order.
func TestGenericPreview(t *testing.T) {
	t.Parallel()
	s := setup(t, testkit.SQLite, testkit.Options{})
	openid, r := s.reviewer()
	s.asksOn("weibo", "generic", r.Member, 0)
	var channel api.ChannelOut
	s.Admin.Do(t, "POST", s.Path+"/channels", M{"name": "微博", "platform": "weibo"}).Want(t, 200, &channel)
	pictures := []string{s.picture(1), s.picture(2), s.picture(3)}
	scene := s.postedOn(channel.ID, M{"text": "夏天来了\n第二行", "hashtags": []string{"夏日"}, "picture_ids": pictures, "link": "https://example.com/shop"}, M{})
	p := s.phone(look, openid, scene)
	for _, text := range []string{"微博", "夏天来了\n第二行", "#夏日", "https://example.com/shop"} {
		p.reads(text)
	}
	p.lacks("无标题")
	p.pictured(3)
	p.fine()
	p.under(`document.querySelectorAll(".mp-view:not([hidden]) [role=img]")[1]`)
	p.Until(t, `bench.calls.some(([name, o]) => name === "previewImage" && o.urls.length === 3 && o.current === o.urls[1])`)
}

// picture uploads one in a colour of its own.
func (s *stage) picture(n uint8) string {
	s.t.Helper()
	return s.Upload(s.t, "图.png", "image/png", testkit.PNG(s.t, 600, 400, color.RGBA{60 * n, 160, 120, 255})).ID
}

// asksOn asks one reviewer about all that is for a platform, whose settings have a version.
func (s *stage) asksOn(platform, kind, member string, version int) {
	s.t.Helper()
	var f api.FlowOut
	s.Admin.Do(s.t, "POST", s.Path+"/flows", M{
		"name": "流程 " + platform, "content_types": []string{kind}, "platforms": []string{platform}, "steps": []M{{"mode": "any", "approvers": []string{member}}},
	}).Want(s.t, 200, &f)
	s.Admin.Do(s.t, "PUT", s.Path+"/platform-settings/"+platform, M{"default_flow_id": f.ID}, "If-Match", fmt.Sprintf(`"%d"`, version)).Want(s.t, 200, nil)
}

// postedOn submits a post of any kind, and answers what its code says.
func (s *stage) postedOn(channel string, article, more M) string {
	s.t.Helper()
	body := M{"channel_id": channel, "articles": []M{article}}
	maps.Copy(body, more)
	var p api.PostDetail
	s.Editor.Do(s.t, "POST", s.Path+"/posts", body).Want(s.t, 200, &p)
	s.Submit(s.t, p.ID)
	return s.postCode(p.ID)
}

// pictured waits until so many pictures are there, every one of them really.
func (p *phone) pictured(n int) {
	p.s.t.Helper()
	p.Until(p.s.t, fmt.Sprintf(`(l => l.length === %d && l.every(i => i.complete && i.naturalWidth > 0))([...document.querySelectorAll(".mp-view:not([hidden]) img")])`, n))
}

// enlarges taps a picture, which WeChat then shows among all of them.
func (p *phone) enlarges(name string, album int) {
	p.s.t.Helper()
	before := p.calls("previewImage")
	p.under(fmt.Sprintf(`document.querySelector('.mp-view:not([hidden]) [role=img][aria-label=%q]')`, name))
	p.Until(p.s.t, `document.querySelector(".bench-preview img")?.naturalWidth > 0`)
	urls := browser.Ask[[]string](p.s.t, p.Tab, `bench.calls.filter(c => c[0] === "previewImage").at(-1)[1].urls`)
	if p.calls("previewImage") != before+1 || len(urls) != album {
		p.s.t.Error(name, urls)
	}
	p.Tap(p.s.t, ".bench-preview")
}
