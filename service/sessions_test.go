package service_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// clockCache is a cache of one replica whose entries end by the test's clock.
type clockCache struct {
	service.Cache
	clock *testkit.Clock
	mu    sync.Mutex
	kept  map[string]entry
	most  time.Duration // the longest that something was kept for
	down  bool          // drops do not reach it
}

type entry struct {
	value []byte
	ends  time.Time
}

func (c *clockCache) Session(_ context.Context, hash string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.kept[hash]
	return e.value, ok && c.clock.Now().Before(e.ends)
}

func (c *clockCache) KeepSession(_ context.Context, hash string, value []byte, ttl time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept[hash], c.most = entry{value, c.clock.Now().Add(ttl)}, max(c.most, ttl)
}

func (c *clockCache) DropSession(_ context.Context, hash string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return model.E(model.CodeUnavailable)
	}
	delete(c.kept, hash)
	return nil
}

// onClock is a replica whose cache follows the test's clock.
func (x *bundle) onClock(t *testing.T) (*service.Service, *clockCache) {
	t.Helper()
	c := &clockCache{clock: x.Clock, kept: map[string]entry{}}
	r := x.Bare(t, 0, func(d *service.Doors, _ *service.Settings) { c.Cache = d.Cache; d.Cache = c })
	return r.Service, c
}

func recognised(t *testing.T, s *service.Service, kind model.SessionKind, token string, code model.Code) service.Call {
	t.Helper()
	p, err := s.Sessions.Recognise(t.Context(), kind, token)
	wantCode(t, err, code)
	return service.Call{Principal: p, IP: "203.0.113.7"}
}

func TestSessionsEndByTheClock(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		s, _ := x.onClock(t)
		console := func() string {
			l, err := s.Sessions.SignIn(t.Context(), service.Call{}, x.b.EditorEmail, testkit.Password)
			must(t, err)
			return l.Token
		}
		mini := func() string {
			l, err := s.Join.Login(t.Context(), service.Call{}, x.Sandbox.LoginCode(x.Sandbox.Identity("").OpenID))
			must(t, err)
			return l.Token
		}
		for _, c := range []struct {
			kind           model.SessionKind
			token          func() string
			idle, absolute time.Duration
		}{
			{model.SessionConsole, console, 2 * time.Hour, 12 * time.Hour},
			{model.SessionMini, mini, 7 * 24 * time.Hour, 30 * 24 * time.Hour},
		} {
			// At rest: to the limit, and not beyond.
			token := c.token()
			x.Clock.Add(c.idle)
			recognised(t, s, c.kind, token, "")
			x.Clock.Add(c.idle + time.Millisecond)
			recognised(t, s, c.kind, token, model.CodeUnauthenticated)
			// In use all the time: to the absolute end, and not beyond.
			token = c.token()
			left := c.absolute
			for ; left > c.idle/2; left -= c.idle / 2 {
				x.Clock.Add(c.idle / 2)
				recognised(t, s, c.kind, token, "")
			}
			x.Clock.Add(left - time.Millisecond)
			recognised(t, s, c.kind, token, "")
			x.Clock.Add(time.Millisecond)
			recognised(t, s, c.kind, token, model.CodeUnauthenticated)
			// A token of the other kind is nothing.
			recognised(t, s, map[model.SessionKind]model.SessionKind{model.SessionConsole: model.SessionMini, model.SessionMini: model.SessionConsole}[c.kind], c.token(), model.CodeUnauthenticated)
		}
	})
}

// Replicas that share a Redis: a sign-out acts on the very next request, everywhere.
func TestSignOutOnASharedRedis(t *testing.T) {
	t.Parallel()
	addr := os.Getenv(testkit.EnvRedis)
	if addr == "" {
		t.Skip("no Redis: run it with make test")
	}
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 2, Redis: []string{addr}})
		for range 20 {
			client, _ := x.SignIn(t, x.b.EditorEmail)
			for _, r := range x.Replicas { // both have it in their cache
				recognised(t, r.Service, model.SessionConsole, client.Cookie, "")
			}
			must(t, x.Replicas[0].Service.Sessions.SignOut(t.Context(), x.Replicas[0].CallOf(t, client)))
			for _, r := range x.Replicas {
				recognised(t, r.Service, model.SessionConsole, client.Cookie, model.CodeUnauthenticated)
			}
		}
	})
}

