package miniprogram_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"countersign/miniprogram"
	"countersign/model"
	"countersign/sandbox"
)

const (
	appID    = "wx0123456789abcdef"
	secret   = "canary-app-secret-1f2e3d"
	alice    = "oAlice-canary-openid"
	page     = "pages/join/index"
	template = "TPL-decision"
)

const (
	loginPath = "/sns/jscode2session"
	tokenPath = "/cgi-bin/stable_token"
	codePath  = "/wxa/getwxacodeunlimit"
	linkPath  = "/wxa/generate_urllink"
	sendPath  = "/cgi-bin/message/subscribe/send"
	checkPath = "/wxa/msg_sec_check"
)

// clock is a hand-moved clock for a Client and its WeChat.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bundle is a WeChat of one's own and a Client for it.
type bundle struct {
	wechat *sandbox.WeChat
	server *httptest.Server
	client *miniprogram.Client
	clock  *clock
}

func setup(t *testing.T, change ...func(*miniprogram.Config)) *bundle {
	t.Helper()
	b := &bundle{clock: &clock{now: time.Date(2026, 3, 1, 8, 30, 20, 0, time.UTC)}}
	b.wechat = sandbox.NewWeChat(sandbox.WeChatOptions{
		AppID: appID, Secret: secret, Pages: []string{"pages/home/index", page}, Now: b.clock.Now,
		Templates: map[string][]string{template: {"thing1", "time2"}},
	})
	b.server = httptest.NewServer(b.wechat)
	t.Cleanup(b.server.Close)
	b.client = newClient(t, b, change...)
	b.wechat.Identity(alice)
	return b
}

func newClient(t *testing.T, b *bundle, change ...func(*miniprogram.Config)) *miniprogram.Client {
	t.Helper()
	cfg := miniprogram.Config{AppID: appID, Secret: secret, BaseURL: b.server.URL, Now: b.clock.Now}
	for _, f := range change {
		f(&cfg)
	}
	c, err := miniprogram.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func message() model.SubscribeMessage {
	return model.SubscribeMessage{
		OpenID: alice, TemplateID: template, Page: "pages/task/index?id=1",
		Data: map[string]string{"thing1": "稿件 <3 & 待审", "time2": "2026年3月1日 09:00"},
	}
}

func text(content string) model.TextCheck {
	return model.TextCheck{OpenID: alice, Scene: model.TextSceneProfile, Content: content}
}

// wantCode checks that err is the product's refusal with code.
func wantCode(t *testing.T, err error, code model.Code) {
	t.Helper()
	_ = refused(t, err, code)
}

// refused is wantCode that goes on with the refusal.
func refused(t *testing.T, err error, code model.Code) *model.Error {
	t.Helper()
	var refusal *model.Error
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Fatalf("error = %v, want code %s", err, code)
	}
	return refusal
}

func must[V any](v V, err error) func(*testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// post asks an admin endpoint of the stand-in.
func (b *bundle) post(t *testing.T, path, kind string, body []byte, out any) {
	t.Helper()
	req := must(http.NewRequestWithContext(t.Context(), http.MethodPost, b.server.URL+path, bytes.NewReader(body)))(t)
	req.Header.Set("Content-Type", kind)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d", path, res.StatusCode)
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		t.Fatal(err)
	}
}

// call is one of the Client's methods, ready to go.
type call struct {
	name, path string
	do         func(context.Context, *bundle) error
}

// calls is every method that talks to WeChat.
func calls() []call {
	return []call{
		{"Login", loginPath, func(ctx context.Context, b *bundle) error {
			_, err := b.client.Login(ctx, b.wechat.LoginCode(alice))
			return err
		}},
		{"CodeImage", codePath, func(ctx context.Context, b *bundle) error {
			_, err := b.client.CodeImage(ctx, model.CodeImageRequest{Scene: "i.1", Page: page})
			return err
		}},
		{"URLLink", linkPath, func(ctx context.Context, b *bundle) error {
			_, err := b.client.URLLink(ctx, model.URLLinkRequest{Path: page, Query: "i=1", Life: time.Hour})
			return err
		}},
		{"Send", sendPath, func(ctx context.Context, b *bundle) error {
			b.wechat.Grant(alice, template, 1)
			return b.client.Send(ctx, message())
		}},
		{"CheckText", checkPath, func(ctx context.Context, b *bundle) error {
			_, err := b.client.CheckText(ctx, text("你好"))
			return err
		}},
	}
}
