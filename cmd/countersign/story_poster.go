package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"countersign/api"
	"countersign/model"
)

// posterStory is a video on its way to Douyin: looked through, approved, scanned, published;
// and a second one that nobody publishes in time.
func posterStory() story {
	return story{
		{"admin", "signs in to the console", func(p *player) (string, error) { return p.signIn("admin", demoAdmin) }},
		{"editor", "signs in", func(p *player) (string, error) { return p.signIn("editor", demoEditor) }},
		{"admin", "adds the Douyin account, with AI review and a flow", posterChannel},
		{"editor", "uploads the film and writes the post, for two hours from now", func(p *player) (string, error) { return p.film("全网最低价！立夏第一杯") }},
		{"editor", "reads the AI report", posterReport},
		{"editor", "mends what it found, and submits", posterMends},
		{"editor", "gets no code before the approval", posterNoCode},
		{"admin", "approves", posterApproves},
		{"editor", "makes the publish code", posterCode},
		{"poster", "scans too early: a countdown, and no link", posterEarly},
		{"clock", "moves on to the planned time", func(p *player) (string, error) { return p.forward("2h") }},
		{"poster", "scans, and Douyin opens with everything filled in", posterOpens},
		{"second", "scans too: sees who holds the code, and takes over", posterTakesOver},
		{"second", "publishes on the phone", posterPublishes},
		{"douyin", "tells late, and twice: the post is published, once", posterTold},
		{"editor", "writes a second post; nobody scans it", posterSecond},
		{"clock", "moves on to three hours after its time", func(p *player) (string, error) { return p.forward("3h5m") }},
		{"editor", "sees that it has expired; its code is dead", posterExpired},
		{"editor", "reschedules it: the same code lives again, without a new approval", posterRevived},
		{"poster", "publishes by hand, and says so", posterByHand},
	}
}

// forward moves the demo's clock, and signs in again: sessions end meanwhile.
func (p *player) forward(d string) (string, error) {
	a, err := p.send(http.MethodPost, p.at.sandbox+"/sandbox/clock", body{"forward": d}, http.Header{})
	if err != nil {
		return "", err
	}
	var now struct{ Now time.Time }
	if err := a.read(http.StatusOK, &now); err != nil {
		return "", err
	}
	for name, email := range map[string]string{"admin": demoAdmin, "editor": demoEditor} {
		if _, err := p.signIn(name, email); err != nil {
			return "", err
		}
	}
	return "it is " + now.Now.Format("15:04:05Z") + " in the demo", nil
}

// clock is the demo's time, as its API tells it.
func (p *player) clock() (time.Time, error) {
	a, err := p.send(http.MethodPost, p.at.sandbox+"/sandbox/clock", body{"forward": "0s"}, http.Header{})
	if err != nil {
		return time.Time{}, err
	}
	var now struct{ Now time.Time }
	return now.Now, a.read(http.StatusOK, &now)
}

func posterChannel(p *player) (string, error) {
	var f api.FlowOut
	err := p.post(p.admin(), p.kept["brand"]+"/flows", body{
		"name": "视频终审 " + p.run, "content_types": []string{"douyin_video"}, "platforms": []string{"douyin"},
		"steps": []body{{"name": "品牌负责人", "mode": "any", "approvers": []string{p.kept["admin.member"]}}},
	}, &f)
	if err != nil {
		return "", err
	}
	var c api.ChannelOut
	err = p.post(p.admin(), p.kept["brand"]+"/channels", body{
		"name": "青禾茶饮抖音号 " + p.run, "platform": "douyin", "ai_review": true, "posters": []string{p.kept["editor.member"]},
		"setting": body{"default_flow_id": f.ID},
	}, &c)
	p.kept["douyin"] = c.ID
	return fmt.Sprintf("%s; %q asks for one approval", c.Name, f.Name), err
}