// Replicas with an embedded Redis each do not hear of each other: what another one has
// cached lives on for thirty seconds at most. Several replicas need a shared Redis.
func TestSignOutWithACacheEach(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		here, _ := x.onClock(t)
		there, cache := x.onClock(t)
		client, _ := x.SignIn(t, x.b.EditorEmail)
		call := recognised(t, here, model.SessionConsole, client.Cookie, "")
		recognised(t, there, model.SessionConsole, client.Cookie, "")
		must(t, here.Sessions.SignOut(t.Context(), call))
		recognised(t, here, model.SessionConsole, client.Cookie, model.CodeUnauthenticated)
		x.Clock.Add(30*time.Second - time.Millisecond)
		recognised(t, there, model.SessionConsole, client.Cookie, "")
		x.Clock.Add(time.Millisecond)
		recognised(t, there, model.SessionConsole, client.Cookie, model.CodeUnauthenticated)
		if cache.most != 30*time.Second {
			t.Errorf("kept for %v", cache.most)
		}
	})
}

// A cache that cannot be reached when a session ends does not keep it alive for longer,
// and the sign-out does.
func TestSignOutWhileTheCacheIsDown(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		s, cache := x.onClock(t)
		client, _ := x.SignIn(t, x.b.EditorEmail)
		call := recognised(t, s, model.SessionConsole, client.Cookie, "")
		cache.down = true
		must(t, s.Sessions.SignOut(t.Context(), call))
		x.Clock.Add(30 * time.Second)
		recognised(t, s, model.SessionConsole, client.Cookie, model.CodeUnauthenticated)
		if got := x.cell(t, "SELECT revoked_at IS NOT NULL FROM sessions WHERE id = ?", call.Principal.SessionID); got != "1" {
			t.Error("the row lives on")
		}
	})
}

// A changed password ends the other sessions, and keeps the one that changed it.
func TestAChangedPassword(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		s := x.Service
		other, _ := x.SignIn(t, x.b.EditorEmail)
		recognised(t, s, model.SessionConsole, other.Cookie, "")
		const next = "another good password"
		wantCode(t, s.Sessions.ChangePassword(t.Context(), x.editor, "wrong password", next), model.CodeInvalid)
		wantCode(t, s.Sessions.ChangePassword(t.Context(), x.editor, testkit.Password, "short"), model.CodeInvalid)
		recognised(t, s, model.SessionConsole, other.Cookie, "")
		must(t, s.Sessions.ChangePassword(t.Context(), x.editor, testkit.Password, next))
		recognised(t, s, model.SessionConsole, other.Cookie, model.CodeUnauthenticated)
		recognised(t, s, model.SessionConsole, x.b.Editor.Cookie, "")
		recognised(t, s, model.SessionConsole, x.b.Admin.Cookie, "")
		_, err := s.Sessions.SignIn(t.Context(), service.Call{}, x.b.EditorEmail, testkit.Password)
		wantCode(t, err, model.CodeBadCredentials)
		_, err = s.Sessions.SignIn(t.Context(), service.Call{}, x.b.EditorEmail, next)
		must(t, err)
	})
}

// Unknown, wrong and disabled look the same; a new login ends the one that was carried.
func TestSigningIn(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		s := x.Service
		gone := func(email, password string) {
			t.Helper()
			_, err := s.Sessions.SignIn(t.Context(), service.Call{}, email, password)
			if e1 := refused(t, err, model.CodeBadCredentials); len(e1.Args) != 0 || len(e1.Fields) != 0 {
				t.Errorf("the refusal tells more: %+v", e1)
			}
		}
		gone("nobody@brand.example", testkit.Password)
		gone(x.b.EditorEmail, "wrong password")
		gone(x.b.EditorEmail, "")
		gone("", "")
		_, err := s.Sessions.SignIn(t.Context(), service.Call{Principal: x.editor.Principal}, x.b.EditorEmail, testkit.Password)
		must(t, err)
		recognised(t, s, model.SessionConsole, x.b.Editor.Cookie, model.CodeUnauthenticated) // fixation
		client, _ := x.SignIn(t, x.b.EditorEmail)
		testkit.Exec(t, x.db, "UPDATE users SET disabled_at = created_at WHERE email = ?", x.b.EditorEmail)
		gone(x.b.EditorEmail, testkit.Password)
		recognised(t, s, model.SessionConsole, client.Cookie, model.CodeUnauthenticated)
		dump := x.Database.Dump(t, x.db)
		for _, secret := range []string{client.Cookie, testkit.Password} {
			if strings.Contains(dump, secret) {
				t.Error("a token or a password is in the database")
			}
		}
	})
}

// TestHashCost holds the product's own cost, which no other test pays.
func TestHashCost(t *testing.T) {
	t.Parallel()
	hash, err := service.HashCost{}.Hash(testkit.Password)
	must(t, err)
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("a stored password costs %s", hash)
	}
}
