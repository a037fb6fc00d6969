//go:build unix

// Package servers starts a real MariaDB and a real Redis for tests, out of the
// machine's own packages: loopback only, free ports, a data directory of their
// own that is removed afterwards. Nothing outlives the program that started
// them, not even when it is killed: see guard and dieWithParent.
//
// It knows the standard library only, so that the program that runs the tests
// builds before anything else does.
package servers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// startLimit is how long a server may take until it answers. Start takes about
// two seconds on two quiet cores; a busy CI machine may need ten times that.
const startLimit = 60 * time.Second

// Options says which servers to start.
type Options struct {
	MariaDB bool
	Redis   bool
}

// Servers are the running servers of one Start.
type Servers struct {
	dir      string
	guard    *guard
	freePort portFinder
	mariadb  *running // nil when it was not asked for
	redis    *running // nil when it was not asked for
}

// Start starts the servers that opt names side by side and returns when each
// of them answers. When one fails, what was started is stopped again.
// Programs that are not installed are named by a *MissingError.
func Start(ctx context.Context, opt Options) (*Servers, error) {
	return start(ctx, opt, freePort)
}

func start(ctx context.Context, opt Options, freePort portFinder) (*Servers, error) {
	paths, err := find(opt)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(tempRoot(), "countersign-servers-")
	if err != nil {
		return nil, fmt.Errorf("servers: %w", err)
	}
	guard, err := startGuard(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s := &Servers{dir: dir, guard: guard, freePort: freePort}
	if err := s.startAll(ctx, opt, paths); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// startAll starts both at once: MariaDB's two seconds hide Redis's.
func (s *Servers) startAll(ctx context.Context, opt Options, paths programs) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	var (
		wg           sync.WaitGroup
		errDB, errRD error
	)
	if opt.MariaDB {
		wg.Go(func() { s.mariadb, errDB = s.startMariaDB(ctx, paths) })
	}
	if opt.Redis {
		wg.Go(func() { s.redis, errRD = s.startRedis(ctx, paths) })
	}
	wg.Wait()
	return errors.Join(errDB, errRD)
}

// Stop ends the servers, waits until their processes are gone and removes
// their data. It returns an error when a server had ended before it was asked
// to, with the last lines of its log; everything is cleared away all the same.
func (s *Servers) Stop() error {
	var errs []error
	for _, r := range []*running{s.mariadb, s.redis} {
		if r != nil {
			errs = append(errs, r.endedEarly())
		}
	}
	s.guard.killAll()
	errs = append(errs, os.RemoveAll(s.dir), s.guard.dismiss())
	return errors.Join(errs...)
}

// DSN returns the address of a database of the MariaDB for go-sql-driver, as
// the user root who has no password; "" names the server without a database.
// MariaDB must be among those started. Times are UTC, and an UPDATE counts the rows it matched, as SQLite does.
func (s *Servers) DSN(db string) string {
	settings := url.Values{
		"clientFoundRows": {"true"},
		"loc":             {"UTC"},
		"parseTime":       {"true"},
		"time_zone":       {"'+00:00'"},
	}
	return fmt.Sprintf("root@tcp(%s)/%s?%s", s.mariadb.address(), url.PathEscape(db), settings.Encode())
}

// RedisAddr returns host:port of the Redis, which must be among those started.
func (s *Servers) RedisAddr() string { return s.redis.address() }

// TempDir makes a folder beside the servers' data, which goes when they go. Others may
// pass through it: a test may start a MariaDB of its own in there, as another user.
func (s *Servers) TempDir() (string, error) {
	dir := filepath.Join(s.dir, "tmp")
	return dir, errors.Join(os.Mkdir(dir, 0o711), os.Chmod(dir, 0o711), os.Chmod(s.dir, 0o711)) //nolint:gosec // nothing secret lies in it
}

// Adopt puts the process group that pid leads under the same guard as the
// servers: should this program be killed, the group is killed too.
func (s *Servers) Adopt(pid int) { s.guard.watch(pid) }

// Abandon ends what is left of an adopted process group.
func (s *Servers) Abandon(pid int) { s.guard.kill(pid) }

// String names each server with its version and address, for a log line.
func (s *Servers) String() string {
	var parts []string
	for _, r := range []*running{s.mariadb, s.redis} {
		if r != nil {
			parts = append(parts, fmt.Sprintf("%s %s on %s", r.name, r.version, r.address()))
		}
	}
	return strings.Join(parts, ", ")
}
