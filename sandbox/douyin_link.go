package sandbox

import (
	"net/url"
	"time"
)

// A launch link of get_share carries this address inside.
const (
	slinkHost = "open.douyin.com"
	slinkPath = "/platform/oauth/slink/"
)

// shortLink is what Douyin keeps behind a link of get_share.
type shortLink struct {
	draft  Draft
	ticket string // the link dies with it
	end    time.Time
}

type shareRequest struct {
	ClientTicket   string   `json:"client_ticket"`
	ExpireAt       int64    `json:"expire_at"` // Unix seconds
	HashtagList    []string `json:"hashtag_list"`
	ImageListPath  []string `json:"image_list_path"`
	ImagePath      string   `json:"image_path"`
	ShareToPublish int      `json:"share_to_publish"`
	State          string   `json:"state"`
	Title          string   `json:"title"`
	VideoPath      string   `json:"video_path"`
}

func (in shareRequest) draft() Draft {
	return Draft{
		Title: in.Title, Hashtags: in.HashtagList, VideoPath: in.VideoPath, ImagePath: in.ImagePath,
		Images: in.ImageListPath, State: in.State, PublishPage: in.ShareToPublish == 1,
	}
}

// getShare is /api/douyin/v1/schema/get_share/.
func (c *douyinCall) getShare() reply {
	var in shareRequest
	if !c.decode(&in) {
		return c.badParam("body")
	}
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	if wrong := c.d.wrongShare(in); wrong != "" {
		return c.badParam(wrong)
	}
	token := randomText(c.d.opts.Rand, 12)
	c.d.links.put(token, shortLink{in.draft(), in.ClientTicket, time.Unix(in.ExpireAt, 0)})
	inside := "https://" + slinkHost + slinkPath + "?token=" + token + "&client_key=" + url.QueryEscape(c.d.opts.ClientKey)
	return c.succeed(map[string]any{"schema": schemaWebview + "url=" + url.QueryEscape(inside)})
}

// wrongShare is the first parameter that is wrong. Which code a dead ticket has is not
// documented; the general one stands for it. d.mu is held.
func (d *Douyin) wrongShare(in shareRequest) string {
	now := d.opts.Now()
	switch {
	case d.tickets.state(in.ClientTicket, now) != keyAlive:
		return "client_ticket"
	case !time.Unix(in.ExpireAt, 0).After(now):
		return "expire_at"
	case in.ShareToPublish != 0 && in.ShareToPublish != 1:
		return "share_to_publish"
	}
	return in.draft().wrong(d.opts.PlainHTTP)
}

// linkBehind finds the link that a webview schema carries; d.mu is held.
func (d *Douyin) linkBehind(address string) (shortLink, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host != slinkHost || u.Path != slinkPath {
		return shortLink{}, toastUnknown
	}
	q, now := u.Query(), d.opts.Now()
	link, known := d.links.get(q.Get("token"))
	switch {
	case q.Get("client_key") != d.opts.ClientKey:
		return shortLink{}, Toast("parameter error: client_key")
	case !known, !now.Before(link.end), d.tickets.state(link.ticket, now) != keyAlive:
		return shortLink{}, toastLinkOver
	}
	return link, nil
}
