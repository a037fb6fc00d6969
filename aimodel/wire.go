package aimodel

import (
	"encoding/json"
	"strings"

	"countersign/model"
)

// The request, as OpenAI documents chat completions.
type (
	request struct {
		Model          string         `json:"model"`
		Messages       []message      `json:"messages"`
		Temperature    float64        `json:"temperature"`
		MaxTokens      int            `json:"max_tokens"`
		ResponseFormat responseFormat `json:"response_format"`
	}
	message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	responseFormat struct {
		Type       string     `json:"type"`
		JSONSchema jsonSchema `json:"json_schema"`
	}
	jsonSchema struct {
		Name   string          `json:"name"`
		Strict bool            `json:"strict"`
		Schema json.RawMessage `json:"schema"`
	}
)

// answerSchema is what an answer must look like.
const answerSchema = `{"type":"object","additionalProperties":false,"required":["findings"],"properties":{"findings":{"type":"array","items":{
"type":"object","additionalProperties":false,"required":["rule","severity","quote","reason","suggestion"],"properties":{
"rule":{"type":"string"},"severity":{"type":"string","enum":["info","warn","error"]},"quote":{"type":"string"},"reason":{"type":"string"},"suggestion":{"type":"string"}}}}}}`

// The answer: only what is read of it.
type (
	completion struct {
		Choices []struct {
			FinishReason string `json:"finish_reason"`
			Message      struct {
				Content string `json:"content"`
				Refusal string `json:"refusal"`
			} `json:"message"`
		} `json:"choices"`
		Usage struct {
			TotalTokens int64 `json:"total_tokens"`
		} `json:"usage"`
	}
	findings struct {
		Findings []struct {
			Rule       string         `json:"rule"`
			Severity   model.Severity `json:"severity"`
			Quote      string         `json:"quote"`
			Reason     string         `json:"reason"`
			Suggestion string         `json:"suggestion"`
		} `json:"findings"`
	}
	failure struct {
		Error struct {
			Code json.RawMessage `json:"code"` // a text, a number or null, by server
			Type string          `json:"type"`
		} `json:"error"`
	}
)

// payload is the request. The texts go as JSON, apart from the instructions.
func (c *Client) payload(q model.AIQuestion) request {
	type field struct {
		Field string `json:"field"`
		Text  string `json:"text"`
	}
	in := struct {
		Platform string  `json:"platform"`
		Fields   []field `json:"fields"`
	}{q.Platform, make([]field, len(q.Texts))}
	for i, t := range q.Texts {
		in.Fields[i] = field(t)
	}
	raw, _ := json.Marshal(in) // texts always marshal
	language := "Simplified Chinese"
	if q.Language == model.LangEn {
		language = "English"
	}
	return request{
		Model: c.c.Model, MaxTokens: c.c.MaxTokens,
		Messages:       []message{{"system", strings.ReplaceAll(prompt, "{language}", language)}, {"user", string(raw)}},
		ResponseFormat: responseFormat{"json_schema", jsonSchema{"content_review", true, json.RawMessage(answerSchema)}},
	}
}
