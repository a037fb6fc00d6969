package store_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm/schema"

	"countersign/internal/testkit"
	"countersign/model"
)

// rows is a struct of model for every table.
var rows = []any{
	&model.Brand{}, &model.User{}, &model.Person{}, &model.Member{}, &model.Binding{}, &model.Session{}, &model.Scene{}, &model.Invitation{},
	&model.AccessRequest{}, &model.Flow{}, &model.FlowVersion{}, &model.FlowStep{}, &model.FlowApprover{}, &model.Channel{}, &model.PlatformSetting{},
	&model.Post{}, &model.PostTerm{}, &model.Article{}, &model.Revision{}, &model.Review{}, &model.ReviewStep{}, &model.Task{}, &model.Decision{}, &model.Undo{}, &model.Deputy{},
	&model.Comment{}, &model.SeenMark{}, &model.AuditEntry{}, &model.AuditHead{}, &model.Event{}, &model.IdempotencyKey{}, &model.OutboxMessage{},
	&model.MessageGrant{}, &model.NoticePace{}, &model.Reminder{},
	&model.Media{}, &model.MediaPart{}, &model.MediaUse{}, &model.MediaUsage{},
	&model.Webhook{}, &model.Delivery{},
	&model.Ticket{}, &model.Opening{}, &model.Publication{},
	&model.WordList{}, &model.AIReport{}, &model.AIUsage{},
}

// column is what of a column both sides must agree on.
type column struct{ Null, Key bool }

// The structs of model and the tables of the migrations are written twice: here they
// are compared, on both engines.
func TestTablesAreTheStructs(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		want := map[string]map[string]column{}
		var cache sync.Map
		for _, row := range rows {
			s, err := schema.Parse(row, &cache, schema.NamingStrategy{})
			if err != nil {
				t.Fatal(err)
			}
			want[s.Table] = map[string]column{}
			for _, f := range s.Fields {
				if f.DBName != "" {
					want[s.Table][f.DBName] = column{Null: f.FieldType.Kind().String() == "ptr", Key: f.PrimaryKey}
				}
			}
		}
		if diff := cmp.Diff(want, tables(t, fresh(t, e))); diff != "" {
			t.Errorf("structs (-), tables (+):\n%s", diff)
		}
	})
}

func tables(t *testing.T, b *bundle) map[string]map[string]column {
	t.Helper()
	query := `SELECT table_name, column_name, is_nullable = 'YES', column_key = 'PRI' FROM information_schema.columns
		WHERE table_schema = DATABASE() AND table_name NOT LIKE 'goose%'`
	if b.db.Engine == testkit.SQLite {
		query = `SELECT m.name, c.name, c."notnull" = 0, c.pk > 0 FROM sqlite_master m JOIN pragma_table_info(m.name) c
			WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'goose%'`
	}
	out := map[string]map[string]column{}
	for _, r := range testkit.Rows(t, b.sql, query) {
		if out[r[0]] == nil {
			out[r[0]] = map[string]column{}
		}
		out[r[0]][r[1]] = column{Null: r[2] == "1", Key: r[3] == "1"}
	}
	return out
}

// typed is what of a column is written differently on each engine, in words of neither.
type typed struct{ Type, Default string }

var (
	typeOf = map[string]string{
		"char": "text", "varchar": "text", "text": "text", "longtext": "text", "TEXT": "text",
		"tinyint": "integer", "int": "integer", "bigint": "integer", "INTEGER": "integer", "BOOLEAN": "integer",
		"varbinary": "bytes", "longblob": "bytes", "BLOB": "bytes",
		"datetime": "time", "DATETIME": "time",
	}
	defaultOf = map[string]string{"<null>": "none", "NULL": "none", "FALSE": "0"}
)

// The same columns hold the same kinds of values, and the same when nothing is said.
func TestColumnsAreTheSameOnBothEngines(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	of := func(e testkit.Engine, query string) map[string]typed {
		out := map[string]typed{}
		for _, r := range testkit.Rows(t, fresh(t, e).sql, query) {
			kind, value := typeOf[r[2]], r[3]
			if kind == "" {
				t.Errorf("%v: a type that is nowhere else", r)
			}
			if same, ok := defaultOf[value]; ok {
				value = same
			}
			out[r[0]+"."+r[1]] = typed{kind, value}
		}
		return out
	}
	lite := of(testkit.SQLite, `SELECT m.name, c.name, c.type, c.dflt_value FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'goose%'`)
	maria := of(testkit.MySQL, `SELECT table_name, column_name, data_type, column_default FROM information_schema.columns
		WHERE table_schema = DATABASE() AND table_name NOT LIKE 'goose%'`)
	if diff := cmp.Diff(lite, maria); diff != "" {
		t.Errorf("SQLite (-), MariaDB (+):\n%s", diff)
	}
}

// The unique indexes are the judges: both engines must have the same.
func TestIndexesAreTheSameOnBothEngines(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	lite := testkit.Rows(t, fresh(t, testkit.SQLite).sql, `SELECT m.name, i.name, i."unique", x.name FROM sqlite_master m
		JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) x
		WHERE m.type = 'table' AND i.origin = 'c' AND m.name NOT LIKE 'goose%' ORDER BY m.name, i.name, x.seqno`)
	maria := testkit.Rows(t, fresh(t, testkit.MySQL).sql, `SELECT table_name, index_name, non_unique = 0, column_name FROM information_schema.statistics
		WHERE table_schema = DATABASE() AND index_name <> 'PRIMARY' AND table_name NOT LIKE 'goose%' ORDER BY table_name, index_name, seq_in_index`)
	slices.SortFunc(lite, slices.Compare)
	slices.SortFunc(maria, slices.Compare)
	if diff := cmp.Diff(lite, maria); diff != "" || len(lite) < 40 {
		t.Errorf("%d index columns; SQLite (-), MariaDB (+):\n%s", len(lite), diff)
	}
}
