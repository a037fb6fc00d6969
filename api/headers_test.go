package api_test

import (
	"regexp"
	"strings"
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// TestSecurityHeaders are on every answer of every kind.
func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite, testkit.Options{})
	a, nobody := w.brand["A"], w.Nobody()
	page := "/i/" + w.inviteToken
	answers := map[string]testkit.Answer{
		"unknown path": nobody.Do(t, "GET", "/nowhere", nil), "unknown API path": nobody.Do(t, "GET", api.Base+"/nowhere", nil), "wrong method": nobody.Do(t, "PUT", api.Base+"/me", nil),
		"odd method": nobody.Do(t, "TRACE", api.Base+"/me", nil), "trailing slash": nobody.Do(t, "GET", api.Base+"/me/", nil), "two slashes": nobody.Do(t, "GET", "//api/v1/me", nil),
		"home": nobody.Do(t, "GET", "/", nil), "health": nobody.Do(t, "GET", "/healthz", nil), "ready": nobody.Do(t, "GET", "/readyz", nil), "docs": nobody.Do(t, "GET", "/api/docs", nil),
		"errors": nobody.Do(t, "GET", "/api/docs/errors", nil), "script": nobody.Do(t, "GET", "/api/docs/assets/docs.js", nil), "no asset": nobody.Do(t, "GET", "/api/docs/assets/..%2fdocs.js", nil),
		"page": nobody.Do(t, "GET", page, nil), "ended page": nobody.Do(t, "GET", "/i/nothing", nil), "picture": nobody.Do(t, "GET", page+"/code.png", nil), "link": nobody.Do(t, "POST", page+"/link", nil),
		"openapi": nobody.Do(t, "GET", api.Base+"/openapi.json", nil), "yaml": nobody.Do(t, "GET", api.Base+"/openapi.yaml", nil), "cross site": nobody.Do(t, "POST", api.Base+"/sessions", nil, "Sec-Fetch-Site", "cross-site"),
	}
	for _, o := range operations {
		answers[o.route+" rightly"] = o.call(t, w, o.by(w))
		answers[o.route+" by nobody"] = o.call(t, w, nobody)
	}
	for name, got := range answers {
		checkHeaders(t, name, got)
	}
	if got := answers["wrong method"]; got.Status != 405 || got.Header.Get("Allow") == "" {
		t.Error("wrong method:", got.Status, got.Header)
	}
	if got := answers["unknown path"]; got.Status != 404 {
		t.Error("unknown path:", got.Status)
	}
	_ = a
}

func checkHeaders(t *testing.T, name string, got testkit.Answer) {
	t.Helper()
	for h, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
	} {
		if v := got.Header.Values(h); len(v) != 1 || v[0] != want {
			t.Errorf("%s: %s is %q", name, h, v)
		}
	}
	csp := got.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "base-uri 'none'") || strings.Contains(csp, "unsafe-eval") {
		t.Errorf("%s: CSP %q", name, csp)
	}
	signing := strings.Contains(name, "/sessions") && got.Status < 300
	if has := got.Header.Get("Set-Cookie") != ""; has != signing {
		t.Errorf("%s: Set-Cookie %q", name, got.Header.Get("Set-Cookie"))
	}
	kind := got.Header.Get("Content-Type")
	private := strings.HasPrefix(kind, "image/") || strings.Contains(kind, "css") || strings.Contains(kind, "javascript")
	if cache := got.Header.Get("Cache-Control"); cache != "no-store" && !private {
		t.Errorf("%s: %s with Cache-Control %q", name, kind, cache)
	}
	for _, h := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Origin"} {
		if v := got.Header.Get(h); v != "" {
			t.Errorf("%s: %s: %s", name, h, v)
		}
	}
	if got.Status >= 400 && !strings.HasPrefix(kind, "text/html") && name != "ready" {
		problem(t, got)
	}
	if regexp.MustCompile(`(?i)gin-gonic|\bhuma\b|go1\.\d|goroutine \d|\.go:\d`).Match(got.Body) && name != "script" {
		t.Errorf("%s names its parts: %.200s", name, got.Body)
	}
}

