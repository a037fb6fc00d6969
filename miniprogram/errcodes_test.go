package miniprogram

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/platform"
)

func TestMeaningsUseCodesOfThisDoor(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 23, 59, 59, 999, platform.Beijing)
	for at, codes := range meanings {
		for code, m := range codes {
			if !strings.HasPrefix(string(m.Code), "wechat_") || model.E(m.Code).Kind() == model.KindInternal {
				t.Errorf("%s %d means %q", at, code, m.Code)
			}
			if m.Retry != nil && m.Retry(now) <= 0 {
				t.Errorf("%s %d: retry after %s", at, code, m.Retry(now))
			}
		}
	}
}

func TestMeaningOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   endpoint
		code int64
		want model.Code
	}{
		{atToken, 40001, model.CodeWeChatConfig},
		{atSend, 40001, model.CodeWeChatBusy},
		{atURLLink, 40002, model.CodeWeChatConfig},
		{atToken, 40002, model.CodeWeChatRefused},
		{atCodeImage, 40129, model.CodeWeChatRefused},
		{atSend, 123456, model.CodeWeChatRefused},
	} {
		if got := terms.MeaningOf(c.at, c.code).Code; got != c.want {
			t.Errorf("%d at %s means %s, want %s", c.code, c.at, got, c.want)
		}
	}
}
