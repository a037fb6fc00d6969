package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// parts are the settings that put a demo on an engine: its own SQLite file and embedded
// Redis, or a fresh MariaDB database and the real Redis.
func parts(t *testing.T, e testkit.Engine) []string {
	t.Helper()
	if e == testkit.SQLite {
		return nil
	}
	return []string{
		"COUNTERSIGN_DATABASE_DRIVER=mysql", "COUNTERSIGN_DATABASE_DSN=" + testkit.NewDatabase(t, e).DSN,
		"COUNTERSIGN_REDIS_ADDRS=" + os.Getenv(testkit.EnvRedis),
	}
}

// TestStories plays every story twice on one running demo: the second telling meets
// what the first one left behind, and knows the demo by its address in place of its name,
// as a story in another terminal does.
func TestStories(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		d, err := startDemo(ctx, ownPorts(parts(t, e)...), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		for name, s := range stories() {
			byAddress := place{strings.Replace(d.at.api, "localhost", "127.0.0.1", 1), d.at.sandbox}
			for _, at := range []place{d.at, byAddress} {
				var out bytes.Buffer
				if err := play(ctx, at, &out, s); err != nil {
					t.Errorf("%s: %v\n%s", name, err, out.String())
				}
			}
		}
		stop()
		if err := d.wait(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(d.dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the demo left %s behind", d.dir)
		}
	})
}

// TestStoryStopsAtTheFirstWrongThing: a story that cannot fail would prove nothing.
func TestStoryStopsAtTheFirstWrongThing(t *testing.T) {
	t.Parallel()
	wrong := errors.New("not as it should be")
	told := 0
	s := story{
		{"a", "does well", func(*player) (string, error) { told++; return "seen", nil }},
		{"b", "finds a fault", func(*player) (string, error) { told++; return "", wrong }},
		{"c", "is not told", func(*player) (string, error) { told++; return "", nil }},
	}
	var out bytes.Buffer
	if err := play(t.Context(), place{}, &out, s); err == nil || told != 2 || !strings.Contains(out.String(), "✗  2") {
		t.Errorf("%v after %d steps:\n%s", err, told, out.String())
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		nil,
		{"nonsense"},
		{"migrate"},
		{"migrate", "sideways"},
		{"brand"},
		{"docs"},
		{"serve", "--nonsense"},
		{"outbox"},
		{"outbox", "list", "--all"},
		{"outbox", "list", "--id", "x"},
		{"outbox", "retry"},
		{"outbox", "retry", "--id", "x", "--all"},
		{"outbox", "retry", "--id", "x", "--reason", "y"},
		{"outbox", "retry", "--all", "x"},
		{"serve", "now"},
		{"demo", "reviewer"},
		{"migrate", "up", "now"},
		{"brand", "create", "--name", "Acme", "Tea", "--email", "a@b.example"},
		{"rules", "x"},
		{"openapi", "x"},
		{"version", "x"},
		{"docs", "--nonsense"},
	} {
		var out, errs bytes.Buffer
		if err := run(t.Context(), args, nil, &out, &errs); exitCode(err) != 2 || errs.Len() == 0 || out.Len() != 0 {
			t.Errorf("%v: %v, stdout %q, stderr %q", args, err, out.String(), errs.String())
		}
	}
	if err := run(t.Context(), []string{"demo", "--story", "nobody"}, nil, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "binder, poster, reviewer, team") {
		t.Errorf("an unknown story must name the known ones: %v", err)
	}
}

// TestHelp: who asks for help gets it, once, on stdout, and has done nothing wrong.
func TestHelp(t *testing.T) {
	t.Parallel()
	asks := [][]string{{"--help"}, {"-h"}, {"brand", "create", "--help"}, {"audit", "export", "--help"}, {"audit", "verify", "-h"}, {"outbox", "list", "--help"}, {"migrate", "up", "--help"}}
	for _, cmd := range commands() {
		asks = append(asks, []string{cmd.name, "--help"})
	}
	for _, args := range asks {
		var out, errs bytes.Buffer
		if err := run(t.Context(), args, nil, &out, &errs); exitCode(err) != 0 || errs.Len() != 0 || strings.Count(strings.ToLower(out.String()), "usage") != 1 {
			t.Errorf("%v: %v, stdout %q, stderr %q", args, err, out.String(), errs.String())
		}
	}
	if got := exitCode(errors.New("tried, and failed")); got != 1 {
		t.Errorf("a failure exits with %d", got)
	}
}

