package sandbox

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

var schemaName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// chatRequest is what the stand-in reads of a request.
type chatRequest struct {
	Model    string         `json:"model"`
	Messages []chatMessage  `json:"messages"`
	Format   responseFormat `json:"response_format"`
	Stream   bool           `json:"stream"`
}

type responseFormat struct {
	Type       string `json:"type"`
	JSONSchema *struct {
		Name   string          `json:"name"`
		Strict bool            `json:"strict"`
		Schema json.RawMessage `json:"schema"`
	} `json:"json_schema"`
	fields []string // of a finding, as the schema asks for; set by check
}

type chatMessage struct {
	Role    string   `json:"role"`
	Content chatText `json:"content"`
}

// chatText is the text of a message, which comes as one or in parts.
type chatText string

// UnmarshalJSON takes a string, or a list of {type: "text", text}.
func (t *chatText) UnmarshalJSON(data []byte) error {
	var whole string
	if json.Unmarshal(data, &whole) == nil {
		*t = chatText(whole)
		return nil
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	for _, part := range parts {
		*t += chatText(part.Text)
	}
	return nil
}

// readChat decodes and checks a request.
func (m *Model) readChat(body []byte) (chatRequest, *apiError) {
	var in chatRequest
	if json.Unmarshal(body, &in) != nil {
		return in, badRequest("We could not parse the JSON body of your request.", "")
	}
	switch {
	case in.Model == "":
		return in, badRequest("you must provide a model parameter", "model")
	case in.Model != m.opts.Name:
		return in, &apiError{http.StatusNotFound, "The model does not exist or you do not have access to it.", "invalid_request_error", "model_not_found", "model"}
	case slices.ContainsFunc(in.Messages, wrongRole):
		return in, badRequest("Invalid role.", "messages")
	case in.lastUser() == "":
		return in, badRequest("A user message with text is needed.", "messages")
	case in.Stream:
		return in, badRequest("This stand-in does not stream.", "stream")
	}
	err := in.checkFormat() // before in is copied: it learns the fields
	return in, err
}

func wrongRole(m chatMessage) bool {
	return !slices.Contains([]string{"system", "developer", "user", "assistant"}, m.Role)
}

// lastUser is the text that is reviewed, "" without one.
func (in chatRequest) lastUser() string {
	for _, m := range slices.Backward(in.Messages) {
		if m.Role == "user" {
			return string(m.Content)
		}
	}
	return ""
}

// allText is every message, for what depends on their words or their length.
func (in chatRequest) allText() string {
	var b strings.Builder
	for _, m := range in.Messages {
		b.WriteString(string(m.Content))
	}
	return b.String()
}

// checkFormat checks response_format and learns the fields to fill.
func (in *chatRequest) checkFormat() *apiError {
	f := &in.Format
	f.fields = findingFields
	switch f.Type {
	case "", "text":
		return nil
	case "json_object":
		if !strings.Contains(strings.ToLower(in.allText()), "json") {
			return badRequest("'messages' must contain the word 'json' in some form.", "messages")
		}
		return nil
	case "json_schema":
		return f.checkSchema()
	}
	return badRequest("Invalid value: supported values are 'text', 'json_object', and 'json_schema'.", "response_format.type")
}

func (f *responseFormat) checkSchema() *apiError {
	const at = "response_format.json_schema"
	if f.JSONSchema == nil || !schemaName.MatchString(f.JSONSchema.Name) {
		return badRequest("Missing or invalid: name.", at+".name")
	}
	var s jsonSchema
	if err := json.Unmarshal(f.JSONSchema.Schema, &s); err != nil {
		return badRequest("Missing or invalid: schema.", at+".schema")
	}
	if wrong := s.breaks("schema"); f.JSONSchema.Strict && wrong != "" {
		return badRequest("Invalid schema for strict mode: "+wrong, at)
	}
	fields, wrong := s.findingFields()
	if wrong != "" {
		return badRequest("This stand-in fills findings only: "+wrong, at)
	}
	f.fields = fields
	return nil
}
