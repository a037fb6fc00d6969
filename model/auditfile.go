package model

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// An audit export is a file of JSON lines that proves itself without the database: a
// header, then, in order and without gaps, an entry or a link for each sequence number
// of its range. A link stands for an entry that is not told; it carries the entry's Sum,
// from which the chain's next hash follows, so that the entries that are told are bound
// to the head also across what was left out (ADR 0028).

// AuditFormat and AuditVersion stand in the header of every export.
const (
	AuditFormat  = "countersign-audit"
	AuditVersion = 2
)

// AuditHeader is the first line of an export.
type AuditHeader struct {
	Kind       string    `json:"kind"` // "header"
	Format     string    `json:"format"`
	Version    int       `json:"version"`
	Brand      string    `json:"brand"`
	Post       string    `json:"post,omitempty"` // only its entries are told
	First      int64     `json:"first"`
	Last       int64     `json:"last"`       // the head's when it was exported
	StartHash  string    `json:"start_hash"` // of the entry before the first, "" without
	HeadHash   string    `json:"head_hash"`  // of the last
	ExportedAt time.Time `json:"exported_at"`
}

// AuditLine is an entry in an export: everything that is hashed, texts as they are stored.
type AuditLine struct {
	Kind        string `json:"kind"` // "entry"
	Seq         int64  `json:"seq"`
	At          string `json:"at"`
	ActorKind   string `json:"actor_kind"`
	ActorID     string `json:"actor_id"`
	ActorName   string `json:"actor_name"`
	Action      string `json:"action"`
	SubjectKind string `json:"subject_kind"`
	SubjectID   string `json:"subject_id"`
	Before      string `json:"before"`
	After       string `json:"after"`
	RequestID   string `json:"request_id"`
	IPHash      string `json:"ip_hash"`
	PrevHash    string `json:"prev_hash"`
	Hash        string `json:"hash"`
}

// AuditLink stands for an entry that an export does not tell.
type AuditLink struct {
	Kind string `json:"kind"` // "link"
	Seq  int64  `json:"seq"`
	Sum  string `json:"sum"`
	Hash string `json:"hash"`
}

// Line is the entry as an export tells it.
func (e *AuditEntry) Line() AuditLine {
	return AuditLine{
		Kind: "entry", Seq: e.Seq, At: e.At.UTC().Format(time.RFC3339Nano), ActorKind: e.ActorKind, ActorID: e.ActorID, ActorName: e.ActorName,
		Action: e.Action, SubjectKind: e.SubjectKind, SubjectID: e.SubjectID, Before: string(e.BeforeJSON), After: string(e.AfterJSON),
		RequestID: e.RequestID, IPHash: e.IPHash, PrevHash: e.PrevHash, Hash: e.Hash,
	}
}

// Link is the entry as an export leaves it out.
func (e *AuditEntry) Link() AuditLink {
	return AuditLink{Kind: "link", Seq: e.Seq, Sum: e.Sum(), Hash: e.Hash}
}

// entry is the row that a line tells of.
func (l AuditLine) entry(brand string) (AuditEntry, error) {
	at, err := time.Parse(time.RFC3339Nano, l.At)
	return AuditEntry{
		BrandID: brand, Seq: l.Seq, At: at, ActorKind: l.ActorKind, ActorID: l.ActorID, ActorName: l.ActorName, Action: l.Action,
		SubjectKind: l.SubjectKind, SubjectID: l.SubjectID, BeforeJSON: []byte(l.Before), AfterJSON: []byte(l.After),
		RequestID: l.RequestID, IPHash: l.IPHash, PrevHash: l.PrevHash, Hash: l.Hash,
	}, err
}

// AuditReport is what a whole export proves.
type AuditReport struct {
	Header  AuditHeader
	Entries int   // told, unchanged and in this order
	Links   int   // left out, and proved to lie between them
	HeadAt  int64 // the sequence number of the head that was asked for, 0 when none was
}

// AuditFault is the first thing that is wrong with an export.
type AuditFault struct {
	Line   int         // from 1
	Seq    int64       // that the line has, or should have; 0 for the header
	What   AuditDamage // what happened to it
	Detail string
}

// AuditDamage is what can be wrong with an export.
type AuditDamage string

// The kinds of damage.
const (
	AuditChanged   AuditDamage = "changed"
	AuditMissing   AuditDamage = "missing"
	AuditReordered AuditDamage = "reordered"
	AuditAdded     AuditDamage = "added"
	AuditTruncated AuditDamage = "truncated"
	AuditNoExport  AuditDamage = "not_an_export"
	AuditOtherHead AuditDamage = "other_head" // whole in itself, but not the chain that was asked for
)

