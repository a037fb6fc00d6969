package model

import (
	"strings"
	"testing"
)

// TestProbes: a search looks up pairs, and single characters only where a word has no more.
func TestProbes(t *testing.T) {
	t.Parallel()
	for search, want := range map[string]string{
		"": "", "新": "新", "新品": "新品", "新品上": "新品 品上", "新品 a": "a 新品", "ab ab": "ab", "a b": "a b",
	} {
		if got := strings.Join(Probes(Fold(search)), " "); got != want {
			t.Errorf("%q: %q, want %q", search, got, want)
		}
	}
}
