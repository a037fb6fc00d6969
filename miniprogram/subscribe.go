package miniprogram

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"countersign/model"
	"countersign/platform"
)

// messageStates translates env_version into the words of the message endpoint.
var messageStates = map[string]string{"release": "formal", "trial": "trial", "develop": "developer"}

var messageLangs = []string{"zh_CN", "en_US", "zh_HK", "zh_TW"}

// openIDPattern is wide on purpose: the shape of an openid is not documented.
var openIDPattern = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// Send delivers a subscription message, which spends one grant of the person. A nil
// error means delivered. It is sent at most once: when the error says OutcomeUnknown, the grant
// may be spent and the message may have arrived, so the caller must not resend blindly.
// Serialise messages to one person (43108). After a refusal for the day's quota, or the
// minute's, nothing is sent for a while: such an error says that it is Untried.
//
// Errors: CodeInvalid (fields "openid", "template_id", "page", "lang", "data"),
// CodeWeChatNotGranted (set the local count of grants to zero), CodeWeChatContentRule,
// CodeWeChatPage, CodeWeChatBusy, CodeWeChatQuota, CodeWeChatConfig (also an unknown
// template), CodeWeChatRefused.
func (c *Client) Send(ctx context.Context, in model.SubscribeMessage) error {
	if in.Lang == "" {
		in.Lang = messageLangs[0]
	}
	if err := checkMessage(in); err != nil {
		return err
	}
	body, err := c.ask(ctx, request{at: atSend, payload: c.messagePayload(in), private: []string{in.OpenID}})
	if err != nil {
		return err
	}
	// A page of a gateway with status 200 is no delivery.
	return decode(atSend, body, &struct{}{})
}

func checkMessage(in model.SubscribeMessage) error {
	var wrong platform.Fields
	wrong.When(!openIDPattern.MatchString(in.OpenID), "openid", "format")
	wrong.When(in.TemplateID == "", "template_id", "required")
	wrong.When(strings.HasPrefix(in.Page, "/"), "page", "format")
	wrong.When(!slices.Contains(messageLangs, in.Lang), "lang", "unknown")
	wrong.When(len(in.Data) == 0, "data", "required")
	return wrong.Err()
}

type messageValue struct {
	Value string `json:"value"`
}

func (c *Client) messagePayload(in model.SubscribeMessage) any {
	data := make(map[string]messageValue, len(in.Data))
	for key, text := range in.Data {
		data[key] = messageValue{text}
	}
	return struct {
		ToUser     string                  `json:"touser"`
		TemplateID string                  `json:"template_id"`
		Page       string                  `json:"page,omitempty"`
		Data       map[string]messageValue `json:"data"`
		State      string                  `json:"miniprogram_state"`
		Lang       string                  `json:"lang"`
	}{in.OpenID, in.TemplateID, in.Page, data, messageStates[c.cfg.EnvVersion], in.Lang}
}
