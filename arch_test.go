package countersign_test

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "countersign"

// everyRoom is the product, bottom up; cmd wires all of it.
var everyRoom = []string{
	"model", "strictjson", "platform", "config", "store", "cache", "miniprogram", "mail", "douyin", "media", "webhook",
	"lint", "aimodel",
	"service", "web", "api", "sandbox",
}

// mayImport is the whole architecture: a room may import itself and the rooms
// listed. A room is a folder at the top, or one below internal. Nothing lists
// internal/testkit but internal/bench: production cannot import it. Test files
// may import what they like, model's excepted.
var mayImport = map[string][]string{
	"":                 {}, // the root package: go:generate and this test
	"model":            {},
	"strictjson":       {},
	"config":           {},
	"web":              {}, // embedded pages
	"store":            {"model"},
	"cache":            {"model"},
	"platform":         {"model"}, // below the doors to WeChat and Douyin
	"miniprogram":      {"model", "platform"},
	"mail":             {"model"},
	"douyin":           {"model", "platform", "strictjson"},
	"media":            {"model"},
	"webhook":          {"model"},
	"lint":             {"model"}, // rules without a network
	"aimodel":          {"model", "strictjson"},
	"service":          {"model", "store", "lint"},
	"api":              {"model", "service", "store", "strictjson", "web"},
	"sandbox":          {"model"},
	"cmd":              everyRoom,
	"internal/testkit": everyRoom,
	"internal/mutants": {}, // it reads the others as text
	"internal/bench":   append([]string{"internal/testkit", "cmd"}, everyRoom...),
}

// home names the rooms that know a library, by the beginning of its import
// path. A library that is not listed is refused everywhere, so that a new one
// is a decision. The rooms below internal are not the product: they are free.
var home = map[string][]string{
	"gorm.io/":                            {"store"},
	"github.com/go-sql-driver/mysql":      {"store"},
	"github.com/ncruces/go-sqlite3":       {"store"},
	"github.com/pressly/goose":            {"store"},
	"github.com/gin-gonic/gin":            {"api"},
	"github.com/danielgtaylor/huma":       {"api"},
	"github.com/swaggo/files":             testsOnly,
	"github.com/redis/go-redis":           {"cache"},
	"github.com/go-redis/redis_rate":      {"cache"},
	"github.com/alicebob/miniredis":       {"cache"},
	"github.com/sony/gobreaker":           {"cache"},
	"github.com/silenceper/wechat":        {"miniprogram"},
	"github.com/wneessen/go-mail":         {"mail"},
	"github.com/chromedp/":                testsOnly,
	"github.com/emersion/go-smtp":         testsOnly,
	"github.com/microcosm-cc/bluemonday":  {"service"},
	"github.com/alexedwards/argon2id":     {"service"},
	"znkr.io/diff":                        {"service"},
	"github.com/skip2/go-qrcode":          {"service", "sandbox"},
	"github.com/makiuchi-d/gozxing":       {"sandbox"},
	"go.yaml.in/yaml":                     {"config"},
	"github.com/go-json-experiment/json":  {"strictjson"},
	"github.com/minio/minio-go":           {"media"},
	"golang.org/x/image":                  {"media"},
	"golang.org/x/net/html":               {"service"},
	"github.com/hashicorp/golang-lru":     {"cache", "store", "service", "web"},
	"github.com/google/uuid":              beyondModel,
	"github.com/prometheus/client_golang": beyondModel,
	"golang.org/x/sync":                   beyondModel,
	"golang.org/x/text":                   beyondModel,
	"golang.org/x/time":                   beyondModel,
	"github.com/google/go-cmp":            testsOnly,
	"go.uber.org/goleak":                  testsOnly,
	"pgregory.net/rapid":                  testsOnly,
}

var (
	beyondModel = []string{"store", "cache", "miniprogram", "douyin", "media", "lint", "service", "api", "sandbox", "cmd"}
	testsOnly   = []string{}
)

// longer lists the Go files that may have maxLines and more, each with its reason.
var longer = map[string]string{}

const maxLines = 500 // of a Go file that is no test

// machinePath is an absolute path of somebody's machine: it says nothing to
// the next reader, and it breaks on the next machine.
var machinePath = regexp.MustCompile(`(?:^|[\s"'=(:` + "`" + `])/(?:root|home|Users|work|workspace|builds)/[\w.-]+`)

// TestImportDirection holds the code to the tables.
func TestImportDirection(t *testing.T) {
	for _, path := range goFiles(t) {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			if offence := judge(path, name); offence != "" {
				t.Errorf("%s: %s", path, offence)
			}
		}
	}
}

