package countersign_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadmesAgree: both languages lead to the same places and name the same commands.
func TestReadmesAgree(t *testing.T) {
	t.Parallel()
	names := regexp.MustCompile(`\]\(([^)]+)\)|(make [a-z]+)|(--[a-z-]+ ?[a-z]*)|(countersign [a-z]+)|(COUNTERSIGN_[A-Z_]+)|(https?://[^\s` + "`" + `]+)`)
	found := map[string][]string{}
	for _, file := range []string{"README.md", "README.zh-CN.md"} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all := names.FindAllString(string(raw), -1)
		all = slices.DeleteFunc(all, func(s string) bool { return s == "](README.md)" || s == "](README.zh-CN.md)" })
		slices.Sort(all)
		found[file] = slices.Compact(all)
	}
	if len(found["README.md"]) < 40 {
		t.Fatalf("found too little: %q", found["README.md"])
	}
	if diff := cmp.Diff(found["README.md"], found["README.zh-CN.md"]); diff != "" {
		t.Error(diff)
	}
}