func (f *AuditFault) Error() string {
	return fmt.Sprintf("line %d (seq %d): %s: %s", f.Line, f.Seq, f.What, f.Detail)
}

// mostAuditLine bounds a line; entries hold ids and digests, not contents.
const mostAuditLine = 32 << 20

// VerifyAudit reads an export and says what it proves, or the first fault in it as an
// *AuditFault. head, unless empty, is a hash that the reader noted elsewhere: the chain
// must pass through it.
func VerifyAudit(r io.Reader, head string) (AuditReport, error) {
	scan := bufio.NewScanner(r)
	scan.Buffer(make([]byte, 0, 64<<10), mostAuditLine)
	scan.Split(wholeLines)
	v := &auditReader{scan: scan, head: head}
	if err := v.header(); err != nil {
		return v.report, err
	}
	for v.read() {
		if err := v.follow(); err != nil {
			return v.report, v.name(err)
		}
	}
	if err := scan.Err(); err != nil {
		return v.report, unreadable(v, err)
	}
	return v.report, v.end()
}

// wholeLines splits behind each line feed and keeps it: a last line without one was cut.
func wholeLines(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

func unreadable(v *auditReader, err error) error {
	if errors.Is(err, bufio.ErrTooLong) {
		return &AuditFault{v.line + 1, v.next, AuditNoExport, "the line is longer than any that an export has"}
	}
	return err
}

// auditReader walks an export.
type auditReader struct {
	scan   *bufio.Scanner
	report AuditReport
	head   string
	line   int
	raw    []byte
	next   int64  // the sequence number that must come
	prev   string // the hash that it must follow
}

func (v *auditReader) read() bool {
	if !v.scan.Scan() {
		return false
	}
	v.line++
	v.raw = v.scan.Bytes()
	return true
}

func (v *auditReader) fault(what AuditDamage, detail string, args ...any) error {
	return &AuditFault{v.line, v.next, what, fmt.Sprintf(detail, args...)}
}

func (v *auditReader) header() error {
	h := &v.report.Header
	if !v.read() {
		v.line = 1
		if err := v.scan.Err(); err != nil {
			return unreadable(v, err)
		}
		return v.fault(AuditTruncated, "the file is empty")
	}
	if err := v.decode(h); err != nil {
		return v.fault(AuditNoExport, "no header of an audit export")
	}
	if h.Kind != "header" || h.Format != AuditFormat || h.Version != AuditVersion {
		return v.fault(AuditNoExport, "this program verifies %s of version %d, the file is %q of version %d", AuditFormat, AuditVersion, h.Format, h.Version)
	}
	if h.First < 1 || h.Last < h.First-1 || (h.First == 1) != (h.StartHash == "") {
		return v.fault(AuditChanged, "the header's range cannot be")
	}
	if h.Post == "" && h.First > 1 {
		return v.fault(AuditTruncated, "a brand's export begins with seq 1, this one with seq %d", h.First)
	}
	v.next, v.prev = h.First, h.StartHash
	if h.Last < h.First && h.HeadHash != h.StartHash {
		return v.fault(AuditChanged, "the header names a head, and no entries")
	}
	v.pass(h.First-1, h.StartHash)
	return nil
}

// decode reads one line, which must be written exactly as an export writes it: a key
// twice, an unknown one, or other spelling could be read differently by others.
func (v *auditReader) decode(into any) error {
	body, whole := bytes.CutSuffix(v.raw, []byte("\n"))
	if !whole {
		return v.fault(AuditTruncated, "the file ends within this line")
	}
	if err := json.Unmarshal(body, into); err != nil {
		return v.fault(AuditChanged, "the line is not JSON of an export")
	}
	again, err := json.Marshal(into)
	if err != nil || !bytes.Equal(again, body) {
		return v.fault(AuditChanged, "the line is not written as an export writes it")
	}
	return nil
}

// misplaced is an inner fault: the line has another sequence number than must come.
type misplaced struct{ seq int64 }

func (misplaced) Error() string { return "misplaced" }

// misfit is an inner fault: the fields of an entry do not give its hash.
type misfit struct{ sum string }

func (misfit) Error() string { return "misfit" }

func (v *auditReader) follow() error {
	var kind struct {
		Kind string `json:"kind"`
	}
	_ = json.Unmarshal(v.raw, &kind) // what is no JSON has no kind, and decode says so
	if kind.Kind == "link" {
		return v.link()
	}
	return v.entry()
}

func (v *auditReader) link() error {
	var l AuditLink
	if err := v.decode(&l); err != nil {
		return err
	}
	if err := v.place(l.Seq); err != nil {
		return err
	}
	if v.report.Header.Post == "" {
		return v.fault(AuditMissing, "a brand's export tells every entry, and this one is only a link")
	}
	if err := v.begins(AuditLine{}); err != nil {
		return err
	}
	if want := chainHash(v.prev, l.Sum); l.Hash != want {
		return v.fault(AuditChanged, "the link does not follow the line before it, or its sum or hash was changed")
	}
	v.report.Links++
	v.step(l.Hash)
	return nil
}

func (v *auditReader) entry() error {
	var l AuditLine
	if err := v.decode(&l); err != nil {
		return err
	}
	if l.Kind != "entry" {
		return v.fault(AuditAdded, "a line of kind %q", l.Kind)
	}
	if err := v.place(l.Seq); err != nil {
		return err
	}
	if err := v.begins(l); err != nil {
		return err
	}
	e, err := l.entry(v.report.Header.Brand)
	if err != nil {
		return v.fault(AuditChanged, "at is no time")
	}
	if e.Line() != l {
		return v.fault(AuditChanged, "at is not written as an export writes it")
	}
	fits := e.hashes(v.prev)
	switch {
	case fits && e.PrevHash != v.prev:
		return v.fault(AuditChanged, "prev_hash was changed")
	case !fits && e.PrevHash != v.prev && e.hashes(e.PrevHash):
		return v.fault(AuditChanged, "the entry is whole, but follows another one than the line before: one of the two was replaced")
	case !fits:
		return misfit{chainHash(v.prev, e.Sum())}
	}
	v.report.Entries++
	v.step(e.Hash)
	return nil
}

// begins asks that the export of a post begins with the post's creation, which has no
// before: cut at its head, it would begin with something else.
func (v *auditReader) begins(l AuditLine) error {
	h := v.report.Header
	if h.Post == "" || v.next > h.First || l.SubjectID == h.Post && l.Before == "" {
		return nil
	}
	return v.fault(AuditTruncated, "the export of a post begins with its creation, this one does not")
}

func (v *auditReader) place(seq int64) error {
	switch {
	case v.next > v.report.Header.Last:
		return v.fault(AuditAdded, "a line of seq %d behind the last one, %d", seq, v.report.Header.Last)
	case seq != v.next:
		return misplaced{seq}
	}
	return nil
}

func (v *auditReader) step(hash string) {
	v.pass(v.next, hash)
	v.next, v.prev = v.next+1, hash
}

// pass notes where the chain meets the head that was asked for.
func (v *auditReader) pass(seq int64, hash string) {
	if v.head != "" && hash == v.head {
		v.report.HeadAt = seq
	}
}

// name looks at what follows a bad line, to say what happened to it.
func (v *auditReader) name(err error) error {
	if m, ok := errors.AsType[misplaced](err); ok {
		return v.nameMisplaced(m.seq)
	}
	m, ok := errors.AsType[misfit](err)
	if !ok {
		return err
	}
	at := &AuditFault{v.line, v.next, AuditChanged, "its fields no longer give its hash: a field was changed"}
	var next AuditLine
	if v.read() && json.Unmarshal(v.raw, &next) == nil && next.PrevHash == m.sum {
		at.Detail = "hash was changed: the fields, and the line after it, say another"
	}
	return at
}

func (v *auditReader) nameMisplaced(seq int64) error {
	at := &AuditFault{v.line, v.next, AuditMissing, fmt.Sprintf("seq %d is missing, %d follows", v.next, seq)}
	if seq < v.next {
		at.What, at.Detail = AuditAdded, fmt.Sprintf("seq %d comes again, or was put in; %d should follow", seq, v.next)
	}
	for v.read() {
		var later struct {
			Seq int64 `json:"seq"`
		}
		if json.Unmarshal(v.raw, &later) == nil && later.Seq == at.Seq && at.What == AuditMissing {
			at.What, at.Detail = AuditReordered, fmt.Sprintf("seq %d stands here, %d comes only in line %d", seq, at.Seq, v.line)
			break
		}
	}
	return at
}

// end asks whether the export came to its head, and through the one that was asked for.
func (v *auditReader) end() error {
	h := v.report.Header
	switch {
	case v.next <= h.Last:
		v.line++
		return v.fault(AuditTruncated, "the file ends before seq %d; the header promises all up to %d", v.next, h.Last)
	case v.prev != h.HeadHash:
		v.line, v.next = 1, h.Last
		return v.fault(AuditChanged, "the header's head_hash is not that of the last entry")
	case v.head != "" && v.report.HeadAt == 0:
		v.next = h.Last
		return v.fault(AuditOtherHead, "the chain is whole in itself, but does not pass through %s: it was rewritten, it ends earlier, or it is another brand's", v.head)
	}
	return nil
}
