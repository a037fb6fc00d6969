package api_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
)

func hook(t *testing.T, a *testkit.App, method string, q url.Values, body []byte) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, a.Server.URL+"/hooks/wechat?"+q.Encode(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

func signed(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// WeChat tests the address, and nobody else gets an answer out of it.
func TestWeChatTestsTheAddress(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	q := url.Values{"signature": {signed(testkit.PushToken, "1", "n")}, "timestamp": {"1"}, "nonce": {"n"}, "echostr": {"4375120948345356249"}}
	if status, body := hook(t, a, "GET", q, nil); status != 200 || body != "4375120948345356249" {
		t.Errorf("%d %q", status, body)
	}
	q.Set("echostr", "<script>")
	if status, body := hook(t, a, "GET", q, nil); status != 403 || strings.Contains(body, "script") {
		t.Errorf("%d %q", status, body)
	}
	q.Set("echostr", "1")
	q.Set("signature", signed("wrong", "1", "n"))
	if status, _ := hook(t, a, "GET", q, nil); status != 403 {
		t.Errorf("%d for a wrong token", status)
	}
}

// A push that is not WeChat's, is not encrypted, is old, or comes again.
func TestPushesAreVerified(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	db := a.Database.SQL(t)
	var query url.Values
	var body []byte
	spy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		query = r.URL.Query()
		body, _ = io.ReadAll(r.Body)
	}))
	defer spy.Close()
	openid := a.Sandbox.Identity("").OpenID
	a.Sandbox.PushTo(sandbox.PushSettings{URL: spy.URL, Token: testkit.PushToken, AESKey: testkit.PushAESKey, Now: a.Clock.Now})
	if _, err := a.Sandbox.Push(t.Context(), sandbox.PushEvent{OpenID: openid, Event: model.PushPopup, TemplateID: testkit.Template, Status: "accept", XML: true}); err != nil {
		t.Fatal(err)
	}
	bent := func(name, value string) url.Values {
		q := maps.Clone(query)
		q.Set(name, value)
		return q
	}
	old := strconv.FormatInt(a.Clock.Now().Add(-6*time.Minute).Unix(), 10)
	for _, c := range []struct {
		name string
		q    url.Values
		body []byte
		want int
	}{
		{"no signature over the body", bent("msg_signature", query.Get("signature")), body, 403},
		{"another nonce", bent("nonce", "x"), body, 403},
		{"an old timestamp", bent("timestamp", old), body, 403},
		{"a plain body with a valid signature of the address", query, []byte(`{"FromUserName":"x","Event":"subscribe_msg_popup_event"}`), 403},
		{"not JSON", query, []byte("garbage"), 400},
		{"a body that was changed", query, bytes.Replace(body, []byte(`"Encrypt":"`), []byte(`"Encrypt":"AAAA`), 1), 403},
		{"too large", query, bytes.Repeat([]byte("x"), 65<<10), 413},
	} {
		if status, text := hook(t, a, "POST", c.q, c.body); status != c.want {
			t.Errorf("%s: %d %s", c.name, status, text)
		}
	}
	if n := testkit.Count(t, db, "SELECT COUNT(*) FROM outbox"); n != 0 {
		t.Fatalf("%d rows after refusals", n)
	}
	for range 3 {
		if status, text := hook(t, a, "POST", query, body); status != 200 || text != "success" {
			t.Errorf("%d %s", status, text)
		}
	}
	if n := testkit.Count(t, db, "SELECT COUNT(*) FROM outbox"); n != 1 {
		t.Errorf("%d rows after a push and two replays", n)
	}
}

// Whom no message reaches, and the text to paste into a chat instead.
func TestReach(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite, testkit.Options{})
	h := w.brand["A"]
	var reach api.ReachOut
	h.Editor.Do(t, "GET", h.Path+"/posts/"+h.ids["seen_post"]+"/reach", nil).Want(t, 200, &reach)
	if reach.Asked != 2 || len(reach.Unreachable) != 2 {
		t.Errorf("%+v", reach)
	}
	for _, text := range []string{reach.TextZh, reach.TextEn} {
		if !strings.Contains(text, "审批中") || !strings.Contains(text, reach.Link) || strings.Contains(text, "–") {
			t.Errorf("text %q", text)
		}
	}
	resp, err := http.Get(strings.Replace(reach.Link, "https://countersign.test", w.Server.URL, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	page, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 200 || !strings.Contains(string(page), "请您在微信小程序中审批帖子") || strings.Contains(string(page), "审批中") {
		t.Errorf("%d %s", resp.StatusCode, page)
	}
	// A consent reaches the reviewer.
	h.reviewer.Do(t, "POST", api.Base+"/person/subscriptions", M{"results": []any{M{"template_id": testkit.Template, "result": "accept"}}}).Want(t, 200, nil)
	h.Editor.Do(t, "GET", h.Path+"/posts/"+h.ids["seen_post"]+"/reach", nil).Want(t, 200, &reach)
	if len(reach.Unreachable) != 1 || reach.Unreachable[0].MemberID != h.AdminMember {
		t.Errorf("%+v", reach.Unreachable)
	}
	// A draft: whom a submit would ask, and nothing is submitted.
	h.Editor.Do(t, "GET", h.Path+"/posts/"+h.ids["post"]+"/reach", nil).Want(t, 200, &reach)
	var post api.PostOut
	h.Editor.Do(t, "GET", h.Path+"/posts/"+h.ids["post"], nil).Want(t, 200, &post)
	if reach.Asked != 1 || post.State != model.PostDraft {
		t.Errorf("%+v, %s", reach, post.State)
	}
}

// What was not delivered is shown with its reason, to admins, and can be tried again.
func TestUndelivered(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		w := newWorld(t, e, testkit.Options{})
		h := w.brand["A"]
		var list api.List[api.UndeliveredOut]
		h.Admin.Do(t, "GET", h.Path+"/undelivered", nil, "Accept-Language", "zh-CN").Want(t, 200, &list)
		if len(list.Items) != 1 || list.Items[0].Text != "对方没有可用的订阅授权" || list.Items[0].About != "审批中" || list.Items[0].Name == "" || list.Items[0].Channel != "wechat" {
			t.Fatalf("%+v", list.Items)
		}
		one := h.Path + "/undelivered/" + list.Items[0].ID + "/retry"
		h.Admin.Do(t, "POST", one, nil).Want(t, 200, nil)
		if p := problem(t, h.Admin.Do(t, "POST", one, nil)); p.Code != model.CodeNotFound {
			t.Errorf("tried again twice: %s", p.Code)
		}
		if got := testkit.Rows(t, w.db, "SELECT state, attempts, last_error FROM outbox WHERE id = ?", list.Items[0].ID); got[0][0] != "ready" || got[0][1] != "0" || got[0][2] != "" {
			t.Errorf("row %v", got)
		}
		var rest api.List[api.UndeliveredOut]
		h.Admin.Do(t, "GET", h.Path+"/undelivered", nil).Want(t, 200, &rest)
		if len(rest.Items) != 0 {
			t.Errorf("%+v", rest.Items)
		}
	})
}
