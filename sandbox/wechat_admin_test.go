package sandbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/sandbox"
)

// blankPNG is a picture without a code.
var blankPNG = func() string {
	var buf bytes.Buffer
	if err := png.Encode(&buf, image.NewGray(image.Rect(0, 0, 200, 200))); err != nil {
		panic(err)
	}
	return buf.String()
}()

// record asks a handler without a server.
func record(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(method, path, strings.NewReader(body)))
	return rec
}

func TestAPersonLogsInThroughTheAdminEndpoints(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bob := b.ask(http.MethodPost, "/sandbox/wechat/identities", `{"nickname":"小明","unionid":"u1"}`)
	openid, _ := bob["openid"].(string)
	if openid == "" || bob["nickname"] != "小明" || bob["seen"] != "2026-03-01T08:00:00Z" {
		t.Fatalf("identity %v", bob)
	}
	code := b.ask(http.MethodPost, "/sandbox/wechat/codes", fmt.Sprintf(`{"openid":%q}`, openid))["code"].(string)
	if got := b.login(code); got["openid"] != openid || got["unionid"] != "u1" {
		t.Errorf("session %v", got)
	}
	if items, _ := b.ask(http.MethodGet, "/sandbox/wechat/identities", "")["items"].([]any); len(items) != 2 {
		t.Errorf("identities %v", items)
	}
	grant := fmt.Sprintf(`{"openid":%q,"template_id":%q,"count":2}`, openid, template)
	b.ask(http.MethodPost, "/sandbox/wechat/grants", grant)
	if got := b.ask(http.MethodPost, "/sandbox/wechat/grants", grant); got["count"] != 4.0 {
		t.Errorf("grants %v", got)
	}
	if items, ok := b.ask(http.MethodGet, "/sandbox/wechat/messages", "")["items"].([]any); !ok || len(items) != 0 {
		t.Errorf("messages %v", items)
	}
	if got := b.ask(http.MethodGet, "/sandbox/wechat/stats", ""); got["/sns/jscode2session"] != 1.0 {
		t.Errorf("stats %v", got)
	}
}

func TestAdminMistakesAreNamed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{http.MethodPost, "identities", `{"open_id":"x"}`, http.StatusBadRequest},
		{http.MethodPost, "identities", ``, http.StatusBadRequest},
		{http.MethodPost, "codes", `{"openid":"oNobody"}`, http.StatusNotFound},
		{http.MethodPost, "codes", `[]`, http.StatusBadRequest},
		{http.MethodPost, "grants", `{"openid":"oAlice","template_id":"x","count":1}`, http.StatusUnprocessableEntity},
		{http.MethodPost, "grants", `{"openid":"oAlice","template_id":"TPL-decision"}`, http.StatusUnprocessableEntity},
		{http.MethodPost, "grants", `1`, http.StatusBadRequest},
		{http.MethodPost, "faults", `{"path":"/nowhere"}`, http.StatusUnprocessableEntity},
		{http.MethodPost, "faults", `{"mode":"hold"}`, http.StatusUnprocessableEntity},
		{http.MethodPost, "faults", `{"colour":"red"}`, http.StatusBadRequest},
		{http.MethodGet, "faults", ``, http.StatusMethodNotAllowed},
		{http.MethodGet, "nowhere", ``, http.StatusNotFound},
	} {
		if got := record(b, c.method, "/sandbox/wechat/"+c.path, c.body).Code; got != c.status {
			t.Errorf("%s %s %s: status %d, want %d", c.method, c.path, c.body, got, c.status)
		}
	}
	if got := record(b, http.MethodPost, "/wxa/msg_sec_check", strings.Repeat("x", 64<<10+1)).Code; got != http.StatusBadRequest {
		t.Errorf("too large a body: status %d", got)
	}
}

func TestFaultsAreUsedUpInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, f := range []string{
		`{"path":"/sns/jscode2session","errcode":-1,"times":2}`,
		`{"path":"/sns/jscode2session","errcode":40226,"errmsg":"code blocked","mode":"string_errcode"}`,
		`{"path":"/wxa/msg_sec_check","errcode":45011,"times":-1}`,
	} {
		if got := record(b, http.MethodPost, "/sandbox/wechat/faults", f).Code; got != http.StatusNoContent {
			t.Fatalf("status %d", got)
		}
	}
	b.wantCode(b.login("x"), -1)
	b.wantCode(b.login("x"), -1)
	if got := b.login("x"); got["errcode"] != "40226" || !strings.HasPrefix(got["errmsg"].(string), "code blocked rid: ") {
		t.Errorf("answer %v", got)
	}
	b.wantCode(b.login("x"), 40029)
	for range 3 {
		b.wantCode(b.post("/wxa/msg_sec_check", `{}`), 45011)
	}
	record(b, http.MethodDelete, "/sandbox/wechat/faults", "")
	b.wantCode(b.post("/wxa/msg_sec_check", `{}`), 40097)
	old := b.token()
	record(b, http.MethodPost, "/sandbox/wechat/rotate-token", "")
	if b.token() == old {
		t.Error("the token stayed")
	}
}

func TestFaultsOfTheLine(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/sns/jscode2session"
	for _, c := range []struct {
		name   string
		fault  sandbox.Fault
		status int
		broken bool
	}{
		{"status", sandbox.Fault{HTTPStatus: 502}, 502, false},
		{"page", sandbox.Fault{HTML: true}, 200, false},
		{"empty", sandbox.Fault{Empty: true}, 200, false},
		{"bare", sandbox.Fault{Mode: sandbox.ModeBare}, 200, false},
		{"truncated", sandbox.Fault{Truncate: true}, 200, true},
		{"dropped", sandbox.Fault{DropAfterActing: true, DelayMS: 1}, 0, true},
	} {
		c.fault.Path = path
		b.Fault(c.fault)
		status, _, body, err := b.do(http.MethodGet, path, "")
		if status != c.status || (err != nil) != c.broken {
			t.Errorf("%s: status %d, %v, %q", c.name, status, err, body)
		}
		if c.name == "truncated" && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("truncated: %v", err)
		}
	}
}

func TestADropHappensAfterActing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Grant(alice, template, 1)
	token := b.token()
	b.Fault(sandbox.Fault{DropAfterActing: true})
	_, _, _, err := b.do(http.MethodPost, "/cgi-bin/message/subscribe/send?access_token="+token,
		`{"touser":"oAlice","template_id":"TPL-decision","data":{"thing1":{"value":"a"},"time2":{"value":"09:00"}},"miniprogram_state":"formal","lang":"zh_CN"}`)
	if err == nil || len(b.Messages()) != 1 {
		t.Errorf("error %v, %d messages; want a broken line and one message", err, len(b.Messages()))
	}
}

// The oldest makes room, so a demo that runs for months does not grow.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.LoginCode(alice)
	for i := range 1100 { // more than the caps of codes and of faults
		b.LoginCode(fmt.Sprintf("o%d", i))
		b.Fault(sandbox.Fault{Path: "/cgi-bin/token", ErrCode: int64(i) + 1})
	}
	const most = 20_000 // identities
	for i := range most {
		b.Identity(fmt.Sprintf("p%d", i))
	}
	items, _ := b.ask(http.MethodGet, "/sandbox/wechat/identities", "")["items"].([]any)
	if oldest, _ := items[0].(map[string]any); len(items) != most || oldest["openid"] != "p0" {
		t.Errorf("%d identities, the oldest %v", len(items), oldest)
	}
	b.wantCode(b.login(first), 40029)
	b.wantCode(b.ask(http.MethodGet, "/cgi-bin/token", ""), 901)
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code := b.LoginCode(alice)
	var wins, used int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			answer := b.login(code)
			mu.Lock()
			defer mu.Unlock()
			if answer["openid"] == alice {
				wins++
			}
			if answer["errcode"] == 40163.0 {
				used++
			}
		})
	}
	wg.Wait()
	if wins != 1 || used != 31 {
		t.Errorf("%d logins and %d refusals, want 1 and 31", wins, used)
	}
}

// failing is a random source that has run dry.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.EOF }

func TestDefaultsAreTheRealClockAndRandomness(t *testing.T) {
	t.Parallel()
	w := sandbox.NewWeChat(sandbox.WeChatOptions{AppID: appID, Secret: secret})
	if a, b := w.Identity(""), w.Identity(""); a == b || a.AppID != appID || a.OpenID == "" {
		t.Errorf("identities %+v and %+v", a, b)
	}
	defer func() {
		if recover() == nil {
			t.Error("a dry random source must not go unnoticed")
		}
	}()
	sandbox.NewWeChat(sandbox.WeChatOptions{Rand: failing{}, Now: time.Now}).Identity("")
}
