package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// choice is what the model says, and why it stopped.
type choice struct {
	content string
	refusal string // in the place of content
	finish  string
}

// review finds the words in the last user message, in the order of the text.
func (m *Model) review(in chatRequest) []Finding {
	text := in.lastUser()
	found := []Finding{}
	for _, word := range slices.Sorted(maps.Keys(m.opts.Words)) {
		if strings.Contains(text, word) {
			f := m.opts.Words[word]
			f.Quote = word
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Compare(strings.Index(text, a.Quote), strings.Index(text, b.Quote))
	})
	return found
}

// say words the findings as response_format asks.
func (in chatRequest) say(found []Finding) choice {
	if in.Format.Type == "" || in.Format.Type == "text" {
		return choice{content: "我看完了这篇文章。", finish: "stop"}
	}
	list := []map[string]string{}
	for _, f := range found {
		list = append(list, f.with(in.Format.fields))
	}
	return choice{content: wordFindings(list), finish: "stop"}
}

func wordFindings(list []map[string]string) string {
	return string(answer(map[string]any{"findings": list}).body)
}

// with is the finding with these fields only.
func (f Finding) with(fields []string) map[string]string {
	all := map[string]string{"rule": f.Rule, "severity": f.Severity, "quote": f.Quote, "reason": f.Reason, "suggestion": f.Suggestion}
	maps.DeleteFunc(all, func(name, _ string) bool { return !slices.Contains(fields, name) })
	return all
}

// completion is the answer as a whole.
func (m *Model) completion(in chatRequest, c choice) reply {
	message := map[string]any{"role": "assistant", "content": c.content, "refusal": nil}
	if c.refusal != "" {
		message["content"], message["refusal"] = nil, c.refusal
	}
	asked, said := utf8.RuneCountInString(in.allText()), utf8.RuneCountInString(c.content+c.refusal)
	return answer(map[string]any{
		"id": "chatcmpl-" + m.random(18), "object": "chat.completion", "created": m.opts.Now().Unix(), "model": in.Model,
		"choices": []any{map[string]any{"index": 0, "message": message, "logprobs": nil, "finish_reason": c.finish}},
		"usage":   map[string]int{"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
	})
}

func (m *Model) random(n int) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return randomText(m.opts.Rand, n)
}
