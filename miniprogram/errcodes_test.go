package miniprogram

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
)

func TestMeaningsUseCodesOfThisDoor(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 23, 59, 59, 999, beijing)
	for p, m := range meanings {
		if !strings.HasPrefix(string(m.code), "wechat_") || model.E(m.code).Kind() == model.KindInternal {
			t.Errorf("%v means %q", p, m.code)
		}
		if m.retry != nil && m.retry(now) <= 0 {
			t.Errorf("%v: retry after %s", p, m.retry(now))
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
		if got := meaningOf(c.at, c.code).code; got != c.want {
			t.Errorf("%d at %s means %s, want %s", c.code, c.at, got, c.want)
		}
	}
}

func TestHintsEndAtTheTurnOfMinuteAndDay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 15, 59, 30, 0, time.UTC) // 23:59:30 in Beijing
	if got := nextMinute(now); got != 30*time.Second {
		t.Errorf("next minute in %s", got)
	}
	if got := nextDay(now); got != 30*time.Second {
		t.Errorf("next day in %s", got)
	}
	if got := nextDay(now.Add(30 * time.Second)); got != 24*time.Hour {
		t.Errorf("next day in %s", got)
	}
}
