package miniprogram

import (
	"errors"
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
