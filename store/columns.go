package store

import (
	"strings"
	"sync"

	"gorm.io/gorm/schema"
)

var parsed sync.Map

// prefixed lists a struct's columns of the table that a query calls alias, each under its
// name with a prefix, as gorm's embeddedPrefix takes them: what stands on several tables
// is read in one query.
func prefixed[T any](alias, prefix string) string {
	s, err := schema.Parse(new(T), &parsed, schema.NamingStrategy{})
	if err != nil {
		panic(err) // a struct of ours that is no row: no test passes
	}
	columns := make([]string, len(s.DBNames))
	for i, name := range s.DBNames {
		columns[i] = alias + "." + name + " AS " + prefix + name
	}
	return strings.Join(columns, ", ")
}
