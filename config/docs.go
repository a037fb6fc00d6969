package config

import (
	"fmt"
	"io"
	"strings"
)

// Doc is one setting as it is documented.
type Doc struct {
	Key     string // http.addr
	Env     string // COUNTERSIGN_HTTP_ADDR
	Default string // as written in the file; "" for none
	Meaning string // what it does, and the values it takes
	Secret  bool   // also read from the file that Env_FILE, or Key_file, names
}

// Docs lists every setting in the order of Config.
func Docs() []Doc {
	var docs []Doc
	for _, s := range settings() {
		docs = append(docs, Doc{
			Key:     s.key,
			Env:     envName(s.key),
			Default: s.fallback,
			Meaning: s.desc + s.values(),
			Secret:  s.secret(),
		})
	}
	return docs
}

// values says which values a setting takes, when its meaning leaves that open.
func (s setting) values() string {
	switch {
	case len(s.oneof) > 0:
		return " (" + strings.Join(s.oneof, ", ") + ")"
	case s.min != "" && s.max != "":
		return " (" + s.min + " to " + s.max + ")"
	default:
		return ""
	}
}

const docsHead = `# Settings

Made from the code by ` + "`config.WriteDocs`" + `; do not edit.

A value comes from the environment, else from the YAML file that ` + "`--config`" + ` or ` + "`COUNTERSIGN_CONFIG`" + ` names, else it is the default.
In the file a key is written as nested sections; lists are YAML lists, in the environment separated by commas.
An empty variable counts as not set. A name nobody knows is refused. A secret is also read from the file
named by its variable with ` + "`_FILE`" + ` (in YAML: its key with ` + "`_file`" + `) at the end; those are marked 🔑.

| key | environment | default | meaning |
|---|---|---|---|
`

// WriteDocs writes docs/configuration.md.
func WriteDocs(w io.Writer) error {
	var b strings.Builder
	b.WriteString(docsHead)
	for _, d := range Docs() {
		key := ""
		if d.Secret {
			key = " 🔑"
		}
		fmt.Fprintf(&b, "| `%s`%s | `%s` | %s | %s |\n", d.Key, key, d.Env, code(d.Default), strings.ReplaceAll(d.Meaning, "|", `\|`))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("config: write docs: %w", err)
	}
	return nil
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}
