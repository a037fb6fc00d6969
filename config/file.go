package config

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
)

// delim stands between the parts of a key.
const delim = "."

// loadFile reads the YAML file at path. Every key in it must be known.
func (l *loader) loadFile(path string) *koanf.Koanf {
	ko := koanf.New(delim)
	text, err := l.source.ReadFile(path)
	if err != nil {
		l.report.add(Mistake{Env: envFile, Problem: "the file (or --config) cannot be read: " + reason(err)})
		return ko
	}
	if secondDocument(text) {
		l.report.add(Mistake{Env: envFile, Problem: "the file holds several YAML documents: keep one, the rest would be ignored"})
		return ko
	}
	if err := ko.Load(rawbytes.Provider(text), yaml.Parser()); err != nil {
		l.report.add(Mistake{Env: envFile, Problem: notYAML(err)})
		return koanf.New(delim)
	}
	l.checkKeys(ko.Raw(), "")
	return ko
}

// reason leaves the path out of err: a secret may have been put in its place.
func reason(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	return err.Error()
}

var lineNumber = regexp.MustCompile(`line \d+`)

// notYAML keeps only the line of a parser's error, because the parser quotes
// what it could not read, which may be a secret.
func notYAML(err error) string {
	where := lineNumber.FindString(err.Error())
	if where != "" {
		where = " at " + where
	}
	return "the file is not valid YAML" + where + ": check the indentation, give each key once, and quote values with special characters"
}

// secondDocument finds a document marker below the first document, where the
// parser stops reading. At the start of a line --- can mean nothing else.
func secondDocument(text []byte) bool {
	content := false
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, " \t\r\n")
		marker := bytes.Equal(line, []byte("---")) || bytes.HasPrefix(line, []byte("--- "))
		if marker && content {
			return true
		}
		content = content || marker || len(line) > 0 && line[0] != '#'
	}
	return false
}

// checkKeys refuses what is not a setting, in the order of the alphabet.
func (l *loader) checkKeys(section map[string]any, prefix string) {
	for _, name := range slices.Sorted(maps.Keys(section)) {
		l.checkKey(prefix, prefix+name, section[name])
	}
}

func (l *loader) checkKey(prefix, key string, value any) {
	_, isSetting := l.byKey[key]
	_, isFile := l.files[key]
	inner, isSection := value.(map[string]any)
	switch {
	case strings.Contains(strings.TrimPrefix(key, prefix), delim):
		l.report.add(Mistake{Key: key, Problem: "is written with dots: write sections, indented, one below the other"})
	case isSetting || isFile: // its value is checked when it is decoded
	case !l.sections[key]:
		l.report.add(Mistake{Key: key, Problem: "no such setting: remove it or correct its name"})
	case isSection:
		l.checkKeys(inner, key+delim)
	case value != nil: // a section whose keys are all commented out is nil
		l.report.add(Mistake{Key: key, Problem: "must be a section with indented keys below it"})
	}
}
