package sandbox

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	maxChat  = 1 << 20 // bytes of one request; an article is longer than what WeChat takes
	chatPath = "/v1/chat/completions"
)

// ModelOptions says which model the stand-in plays, and what it objects to.
type ModelOptions struct {
	Key   string             // the bearer key
	Name  string             // the one model it knows
	Words map[string]Finding // what it finds where the word stands; Quote becomes the word. nil: 包治百病 and 闭眼入

	Now  func() time.Time // default time.Now
	Rand io.Reader        // default crypto/rand
}

// Finding is one objection to a text.
type Finding struct {
	Rule       string `json:"rule"`
	Severity   string `json:"severity"` // info, warn or error
	Quote      string `json:"quote"`    // a passage of the text, letter by letter
	Reason     string `json:"reason"`
	Suggestion string `json:"suggestion"`
}

// Model stands in for a model behind an OpenAI-compatible API
// (platform.openai.com/docs/api-reference/chat) that is asked to review a text:
//
//	POST /v1/chat/completions   Authorization: Bearer {key}
//
// It takes model, messages (system, developer, user, assistant; content as a text or as
// text parts) and response_format, and ignores other fields; it does not stream.
// response_format decides what it answers with in choices[0].message.content:
//
//	json_schema   JSON of the requested schema; a strict one must keep OpenAI's rules: every
//	              object lists all its properties as required and forbids additional ones
//	json_object   the same JSON with all fields; the word "JSON" must stand in the messages
//	text, none    a sentence, no JSON
//
// The schema it can fill is this one, or one with fewer of the five fields:
//
//	{"findings": [{"rule": string, "severity": "info|warn|error", "quote": string, "reason": string, "suggestion": string}]}
//
// It finds the configured words in the last user message, in the order of the text.
// Refusals are {"error": {message, type, code, param}} with the status of OpenAI's. usage
// counts characters as tokens.
//
// The admin endpoints, as those of WeChat:
//
//	POST   /sandbox/model/faults   Fault → 204; http_status answers an error of the API, with Retry-After: 2 when it is 429
//	DELETE /sandbox/model/faults   → 204; forgets every fault
//	POST   /sandbox/model/release  → 204; lets the calls go on that ModeHold holds now
//	GET    /sandbox/model/stats    → {"/v1/chat/completions": 3}; refused calls included
//
// A Model is safe for concurrent use and runs no goroutine of its own.
type Model struct {
	*script
	opts  ModelOptions
	admin *http.ServeMux

	mu   sync.Mutex    // guards everything below, and opts.Rand
	gate chan struct{} // closed by release; a new one takes its place
}

// NewModel makes a stand-in.
func NewModel(opts ModelOptions) *Model {
	m := &Model{opts: opts.withDefaults(), script: newScript(func(path string) bool { return path == chatPath }, modelModes), gate: make(chan struct{})}
	m.admin = m.adminRoutes()
	return m
}

func (o ModelOptions) withDefaults() ModelOptions {
	if o.Words == nil {
		o.Words = map[string]Finding{
			"包治百病": {Rule: "model.medical_claim", Severity: "error", Reason: "宣称疗效，普通商品不得涉及疾病治疗功能", Suggestion: "删除疗效表述"},
			"闭眼入":  {Rule: "model.exaggeration", Severity: "warn", Reason: "夸张的购买引导，易误导消费者", Suggestion: "改为客观描述"},
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	return o
}

// ServeHTTP answers the API's endpoint and the admin ones.
func (m *Model) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Path == chatPath {
		m.serveChat(rw, r)
		return
	}
	m.admin.ServeHTTP(rw, r)
}

func (m *Model) serveChat(rw http.ResponseWriter, r *http.Request) {
	body, ok := readBody(rw, r, maxChat) // first, so that a caller who hangs up is noticed
	if !ok {
		return
	}
	f, gate := m.begin()
	if !f.wait(r.Context()) || f.Mode == ModeHold && !hold(r.Context(), gate) {
		return
	}
	if f.HTTPStatus != 0 && !f.HTML {
		writeAPIError(rw, scriptedError(f))
		return
	}
	if answer, ok := f.insteadOf(scriptedCode); ok {
		answer.write(rw)
		return
	}
	f.spoil(rw, m.complete(r, body, f.Mode))
}

// begin counts the call, and takes the fault scripted for it and the gate that may hold
// it: a release after the count lets this call go.
func (m *Model) begin() (Fault, chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.script.begin(chatPath), m.gate
}

// hold waits for the gate; false when the caller hung up.
func hold(ctx context.Context, gate chan struct{}) bool {
	select {
	case <-gate:
		return true
	case <-ctx.Done():
		return false
	}
}

// complete does what the endpoint does, once method, key and request are right.
func (m *Model) complete(r *http.Request, body []byte, mode Mode) reply {
	key, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case r.Method != http.MethodPost:
		return apiError{http.StatusMethodNotAllowed, "Not allowed to " + r.Method, "invalid_request_error", "method_not_supported", ""}.reply()
	case !bearer || key != m.opts.Key:
		return apiError{http.StatusUnauthorized, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key", ""}.reply()
	}
	in, err := m.readChat(body)
	if err != nil {
		return err.reply()
	}
	return m.completion(in, in.say(m.review(in)).bend(mode))
}
