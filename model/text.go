package model

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths in characters (runes).
const (
	MaxNickname = 32
	MaxReason   = 1000
	MaxName     = 64
	MaxAlias    = 32
)

// Forbidden tells whether r may not stand in a one-line name: control, format
// (zero-width and bidi among them), private use, unassigned line separators.
func Forbidden(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp, unicode.Cs) ||
		r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' // Hangul fillers: letters that show nothing
}

// CheckLine says what is wrong with a one-line text that the caller has trimmed and
// put into NFC: "required", "too_long", "forbidden_character", or "" when it is right.
func CheckLine(s string, most int) string {
	switch {
	case s == "" || !visible(s):
		return "required"
	case utf8.RuneCountInString(s) > most:
		return "too_long"
	case strings.ContainsFunc(s, Forbidden):
		return "forbidden_character"
	}
	return ""
}

// CheckText is CheckLine for a text of several lines: line feed and tab are allowed.
func CheckText(s string, most int) string {
	flat := strings.NewReplacer("\n", " ", "\t", " ").Replace(s)
	return CheckLine(flat, most)
}

// visible: at least one character that shows; a string of spaces and invisible
// characters is as good as empty.
func visible(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsSpace(r) && !Forbidden(r) })
}

// LooksLike tells whether two names would be taken for each other at a glance:
// equal after folding case, width and spaces. The admin is warned (rule 2).
func LooksLike(a, b string) bool { return a != "" && b != "" && skeleton(a) == skeleton(b) }

func skeleton(s string) string {
	var out strings.Builder
	for _, r := range s {
		if r >= 0xff01 && r <= 0xff5e { // full-width forms of ASCII
			r -= 0xfee0
		}
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			out.WriteRune(unicode.ToLower(r))
		}
	}
	return out.String()
}
