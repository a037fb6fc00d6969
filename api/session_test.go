package api_test

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

func cookieOf(t *testing.T, got testkit.Answer) *http.Cookie {
	t.Helper()
	if n := len(got.Header.Values("Set-Cookie")); n != 1 {
		t.Fatalf("%d cookies", n)
	}
	c, err := http.ParseSetCookie(got.Header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTheCookie has every attribute that keeps it where it belongs.
func TestTheCookie(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b := a.NewBrand(t)
	got := a.Nobody().Do(t, "POST", api.Base+"/sessions", M{"email": b.AdminEmail, "password": testkit.Password}).Want(t, 200, nil)
	check := func(c *http.Cookie) {
		t.Helper()
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || len(c.Raw) > 4096 {
			t.Error("cookie", c.Raw)
		}
	}
	c := cookieOf(t, got)
	check(c)
	if len(c.Value) != 43 || strings.Contains(string(got.Body), c.Value) {
		t.Error("token", c.Value)
	}
	if life := c.Expires.Sub(testkit.Start); life != 12*time.Hour {
		t.Error("life", life)
	}
	out := cookieOf(t, testkit.Client{URL: b.Admin.URL, Cookie: c.Value}.Do(t, "DELETE", api.Base+"/sessions", nil).Want(t, 204, nil))
	check(out)
	if out.Value != "" || out.MaxAge >= 0 {
		t.Error("signing out leaves", out.Raw)
	}
}

// TestSignInEndsTheOldSession: a session that somebody planted in the browser dies when
// its owner signs in (fixation), and signs out everywhere.
func TestSignInEndsTheOldSession(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		attacker, _ := a.SignIn(t, b.EditorEmail)
		got := attacker.Do(t, "POST", api.Base+"/sessions", M{"email": b.AdminEmail, "password": testkit.Password}).Want(t, 200, nil)
		attacker.Do(t, "GET", api.Base+"/me", nil).Refused(t, 401, model.CodeUnauthenticated)
		fresh := testkit.Client{URL: attacker.URL, Cookie: cookieOf(t, got).Value}
		fresh.Do(t, "GET", api.Base+"/me", nil).Want(t, 200, nil)
		// a wrong password ends nothing
		fresh.Do(t, "POST", api.Base+"/sessions", M{"email": b.AdminEmail, "password": "wrong wrong wrong"}).Refused(t, 401, model.CodeBadCredentials)
		fresh.Do(t, "GET", api.Base+"/me", nil).Want(t, 200, nil)
		fresh.Do(t, "DELETE", api.Base+"/sessions", nil).Want(t, 204, nil)
		fresh.Do(t, "GET", api.Base+"/me", nil).Refused(t, 401, model.CodeUnauthenticated)
		// the password is changed: other sessions end, this one goes on
		one, _ := a.SignIn(t, b.EditorEmail)
		two, _ := a.SignIn(t, b.EditorEmail)
		one.Do(t, "PUT", api.Base+"/me/password", M{"current_password": "not it at all", "new_password": "another long password"}).Refused(t, 400, model.CodeInvalid)
		two.Do(t, "GET", api.Base+"/me", nil).Want(t, 200, nil)
		one.Do(t, "PUT", api.Base+"/me/password", M{"current_password": testkit.Password, "new_password": "another long password"}).Want(t, 204, nil)
		two.Do(t, "GET", api.Base+"/me", nil).Refused(t, 401, model.CodeUnauthenticated)
		one.Do(t, "GET", api.Base+"/me", nil).Want(t, 200, nil)
	})
}

// TestSessionsEnd by rest and by age, by the database's clock.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{Tune: func(_ *api.Options, s *service.Settings) { s.ConsoleIdle, s.ConsoleAbsolute = time.Hour, 3*time.Hour }})
	b := a.NewBrand(t)
	for range 5 { // used every half hour: lives to its age
		a.Clock.Add(30 * time.Minute)
		b.Admin.Do(t, "GET", api.Base+"/me", nil).Want(t, 200, nil)
	}
}

// TestSignInTellsNothing: unknown, wrong and odd look the same.
func TestSignInTellsNothing(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		want := same(t, a.Nobody().Do(t, "POST", api.Base+"/sessions", M{"email": b.AdminEmail, "password": "wrong wrong wrong"}))
		for _, email := range []string{"nobody@brand.example", "管理员@例子.中国", "' OR 1=1 --", "", "a\x00b@c", "%", b.AdminEmail + ".", strings.Repeat("a", 180)} {
			if got := same(t, a.Nobody().Do(t, "POST", api.Base+"/sessions", M{"email": email, "password": testkit.Password})); got != want {
				t.Errorf("%q: %s", email, got)
			}
		}
		a.Nobody().Do(t, "POST", api.Base+"/sessions", M{"email": " " + strings.ToUpper(b.AdminEmail), "password": testkit.Password}).Want(t, 200, nil)
	})
}

