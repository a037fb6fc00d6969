package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// Migration is one step of the schema and when it was applied (zero: not yet).
type Migration struct {
	Version   int64
	Name      string
	AppliedAt time.Time
}

// Migrate brings the schema to the newest version. Several starters at once are safe:
// MySQL by a named lock that the server frees when its holder dies, SQLite by a lock on
// a file beside the database. It answers the migrations that this call applied.
func (s *Store) Migrate(ctx context.Context) ([]Migration, error) {
	unlock, err := s.lockFile()
	if err != nil {
		return nil, err
	}
	defer unlock()
	open, err := s.gate(ctx)
	if err != nil {
		return nil, err
	}
	defer open()
	p, err := s.provider()
	if err != nil {
		return nil, err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: migrate: %w", err)
	}
	out := make([]Migration, 0, len(done))
	for _, r := range done {
		out = append(out, Migration{Version: r.Source.Version, Name: r.Source.Path, AppliedAt: time.Now().UTC()})
	}
	return out, nil
}

// gate lets one starter at a time come to goose on MySQL: before goose takes its own
// lock, it reads and makes its table of versions, and two that do so at once trip over
// each other ("missing zero version migration").
func (s *Store) gate(ctx context.Context) (open func(), err error) {
	if s.driver != "mysql" {
		return func() {}, nil
	}
	conn, err := s.sql.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: migration gate: %w", err)
	}
	l := namedLock{"countersign:start"}
	if err := l.SessionLock(ctx, conn); err != nil {
		return nil, errors.Join(fmt.Errorf("store: migration gate: %w", err), conn.Close())
	}
	return func() {
		_ = l.SessionUnlock(context.WithoutCancel(ctx), conn) // the server frees it with the connection
		_ = conn.Close()
	}, nil
}

// Migrations lists all steps in order.
func (s *Store) Migrations(ctx context.Context) ([]Migration, error) {
	p, err := s.provider()
	if err != nil {
		return nil, err
	}
	all, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: migration status: %w", err)
	}
	out := make([]Migration, 0, len(all))
	for _, r := range all {
		out = append(out, Migration{Version: r.Source.Version, Name: r.Source.Path, AppliedAt: r.AppliedAt})
	}
	return out, nil
}

func (s *Store) provider() (*goose.Provider, error) {
	dialect, opts := goose.DialectSQLite3, []goose.ProviderOption{}
	if s.driver == "mysql" {
		dialect = goose.DialectMySQL
		opts = append(opts, goose.WithSessionLocker(namedLock{"countersign:migrate"}))
	}
	dir, err := fs.Sub(migrations, "migrations/"+s.driver)
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	p, err := goose.NewProvider(dialect, s.sql, dir, opts...)
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	return p, nil
}

// namedLock is MySQL's GET_LOCK on the migrating connection, one name per database.
type namedLock struct{ name string }

var _ lock.SessionLocker = namedLock{}

// SessionLock waits up to a minute for another starter.
func (l namedLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	var got sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(CONCAT(DATABASE(), ':', ?), 60)", l.name).Scan(&got); err != nil {
		return err
	}
	if got.Int64 != 1 {
		return errors.New("another process has been migrating for a minute")
	}
	return nil
}

// SessionUnlock frees the name.
func (l namedLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "DO RELEASE_LOCK(CONCAT(DATABASE(), ':', ?))", l.name)
	return err
}
