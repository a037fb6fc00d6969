package miniprogram

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/url"
	"syscall"
	"testing"

	"github.com/silenceper/wechat/v2/util"

	"countersign/model"
)

// Whatever the SDK does without a Client must not reach the real WeChat.
func TestTheSDKCannotCallOutByItself(t *testing.T) {
	t.Parallel()
	door()
	if _, err := util.HTTPGetContext(t.Context(), "https://api.weixin.qq.com/"); !errors.Is(err, errNoExchange) {
		t.Errorf("GET: %v", err)
	}
	if _, err := util.PostJSONContext(t.Context(), "https://api.weixin.qq.com/", 1); !errors.Is(err, errNoExchange) {
		t.Errorf("POST: %v", err)
	}
}

func TestTheSDKUsesOurTokens(t *testing.T) {
	t.Parallel()
	c, err := New(Config{AppID: "wx1", Secret: "s"})
	if err != nil {
		t.Fatal(err)
	}
	c.tokens.token, c.tokens.until = "ours", c.cfg.Now().Add(tokenMaxAge)
	handle := c.sdk.GetContext().AccessTokenContextHandle
	if got, err := handle.GetAccessTokenContext(t.Context()); err != nil || got != "ours" {
		t.Errorf("token %q, %v", got, err)
	}
	if _, err := handle.GetAccessToken(); model.CodeOf(err) != model.CodeInternal {
		t.Errorf("a call without a context: %v", err)
	}
}

// A late refusal of an old token leaves the new one alone.
func TestDropForgetsOnlyTheTokenItNames(t *testing.T) {
	t.Parallel()
	c, err := New(Config{AppID: "wx1", Secret: "s"})
	if err != nil {
		t.Fatal(err)
	}
	c.tokens.token, c.tokens.until = "new", c.cfg.Now().Add(tokenMaxAge)
	c.tokens.drop("old")
	if got, err := c.tokens.get(t.Context()); err != nil || got != "new" {
		t.Errorf("token %q, %v", got, err)
	}
}

func TestDescribeUsesFixedWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New(`malformed HTTP response "canary"`), "exchange failed"},
		{&url.Error{URL: "https://x/?secret=canary", Err: context.Canceled}, "the caller left"},
		{&net.DNSError{Name: "canary", IsTimeout: true}, "no answer in time"},
		{&net.DNSError{Name: "canary"}, "host name not found"},
		{&tls.CertificateVerificationError{Err: errors.New("canary")}, "TLS certificate not accepted"},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "connection failed: connection refused"},
		{io.ErrUnexpectedEOF, "connection closed before the answer was whole"},
		{errTooLong, "answer too long"},
	} {
		if got, _ := describe(c.err); got != c.want {
			t.Errorf("%v is described as %q, want %q", c.err, got, c.want)
		}
	}
}

func TestAnErrcodeIsANumberOrItsText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]errcode{"40029": 40029, `"40029"`: 40029, "-1": -1, "null": 0, "0": 0} {
		var got errcode
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s is %d, %v", text, got, err)
		}
	}
	var got errcode
	for _, text := range []string{`"x"`, "1.5", "{}", "true"} {
		if json.Unmarshal([]byte(text), &got) == nil {
			t.Errorf("%s is taken for an errcode", text)
		}
	}
}
