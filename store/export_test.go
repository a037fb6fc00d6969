package store

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"countersign/model"
)

// What the tests of this room see besides: the transaction's own connection, and the
// mark of a commit that failed.

// Exec runs a statement inside the transaction and answers the rows it counted.
func (tx *Tx) Exec(statement string, args ...any) (int64, error) {
	r := tx.db.Exec(statement, args...)
	return r.RowsAffected, r.Error
}

// Ask scans one row inside the transaction.
func (tx *Tx) Ask(query string, into ...any) error { return tx.db.Raw(query).Row().Scan(into...) }

// CommitFailed is the error of a COMMIT that failed because of err.
func CommitFailed(err error) error { return &commitError{err} }

// What a connection keeps.
const (
	KeptStatements = keptStatements
	KeptArguments  = keptArguments
)

// Tries is how often a transaction is tried.
const Tries = tries

// lastSQL is a logger that keeps the last statement, with its values.
type lastSQL struct {
	logger.Interface
	sql *string
}

func (l lastSQL) LogMode(logger.LogLevel) logger.Interface { return l }

func (l lastSQL) Trace(_ context.Context, _ time.Time, statement func() (string, int64), _ error) {
	*l.sql, _ = statement()
}

// InboxSQL is the statement that Inbox sends.
func (s *Store) InboxSQL(ctx context.Context, members []string, shelves []model.Shelf, after *InboxCursor, limit int) (sql string, err error) {
	r := Reader{s.db.Session(&gorm.Session{Logger: lastSQL{logger.Discard, &sql}})}
	_, err = r.Inbox(ctx, members, shelves, after, limit)
	return sql, err
}

// SQL is the store's pool.
func SQL(s *Store) *sql.DB { return s.sql }

// allSQL is a logger that keeps every statement, with its values.
type allSQL struct {
	logger.Interface
	sql *[]string
}

func (l allSQL) LogMode(logger.LogLevel) logger.Interface { return l }

func (l allSQL) Trace(_ context.Context, _ time.Time, statement func() (string, int64), _ error) {
	sql, _ := statement()
	*l.sql = append(*l.sql, sql)
}

// SQLOf is the statements that a read sends.
func (s *Store) SQLOf(t testing.TB, read func(Reader) error) (sql []string) {
	t.Helper()
	if err := read(Reader{s.db.Session(&gorm.Session{Logger: allSQL{logger.Discard, &sql}})}); err != nil {
		t.Fatal(err)
	}
	return sql
}

// SQLOfAct is the statements that an act of the store sends.
func (s *Store) SQLOfAct(t testing.TB, act func(*Store) error) (sql []string) {
	t.Helper()
	heard := *s
	heard.Reader = Reader{s.db.Session(&gorm.Session{Logger: allSQL{logger.Discard, &sql}})}
	if err := act(&heard); err != nil {
		t.Fatal(err)
	}
	return sql
}

// TrustedClock is what the store asks before it carries the database's clock on.
func TrustedClock(monotonic, wall time.Duration) bool { return trusted(monotonic, wall) }
