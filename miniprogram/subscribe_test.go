package miniprogram_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"countersign/miniprogram"
	"countersign/model"
	"countersign/sandbox"
)

func TestSendDeliversAndSpendsTheGrant(t *testing.T) {
	t.Parallel()
	for env, state := range map[string]string{"release": "formal", "trial": "trial", "develop": "developer"} {
		b := setup(t, func(c *miniprogram.Config) { c.EnvVersion = env })
		b.wechat.Grant(alice, template, 1)
		if err := b.client.Send(t.Context(), message()); err != nil {
			t.Fatal(err)
		}
		got := b.wechat.Messages()
		if len(got) != 1 || got[0].State != state || got[0].Lang != "zh_CN" || got[0].OpenID != alice ||
			got[0].Page != message().Page || !maps.Equal(got[0].Data, message().Data) {
			t.Errorf("%s: delivered %+v", env, got)
		}
		wantCode(t, b.client.Send(t.Context(), message()), model.CodeWeChatNotGranted)
	}
}

func TestSendRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.wechat.Grant(alice, template, 9)
	for _, c := range []struct {
		name   string
		change func(*model.SubscribeMessage)
		code   model.Code
	}{
		{"no openid", func(m *model.SubscribeMessage) { m.OpenID = "" }, model.CodeInvalid},
		{"no template", func(m *model.SubscribeMessage) { m.TemplateID = "" }, model.CodeInvalid},
		{"page with slash", func(m *model.SubscribeMessage) { m.Page = "/pages/a" }, model.CodeInvalid},
		{"language", func(m *model.SubscribeMessage) { m.Lang = "de_DE" }, model.CodeInvalid},
		{"no data", func(m *model.SubscribeMessage) { m.Data = nil }, model.CodeInvalid},
		{"stranger", func(m *model.SubscribeMessage) { m.OpenID = "oNobody" }, model.CodeWeChatRefused},
		{"unknown template", func(m *model.SubscribeMessage) { m.TemplateID = "TPL-x" }, model.CodeWeChatConfig},
		{"broken data", func(m *model.SubscribeMessage) { m.Data["time2"] = "soon" }, model.CodeWeChatContentRule},
		{"sensitive", func(m *model.SubscribeMessage) { m.Data["thing1"] = "违禁" }, model.CodeWeChatContentRule},
	} {
		m := message()
		c.change(&m)
		err := b.client.Send(t.Context(), m)
		wantCode(t, err, c.code)
		if miniprogram.OutcomeUnknown(err) {
			t.Errorf("%s: the outcome is known", c.name)
		}
	}
	if got := b.wechat.Messages(); len(got) != 0 {
		t.Errorf("delivered %v", got)
	}
}

// A message is sent once, whatever happens to the answer.
// untried tells that WeChat was not asked.
func untried(err error) bool {
	var f interface{ Untried() bool }
	return errors.As(err, &f) && f.Untried()
}

// A quota that is used up is not asked about with every message: after a day's, WeChat is
// asked once an hour and at its midnight, after a minute's in the next minute. What else it
// does for us goes on, and so does what a refusal says of one message alone.
func TestAUsedUpQuotaIsLeftAlone(t *testing.T) {
	t.Parallel()
	minute := 40*time.Second - time.Millisecond // from 08:30:20
	for name, c := range map[string]struct {
		at    time.Duration // since the start, 16:30:20 in Beijing
		fault int64
		code  model.Code
		quiet time.Duration // for so long nothing is sent
	}{
		"day":                         {0, 45009, model.CodeWeChatQuota, time.Hour - time.Millisecond},
		"day, shortly before it ends": {7*time.Hour + 29*time.Minute, 45009, model.CodeWeChatQuota, minute},
		"minute":                      {0, 45011, model.CodeWeChatBusy, minute},
		"per minute":                  {0, 44991, model.CodeWeChatBusy, minute},
		"one message":                 {0, 43108, model.CodeWeChatBusy, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.clock.advance(c.at)
			b.wechat.Grant(alice, template, 9)
			send := func() error { return b.client.Send(t.Context(), message()) }
			b.wechat.Fault(sandbox.Fault{Path: sendPath, ErrCode: c.fault})
			if err := send(); untried(err) || model.CodeOf(err) != c.code {
				t.Fatal(err)
			}
			for _, wait := range []time.Duration{0, c.quiet} {
				b.clock.advance(wait)
				if c.quiet == 0 {
					continue
				}
				if e := refused(t, send(), c.code); !untried(e) || e.RetryAfter <= 0 || e.RetryAfter > time.Hour {
					t.Errorf("after %v: %+v", wait, e)
				}
			}
			if n := b.wechat.Stats()[sendPath]; n != 1 {
				t.Errorf("WeChat was asked %d times", n)
			}
			if _, err := b.client.CodeImage(t.Context(), model.CodeImageRequest{Scene: "a=1", Page: page}); err != nil {
				t.Error("another call:", err)
			}
			b.clock.advance(time.Millisecond)
			if err := send(); err != nil {
				t.Error("once it is over:", err)
			}
		})
	}
}

// The same with the token's own quota, which every other call needs.
func TestATokenQuotaIsLeftAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.wechat.Grant(alice, template, 9)
	b.wechat.Fault(sandbox.Fault{Path: tokenPath, ErrCode: 45009})
	for range 5 {
		wantCode(t, b.client.Send(t.Context(), message()), model.CodeWeChatQuota)
		b.clock.advance(10 * time.Minute)
	}
	if n := b.wechat.Stats()[tokenPath]; n != 1 {
		t.Errorf("WeChat was asked %d times", n)
	}
	b.clock.advance(10 * time.Minute)
	if err := b.client.Send(t.Context(), message()); err != nil {
		t.Error(err)
	}
}

func TestSendIsNotRepeatedWhenTheOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]sandbox.Fault{
		"dropped after acting": {DropAfterActing: true},
		"truncated":            {Truncate: true},
		"gateway page":         {HTML: true},
		"502":                  {HTTPStatus: 502},
		"404":                  {HTTPStatus: 404},
		"empty":                {Empty: true},
		"slow":                 {DelayMS: 5000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(c *miniprogram.Config) { c.Timeout = shortLimit })
			b.wechat.Grant(alice, template, 2)
			f.Path = sendPath
			b.wechat.Fault(f)
			err := b.client.Send(t.Context(), message())
			if !miniprogram.OutcomeUnknown(err) {
				t.Errorf("outcome of %v is unknown", err)
			}
			if n := b.wechat.Stats()[sendPath]; n != 1 {
				t.Errorf("%d calls, want 1", n)
			}
		})
	}
}

func TestSendKnowsWhenNothingLeft(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.wechat.Fault(sandbox.Fault{Path: tokenPath, DropAfterActing: true})
	err := b.client.Send(t.Context(), message())
	wantCode(t, err, model.CodeWeChatBusy)
	if miniprogram.OutcomeUnknown(err) {
		t.Error("without a token nothing was sent")
	}
	must(b.client.CheckText(t.Context(), text("warm")))(t) // a token is at hand now
	b.server.Close()
	b.client.Close() // or a kept connection may take the message and break
	err = b.client.Send(t.Context(), message())
	wantCode(t, err, model.CodeWeChatBusy)
	if miniprogram.OutcomeUnknown(err) {
		t.Errorf("a refused connection sends nothing: %v", err)
	}
}