// TestWhatADemoTakesFromTheEnvironment: what docs/webhooks.md says, and nothing that could
// lead to real data.
func TestWhatADemoTakesFromTheEnvironment(t *testing.T) {
	t.Parallel()
	env := taken([]string{"HOME=/x", "COUNTERSIGN_DATABASE_DRIVER=mysql", "COUNTERSIGN_WEBHOOKS_ALLOW_PRIVATE=true", "COUNTERSIGN_WECHAT_APP_ID=wxreal"})
	cfg, err := demoConfig(place{"http://localhost:1", "http://localhost:2"}, t.TempDir(), demoPlan{metrics: "127.0.0.1:0", level: "error", env: env})
	if err != nil {
		t.Fatal(err)
	}
	if !cfg.Webhooks.AllowPrivate || cfg.Database.Driver != "sqlite" || cfg.WeChat.AppID != demoAppID {
		t.Errorf("%+v", cfg)
	}
}

// production is a complete configuration on SQLite.
func production(t *testing.T) []string {
	t.Helper()
	return []string{
		"COUNTERSIGN_HTTP_PUBLIC_URL=https://countersign.example", "COUNTERSIGN_DATABASE_PATH=" + filepath.Join(t.TempDir(), "c.db"),
		"COUNTERSIGN_SECRET_KEY=" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)),
		"COUNTERSIGN_WECHAT_APP_ID=wx0123456789abcdef", "COUNTERSIGN_WECHAT_APP_SECRET=planted-secret-9c1d", "COUNTERSIGN_LOG_LEVEL=error",
	}
}

func TestPrintConfigMasksSecrets(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"serve", "--print-config"}, production(t), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"planted-secret-9c1d", base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("a secret is printed:\n%s", out.String())
		}
	}
	if !strings.Contains(out.String(), "https://countersign.example") {
		t.Error("the settings are not printed")
	}
}

// stopper is a log that stops the program once it serves. slog writes a line at a time.
type stopper struct {
	bytes.Buffer
	stop func()
}

func (s *stopper) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(`"msg":"serving"`)) {
		s.stop()
	}
	return s.Buffer.Write(line)
}

// TestTheLogTellsOfTheStop: who reads it later sees that the program was asked to end, and
// that it did.
func TestTheLogTellsOfTheStop(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	dir, log := t.TempDir(), &stopper{stop: stop}
	env := append(
		production(t), "COUNTERSIGN_HTTP_ADDR=127.0.0.1:0", "COUNTERSIGN_HTTP_METRICS_ADDR=127.0.0.1:0", "COUNTERSIGN_MEDIA_PATH="+filepath.Join(dir, "media"), "COUNTERSIGN_LOG_LEVEL=info",
	)
	env = slices.DeleteFunc(env, func(kv string) bool { return kv == "COUNTERSIGN_LOG_LEVEL=error" })
	if err := run(ctx, []string{"serve"}, env, io.Discard, log); err != nil {
		t.Fatal(err)
	}
	last := -1
	for _, line := range []string{`"msg":"serving"`, `"msg":"stopping`, `"msg":"stopped","clean":true`} {
		at := strings.Index(log.String(), line)
		if at <= last {
			t.Errorf("%s is missing, or too early:\n%s", line, log.String())
		}
		last = at
	}
}

func TestServeReportsAllMistakesTogether(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), []string{"serve"}, []string{"COUNTERSIGN_HTTP_PUBLIC_URL=http://plain.example", "COUNTERSIGN_TYPO=1"}, io.Discard, io.Discard)
	if err == nil {
		t.Fatal("served without a secret key")
	}
	for _, part := range []string{"COUNTERSIGN_SECRET_KEY", "COUNTERSIGN_HTTP_PUBLIC_URL", "COUNTERSIGN_TYPO", "COUNTERSIGN_WECHAT_APP_ID"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s is not named:\n%v", part, err)
		}
	}
}

// TestOperatorsRoad: migrate, found a brand, add a member; refusals are worded.
func TestOperatorsRoad(t *testing.T) {
	t.Parallel()
	env := append(production(t), passwordEnv+"=a long enough password")
	do := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), args, env, &out, io.Discard)
		return out.String(), err
	}
	if out, err := do("migrate", "status"); err != nil || !strings.Contains(out, "pending") {
		t.Fatalf("%s %v", out, err)
	}
	if out, err := do("migrate", "up"); err != nil || strings.HasPrefix(out, "0 applied") || !strings.Contains(out, "applied") {
		t.Fatalf("%s %v", out, err)
	}
	id, err := do("brand", "create", "--name", "青禾茶饮", "--email", "admin@qinghe.example", "--user-name", "林晓")
	if err != nil {
		t.Fatal(err)
	}
	member := []string{"brand", "add-member", "--brand", strings.TrimSpace(id), "--email", "admin@qinghe.example", "--user-name", "林晓"}
	if _, err := do(member...); err == nil || !strings.Contains(err.Error(), "Already a member") {
		t.Errorf("added twice: %v", err)
	}
	if _, err := do("brand", "create", "--name", "", "--email", "nobody", "--user-name", "x"); err == nil || !strings.Contains(err.Error(), "name: This is needed") {
		t.Errorf("an empty name: %v", err)
	}
}

