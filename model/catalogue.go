package model

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed messages
var messageFiles embed.FS

// The languages of the product, first the default.
const (
	LangZh = "zh-CN"
	LangEn = "en"
)

// Text is what a person reads about a refusal: what happened, and what to do next.
type Text struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

// catalogue is one language: the texts by code and by kind of notice, sentences by name,
// what is wrong with a field by reason, and words for the values of placeholders that are
// names in the code ("in_review").
type catalogue struct {
	Codes   map[Code]Text             `json:"codes"`
	Notices map[NoticeKind]NoticeText `json:"notices"`
	Phrases map[string]string         `json:"phrases"`
	Reasons map[string]string         `json:"reasons"`
	Values  map[string]string         `json:"values"`
	Acts    map[string]string         `json:"acts"`

	Findings map[string]FindingText `json:"findings"` // by AI rule, and by reason where one has its own
}

// catalogueOf is a language's catalogue, the default one for a language that we lack.
func catalogueOf(lang string) catalogue {
	if c, known := catalogues()[lang]; known {
		return c
	}
	return catalogues()[LangZh]
}

// catalogues reads both files once; they are compiled in, so a fault in them is caught
// by the tests and can only be a mistake of ours.
var catalogues = sync.OnceValue(func() map[string]catalogue {
	out := map[string]catalogue{}
	for _, lang := range []string{LangZh, LangEn} {
		raw, err := messageFiles.ReadFile("messages/" + lang + ".json")
		if err == nil {
			var m catalogue
			err = json.Unmarshal(raw, &m)
			m.nameAll(lang)
			out[lang] = m
		}
		if err != nil {
			panic(fmt.Sprintf("model: message catalogue %s: %v", lang, err))
		}
	}
	return out
})

// nameAll adds the names of the platforms, which stand in their own table.
func (c catalogue) nameAll(lang string) {
	for _, p := range Platforms() {
		c.Values[p.ID] = p.En
		if lang == LangZh {
			c.Values[p.ID] = p.Zh
		}
	}
}

// TextOf is the text for a code in a language, with args put into its placeholders. A
// placeholder without a value becomes "–".
func TextOf(lang string, code Code, args map[string]string) Text {
	c := catalogues()[lang]
	t := c.Codes[code]
	t.Detail = word(t.Detail, args, c.Values)
	return t
}

// ReasonText says in a language what is wrong with a field, and what to do; "" for a reason
// without a text. A code may be a reason: an article is wrong for what its flow is; so may
// be an AI rule.
func ReasonText(lang, reason string) string {
	c := catalogueOf(lang)
	if text, known := c.Reasons[reason]; known {
		return text
	}
	if text, known := c.Findings[reason]; known {
		return text.Reason
	}
	return c.Codes[Code(reason)].Title
}

// fromPeople are placeholders whose values people wrote: they are shown as they are.
var fromPeople = []string{"by", "reason", "fitting", "channels", "title", "brand", "name", "names", "step", "comment", "from", "to", "absent"}

// worded puts words in the place of values, also of several in a list.
func worded(v string, values map[string]string) string {
	parts := strings.Split(v, ", ")
	for i, p := range parts {
		if word, known := values[p]; known {
			parts[i] = word
		}
	}
	return strings.Join(parts, ", ")
}

// Codes lists every code with its kind, for the documentation and the tests.
func Codes() map[Code]Kind { return maps.Clone(kinds) }

// word fills a text in one pass: what a value holds, braces too, stays as it is.
func word(s string, args, values map[string]string) string {
	var out strings.Builder
	for {
		before, rest, open := strings.Cut(s, "{")
		out.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		if !open || !closed {
			return out.String()
		}
		v, given := args[name]
		switch {
		case !given:
			v = "–"
		case !slices.Contains(fromPeople, name):
			v = worded(v, values)
		}
		out.WriteString(v)
		s = after
	}
}
