package testkit

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

// TestReadyIsMigrated: a database off the shelf has the schema and the rows of one that
// was migrated from nothing, also after a test has used it.
func TestReadyIsMigrated(t *testing.T) {
	t.Parallel()
	OnEach(t, func(t *testing.T, e Engine) {
		plain := NewDatabase(t, e)
		if err := plain.migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := look(t, plain)
		t.Run("used", func(t *testing.T) {
			Exec(t, NewMigrated(t, e).SQL(t), "INSERT INTO audit_heads (brand_id, seq, hash) VALUES ('b', 1, 'h')")
		})
		t.Run("next", func(t *testing.T) {
			if got := look(t, NewMigrated(t, e)); got != want {
				t.Errorf("a ready database is\n%s\nand a migrated one\n%s", got, want)
			}
		})
	})
}

// TestShelfKeepsNothingOdd: a database that a test changed, filled or failed with is
// dropped; what the shelf hands out next is new.
func TestShelfKeepsNothingOdd(t *testing.T) {
	t.Parallel()
	MySQL.Need(t)
	db, err := admin()
	if err != nil {
		t.Fatal(err)
	}
	fill := "INSERT INTO audit_heads (brand_id, seq, hash) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 20001) SELECT i, 1, 'h' FROM n"
	for name, spoil := range map[string]struct {
		sql    []string
		failed bool
		kept   bool
	}{
		"as it was":   {kept: true},
		"a row":       {sql: []string{"INSERT INTO audit_heads (brand_id, seq, hash) VALUES ('b', 1, 'h')"}, kept: true},
		"a column":    {sql: []string{"ALTER TABLE audit_heads ADD COLUMN odd INT"}},
		"an index":    {sql: []string{"CREATE INDEX odd ON audit_heads (seq)"}},
		"a table":     {sql: []string{"CREATE TABLE odd (id INT PRIMARY KEY)"}},
		"a failure":   {failed: true},
		"many rows":   {sql: []string{"SET max_recursive_iterations = 30000", fill}},
		"a lost base": {sql: []string{"DROP TABLE audit_heads"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := newShelved(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			conn := oneConnection(t, d.Database)
			for _, statement := range spoil.sql {
				Exec(t, conn, statement)
			}
			var own shelf
			if err := own.give(t.Context(), d, spoil.failed); err != nil {
				t.Fatal(err)
			}
			there := Count(t, db, "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?", d.name) == 1
			if there != spoil.kept || len(own.free) == 1 != spoil.kept {
				t.Errorf("there: %t, on the shelf: %d", there, len(own.free))
			}
			if spoil.kept {
				if n := Count(t, conn, "SELECT COUNT(*) FROM audit_heads"); n != 0 {
					t.Errorf("%d rows are left", n)
				}
				if err := drop(t.Context(), db, d.name); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func oneConnection(t *testing.T, d Database) *sql.DB {
	t.Helper()
	conn := d.SQL(t)
	conn.SetMaxOpenConns(1) // what SET says holds for the connection
	return conn
}

// look is a database's schema and rows as text. When a migration ran differs.
func look(t *testing.T, d Database) string {
	t.Helper()
	db := d.SQL(t)
	var lines []string
	if d.Engine == SQLite {
		for _, row := range Rows(t, db, "SELECT type, name, sql FROM sqlite_master") {
			lines = append(lines, strings.Join(row, " "))
		}
	} else {
		shape, err := shapeOf(t.Context(), db, Rows(t, db, "SELECT DATABASE()")[0][0])
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, shape)
	}
	for table, rows := range d.Rows(t, db) {
		if table == "goose_db_version" {
			rows = strings.Join(slices.Concat(Rows(t, db, "SELECT version_id, is_applied FROM goose_db_version ORDER BY id")...), " ")
		}
		lines = append(lines, table+": "+rows)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
