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
	if strings.ContainsAny(got, "{}") || !strings.Contains(got, "–") {
		t.Errorf("a value with braces or a missing value must not leave a placeholder: %q", got)
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
	for _, p := range Platforms() {
		for _, lang := range []string{LangZh, LangEn} {
			if catalogues()[lang].Values[p.ID] == "" {
				t.Errorf("%s has no word for %s", lang, p.ID)
			}
		}
	}
}
