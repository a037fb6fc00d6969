package model

import (
	"strings"
	"testing"
)

func TestEveryCodeHasBothTexts(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{LangZh, LangEn} {
		texts := catalogues()[lang]
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
