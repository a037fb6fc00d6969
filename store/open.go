// Package store is the only room that knows gorm. It opens the database, migrates it
// and holds one file per aggregate. MySQL (or any engine of its protocol) is the truth
// of a deployment; SQLite is the embedded default.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	sqlitedriver "github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/gormlite"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"countersign/model"
)

// Options say which database to open and how.
type Options struct {
	Driver  string           // "mysql" or "sqlite"
	DSN     string           // of go-sql-driver, for mysql
	Path    string           // file, for sqlite
	MaxOpen int              // connections; 0 is 32
	Now     func() time.Time // a clock in place of the database's, for demo and tests
	Log     *slog.Logger
}

// Store is the database. Its read methods are those of Reader; every change goes
// through InTx.
type Store struct {
	Reader
	sql    *sql.DB
	driver string
	path   string
	now    func() time.Time
	log    *slog.Logger

	announce func([]model.AuditHead)
	server   *serverClock
}

// Announce names who is told, after each commit that made events, where the chains of
// its brands end now. He is called by whoever committed and must not wait. It is to be
// called before the store is used.
func (s *Store) Announce(to func([]model.AuditHead)) { s.announce = to }

// Reader has the reads, outside or inside a transaction: Store and Tx embed it.
type Reader struct{ db *gorm.DB }

func (r Reader) with(ctx context.Context) *gorm.DB { return r.db.WithContext(ctx) }

// Open connects and, for MySQL, refuses a server whose settings would lose an
// acknowledged decision. It does not migrate.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxOpen == 0 {
		o.MaxOpen = 32
	}
	pool, dialector, err := connect(o)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(max(2, o.MaxOpen)) // a migration holds one and works on another
	pool.SetMaxIdleConns(o.MaxOpen)
	pool.SetConnMaxLifetime(30 * time.Minute)
	db, err := gorm.Open(dialector, &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) },
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: open: %w", err), pool.Close())
	}
	padConditions(db)
	if err := withoutAssociations(db); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	s := &Store{Reader: Reader{db}, sql: pool, driver: o.Driver, path: o.Path, now: o.Now, log: o.Log, server: &serverClock{}}
	if err := s.inspect(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return s, nil
}

// withoutAssociations takes the steps out of gorm's way that look for rows to be saved
// together with a row: our structs are rows and have none.
func withoutAssociations(db *gorm.DB) error {
	var errs []error
	for _, step := range []string{"gorm:save_before_associations", "gorm:save_after_associations"} {
		errs = append(errs, db.Callback().Create().Remove(step), db.Callback().Update().Remove(step))
	}
	return errors.Join(errs...)
}

func connect(o Options) (*sql.DB, gorm.Dialector, error) {
	switch o.Driver {
	case "mysql":
		return connectMySQL(o.DSN, o.Log)
	case "sqlite":
		return connectSQLite(o.Path)
	}
	return nil, nil, fmt.Errorf("store: unknown driver %q", o.Driver)
}

func connectMySQL(dsn string, log *slog.Logger) (*sql.DB, gorm.Dialector, error) {
	cfg, err := mysqldriver.ParseDSN(dsn)
	if err != nil {
		return nil, nil, errors.New("store: the MySQL DSN cannot be read; expected user:password@tcp(host:3306)/database")
	}
	cfg.ParseTime, cfg.Loc = true, time.UTC
	cfg.ClientFoundRows = true // a guarded update that matched counts, even with equal values
	cfg.Logger = driverLog{log}
	cfg.InterpolateParams = true // for what is not prepared, see statements.go
	cfg.RejectReadOnly = true    // after a failover the old primary refuses: reconnect
	if cfg.Timeout == 0 {
		cfg.Timeout = 3 * time.Second
	}
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	cfg.Params["time_zone"] = "'+00:00'"
	cfg.Params["innodb_lock_wait_timeout"] = "3"
	inner, err := mysqldriver.NewConnector(cfg)
	if err != nil {
		return nil, nil, errors.New("store: the MySQL DSN is refused by its driver")
	}
	pool := sql.OpenDB(readCommitted{inner})
	// RETURNING exists on MariaDB only; without it both walk MySQL's path.
	return pool, mysql.New(mysql.Config{Conn: pool, DisableWithReturning: true}), nil
}

// driverLog takes what the driver would print to stderr: connections that the server
// closed, which the pool replaces.
type driverLog struct{ log *slog.Logger }

// Print is for the driver.
func (l driverLog) Print(v ...any) { l.log.Debug("mysql driver", "says", fmt.Sprint(v...)) }

// readCommitted sets the isolation of every new connection: MySQL and MariaDB name the
// variable differently, but both take the statement. Under REPEATABLE READ a claim on
// the outbox would block every insert into it.
type readCommitted struct{ driver.Connector }

func (c readCommitted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	exec, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(errors.New("store: driver cannot execute"), conn.Close())
	}
	if _, err = exec.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	kept, err := newPreparing(conn)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return kept, nil
}

// connectSQLite: WAL with one writer at a time; synchronous=FULL because a decision
// that was answered must survive a power cut; times in one sortable text form.
func connectSQLite(path string) (*sql.DB, gorm.Dialector, error) {
	q := url.Values{
		"_txlock":  {"immediate"},
		"_timefmt": {"2006-01-02 15:04:05.000"},
		"_pragma": {
			"busy_timeout(10000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(on)",
		},
	}
	pool, err := sqlitedriver.Open("file:" + strings.ReplaceAll(url.PathEscape(path), "%2F", "/") + "?" + q.Encode())
	if err != nil {
		return nil, nil, fmt.Errorf("store: open SQLite: %w", err)
	}
	return pool, gormlite.OpenDB(pool), nil
}

// inspect refuses weak settings, and says why.
func (s *Store) inspect(ctx context.Context) error {
	if s.driver != "mysql" {
		return s.sql.PingContext(ctx)
	}
	var flush int
	var mode string
	err := s.sql.QueryRowContext(ctx, "SELECT @@innodb_flush_log_at_trx_commit, @@sql_mode").Scan(&flush, &mode)
	if err != nil {
		return fmt.Errorf("store: MySQL does not answer: %w", err)
	}
	var errs []error
	if flush != 1 {
		errs = append(errs, fmt.Errorf("store: innodb_flush_log_at_trx_commit is %d, must be 1: an approval that was answered could be lost in a crash", flush))
	}
	if !strings.Contains(mode, "STRICT_TRANS_TABLES") && !strings.Contains(mode, "STRICT_ALL_TABLES") {
		errs = append(errs, fmt.Errorf("store: sql_mode %q lacks STRICT_TRANS_TABLES: content could be cut without an error and its digest would no longer match", mode))
	}
	return errors.Join(errs...)
}

// Ping asks whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return fault("ping", s.sql.PingContext(ctx)) }

// Stats are the pool's, for metrics.
func (s *Store) Stats() sql.DBStats { return s.sql.Stats() }

// Close ends all connections.
func (s *Store) Close() error { return s.sql.Close() }
