package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"countersign/model"
)

// Every code has a status, and each kind its own.
func TestStatuses(t *testing.T) {
	t.Parallel()
	for code, kind := range model.Codes() {
		p := problemFor("", model.LangEn, model.E(code))
		if p.Status != StatusOf(kind) || p.Status < 400 || p.Status > 599 || p.Code != code || p.Title == "" || p.Detail == "" {
			t.Errorf("%s: %+v", code, p)
		}
	}
	for kind, want := range map[model.Kind]int{
		model.KindInternal: 500, model.KindInvalid: 400, model.KindUnauthenticated: 401, model.KindForbidden: 403, model.KindNotFound: 404, model.KindMethod: 405,
		model.KindConflict: 409, model.KindPrecondition: 412, model.KindTooLarge: 413, model.KindUnsupported: 415, model.KindUnprocessable: 422,
		model.KindPreconditionMissing: 428, model.KindTooMany: 429, model.KindUpstream: 502, model.KindUnavailable: 503,
	} {
		if got := StatusOf(kind); got != want {
			t.Errorf("kind %v: %d, want %d", kind, got, want)
		}
	}
}

// A fault says nothing of itself, and what passes by itself says when to come back.
func TestProblems(t *testing.T) {
	t.Parallel()
	const secret = "dial tcp 10.0.0.7:3306: password hunter2"
	cause := errors.New(secret)
	for name, tc := range map[string]struct {
		err    error
		status int
		code   model.Code
		after  string
	}{
		"a fault":                {cause, 500, model.CodeInternal, ""},
		"a wrapped fault":        {fmt.Errorf("store: %w", cause), 500, model.CodeInternal, ""},
		"its time was over":      {fmt.Errorf("%s: %w", secret, context.DeadlineExceeded), 503, model.CodeUnavailable, "1"},
		"the client left":        {fmt.Errorf("%s: %w", secret, context.Canceled), 503, model.CodeUnavailable, "1"},
		"a refusal":              {model.E(model.CodeNotFound).Because(cause), 404, model.CodeNotFound, ""},
		"a refusal, wrapped":     {fmt.Errorf("%s: %w", secret, model.E(model.CodeNotFound)), 404, model.CodeNotFound, ""},
		"too many, in a while":   {model.E(model.CodeTooMany).After(2*time.Second + time.Millisecond), 429, model.CodeTooMany, "3"},
		"too many, to the dot":   {model.E(model.CodeTooMany).After(2 * time.Second), 429, model.CodeTooMany, "2"},
		"too many, at any time":  {model.E(model.CodeTooMany), 429, model.CodeTooMany, "1"},
		"unavailable":            {model.E(model.CodeUnavailable).Because(cause), 503, model.CodeUnavailable, "1"},
		"a conflict for a while": {model.E(model.CodeAlreadyPublished).After(time.Minute), 409, model.CodeAlreadyPublished, "60"},
	} {
		p := problemFor("id-7", model.LangEn, tc.err)
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if p.Status != tc.status || p.Code != tc.code || p.GetHeaders().Get("Retry-After") != tc.after || p.RequestID != "id-7" {
			t.Errorf("%s: %d %s, again after %q", name, p.Status, p.Code, p.GetHeaders().Get("Retry-After"))
		}
		if strings.Contains(string(raw), "hunter2") || strings.Contains(string(raw), "10.0.0.7") {
			t.Errorf("%s tells %s", name, raw)
		}
		if !errors.Is(p, tc.err) {
			t.Errorf("%s: the log does not get its cause", name)
		}
	}
}

