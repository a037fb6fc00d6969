package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/sandbox"
)

const (
	chatPath = "/v1/chat/completions"
	modelKey = "sk-sandbox"
	article  = "这款面霜闭眼入，包治百病。"

	findingsSchema = `{"type":"object","additionalProperties":false,"required":["findings"],"properties":{"findings":{"type":"array","items":` +
		`{"type":"object","additionalProperties":false,"required":["rule","severity","quote","reason","suggestion"],"properties":` +
		`{"rule":{"type":"string"},"severity":{"type":"string","enum":["info","warn","error"]},"quote":{"type":"string"},"reason":{"type":"string"},"suggestion":{"type":"string"}}}}}}`
)

// reviewer is the model's stand-in on its stage.
type reviewer struct {
	*sandbox.Model
	*stage
}

func setupModel(t *testing.T) *reviewer {
	t.Helper()
	m := &reviewer{stage: newStage(t)}
	m.Model = sandbox.NewModel(sandbox.ModelOptions{Key: modelKey, Name: "review-1", Now: m.clock})
	m.serve(m)
	return m
}

// request asks for a review of text in a format; change replaces parts of it.
func request(text, format string, change ...string) string {
	body := fmt.Sprintf(`{"model":"review-1","temperature":0,"messages":[{"role":"system","content":"Answer in JSON."},{"role":"user","content":%q}],"response_format":%s}`, text, format)
	return strings.NewReplacer(change...).Replace(body)
}

func strict(schema string) string {
	return `{"type":"json_schema","json_schema":{"name":"findings","strict":true,"schema":` + schema + `}}`
}

