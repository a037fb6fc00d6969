package testkit

import (
	"maps"
	"testing"
	"time"

	"countersign/api"
)

// DouyinChannel makes an account on Douyin whose posts need no approval, and answers its id.
func (b *Brand) DouyinChannel(t testing.TB, more ...M) string {
	t.Helper()
	b.Admin.Do(t, "PUT", b.Path+"/platform-settings/douyin", M{"no_approval": true}, "If-Match", `"0"`).Want(t, 200, nil)
	body := M{"name": "官方抖音号", "platform": "douyin"}
	for _, m := range more {
		maps.Copy(body, m)
	}
	var c api.ChannelOut
	b.Admin.Do(t, "POST", b.Path+"/channels", body).Want(t, 200, &c)
	return c.ID
}

// Film uploads a video, the same one each time it is asked for in a Brand.
func (b *Brand) Film(t testing.TB) string {
	t.Helper()
	if b.film == "" {
		b.film = b.Upload(t, "成片.mp4", "video/mp4", MP4(5000)).ID
	}
	return b.film
}

// Video is a Douyin video as a request has it.
func (b *Brand) Video(t testing.TB, title string, more ...M) M {
	t.Helper()
	m := M{"title": title, "hashtags": []string{"新品", "夏日"}, "video_id": b.Film(t)}
	for _, x := range more {
		maps.Copy(m, x)
	}
	return m
}

// NewVideo writes a Douyin post and sends it through its submit, which needs no approval
// on a DouyinChannel. at nil: without a planned time.
func (b *Brand) NewVideo(t testing.TB, channel string, at *time.Time) api.PostDetail {
	t.Helper()
	body := M{"channel_id": channel, "articles": []M{b.Video(t, "新品上线")}}
	if at != nil {
		body["scheduled_at"] = at.Format(time.RFC3339Nano)
	}
	var p api.PostDetail
	b.Editor.Do(t, "POST", b.Path+"/posts", body).Want(t, 200, &p)
	return b.Submit(t, p.ID)
}

// Ticket makes a post's publish code.
func (b *Brand) Ticket(t testing.TB, postID string) api.TicketOut {
	t.Helper()
	var out api.TicketOut
	b.Editor.Do(t, "POST", b.Path+"/posts/"+postID+"/ticket", nil).Want(t, 200, &out)
	return out
}
