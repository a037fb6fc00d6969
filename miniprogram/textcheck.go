package miniprogram

import (
	"context"
	"unicode/utf8"

	"countersign/model"
	"countersign/platform"
)

const maxTextRunes = 2500

// CheckText has WeChat judge a text (msgSecCheck, version 2). A verdict other than the
// three known suggestions is an error: what is not understood is not published.
//
// The SDK's own call is not used: it reads "prob" as a whole number and fails the
// whole answer on 90.5. Only result.suggest and result.label decide anything, and the
// details are not read at all.
//
// Errors: CodeInvalid (fields "openid", "scene", "content"), CodeWeChatIdle when the
// author was not in the mini-program within two hours, CodeWeChatBusy, CodeWeChatQuota,
// CodeWeChatConfig, CodeWeChatRefused.
func (c *Client) CheckText(ctx context.Context, in model.TextCheck) (model.TextVerdict, error) {
	if err := checkText(in); err != nil {
		return model.TextVerdict{}, err
	}
	body, err := c.ask(ctx, request{at: atCheckText, payload: textPayload(in), private: []string{in.OpenID}})
	if err != nil {
		return model.TextVerdict{}, err
	}
	return verdictIn(body)
}

func checkText(in model.TextCheck) error {
	var wrong platform.Fields
	wrong.When(!openIDPattern.MatchString(in.OpenID), "openid", "format")
	wrong.When(in.Scene < model.TextSceneProfile || in.Scene > model.TextSceneSocial, "scene", "unknown")
	wrong.When(in.Content == "", "content", "required")
	wrong.When(!utf8.ValidString(in.Content), "content", "format")
	wrong.When(utf8.RuneCountInString(in.Content) > maxTextRunes, "content", "too_long")
	return wrong.Err()
}

func textPayload(in model.TextCheck) any {
	return struct {
		Version  int             `json:"version"`
		OpenID   string          `json:"openid"`
		Scene    model.TextScene `json:"scene"`
		Content  string          `json:"content"`
		Title    string          `json:"title,omitempty"`
		Nickname string          `json:"nickname,omitempty"`
	}{2, in.OpenID, in.Scene, in.Content, in.Title, in.Nickname}
}

func verdictIn(body []byte) (model.TextVerdict, error) {
	var answer struct {
		TraceID string `json:"trace_id"`
		Result  struct {
			Suggest model.TextSuggestion `json:"suggest"`
			Label   int                  `json:"label"`
		} `json:"result"`
	}
	if err := decode(atCheckText, body, &answer); err != nil {
		return model.TextVerdict{}, err
	}
	switch answer.Result.Suggest {
	case model.TextPass, model.TextReview, model.TextRisky:
		return model.TextVerdict{Suggest: answer.Result.Suggest, Label: answer.Result.Label, TraceID: answer.TraceID}, nil
	}
	return model.TextVerdict{}, garbled(atCheckText, "no verdict in the answer")
}