func (m *reviewer) chat(body string) (int, map[string]any) {
	m.t.Helper()
	status, _, raw, err := m.do(http.MethodPost, chatPath, body, "Authorization", "Bearer "+modelKey)
	if err != nil {
		m.t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(raw, &answer); err != nil {
		m.t.Fatalf("%d %s", status, raw)
	}
	return status, answer
}

// said is the message of an answer, its content and why it ended.
func said(t *testing.T, answer map[string]any) (message map[string]any, content, finish string) {
	t.Helper()
	choices, _ := answer["choices"].([]any)
	if len(choices) != 1 {
		t.Fatalf("answer %v", answer)
	}
	choice := choices[0].(map[string]any)
	message = choice["message"].(map[string]any)
	content, _ = message["content"].(string)
	return message, content, choice["finish_reason"].(string)
}

func findings(t *testing.T, content string) []sandbox.Finding {
	t.Helper()
	var got struct {
		Findings []sandbox.Finding `json:"findings"`
	}
	if err := json.Unmarshal([]byte(content), &got); err != nil || got.Findings == nil {
		t.Fatalf("content %s: %v", content, err)
	}
	return got.Findings
}

func TestTheModelFindsItsWords(t *testing.T) {
	t.Parallel()
	m := setupModel(t)
	status, answer := m.chat(request(article, strict(findingsSchema)))
	_, content, finish := said(t, answer)
	got := findings(t, content)
	if status != 200 || finish != "stop" || len(got) != 2 || got[0].Rule != "model.exaggeration" || got[0].Quote != "闭眼入" || got[0].Severity != "warn" ||
		got[1].Rule != "model.medical_claim" || got[1].Quote != "包治百病" || got[1].Severity != "error" || got[1].Reason == "" || got[1].Suggestion == "" {
		t.Errorf("status %d, %s, %+v", status, finish, got)
	}
	usage := answer["usage"].(map[string]any)
	if usage["total_tokens"] != usage["prompt_tokens"].(float64)+usage["completion_tokens"].(float64) || usage["prompt_tokens"] == 0.0 {
		t.Errorf("usage %v", usage)
	}
	if answer["object"] != "chat.completion" || answer["model"] != "review-1" || answer["created"] != float64(m.clock().Unix()) {
		t.Errorf("answer %v", answer)
	}
	_, clean := m.chat(request("一篇平常的文章。", strict(findingsSchema)))
	if _, content, _ := said(t, clean); content != `{"findings":[]}` {
		t.Errorf("content %s", content)
	}
}

func TestTheFormatDecidesTheAnswer(t *testing.T) {
	t.Parallel()
	m := setupModel(t)
	_, answer := m.chat(request(article, `{"type":"json_object"}`))
	if _, content, _ := said(t, answer); len(findings(t, content)) != 2 {
		t.Errorf("content %s", content)
	}
	for _, format := range []string{`null`, `{"type":"text"}`} {
		_, answer := m.chat(request(article, format))
		if _, content, _ := said(t, answer); content == "" || json.Valid([]byte(content)) {
			t.Errorf("%s: content %s", format, content)
		}
	}
	small := `{"type":"object","properties":{"findings":{"type":"array","items":{"type":"object","properties":{"quote":{"type":"string"}}}}}}`
	_, answer = m.chat(request(article, strict(small), `"strict":true`, `"strict":false`))
	if _, content, _ := said(t, answer); content != `{"findings":[{"quote":"闭眼入"},{"quote":"包治百病"}]}` {
		t.Errorf("content %s", content)
	}
	parts := fmt.Sprintf(`[{"type":"text","text":%q},{"type":"text","text":"!"}]`, article)
	_, answer = m.chat(request(article, strict(findingsSchema), fmt.Sprintf("%q", article), parts))
	if _, content, _ := said(t, answer); len(findings(t, content)) != 2 {
		t.Errorf("content %s", content)
	}
}

func TestTheModelRefusesWhatTheAPIRefuses(t *testing.T) {
	t.Parallel()
	m := setupModel(t)
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"no JSON":          {`{`, 400, "invalid_value"},
		"no model":         {`{}`, 400, "invalid_value"},
		"other model":      {request("x", "null", "review-1", "review-2"), 404, "model_not_found"},
		"no messages":      {`{"model":"review-1"}`, 400, "invalid_value"},
		"no user":          {request("x", "null", `"user"`, `"assistant"`), 400, "invalid_value"},
		"odd role":         {request("x", "null", "system", "robot"), 400, "invalid_value"},
		"odd content":      {request("x", "null", `"x"`, `5`), 400, "invalid_value"},
		"stream":           {request("x", `null,"stream":true`), 400, "invalid_value"},
		"odd format":       {request("x", `{"type":"xml"}`), 400, "invalid_value"},
		"JSON unsaid":      {request("x", `{"type":"json_object"}`, "JSON", "prose"), 400, "invalid_value"},
		"no schema":        {request("x", `{"type":"json_schema"}`), 400, "invalid_value"},
		"no name":          {request("x", strict(findingsSchema), `"name":"findings"`, `"name":""`), 400, "invalid_value"},
		"broken schema":    {request("x", strict(`[]`)), 400, "invalid_value"},
		"open schema":      {request("x", strict(findingsSchema), `"additionalProperties":false,"required":["rule"`, `"required":["rule"`), 400, "invalid_value"},
		"optional":         {request("x", strict(findingsSchema), `,"suggestion"]`, `]`), 400, "invalid_value"},
		"other property":   {request("x", strict(findingsSchema), `findings"]`, `issues"]`, `"findings":{`, `"issues":{`), 400, "invalid_value"},
		"no list":          {request("x", strict(findingsSchema), `array`, `string`), 400, "invalid_value"},
		"unknown field":    {request("x", strict(findingsSchema), `"reason"`, `"score"`), 400, "invalid_value"},
		"unknown severity": {request("x", strict(findingsSchema), `"error"`, `"fatal"`), 400, "invalid_value"},
	} {
		status, answer := m.chat(c.body)
		failure, _ := answer["error"].(map[string]any)
		if status != c.status || failure["code"] != c.code || failure["message"] == "" || failure["type"] != "invalid_request_error" {
			t.Errorf("%s: status %d, %v", name, status, answer)
		}
	}
	for _, key := range []string{"", "Bearer x", modelKey} {
		got := m.ask(http.MethodPost, chatPath, request("x", "null"), "Authorization", key)
		if failure := got["error"].(map[string]any); failure["code"] != "invalid_api_key" {
			t.Errorf("%q: %v", key, got)
		}
	}
	if status, _, _, _ := m.do(http.MethodGet, chatPath, ""); status != http.StatusMethodNotAllowed {
		t.Errorf("GET: status %d", status)
	}
}

