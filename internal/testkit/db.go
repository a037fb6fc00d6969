// Package testkit gives tests real parts: a fresh database per test on SQLite and on
// MariaDB, Redis, the sandbox, the whole program behind HTTP, a clock that can be set,
// and builders. Production cannot import it.
package testkit

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"

	"countersign/store"
)

// The environment that internal/testkit/run sets.
const (
	EnvMySQL = "COUNTERSIGN_TEST_MYSQL"
	EnvRedis = "COUNTERSIGN_TEST_REDIS"
)

// EnvOnly names the one engine that OnEach runs; "make test" makes a pass for each.
const EnvOnly = "COUNTERSIGN_TEST_ONLY"

// Engine is a database that the product runs on.
type Engine string

// The engines.
const (
	SQLite Engine = "sqlite"
	MySQL  Engine = "mysql"
)

// OnEach runs a test on every engine. MariaDB needs "make test", which starts one;
// without it, that half says so and is skipped.
func OnEach(t *testing.T, test func(t *testing.T, e Engine)) {
	t.Helper()
	for _, e := range []Engine{SQLite, MySQL} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			e.Turn(t)
			e.Need(t)
			test(t, e)
		})
	}
}

// Turn skips the test in the pass of make test that is for the other engine.
func (e Engine) Turn(t testing.TB) {
	t.Helper()
	if only := os.Getenv(EnvOnly); only != "" && only != string(e) {
		t.Skip("in the other pass of make test")
	}
}

// Need skips the test when the engine is not there.
func (e Engine) Need(t testing.TB) {
	t.Helper()
	if e == MySQL && os.Getenv(EnvMySQL) == "" {
		t.Skip("no MariaDB: run it with make test")
	}
}

// Database says where a fresh database is.
type Database struct {
	Engine Engine
	DSN    string // mysql
	Path   string // sqlite
}

// NewDatabase makes an empty database for one test and removes it afterwards.
func NewDatabase(t testing.TB, e Engine) Database {
	t.Helper()
	e.Need(t)
	if e == SQLite {
		return Database{Engine: e, Path: filepath.Join(t.TempDir(), "test.db")}
	}
	db, err := admin()
	if err != nil {
		t.Fatal(err)
	}
	d, name, err := created(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drop(context.WithoutCancel(t.Context()), db, name); err != nil {
			t.Error(err)
		}
	})
	return d
}

// admin is the connection that makes and drops databases.
var admin = sync.OnceValues(func() (*sql.DB, error) { return sql.Open("mysql", os.Getenv(EnvMySQL)) })

// created makes a MariaDB database, and says its name.
func created(ctx context.Context, db *sql.DB) (d Database, name string, err error) {
	cfg, err := mysqldriver.ParseDSN(os.Getenv(EnvMySQL))
	if err != nil {
		return d, "", err
	}
	cfg.DBName = fmt.Sprintf("t_%d_%08x", os.Getpid(), rand.Uint32()) //nolint:gosec // a name, not a secret
	_, err = db.ExecContext(ctx, "CREATE DATABASE "+cfg.DBName)       //nolint:gosec // the name is made above
	return Database{Engine: MySQL, DSN: cfg.FormatDSN()}, cfg.DBName, err
}

func drop(ctx context.Context, db *sql.DB, name string) error {
	_, err := db.ExecContext(ctx, "DROP DATABASE "+name)
	return err
}

// Open opens the database as it is, without a schema. pool 0 is the usual size.
func (d Database) Open(t testing.TB, clock *Clock, pool int) *store.Store {
	t.Helper()
	o := store.Options{Driver: string(d.Engine), DSN: d.DSN, Path: d.Path, MaxOpen: pool}
	if clock != nil {
		o.Now = clock.Now
	}
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// NewStore is a fresh database at the newest schema.
func NewStore(t testing.TB, e Engine, clock *Clock) *store.Store {
	t.Helper()
	return NewMigrated(t, e).Open(t, clock, 0)
}

// Clock is a clock that a test sets. It stands still by itself.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Start is where a test's clock stands at first.
var Start = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// NewClock stands at Start.
func NewClock() *Clock { return &Clock{now: Start} }

// Now is the instant it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add moves it.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
