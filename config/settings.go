package config

import (
	"reflect"
	"slices"
	"strings"
)

// setting is one leaf of Config as its tags describe it.
type setting struct {
	key      string // "http.addr"
	fallback string // the default, written as in the environment; "" for none
	desc     string
	oneof    []string
	min, max string
	form     string // a shape that text must have, see forms
	typ      reflect.Type
	index    []int // where the field is in Config
}

var secretType = reflect.TypeFor[Secret]()

func (s setting) secret() bool { return s.typ == secretType }

// settings lists every leaf, in the order of the struct.
func settings() []setting {
	return leaves(reflect.TypeFor[Config](), "", nil)
}

func leaves(t reflect.Type, prefix string, index []int) []setting {
	var found []setting
	for field := range t.Fields() {
		name, ok := field.Tag.Lookup("key")
		if !ok {
			continue
		}
		at := slices.Concat(index, field.Index)
		if desc, leaf := field.Tag.Lookup("desc"); leaf {
			found = append(found, newSetting(field, prefix+name, desc, at))
		} else {
			found = append(found, leaves(field.Type, prefix+name+".", at)...)
		}
	}
	return found
}

func newSetting(field reflect.StructField, key, desc string, index []int) setting {
	s := setting{
		key:      key,
		fallback: field.Tag.Get("default"),
		desc:     desc,
		min:      field.Tag.Get("min"),
		max:      field.Tag.Get("max"),
		form:     field.Tag.Get("form"),
		typ:      field.Type,
		index:    index,
	}
	if names := field.Tag.Get("oneof"); names != "" {
		s.oneof = strings.Split(names, "|")
	}
	return s
}

// names gives the settings by key, and the keys of the files secrets may be read from.
func names(all []setting) (byKey map[string]setting, files map[string]setting) {
	byKey, files = map[string]setting{}, map[string]setting{}
	for _, s := range all {
		byKey[s.key] = s
		if s.secret() {
			files[s.key+fileSuffix] = s
		}
	}
	return byKey, files
}
