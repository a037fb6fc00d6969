package model

import (
	"strings"
	"testing"
)

func TestEveryCodeHasBothTexts(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{LangZh, LangEn} {
		texts := catalogues()[lang].Codes
		for code := range kinds {
			if texts[code].Title == "" || texts[code].Detail == "" {
				t.Errorf("%s: %s has no text", lang, code)
			}
		}
		for code := range texts {
			if _, known := kinds[code]; !known {
				t.Errorf("%s: text for unknown code %s", lang, code)
			}
		}
	}
}

func TestTextFillsPlaceholders(t *testing.T) {
	t.Parallel()
	got := TextOf(LangEn, CodeAlreadyDecided, map[string]string{"by": "{action}", "action": "approve"}).Detail
	if want := "{action} chose approve at –."; got != want {
		t.Errorf("a value stays as it is, a missing one is a dash: %q, want %q", got, want)
	}
	got = TextOf(LangEn, CodeFlowIsDefault, map[string]string{"channels": "{platforms}, 甲{乙", "platforms": "weibo"}).Detail
	if !strings.Contains(got, "platforms: Weibo; of channels: {platforms}, 甲{乙.") {
		t.Errorf("what people wrote is not filled again: %q", got)
	}
}

func TestTextNamesValuesInItsLanguage(t *testing.T) {
	t.Parallel()
	got := TextOf(LangZh, CodeAlreadyDecided, map[string]string{"by": "reject", "action": "reject", "at": "12:00"}).Detail
	if !strings.Contains(got, "驳回") || !strings.Contains(got, "reject 已于") {
		t.Errorf("the action is worded, a person's name is not: %q", got)
	}
	got = TextOf(LangEn, CodeFlowIsDefault, map[string]string{"platforms": "douyin, weibo", "channels": "douyin"}).Detail
	if !strings.Contains(got, "Douyin, Weibo;") || !strings.Contains(got, "channels: douyin.") {
		t.Errorf("each platform is worded, a channel's name is not: %q", got)
	}
}

func TestEveryReasonIsInBothLanguages(t *testing.T) {
	t.Parallel()
	zh, en := catalogues()[LangZh].Reasons, catalogues()[LangEn].Reasons
	if len(zh) != len(en) || len(zh) == 0 {
		t.Errorf("%d reasons and %d", len(zh), len(en))
	}
	for reason := range en {
		if zh[reason] == "" || en[reason] == "" || zh[reason] == en[reason] {
			t.Errorf("%s: %q, %q", reason, zh[reason], en[reason])
		}
	}
	if got := ReasonText(LangZh, string(CodeFlowArchived)); got != catalogues()[LangZh].Codes[CodeFlowArchived].Title {
		t.Errorf("a code as a reason: %q", got)
	}
	if got := ReasonText(LangEn, "nobody_knows"); got != "" {
		t.Error(got)
	}
}
