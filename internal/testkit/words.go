package testkit

import (
	"math/rand/v2"
	"strings"

	"countersign/lint"
	"countersign/model"
)

// common are characters that texts and lists of the figures are made of: as many as an
// ordinary text has.
func common(r *rand.Rand) rune { return rune(0x4e00 + r.IntN(2500)) } //nolint:gosec // within the plane

// Words are n different words of two to five characters, the same each time.
func Words(n int) []lint.Entry {
	r, seen := rand.New(rand.NewPCG(1, 2)), map[string]bool{} //nolint:gosec // the same words each time
	out := make([]lint.Entry, 0, n)
	for len(out) < n {
		var word strings.Builder
		for range 2 + r.IntN(4) {
			word.WriteRune(common(r))
		}
		if seen[word.String()] {
			continue
		}
		seen[word.String()] = true
		out = append(out, lint.Entry{Word: word.String(), Rule: model.BrandRule(model.SeverityWarn), Severity: model.SeverityWarn})
	}
	return out
}

// LongText is an article of n characters of the same kind, with signs, digits and Latin
// letters in it.
func LongText(n int) []model.ReviewText {
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // the same text each time
	var text strings.Builder
	for i := range n {
		switch {
		case i%23 == 22:
			text.WriteRune('，')
		case i%41 == 40:
			text.WriteByte(byte('a' + r.IntN(26))) //nolint:gosec // a letter
		default:
			text.WriteRune(common(r))
		}
	}
	return []model.ReviewText{{Field: "title", Text: "标题"}, {Field: "body_html", Text: text.String()}}
}
