package service

import (
	"bufio"
	"context"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"countersign/model"
	"countersign/store"
)

// csvColumns are an audit's columns, in order.
var csvColumns = []string{
	"seq", "at", "actor_kind", "actor_id", "actor_name", "action", "subject_kind", "subject_id", "before", "after", "request_id", "ip_hash", "prev_hash", "hash",
}

// CSVOptions change how a table is written.
type CSVOptions struct {
	BOM     bool         // begin with a byte order mark, by which Excel knows UTF-8
	Flushed func() error // called after each batch, nil for nothing
}

// CSV writes a Brand's audit as a table for people: RFC 4180, every cell quoted, and no
// cell that a spreadsheet would run as a formula. It proves nothing; Export does.
func (s Audit) CSV(ctx context.Context, brandID string, f store.AuditFilter, w io.Writer, o CSVOptions) error {
	head, err := s.store.AuditHeadOf(ctx, brandID)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if o.BOM {
		_, _ = out.WriteString("\ufeff") // bufio keeps the first error for Flush
	}
	writeCSV(out, csvColumns)
	if err := s.walk(ctx, brandID, f, 0, head.Seq, &csvSink{out, o.Flushed}); err != nil {
		return err
	}
	return out.Flush()
}

type csvSink struct {
	out  *bufio.Writer
	then func() error
}

func (s *csvSink) entry(e *model.AuditEntry) error {
	l := e.Line()
	writeCSV(s.out, []string{
		strconv.FormatInt(l.Seq, 10), l.At, l.ActorKind, l.ActorID, l.ActorName, l.Action, l.SubjectKind, l.SubjectID,
		l.Before, l.After, l.RequestID, l.IPHash, l.PrevHash, l.Hash,
	})
	return nil
}

func (s *csvSink) flushed() error {
	if err := s.out.Flush(); err != nil || s.then == nil {
		return err
	}
	return s.then()
}

// writeCSV writes one record. Every cell is quoted: a spreadsheet that divides at
// semicolons or tabs cannot make a second cell, and in it a formula, of one.
func writeCSV(w *bufio.Writer, cells []string) {
	for i, cell := range cells {
		if i > 0 {
			_ = w.WriteByte(',')
		}
		_ = w.WriteByte('"')
		_, _ = w.WriteString(strings.ReplaceAll(SafeCell(cell), `"`, `""`))
		_ = w.WriteByte('"')
	}
	_, _ = w.WriteString("\r\n") // bufio keeps the first error for Flush
}

// formulaStarts are the characters by which spreadsheets know a formula; some take the
// full-width and small forms for them, and the sign that is typeset for minus.
const formulaStarts = "=+-@−"

// SafeCell puts a quote before a text that a spreadsheet could run: one that begins as a
// formula does, or with a space or what cannot be seen, which some skip. A text that
// begins with a quote gets one too, so that taking one away always gives the text back.
func SafeCell(s string) string {
	seen := strings.TrimLeftFunc(s, skipped)
	first, _ := utf8.DecodeRuneInString(seen)
	if strings.HasPrefix(s, "'") || len(seen) < len(s) || seen != "" && strings.ContainsAny(norm.NFKC.String(string(first)), formulaStarts) {
		return "'" + s
	}
	return s
}

// skipped tells whether a spreadsheet may pass over a character at the beginning.
func skipped(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.C, unicode.Z)
}
