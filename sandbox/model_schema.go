package sandbox

import (
	"maps"
	"slices"
)

// findingFields are the fields of a Finding.
var findingFields = []string{"rule", "severity", "quote", "reason", "suggestion"}

var severities = []string{"info", "warn", "error"}

// jsonSchema is what the stand-in reads of a JSON schema.
type jsonSchema struct {
	Type       string                `json:"type"`
	Properties map[string]jsonSchema `json:"properties"`
	Required   []string              `json:"required"`
	Additional any                   `json:"additionalProperties"`
	Items      *jsonSchema           `json:"items"`
	Enum       []string              `json:"enum"`
}

// breaks names the first place that breaks OpenAI's rules of a strict schema, "" for none.
func (s jsonSchema) breaks(at string) string {
	if s.Items != nil {
		return s.Items.breaks(at + "[]")
	}
	if s.Type != "object" {
		return ""
	}
	if s.Additional != false {
		return at + ": additionalProperties must be false"
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if !slices.Contains(s.Required, name) {
			return at + "." + name + ": must be required"
		}
		if wrong := s.Properties[name].breaks(at + "." + name); wrong != "" {
			return wrong
		}
	}
	return ""
}

// findingFields are the fields that the schema asks for in each finding; wrong says why
// the stand-in cannot fill it.
func (s jsonSchema) findingFields() (fields []string, wrong string) {
	list, ok := s.Properties["findings"]
	if s.Type != "object" || !ok || len(s.Properties) != 1 {
		return nil, "one property, findings, is wanted"
	}
	if list.Type != "array" || list.Items == nil || list.Items.Type != "object" {
		return nil, "findings is to be a list of objects"
	}
	fields = slices.Sorted(maps.Keys(list.Items.Properties))
	for _, name := range fields {
		if !slices.Contains(findingFields, name) || list.Items.Properties[name].Type != "string" {
			return nil, "no text is known for " + name
		}
	}
	for _, severity := range list.Items.Properties["severity"].Enum {
		if !slices.Contains(severities, severity) {
			return nil, "severity is info, warn or error"
		}
	}
	return fields, ""
}