// TestNoHSTSWithoutTLS: on plain http the header would be a lie.
func TestNoHSTSWithoutTLS(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{Tune: plainHTTP})
	if got := a.Nobody().Do(t, "GET", "/healthz", nil); got.Header.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS over http")
	}
}

// TestLanguages: refusals and pages speak the visitor's first language, else Chinese.
func TestLanguages(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b := a.NewBrand(t)
	_, token := a.Invite(t, b, M{})
	for accept, lang := range map[string]string{"": "zh", "zh-CN,zh;q=0.9,en;q=0.8": "zh", "en": "en", "en-GB,en;q=0.9,zh;q=0.1": "en", " EN-us": "en", "fr, en": "zh", "*": "zh", "\"'<>": "zh"} {
		want := model.TextOf(map[string]string{"zh": model.LangZh, "en": model.LangEn}[lang], model.CodeUnauthenticated, nil)
		for _, got := range []testkit.Answer{a.Nobody().Do(t, "GET", api.Base+"/me", nil, "Accept-Language", accept)} {
			if p := problem(t, got); p.Title != want.Title || p.Detail != want.Detail {
				t.Errorf("%q: %s", accept, p.Title)
			}
			if !strings.Contains(got.Header.Get("Vary"), "Accept-Language") {
				t.Error("Vary", got.Header.Get("Vary"))
			}
		}
		page := string(a.Nobody().Do(t, "GET", "/i/"+token, nil, "Accept-Language", accept).Want(t, 200, nil).Body)
		if strings.Contains(page, "This page alone gives no access") != (lang == "en") {
			t.Errorf("%q: the page speaks another language", accept)
		}
	}
	// a refusal of huma's speaks it too
	got := b.Admin.Do(t, "POST", b.Path+"/channels", M{}, "Accept-Language", "zh-CN")
	p := problem(t, got)
	if p.Title != model.TextOf(model.LangZh, model.CodeInvalid, nil).Title || len(p.Errors) == 0 {
		t.Error(p.Title, p.Errors)
	}
	for _, f := range p.Errors {
		if f.Message != model.ReasonText(model.LangZh, f.Reason) {
			t.Errorf("%+v", f)
		}
	}
}

// TestDocs: the page and what it loads come from here, and its policy allows them.
func TestDocs(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	remote := regexp.MustCompile(`(?i)(src|href|url)\s*[=(:]\s*["']?(https?:)?//`)
	for _, path := range []string{"/api/docs", "/api/docs/errors"} {
		got := a.Nobody().Do(t, "GET", path, nil).Want(t, 200, nil)
		if remote.Match(got.Body) || regexp.MustCompile(`<script>|\son[a-z]+=|style="`).Match(got.Body) {
			t.Errorf("%s: remote or inline: %.500s", path, got.Body)
		}
		if strings.Contains(got.Header.Get("Content-Security-Policy"), "http") {
			t.Error(path, got.Header.Get("Content-Security-Policy"))
		}
		for _, m := range regexp.MustCompile(`(?:src|href)="(/[^"]+)"`).FindAllStringSubmatch(string(got.Body), -1) {
			asset := a.Nobody().Do(t, "GET", m[1], nil).Want(t, 200, nil)
			wantType := map[bool]string{true: "text/javascript; charset=utf-8", false: "text/css; charset=utf-8"}[strings.HasSuffix(m[1], ".js")]
			if asset.Header.Get("Content-Type") != wantType || len(asset.Body) == 0 {
				t.Error(m[1], asset.Header.Get("Content-Type"), len(asset.Body))
			}
			if strings.HasSuffix(m[1], ".css") && regexp.MustCompile(`(?i)url\(\s*["']?(https?:)?//|@import`).Match(asset.Body) {
				t.Error(m[1], "loads from elsewhere")
			}
		}
	}
	errors := string(a.Nobody().Do(t, "GET", "/api/docs/errors", nil).Body)
	for code := range model.Codes() {
		if !strings.Contains(errors, `id="`+string(code)+`"`) {
			t.Error("a problem's type points nowhere:", code)
		}
	}
}
