package service

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"znkr.io/diff"
)

// Op is what happened to a piece.
type Op string

// The operations; OpChange is for a block whose spans say more.
const (
	OpEqual  Op = "equal"
	OpDelete Op = "delete"
	OpInsert Op = "insert"
	OpChange Op = "change"
)

// Span is a piece of a text: kept, taken away or added.
type Span struct {
	Op   Op     `json:"op"`
	Text string `json:"text"`
}

// effort bounds what a comparison may cost: fine tokens are compared while there is
// some left, then sentences, then whole texts. A comparison of the longest bodies takes
// well under a second (TestDiffOfTheLongestBodies).
type effort struct {
	left   int // tokens that may still be compared
	coarse bool
}

// The whole effort of one comparison, and the most that one text may take of it.
const (
	diffEffort   = 150_000
	fineTokens   = 4_000
	mostTokens   = 50_000
	fineBlocks   = 10_000
	divided      = 10 // so many tokens are divided, in vain, for the effort of comparing one
	similarRunes = 3  // of ten: so much of two blocks must be alike to tell one as a change of the other
)

// fast are the options of a comparison of n pieces of which there is no whole above them:
// beyond fineBlocks it is done roughly.
func (e *effort) fast(n int) []diff.Option {
	if n <= fineBlocks {
		return nil
	}
	e.coarse = true
	return []diff.Option{diff.Fast()}
}

// spend takes from what is left.
func (e *effort) spend(n int) { e.left -= min(n, e.left) }

// spans compares two texts: by words and, in scripts without spaces, by characters.
func (e *effort) spans(x, y string) []Span {
	if x == y {
		return merge(nil, OpEqual, x)
	}
	a, b := words(x), words(y)
	if n := len(a) + len(b); n > fineTokens {
		e.coarse = true
		e.spend(n / divided)
		a, b = sentences(x), sentences(y)
	}
	if n := len(a) + len(b); n > mostTokens || n > e.left {
		e.coarse = true
		e.spend(n)
		return merge(merge(nil, OpDelete, x), OpInsert, y)
	}
	e.spend(len(a) + len(b))
	var out []Span
	for _, edit := range diff.Edits(a, b) {
		switch edit.Op {
		case diff.Match:
			out = merge(out, OpEqual, edit.X)
		case diff.Delete:
			out = merge(out, OpDelete, edit.X)
		case diff.Insert:
			out = merge(out, OpInsert, edit.Y)
		}
	}
	return calm(joined(out))
}

// merge adds a piece that is not empty.
func merge(out []Span, op Op, text string) []Span {
	if text == "" {
		return out
	}
	return append(out, Span{op, text})
}

// joined makes one span of neighbours of a kind; within a change what was taken away
// stands before what was added.
func joined(in []Span) (out []Span) {
	var gone, come, kept strings.Builder
	change := func() {
		out = merge(merge(out, OpDelete, gone.String()), OpInsert, come.String())
		gone.Reset()
		come.Reset()
	}
	for _, s := range in {
		if s.Op == OpEqual {
			change()
			kept.WriteString(s.Text)
			continue
		}
		out = merge(out, OpEqual, kept.String())
		kept.Reset()
		if s.Op == OpDelete {
			gone.WriteString(s.Text)
		} else {
			come.WriteString(s.Text)
		}
	}
	change()
	return merge(out, OpEqual, kept.String())
}

// calm takes a character or two that happen to be the same between larger changes as
// changed: 的 in two different sentences is no common ground.
func calm(in []Span) []Span {
	var out []Span
	for i, s := range in {
		inside := s.Op == OpEqual && i > 0 && i < len(in)-1 && utf8.RuneCountInString(s.Text) <= 2
		if inside && changed(in[:i]) >= 4 && changed(leading(in[i+1:])) >= 4 {
			out = append(out, Span{OpDelete, s.Text}, Span{OpInsert, s.Text})
			continue
		}
		out = append(out, s)
	}
	return joined(out)
}

// changed counts the characters of the change that ends a list of spans.
func changed(list []Span) (n int) {
	for i := len(list) - 1; i >= 0 && list[i].Op != OpEqual; i-- {
		n += utf8.RuneCountInString(list[i].Text)
	}
	return n
}

// leading is the change that begins a list.
func leading(list []Span) []Span {
	for i, s := range list {
		if s.Op == OpEqual {
			return list[:i]
		}
	}
	return list
}

// words divides a text into words, single characters of scripts without spaces, and
// single other characters.
func words(s string) (out []string) {
	start := -1 // of the word that runs
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if wordRune(r) {
			if start < 0 {
				start = i
			}
			i += size
			continue
		}
		if start >= 0 {
			out = append(out, s[start:i])
			start = -1
		}
		out = append(out, s[i:i+size])
		i += size
	}
	if start >= 0 {
		out = append(out, s[start:])
	}
	return out
}

// wordRune tells whether r is written together with its neighbours as a word.
func wordRune(r rune) bool {
	if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) {
		return false
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// sentences divides a text behind what ends a sentence or a clause.
func sentences(s string) (out []string) {
	start := 0
	for i, r := range s {
		if strings.ContainsRune("。！？；，、.!?;,\n", r) {
			end := i + utf8.RuneLen(r)
			out = append(out, s[start:end])
			start = end
		}
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// unlike tells, without reading them, that two texts cannot be alike: even if the whole of
// the shorter one were in the longer one. A character has one to four bytes.
func unlike(x, y string) bool {
	shorter, longer := min(len(x), len(y)), max(len(x), len(y))
	return 2*shorter*10 < (shorter+longer)/utf8.UTFMax*similarRunes
}

// alike tells whether enough of two texts is the same, by the spans between them.
func alike(spans []Span) bool {
	same, all := 0, 0
	for _, s := range spans {
		n := utf8.RuneCountInString(s.Text)
		if s.Op == OpEqual {
			same += 2 * n
			n *= 2
		}
		all += n
	}
	return same*10 >= all*similarRunes
}
