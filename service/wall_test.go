package service_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// dealers are the files that may name Doors, Settings and Service: those that say what they
// are, and the wiring. Whatever else names one has all dependencies at hand.
var dealers = map[string][]string{
	"Doors": {"doors.go", "service.go"}, "Settings": {"settings.go", "service.go"}, "Service": {"service.go", "loop.go"},
}

// common is what a use case may embed; another use case is a field with a name.
var common = []string{"base", "acts"}

// TestWalls holds the package to ADR 34: a use case has what it works with as fields, never
// all of it, and is never turned into another one.
func TestWalls(t *testing.T) {
	t.Parallel()
	sources := map[string]string{}
	names, err := filepath.Glob("*.go")
	must(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		must(t, err)
		sources[name] = string(text)
	}
	for _, offence := range offences(t, sources) {
		t.Error(offence)
	}
}

// TestWallOffencesAreNamed plants offences, so that the test above is known to see them.
func TestWallOffencesAreNamed(t *testing.T) {
	t.Parallel()
	wiring := "package service\ntype Service struct { Posts Posts; Live *Live }\nfunc New(d Doors, set Settings) *Service { return nil }\n"
	for name, tc := range map[string]struct{ source, want string }{
		"fields":       {"type Posts struct { base; reviews Reviews }; type Live struct { cache Cache }", ""},
		"another type": {"type Posts struct { acts }; func f(p Posts) int64 { return int64(1) }; type found struct { Posts }", ""},

		"all doors":        {"type Posts struct { base; d *Doors }", "posts.go: Doors"},
		"all doors, local": {"type Posts struct { base }; func (p Posts) f(d Doors) {}", "posts.go: Doors"},
		"all settings":     {"type Posts struct { base; set Settings }", "posts.go: Settings"},
		"all use cases":    {"type Posts struct { all *Service }", "posts.go: Service"},
		"by another name":  {"type shared struct { d *Doors }; type Posts struct { *shared }", "posts.go: Doors posts.go: Posts embeds shared"},
		"embedded":         {"type Posts struct { base; Live }", "posts.go: Posts embeds Live"},
		"converted":        {"type Posts struct { base }; type Live Posts; func f(p Posts) { _ = Live(p) }", "posts.go: converts into Live"},
		"converted, in ()": {"type Posts struct { base }; func f(l *Live) { _ = (Posts)(*l) }", "posts.go: converts into Posts"},
	} {
		got := strings.Join(offences(t, map[string]string{"service.go": wiring, "posts.go": "package service\n" + tc.source}), " ")
		if got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

// offences are what breaks the walls, file by file.
func offences(t *testing.T, sources map[string]string) (list []string) {
	t.Helper()
	files, cases := map[string]*ast.File{}, []string{}
	for name, text := range sources {
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		must(t, err)
		files[name] = f
		for _, field := range structOf(f, "Service") {
			if id := typeName(field.Type); ast.IsExported(id) {
				cases = append(cases, id)
			}
		}
	}
	if len(cases) == 0 {
		t.Fatal("no use case was found")
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, what := range inFile(name, files[name], cases) {
			list = append(list, name+": "+what)
		}
	}
	return list
}

func inFile(name string, f *ast.File, cases []string) (list []string) {
	add := func(format string, args ...any) {
		if what := fmt.Sprintf(format, args...); !slices.Contains(list, what) {
			list = append(list, what)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if files, all := dealers[n.Name]; all && !slices.Contains(files, name) {
				add("%s", n.Name)
			}
		case *ast.CallExpr:
			if into := typeName(n.Fun); slices.Contains(cases, into) {
				add("converts into %s", into)
			}
		}
		return true
	})
	for _, use := range cases {
		for _, field := range structOf(f, use) {
			if id := typeName(field.Type); len(field.Names) == 0 && !slices.Contains(common, id) {
				add("%s embeds %s", use, id)
			}
		}
	}
	return list
}

// structOf are the fields of the file's struct of a name, none when it has no such.
func structOf(f *ast.File, name string) (fields []*ast.Field) {
	ast.Inspect(f, func(n ast.Node) bool {
		if spec, is := n.(*ast.TypeSpec); is && spec.Name.Name == name {
			if s, is := spec.Type.(*ast.StructType); is {
				fields = s.Fields.List
			}
		}
		return true
	})
	return fields
}

// typeName is the name in an expression for a type, without what stands around it.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.ParenExpr:
		return typeName(e.X)
	}
	return ""
}
