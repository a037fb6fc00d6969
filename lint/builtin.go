package lint

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"
	"sync"

	"countersign/model"
)

// Version names the built-in lists and rules; it changes with them, so that a report tells
// by which ones it was made.
const Version = "2026-11-1"

//go:embed data/words.csv
var wordTable string

//go:embed data/except.txt
var exceptTable string

//go:embed data/platforms.csv
var platformTable string

// table reads a table of ours: its rows behind the head. It is compiled in, so a fault in
// it is caught by the tests and can only be a mistake of ours.
func table(text string, columns int) [][]string {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = columns
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		panic(fmt.Sprintf("lint: a built-in table: %v", err))
	}
	return rows[1:]
}

// Builtin is the Engine of the built-in words: advertising law, medical and financial
// claims, leading readers elsewhere.
var Builtin = sync.OnceValue(func() *Engine { return New(builtinEntries(), strings.Fields(exceptTable)) })

func builtinEntries() (out []Entry) {
	for _, row := range table(wordTable, 4) {
		for word := range strings.SplitSeq(row[3], "|") {
			out = append(out, Entry{Word: word, Rule: row[0], Severity: model.Severity(row[1]), Suggestion: row[2]})
		}
	}
	return out
}
