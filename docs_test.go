package countersign_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func textOf(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatal(pattern, err)
	}
	return found
}

var (
	link      = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`) // to a file
	adrTitle  = regexp.MustCompile(`^# (\d+)\. (.+)\n\n\*\*Status:\*\* (proposed|accepted|replaced)`)
	adrNumber = regexp.MustCompile(`^(\d{4})-`)
)

// TestDecisionsAreListed: every decision has its number, its title and a status, and stands
// with them in the list.
func TestDecisionsAreListed(t *testing.T) {
	t.Parallel()
	list := textOf(t, "docs/adr/README.md")
	numbers := map[string]string{}
	for _, path := range glob(t, "docs/adr/[0-9]*.md") {
		name := filepath.Base(path)
		title := adrTitle.FindStringSubmatch(textOf(t, path))
		number := adrNumber.FindStringSubmatch(name)
		if title == nil || number == nil {
			t.Errorf("%s does not begin with its number and title, and a status below", path)
			continue
		}
		if n, err := strconv.Atoi(number[1]); err != nil || strconv.Itoa(n) != title[1] {
			t.Errorf("%s calls itself %s", path, title[1])
		}
		if other, taken := numbers[number[1]]; taken {
			t.Errorf("%s has the number of %s", path, other)
		}
		numbers[number[1]] = path
		if row := "| [" + number[1] + "](" + name + ") | " + title[2] + " |\n"; !strings.Contains(list, row) {
			t.Errorf("docs/adr/README.md lacks %q", row)
		}
	}
}

// TestDocumentsAreOnTheMap: every document stands in docs/README.md, and every link of the
// documents leads somewhere.
func TestDocumentsAreOnTheMap(t *testing.T) {
	t.Parallel()
	mapped := textOf(t, "docs/README.md")
	for _, path := range append(glob(t, "docs/*.md"), glob(t, "docs/*.yaml")...) {
		if name := filepath.Base(path); name != "README.md" && !strings.Contains(mapped, "["+name+"]("+name+")") {
			t.Errorf("docs/README.md lacks %s", name)
		}
	}
	for _, path := range append(glob(t, "docs/*.md"), glob(t, "docs/adr/*.md")...) {
		for _, to := range link.FindAllStringSubmatch(textOf(t, path), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), to[1])); err != nil {
				t.Errorf("%s links to %s: %v", path, to[1], err)
			}
		}
	}
}

// TestRoomsAreDescribed: the decision about rooms names every one.
func TestRoomsAreDescribed(t *testing.T) {
	t.Parallel()
	text := textOf(t, "docs/adr/0001-rooms-and-direction.md")
	for _, room := range append([]string{"cmd"}, everyRoom...) {
		if !regexp.MustCompile("(?m)^\\|[^|]*`" + room + "`[^|]*\\|").MatchString(text) {
			t.Errorf("docs/adr/0001 has no row for %s", room)
		}
	}
}