// A status of huma's own becomes one of ours; what it validated tells fields and never values.
func TestProblemsOfHuma(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]model.Code{
		413: model.CodeTooLarge, 415: model.CodeUnsupportedMedia, 408: model.CodeUnavailable, 500: model.CodeInternal, 503: model.CodeInternal, 400: model.CodeMalformed, 422: model.CodeMalformed,
	} {
		if p := problemOf("", model.LangEn, status, "hunter2", nil); p.Code != want || strings.Contains(p.Detail+p.Title, "hunter2") {
			t.Errorf("%d: %+v", status, p)
		}
	}
	own := problemOf("", model.LangEn, 500, "x", []error{errors.New("other"), model.E(model.CodeStale)})
	if own.Code != model.CodeStale || own.Status != 412 {
		t.Errorf("a handler's refusal: %+v", own)
	}
	long := strings.Repeat("长", mostPath)
	if cut := cutPath(long); len(cut) > mostPath+len("…") || !strings.HasSuffix(cut, "…") || strings.ContainsRune(cut, '\ufffd') {
		t.Errorf("%d bytes: %q", len(cut), cut)
	}
	if whole := strings.Repeat("a", mostPath); cutPath(whole) != whole {
		t.Error("a path of the longest length is cut")
	}
}

// Whose address it is: nobody's word counts but that of a trusted proxy, and of a chain
// the last address that is none of them.
func TestClientIP(t *testing.T) {
	t.Parallel()
	a := &API{Options: Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}}}
	for _, tc := range []struct {
		peer  string
		chain []string
		want  string
	}{
		{"192.0.2.1:5000", nil, "192.0.2.1"},
		{"192.0.2.1:5000", []string{"198.51.100.1"}, "192.0.2.1"}, // anybody can write the header
		{"10.0.0.1:5000", nil, "10.0.0.1"},
		{"10.0.0.1:5000", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:5000", []string{"9.9.9.9, 198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:5000", []string{"9.9.9.9", "198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:5000", []string{"9.9.9.9, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"10.0.0.1:5000", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.1"},
		{"10.0.0.1:5000", []string{"198.51.100.1, "}, "198.51.100.1"},
		{"10.0.0.1:5000", []string{"not an address"}, "unknown"},
		{"10.0.0.1:5000", []string{"198.51.100.1:443"}, "198.51.100.1"},
		{"[2001:db8::1]:5000", []string{"2400:3200::1"}, "2400:3200::1"},
		{"[::ffff:10.0.0.1]:5000", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"[fe80::1%eth0]:5000", nil, "fe80::1"},
		{"11.0.0.1:5000", []string{"198.51.100.1"}, "11.0.0.1"},
		{"@", nil, "unknown"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = tc.peer
		for _, h := range tc.chain {
			r.Header.Add("X-Forwarded-For", h)
		}
		if got := a.clientIP(r); got != tc.want {
			t.Errorf("%s, %q: %s, want %s", tc.peer, tc.chain, got, tc.want)
		}
	}
	plain := (&API{Options: Options{HashKey: []byte("key")}}).hashIP("192.0.2.1")
	other := (&API{Options: Options{HashKey: []byte("another")}}).hashIP("192.0.2.1")
	if len(plain) != 32 || plain == other {
		t.Error("an address is hashed without the key:", plain)
	}
}

// What two readers of a query could take differently is refused.
func TestQueries(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"": "", "a=1&b=2": "", "cursor=": "", "q=": "", "search=": "", "dry_run=true": "", "dry_run=false": "",
		"a=1&a=1": "query.a duplicate", "a=": "query.a required", "a": "query.a required", "dry_run=": "query.dry_run required", "dry_run=1": "query.dry_run wrong_type", "dry_run=True": "query.dry_run wrong_type",
		"a=%zz": "query malformed", "a=1;b=2": "query malformed", "a=%00": "query.a forbidden_character", "a=%0a": "query.a forbidden_character", "a=%ff": "query.a forbidden_character", "a=%7f": "query.a forbidden_character",
	} {
		got := ""
		if f := wrongQuery(raw); f != nil {
			got = f.Path + " " + f.Reason
		}
		if got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

// What a key is made of, and what is another request under the same one.
func TestFingerprints(t *testing.T) {
	t.Parallel()
	of := func(method, target, body string) string {
		r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		sum, err := fingerprint(r)
		if err != nil {
			t.Fatal(err)
		}
		again := new(strings.Builder)
		if _, err := fmt.Fprint(again, readAll(t, r)); err != nil || again.String() != body {
			t.Errorf("the body is %q after it was hashed", again)
		}
		return sum
	}
	first := of("POST", "/a?b=1", "{}")
	if of("POST", "/a?b=1", "{}") != first {
		t.Error("the same request has another fingerprint")
	}
	for _, other := range [][3]string{{"PUT", "/a?b=1", "{}"}, {"POST", "/a2?b=1", "{}"}, {"POST", "/a?b=2", "{}"}, {"POST", "/a", "{}"}, {"POST", "/a?b=1", "{} "}, {"POST", "/a?b=1", ""}} {
		if of(other[0], other[1], other[2]) == first {
			t.Errorf("%q has the same fingerprint", other)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("12345"))
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 4)
	if _, err := fingerprint(r); model.CodeOf(err) != model.CodeTooLarge {
		t.Error(err)
	}
	for key, good := range map[string]bool{
		"12345678": true, "1234567": false, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false, "a_b-C4567": true, "with space": false, "12345678\n": false, "": false,
	} {
		if keyShape.MatchString(key) != good {
			t.Errorf("key %q: %t", key, !good)
		}
	}
}

func readAll(t *testing.T, r *http.Request) string {
	t.Helper()
	b := new(strings.Builder)
	buf := make([]byte, 64)
	for {
		n, err := r.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String()
		}
	}
}

// A cursor is what a page before gave, or refused: it reaches the database as it is.
func TestCursors(t *testing.T) {
	t.Parallel()
	at, id := time.UnixMilli(1_772_000_000_123).UTC(), "01a20345-52f7-7e58-a1ae-3a99a598bcd0"
	back, err := parseInboxCursor(inboxCursor(at, id))
	if err != nil || !back.SortedAt.Equal(at) || back.ID != id {
		t.Errorf("%+v, %v", back, err)
	}
	if none, err := parseInboxCursor(""); none != nil || err != nil {
		t.Error(none, err)
	}
	enc := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for _, bad := range []string{"%", enc("1"), enc("1|x"), enc("x|" + id), enc("-1|" + id), enc("253402300800000|" + id), enc("1|" + id + "x")} {
		if c, err := parseInboxCursor(bad); model.CodeOf(err) != model.CodeInvalid {
			t.Errorf("%q: %+v, %v", bad, c, err)
		}
	}
	for cursor, want := range map[string]int{"": 0, enc("1"): 1, enc("2147483647"): 2147483647, enc("0"): -1, enc("-1"): -1, enc("2147483648"): -1, "%": -1, enc("x"): -1} {
		n, err := PageIn{Cursor: cursor}.number()
		if (err != nil) != (want < 0) || err == nil && n != want {
			t.Errorf("%q: %d, %v", cursor, n, err)
		}
	}
	for cursor, good := range map[string]bool{"": true, enc(id): true, enc(strings.ToUpper(id)): false, enc("x"): false, id: false} {
		if _, err := (PageIn{Cursor: cursor}).page(); (err == nil) != good {
			t.Errorf("%q: %v", cursor, err)
		}
	}
	for match, want := range map[string]model.Code{"": model.CodeIfMatchRequired, `"3"`: "", "3": "", "*": model.CodeStale, `W/"3"`: model.CodeStale, `"-1"`: model.CodeStale} {
		n, err := IfMatch{match}.version()
		if err == nil && (n != 3 || want != "") || err != nil && model.CodeOf(err) != want {
			t.Errorf("If-Match %q: %d, %v", match, n, err)
		}
	}
}

// A list tells that there is more only when there is, and gives no row twice.
func TestPages(t *testing.T) {
	t.Parallel()
	show := func(s string) string { return "<" + s + ">" }
	self := func(s string) string { return s }
	for _, tc := range []struct {
		rows  []string
		items string
		next  string
	}{
		{nil, "", ""}, {[]string{"a"}, "<a>", ""}, {[]string{"a", "b"}, "<a><b>", ""}, {[]string{"a", "b", "c"}, "<a><b>", base64.RawURLEncoding.EncodeToString([]byte("b"))},
	} {
		out := listOf(tc.rows, 2, self, show)
		if got := strings.Join(out.Body.Items, ""); got != tc.items || out.Body.NextCursor != tc.next || out.Body.Items == nil {
			t.Errorf("%v: %s, next %q", tc.rows, got, out.Body.NextCursor)
		}
	}
}
