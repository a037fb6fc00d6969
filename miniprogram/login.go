package miniprogram

import (
	"context"
	"regexp"

	"countersign/model"
)

// jsCode is the shape of wx.login's code. The SDK pastes it into an address without
// escaping: anything else could add parameters to the call.
var jsCode = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// Login exchanges the code of wx.login for the identity it belongs to (code2Session).
// A code lives five minutes and works once, so the call is never repeated; after any
// error but CodeInvalid the mini-program must call wx.login again.
//
// Errors: CodeInvalid (field "code"), CodeWeChatCodeUsed, CodeWeChatRiskUser,
// CodeWeChatBusy, CodeWeChatConfig, CodeWeChatRefused. The session_key is dropped here:
// nothing in the product uses it, and whoever has it can forge "user data".
func (c *Client) Login(ctx context.Context, code string) (model.WeChatIdentity, error) {
	if !jsCode.MatchString(code) {
		return model.WeChatIdentity{}, model.Invalid(model.Field("code", "format"))
	}
	x := c.newExchange()
	session, sdkErr := c.sdk.GetAuth().Code2SessionContext(x.within(ctx), code)
	// The exchange is read in the SDK's place: it holds the errcode also when that is a
	// string, and the SDK's error texts hold the secret.
	if _, err := c.settle(atLogin, x, sdkErr, []string{code}); err != nil {
		return model.WeChatIdentity{}, err
	}
	if sdkErr != nil || session.OpenID == "" || session.SessionKey == "" {
		return model.WeChatIdentity{}, garbled(atLogin, "no session in the answer")
	}
	return model.WeChatIdentity{AppID: c.cfg.AppID, OpenID: session.OpenID, UnionID: session.UnionID}, nil
}