// TestCrossSite is the matrix of what a browser may send with a cookie.
func TestCrossSite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite, testkit.Options{})
	a := w.brand["A"]
	before := w.Database.Rows(t, w.db)
	for _, o := range operations {
		for _, headers := range [][]string{
			{"Sec-Fetch-Site", "cross-site"},
			{"Sec-Fetch-Site", "same-site"},
			{"Sec-Fetch-Site", "cross-site", "Origin", "https://countersign.test"},
			{"Origin", "https://evil.example"},
			{"Origin", "null"},
			{"Origin", "http://countersign.test.evil.example"},
		} {
			got := a.Admin.Do(t, o.method(), o.path(o.idsOf(a)), o.payload(w), append(o.headers(), headers...)...)
			if o.method() == "GET" {
				if got.Header.Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%s is readable across origins", o.route)
				}
				continue
			}
			if p := problem(t, got); p.Code != model.CodeCrossSite {
				t.Errorf("%s with %v: %d %s", o.route, headers, got.Status, p.Code)
			}
		}
		for _, method := range []string{"OPTIONS"} { // no preflight is answered
			got := a.Admin.Do(t, method, o.path(o.idsOf(a)), nil, "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")
			if got.Status < 400 || got.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("preflight of %s: %d %v", o.route, got.Status, got.Header)
			}
		}
	}
	for name, rows := range w.Database.Rows(t, w.db) {
		if before[name] != rows {
			t.Error(name, "was written")
		}
	}
	for _, headers := range [][]string{{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}, {"Origin", a.Admin.URL}, {}} {
		a.Admin.Do(t, "POST", a.Path+"/invitations", M{}, headers...).Want(t, 200, nil)
	}
	got := w.Nobody().Do(t, "POST", "/i/"+w.inviteToken+"/link", nil, "Sec-Fetch-Site", "cross-site")
	if p := problem(t, got); p.Code != model.CodeCrossSite {
		t.Error("the page's form:", p.Code)
	}
}

func refusedFor(t *testing.T, got testkit.Answer) bool {
	t.Helper()
	if got.Status != 429 {
		return false
	}
	got.Refused(t, 429, model.CodeTooMany)
	if n, err := strconv.Atoi(got.Header.Get("Retry-After")); err != nil || n < 1 || n > 60 {
		t.Errorf("Retry-After %q", got.Header.Get("Retry-After"))
	}
	return true
}

// TestLoginLimits count per address and per account, whatever the password is.
func TestLoginLimits(t *testing.T) {
	t.Parallel()
	const limit = 6
	tune := func(o *api.Options, s *service.Settings) {
		s.LoginsPerMinute, s.WeChatLogins = limit, limit
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8")}
	}
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{Tune: tune})
	from := func(ip, email string) testkit.Answer {
		return a.Nobody().Do(t, "POST", api.Base+"/sessions", M{"email": email, "password": "wrong wrong wrong"}, "X-Forwarded-For", ip)
	}
	count := func(call func(i int) testkit.Answer) (passed int) {
		for i := range 3 * limit {
			if !refusedFor(t, call(i)) {
				passed++
			}
		}
		return passed
	}
	id := func(i int) string { return strconv.Itoa(i) }
	near := func(what string, got int) { // a minute refills while a slow machine hashes
		t.Helper()
		if got < limit || got > limit+3 {
			t.Errorf("%s: %d passed, limit %d", what, got, limit)
		}
	}
	near("one address, many accounts", count(func(i int) testkit.Answer { return from("203.0.113.1", id(i)+"@x.example") }))
	near("many addresses, one account", count(func(i int) testkit.Answer { return from("203.0.113."+id(10+i), "one@x.example") }))
	near("its case does not help", count(func(i int) testkit.Answer {
		return from("198.51.100."+id(10+i), strings.Repeat(" ", i%3)+[]string{"Two@x.example", "two@X.example"}[i%2])
	}))
	near("a chain that is forged in front", count(func(i int) testkit.Answer {
		return from("9.9.9."+id(i)+", 203.0.113.99, 10.1.2.3", id(100+i)+"@x.example")
	}))
	near("wx.login", count(func(int) testkit.Answer {
		return a.Nobody().Do(t, "POST", api.Base+"/wechat/login", M{"code": "nocode"}, "X-Forwarded-For", "203.0.113.200")
	}))
}

// TestForwardedForFromAnybody: without a trusted proxy the header is noise.
func TestForwardedForFromAnybody(t *testing.T) {
	t.Parallel()
	const limit = 5
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{Tune: func(_ *api.Options, s *service.Settings) { s.LoginsPerMinute = limit }})
	passed := 0
	for i := range 3 * limit {
		got := a.Nobody().Do(t, "POST", api.Base+"/sessions", M{"email": strconv.Itoa(i) + "@x.example", "password": "wrong wrong wrong"},
			"X-Forwarded-For", "203.0.113."+strconv.Itoa(i), "X-Real-Ip", "203.0.113."+strconv.Itoa(i), "Forwarded", "for=203.0.113."+strconv.Itoa(i))
		if !refusedFor(t, got) {
			passed++
		}
	}
	if passed > limit+3 {
		t.Errorf("%d passed, limit %d", passed, limit)
	}
}

// TestRequestLimit: every operation counts, those with a bad session and the pages of
// an invitation too.
func TestRequestLimit(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{Tune: func(o *api.Options, _ *service.Settings) { o.RequestsPerSec = 20 }})
	b := a.NewBrand(t)
	_, token := a.Invite(t, b, M{})
	for name, call := range map[string]func() testkit.Answer{
		"a session": func() testkit.Answer { return b.Admin.Do(t, "GET", api.Base+"/me", nil) },
		"a guess": func() testkit.Answer {
			return testkit.Client{URL: b.Admin.URL, Cookie: "guess"}.Do(t, "GET", api.Base+"/me", nil)
		},
		"a page":    func() testkit.Answer { return a.Nobody().Do(t, "GET", "/i/"+token, nil) },
		"a picture": func() testkit.Answer { return a.Nobody().Do(t, "GET", "/i/"+token+"/code.png", nil) },
		"a link":    func() testkit.Answer { return a.Nobody().Do(t, "POST", "/i/"+token+"/link", nil) },
	} {
		limited := false
		for range 500 {
			if limited = refusedFor(t, call()); limited {
				break
			}
		}
		if !limited {
			t.Errorf("%s: 500 requests passed", name)
		}
	}
	a.Nobody().Do(t, "GET", "/healthz", nil).Want(t, 200, nil)
}
