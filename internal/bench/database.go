package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	sqlitedriver "github.com/ncruces/go-sqlite3/driver"

	"countersign/internal/testkit"
	"countersign/model"
)

// readCommitted gives every connection the isolation that the product uses.
type readCommitted struct{ driver.Connector }

func (c readCommitted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	exec, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(errors.New("the driver cannot execute"), conn.Close())
	}
	if _, err := exec.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// direct opens a database past the product: to seed, to count, and for the floors.
func direct(t testing.TB, d testkit.Database) *sql.DB {
	t.Helper()
	db, err := open(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func open(d testkit.Database) (*sql.DB, error) {
	if d.Engine == testkit.SQLite {
		return sqlitedriver.Open("file:" + d.Path + "?_txlock=immediate&_pragma=busy_timeout(10000)")
	}
	cfg, err := mysqldriver.ParseDSN(d.DSN)
	if err != nil {
		return nil, err
	}
	connector, err := mysqldriver.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(readCommitted{connector})
	db.SetMaxOpenConns(32) // as the product's pool
	db.SetMaxIdleConns(32)
	return db, nil
}

// count answers a query for one number.
func count(t testing.TB, db *sql.DB, query string, args ...any) (n int64) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// table is rows to insert.
type table struct {
	name    string
	columns []string
	rows    [][]any
}

// rowsPerInsert keeps a statement below every engine's limit of parameters.
const rowsPerInsert = 250

// fill inserts the rows of all tables in one transaction.
func fill(t testing.TB, db *sql.DB, tables ...*table) {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range tables {
		for rest := b.rows; len(rest) > 0; {
			n := min(len(rest), rowsPerInsert)
			if err := b.insert(t.Context(), tx, rest[:n]); err != nil {
				t.Fatalf("seed %s: %v", b.name, err)
			}
			rest = rest[n:]
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func (b *table) insert(ctx context.Context, tx *sql.Tx, rows [][]any) error {
	one := "(?" + strings.Repeat(",?", len(b.columns)-1) + ")"
	var args []any
	for _, r := range rows {
		args = append(args, r...)
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO "+b.name+" ("+strings.Join(b.columns, ",")+") VALUES "+one+strings.Repeat(","+one, len(rows)-1), args...) //nolint:gosec // our own names
	return err
}

// turn is an open task, alone in the only step of its review, with all that the
// product reads and moves when it is decided.
type turn struct {
	brand, channel, member, submitter   string
	post, article, review, step, taskID string
	at                                  time.Time
}

func newTurn(b *testkit.Brand, member string, at time.Time) turn {
	id := testkit.NewID
	return turn{
		brand: b.ID, channel: b.Channel, member: member, submitter: b.EditorMember,
		post: id(), article: id(), review: id(), step: id(), taskID: id(), at: at,
	}
}

// digest is what the seeded reviews are of.
const digest = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"

// seed writes turns straight into the tables, without revisions: neither the inbox nor
// a decision reads one.
func seed(t testing.TB, db *sql.DB, turns []turn) {
	t.Helper()
	posts := &table{name: "posts", columns: strings.Fields("id brand_id channel_id platform content_type title state created_by version created_at updated_at")}
	articles := &table{name: "articles", columns: strings.Fields("id brand_id post_id position state title revision_number digest no_flow review_id version created_at updated_at")}
	reviews := &table{name: "reviews", columns: strings.Fields("id brand_id post_id article_id round title revision_number digest state step_position submitted_by version created_at")}
	steps := &table{name: "review_steps", columns: strings.Fields("id brand_id review_id position name mode state version")}
	tasks := &table{name: "tasks", columns: strings.Fields("id brand_id review_id review_step_id post_id article_id member_id state shelf sorted_at version created_at")}
	for _, u := range turns {
		at := u.at.Format("2006-01-02 15:04:05.000")
		const title = "秋季新品上市"
		posts.rows = append(posts.rows, []any{u.post, u.brand, u.channel, "wechat_official", model.ContentWeChatArticle, title, model.PostInReview, u.submitter, 1, at, at})
		articles.rows = append(articles.rows, []any{u.article, u.brand, u.post, 1, model.ArticleInReview, title, 1, digest, false, u.review, 1, at, at})
		reviews.rows = append(reviews.rows, []any{u.review, u.brand, u.post, u.article, 1, title, 1, digest, model.ReviewRunning, 1, u.submitter, 1, at})
		steps.rows = append(steps.rows, []any{u.step, u.brand, u.review, 1, "审阅", model.ModeAny, model.StepOpen, 1})
		tasks.rows = append(tasks.rows, []any{u.taskID, u.brand, u.review, u.step, u.post, u.article, u.member, model.TaskOpen, model.ShelfWaiting, at, 1, at})
	}
	fill(t, db, posts, articles, reviews, steps, tasks)
}
