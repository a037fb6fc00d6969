package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
)

const (
	stopWorkers = 16
	stopAfter   = 2 * time.Second // of load
	stopGrace   = 20 * time.Second
	stopEmail   = "admin@bench.example"
)

// stop sends SIGTERM to a server under load and looks at every answer: a client may be
// refused a connection, and nothing else may happen to it. What was acknowledged must
// be in the database.
func stop(t testing.TB) []figure {
	d := testkit.NewDatabase(t, testkit.MySQL)
	addr := freeAddr(t)
	env := serveEnv(d, addr, freeAddr(t))
	binary := build(t)
	p, _ := launch(t, binary, addr, env, "serve", "--migrate")
	c, path, channel := stopBrand(t, binary, p.url, env)
	l := &load{failed: map[string]int{}}
	var wg sync.WaitGroup
	for i := range stopWorkers {
		wg.Go(func() { l.work(t, c, path, channel, i%2 == 0) })
	}
	time.Sleep(stopAfter)
	start := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	code := p.wait(t)
	took := time.Since(start)
	wg.Wait()
	kept := count(t, direct(t, d), "SELECT COUNT(*) FROM posts")
	lost := max(0, l.written.Load()-kept)
	failures := 0
	for _, n := range l.failed {
		failures += n
	}
	end := figure{Name: "stop: from SIGTERM to the end", Measured: took.Seconds(), Unit: "s", Bound: atMost, Goal: stopGrace.Seconds(), Note: fmt.Sprintf("exit code %d", code)}.judged()
	end.OK = end.OK && code == 0
	return []figure{
		figure{Name: "stop: requests that failed other than by refusal", Measured: float64(failures), Bound: atMost, Note: l.String()}.judged(),
		figure{Name: "stop: acknowledged writes that are not there", Measured: float64(lost), Bound: atMost, Note: fmt.Sprintf("%d acknowledged, %d there", l.written.Load(), kept)}.judged(),
		end,
	}
}

func serveEnv(d testkit.Database, addr, metrics string) []string {
	key := base64.StdEncoding.EncodeToString([]byte("a key of thirty-two bytes, bench"))
	return []string{
		"COUNTERSIGN_HTTP_ADDR=" + addr, "COUNTERSIGN_HTTP_METRICS_ADDR=" + metrics, "COUNTERSIGN_HTTP_PUBLIC_URL=https://bench.example",
		"COUNTERSIGN_DATABASE_DRIVER=mysql", "COUNTERSIGN_DATABASE_DSN=" + d.DSN, "COUNTERSIGN_REDIS_ADDRS=" + os.Getenv(testkit.EnvRedis),
		"COUNTERSIGN_SECRET_KEY=" + key, "COUNTERSIGN_WECHAT_APP_ID=wxbench0123456789", "COUNTERSIGN_WECHAT_APP_SECRET=not-called", "COUNTERSIGN_LOG_LEVEL=warn",
		"COUNTERSIGN_LIMITS_REQUESTS_PER_SECOND=100000", fmt.Sprintf("COUNTERSIGN_HTTP_SHUTDOWN_GRACE=%s", stopGrace),
	}
}

// stopBrand founds a brand from the shell, as an operator does, and signs its admin in.
func stopBrand(t testing.TB, binary, url string, env []string) (c testkit.Client, path, channel string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "brand", "create", "--name", "品牌", "--email", stopEmail, "--user-name", "管理员")
	cmd.Env = append(slices.Clone(env), "COUNTERSIGN_PASSWORD="+testkit.Password)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	path = api.Base + "/brands/" + strings.TrimSpace(string(out))
	c.URL = url
	got := c.Do(t, "POST", api.Base+"/sessions", testkit.M{"email": stopEmail, "password": testkit.Password}).Want(t, 200, nil)
	cookie, err := http.ParseSetCookie(got.Header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	c.Cookie = cookie.Value
	var made api.ChannelOut
	c.Do(t, "POST", path+"/channels", testkit.M{"name": "服务号", "platform": "wechat_official"}).Want(t, 200, &made)
	return c, path, made.ID
}

// load is what the workers of a load saw.
type load struct {
	written atomic.Int64
	mu      sync.Mutex
	failed  map[string]int
	good    int
	refused int
}

// work writes posts, or reads them, until it is refused a connection.
func (l *load) work(t testing.TB, c testkit.Client, path, channel string, writes bool) {
	for end := time.Now().Add(stopAfter + stopGrace + 10*time.Second); time.Now().Before(end); {
		method, body := "GET", any(nil)
		if writes {
			method, body = "POST", testkit.M{"channel_id": channel, "articles": []testkit.M{testkit.Article("标题")}}
		}
		a, err := c.Try(t, method, path+"/posts", body)
		if !l.saw(a, err, writes) {
			return
		}
	}
	l.fail("the server went on")
}

// saw counts an answer; false when the worker was refused.
func (l *load) saw(a testkit.Answer, err error, wrote bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		l.refused++
		return false
	case err != nil:
		l.failed[err.Error()]++
	case a.Status != http.StatusOK:
		var p api.Problem
		_ = json.Unmarshal(a.Body, &p) // an answer that is none of ours is told by its status
		l.failed[fmt.Sprint(a.Status, " ", p.Code)]++
	default:
		l.good++
		if wrote {
			l.written.Add(1)
		}
	}
	return true
}

func (l *load) fail(how string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed[how]++
}

func (l *load) String() string {
	parts := []string{fmt.Sprintf("%d answered, %d refused, %d at a time, MariaDB, Redis", l.good, l.refused, stopWorkers)}
	for _, k := range slices.Sorted(maps.Keys(l.failed)) {
		parts = append(parts, fmt.Sprintf("%d × %s", l.failed[k], k))
	}
	return strings.Join(parts, "; ")
}
