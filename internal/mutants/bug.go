package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// bug is one seeded bug.
type bug struct {
	Name    string // of its file, below bugs/ and without its ending
	What    string // what is wrong with the program that has it
	Package string // "./store"
	Test    string // that must fail
	Hangs   bool   // the test fails by its time limit, and may
	patch   []byte
	changes []change
}

// change is one hunk: the lines that it looks for in a file.
type change struct{ file, old string }

// load reads the bugs below a folder whose names match.
func load(dir string, match *regexp.Regexp) (list []bug, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name, isBug := strings.CutSuffix(filepath.ToSlash(path), ".patch")
		if err != nil || d.IsDir() || !isBug {
			return err
		}
		name = strings.TrimPrefix(name, filepath.ToSlash(dir)+"/")
		if !match.MatchString(name) {
			return nil
		}
		text, err := os.ReadFile(path) //nolint:gosec // below our own folder
		if err != nil {
			return err
		}
		b, err := read(name, text)
		list = append(list, b)
		return err
	})
	if err == nil && len(list) == 0 {
		err = errors.New("no bug has such a name")
	}
	return list, err
}

// read takes a bug's file apart: its head, line by line, and its diff.
func read(name string, text []byte) (bug, error) {
	b := bug{Name: name}
	at := bytes.Index(text, []byte("\n--- a/"))
	if at < 0 {
		return b, fmt.Errorf("%s: no diff in it", name)
	}
	b.patch = text[at+1:]
	for line := range strings.Lines(string(text[:at])) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "Bug":
			b.What = value
		case "Package":
			b.Package = value
		case "Test":
			b.Test = value
		case "Timeout":
			b.Hangs = value == "counts"
		case "":
		default:
			return b, fmt.Errorf("%s: %q says nothing here", name, key)
		}
	}
	if b.What == "" || b.Package == "" || !strings.HasPrefix(b.Test, "Test") {
		return b, fmt.Errorf("%s: the head must name Bug, Package and Test", name)
	}
	b.changes = hunks(string(b.patch))
	return b, nil
}

// hunks are what a diff looks for, file by file.
func hunks(diff string) (out []change) {
	file, inside := "", false
	for line := range strings.Lines(diff) {
		switch {
		case strings.HasPrefix(line, "--- a/"):
			file, inside = strings.TrimSpace(strings.TrimPrefix(line, "--- a/")), false
		case strings.HasPrefix(line, "@@"):
			out, inside = append(out, change{file: file}), true
		case inside && (line[0] == ' ' || line[0] == '-'):
			out[len(out)-1].old += line[1:]
		}
	}
	return out
}

// files are those that a bug changes.
func (b bug) files() (out []string) {
	for _, c := range b.changes {
		out = append(out, c.file)
	}
	return slices.Compact(out)
}

// checkAll finds every bug that cannot be planted any more, or whose test is gone.
func checkAll(ctx context.Context, root string, bugs []bug) error {
	var errs []error
	for _, b := range bugs {
		if err := b.check(ctx, root); err != nil {
			errs = append(errs, fmt.Errorf("%s is stale: %w", b.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (b bug) check(ctx context.Context, root string) error {
	if err := b.hasTest(root); err != nil {
		return err
	}
	for _, c := range b.changes {
		text, err := os.ReadFile(filepath.Join(root, c.file)) //nolint:gosec // a file of the module
		if err != nil {
			return err
		}
		if n := strings.Count("\n"+string(text), "\n"+c.old); n != 1 { // at two places, git would take the nearest
			return fmt.Errorf("%s has the lines that it changes %d times", c.file, n)
		}
	}
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	_, err = b.plant(ctx, root, dir)
	return err
}

func (b bug) hasTest(root string) error {
	files, err := filepath.Glob(filepath.Join(root, b.Package, "*_test.go"))
	if err != nil {
		return err
	}
	for _, path := range files {
		text, err := os.ReadFile(path) //nolint:gosec // a file of the module
		if err != nil {
			return err
		}
		if bytes.Contains(text, []byte("\nfunc "+b.Test+"(")) {
			return nil
		}
	}
	return fmt.Errorf("%s has no %s", b.Package, b.Test)
}

// plant makes copies of the files that the bug changes, with the bug in them, below dir;
// it answers the overlay that puts them in place.
func (b bug) plant(ctx context.Context, root, dir string) (overlay string, err error) {
	replace := map[string]string{}
	for _, file := range b.files() {
		copied := filepath.Join(dir, file)
		replace[filepath.Join(root, file)] = copied
		text, err := os.ReadFile(filepath.Join(root, file)) //nolint:gosec // a file of the module
		if err == nil {
			err = os.MkdirAll(filepath.Dir(copied), 0o755) //nolint:gosec // the go command reads it
		}
		if err == nil {
			err = os.WriteFile(copied, text, 0o644) //nolint:gosec // as above
		}
		if err != nil {
			return "", err
		}
	}
	apply := exec.CommandContext(ctx, "git", "apply", "--whitespace=nowarn", "-")
	apply.Dir, apply.Stdin = dir, bytes.NewReader(b.patch)
	apply.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir)) // the folder is in no repository
	if said, err := apply.CombinedOutput(); err != nil {
		return "", fmt.Errorf("it does not apply: %s", bytes.TrimSpace(said))
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, raw, 0o600)
}
