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

// catalogues reads both files once; they are compiled in, so a fault in them is caught
// by the tests and can only be a mistake of ours.
var catalogues = sync.OnceValue(func() map[string]map[Code]Text {
	out := map[string]map[Code]Text{}
	for _, lang := range []string{LangZh, LangEn} {
		raw, err := messageFiles.ReadFile("messages/" + lang + ".json")
		if err == nil {
			var m map[Code]Text
			err = json.Unmarshal(raw, &m)
			out[lang] = m
		}
		if err != nil {
			panic(fmt.Sprintf("model: message catalogue %s: %v", lang, err))
		}
	}
	return out
})

// TextOf is the text for a code in a language, with args put into its placeholders. A
// placeholder without a value becomes "–".
func TextOf(lang string, code Code, args map[string]string) Text {
	t := catalogues()[lang][code]
	t.Detail = fill(t.Detail, args)
	return t
}

func fill(s string, args map[string]string) string {
	for _, k := range slices.Sorted(maps.Keys(args)) {
		s = strings.ReplaceAll(s, "{"+k+"}", args[k])
	}
	for {
		i := strings.IndexByte(s, '{')
		if i < 0 {
			return s
		}
		n := strings.IndexByte(s[i:], '}')
		if n < 0 {
			return s
		}
		s = s[:i] + "–" + s[i+n+1:]
	}
}

// Codes lists every code with its kind, for the documentation and the tests.
func Codes() map[Code]Kind { return maps.Clone(kinds) }
