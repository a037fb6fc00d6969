package aimodel

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/model"
	"countersign/strictjson"
)

// refusal is what a status means. Nothing of the body is kept but its code.
func refusal(status int, h http.Header, body []byte) error {
	var f failure
	_ = json.Unmarshal(body, &f) // a gateway may answer a page
	cause := fmt.Errorf("aimodel: status %d", status)
	code := strings.Trim(string(f.Error.Code), `"`) + " " + f.Error.Type
	switch {
	case status == http.StatusPaymentRequired, strings.Contains(code, "insufficient_quota"):
		return model.E(model.CodeAIModelQuota).Because(cause)
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= http.StatusInternalServerError:
		return model.E(model.CodeAIModelBusy).Because(cause).After(retryAfter(h))
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound, status < http.StatusBadRequest:
		return model.E(model.CodeAIModelConfig).Because(cause)
	}
	return model.E(model.CodeAIModelRefused).Because(cause)
}

// retryAfter takes seconds, up to an hour; a date is rare and left to our own pauses.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, time.Hour)
}

// read takes the findings out of an answer.
func (c *Client) read(out model.AIVerdict, q model.AIQuestion, body []byte) (model.AIVerdict, error) {
	refused := func(why string) (model.AIVerdict, error) {
		return out, model.E(model.CodeAIModelRefused).Because(errors.New("aimodel: " + why))
	}
	out.Tokens = c.Cost(q) // until the answer says better
	var got completion
	if len(body) > answerLimit || json.Unmarshal(body, &got) != nil || len(got.Choices) == 0 {
		return refused("no completion")
	}
	if got.Usage.TotalTokens > 0 {
		out.Tokens = got.Usage.TotalTokens
	}
	choice := got.Choices[0]
	if choice.Message.Refusal != "" || choice.FinishReason != "stop" && choice.FinishReason != "" {
		return refused("it ended with " + strconv.Quote(model.CutRunes(choice.FinishReason, 40)))
	}
	var said findings
	if err := strictjson.Unmarshal([]byte(choice.Message.Content), &said); err != nil {
		return refused("not the schema")
	}
	for _, f := range said.Findings {
		found, ok := locate(q.Texts, f.Quote)
		if !ok || !f.Severity.Known() {
			out.Dropped++
			continue
		}
		found.Source, found.Rule, found.Severity = model.SourceModel, model.RuleNamed(f.Rule), f.Severity
		found.Words, found.Suggestion = spoken(f.Reason, model.MaxFindingWords), spoken(f.Suggestion, model.MaxSuggestion)
		out.Findings = append(out.Findings, found)
	}
	return out, nil
}

// locate finds what was quoted, in the first text that has it.
func locate(texts []model.ReviewText, quote string) (model.Finding, bool) {
	if strings.TrimSpace(quote) == "" {
		return model.Finding{}, false
	}
	for _, t := range texts {
		if before, _, found := strings.Cut(t.Text, quote); found {
			start := utf8.RuneCountInString(before)
			return model.Finding{}.At(t.Field, []rune(t.Text), start, start+utf8.RuneCountInString(quote)), true
		}
	}
	return model.Finding{}, false
}

// spoken is a model's sentence as it may be shown: one line without what hides.
func spoken(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if model.Forbidden(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return model.CutRunes(strings.Join(strings.Fields(s), " "), most)
}