// TestImportOffencesAreNamed plants offences, so that the test above is known
// to see them.
func TestImportOffencesAreNamed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ file, imports, want string }{
		{"api/routes.go", "countersign/service", ""},
		{"api/routes.go", "net/http", ""},
		{"store/open.go", "gorm.io/gorm", ""},
		{"store/open.go", "github.com/google/uuid", ""},
		{"store/open.go", "countersign/model/messages", ""},
		{"store/open_test.go", "countersign/internal/testkit", ""},
		{"service/join_test.go", "countersign/sandbox", ""},
		{"internal/testkit/db.go", "github.com/go-sql-driver/mysql", ""},
		{"internal/testkit/run/main.go", "countersign/internal/testkit/servers", ""},
		{"internal/bench/main.go", "countersign/internal/testkit", ""},
		{"model/flow_test.go", "pgregory.net/rapid", ""},

		{"model/flow.go", "countersign/store", "model must not import store"},
		{"model/flow.go", "golang.org/x/text/width", "model must not import golang.org/x/text/width"},
		{"model/flow_test.go", "countersign/store", "model must not import store"},
		{"model/flow_test.go", "gorm.io/gorm", "model must not import gorm.io/gorm"},
		{"service/join.go", "gorm.io/gorm", "service must not import gorm.io/gorm"},
		{"service/join.go", "countersign/cache", "service must not import cache"},
		{"service/join.go", "github.com/google/go-cmp/cmp", "service must not import github.com/google/go-cmp/cmp"},
		{"service/join.go", "github.com/new/library", "service must not import github.com/new/library"},
		{"api/routes.go", "countersign/sandbox", "api must not import sandbox"},
		{"api/routes.go", "countersign/internal/testkit", "api must not import internal/testkit"},
		{"cmd/countersign/main.go", "countersign/internal/bench", "cmd must not import internal/bench"},
		{"web/embed.go", "countersign/model", "web must not import model"},
		{"utils/strings.go", "strings", `room "utils" is not in the table`},
		{"doc.go", "countersign/model", "the root must not import model"},
	} {
		if got := judge(tc.file, tc.imports); got != tc.want {
			t.Errorf("%s imports %s: got %q, want %q", tc.file, tc.imports, got, tc.want)
		}
	}
}

// judge returns what is wrong with one import of one file, or "".
func judge(path, imported string) string {
	room := roomOf(filepath.ToSlash(filepath.Dir(path)))
	allowed, known := mayImport[room]
	isTest := strings.HasSuffix(path, "_test.go")
	name := room
	if room == "" {
		name = "the root"
	}
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case !known:
		return fmt.Sprintf("room %q is not in the table", room)
	case isTest && room != "model":
		return ""
	case first == module:
		to := roomOf(strings.TrimPrefix(strings.TrimPrefix(imported, module), "/"))
		if to != room && !slices.Contains(allowed, to) {
			return fmt.Sprintf("%s must not import %s", name, to)
		}
	case strings.Contains(first, "."): // a library; the standard library's paths have no dot there
		if !strings.HasPrefix(room, "internal/") && !knows(room, imported, isTest) {
			return fmt.Sprintf("%s must not import %s", name, imported)
		}
	}
	return ""
}

// roomOf returns the room of a folder given from the root.
func roomOf(folder string) string {
	if folder == "." {
		return ""
	}
	parts := strings.SplitN(folder, "/", 3)
	if parts[0] == "internal" && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// knows says whether a room may import a library.
func knows(room, library string, isTest bool) bool {
	for prefix, rooms := range home {
		if strings.HasPrefix(library, prefix) {
			return slices.Contains(rooms, room) || (isTest && len(rooms) == 0)
		}
	}
	return false
}

// roleJudged is how code outside model judges what a role may do.
var roleJudged = regexp.MustCompile(`\bRole\.May\(`)

// TestRolesAreJudgedInOnePlace: a second copy of the rule would be forgotten when it
// changes. service.Staff asks; whoever needs it calls that.
func TestRolesAreJudgedInOnePlace(t *testing.T) {
	t.Parallel()
	var places []string
	for _, path := range goFiles(t) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "model/") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for range roleJudged.FindAll(text, -1) {
			places = append(places, path)
		}
	}
	if !slices.Equal(places, []string{"service/staff.go"}) {
		t.Errorf("a role is judged in %v: call service.Staff", places)
	}
}

// TestFilesAreShort looks again at every long file.
func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	long := map[string]bool{}
	for _, path := range goFiles(t) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(text, []byte("\n")); lines >= maxLines {
			long[path] = true
			if longer[path] == "" {
				t.Errorf("%s has %d lines: divide it, or give the reason in this test", path, lines)
			}
		}
	}
	for path := range longer {
		if !long[path] {
			t.Errorf("%s is short or gone: take it off the list", path)
		}
	}
}

// TestNoPathOfAMachine reads every text file of the repository.
func TestNoPathOfAMachine(t *testing.T) {
	t.Parallel()
	for _, path := range files(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 {
			continue // not a text
		}
		number := 0
		for line := range bytes.Lines(text) {
			number++
			if found := machinePath.Find(line); found != nil {
				t.Errorf("%s:%d: %s", path, number, bytes.TrimSpace(found))
			}
		}
	}
}

func goFiles(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(files(t), func(path string) bool { return !strings.HasSuffix(path, ".go") })
}

// files lists what belongs to the repository, by paths from the root.
func files(t *testing.T) []string {
	t.Helper()
	notOurs := []string{".git", "bin", "data", "node_modules"} // as in .gitignore
	var list []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(notOurs, d.Name()):
			return fs.SkipDir
		case d.Name() == ".git": // a file in a worktree, with the machine's path in it
		case d.Type().IsRegular():
			list = append(list, filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