// film writes a video for two hours from now, and keeps it.
func (p *player) film(title string) (string, error) {
	if p.kept["video"] == "" {
		id, err := p.uploadFilm()
		if err != nil {
			return "", err
		}
		p.kept["video"] = id
	}
	now, err := p.clock()
	if err != nil {
		return "", err
	}
	var post api.PostDetail
	err = p.post(p.editor(), p.kept["brand"]+"/posts", body{
		"channel_id": p.kept["douyin"], "scheduled_at": now.Add(2 * time.Hour).Format(time.RFC3339),
		"articles": []body{{"title": title, "hashtags": []string{"青禾茶饮", "立夏"}, "video_id": p.kept["video"]}},
	}, &post)
	if err != nil {
		return "", err
	}
	p.kept["post"], p.kept["article"] = p.kept["brand"]+"/posts/"+post.ID, post.Articles[0].ID
	return fmt.Sprintf("%q, planned for %s", post.Title, post.ScheduledAt.Format("15:04Z")), nil
}

// uploadFilm sends a small film in one part.
func (p *player) uploadFilm() (string, error) {
	raw := demoFilm()
	var m api.MediaDetail
	if err := p.post(p.editor(), p.kept["brand"]+"/media", body{"name": "成片.mp4", "mime": "video/mp4", "bytes": len(raw)}, &m); err != nil {
		return "", err
	}
	at := p.kept["brand"] + "/media/" + m.ID
	a, err := p.call(p.editor(), http.MethodPut, at+"/parts/1", raw, "Content-Type", "application/octet-stream")
	if err != nil {
		return "", err
	}
	if err := a.read(http.StatusOK, nil); err != nil {
		return "", err
	}
	return m.ID, p.post(p.editor(), at+"/complete", nil, nil)
}

func posterReport(p *player) (string, error) {
	var r api.AIReportOut
	if err := p.get(p.editor(), api.Base+"/articles/"+p.kept["article"]+"/revisions/1/ai-report", &r); err != nil {
		return "", err
	}
	for _, f := range r.Findings {
		if f.Severity == model.SeverityError || f.Severity == model.SeverityWarn {
			return fmt.Sprintf("%s %q in the %s: %s", f.Severity, f.Quote, f.Field, f.Name), nil
		}
	}
	return "", fmt.Errorf("the report found nothing: %+v", r)
}

func posterMends(p *player) (string, error) {
	a, err := p.call(p.editor(), http.MethodPut, p.kept["post"]+"/articles/"+p.kept["article"], body{
		"title": "立夏第一杯，青禾新品「山野青提」", "hashtags": []string{"青禾茶饮", "立夏"}, "video_id": p.kept["video"],
	}, "If-Match", `"1"`)
	if err != nil {
		return "", err
	}
	if err := a.read(http.StatusOK, nil); err != nil {
		return "", err
	}
	var r api.AIReportOut
	if err := p.get(p.editor(), api.Base+"/articles/"+p.kept["article"]+"/revisions/2/ai-report", &r); err != nil {
		return "", err
	}
	for _, f := range r.Findings {
		if f.Severity == model.SeverityError {
			return "", fmt.Errorf("the new text is no better: %+v", f)
		}
	}
	var post api.PostDetail
	err = p.post(p.editor(), p.kept["post"]+"/submit", body{}, &post)
	return fmt.Sprintf("the report of the new version has no errors; the post is %s", post.State), err
}

func posterNoCode(p *player) (string, error) {
	a, err := p.call(p.editor(), http.MethodPost, p.kept["post"]+"/ticket", nil)
	if err != nil {
		return "", err
	}
	return "“not approved”", a.refused(http.StatusConflict, "not_approved")
}

func posterApproves(p *player) (string, error) {
	item, err := p.waiting(p.admin())
	if err != nil {
		return "", err
	}
	var o api.OutcomeOut
	err = p.post(p.admin(), p.kept["task"]+"/decision", body{"action": "approve", "digest": item.Digest}, &o)
	return fmt.Sprintf("%q: post %s", item.Title, o.Post), err
}

func posterCode(p *player) (string, error) {
	var k api.TicketOut
	if err := p.post(p.editor(), p.kept["post"]+"/ticket", nil, &k); err != nil {
		return "", err
	}
	p.kept["code"] = pathOf(k.URL)
	picture, err := p.call(signed{}, http.MethodGet, p.kept["code"]+"/qr.png", nil)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("a picture of %d bytes, good from %s to %s", len(picture.body), k.OpensAt.Format("15:04Z"), k.EndsAt.Format("15:04Z")), picture.read(http.StatusOK, nil)
}

// opened is what a phone is handed.
type opened struct {
	OpeningID string `json:"opening_id"`
	Schema    string `json:"schema"`
	VideoURL  string `json:"video_url"`
}

