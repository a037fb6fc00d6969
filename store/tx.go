package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/model"
)

// tries is how often a transaction runs when another one is in its way.
const tries = 5

// Tx is one act: one transaction, one now. What it records (audit, events, outbox) is
// written together just before the commit, so that the lock on a Brand's audit chain,
// the one row that every act of a Brand shares, is held for the shortest time.
type Tx struct {
	Reader
	Now     time.Time
	ctx     context.Context
	audits  []model.AuditEntry
	outbox  []model.OutboxMessage
	heads   []model.AuditHead // where the chains of this act's brands end after it
	dialect string
	tally   *tally // of a rehearsal
}

// InTx runs fn in a transaction. It runs fn again from its start after a deadlock or a
// lock wait; never after COMMIT was sent, for then the outcome may be unknown: that is
// a 503, safe to repeat with the same idempotency key.
func (s *Store) InTx(ctx context.Context, fn func(tx *Tx) error) error {
	for try := 1; ; try++ {
		err := s.tryTx(ctx, fn)
		if err == nil || try == tries || !retryable(err) || errors.As(err, new(*commitError)) {
			return fault("transaction", err)
		}
		if err := pause(ctx, try); err != nil {
			return fault("transaction", err)
		}
	}
}

// pause waits a little, with jitter, before another try.
func pause(ctx context.Context, try int) error {
	t := time.NewTimer(time.Duration(rand.Int64N(int64(try) * int64(10*time.Millisecond)))) //nolint:gosec // jitter, not a secret
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// commitError marks a COMMIT that failed: it may have happened all the same.
type commitError struct{ err error }

func (e *commitError) Error() string { return fmt.Sprintf("commit: %v", e.err) }
func (e *commitError) Unwrap() error { return e.err }

func (s *Store) tryTx(ctx context.Context, fn func(tx *Tx) error) (err error) {
	db := s.db.WithContext(ctx).Begin()
	if db.Error != nil {
		return fmt.Errorf("begin: %w", db.Error)
	}
	done := false
	defer func() {
		if !done { // an error, or a panic on its way up
			db.Rollback()
		}
	}()
	now, err := s.clock(ctx, db)
	if err != nil {
		return err
	}
	tx := &Tx{Reader: Reader{db}, Now: now, ctx: ctx, dialect: s.driver}
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.flush(); err != nil {
		return err
	}
	if tx.tally != nil {
		return nil // a rehearsal: the deferred rollback undoes it
	}
	done = true
	if err := db.Commit().Error; err != nil {
		return &commitError{err}
	}
	if s.announce != nil && len(tx.heads) > 0 {
		s.announce(tx.heads)
	}
	return nil
}

// insertBatch bounds the rows of one INSERT: the engines bound its parameters.
const insertBatch = 500

// flush writes what the act recorded. Brands in order: two acts over several brands
// then never wait for each other in a ring.
func (tx *Tx) flush() error {
	if len(tx.outbox) > 0 {
		if err := tx.db.CreateInBatches(&tx.outbox, insertBatch).Error; err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
	}
	slices.SortStableFunc(tx.audits, func(a, b model.AuditEntry) int { return strings.Compare(a.BrandID, b.BrandID) })
	for rest := tx.audits; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].BrandID == rest[0].BrandID {
			n++
		}
		if err := tx.chain(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// chain appends entries of one Brand to its audit and its events.
func (tx *Tx) chain(entries []model.AuditEntry) error {
	var head model.AuditHead
	if err := tx.forUpdate().Where("brand_id = ?", entries[0].BrandID).Take(&head).Error; err != nil {
		return fmt.Errorf("audit head: %w", err)
	}
	events := make([]model.Event, len(entries))
	for i := range entries {
		e := &entries[i]
		e.Chain(head)
		head.Seq, head.Hash = e.Seq, e.Hash
		events[i] = model.Event{BrandID: e.BrandID, Seq: e.Seq, Kind: e.Action, SubjectKind: e.SubjectKind, SubjectID: e.SubjectID, ActorKind: e.ActorKind, At: e.At}
	}
	if err := tx.db.CreateInBatches(&entries, insertBatch).Error; err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if err := tx.db.CreateInBatches(&events, insertBatch).Error; err != nil {
		return fmt.Errorf("events: %w", err)
	}
	tx.heads = append(tx.heads, head)
	err := tx.db.Model(&model.AuditHead{}).Where("brand_id = ?", head.BrandID).
		Updates(map[string]any{"seq": head.Seq, "hash": head.Hash}).Error
	if err != nil {
		return fmt.Errorf("audit head: %w", err)
	}
	return nil
}

// forUpdate locks what it reads. SQLite has one writer and no such clause.
func (tx *Tx) forUpdate() *gorm.DB {
	if tx.dialect == "sqlite" {
		return tx.db
	}
	return tx.db.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
}

// skipLocked is forUpdate that passes over what somebody else has locked.
func (tx *Tx) skipLocked() *gorm.DB {
	if tx.dialect == "sqlite" {
		return tx.db
	}
	return tx.db.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked})
}

// Audit records an act; it is chained and written at the commit, with its event.
func (tx *Tx) Audit(e model.AuditEntry) {
	e.At = tx.Now
	tx.audits = append(tx.audits, e)
}

// Owe puts a message into the outbox, to be delivered after the commit.
func (tx *Tx) Owe(m model.OutboxMessage) {
	m.CreatedAt, m.State = tx.Now, model.OutboxReady
	if m.NextAt.IsZero() {
		m.NextAt = tx.Now
	}
	tx.outbox = append(tx.outbox, m)
}

// create inserts rows; a duplicate is reported as such, all else as a fault.
func (tx *Tx) create(what string, rows any) error {
	if err := tx.db.CreateInBatches(rows, insertBatch).Error; err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Moved is the outcome of a guarded update: true when the row was as expected.
type Moved bool

// move runs a guarded update of one row: the guard is in the statement, the count of
// rows decides, and the version always rises.
func move(q *gorm.DB, set map[string]any) (Moved, error) {
	if _, set0 := set["version"]; !set0 {
		set["version"] = gorm.Expr("version + 1")
	}
	r := q.Updates(set)
	return r.RowsAffected == 1, r.Error
}
