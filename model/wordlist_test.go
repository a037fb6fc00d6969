package model

import (
	"fmt"
	"strings"
	"testing"
)

// paths are the wrong fields in one line.
func paths(bad []FieldError) string {
	var out []string
	for _, f := range bad {
		out = append(out, f.Path+" "+f.Reason)
	}
	return strings.Join(out, ", ")
}

// TestWordListCheck: each bound of a list and of a word, at its edge; rows are told by the
// numbers that their writer sees.
func TestWordListCheck(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("词", MaxWord)
	for name, tc := range map[string]struct {
		bend func(*WordList)
		want string
	}{
		"as it should be":        {func(*WordList) {}, ""},
		"without a name":         {func(l *WordList) { l.Name = " " }, "name required"},
		"the longest name":       {func(l *WordList) { l.Name = strings.Repeat("名", MaxName) }, ""},
		"a longer name":          {func(l *WordList) { l.Name = strings.Repeat("名", MaxName+1) }, "name too_long"},
		"an unknown severity":    {func(l *WordList) { l.Severity = "grave" }, "severity unknown"},
		"no severity":            {func(l *WordList) { l.Severity = "" }, "severity unknown"},
		"no words":               {func(l *WordList) { l.Words = nil }, ""},
		"the longest word":       {func(l *WordList) { l.Words[0].Word = long }, ""},
		"a longer word":          {func(l *WordList) { l.Words[0].Word = long + "词" }, "rows[2].word too_long"},
		"an empty word":          {func(l *WordList) { l.Words[1].Word = "\u200b" }, "rows[3].word required"},
		"a word twice":           {func(l *WordList) { l.Words[1].Word = l.Words[0].Word }, "rows[3].word duplicate"},
		"a word of a severity":   {func(l *WordList) { l.Words[0].Severity = SeverityInfo }, ""},
		"of an unknown one":      {func(l *WordList) { l.Words[0].Severity = "x" }, "rows[2].severity unknown"},
		"the longest suggestion": {func(l *WordList) { l.Words[0].Suggestion = strings.Repeat("写", MaxSuggestion) }, ""},
		"a longer suggestion":    {func(l *WordList) { l.Words[0].Suggestion = strings.Repeat("写", MaxSuggestion+1) }, "rows[2].suggestion too_long"},
		"two things":             {func(l *WordList) { l.Name, l.Words[1].Severity = "", "x" }, "name required, rows[3].severity unknown"},
	} {
		l := WordList{Name: "禁用词", Severity: SeverityWarn, Words: []Word{{Word: "甲"}, {Word: "乙"}}}
		tc.bend(&l)
		if got := paths(l.Check("rows", 2)); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// TestWordListLimits: as many words as all lists of a brand may have, and not one more; a
// refusal names the first of many wrong rows.
func TestWordListLimits(t *testing.T) {
	t.Parallel()
	l := WordList{Name: "词", Severity: SeverityWarn}
	for i := range MaxBrandWords {
		l.Words = append(l.Words, Word{Word: fmt.Sprint(i)})
	}
	if got := paths(l.Check("words", 0)); got != "" {
		t.Errorf("as many as may be: %s", got)
	}
	l.Words = append(l.Words, Word{Word: "one more"})
	if got := paths(l.Check("words", 0)); got != "words too_many" {
		t.Errorf("one more: %s", got)
	}
	wrong := WordList{Name: "词", Severity: SeverityWarn, Words: make([]Word, 3*MaxBadRows)}
	if got := wrong.Check("words", 0); len(got) != MaxBadRows || got[MaxBadRows-1].Path != fmt.Sprintf("words[%d].word", MaxBadRows-1) {
		t.Errorf("%d wrong rows are named, the last is %+v", len(got), got[len(got)-1])
	}
}

func TestCutRunes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		s    string
		most int
		want string
	}{{"", 3, ""}, {"甲乙丙", 3, "甲乙丙"}, {"甲乙丙丁", 3, "甲乙…"}, {"abcd", 1, "…"}} {
		if got := CutRunes(tc.s, tc.most); got != tc.want {
			t.Errorf("%q to %d: %q, want %q", tc.s, tc.most, got, tc.want)
		}
	}
}
