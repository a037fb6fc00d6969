package testkit

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3/driver"
)

// SQL opens the database by its driver alone: what a test reads there has passed no
// code of the product.
func (d Database) SQL(t testing.TB) *sql.DB {
	t.Helper()
	var db *sql.DB
	var err error
	if d.Engine == SQLite {
		db, err = driver.Open("file:" + d.Path + "?_pragma=busy_timeout(10000)")
	} else {
		db, err = sql.Open("mysql", d.DSN)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// Rows are the contents of every table, by table, each as one hash: equal before and
// after means that nothing was written. That a session was used is not a change.
func (d Database) Rows(t testing.TB, db *sql.DB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range d.tables(t, db) {
		out[table] = hashRows(t, db, table)
	}
	return out
}

func (d Database) tables(t testing.TB, db *sql.DB) []string {
	t.Helper()
	list := "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
	if d.Engine == SQLite {
		list = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	}
	var names []string
	each(t, db, list, func(_ []string, row []sql.RawBytes) { names = append(names, string(row[0])) })
	return names
}

func hashRows(t testing.TB, db *sql.DB, table string) string {
	t.Helper()
	var rows []string
	each(t, db, "SELECT * FROM "+table, func(columns []string, row []sql.RawBytes) {
		var b strings.Builder
		for i, v := range row {
			if columns[i] != "last_seen_at" {
				fmt.Fprintf(&b, "%d:%t:%s|", len(v), v == nil, v)
			}
		}
		rows = append(rows, b.String())
	})
	slices.Sort(rows)
	sum := sha256.Sum256([]byte(strings.Join(rows, "\n")))
	return fmt.Sprintf("%d rows %s", len(rows), hex.EncodeToString(sum[:8]))
}

// Dump is every value of every table as text, to look for what must not be in it.
func (d Database) Dump(t testing.TB, db *sql.DB) string {
	t.Helper()
	var b strings.Builder
	for _, table := range d.tables(t, db) {
		each(t, db, "SELECT * FROM "+table, func(columns []string, row []sql.RawBytes) {
			for i, v := range row {
				fmt.Fprintf(&b, "%s.%s=%s\n", table, columns[i], v)
			}
		})
	}
	return b.String()
}

func each(t testing.TB, db *sql.DB, query string, visit func(columns []string, row []sql.RawBytes)) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(query, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(query, err)
	}
	row := make([]sql.RawBytes, len(columns))
	into := make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(query, err)
		}
		visit(columns, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(query, err)
	}
}
