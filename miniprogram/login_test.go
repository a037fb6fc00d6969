package miniprogram_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"countersign/miniprogram"
	"countersign/model"
	"countersign/sandbox"
)

func TestLoginTellsWhoTheCodeBelongsTo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.post(t, "/sandbox/wechat/identities", "application/json", []byte(`{"openid":"oBob","unionid":"uBob"}`), &struct{}{})
	got := must(b.client.Login(t.Context(), b.wechat.LoginCode("oBob")))(t)
	if want := (model.WeChatIdentity{AppID: appID, OpenID: "oBob", UnionID: "uBob"}); got != want {
		t.Fatalf("identity = %+v, want %+v", got, want)
	}
}

func TestLoginCodeWorksOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code := b.wechat.LoginCode(alice)
	must(b.client.Login(t.Context(), code))(t)
	_, err := b.client.Login(t.Context(), code)
	wantCode(t, err, model.CodeWeChatCodeUsed)
	b.clock.advance(time.Hour)
	_, err = b.client.Login(t.Context(), b.wechat.LoginCode(alice)+"x")
	wantCode(t, err, model.CodeWeChatCodeUsed)
}

func TestLoginRefusesCodesThatWouldChangeTheAddress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, code := range []string{"", "x&appid=wxOther", "x#frag", "x y", "x%20", "ä", strings.Repeat("x", 129)} {
		_, err := b.client.Login(t.Context(), code)
		refusal := refused(t, err, model.CodeInvalid)
		if len(refusal.Fields) != 1 || refusal.Fields[0].Path != "code" {
			t.Errorf("%q: fields = %v", code, refusal.Fields)
		}
	}
	if n := b.wechat.Stats()[loginPath]; n != 0 {
		t.Errorf("%d calls reached WeChat", n)
	}
}

func TestLoginRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault sandbox.Fault
		code  model.Code
		after time.Duration
	}{
		{"high-risk user", sandbox.Fault{ErrCode: 40226}, model.CodeWeChatRiskUser, 0},
		{"minute quota", sandbox.Fault{ErrCode: 45011}, model.CodeWeChatBusy, 40 * time.Second},
		{"system busy", sandbox.Fault{ErrCode: -1}, model.CodeWeChatBusy, time.Second},
		{"secret wrong", sandbox.Fault{ErrCode: 40125}, model.CodeWeChatConfig, 0},
		{"errcode as text", sandbox.Fault{ErrCode: 40029, Mode: sandbox.ModeStringCode}, model.CodeWeChatCodeUsed, 0},
		{"not in any table", sandbox.Fault{ErrCode: 99999}, model.CodeWeChatRefused, 0},
		{"no session", sandbox.Fault{Mode: sandbox.ModeBare}, model.CodeWeChatBusy, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			c.fault.Path = loginPath
			b.wechat.Fault(c.fault)
			_, err := b.client.Login(t.Context(), b.wechat.LoginCode(alice))
			if got := refused(t, err, c.code).RetryAfter; got != c.after {
				t.Errorf("retry after %s, want %s", got, c.after)
			}
		})
	}
}

// net/http repeats a GET on its own when a kept connection dies; a login must not be.
func TestLoginIsNeverRepeated(t *testing.T) {
	t.Parallel()
	b := setup(t)
	must(b.client.Login(t.Context(), b.wechat.LoginCode(alice)))(t) // leaves a kept connection behind
	b.wechat.Fault(sandbox.Fault{Path: loginPath, DropAfterActing: true})
	_, err := b.client.Login(t.Context(), b.wechat.LoginCode(alice))
	wantCode(t, err, model.CodeWeChatBusy)
	if !miniprogram.OutcomeUnknown(err) {
		t.Error("the outcome is unknown")
	}
	if n := b.wechat.Stats()[loginPath]; n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

func TestLoginLeavesOnTheCallersContext(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.wechat.Fault(sandbox.Fault{Path: loginPath, DelayMS: 5000})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := b.client.Login(ctx, b.wechat.LoginCode(alice))
	wantCode(t, err, model.CodeWeChatBusy)
}
