package service

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"countersign/model"
	"countersign/store"
)

// Audit hands out what the acts recorded. It reads a batch at a time, so that an export
// of millions of entries needs no more memory than one of a thousand.
type Audit struct{ base }

// NewAudit is for a command that has nothing but the store, and needs no more.
func NewAudit(s *store.Store) Audit { return Audit{base{store: s}} }

// auditBatch is how many entries are read at once, and auditPatience how long that may
// take: a stream as a whole has no limit.
const (
	auditBatch    = 1000
	auditPatience = 30 * time.Second
)

// auditSink takes the entries of a walk, in order; flushed is called after each batch.
type auditSink interface {
	entry(e *model.AuditEntry) error
	flushed() error
}

// walk hands the entries behind a sequence number, up to the last one, to a sink.
func (s Audit) walk(ctx context.Context, brandID string, f store.AuditFilter, after, last int64, to auditSink) error {
	for after < last {
		batch, err := s.batch(ctx, brandID, f, after, last)
		if err != nil {
			return err
		}
		for i := range batch {
			if err := to.entry(&batch[i]); err != nil {
				return err
			}
		}
		if err := to.flushed(); err != nil || len(batch) < auditBatch {
			return err
		}
		after = batch[len(batch)-1].Seq
	}
	return nil
}

func (s Audit) batch(ctx context.Context, brandID string, f store.AuditFilter, after, last int64) ([]model.AuditEntry, error) {
	ctx, cancel := context.WithTimeout(ctx, auditPatience)
	defer cancel()
	return s.store.Audit(ctx, brandID, f, store.AuditPage{After: after, Before: last + 1, Limit: auditBatch, Ascending: true})
}

// Export writes a Brand's audit as JSON lines that VerifyAudit proves offline; with a
// Post, only its entries are told, the others are links. It answers the head that it
// wrote up to: whoever notes it elsewhere can later prove that nothing was rewritten.
func (s Audit) Export(ctx context.Context, brandID, postID string, w io.Writer) (model.AuditHead, error) {
	if _, err := s.store.Brand(ctx, brandID); err != nil {
		return model.AuditHead{}, err
	}
	head, err := s.store.AuditHeadOf(ctx, brandID)
	if err != nil {
		return head, err
	}
	h, told, err := s.exportHeader(ctx, head, postID)
	if err != nil {
		return head, err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if err := writeLine(out, h); err != nil {
		return head, err
	}
	if err := s.walk(ctx, brandID, store.AuditFilter{}, h.First-1, h.Last, &lineSink{out, told}); err != nil {
		return head, err
	}
	return head, out.Flush()
}

// exportHeader says what an export covers, and which subjects it tells of; nil is all.
func (s Audit) exportHeader(ctx context.Context, head model.AuditHead, postID string) (model.AuditHeader, map[string]bool, error) {
	now, err := s.store.Now(ctx)
	h := model.AuditHeader{
		Kind: "header", Format: model.AuditFormat, Version: model.AuditVersion, Brand: head.BrandID, Post: postID,
		First: 1, Last: head.Seq, HeadHash: head.Hash, ExportedAt: now,
	}
	if err != nil || postID == "" {
		return h, nil, err
	}
	subjects, err := s.store.AuditSubjects(ctx, head.BrandID, postID)
	if err != nil {
		return h, nil, err
	}
	if h.First, err = s.store.FirstAuditOf(ctx, head.BrandID, subjects); err != nil {
		return h, nil, err
	}
	told := make(map[string]bool, len(subjects))
	for _, id := range subjects {
		told[id] = true
	}
	if h.First > 1 {
		before, err := s.store.Audit(ctx, head.BrandID, store.AuditFilter{}, store.AuditPage{Before: h.First, Limit: 1})
		if err != nil {
			return h, nil, err
		}
		for _, e := range before { // none when somebody deleted it: verify says so
			h.StartHash = e.Hash
		}
	}
	return h, told, nil
}

// lineSink writes entries and links as JSON lines.
type lineSink struct {
	out  *bufio.Writer
	told map[string]bool
}

func (s *lineSink) entry(e *model.AuditEntry) error {
	if s.told != nil && !s.told[e.SubjectID] && e.Linked() {
		return writeLine(s.out, e.Link())
	}
	return writeLine(s.out, e.Line())
}

func (s *lineSink) flushed() error { return s.out.Flush() }

// writeLine writes one JSON line exactly as VerifyAudit expects it.
func writeLine(w io.Writer, v any) error {
	raw, err := json.Marshal(v)
	if err == nil {
		_, err = w.Write(append(raw, '\n'))
	}
	if err != nil {
		return fmt.Errorf("audit export: %w", err)
	}
	return nil
}
