package config

import (
	"fmt"
	"strings"
)

// Mistake is one wrong setting. Problem says what is wrong and what to do; it
// never repeats the value, which may be a secret put in the wrong place.
type Mistake struct {
	Key     string // as in the file, "" for an environment name nobody knows
	Env     string // as in the environment, "" for a key nobody knows
	Problem string
}

func (m Mistake) String() string {
	switch {
	case m.Key == "":
		return m.Env + ": " + m.Problem
	case m.Env == "":
		return m.Key + ": " + m.Problem
	default:
		return fmt.Sprintf("%s (%s): %s", m.Env, m.Key, m.Problem)
	}
}

// Mistakes are all that is wrong with a configuration.
type Mistakes []Mistake

func (m Mistakes) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "configuration refused, %d to correct:", len(m))
	for _, mistake := range m {
		b.WriteString("\n  - " + mistake.String())
	}
	return b.String()
}

// report collects mistakes, one for each setting: what follows from a wrong
// value is not a second mistake.
type report struct {
	mistakes Mistakes
	wrong    map[string]bool
}

func (r *report) add(m Mistake) {
	name := m.Key
	if name == "" {
		name = m.Env
	}
	if r.wrong[name] {
		return
	}
	r.silence(name)
	r.mistakes = append(r.mistakes, m)
}

// silence takes a setting for wrong that another mistake has already explained.
func (r *report) silence(name string) {
	if r.wrong == nil {
		r.wrong = map[string]bool{}
	}
	r.wrong[name] = true
}

// setting reports what is wrong with a known setting.
func (r *report) setting(key, problem string) {
	r.add(Mistake{Key: key, Env: envName(key), Problem: problem})
}

// err is nil when nothing is wrong.
func (r *report) err() error {
	if len(r.mistakes) == 0 {
		return nil
	}
	return r.mistakes
}
