package service

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"countersign/model"
)

// wordColumns are a word list's as a table; the last two may be left out.
var wordColumns = []string{"word", "severity", "suggestion"}

// WriteWords writes words as a table for people: RFC 4180, every cell quoted, and no cell
// that a spreadsheet would run. ReadWords reads it back as it was.
func WriteWords(w io.Writer, words []model.Word, bom bool) error {
	out := bufio.NewWriter(w)
	if bom {
		_, _ = out.WriteString("\ufeff") // bufio keeps the first error for Flush
	}
	writeCSV(out, wordColumns)
	for _, x := range words {
		writeCSV(out, []string{x.Word, string(x.Severity), x.Suggestion})
	}
	return out.Flush()
}

// ReadWords reads such a table, with or without a byte order mark. A file that cannot be
// read names the rows, as editors count them; what the words say is not judged here.
func ReadWords(r io.Reader) (words []model.Word, err error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("word list: %w", err)
	}
	text := strings.TrimPrefix(string(raw), "\ufeff")
	if !utf8.ValidString(text) {
		return nil, model.Invalid(model.Field("rows", "utf8_expected"))
	}
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord = -1
	head, err := in.Read()
	if err != nil || len(head) > len(wordColumns) || !slices.Equal(trimmed(head), wordColumns[:len(head)]) {
		return nil, model.Invalid(model.Field("rows[1]", "csv_header_expected"))
	}
	var bad []model.FieldError
	for row := 2; len(bad) < model.MaxBadRows; row++ {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		at := fmt.Sprintf("rows[%d]", row)
		switch {
		case err != nil:
			return nil, model.Invalid(append(bad, model.Field(at, "csv_quotes"))...)
		case len(cells) > len(wordColumns):
			bad = append(bad, model.Field(at, "csv_columns"))
		case len(words) > model.MaxBrandWords:
			return nil, model.Invalid(append(bad, model.Field("rows", "too_many"))...)
		default:
			words = append(words, wordOf(cells))
		}
	}
	if len(bad) > 0 {
		return nil, model.Invalid(bad...)
	}
	return slices.Clip(append([]model.Word{}, words...)), nil
}

// wordOf reads one row; a cell that is not there is empty.
func wordOf(cells []string) model.Word {
	cells = append(trimmed(cells), "", "")
	return model.Word{Word: cells[0], Severity: model.Severity(strings.ToLower(cells[1])), Suggestion: cells[2]}
}

// trimmed takes from each cell its outer spaces and the quote that SafeCell put there.
func trimmed(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = strings.TrimPrefix(strings.TrimSpace(c), "'")
	}
	return out
}
