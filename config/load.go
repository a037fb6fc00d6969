package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Source is all that Load reads; it asks the operating system for nothing.
type Source struct {
	File     string                            // value of --config; "" means COUNTERSIGN_CONFIG, or no file
	Environ  []string                          // os.Environ()
	ReadFile func(name string) ([]byte, error) // os.ReadFile
}

// origin is where a value came from.
type origin string

const (
	fromDefault      origin = "default"
	fromFile         origin = "file"
	fromFileIndirect origin = "file, from a secret file"
	fromEnv          origin = "environment"
	fromEnvIndirect  origin = "environment, from a secret file"
)

// loader carries what one Load needs.
type loader struct {
	source   Source
	settings []setting
	byKey    map[string]setting
	files    map[string]setting // by the key of the secret's file
	sections map[string]bool
	report   report
	config   Config
}

// Load fills a Config from source and checks it. The error is Mistakes, all of them.
func Load(source Source) (Config, error) {
	l := newLoader(source)
	env := environment(source.Environ)
	var file layer
	if path := l.path(env); path != "" {
		file = l.loadFile(path)
	}
	l.decode(file, l.environmentLayer(env))
	l.checkRules()
	if err := l.report.err(); err != nil {
		return Config{}, err
	}
	return l.config, nil
}

func newLoader(source Source) *loader {
	l := &loader{source: source, settings: settings(), sections: map[string]bool{}}
	l.byKey, l.files = names(l.settings)
	l.config.origins = map[string]origin{}
	for key := range l.byKey {
		for i := strings.LastIndex(key, delim); i > 0; i = strings.LastIndex(key[:i], delim) {
			l.sections[key[:i]] = true
		}
	}
	return l
}

// path is the YAML file to read; the command line wins.
func (l *loader) path(env map[string]string) string {
	if l.source.File != "" {
		return l.source.File
	}
	return env[envFile]
}

// environmentLayer turns names into keys and refuses the names nobody knows.
func (l *loader) environmentLayer(env map[string]string) layer {
	known := map[string]string{}
	for key := range l.byKey {
		known[envName(key)] = key
	}
	for key := range l.files {
		known[envName(key)] = key
	}
	found := layer{}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if key, ok := known[name]; ok {
			found[key] = env[name]
		} else if name != envFile {
			l.report.add(Mistake{Env: name, Problem: "no such setting: remove it or correct its name"})
		}
	}
	return found
}

// decode puts the winning value of each setting into the Config.
func (l *loader) decode(file, environ layer) {
	for _, s := range l.settings {
		value, from := l.pick(s, file, environ)
		if problem := s.decode(l.field(s), value); problem != "" {
			l.report.setting(s.key, problem)
		}
		l.config.origins[s.key] = from
	}
}

func (l *loader) field(s setting) reflect.Value {
	return reflect.ValueOf(&l.config).Elem().FieldByIndex(s.index)
}

// pick finds a setting's value: environment, file, default.
func (l *loader) pick(s setting, file, environ layer) (any, origin) {
	if value, from, ok := l.look(s, environ, fromEnv, fromEnvIndirect); ok {
		return value, from
	}
	if value, from, ok := l.look(s, file, fromFile, fromFileIndirect); ok {
		return value, from
	}
	if s.fallback == "" {
		return notSet{}, fromDefault
	}
	return s.fallback, fromDefault
}

// look finds a setting in one layer, as itself or as the file that holds it.
func (l *loader) look(s setting, in layer, plain, viaFile origin) (any, origin, bool) {
	value, direct := in[s.key]
	path, indirect := in[s.key+fileSuffix]
	indirect = indirect && s.secret()
	switch {
	case direct && indirect:
		l.report.setting(s.key, "is given twice: keep it or "+envName(s.key+fileSuffix)+", not both")
		return notSet{}, plain, true
	case indirect:
		return l.readSecret(s, path), viaFile, true
	default:
		return value, plain, direct
	}
}

// readSecret reads the file that holds a secret. The newline that editors and
// echo leave at its end is not part of it.
func (l *loader) readSecret(s setting, path any) any {
	secret, problem := l.secretIn(path)
	if problem != "" {
		l.report.setting(s.key+fileSuffix, problem)
		l.report.silence(s.key)
		return notSet{}
	}
	return secret
}

func (l *loader) secretIn(path any) (secret, problem string) {
	name, ok := path.(string)
	if !ok || name == "" {
		return "", "must be the path of a file"
	}
	text, err := l.source.ReadFile(name)
	if err != nil {
		return "", "the file cannot be read: " + reason(err)
	}
	secret = strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return "", "the file is empty: put the secret into it"
	}
	return secret, ""
}
