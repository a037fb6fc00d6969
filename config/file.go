package config

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// delim stands between the parts of a key.
const delim = "."

// layer is what one source says: values by the whole key, "http.addr".
type layer map[string]any

// loadFile reads the YAML file at path. Every key in it must be known.
func (l *loader) loadFile(path string) layer {
	text, err := l.source.ReadFile(path)
	if err != nil {
		l.report.add(Mistake{Env: envFile, Problem: "the file (or --config) cannot be read: " + reason(err)})
		return nil
	}
	document := yaml.NewDecoder(bytes.NewReader(text))
	var root map[string]any
	if err := document.Decode(&root); err != nil && !errors.Is(err, io.EOF) { // an empty file says nothing
		l.report.add(Mistake{Env: envFile, Problem: notYAML(err)})
		return nil
	}
	if err := document.Decode(new(any)); !errors.Is(err, io.EOF) {
		l.report.add(Mistake{Env: envFile, Problem: "the file holds several YAML documents: keep one, the rest would be ignored"})
		return nil
	}
	found := layer{}
	l.gather(root, "", found)
	return found
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

// gather takes the settings out of a section, and refuses what is none, in the order of
// the alphabet.
func (l *loader) gather(section map[string]any, prefix string, found layer) {
	for _, name := range slices.Sorted(maps.Keys(section)) {
		l.gatherKey(prefix, prefix+name, section[name], found)
	}
}

func (l *loader) gatherKey(prefix, key string, value any, found layer) {
	_, isSetting := l.byKey[key]
	_, isFile := l.files[key]
	inner, isSection := value.(map[string]any)
	switch {
	case strings.Contains(strings.TrimPrefix(key, prefix), delim):
		l.report.add(Mistake{Key: key, Problem: "is written with dots: write sections, indented, one below the other"})
	case isSetting || isFile:
		found[key] = value // checked when it is decoded
	case !l.sections[key]:
		l.report.add(Mistake{Key: key, Problem: "no such setting: remove it or correct its name"})
	case isSection:
		l.gather(inner, key+delim, found)
	case value != nil: // a section whose keys are all commented out is nil
		l.report.add(Mistake{Key: key, Problem: "must be a section with indented keys below it"})
	}
}