// tapOn taps on the code's page on one of the story's phones.
func (p *player) tapOn(phone string, more body) (answer, error) {
	ask := body{"device": "phone-of-the-story-" + phone, "take_over": false, "way": "douyin"}
	maps.Copy(ask, more)
	return p.call(signed{}, http.MethodPost, p.kept["code"]+"/open", ask)
}

func posterEarly(p *player) (string, error) {
	page, err := p.call(signed{}, http.MethodGet, p.kept["code"], nil)
	if err != nil {
		return "", err
	}
	if page.status != http.StatusOK || !strings.Contains(string(page.body), `id="clock"`) || strings.Contains(string(page.body), "snssdk1128") {
		return "", fmt.Errorf("no countdown: %d %s", page.status, short(page.body))
	}
	a, err := p.tapOn("first", nil)
	if err != nil {
		return "", err
	}
	if err := a.refused(http.StatusConflict, "ticket_early"); err != nil {
		return "", err
	}
	var problem api.Problem
	err = json.Unmarshal(a.body, &problem)
	return fmt.Sprintf("“%s”, for %s ms more", problem.Title, problem.Args["opens_in_ms"]), err
}

// show opens a link on the stand-in's phone.
func (p *player) show(link string, v any) error {
	a, err := p.send(http.MethodPost, p.at.sandbox+"/sandbox/douyin/open", body{"schema": link, "open_id": "open-qinghe", "fetch_video": true}, http.Header{})
	if err != nil {
		return err
	}
	return a.read(http.StatusOK, v)
}

// douyinPage is what Douyin's publish page shows.
type douyinPage struct {
	Title     string   `json:"title"`
	Hashtags  []string `json:"hashtags"`
	State     string   `json:"state"`
	VideoPath string   `json:"video_path"`
	Publish   bool     `json:"publish_page"`
	Video     struct {
		Problem string `json:"problem"`
	} `json:"video"`
}

func (p *player) opens(phone string, more body) (string, error) {
	a, err := p.tapOn(phone, more)
	if err != nil {
		return "", err
	}
	var got opened
	if err := a.read(http.StatusOK, &got); err != nil {
		return "", err
	}
	var page douyinPage
	if err := p.show(got.Schema, &page); err != nil {
		return "", err
	}
	if !page.Publish || page.Title == "" || page.VideoPath != got.VideoURL || page.Video.Problem != "" {
		return "", fmt.Errorf("the post is not what Douyin shows: %+v", page)
	}
	p.kept["opening"], p.kept["share"] = got.OpeningID, page.State
	return fmt.Sprintf("%q #%s, the video loads", page.Title, strings.Join(page.Hashtags, " #")), nil
}

func posterOpens(p *player) (string, error) { return p.opens("first", nil) }

func posterTakesOver(p *player) (string, error) {
	a, err := p.tapOn("second", nil)
	if err != nil {
		return "", err
	}
	if err := a.refused(http.StatusConflict, "ticket_held"); err != nil {
		return "", err
	}
	return p.opens("second", body{"take_over": true})
}

func posterPublishes(p *player) (string, error) {
	a, err := p.send(http.MethodPost, p.at.sandbox+"/sandbox/douyin/publish", body{"state": p.kept["share"], "open_id": "open-qinghe", "webhook": body{"hold": true, "duplicates": 1}}, http.Header{})
	if err != nil {
		return "", err
	}
	var out struct {
		Video struct {
			VideoID string `json:"video_id"`
		} `json:"video"`
		Held []struct{ ID string } `json:"held"`
	}
	if err := a.read(http.StatusOK, &out); err != nil {
		return "", err
	}
	var post api.PostDetail
	if err := p.get(p.editor(), p.kept["post"], &post); err != nil {
		return "", err
	}
	if post.State != model.PostApproved {
		return "", fmt.Errorf("a scan is no publication, but the post is %s", post.State)
	}
	return fmt.Sprintf("video %s; Douyin holds %d messages back, the post is still %s", out.Video.VideoID, len(out.Held), post.State), nil
}

