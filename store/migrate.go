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
		opts = append(opts, goose.WithSessionLocker(namedLock{}))
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
type namedLock struct{}

var _ lock.SessionLocker = namedLock{}

const lockName = "CONCAT(DATABASE(), ':countersign:migrate')"

// SessionLock waits up to a minute for another starter.
func (namedLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	var got sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK("+lockName+", 60)").Scan(&got); err != nil {
		return err
	}
	if got.Int64 != 1 {
		return errors.New("another process has been migrating for a minute")
	}
	return nil
}

// SessionUnlock frees the name.
func (namedLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "DO RELEASE_LOCK("+lockName+")")
	return err
}
