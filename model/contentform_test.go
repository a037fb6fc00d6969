package model

import (
	"strings"
	"testing"
)

// TestContentForms: a joiner is a part of one picture between two emoji, else a character that
// hides; bodies are bounded by their bytes.
func TestContentForms(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"👨\u200d👩": "", "a\u200db": "forbidden_character", "\u200d👨": "forbidden_character", "👨\u200d": "forbidden_character", "👍🏽\u200d♂️": ""} {
		if got := checkTitle(s, 20); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	for s, want := range map[string]string{"": "", "abc": "", "abcd": "too_long", "\xff": "too_long", "甲": "", "甲a": "too_long"} {
		if got := checkBody(s, 3); got != want {
			t.Errorf("body %q: %q, want %q", s, got, want)
		}
	}
	long := "https://x.example/" + strings.Repeat("a", MaxURL)
	for s, want := range map[string]string{
		"https://x.example/a?b#c": "", "http://x.example": "https_url_expected", "https://": "https_url_expected", "https://u:p@x.example": "https_url_expected",
		"x.example": "https_url_expected", "javascript:alert(1)": "https_url_expected", "https://x.example/%zz": "https_url_expected",
		long: "too_long", long[:MaxURL]: "", long[:MaxURL+1]: "too_long",
	} {
		if got := checkURL(s, MaxURL); got != want {
			t.Errorf("%.40s: %q, want %q", s, got, want)
		}
	}
}