// TestAnOldSchema: MySQL is migrated by an operator, not by surprise; each command says
// that it is his turn.
func TestAnOldSchema(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	env := append(production(t), parts(t, testkit.MySQL)...)
	for _, args := range [][]string{
		{"serve"},
		{"brand", "create", "--name", "x", "--email", "a@b.example", "--user-name", "y"},
		{"outbox", "list"},
		{"audit", "export", "--brand", "x"},
	} {
		if err := run(t.Context(), args, env, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "countersign migrate up") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// TestTheOperatorSeesTheCause: it is he whom a client is told to ask.
func TestTheOperatorSeesTheCause(t *testing.T) {
	t.Parallel()
	if err := worded(model.E(model.CodeInternal).Because(errors.New("no space left on device"))); !strings.Contains(err.Error(), "no space left") || strings.Contains(err.Error(), "operator") {
		t.Error(err)
	}
	env := append(production(t), "COUNTERSIGN_DATABASE_DRIVER=mysql", "COUNTERSIGN_DATABASE_DSN=root:planted-secret-9c1d@tcp(127.0.0.1:1)/x")
	err := run(t.Context(), []string{"migrate", "status"}, env, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "COUNTERSIGN_DATABASE_DSN") || !strings.Contains(err.Error(), "refused") || strings.Contains(err.Error(), "planted") {
		t.Error(err)
	}
}

// TestGeneratedDocumentsAreWhole: each is written, and names what it should.
func TestGeneratedDocumentsAreWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := run(t.Context(), []string{"docs", dir}, nil, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	for name, part := range map[string]string{
		"openapi.yaml": "openapi: 3.1.0", "configuration.md": "COUNTERSIGN_SECRET_KEY", "errors.md": "already_decided", "states.md": "in_review --> approved", "rules.md": "any(a,b)",
	} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(raw), part) {
			t.Errorf("%s lacks %q: %v", name, part, err)
		}
	}
}

// TestAuditRoad: export, verify offline, and see what was harmed.
func TestAuditRoad(t *testing.T) {
	t.Parallel()
	env := append(production(t), passwordEnv+"=a long enough password")
	do := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), args, env, &out, io.Discard)
		return out.String(), err
	}
	if out, err := do("migrate", "up"); err != nil {
		t.Fatal(out, err)
	}
	id, err := do("brand", "create", "--name", "青禾茶饮", "--email", "admin@qinghe.example", "--user-name", "林晓")
	if err != nil {
		t.Fatal(err)
	}
	id = strings.TrimSpace(id)
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	if out, err := do("audit", "export", "--brand", id, "-o", file); err != nil || out != "" {
		t.Fatal(out, err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	env = nil // offline: no configuration, no database
	out, err := do("audit", "verify", file)
	if err != nil || !strings.Contains(out, "2 entries are unchanged and in this order; links are complete from seq 1 to 2") {
		t.Error(out, err)
	}
	_, hash, _ := strings.Cut(out, "head  ")
	hash, _, _ = strings.Cut(hash, " ")
	if out, err := do("audit", "verify", "--head", hash, file); err != nil || !strings.Contains(out, "that of seq 2") {
		t.Error(out, err)
	}
	if _, err := do("audit", "verify", "--head", strings.Repeat("0", 64), file); err == nil || !strings.Contains(err.Error(), "other_head") {
		t.Error(err)
	}
	if err := os.WriteFile(file, bytes.Replace(raw, []byte("member.added"), []byte("member.harms"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := do("audit", "verify", file); err == nil || !strings.Contains(err.Error(), "line 3 (seq 2): changed") {
		t.Error(err)
	}
	env = production(t)
	for _, args := range [][]string{
		{"audit"},
		{"audit", "export"},
		{"audit", "export", "--brand", id, "--format", "xml"},
		{"audit", "export", "--brand", id, "--format", "csv", "--post", id},
		{"audit", "verify"},
		{"audit", "verify", "--nonsense", file},
		{"audit", "verify", "--head", "", file}, // of an empty variable: it must not seem to check
		{"audit", "verify", "--head", "abc", file},
	} {
		if _, err := do(args...); !errors.Is(err, errUsage) {
			t.Errorf("%v: %v", args, err)
		}
	}
	missing := filepath.Join(t.TempDir(), "none.jsonl")
	if _, err := do("audit", "export", "--brand", id, "-o", missing); err == nil { // another, empty database
		t.Error("exported what is not there")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(missing), "*")); len(left) != 0 {
		t.Errorf("a failed export left %v", left)
	}
}