// posterTold: Douyin's messages come, and the relay deals with them within a few seconds.
func posterTold(p *player) (string, error) {
	a, err := p.send(http.MethodPost, p.at.sandbox+"/sandbox/douyin/deliver", body{}, http.Header{})
	if err != nil {
		return "", err
	}
	if err := a.read(http.StatusOK, nil); err != nil {
		return "", err
	}
	post, err := p.becomes(model.PostPublished)
	if err != nil {
		return "", err
	}
	var k api.TicketOut
	if err := p.get(p.editor(), p.kept["post"]+"/ticket", &k); err != nil {
		return "", err
	}
	if len(k.Said) != 1 || k.Said[0].Source != model.SourceDouyin {
		return "", fmt.Errorf("not one publication: %+v", k.Said)
	}
	return fmt.Sprintf("%s at %s", post.State, k.Said[0].URL), nil
}

// becomes waits until the kept post is in a state.
func (p *player) becomes(want model.PostState) (post api.PostDetail, err error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 100 {
		if err := p.get(p.editor(), p.kept["post"], &post); err != nil || post.State == want {
			return post, err
		}
		select {
		case <-tick.C:
		case <-p.ctx.Done():
			return post, p.ctx.Err()
		}
	}
	return post, fmt.Errorf("the post is %s, and not %s", post.State, want)
}

func posterSecond(p *player) (string, error) {
	seen, err := p.film("周末限定：桂花酒酿")
	if err != nil {
		return "", err
	}
	if err := p.post(p.editor(), p.kept["post"]+"/submit", body{}, nil); err != nil {
		return "", err
	}
	if _, err := posterApproves(p); err != nil {
		return "", err
	}
	if _, err := posterCode(p); err != nil {
		return "", err
	}
	_, err = p.forward("2h")
	return seen + "; its time has come", err
}

func posterExpired(p *player) (string, error) {
	post, err := p.becomes(model.PostExpired)
	if err != nil {
		return "", err
	}
	page, err := p.call(signed{}, http.MethodGet, p.kept["code"], nil)
	if err != nil {
		return "", err
	}
	if page.status != http.StatusNotFound || strings.Contains(string(page.body), post.Title) {
		return "", fmt.Errorf("a dead code shows %d %s", page.status, short(page.body))
	}
	a, err := p.tapOn("first", nil)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%q is %s; the page says 此码已失效", post.Title, post.State), a.refused(http.StatusNotFound, "ticket_ended")
}

func posterRevived(p *player) (string, error) {
	now, err := p.clock()
	if err != nil {
		return "", err
	}
	var post api.PostDetail
	if err := p.get(p.editor(), p.kept["post"], &post); err != nil {
		return "", err
	}
	a, err := p.call(p.editor(), http.MethodPatch, p.kept["post"], body{"scheduled_at": now.Add(time.Minute).Format(time.RFC3339)}, "If-Match", fmt.Sprintf(`"%d"`, post.Version))
	if err != nil {
		return "", err
	}
	if err := a.read(http.StatusOK, &post); err != nil {
		return "", err
	}
	var k api.TicketOut
	if err := p.get(p.editor(), p.kept["post"]+"/ticket", &k); err != nil {
		return "", err
	}
	if post.State != model.PostApproved || pathOf(k.URL) != p.kept["code"] || k.State != model.ScanOpen {
		return "", fmt.Errorf("not revived: %s, code %s", post.State, k.State)
	}
	return fmt.Sprintf("%s again until %s, under the same code", post.State, k.EndsAt.Format("15:04Z")), nil
}

func posterByHand(p *player) (string, error) {
	a, err := p.tapOn("first", body{"way": "download"})
	if err != nil {
		return "", err
	}
	var got opened
	if err := a.read(http.StatusOK, &got); err != nil {
		return "", err
	}
	film, err := p.call(signed{}, http.MethodGet, pathOf(got.VideoURL), nil, "Range", "bytes=0-99")
	if err != nil {
		return "", err
	}
	if film.status != http.StatusPartialContent || len(film.body) != 100 {
		return "", fmt.Errorf("the video answers %d with %d bytes", film.status, len(film.body))
	}
	if err := p.post(signed{}, p.kept["code"]+"/published", body{"opening_id": got.OpeningID, "device": "phone-of-the-story-first"}, nil); err != nil {
		return "", err
	}
	post, err := p.becomes(model.PostPublished)
	return fmt.Sprintf("the video was loaded; %q is %s, on his word", post.Title, post.State), err
}
