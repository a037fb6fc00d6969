package aimodel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/aimodel"
	"countersign/model"
)

const key = "planted-model-key-51c2"

// server answers as it is told and keeps what it was asked.
type server struct {
	*httptest.Server
	status int
	header map[string]string
	body   string
	asked  map[string]any
	auth   string
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{status: 200}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(raw, &s.asked) != nil || r.URL.Path != "/v1/chat/completions" || r.Method != http.MethodPost {
			t.Errorf("asked %s %s: %v %s", r.Method, r.URL.Path, err, raw)
		}
		s.auth = r.Header.Get("Authorization")
		for k, v := range s.header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(s.status)
		_, _ = io.WriteString(w, s.body)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) client(t *testing.T) *aimodel.Client {
	t.Helper()
	c := aimodel.New(aimodel.Config{BaseURL: s.URL + "/v1/", Key: key, Model: "judge-1", Timeout: 3 * time.Second, MaxTokens: 500})
	t.Cleanup(c.Close)
	return c
}

// says is a completion with that content.
func says(content string, tokens int) string {
	raw, err := json.Marshal(map[string]any{
		"id": "c", "object": "chat.completion", "created": 1, "model": "judge-1",
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": content, "refusal": nil}}},
		"usage":   map[string]any{"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": tokens},
	})
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

var question = model.AIQuestion{Platform: "微信公众号", Language: model.LangZh, Texts: []model.ReviewText{{Field: "title", Text: "好茶"}, {Field: "body_html", Text: "喝了能降压，好茶。"}}}

// TestReview: what is quoted from a text is found there; the rest is dropped and counted.
func TestReview(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.body = says(`{"findings":[
		{"rule":"medical","severity":"error","quote":"降压","reason":"宣称\u202e\n疗效","suggestion":""},
		{"rule":"model.wording","severity":"info","quote":"好茶","reason":"重复","suggestion":"茶"},
		{"rule":"ad-law.superlative","severity":"warn","quote":"能降","reason":"x","suggestion":""},
		{"rule":"invented","severity":"warn","quote":"能","reason":"`+strings.Repeat("长", 400)+`","suggestion":""},
		{"rule":"fact","severity":"warn","quote":"不在文中","reason":"x","suggestion":""},
		{"rule":"fact","severity":"grave","quote":"好茶","reason":"x","suggestion":""},
		{"rule":"fact","severity":"warn","quote":" ","reason":"x","suggestion":""}]}`, 321)
	v, err := s.client(t).Review(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range v.Findings {
		got = append(got, fmt.Sprintf("%s %s %s %s %d-%d %s %.9s %s", f.Source, f.Rule, f.Severity, f.Field, f.Start, f.End, f.Quote, f.Words, f.Suggestion))
	}
	want := []string{
		"model model.medical error body_html 3-5 降压 宣称 疗效 ", "model model.wording info title 0-2 好茶 重复 茶",
		"model model.other warn body_html 2-4 能降 x ", "model model.other warn body_html 2-3 能 长长长长长长长长长 ",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") || v.Dropped != 3 || v.Tokens != 321 || v.Version != "judge-1 "+aimodel.PromptVersion {
		t.Errorf("%q, %d dropped, %d tokens, %s", got, v.Dropped, v.Tokens, v.Version)
	}
	if n := len([]rune(v.Findings[3].Words)); n != model.MaxFindingWords {
		t.Error("a reason of", n)
	}
}

// TestRequest: the texts go as data, the instructions apart, and the answer's form is named.
func TestRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.body = says(`{"findings":[]}`, 1)
	if _, err := s.client(t).Review(t.Context(), question); err != nil {
		t.Fatal(err)
	}
	messages, _ := s.asked["messages"].([]any)
	system, user := fmt.Sprint(messages[0]), fmt.Sprint(messages[1])
	format := fmt.Sprint(s.asked["response_format"])
	switch {
	case s.auth != "Bearer "+key, s.asked["model"] != "judge-1", s.asked["max_tokens"] != 500.0, s.asked["temperature"] != 0.0:
		t.Errorf("%s %v", s.auth, s.asked)
	case strings.Contains(system, "降压") || !strings.Contains(system, "Simplified Chinese") || strings.Contains(system, "{language}"):
		t.Error(system)
	case !strings.Contains(user, `"field":"body_html","text":"喝了能降压，好茶。"`) || !strings.Contains(user, "微信公众号"):
		t.Error(user)
	case !strings.Contains(format, "json_schema") || !strings.Contains(format, "strict:true"):
		t.Error(format)
	}
}

// TestRefusals: every odd answer has its code, and none shows the key or the server's words.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		want   model.Code
		after  time.Duration
	}{
		"busy":             {503, "secret words " + key, model.CodeAIModelBusy, 7 * time.Second},
		"limit":            {429, `{"error":{"code":"rate_limit_exceeded"}}`, model.CodeAIModelBusy, 7 * time.Second},
		"no credit":        {429, `{"error":{"code":"insufficient_quota"}}`, model.CodeAIModelQuota, 0},
		"payment":          {402, `{}`, model.CodeAIModelQuota, 0},
		"key":              {401, `{"error":{"message":"` + key + `"}}`, model.CodeAIModelConfig, 0},
		"no such model":    {404, `not json`, model.CodeAIModelConfig, 0},
		"redirect":         {302, ``, model.CodeAIModelConfig, 0},
		"bad request":      {400, `{"error":{"code":400}}`, model.CodeAIModelRefused, 0},
		"not JSON":         {200, `<html>`, model.CodeAIModelRefused, 0},
		"no choice":        {200, `{"choices":[]}`, model.CodeAIModelRefused, 0},
		"too large":        {200, strings.Repeat(" ", 2<<20), model.CodeAIModelRefused, 0},
		"cut":              {200, strings.Replace(says(`{"findings":[]}`, 1), `"stop"`, `"length"`, 1), model.CodeAIModelRefused, 0},
		"refuses":          {200, strings.Replace(says(`{"findings":[]}`, 1), `"refusal":null`, `"refusal":"no"`, 1), model.CodeAIModelRefused, 0},
		"prose":            {200, says("Looks fine!", 1), model.CodeAIModelRefused, 0},
		"fenced":           {200, says("```json\n{\"findings\":[]}\n```", 1), model.CodeAIModelRefused, 0},
		"an unknown field": {200, says(`{"findings":[],"approve":true}`, 1), model.CodeAIModelRefused, 0},
		"a second value":   {200, says(`{"findings":[]} {}`, 1), model.CodeAIModelRefused, 0},
	} {
		s := newServer(t)
		s.status, s.body, s.header = tc.status, tc.body, map[string]string{"Retry-After": "7", "Location": "/elsewhere"}
		_, err := s.client(t).Review(t.Context(), question)
		e, ok := errors.AsType[*model.Error](err)
		if !ok || e.Code != tc.want || e.RetryAfter != tc.after {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "secret words")) {
			t.Errorf("%s: it tells %v", name, err)
		}
	}
}

// TestUnknownOutcome: a call without an answer may have cost what it asked for.
func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.client(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v, err := c.Review(ctx, question)
	if model.CodeOf(err) != model.CodeAIModelBusy || v.Tokens != c.Cost(question) || v.Tokens < 500 {
		t.Errorf("%v, %d tokens", err, v.Tokens)
	}
	long := model.AIQuestion{Texts: []model.ReviewText{{Field: "text", Text: strings.Repeat("长", aimodel.MaxText+1)}}}
	if v, err = c.Review(t.Context(), long); model.CodeOf(err) != model.CodeInvalid || v.Tokens != 0 {
		t.Errorf("%v, %d tokens", err, v.Tokens)
	}
}
