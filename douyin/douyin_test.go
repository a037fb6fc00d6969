package douyin_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/douyin"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
)

var video = model.LaunchRequest{VideoURL: "https://media.example/a.mp4?exp=1&sig=-_a", Title: "新品 & 上线 100% + #立夏 😀#好茶", Hashtags: []string{"立夏", "新品", "好茶"}}

// shown opens a link on the stand-in's phone.
func (s *stage) shown(l model.Launch) sandbox.Page {
	s.t.Helper()
	page, err := s.Open(s.t.Context(), sandbox.OpenRequest{Schema: l.Schema})
	if err != nil {
		s.t.Fatal(err)
	}
	return page
}

// Both ways fill in the same page: way B where the app may, else way A.
func TestLaunchBothWays(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name         string
		capabilities []string
		way          model.LaunchWay
	}{
		{"with jump.basic", nil, model.LaunchShort},
		{"without", []string{sandbox.CapabilityShare, sandbox.CapabilityTicket, sandbox.CapabilityPublish}, model.LaunchSigned},
	} {
		s := newStage(t, sandbox.DouyinOptions{Capabilities: tc.capabilities})
		c := s.door(nil)
		for range 2 {
			share, err := c.ShareID(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			r := video
			r.ShareID, r.EndsAt = share, s.clock().Add(time.Hour)
			l, err := c.Launch(t.Context(), r)
			if err != nil || l.Way != tc.way {
				t.Fatalf("%s: %+v %v", tc.name, l, err)
			}
			page := s.shown(l)
			if page.Title != video.Title || page.VideoPath != video.VideoURL || page.State != share || !page.PublishPage || !page.Callback || len(page.Ignored) > 0 {
				t.Errorf("%s: %+v", tc.name, page)
			}
			if strings.Contains(l.Schema, "+") || (tc.way == model.LaunchShort && !l.EndsAt.Equal(r.EndsAt)) || (tc.way == model.LaunchSigned && !l.EndsAt.Equal(s.clock().Add(2*time.Hour))) {
				t.Errorf("%s: %+v", tc.name, l)
			}
		}
		if n := s.calls("/api/douyin/v1/schema/get_share/"); n != map[model.LaunchWay]int{model.LaunchShort: 2, model.LaunchSigned: 1}[tc.way] {
			t.Errorf("%s: get_share was asked %d times", tc.name, n)
		}
	}
}

