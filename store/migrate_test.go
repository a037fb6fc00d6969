package store_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/store"
)

func TestMigrateFromEmpty(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		s := testkit.NewDatabase(t, e).Open(t, nil, 0)
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		all, err := s.Migrations(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			if m.AppliedAt.IsZero() {
				t.Errorf("%s was not applied", m.Name)
			}
		}
		again, err := s.Migrate(t.Context())
		if err != nil || len(again) != 0 {
			t.Fatalf("a second run applied %v, %v", again, err)
		}
	})
}

// Five replicas that start at once on a database without a schema apply it once.
func TestMigrateByFiveStartersAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		db := testkit.NewDatabase(t, e)
		var starters []*store.Store
		for range 5 {
			starters = append(starters, db.Open(t, nil, 0))
		}
		applied, errs := make([]int, 5), make([]error, 5)
		testkit.Together(5, func(i int) {
			done, err := starters[i].Migrate(t.Context())
			applied[i], errs[i] = len(done), err
		})
		all, err := starters[0].Migrations(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for i := range 5 {
			if errs[i] != nil {
				t.Errorf("starter %d: %v", i, errs[i])
			}
			sum += applied[i]
		}
		if sum != len(all) || len(all) == 0 {
			t.Errorf("%v steps were applied, of %d", applied, len(all))
		}
		if n := testkit.Count(t, db.SQL(t), "SELECT COUNT(*) FROM goose_db_version WHERE version_id > 0"); n != len(all) {
			t.Errorf("%d rows of goose for %d steps", n, len(all))
		}
	})
}

// Two versions run side by side while one replaces the other: to the older one, what the
// newer one added to the schema is no reason to stop.
func TestASchemaNewerThanTheProgram(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		testkit.Exec(t, b.sql, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
		done, err := b.Migrate(t.Context())
		if err != nil || len(done) != 0 {
			t.Errorf("applied %v, %v", done, err)
		}
		all, err := b.Migrations(t.Context())
		if err != nil || slices.ContainsFunc(all, func(m store.Migration) bool { return m.AppliedAt.IsZero() || m.Version == 9999 }) {
			t.Errorf("%v %v", all, err)
		}
	})
}

// A run that was killed half-way is repeated: on MySQL some tables are there already.
func TestMigrateAgainAfterHalf(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	b := fresh(t, testkit.MySQL)
	whole := tables(t, b)
	testkit.Exec(t, b.sql, "DELETE FROM goose_db_version WHERE version_id = 1")
	testkit.Exec(t, b.sql, "DROP TABLE webhooks, webhook_deliveries")
	if done, err := b.Migrate(t.Context()); err != nil || len(done) != 1 {
		t.Fatalf("applied %v, %v", done, err)
	}
	if diff := cmp.Diff(whole, tables(t, b)); diff != "" {
		t.Error(diff)
	}
}

// The numbers up to this one were used by steps before the first release, which are one now.
const lastBeforeRelease = 227

// Migrations after the first only expand, so that the version before them runs on (ADR 35).
func TestMigrationsExpand(t *testing.T) {
	t.Parallel()
	names := map[testkit.Engine][]string{}
	for _, e := range []testkit.Engine{testkit.SQLite, testkit.MySQL} {
		files, err := os.ReadDir("migrations/" + string(e))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			names[e] = append(names[e], f.Name())
			text, err := os.ReadFile("migrations/" + string(e) + "/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			if fault := unfit(f.Name(), string(text)); fault != "" {
				t.Errorf("%s/%s %s", e, f.Name(), fault)
			}
		}
	}
	if diff := cmp.Diff(names[testkit.SQLite], names[testkit.MySQL]); diff != "" || len(names[testkit.MySQL]) == 0 {
		t.Errorf("SQLite (-), MySQL (+):\n%s", diff)
	}
}

var (
	takesAway = regexp.MustCompile(`(?i)\b(DROP|RENAME|CHANGE|MODIFY|TRUNCATE)\b`)
	columns   = regexp.MustCompile(`(?i)ADD COLUMN [^,;]*`)
	demands   = regexp.MustCompile(`(?i)NOT NULL`)
	fallsBack = regexp.MustCompile(`(?i)\bDEFAULT\b`)
	remarks   = regexp.MustCompile(`(?m)^--.*`)
)

// unfit says what a migration may not do, or nothing.
func unfit(name, text string) string {
	var number int
	if _, err := fmt.Sscanf(name, "%04d_", &number); err != nil {
		return "has no number"
	}
	if number > 1 && number <= lastBeforeRelease {
		return fmt.Sprintf("has a number that a step before the first release had: the next is %04d", lastBeforeRelease+1)
	}
	if strings.Contains(text, "+goose Down") {
		return "has a way down that no command takes"
	}
	if strings.Contains(name, "_contract_") {
		return ""
	}
	text = remarks.ReplaceAllString(text, "")
	if word := takesAway.FindString(text); word != "" {
		return "takes away what the version before it uses: " + word
	}
	for _, column := range columns.FindAllString(text, -1) {
		if demands.MatchString(column) && !fallsBack.MatchString(column) {
			return "adds a column that the version before it does not fill: " + column
		}
	}
	return ""
}

func TestUnfitMigrationsAreFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		fit        bool
	}{
		{"0228_posts_note.sql", "ALTER TABLE posts ADD COLUMN note TEXT;", true},
		{"0228_posts_note.sql", "ALTER TABLE posts\n  ADD COLUMN note CHAR(3) NOT NULL DEFAULT '',\n  ADD COLUMN by_id CHAR(36) NULL;", true},
		{"0300_contract_posts_note.sql", "ALTER TABLE posts DROP COLUMN note;", true},
		{"0200_notes.sql", "CREATE TABLE notes (id TEXT NOT NULL);", false},
		{"notes.sql", "CREATE TABLE notes (id TEXT NOT NULL);", false},
		{"0228_posts_note.sql", "ALTER TABLE posts ADD COLUMN note TEXT NOT NULL;", false},
		{"0228_posts_note.sql", "ALTER TABLE posts drop column title;", false},
		{"0228_posts_name.sql", "ALTER TABLE posts RENAME COLUMN title TO name;", false},
		{"0228_posts_title.sql", "ALTER TABLE posts MODIFY COLUMN title TEXT NOT NULL;", false},
		{"0228_notes.sql", "CREATE TABLE notes (id TEXT NOT NULL);\n-- +goose Down\n", false},
	} {
		if fault := unfit(c.name, c.text); (fault == "") != c.fit {
			t.Errorf("%s %q: %q", c.name, c.text, fault)
		}
	}
}
