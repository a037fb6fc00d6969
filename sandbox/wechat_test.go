package sandbox_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/sandbox"
)

const (
	appID    = "wx0123456789abcdef"
	secret   = "app-secret"
	alice    = "oAlice"
	home     = "pages/home/index"
	join     = "pages/join/index"
	template = "TPL-decision"
)

// bundle is WeChat's stand-in on its stage.
type bundle struct {
	*sandbox.WeChat
	*stage
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{stage: newStage(t)}
	b.WeChat = sandbox.NewWeChat(sandbox.WeChatOptions{
		AppID: appID, Secret: secret, Pages: []string{home, join}, Now: b.clock,
		Templates: map[string][]string{template: {"thing1", "time2"}},
	})
	b.serve(b)
	b.Identity(alice)
	return b
}

// wantCode checks the errcode of an answer, 0 for none.
func (b *bundle) wantCode(answer map[string]any, code float64) {
	b.t.Helper()
	got, _ := answer["errcode"].(float64)
	if got != code {
		b.t.Errorf("answer %v, want errcode %v", answer, code)
	}
}

func (b *bundle) token() string {
	b.t.Helper()
	return b.stable("client_credential", appID, secret, false)["access_token"].(string)
}

func (b *bundle) stable(grant, appID, secret string, force bool) map[string]any {
	b.t.Helper()
	return b.ask(http.MethodPost, "/cgi-bin/stable_token",
		fmt.Sprintf(`{"grant_type":%q,"appid":%q,"secret":%q,"force_refresh":%t}`, grant, appID, secret, force))
}

// post calls an endpoint with a good token.
func (b *bundle) post(path, body string) map[string]any {
	b.t.Helper()
	return b.ask(http.MethodPost, path+"?access_token="+url.QueryEscape(b.token()), body)
}

func (b *bundle) login(code string) map[string]any {
	b.t.Helper()
	q := url.Values{"appid": {appID}, "secret": {secret}, "js_code": {code}, "grant_type": {"authorization_code"}}
	return b.ask(http.MethodGet, "/sns/jscode2session?"+q.Encode(), "")
}

func TestALoginCodeWorksOnceForFiveMinutes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code, late := b.LoginCode(alice), b.LoginCode(alice)
	if got := b.login(code); got["openid"] != alice || got["session_key"] == "" || got["unionid"] != nil {
		t.Errorf("session %v", got)
	}
	b.wantCode(b.login(code), 40163)
	b.wantCode(b.login("unknown"), 40029)
	b.wantCode(b.login(""), 41008)
	b.advance(5 * time.Minute)
	b.wantCode(b.login(late), 40029)
	b.wantCode(b.login(code), 40029)
}

func TestTheAccountIsChecked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		grant, appID, secret string
		code                 float64
	}{
		{"x", appID, secret, 40002},
		{"client_credential", "", secret, 41002},
		{"client_credential", "wx", secret, 40013},
		{"client_credential", appID, "", 41004},
		{"client_credential", appID, "x", 40125},
		{"client_credential", appID, secret, 0},
	} {
		b.wantCode(b.stable(c.grant, c.appID, c.secret, false), c.code)
		q := url.Values{"grant_type": {c.grant}, "appid": {c.appID}, "secret": {c.secret}}
		b.wantCode(b.ask(http.MethodGet, "/cgi-bin/token?"+q.Encode(), ""), c.code)
	}
	b.wantCode(b.ask(http.MethodGet, "/sns/jscode2session?grant_type=x", ""), 40002)
	b.wantCode(b.ask(http.MethodGet, "/cgi-bin/stable_token", ""), 43002)
	b.wantCode(b.ask(http.MethodPost, "/cgi-bin/token", ""), 43001)
	b.wantCode(b.ask(http.MethodPost, "/cgi-bin/stable_token", "{"), 47001)
}

func TestTheStableTokenStaysUntilNearItsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.token()
	b.advance(time.Hour)
	again := b.stable("client_credential", appID, secret, false)
	if again["access_token"] != first || again["expires_in"] != 3600.0 {
		t.Errorf("answer %v, want the same token with 3600 s left", again)
	}
	b.advance(55 * time.Minute)
	if b.token() == first {
		t.Error("not renewed 5 minutes before its end")
	}
	check := func(token string) map[string]any {
		return b.ask(http.MethodPost, "/wxa/msg_sec_check?access_token="+token, `{"version":2,"openid":"oAlice","scene":1,"content":"x"}`)
	}
	b.Identity(alice)
	b.wantCode(check(first), 0)
	b.advance(5 * time.Minute)
	b.wantCode(check(first), 42001)
	b.wantCode(check("unknown"), 40001)
	b.wantCode(check(""), 41001)
	current := b.token()
	b.RotateToken()
	b.wantCode(check(current), 40001)
	b.wantCode(check(b.token()), 0)
}

func TestForceRefreshIsLimited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.token()
	for i := range 20 {
		b.advance(30 * time.Second)
		if got := b.stable("client_credential", appID, secret, true); got["access_token"] == first {
			t.Fatalf("refresh %d: the token stayed", i)
		}
	}
	b.advance(time.Second)
	b.wantCode(b.stable("client_credential", appID, secret, true), 45009)
	b.advance(24 * time.Hour)
	b.wantCode(b.stable("client_credential", appID, secret, true), 0)
	b.wantCode(b.stable("client_credential", appID, secret, true), 45011)
}

func TestAPlainTokenLeavesTheOneBeforeFiveMinutes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	plain := func() string {
		q := url.Values{"grant_type": {"client_credential"}, "appid": {appID}, "secret": {secret}}
		return b.ask(http.MethodGet, "/cgi-bin/token?"+q.Encode(), "")["access_token"].(string)
	}
	check := func(token string) map[string]any {
		return b.ask(http.MethodPost, "/wxa/msg_sec_check?access_token="+token, `{"version":2,"openid":"oAlice","scene":1,"content":"x"}`)
	}
	stable, one := b.token(), plain()
	two := plain()
	b.wantCode(check(one), 0)
	b.advance(5 * time.Minute)
	b.wantCode(check(one), 42001)
	b.wantCode(check(two), 0)
	b.wantCode(check(stable), 0)
}

func TestTextsAreJudged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	text := func(format string, args ...any) map[string]any {
		return b.post("/wxa/msg_sec_check", fmt.Sprintf(format, args...))
	}
	for content, want := range map[string]string{"你好": "pass", "疑似": "review", "违禁": "risky"} {
		got, _ := text(`{"version":2,"openid":"oAlice","scene":2,"content":%q}`, content)["result"].(map[string]any)
		if got["suggest"] != want {
			t.Errorf("%s is %v", content, got)
		}
	}
	b.wantCode(text(`{"version":2,"openid":"oAlice","scene":2,"content":%q}`, strings.Repeat("字", 2500)), 0)
	b.wantCode(text(`{"version":2,"openid":"oAlice","scene":2,"content":%q}`, strings.Repeat("字", 2501)), 40097)
	b.wantCode(text(`{"openid":"oAlice","scene":2,"content":"x"}`), 40097)
	b.wantCode(text(`{"version":2,"openid":"oAlice","scene":2,"content":"x","signature":"s"}`), 40097)
	b.wantCode(text(`{"version":2,"openid":"oAlice","scene":2,"content":""}`), 44002)
	b.wantCode(text(`{"version":2,"openid":"oAlice","scene":5,"content":"x"}`), 40129)
	b.wantCode(text(`{"version":2,"openid":"oNobody","scene":2,"content":"x"}`), 43104)
	b.wantCode(text(`no`), 47001)
	b.advance(2*time.Hour + time.Second)
	b.wantCode(text(`{"version":2,"openid":"oAlice","scene":2,"content":"x"}`), 61010)
}

