package model

import (
	"strings"
	"unicode"
)

// PostTerm says that a Post's title holds a term: one character, or two neighbours. The
// list search walks them (docs/adr/0019).
type PostTerm struct {
	BrandID string `gorm:"primaryKey"`
	Term    string `gorm:"primaryKey"`
	PostID  string `gorm:"primaryKey"`
}

// MaxSearch is how long a search may be, in characters.
const MaxSearch = 64

// Fold brings a title or a search into the form in which they are compared: lower case,
// full-width letters and digits as plain ones, one blank between words.
func Fold(s string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 0xff01 && r <= 0xff5e {
			r -= 0xfee0
		}
		return unicode.ToLower(r)
	}, s)
	return strings.Join(strings.Fields(plain), " ")
}

// Terms are the single characters and the pairs of neighbours of a folded text, each
// once; blanks part words.
func Terms(folded string) (out []string) {
	seen := map[string]bool{}
	add := func(term string) {
		if !seen[term] {
			seen[term] = true
			out = append(out, term)
		}
	}
	for word := range strings.FieldsSeq(folded) {
		runes := []rune(word)
		for i := range runes {
			add(string(runes[i : i+1]))
			if i > 0 {
				add(string(runes[i-1 : i+1]))
			}
		}
	}
	return out
}

// Probes are the terms of a search that are worth looking up: pairs where a word has
// them, for they are rarer than their characters.
func Probes(folded string) (out []string) {
	for word := range strings.FieldsSeq(folded) {
		if runes := []rune(word); len(runes) == 1 {
			out = append(out, word)
		}
	}
	for _, t := range Terms(folded) {
		if len([]rune(t)) > 1 {
			out = append(out, t)
		}
	}
	return out
}
