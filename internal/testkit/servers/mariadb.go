//go:build unix

package servers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// mysqlMode is what MySQL 8 has as its default: what MariaDB takes under it,
// the production database takes too.
const mysqlMode = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE," +
	"ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"

// startMariaDB makes a data directory and serves it.
func (s *Servers) startMariaDB(ctx context.Context, paths programs) (*running, error) {
	home := filepath.Join(s.dir, "mariadb")
	as, err := ownHome(home)
	if err != nil {
		return nil, fmt.Errorf("servers: MariaDB: %w", err)
	}
	data, socket := filepath.Join(home, "data"), filepath.Join(home, "socket")
	common := []string{
		"--no-defaults", // must be the first
		"--datadir=" + data,
		"--tmpdir=" + home, // a starting mariadbd deletes every "#sql…" in its tmpdir, another's too
		"--innodb-log-file-size=64M",
		"--innodb-use-native-aio=OFF", // containers often forbid io_uring
		"--skip-name-resolve",
	}
	err = s.runToEnd(ctx, program{name: "mariadb-install-db", path: paths["mariadb-install-db"], as: as, args: slices.Concat(
		common, []string{"--auth-root-authentication-method=normal", "--skip-test-db"},
	)})
	if err != nil {
		return nil, fmt.Errorf("servers: MariaDB: %w", err)
	}
	return s.serve(ctx, server{
		name: "MariaDB",
		program: func(port int) program {
			return program{name: "mariadbd", path: paths["mariadbd"], as: as, args: slices.Concat(common, serveArgs(socket, port))}
		},
		greet: func(ctx context.Context, _, _ int) (string, error) { return greetMariaDB(ctx, socket) },
	})
}

// serveArgs are the settings of the server beyond those of its installation.
func serveArgs(socket string, port int) []string {
	return []string{
		"--socket=" + socket,
		"--port=" + strconv.Itoa(port),
		"--bind-address=127.0.0.1",
		"--max-connections=500",
		"--character-set-server=utf8mb4",
		"--default-time-zone=+00:00",
		"--sql-mode=" + mysqlMode,
		"--innodb-flush-log-at-trx-commit=1", // a commit is on the disk, as in production
		"--innodb-buffer-pool-size=256M",
	}
}

// ownHome makes the folder in which MariaDB lives and says as whom it runs.
// MariaDB refuses to be root. Its own --user option is of no use here: a
// process that changes its user loses the death signal, and
// mariadb-install-db --user changes the owner of a folder of the installed
// package. So root's child becomes "mysql" before it starts.
func ownHome(home string) (*syscall.Credential, error) {
	if err := os.Mkdir(home, 0o700); err != nil {
		return nil, err
	}
	if os.Geteuid() != 0 {
		return nil, nil // as ourselves
	}
	account, err := user.Lookup("mysql")
	if err != nil {
		return nil, err
	}
	uid, errU := strconv.ParseUint(account.Uid, 10, 32)
	gid, errG := strconv.ParseUint(account.Gid, 10, 32)
	as := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return as, errors.Join(errU, errG,
		os.Chown(home, int(uid), int(gid)), os.Chmod(filepath.Dir(home), 0o711)) //nolint:gosec // mysql must pass through
}

// runToEnd runs a program that is expected to end well.
func (s *Servers) runToEnd(ctx context.Context, p program) error {
	proc, err := s.launch(p)
	if err != nil {
		return err
	}
	defer s.guard.kill(proc.pid)
	select {
	case <-proc.done:
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", p.name, context.Cause(ctx))
	}
	if proc.err != nil {
		return fmt.Errorf("%s: %w; its last lines:\n%s", p.name, proc.err, proc.tail())
	}
	return nil
}

// greetMariaDB reads the packet with which MariaDB greets a client and returns
// the version in it. It asks at the socket, which lies in our own folder, so
// the answer is our own server's; MariaDB opens its port before its socket and
// greets nobody before both serve.
//
// The packet: 3 bytes length, 1 byte number, 1 byte protocol (10), then the
// version, ended by a zero byte. MariaDB 10 puts "5.5.5-" before its version,
// for old replicas' sake.
func greetMariaDB(ctx context.Context, socket string) (string, error) {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", socket)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return "", err
	}
	var head [4]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return "", err
	}
	body := make([]byte, int(head[0])|int(head[1])<<8|int(head[2])<<16)
	if _, err := io.ReadFull(conn, body); err != nil {
		return "", err
	}
	const protocol = 10
	version, _, whole := bytes.Cut(body, []byte{0})
	if !whole || len(version) < 2 || version[0] != protocol {
		return "", fmt.Errorf("not a greeting: %.40q", body)
	}
	return strings.TrimPrefix(string(version[1:]), "5.5.5-"), nil
}
