package miniprogram_test

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/sandbox"
)

func TestCheckTextVerdicts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for content, want := range map[string]model.TextVerdict{
		"你好 <b>&":                 {Suggest: model.TextPass, Label: 100},
		"这是疑似广告":                  {Suggest: model.TextReview, Label: 10001},
		"违禁品":                     {Suggest: model.TextRisky, Label: 21000},
		strings.Repeat("字", 2500): {Suggest: model.TextPass, Label: 100},
	} {
		got := must(b.client.CheckText(t.Context(), text(content)))(t)
		if got.Suggest != want.Suggest || got.Label != want.Label || got.TraceID == "" {
			t.Errorf("verdict %+v, want %+v", got, want)
		}
	}
	in := text("你好")
	in.Nickname = "违禁"
	if got := must(b.client.CheckText(t.Context(), in))(t); got.Suggest != model.TextRisky {
		t.Errorf("nickname not judged: %+v", got)
	}
}

func TestCheckTextReadsAFractionalProbability(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.wechat.Fault(sandbox.Fault{Path: checkPath, Mode: sandbox.ModeFraction})
	must(b.client.CheckText(t.Context(), text("你好")))(t)
}

func TestCheckTextRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, in := range []model.TextCheck{
		text(""), text(strings.Repeat("字", 2501)), text("\xff"),
		{OpenID: alice, Content: "x"},
		{OpenID: alice, Content: "x", Scene: 5},
		{OpenID: "a b", Content: "x", Scene: 1},
	} {
		_, err := b.client.CheckText(t.Context(), in)
		wantCode(t, err, model.CodeInvalid)
	}
	b.wechat.Fault(sandbox.Fault{Path: checkPath, Mode: sandbox.ModeBare})
	_, err := b.client.CheckText(t.Context(), text("x"))
	wantCode(t, err, model.CodeWeChatBusy) // no verdict is no pass
	b.clock.advance(2*time.Hour + time.Minute)
	_, err = b.client.CheckText(t.Context(), text("x"))
	wantCode(t, err, model.CodeWeChatIdle)
}
