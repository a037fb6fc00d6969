package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryBugIsFresh: what moves a line that a bug changes, or renames its test, mends the
// bug's file with it.
func TestEveryBugIsFresh(t *testing.T) {
	t.Parallel()
	root, err := moduleRoot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), root, []string{"-check"}, os.Stderr); err != nil {
		t.Error(err)
	}
	bugs, err := load(filepath.Join(root, bugsAt), regexp.MustCompile(""))
	if err != nil || len(bugs) < 80 {
		t.Errorf("%d bugs, %v", len(bugs), err)
	}
}

// planted is a module of its own with one function, its test, and bugs.
func planted(t *testing.T, bugs map[string]string) string {
	t.Helper()
	root := t.TempDir()
	files := map[string]string{
		"go.mod": "module planted\n\ngo 1.24\n",
		"sum/sum.go": `package sum

// Of adds up.
func Of(list ...int) (n int) {
	for _, x := range list {
		n += x
	}
	return n
}

// None is 0.
func None() int {
	return 0
}

// Never is 0.
func Never() int {
	return 0
}
`,
		"sum/sum_test.go": `package sum

import "testing"

func TestOf(t *testing.T) {
	if Of(1, 2) != 3 {
		t.Error("1 and 2")
	}
}

func TestNothing(t *testing.T) {}

func TestRed(t *testing.T) { t.Error("as always") }

func TestSkipped(t *testing.T) { t.Skip("what it needs is not here") }
`,
	}
	for name, text := range bugs {
		files[bugsAt+"/"+name+".patch"] = text
	}
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// patch is a bug's file: one line of sum.go in place of another. What stands after it is
// one level further out.
func patch(test, was, now string) string {
	after := strings.Repeat("\t", strings.Count(was, "\t")-1) + "}"
	return "Bug: something is wrong\nPackage: ./sum\nTest: " + test + "\n\n--- a/sum/sum.go\n+++ b/sum/sum.go\n" +
		"@@ -6,2 +6,2 @@\n-" + was + "\n+" + now + "\n " + after + "\n"
}

// hunted is what a run says, and its error.
func hunted(t *testing.T, bugs map[string]string, args ...string) (string, error) {
	t.Helper()
	root := planted(t, bugs)
	before := tree(t, root)
	var out strings.Builder
	err := run(t.Context(), root, args, &out)
	if after := tree(t, root); !maps.Equal(before, after) {
		t.Errorf("the tree was %v, and is %v", before, after)
	}
	return out.String(), err
}

// tree is every file below a folder.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		out[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// says asks for parts of a text.
func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not said in:\n%s", part, text)
		}
	}
}

// Each way in which a bug is not caught has its own word, and fails the run.
func TestWhatBecomesOfABug(t *testing.T) {
	t.Parallel()
	bugs := map[string]string{
		"sum/minus":    patch("TestOf", "\t\tn += x", "\t\tn -= x"),
		"sum/untested": patch("TestNothing", "\t\tn += x", "\t\tn -= x"),
		"sum/no-code":  patch("TestOf", "\t\tn += x", "\t\tn += y"),
		"sum/crash":    patch("TestOf", "\t\tn += x", "\t\tgo func() { panic(x) }(); select {}"),
		"sum/red":      patch("TestRed", "\t\tn += x", "\t\tn -= x"),
		"sum/skipped":  patch("TestSkipped", "\t\tn += x", "\t\tn -= x"),
		"other/plus":   patch("TestOf", "\t\tn += x", "\t\tn += x + 1"),
	}
	said, err := hunted(t, bugs)
	if err == nil || err.Error() != "5 of 7 bugs were not caught" {
		t.Errorf("the run ends with %v", err)
	}
	says(t, said, "caught    sum/minus  TestOf in ./sum", "SURVIVED  sum/untested", "BROKEN    sum/no-code", "undefined: y", "BROKEN    sum/crash",
		"UNTRIED   sum/red", "UNTRIED   sum/skipped", "TestSkipped in ./sum does not pass, or is skipped", "something is wrong", "7 bugs, 2 caught")
	said, err = hunted(t, bugs, "-run", "minus|plus")
	if err != nil {
		t.Errorf("both were caught: %v", err)
	}
	says(t, said, "2 bugs, 2 caught", "other")
}

// A bug whose place or test is gone is stale, and so is one that fits at two places.
func TestAStaleBug(t *testing.T) {
	t.Parallel()
	fine := patch("TestOf", "\t\tn += x", "\t\tn -= x")
	for name, tc := range map[string]struct{ text, want string }{
		"moved":        {patch("TestOf", "\t\tn *= x", "\t\tn -= x"), "has the lines that it changes 0 times"},
		"twice":        {patch("TestOf", "\treturn 0", "\treturn 1"), "has the lines that it changes 2 times"},
		"test-gone":    {patch("TestOld", "\t\tn += x", "\t\tn -= x"), "./sum has no TestOld"},
		"package-gone": {strings.Replace(fine, "./sum", "./gone", 1), "./gone has no TestOf"},
		"file-gone":    {strings.ReplaceAll(fine, "sum/sum.go", "sum/old.go"), "old.go"},
		"no-diff":      {"Bug: x\nPackage: ./sum\nTest: TestOf\n", "no diff in it"},
		"no-test":      {strings.Replace(fine, "Test: TestOf", "", 1), "must name Bug, Package and Test"},
		"odd-head":     {"Author: x\n" + fine, `"Author" says nothing here`},
		"odd-diff":     {strings.Replace(fine, "@@ -6,2 +6,2 @@", "@@ -6,9 +6,9 @@", 1), "does not apply"},
	} {
		for _, args := range [][]string{{"-check"}, nil} {
			_, err := hunted(t, map[string]string{"sum/" + name: tc.text}, args...)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s, %v: %v", name, args, err)
			}
		}
	}
	if _, err := hunted(t, map[string]string{"sum/fine": fine}, "-check"); err != nil {
		t.Error(err)
	}
}

// TestJudge: a time limit that is over catches nothing, unless the bug's file says so.
func TestJudge(t *testing.T) {
	t.Parallel()
	const over = "panic: test timed out after 1m0s\n\trunning tests:\n--- FAIL: TestOf (60.00s)\n"
	hangs, err := read("x", []byte("Timeout: counts\n"+patch("TestOf", "\ta", "\tb")))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		b    bug
		said string
		want verdict
	}{
		{bug{Test: "TestOf"}, over, slow},
		{hangs, over, caught},
		{bug{Test: "TestOf"}, "--- FAIL: TestOf (0.00s)\n", caught},
		{bug{Test: "TestOf"}, "--- FAIL: TestOfAll (0.00s)\n", broken},
		{bug{Test: "TestOf"}, "FAIL\tplanted/sum [build failed]\n", broken},
	} {
		if got := tc.b.judge(tc.said, os.ErrInvalid); got != tc.want {
			t.Errorf("%q: %s, want %s", tc.said, got, tc.want)
		}
	}
}

// -list names what there is, and plants nothing.
func TestList(t *testing.T) {
	t.Parallel()
	said, err := hunted(t, map[string]string{"sum/minus": patch("TestOf", "\t\tn += x", "\t\tn -= x")}, "-list")
	if err != nil || said != "sum/minus\n\tsomething is wrong\n\tTestOf in ./sum\n" {
		t.Errorf("%q %v", said, err)
	}
	for _, args := range [][]string{{"-run", "("}, {"-run", "none"}, {"-what"}} {
		if _, err := hunted(t, map[string]string{"sum/minus": patch("TestOf", "\ta", "\tb")}, args...); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
