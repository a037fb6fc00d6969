// Package aimodel is the door to a language model that speaks as OpenAI's chat completions
// do. What it says is advice on a text: it is read strictly, and what it quotes must be
// there.
package aimodel

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/model"
)

// PromptVersion names the file that the model is instructed by. A changed prompt is a new
// file with a new name: reports tell which one they were made by.
const PromptVersion = "content-review-v1"

//go:embed prompts/content-review-v1.md
var prompt string

// Config is where the model is and what it may cost.
type Config struct {
	BaseURL   string        // "https://api.example.com/v1": /chat/completions is added
	Key       string        // "" sends none
	Model     string        // as the server calls it
	Timeout   time.Duration // of one call, whole; 0 is 20 s
	MaxTokens int           // of one answer; 0 is 2000
}

const (
	answerLimit = 1 << 20 // bytes of an answer
	errorLimit  = 16 << 10
	userAgent   = "Countersign-AI/1"

	// MaxText is how many characters are asked about at once.
	MaxText = 50_000
)

// Client asks the model. It is safe for many goroutines.
type Client struct {
	c    Config
	http *http.Client
}

// New makes a Client.
func New(c Config) *Client {
	c.Timeout, c.MaxTokens = cmp.Or(c.Timeout, 20*time.Second), cmp.Or(c.MaxTokens, 2000)
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 4
	return &Client{c: c, http: &http.Client{
		Timeout: c.Timeout, Transport: t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the key is for this address alone
	}}
}

// Close ends connections that rest.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Cost is the most tokens that a question may take: one for each character, as Chinese
// takes them at worst, the prompt, and the longest answer.
func (c *Client) Cost(q model.AIQuestion) int64 {
	n := utf8.RuneCountInString(prompt) + c.c.MaxTokens
	for _, t := range q.Texts {
		n += utf8.RuneCountInString(t.Text)
	}
	return int64(n)
}

// Review asks the model about texts.
//
// Errors: CodeInvalid (field "texts", "text_too_long"), CodeAIModelBusy (passes by itself),
// CodeAIModelQuota, CodeAIModelConfig, CodeAIModelRefused. When the outcome is unknown the
// verdict's Tokens is what the question may have cost at most.
func (c *Client) Review(ctx context.Context, q model.AIQuestion) (model.AIVerdict, error) {
	out := model.AIVerdict{Version: c.c.Model + " " + PromptVersion}
	n := 0
	for _, t := range q.Texts {
		n += utf8.RuneCountInString(t.Text)
	}
	if n > MaxText {
		return out, model.Invalid(model.Field("texts", "text_too_long"))
	}
	body, err := json.Marshal(c.payload(q))
	if err != nil {
		return out, fmt.Errorf("aimodel: %w", err)
	}
	status, header, answer, err := c.post(ctx, body)
	if err != nil {
		out.Tokens = c.Cost(q)
		return out, model.E(model.CodeAIModelBusy).Because(err)
	}
	if status != http.StatusOK {
		return out, refusal(status, header, answer)
	}
	return c.read(out, q, answer)
}

func (c *Client) post(ctx context.Context, body []byte) (status int, h http.Header, answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.c.BaseURL+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, c.scrub(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	if c.c.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.c.Key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, nil, c.scrub(err)
	}
	defer func() { _ = resp.Body.Close() }()
	limit := int64(answerLimit)
	if resp.StatusCode != http.StatusOK {
		limit = errorLimit
	}
	answer, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return 0, nil, nil, c.scrub(err)
	}
	return resp.StatusCode, resp.Header, answer, nil
}

// scrub takes the key out of an error, should a server or a proxy have put it there.
func (c *Client) scrub(err error) error {
	text := err.Error()
	if c.c.Key != "" {
		text = strings.ReplaceAll(text, c.c.Key, "…")
	}
	return fmt.Errorf("aimodel: %s", text)
}
