package model

import (
	"slices"
	"strings"
	"testing"
)

// TestEveryActOfAPostHasBothTexts: and no text is for a kind that is none.
func TestEveryActOfAPostHasBothTexts(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	ofPosts := []string{"post", "article", "review", "task", "comment"}
	for _, k := range EventKinds() {
		if slices.Contains(ofPosts, k.Subject) {
			known[k.Kind] = true
		}
	}
	for _, lang := range []string{LangZh, LangEn} {
		acts := catalogues()[lang].Acts
		for kind := range known {
			if acts[kind] == "" {
				t.Errorf("%s: %s has no text", lang, kind)
			}
		}
		for name := range acts {
			parts := strings.SplitN(name, ".", 3)
			if !known[strings.Join(parts[:2], ".")] || (len(parts) == 3 && !slices.Contains([]string{"flow", "voids", "cleared", "deputy", "kept", "gone"}, parts[2])) {
				t.Errorf("%s: a text for %s, which is no act", lang, name)
			}
			if catalogues()[LangZh].Acts[name] == "" || catalogues()[LangEn].Acts[name] == "" {
				t.Errorf("%s has a text in one language only", name)
			}
		}
	}
	if got := ActText(LangEn, "nobody.knows", nil); got != "nobody.knows" {
		t.Error(got)
	}
}
