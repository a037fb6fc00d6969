package sandbox

import (
	"time"
	"unicode/utf8"
)

// idleAfter is how long WeChat checks texts of a person after their last visit.
const idleAfter = 2 * time.Hour

const maxTextRunes = 2500

// Labels of msg_sec_check that the stand-in uses.
const (
	labelNormal = 100
	labelAd     = 10001
	labelOther  = 21000
)

type textRequest struct {
	Version   int    `json:"version"`
	OpenID    string `json:"openid"`
	Scene     int    `json:"scene"`
	Content   string `json:"content"`
	Title     string `json:"title"`
	Nickname  string `json:"nickname"`
	Signature string `json:"signature"`
}

// checkText is /wxa/msg_sec_check, version 2.
func (c *call) checkText() reply {
	var in textRequest
	if !c.decode(&in) {
		return c.refuse(47001, "data format error")
	}
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	if code, msg := c.w.judgeText(in); code != 0 {
		return c.refuse(code, msg)
	}
	suggest, label := c.w.verdict(in)
	var prob any = 90
	if c.mode == ModeFraction {
		prob = 90.5
	}
	detail := map[string]any{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": prob}
	return answer(map[string]any{
		"errcode": 0, "errmsg": "ok", "trace_id": c.rid, "detail": []any{detail},
		"result": map[string]any{"suggest": suggest, "label": label},
	})
}

// judgeText is the errcode for a request, 0 when it is right; w.mu is held.
func (w *WeChat) judgeText(in textRequest) (code int64, msg string) {
	person, known := w.identities.get(in.OpenID)
	switch {
	case in.Version != 2, in.Signature != "" && in.Scene != 1,
		utf8.RuneCountInString(in.Content) > maxTextRunes: // which code it is in truth is not documented
		return 40097, "invalid args"
	case in.Content == "":
		return 44002, "empty post data"
	case in.Scene < 1 || in.Scene > 4:
		return 40129, "invalid scene"
	case !known:
		return 43104, "appid does not match"
	case w.opts.Now().Sub(person.Seen) > idleAfter:
		return 61010, "code is expired"
	}
	return 0, ""
}

func (w *WeChat) verdict(in textRequest) (suggest string, label int) {
	text := in.Content + "\n" + in.Title + "\n" + in.Nickname + "\n" + in.Signature
	switch {
	case containsAny(text, w.opts.RiskyWords):
		return "risky", labelOther
	case containsAny(text, w.opts.ReviewWords):
		return "review", labelAd
	}
	return "pass", labelNormal
}
