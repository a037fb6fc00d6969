package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// notSet stands for a value nobody gave; the field stays zero.
type notSet struct{}

// What a value of each type must look like.
const (
	wantText     = "must be text: in YAML, put it in quotes"
	wantBool     = "must be true or false"
	wantInt      = "must be a whole number"
	wantDuration = "must be a duration with a unit, such as 300ms, 20s or 12h"
	wantSize     = "must be a size such as 512KiB or 1MiB"
	wantList     = "must be a list (in the environment: separated by commas)"
	wantPrefix   = "must be networks such as 10.0.0.0/8 or 192.0.2.7/32, with no bits set after the prefix"
	wantAnyone   = "must not be every network: then anybody could claim any address; name the proxies' own networks"
)

var (
	sizeType     = reflect.TypeFor[Size]()
	durationType = reflect.TypeFor[time.Duration]()
)

// decode sets field to value, which is text (environment, default) or what YAML
// made of it, and says what is wrong otherwise, without repeating the value.
func (s setting) decode(field reflect.Value, value any) (problem string) {
	switch value.(type) {
	case notSet:
		return ""
	case nil:
		return "has no value: give one or remove the line"
	}
	switch s.typ.Kind() {
	case reflect.Bool:
		return s.decodeBool(field, value)
	case reflect.Int, reflect.Int64:
		return s.decodeNumber(field, value)
	case reflect.Slice:
		return s.decodeList(field, value)
	default:
		return s.decodeText(field, value)
	}
}

func (s setting) decodeText(field reflect.Value, value any) string {
	text, ok := value.(string)
	if !ok {
		return wantText
	}
	if s.secret() {
		field.Set(reflect.ValueOf(NewSecret(text)))
		return ""
	}
	text, problem := s.shape(text)
	field.SetString(text)
	return problem
}

// shape checks one text against oneof and form, and gives it in its usual form.
func (s setting) shape(text string) (_, problem string) {
	if len(s.oneof) > 0 && !slices.Contains(s.oneof, text) {
		return text, "must be one of " + strings.Join(s.oneof, ", ")
	}
	if s.form == "" {
		return text, ""
	}
	return forms[s.form](text)
}

func (s setting) decodeBool(field reflect.Value, value any) string {
	b, err := strconv.ParseBool(fmt.Sprint(value))
	if err != nil {
		return wantBool
	}
	field.SetBool(b)
	return ""
}

// decodeNumber reads counts, sizes and durations; all are integers inside.
func (s setting) decodeNumber(field reflect.Value, value any) string {
	n, ok := s.number(fmt.Sprint(value))
	if !ok {
		return s.wantNumber()
	}
	if low, ok := s.number(s.min); ok && n < low {
		return "must be at least " + s.min
	}
	if high, ok := s.number(s.max); ok && n > high {
		return "must be at most " + s.max
	}
	field.SetInt(n)
	return ""
}

func (s setting) number(text string) (int64, bool) {
	switch s.typ {
	case durationType:
		d, err := time.ParseDuration(text)
		return int64(d), err == nil
	case sizeType:
		return parseSize(text)
	default:
		n, err := strconv.Atoi(text)
		return int64(n), err == nil
	}
}

func (s setting) wantNumber() string {
	switch s.typ {
	case durationType:
		return wantDuration
	case sizeType:
		return wantSize
	default:
		return wantInt
	}
}

func (s setting) decodeList(field reflect.Value, value any) string {
	items, ok := list(value)
	if !ok {
		return wantList
	}
	for _, item := range items {
		element := reflect.New(s.typ.Elem()).Elem()
		if problem := s.decodeItem(element, item); problem != "" {
			return problem
		}
		field.Set(reflect.Append(field, element))
	}
	return ""
}

func (s setting) decodeItem(element reflect.Value, item string) string {
	if element.Kind() == reflect.String {
		text, problem := s.shape(item)
		element.SetString(text)
		return problem
	}
	prefix, err := netip.ParsePrefix(item)
	switch {
	case err != nil || prefix != prefix.Masked():
		return wantPrefix
	case prefix.Bits() == 0:
		return wantAnyone
	}
	element.Set(reflect.ValueOf(prefix))
	return ""
}

// list takes a YAML list of texts, or one text with commas.
func list(value any) (items []string, ok bool) {
	if text, isText := value.(string); isText {
		for item := range strings.SplitSeq(text, ",") {
			items = append(items, strings.TrimSpace(item))
		}
		return items, true
	}
	values, ok := value.([]any)
	for _, v := range values {
		text, isText := v.(string)
		items, ok = append(items, text), ok && isText
	}
	return items, ok
}
