package countersign_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// atOnce is what the name of a test says that does several things at once. The Makefile
// runs these under the race detector; the others would only wait there.
var atOnce = regexp.MustCompile(`AtOnce|While|Stream`)

// notRaced are the tests that start goroutines and need no detector, each with its reason.
// The client's tests are all about Chromium, where nothing of ours is at once.
var notRaced = map[string]string{
	"api TestScanPageInABrowser":            "waits for Chromium",
	"webhook TestTransport":                 "its goroutine is the server that it asks",
	"webhook TestNoProxyFromTheEnvironment": "its goroutine is the server that it asks",
}

// TestRacesAreNamed: a test that starts goroutines says so in its name.
func TestRacesAreNamed(t *testing.T) {
	rooms := map[string][]*ast.FuncDecl{}
	for _, path := range goFiles(t) {
		if room := filepath.ToSlash(filepath.Dir(path)); strings.HasSuffix(path, "_test.go") && !strings.HasPrefix(room, "miniprogram/client") {
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			rooms[room] = append(rooms[room], functions(f)...)
		}
	}
	excused := map[string]bool{}
	for room, all := range rooms {
		for _, name := range unnamed(all) {
			if key := room + " " + name; notRaced[key] != "" {
				excused[key] = true
				continue
			}
			t.Errorf("%s: %s starts goroutines, so its name needs one of %s", room, name, atOnce)
		}
	}
	for key := range notRaced {
		if !excused[key] {
			t.Errorf("notRaced: %s needs no excuse", key)
		}
	}
}

// TestUnnamedRacesAreSeen plants offences, so that the test above is known to see them.
func TestUnnamedRacesAreSeen(t *testing.T) {
	t.Parallel()
	const file = `package p
func TestPlain(t *testing.T) { one() }
func TestGo(t *testing.T) { go one() }
func TestGroup(t *testing.T) { var wg sync.WaitGroup; wg.Go(one) }
func TestTogether(t *testing.T) { testkit.Together(2, nil) }
func TestByHelper(t *testing.T) { t.Run("x", func(t *testing.T) { two() }) }
func TestTwoAtOnce(t *testing.T) { go one() }
func one() {}
func two() { go one() }
`
	f, err := parser.ParseFile(token.NewFileSet(), "p_test.go", file, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	got := unnamed(functions(f))
	if want := []string{"TestByHelper", "TestGo", "TestGroup", "TestTogether"}; !slices.Equal(got, want) {
		t.Errorf("seen: %v, want %v", got, want)
	}
}

func functions(f *ast.File) (out []*ast.FuncDecl) {
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			out = append(out, fn)
		}
	}
	return out
}

// unnamed are the tests of a room that start goroutines, themselves or by a function of
// the room, and whose names do not say so. Together is the test kit's, Go a group's.
func unnamed(room []*ast.FuncDecl) (out []string) {
	starts := map[string]bool{}
	for found := true; found; {
		found = false
		for _, fn := range room {
			if name := fn.Name.Name; fn.Recv == nil && !starts[name] && startsGoroutine(fn.Body, starts) {
				starts[name], found = true, true
			}
		}
	}
	for _, fn := range room {
		if name := fn.Name.Name; strings.HasPrefix(name, "Test") && name != "TestMain" && starts[name] && !atOnce.MatchString(name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func startsGoroutine(body ast.Node, starts map[string]bool) (yes bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			yes = true
		case *ast.CallExpr:
			switch f := n.Fun.(type) {
			case *ast.Ident:
				yes = yes || starts[f.Name]
			case *ast.SelectorExpr: // of a method only the name is known here
				yes = yes || f.Sel.Name == "Go" || f.Sel.Name == "Together"
			}
		}
		return !yes
	})
	return yes
}
