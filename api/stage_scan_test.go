package api_test

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/sandbox"
)

// filmed is a post that is published by scanning, and what its phones were handed.
type filmed struct {
	url    string // of its code, the first time that it was issued
	latest string
	handed map[string]opening
}

type opening struct {
	ID     string `json:"opening_id"`
	Schema string `json:"schema"`
}

// shoot writes an approved film for " in N" minutes from now, or without a time.
func (s *stage) shoot(when string) {
	s.t.Helper()
	s.film = &filmed{handed: map[string]opening{}}
	channel := s.b.DouyinChannel(s.t, M{"platform_account_id": "open-brand"})
	var at *time.Time
	if minutes, planned := strings.CutPrefix(when, " in "); planned {
		n, err := strconv.Atoi(minutes)
		if err != nil {
			s.t.Fatal(err)
		}
		then := s.a.Clock.Now().Add(time.Duration(n) * time.Minute)
		at = &then
	}
	s.post = s.b.NewVideo(s.t, channel, at).ID
}

// scans tells whether an act is one of publishing by scanning.
func (s *stage) scans(name string, rest []string) bool {
	if name == "p" || name == "q" || (len(rest) > 1 && rest[1] == "code") {
		return true
	}
	return s.film != nil && name == "author" && slices.Contains([]string{"denies", "edits", "reschedules"}, rest[0])
}

func (s *stage) scan(name, does string) string {
	s.t.Helper()
	if name == "author" {
		return s.withCode(does)
	}
	device := strings.Repeat(name, 22)
	page := strings.TrimPrefix(s.film.url, "https://countersign.test")
	tap := func(over bool) string {
		got := s.a.Nobody().Do(s.t, "POST", page+"/open", M{"device": device, "take_over": over, "way": "douyin"})
		out := s.outcome(got)
		if out == "ok" {
			var o opening
			got.Want(s.t, 200, &o)
			s.film.handed[name] = o
		}
		return out
	}
	switch does {
	case "looks":
		s.a.Nobody().Do(s.t, "GET", page, nil).Want(s.t, 200, nil)
		return "ok"
	case "scans":
		return tap(false)
	case "takes over":
		return tap(true)
	case "says published":
		mine := s.film.handed["p"]
		return s.outcome(s.a.Nobody().Do(s.t, "POST", page+"/published", M{"opening_id": mine.ID, "device": device}))
	case "publishes":
		return s.publish(name, "open-brand")
	case "publishes elsewhere":
		return s.publish(name, "open-other")
	}
	s.t.Fatalf("a phone cannot %q", does)
	return ""
}

// publish has a phone publish what it was handed; Douyin tells, and it is dealt with. A
// phone that takes its time keeps Douyin open: what it shows is of when it was scanned.
func (s *stage) publish(name, account string) string {
	s.t.Helper()
	state := s.film.handed[name]
	page, err := s.a.Douyin.Open(s.t.Context(), sandbox.OpenRequest{Schema: state.Schema, OpenID: account})
	if err != nil {
		return s.toldLate(name, account)
	}
	if _, err := s.a.Douyin.Publish(s.t.Context(), sandbox.PublishRequest{State: page.State, OpenID: account}); err != nil {
		s.t.Fatal(err)
	}
	s.a.Drain(s.t.Context(), s.t)
	return "ok"
}

// toldLate is Douyin's message about a publication that was begun before its link ended.
func (s *stage) toldLate(name, account string) string {
	s.t.Helper()
	share := testkit.Rows(s.t, s.db, "SELECT share_id FROM openings WHERE id = ?", s.film.handed[name].ID)[0][0]
	body := []byte(`{"event":"create_video","from_user_id":"` + account + `","client_key":"` + testkit.ClientKey + `","content":{"share_id":"` + share + `","item_id":"@late"}}`)
	s.a.Nobody().Do(s.t, "POST", "/hooks/douyin", body, "X-Douyin-Signature", sandbox.WebhookSignature(testkit.ClientSecret, body)).Want(s.t, 200, nil)
	s.a.Drain(s.t.Context(), s.t)
	return "ok"
}

// withCode are what the author does with a post that is published by scanning.
func (s *stage) withCode(does string) string {
	s.t.Helper()
	c, p := s.who("author"), s.detail()
	match := []string{"If-Match", strconv.Quote(strconv.FormatInt(p.Version, 10))}
	switch does {
	case "issues code":
		got := c.Do(s.t, "POST", s.path("/ticket"), nil)
		out := s.outcome(got)
		if out == "ok" {
			var k api.TicketOut
			got.Want(s.t, 200, &k)
			if s.film.latest = k.URL; s.film.url == "" {
				s.film.url = k.URL
			}
		}
		return out
	case "revokes code":
		return s.outcome(c.Do(s.t, "DELETE", s.path("/ticket"), nil))
	case "opens code early":
		return s.outcome(c.Do(s.t, "POST", s.path("/ticket/early"), M{"reason": "彩排"}))
	case "denies":
		return s.outcome(c.Do(s.t, "POST", s.path("/not-published"), nil))
	case "reschedules":
		return s.outcome(c.Do(s.t, "PATCH", s.path(""), M{"scheduled_at": s.a.Clock.Now().Add(24 * time.Hour)}, match...))
	case "reschedules to the past":
		return s.outcome(c.Do(s.t, "PATCH", s.path(""), M{"scheduled_at": s.a.Clock.Now().Add(-3 * time.Hour)}, match...))
	case "edits":
		art := p.Articles[0]
		return s.outcome(c.Do(s.t, "PUT", s.path("/articles/"+art.ID), s.b.Video(s.t, "改过的片名"), "If-Match", strconv.Quote(strconv.FormatInt(art.Version, 10))))
	}
	s.t.Fatalf("the author cannot %q", does)
	return ""
}

// filmed answers a fact about a code.
func (s *stage) filmed(what string) string {
	s.t.Helper()
	switch what {
	case "openings":
		return testkit.Rows(s.t, s.db, "SELECT COUNT(*) FROM openings WHERE post_id = ?", s.post)[0][0]
	case "alarms":
		return testkit.Rows(s.t, s.db, "SELECT COUNT(*) FROM audit WHERE action = 'post.publication_alarm' AND subject_id = ?", s.post)[0][0]
	}
	var k api.TicketOut
	s.b.Editor.Do(s.t, "GET", s.path("/ticket"), nil).Want(s.t, 200, &k)
	return map[bool]string{true: "same", false: "another"}[k.URL == s.film.url]
}
