package sandbox

import (
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	maxLinkLife  = 30 * 24 * time.Hour
	maxLinkQuery = 1024 // characters
)

var queryChars = regexp.MustCompile(`^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~%]*$`)

// link is where a URL link leads.
type link struct {
	Path       string    `json:"path"`
	Query      string    `json:"query"`
	EnvVersion string    `json:"env_version"`
	ExpiresAt  time.Time `json:"expires_at"`
}

type linkRequest struct {
	Path           string `json:"path"`
	Query          string `json:"query"`
	EnvVersion     string `json:"env_version"`
	ExpireType     int    `json:"expire_type"`
	ExpireTime     int64  `json:"expire_time"`
	ExpireInterval int    `json:"expire_interval"`
}

// urlLink is /wxa/generate_urllink.
func (c *call) urlLink() reply {
	in := linkRequest{EnvVersion: "release"}
	if !c.decode(&in) {
		return c.refuse(47001, "data format error")
	}
	end, ok := in.end(c.w.opts.Now())
	switch {
	case in.Path != "" && !slices.Contains(c.w.opts.Pages, in.Path):
		return c.refuse(40165, "invalid weapp pagepath")
	case len(in.Query) > maxLinkQuery, !queryChars.MatchString(in.Query):
		return c.refuse(40212, "invalid query")
	case !ok:
		return c.refuse(85401, "time limit between 1min and 30day")
	case !slices.Contains(envVersions, in.EnvVersion):
		return c.refuse(85402, "invalid env_version")
	}
	return c.w.addLink(c.r, link{in.Path, in.Query, in.EnvVersion, end.UTC()})
}

// end is when the link stops working; false when it is out of WeChat's range.
func (in linkRequest) end(now time.Time) (time.Time, bool) {
	switch in.ExpireType {
	case 0:
		end := time.Unix(in.ExpireTime, 0)
		return end, end.Sub(now) > time.Minute && end.Sub(now) < maxLinkLife
	case 1:
		return now.AddDate(0, 0, in.ExpireInterval), in.ExpireInterval >= 1 && in.ExpireInterval <= 30
	}
	return time.Time{}, false
}

func (w *WeChat) addLink(r *http.Request, l link) reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.random(9)
	w.links.put(id, l)
	base := strings.TrimSuffix(w.opts.PublicURL, "/")
	if base == "" {
		base = "http://" + r.Host
	}
	return answer(map[string]any{"errcode": 0, "errmsg": "ok", "url_link": base + "/sandbox/wechat/l/" + id})
}

var linkPage = template.Must(template.New("link").Parse(
	`<!doctype html><meta charset="utf-8"><title>微信小程序（沙箱）</title>` +
		`<p>WeChat would open: <code>{{.Path}}?{{.Query}}</code> ({{.EnvVersion}})</p>` + "\n"))

// openLink shows where a link leads: JSON, or a page when a browser asks. A query
// added to the link is passed on, as WeChat does.
func (w *WeChat) openLink(rw http.ResponseWriter, r *http.Request) {
	l, found := w.findLink(r.PathValue("id"))
	switch {
	case !found:
		adminError(rw, http.StatusNotFound, "no such link")
		return
	case !w.opts.Now().Before(l.ExpiresAt):
		adminError(rw, http.StatusGone, "the link has ended")
		return
	}
	if r.URL.RawQuery != "" {
		l.Query = strings.TrimPrefix(l.Query+"&"+r.URL.RawQuery, "&")
	}
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		answer(l).write(rw)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = linkPage.Execute(rw, l) // the only failure left is a browser that went away
}

func (w *WeChat) findLink(id string) (link, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.links.get(id)
}