func TestTheModelsModes(t *testing.T) {
	t.Parallel()
	m := setupModel(t)
	for mode, check := range map[sandbox.Mode]func(message map[string]any, content, finish string) bool{
		sandbox.ModeNonsense: func(_ map[string]any, content, _ string) bool { return !json.Valid([]byte(content)) },
		sandbox.ModeWrongSchema: func(_ map[string]any, content, _ string) bool {
			return json.Valid([]byte(content)) && strings.Contains(content, `"findings":"none"`)
		},
		sandbox.ModeForeignQuote: func(_ map[string]any, content, _ string) bool {
			got := findings(t, content)
			return len(got) == 1 && !strings.Contains(article, got[0].Quote)
		},
		sandbox.ModeRefusal: func(message map[string]any, _, finish string) bool {
			return message["content"] == nil && message["refusal"] != "" && finish == "stop"
		},
		sandbox.ModeCutShort: func(_ map[string]any, content, finish string) bool {
			return !json.Valid([]byte(content)) && finish == "length"
		},
	} {
		if got := record(m, http.MethodPost, "/sandbox/model/faults", fmt.Sprintf(`{"mode":%q}`, mode)).Code; got != http.StatusNoContent {
			t.Fatalf("%s: status %d", mode, got)
		}
		status, answer := m.chat(request(article, strict(findingsSchema)))
		if message, content, finish := said(t, answer); status != 200 || !check(message, content, finish) {
			t.Errorf("%s: %d %v", mode, status, answer)
		}
	}
}

func TestTheModelsErrors(t *testing.T) {
	t.Parallel()
	m := setupModel(t)
	for status, code := range map[int]string{429: "rate_limit_exceeded", 500: "server_error", 401: "invalid_api_key"} {
		m.Fault(sandbox.Fault{HTTPStatus: status})
		got, header, body, _ := m.do(http.MethodPost, chatPath, request(article, "null"))
		if got != status || !strings.Contains(string(body), code) || (header.Get("Retry-After") == "2") != (status == 429) {
			t.Errorf("%d: status %d, %v, %s", status, got, header, body)
		}
	}
	m.Fault(sandbox.Fault{HTML: true, HTTPStatus: 502})
	if status, header, _, _ := m.do(http.MethodPost, chatPath, ""); status != 502 || header.Get("Content-Type") != "text/html" {
		t.Errorf("status %d, %v", status, header)
	}
	m.Fault(sandbox.Fault{ErrCode: 7})
	if status, answer := m.chat("{}"); status != 400 || answer["error"].(map[string]any)["code"] != "7" {
		t.Errorf("%d %v", status, answer)
	}
	m.Fault(sandbox.Fault{Times: -1, HTTPStatus: 500})
	record(m, http.MethodDelete, "/sandbox/model/faults", "")
	if status, _ := m.chat(request(article, "null")); status != 200 {
		t.Errorf("status %d", status)
	}
	if got := m.ask(http.MethodGet, "/sandbox/model/stats", ""); got[chatPath] != 6.0 {
		t.Errorf("stats %v", got)
	}
	for body, want := range map[string]int{`{"path":"/x"}`: 422, `{"mode":"png"}`: 422, `[]`: 400} {
		if got := record(m, http.MethodPost, "/sandbox/model/faults", body).Code; got != want {
			t.Errorf("%s: status %d", body, got)
		}
	}
}

func TestAnAnswerHeldWhileOthersGo(t *testing.T) {
	t.Parallel()
	m := setupModel(t)
	m.Fault(sandbox.Fault{Mode: sandbox.ModeHold, Times: 2})
	done := make(chan []byte)
	go func() {
		_, _, body, _ := m.do(http.MethodPost, chatPath, request(article, strict(findingsSchema)), "Authorization", "Bearer "+modelKey)
		done <- body
	}()
	for m.Stats()[chatPath] == 0 { // counted means held
		record(m, http.MethodGet, "/sandbox/model/stats", "")
	}
	record(m, http.MethodPost, "/sandbox/model/release", "")
	if body := <-done; !strings.Contains(string(body), "包治百病") {
		t.Errorf("answer %s", body)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.server.URL+chatPath, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if err == nil {
		_ = res.Body.Close()
	}
}

func TestTheModelsWordsMayBeOthers(t *testing.T) {
	t.Parallel()
	m := sandbox.NewModel(sandbox.ModelOptions{Key: modelKey, Name: "m", Words: map[string]sandbox.Finding{"甲": {Rule: "r", Severity: "info"}}})
	s := newStage(t)
	s.serve(m)
	r := &reviewer{m, s}
	_, answer := r.chat(request(article+"甲", strict(findingsSchema), "review-1", "m"))
	_, content, _ := said(t, answer)
	if got := findings(t, content); !slices.Equal(got, []sandbox.Finding{{Rule: "r", Severity: "info", Quote: "甲"}}) {
		t.Errorf("findings %+v", got)
	}
}
