package testkit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/store"
)

// NewMigrated is an empty database at the newest schema. Migrating takes longer than most
// tests, so a process does it seldom: on SQLite the file is a copy, on MariaDB the
// database is one that an earlier test has left and that was emptied. A test of the
// migrations themselves takes NewDatabase.
func NewMigrated(t testing.TB, e Engine) Database {
	t.Helper()
	e.Need(t)
	if e == SQLite {
		return copied(t)
	}
	d, err := ready.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ready.give(context.WithoutCancel(t.Context()), d, t.Failed()); err != nil {
			t.Error(err)
		}
	})
	return d.Database
}

// migrate brings a database to the newest schema.
func (d Database) migrate(ctx context.Context) error {
	s, err := store.Open(ctx, store.Options{Driver: string(d.Engine), DSN: d.DSN, Path: d.Path})
	if err != nil {
		return err
	}
	_, err = s.Migrate(ctx)
	return errors.Join(err, s.Close())
}

// copied is a file with the bytes of a database that was migrated once.
func copied(t testing.TB) Database {
	t.Helper()
	raw, err := template()
	if err != nil {
		t.Fatal(err)
	}
	d := Database{Engine: SQLite, Path: filepath.Join(t.TempDir(), "test.db")}
	if err := os.WriteFile(d.Path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "countersign-template-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left is the system's to clear
	d := Database{Engine: SQLite, Path: filepath.Join(dir, "template.db")}
	if err := d.migrate(context.Background()); err != nil { //nolint:usetesting // it outlives the test that asks first
		return nil, err
	}
	return os.ReadFile(d.Path) // the last close has taken the log into it
})

// shelf holds MariaDB databases that stand empty at the newest schema.
type shelf struct {
	mu   sync.Mutex
	free []shelved
}

// shelved is a database with what it looked like when it was new.
type shelved struct {
	Database
	name   string
	shape  string   // every column and index: a test may have changed them
	tables []string // those that a test fills
}

var ready shelf

// muchRows is more than a test leaves that is not about much: such a database is dropped,
// since deleting row by row takes longer than migrating.
const muchRows = 20_000

func (s *shelf) take(ctx context.Context) (shelved, error) {
	s.mu.Lock()
	if n := len(s.free); n > 0 {
		d := s.free[n-1]
		s.free = s.free[:n-1]
		s.mu.Unlock()
		return d, nil
	}
	s.mu.Unlock()
	return newShelved(ctx)
}

func newShelved(ctx context.Context) (d shelved, err error) {
	db, err := admin()
	if err != nil {
		return d, err
	}
	if d.Database, d.name, err = created(ctx, db); err != nil {
		return d, err
	}
	if err = d.migrate(ctx); err != nil {
		return d, errors.Join(err, drop(ctx, db, d.name))
	}
	if d.shape, err = shapeOf(ctx, db, d.name); err != nil {
		return d, err
	}
	d.tables, err = tablesOf(ctx, db, d.name)
	return d, err
}

// give empties a database for the next test, or drops it.
func (s *shelf) give(ctx context.Context, d shelved, failed bool) error {
	db, err := admin()
	if err != nil {
		return err
	}
	same := false
	if !failed {
		if same, err = d.emptied(ctx, db); err != nil {
			return errors.Join(err, drop(ctx, db, d.name))
		}
	}
	if !same {
		return drop(ctx, db, d.name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, d)
	return nil
}

// emptied deletes every row and says whether the database is as it was when it was new.
func (d shelved) emptied(ctx context.Context, db *sql.DB) (asNew bool, err error) {
	if shape, err := shapeOf(ctx, db, d.name); err != nil || shape != d.shape {
		return false, err
	}
	full, err := d.full(ctx, db)
	if err != nil {
		return false, err
	}
	rows := int64(0)
	for _, table := range full {
		r, err := db.ExecContext(ctx, fmt.Sprintf("DELETE FROM %s.%s LIMIT %d", d.name, table, muchRows))
		if err != nil {
			return false, err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return false, err
		}
		if rows += n; rows >= muchRows {
			return false, nil
		}
	}
	return true, nil
}

// full names the tables that have rows, in one question.
func (d shelved) full(ctx context.Context, db *sql.DB) ([]string, error) {
	ask := make([]string, len(d.tables))
	for i, table := range d.tables {
		ask[i] = fmt.Sprintf("IF(EXISTS(SELECT 1 FROM %s.%s), '%s', NULL)", d.name, table, table)
	}
	var names string
	err := db.QueryRowContext(ctx, "SELECT CONCAT_WS(',', "+strings.Join(ask, ", ")+")").Scan(&names)
	return strings.FieldsFunc(names, func(r rune) bool { return r == ',' }), err
}

// tablesOf are the tables that are empty in a new database: what the migrations keep and
// write stays.
func tablesOf(ctx context.Context, db *sql.DB, name string) ([]string, error) {
	all := shelved{name: name}
	if err := texts(ctx, db, &all.tables, "SELECT table_name FROM information_schema.tables WHERE table_schema = ?", name); err != nil {
		return nil, err
	}
	full, err := all.full(ctx, db)
	return slices.DeleteFunc(all.tables, func(t string) bool { return slices.Contains(full, t) }), err
}

func shapeOf(ctx context.Context, db *sql.DB, name string) (string, error) {
	var lines []string
	err := texts(ctx, db, &lines, `SELECT CONCAT_WS(' ', table_name, column_name, column_type, is_nullable, column_default, collation_name, extra)
		FROM information_schema.columns WHERE table_schema = ?
		UNION ALL SELECT CONCAT_WS(' ', table_name, index_name, non_unique, seq_in_index, column_name)
		FROM information_schema.statistics WHERE table_schema = ?`, name, name)
	slices.Sort(lines)
	return strings.Join(lines, "\n"), err
}

func texts(ctx context.Context, db *sql.DB, into *[]string, query string, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return err
		}
		*into = append(*into, s)
	}
	return rows.Err()
}
