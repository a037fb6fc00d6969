package service

import (
	"bufio"
	"context"
	"io"
	"strconv"
	"strings"

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
	head, err := s.Store.AuditHeadOf(ctx, brandID)
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

// formulaStarts are the characters by which spreadsheets know a formula, or which they
// skip before one; full-width forms are taken for their narrow ones by some. The quote
// is among them so that taking one leading quote away always gives the text back.
const formulaStarts = "=+-@\t\r\n\x00\ufeff＝＋－＠'"

// SafeCell puts a quote before a text that a spreadsheet could run.
func SafeCell(s string) string {
	if s != "" && strings.ContainsRune(formulaStarts, firstRune(s)) {
		return "'" + s
	}
	return s
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}
