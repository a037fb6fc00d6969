package model

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// WordList (品牌词库) is words of a Brand's own that local rules look for. It is written and
// read as a whole.
type WordList struct {
	ID        string
	BrandID   string
	Name      string
	Severity  Severity // of words that have none of their own
	Enabled   bool
	Words     []Word `gorm:"serializer:json"`
	Count     int    // of the words
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Word is one word of a WordList.
type Word struct {
	Word       string   `json:"word"`
	Severity   Severity `json:"severity,omitempty"`   // "" for the list's
	Suggestion string   `json:"suggestion,omitempty"` // what to write instead
}

// Limits of a Brand's own words. The lengths are in characters.
const (
	MaxWordLists  = 20
	MaxBrandWords = 10_000 // in all its lists
	MaxWord       = 64
	MaxSuggestion = 100
	MaxBadRows    = 20 // that a refusal names
)

// Check finds what is wrong with a list; path is that of its words ("words", "rows"), and
// the first of them has the number from.
func (l WordList) Check(path string, from int) (bad []FieldError) {
	if r := CheckLine(l.Name, MaxName); r != "" {
		bad = append(bad, Field("name", r))
	}
	if !l.Severity.Known() {
		bad = append(bad, Field("severity", "unknown"))
	}
	if len(l.Words) > MaxBrandWords {
		return append(bad, Field(path, "too_many"))
	}
	seen := make(map[string]bool, len(l.Words))
	for i, w := range l.Words {
		at := fmt.Sprintf("%s[%d]", path, i+from)
		for _, f := range w.check(seen) {
			bad = append(bad, Field(at+"."+f.Path, f.Reason))
		}
		if len(bad) >= MaxBadRows {
			return bad[:MaxBadRows]
		}
		seen[w.Word] = true
	}
	return bad
}

func (w Word) check(seen map[string]bool) (bad []FieldError) {
	switch r := CheckLine(w.Word, MaxWord); {
	case r != "":
		bad = append(bad, Field("word", r))
	case seen[w.Word]:
		bad = append(bad, Field("word", "duplicate"))
	}
	if w.Severity != "" && !w.Severity.Known() {
		bad = append(bad, Field("severity", "unknown"))
	}
	if w.Suggestion != "" {
		if r := CheckLine(w.Suggestion, MaxSuggestion); r != "" {
			bad = append(bad, Field("suggestion", r))
		}
	}
	return bad
}

// CutRunes is the first characters of a text.
func CutRunes(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