// Hashtags that the title writes out are marked where they stand, in UTF-16 code units, and
// not added once more.
func TestHashtagsInTheTitle(t *testing.T) {
	t.Parallel()
	s := newStage(t, sandbox.DouyinOptions{Capabilities: []string{sandbox.CapabilityShare, sandbox.CapabilityTicket, sandbox.CapabilityPublish}})
	r := video
	r.ShareID, _ = s.door(nil).ShareID(t.Context())
	l, err := s.door(nil).Launch(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	page := s.shown(l)
	if fmt.Sprint(page.Hashtags) != "[新品]" || len(page.TitleHashtags) != 2 || page.TitleHashtags[0] != (sandbox.TitleHashtag{Name: "立夏", Start: 15}) || page.TitleHashtags[1] != (sandbox.TitleHashtag{Name: "好茶", Start: 21}) {
		t.Errorf("%+v %+v", page.Hashtags, page.TitleHashtags)
	}
}

// The official vector, and the encoding that keeps titles on real phones.
func TestSignatureAndEncoding(t *testing.T) {
	t.Parallel()
	const ticket = "@ml6sqYBGgTKmQNajnKNkaj8yksCAY++adIhlGIqfTiKyvBqOIkzdJ6WRgP+nO+wtVItqKbX4iZ+mFIYkyPJjpQ=="
	if got := douyin.Sign("Wm3WZYTPz0wzccnW", ticket, "1650941858"); got != "3f7b739a91a52cb7d85c4f89c5f611fe" {
		t.Error(got)
	}
	got := douyin.Encode(map[string]string{"b": "a b&c=d+e/中", "a": `["x","y"]`, "empty": ""})
	if got != "a=%5B%22x%22%2C%22y%22%5D&b=a%20b%26c%3Dd%2Be%2F%E4%B8%AD" {
		t.Error(got)
	}
	back, err := url.ParseQuery(got)
	if err != nil || back.Get("b") != "a b&c=d+e/中" {
		t.Error(back, err)
	}
}

// Five hundred callers on three replicas, at the second in which the credentials end: one
// token, one ticket.
func TestOneFetchForAll(t *testing.T) {
	t.Parallel()
	s := newStage(t, sandbox.DouyinOptions{})
	shared := redis(t)
	doors := []*douyin.Client{s.door(shared), s.door(shared), s.door(shared)}
	testkit.Together(500, func(i int) {
		if _, err := doors[i%3].ShareID(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	if a, b := s.calls("/oauth/stable_client_token/"), s.calls("/open/getticket/"); a != 1 || b != 1 {
		t.Errorf("%d tokens, %d tickets", a, b)
	}
}

// Credentials that Douyin does not take any more are fetched anew, once.
func TestStaleCredentials(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*stage){
		"the token was replaced":  func(s *stage) { s.RotateToken() },
		"the ticket was replaced": func(s *stage) { s.RotateTicket() },
	} {
		s := newStage(t, sandbox.DouyinOptions{})
		c := s.door(nil)
		launch := func() error {
			share, err := c.ShareID(t.Context())
			if err != nil {
				return err
			}
			r := video
			r.ShareID = share
			l, err := c.Launch(t.Context(), r)
			if err == nil {
				s.shown(l)
			}
			return err
		}
		if err := launch(); err != nil {
			t.Fatal(name, err)
		}
		spoil(s)
		if err := launch(); err != nil {
			t.Error(name, err)
		}
		if n := s.calls("/open/getticket/"); n != 2 {
			t.Errorf("%s: %d tickets", name, n)
		}
	}
}

// A ticket is replaced five minutes before its end: a link always lives for a while.
func TestTicketIsReplacedInTime(t *testing.T) {
	t.Parallel()
	s := newStage(t, sandbox.DouyinOptions{})
	c := s.door(nil)
	for _, tc := range []struct {
		after time.Duration
		n     int
	}{{0, 1}, {time.Hour, 1}, {114 * time.Minute, 1}, {116 * time.Minute, 2}} {
		s.pass(tc.after - s.clock().Sub(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)))
		share, err := c.ShareID(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r := video
		r.ShareID = share
		l, err := c.Launch(t.Context(), r)
		if err != nil || l.EndsAt.Sub(s.clock()) < 5*time.Minute {
			t.Errorf("after %s: until %s, %v", tc.after, l.EndsAt, err)
		}
		if n := s.calls("/open/getticket/"); n != tc.n {
			t.Errorf("after %s: %d tickets", tc.after, n)
		}
	}
}

// Where POST is not taken for share ids, GET is; and where there is no stable token, the
// plain one.
func TestFallbacks(t *testing.T) {
	t.Parallel()
	s := newStage(t, sandbox.DouyinOptions{ShareMethod: "GET", ShareRefusal: 404})
	c := s.door(nil)
	for range 3 {
		if _, err := c.ShareID(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.calls("/share-id/"); n != 4 { // one POST in vain
		t.Error(n, "calls")
	}
	s = newStage(t, sandbox.DouyinOptions{})
	s.Fault(sandbox.Fault{Path: "/oauth/stable_client_token/", HTTPStatus: 404, Times: -1})
	if _, err := s.door(nil).ShareID(t.Context()); err != nil {
		t.Error(err)
	}
	if s.calls("/oauth/client_token/") != 1 {
		t.Error("the plain token was not asked for")
	}
}

// Every refusal has its code; what passes says when to come back; nothing tells a secret.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for code, want := range map[int64]model.Code{
		2100004: model.CodeDouyinBusy, 28001005: model.CodeDouyinBusy, 28003018: model.CodeDouyinBusy, 10020: model.CodeDouyinBusy,
		2190001: model.CodeDouyinQuota, 28003017: model.CodeDouyinQuota, 10013: model.CodeDouyinConfig, 2190004: model.CodeDouyinConfig, 2190016: model.CodeDouyinConfig,
		2100005: model.CodeDouyinRefused, 99999: model.CodeDouyinRefused,
	} {
		for _, mode := range []sandbox.Mode{"", sandbox.ModeStringCode} {
			s := newStage(t, sandbox.DouyinOptions{})
			s.Fault(sandbox.Fault{Path: "/share-id/", ErrCode: code, ErrMsg: "no " + secret + "\x1b[31m", Mode: mode, Times: -1})
			_, err := s.door(nil).ShareID(t.Context())
			e, ok := errors.AsType[*model.Error](err)
			if !ok || e.Code != want {
				t.Errorf("%d %s: %v, want %s", code, mode, err, want)
				continue
			}
			if e.Kind() == model.KindUnavailable && e.RetryAfter == 0 {
				t.Errorf("%d: no word on when to come back", code)
			}
			if text := err.Error(); strings.Contains(text, secret) || strings.Contains(text, "\x1b") || strings.Contains(text, "clt.") {
				t.Errorf("%d tells %q", code, text)
			}
		}
	}
}

// Lines that break and answers that are none pass by themselves.
func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]sandbox.Fault{
		"HTML": {HTML: true}, "empty": {Empty: true}, "cut": {Truncate: true}, "502": {HTTPStatus: 502}, "slow": {DelayMS: 60_000},
	} {
		s := newStage(t, sandbox.DouyinOptions{})
		f.Path, f.Times = "/share-id/", -1
		s.Fault(f)
		_, err := s.door(nil, func(c *douyin.Config) { c.Timeout = 300 * time.Millisecond }).ShareID(t.Context())
		if model.CodeOf(err) != model.CodeDouyinBusy {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, body := range []string{`{"data":{}}`, `{}`, `null`, `[]`, `{"data":{"share_id":"x y"},"extra":{}}`, `{"data":"text"}`} {
		s := newStage(t, sandbox.DouyinOptions{})
		c := s.door(nil, func(c *douyin.Config) { c.BaseURL = answering(t, 200, body) })
		if _, err := c.ShareID(t.Context()); model.CodeOf(err) != model.CodeDouyinBusy {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// Only links that open Douyin are handed on.
func TestForeignLinksAreRefused(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{"https://evil.example/", "javascript:alert(1)", "snssdk1128://webview?url=https%3A%2F%2Fevil.example", "", "snssdk1128://openplatform/share?a=b c"} {
		if douyin.OpensDouyin(schema) {
			t.Errorf("%q is handed on", schema)
		}
	}
	if !douyin.OpensDouyin("snssdk1128://webview?url=https%3A%2F%2Fopen.douyin.com%2Fplatform") {
		t.Error("Douyin's own link is refused")
	}
}

func TestNewNamesEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := douyin.New(douyin.Config{BaseURL: "::", Secret: secret})
	for _, want := range []string{"base address", "client_key", "share tokens"} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
	s := newStage(t, sandbox.DouyinOptions{})
	for _, text := range []string{fmt.Sprint(s.door(nil)), fmt.Sprintf("%+v", s.door(nil)), fmt.Sprintf("%#v", s.door(nil)), s.door(nil).LogValue().String()} {
		if strings.Contains(text, secret) || !strings.Contains(text, key) {
			t.Error(text)
		}
	}
}

// What lies in the shared place is sealed.
func TestSharedCredentialsAreSealed(t *testing.T) {
	t.Parallel()
	s := newStage(t, sandbox.DouyinOptions{})
	shared := &shelf{kept: map[string]kept{}, now: s.clock}
	c := s.door(shared)
	if _, err := c.ShareID(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, k := range shared.kept {
		if bytes.Contains(k.value, []byte("clt.")) || bytes.Contains(k.value, []byte("token")) {
			t.Error(id, "lies in the clear")
		}
		shared.kept[id] = kept{[]byte("of another key"), k.until}
	}
	if _, err := c.ShareID(t.Context()); model.CodeOf(err) != model.CodeDouyinBusy {
		t.Error(err)
	}
	if _, err := c.ShareID(t.Context()); err != nil { // what cannot be read is dropped
		t.Error(err)
	}
}
