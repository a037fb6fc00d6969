// Package lint has the local rules of the AI review: they look at a text alone, without a
// network and without a clock, so that they can run while a text is saved. Every word and
// every limit is a row of a table in data.
package lint

import (
	"cmp"
	"slices"

	"countersign/model"
)

// Entry is a word that is looked for, with what a finding of it says.
type Entry struct {
	Word       string
	Rule       string
	Severity   model.Severity
	Words      string // why, "" for the rule's own reason
	Suggestion string // what to write instead, "" for the rule's own advice
}

// Engine finds words in texts however they are written: see fold. It never changes; a new
// list is a new Engine.
type Engine struct {
	words   *automaton
	entries []Entry
	runes   int // of all patterns
}

// New builds an Engine. Of two words that fold to the same the graver is found. except are
// longer phrases in which a word of entries means something else.
func New(entries []Entry, except []string) *Engine {
	e := &Engine{entries: slices.Clone(entries)}
	slices.SortStableFunc(e.entries, func(a, b Entry) int {
		return cmp.Compare(slices.Index(model.Severities(), a.Severity), slices.Index(model.Severities(), b.Severity))
	})
	patterns := make([][]rune, 0, len(entries)+len(except))
	for _, x := range e.entries {
		patterns = append(patterns, fold(x.Word).runes)
	}
	for _, phrase := range except {
		patterns = append(patterns, fold(phrase).runes)
	}
	for _, p := range patterns {
		e.runes += len(p)
	}
	e.words = newAutomaton(patterns)
	return e
}

// Size is how many characters its words have together: what it weighs in memory.
func (e *Engine) Size() int { return e.runes }

// hit is an occurrence in a folded text.
type hit struct{ pattern, start, end int }

// Find looks through one text.
func (e *Engine) Find(t model.ReviewText) []model.Finding { return e.find(t, fold(t.Text)) }

func (e *Engine) find(t model.ReviewText, f folded) (out []model.Finding) {
	var hits, except []hit
	e.words.each(f.runes, func(pattern, start, end int) {
		h := hit{pattern, start, end}
		switch {
		case !f.together(h):
		case pattern >= len(e.entries):
			except = append(except, h)
		default:
			hits = append(hits, h)
		}
	})
	for _, h := range e.longest(hits, except) {
		x := e.entries[h.pattern]
		found := model.Finding{Rule: x.Rule, Severity: x.Severity, Source: model.SourceLocal, Words: x.Words, Suggestion: x.Suggestion}
		out = append(out, found.At(t.Field, f.text, f.pos[h.start], f.pos[h.end-1]+1))
	}
	return out
}

// longest leaves out what an exception covers, and of occurrences of one rule that overlap
// all but the first and longest.
func (e *Engine) longest(hits, except []hit) (out []hit) {
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	ends := map[string]int{} // by rule
	for _, h := range hits {
		rule := e.entries[h.pattern].Rule
		covered := slices.ContainsFunc(except, func(x hit) bool { return x.start <= h.start && h.end <= x.end })
		if covered || h.start < ends[rule] {
			continue
		}
		ends[rule] = h.end
		out = append(out, h)
	}
	return out
}

// together tells whether the characters of an occurrence stand close enough to be one word,
// and whether a Latin word is not a part of a longer one.
func (f folded) together(h hit) bool {
	for i := h.start + 1; i < h.end; i++ {
		if f.gap[i] > maxGap {
			return false
		}
	}
	return !f.glued(h.start) && !f.glued(h.end)
}

// glued tells whether Latin letters or digits run on between i-1 and i.
func (f folded) glued(i int) bool {
	return i > 0 && i < len(f.runes) && f.gap[i] == 0 && f.pos[i-1] != f.pos[i] && latin(f.runes[i-1]) && latin(f.runes[i])
}

func latin(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }
