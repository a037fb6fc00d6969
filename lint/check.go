package lint

import (
	"cmp"
	"slices"

	"countersign/model"
)

// Check looks through the texts of one content with the built-in words, the platform's
// habits ("" for none) and the brand's own words (nil for none). Findings are in the order
// in which they are read.
func Check(platform string, texts []model.ReviewText, own *Engine) []model.Finding {
	out := []model.Finding{}
	read := make([]folded, len(texts))
	order := make(map[string]int, len(texts))
	for i, t := range texts {
		read[i], order[t.Field] = fold(t.Text), i
		out = append(out, Builtin().find(t, read[i])...)
		if own != nil {
			out = append(out, own.find(t, read[i])...)
		}
	}
	out = append(out, advise(platform, texts, read)...)
	slices.SortStableFunc(out, func(a, b model.Finding) int {
		return cmp.Or(cmp.Compare(order[a.Field], order[b.Field]), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	return out
}

// Entries are a brand's own words as an Engine takes them.
func Entries(l model.WordList) []Entry {
	out := make([]Entry, len(l.Words))
	for i, w := range l.Words {
		s := cmp.Or(w.Severity, l.Severity)
		out[i] = Entry{Word: w.Word, Rule: model.BrandRule(s), Severity: s, Suggestion: w.Suggestion}
	}
	return out
}
