package miniprogram

import (
	"context"
	"net/url"
	"regexp"
	"time"

	"countersign/model"
	"countersign/platform"
)

// WeChat allows more than one minute and less than 30 days (85401). The ends are kept
// away from, since its clock is not ours.
const (
	minLinkLife = 90 * time.Second
	maxLinkLife = 30*24*time.Hour - 5*time.Minute
)

const maxQuery = 1024 // characters

var queryPattern = regexp.MustCompile(`^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~%]*$`)

// URLLink is an https link that opens the mini-program (generateUrlLink). It works for
// in.Life to the second, but for no less than 90 seconds and no more than 5 minutes
// short of 30 days: the last word on expiry is with whatever the query names.
//
// Errors: CodeInvalid (fields "path", "query", "life"), CodeWeChatPage, CodeWeChatBusy,
// CodeWeChatQuota (500,000 links a day), CodeWeChatConfig, CodeWeChatRefused.
func (c *Client) URLLink(ctx context.Context, in model.URLLinkRequest) (string, error) {
	var wrong platform.Fields
	wrong.When(!pagePattern.MatchString(in.Path), "path", "format")
	wrong.When(!queryPattern.MatchString(in.Query), "query", "format")
	wrong.When(len(in.Query) > maxQuery, "query", "too_long")
	wrong.When(in.Life <= 0, "life", "range")
	if err := wrong.Err(); err != nil {
		return "", err
	}
	body, err := c.ask(ctx, request{at: atURLLink, payload: c.urlLinkPayload(in)})
	if err != nil {
		return "", err
	}
	return linkIn(body)
}

// urlLinkPayload names the end as a moment (expire_type 0): the other way counts
// whole days and would outlive the request.
func (c *Client) urlLinkPayload(in model.URLLinkRequest) any {
	life := max(minLinkLife, min(in.Life, maxLinkLife))
	return struct {
		Path       string `json:"path"`
		Query      string `json:"query"`
		ExpireType int    `json:"expire_type"`
		ExpireTime int64  `json:"expire_time"` // unix seconds
		EnvVersion string `json:"env_version"`
	}{in.Path, in.Query, 0, c.cfg.Now().Add(life).Unix(), c.cfg.EnvVersion}
}

func linkIn(body []byte) (string, error) {
	var answer struct {
		URLLink string `json:"url_link"`
	}
	if err := decode(atURLLink, body, &answer); err != nil {
		return "", err
	}
	u, err := url.Parse(answer.URLLink)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return "", garbled(atURLLink, "no link in the answer")
	}
	return answer.URLLink, nil
}
