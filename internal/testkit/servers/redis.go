//go:build unix

package servers

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// startRedis serves a Redis that keeps nothing.
func (s *Servers) startRedis(ctx context.Context, paths programs) (*running, error) {
	home := filepath.Join(s.dir, "redis")
	if err := os.Mkdir(home, 0o700); err != nil {
		return nil, fmt.Errorf("servers: Redis: %w", err)
	}
	return s.serve(ctx, server{
		name: "Redis",
		program: func(port int) program {
			return program{name: "redis-server", path: paths["redis-server"], args: []string{
				"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", home,
				"--save", "", "--appendonly", "no", "--daemonize", "no",
			}}
		},
		greet: greetRedis,
	})
}

// greetRedis returns the version of the Redis at port if it is the process
// pid: had another test run taken the port, its Redis would answer just as well.
func greetRedis(ctx context.Context, port, pid int) (string, error) {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp4", loopback(port))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, "INFO server\r\n"); err != nil {
		return "", err
	}
	info, err := readInfo(bufio.NewReader(conn))
	if err != nil {
		return "", err
	}
	if info["process_id"] != strconv.Itoa(pid) {
		return "", fmt.Errorf("process %s answers on port %d, not %d", info["process_id"], port, pid)
	}
	return info["redis_version"], nil
}

// readInfo reads the answer to INFO: "$length", then lines of name:value.
func readInfo(r *bufio.Reader) (map[string]string, error) {
	head, err := r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	length, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(head, "$")))
	if err != nil || length < 0 {
		return nil, fmt.Errorf("not an answer to INFO: %q", head)
	}
	body, err := io.ReadAll(io.LimitReader(r, int64(length)))
	if err != nil {
		return nil, err
	}
	info := map[string]string{}
	for line := range strings.Lines(string(body)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info, nil
}