func TestMessagesSpendGrants(t *testing.T) {
	t.Parallel()
	b := setup(t)
	send := func(change ...string) map[string]any {
		body := `{"touser":"oAlice","template_id":"TPL-decision","data":{"thing1":{"value":"待审"},"time2":{"value":"09:00"}},"miniprogram_state":"formal","lang":"zh_CN"}`
		return b.post("/cgi-bin/message/subscribe/send", strings.NewReplacer(change...).Replace(body))
	}
	b.wantCode(send(), 43101)
	b.Grant(alice, template, 1)
	b.wantCode(send("oAlice", "oNobody"), 40003)
	b.wantCode(send("TPL-decision", "TPL-x"), 40037)
	b.wantCode(send("formal", "release"), 40097)
	b.wantCode(send("zh_CN", ""), 40097)
	b.wantCode(send("09:00", "soon"), 47003)
	b.wantCode(send("time2", "time3"), 47003)
	b.wantCode(send(`"lang"`, `"data":{"thing1":{"value":"a"},"time2":{"value":"09:00"},"extra1":{"value":"b"}},"lang"`), 47003)
	b.wantCode(send("待审", "违禁"), 45168)
	b.wantCode(send("{", ""), 47001)
	b.wantCode(send(), 0)
	b.wantCode(send(), 43101)
	if got := b.Messages(); len(got) != 1 || got[0].Data["thing1"] != "待审" || got[0].OpenID != alice {
		t.Errorf("messages %+v", got)
	}
}

func TestLinksLeadSomewhereUntilTheyEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := func(format string, args ...any) map[string]any {
		return b.post("/wxa/generate_urllink", fmt.Sprintf(format, args...))
	}
	in := func(d time.Duration) int64 { return b.clock().Add(d).Unix() }
	b.wantCode(link(`{"path":"pages/x","expire_time":%d}`, in(time.Hour)), 40165)
	b.wantCode(link(`{"path":%q,"query":"a=中","expire_time":%d}`, join, in(time.Hour)), 40212)
	b.wantCode(link(`{"path":%q,"query":%q,"expire_time":%d}`, join, strings.Repeat("x", 1025), in(time.Hour)), 40212)
	b.wantCode(link(`{"path":%q,"expire_time":%d}`, join, in(time.Minute)), 85401)
	b.wantCode(link(`{"path":%q,"expire_time":%d}`, join, in(30*24*time.Hour)), 85401)
	b.wantCode(link(`{"path":%q,"expire_type":1,"expire_interval":31}`, join), 85401)
	b.wantCode(link(`{"path":%q,"expire_type":2}`, join), 85401)
	b.wantCode(link(`{"path":%q,"expire_type":1,"expire_interval":30,"env_version":"beta"}`, join), 85402)
	b.wantCode(link(`-`), 47001)
	u := link(`{"path":%q,"query":"i=<1>","expire_type":1,"expire_interval":1}`, join)
	b.wantCode(u, 40212)
	u = link(`{"path":%q,"query":"i=1","expire_type":1,"expire_interval":1}`, join)
	address, _ := u["url_link"].(string)
	if got := b.ask(http.MethodGet, address+"?cq=2", ""); got["path"] != join || got["query"] != "i=1&cq=2" {
		t.Errorf("leads to %v", got)
	}
	b.advance(24 * time.Hour)
	if status, _, _, _ := b.do(http.MethodGet, address, ""); status != http.StatusGone {
		t.Errorf("status %d after its end", status)
	}
	if status, _, _, _ := b.do(http.MethodGet, "/sandbox/wechat/l/none", ""); status != http.StatusNotFound {
		t.Errorf("status %d for no link", status)
	}
}

func TestALinkIsAPageForABrowser(t *testing.T) {
	t.Parallel()
	b := setup(t)
	u := b.post("/wxa/generate_urllink", fmt.Sprintf(`{"path":%q,"expire_type":1,"expire_interval":1}`, join))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u["url_link"].(string)+"?x=<script>", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html,*/*")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	page, _ := io.ReadAll(res.Body)
	if !bytes.Contains(page, []byte(join)) || bytes.Contains(page, []byte("<script>")) {
		t.Errorf("page %s", page)
	}
}
