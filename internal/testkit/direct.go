package testkit

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"countersign/cache"
	"countersign/miniprogram"
	"countersign/model"
	"countersign/service"
	"countersign/store"
	"countersign/webhook"
)

// Main runs a package's tests and fails when one of them left a goroutine behind. What
// the kit shares between tests is closed first.
func Main(m *testing.M) {
	code := m.Run()
	transport.CloseIdleConnections()
	if db, err := admin(); err == nil {
		_ = db.Close()
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// Together runs do n times at once and returns when all have ended.
func Together(n int, do func(i int)) {
	gate := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-gate
			do(i)
		})
	}
	close(gate)
	wg.Wait()
}

// Rows asks over SQL and answers each row as texts; NULL is "<null>".
func Rows(t testing.TB, db *sql.DB, query string, args ...any) [][]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for rows.Next() {
		cells := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(names))
		for i, c := range cells {
			texts[i] = "<null>"
			if c.Valid {
				texts[i] = c.String
			}
		}
		out = append(out, texts)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Count answers a query for one number.
func Count(t testing.TB, db *sql.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// Exec changes rows past the store.
func Exec(t testing.TB, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// CallOf is a client's request as the services take it, without an idempotency key.
func (r *Replica) CallOf(t testing.TB, c Client) service.Call {
	t.Helper()
	kind, token := model.SessionConsole, c.Cookie
	if c.Bearer != "" {
		kind, token = model.SessionMini, c.Bearer
	}
	p, err := r.Service.Sessions.Recognise(t.Context(), kind, token)
	if err != nil {
		t.Fatal(err)
	}
	return service.Call{Principal: p, RequestID: NewID(), IP: "203.0.113.7", IPHash: "ip", UserAgent: "test"}
}

// Bare is one more copy of the services on the app's database, without HTTP: what a
// test that bends a part of it needs. It shares no sealing key with the others.
func (a *App) Bare(t testing.TB, pool int, bend func(*service.Doors, *service.Settings)) *Replica {
	t.Helper()
	r := &Replica{Store: a.Database.Open(t, a.Clock, pool)}
	log := slog.New(slog.DiscardHandler)
	var err error
	if r.Cache, err = cache.Open(t.Context(), cache.Options{Log: log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Cache.Close() })
	door, err := miniprogram.New(miniprogram.Config{AppID: AppID, Secret: AppSecret, BaseURL: a.WeChat.URL, EnvVersion: "release", Timeout: 3 * time.Second, Now: a.wechatNow()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(door.Close)
	hooks := webhook.New(webhook.Config{AllowPrivate: true, Timeout: 3 * time.Second})
	t.Cleanup(hooks.Close)
	sealer, _ := newSealer(t)
	const plenty = 1_000_000
	d := service.Doors{
		Store: r.Store, WeChat: door, Webhook: hooks, Cache: r.Cache, Sealer: sealer, Random: rand.Reader, NewID: NewID, Log: log,
	}
	set := service.Settings{
		PublicURL: "https://countersign.test", EntryPage: EntryPage, ConsoleIdle: 2 * time.Hour, ConsoleAbsolute: 12 * time.Hour,
		MiniIdle: 7 * 24 * time.Hour, MiniAbsolute: 30 * 24 * time.Hour, LoginsPerMinute: plenty, WeChatLogins: plenty, SceneMisses: plenty,
		Templates: Templates(),
	}
	if bend != nil {
		bend(&d, &set)
	}
	r.Service = service.New(d, set)
	return r
}

// Broken exports a brand's audit and verifies it; it answers the sequence number at which
// it is broken, 0 when it is whole and ends at its head.
func Broken(t testing.TB, s *store.Store, brandID string) int64 {
	t.Helper()
	var out bytes.Buffer
	if _, err := service.NewAudit(s).Export(t.Context(), brandID, "", &out); err != nil {
		t.Fatal(err)
	}
	_, err := model.VerifyAudit(&out, "")
	if fault, ok := errors.AsType[*model.AuditFault](err); ok {
		return max(fault.Seq, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}
