package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync/atomic"
	"testing"

	"countersign/api"
	"countersign/model"
	"countersign/service"
)

// Password is what the builders' users sign in with.
const Password = "correct horse battery"

// serial makes names and keys unique.
var serial atomic.Int64

// Client makes requests as somebody. Zero is nobody.
type Client struct {
	URL    string // of a replica
	Cookie string
	Bearer string
}

// Answer is what a request got.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// As is the client on another replica.
func (c Client) As(r *Replica) Client { c.URL = r.Server.URL; return c }

// Do sends a request; a body that is neither nil nor []byte is sent as JSON. headers
// are name, value, …; an Idempotency-Key is made up unless one is given.
func (c Client) Do(t testing.TB, method, path string, body any, headers ...string) Answer {
	t.Helper()
	a, err := c.Try(t, method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// Try is Do for tests in which the connection may fail. It may be used by many
// goroutines.
func (c Client) Try(t testing.TB, method, path string, body any, headers ...string) (Answer, error) {
	t.Helper()
	raw, isRaw := body.([]byte)
	if body != nil && !isRaw {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return Answer{}, err
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), method, c.URL+path, bytes.NewReader(raw))
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Accept-Language", "en")
	req.Header.Set("Idempotency-Key", fmt.Sprintf("test-key-%08d", serial.Add(1)))
	if len(raw) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Cookie != "" {
		req.Header.Set("Cookie", api.CookieName+"="+c.Cookie)
	}
	if c.Bearer != "" {
		req.Header.Set("Authorization", "Bearer "+c.Bearer)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Del(headers[i])
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	resp, err := transport.RoundTrip(req) // no redirects, no jar
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	return Answer{resp.StatusCode, resp.Header, got}, err
}

var transport = &http.Transport{MaxIdleConnsPerHost: 64}

// Want asks for a status and fills v, unless it is nil, from the body.
func (a Answer) Want(t testing.TB, status int, v any) Answer {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	if v != nil {
		if err := json.Unmarshal(a.Body, v); err != nil {
			t.Fatalf("%v: %s", err, a.Body)
		}
	}
	return a
}

// Refused asks for a problem with a status and a code.
func (a Answer) Refused(t testing.TB, status int, code model.Code) api.Problem {
	t.Helper()
	var p api.Problem
	if err := json.Unmarshal(a.Body, &p); err != nil || a.Status != status || p.Code != code {
		t.Fatalf("want refusal %d %s, got %d: %s", status, code, a.Status, a.Body)
	}
	if ct := a.Header.Get("Content-Type"); ct != "application/problem+json" {
		t.Fatalf("a problem with content type %q", ct)
	}
	for _, f := range p.Errors {
		if f.Message == "" {
			t.Errorf("nothing is said of a wrong field: %+v", f)
		}
	}
	return p
}

// Nobody is a client without a session.
func (a *App) Nobody() Client { return Client{URL: a.Server.URL} }

// Brand is a brand with its staff, a channel and a default flow that asks the admin.
type Brand struct {
	ID, Path     string // Path is /api/v1/brands/{id}
	Admin        Client
	Editor       Client
	AdminMember  string
	EditorMember string
	AdminEmail   string
	EditorEmail  string
	Channel      string
	Flow         string

	film string // see Film
}

// NewBrand founds a brand through the operator's door and signs its staff in.
func (a *App) NewBrand(t testing.TB) *Brand {
	t.Helper()
	n := serial.Add(1)
	b := &Brand{AdminEmail: fmt.Sprintf("admin%d@brand.example", n), EditorEmail: fmt.Sprintf("editor%d@brand.example", n)}
	ctx := t.Context()
	row, err := a.Service.Brands.Found(ctx, service.Founding{
		Name: fmt.Sprintf("内部名 %d", n), PublicName: fmt.Sprintf("品牌 %d", n), AdminEmail: b.AdminEmail, AdminName: fmt.Sprintf("管理员 %d", n), Password: Password,
	})
	if err == nil {
		err = a.Service.Brands.AddStaff(ctx, row.ID, b.EditorEmail, fmt.Sprintf("编辑 %d", n), Password, model.RoleEditor)
	}
	if err != nil {
		t.Fatal(err)
	}
	b.ID, b.Path = row.ID, api.Base+"/brands/"+row.ID
	b.Admin, b.AdminMember = a.SignIn(t, b.AdminEmail)
	b.Editor, b.EditorMember = a.SignIn(t, b.EditorEmail)
	var channel api.ChannelOut
	b.Admin.Do(t, "POST", b.Path+"/channels", M{"name": "服务号", "platform": "wechat_official"}).Want(t, 200, &channel)
	b.Channel = channel.ID
	b.Flow = b.NewFlow(t, "默认流程", M{"mode": "any", "approvers": []string{b.AdminMember}})
	b.Admin.Do(t, "PUT", b.Path+"/platform-settings/wechat_official", M{"default_flow_id": b.Flow, "allow_change": true}, "If-Match", `"0"`).Want(t, 200, nil)
	return b
}

// M is a JSON object.
type M = map[string]any

// SignIn opens a console session; it answers the member id in the first brand too.
func (a *App) SignIn(t testing.TB, email string) (Client, string) {
	t.Helper()
	got := a.Nobody().Do(t, "POST", api.Base+"/sessions", M{"email": email, "password": Password})
	var me api.UserOut
	got.Want(t, 200, &me)
	cookie, err := http.ParseSetCookie(got.Header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	member := ""
	if len(me.Brands) > 0 {
		member = me.Brands[0].MemberID
	}
	return Client{URL: a.Server.URL, Cookie: cookie.Value}, member
}

// NewFlow creates a flow for WeChat articles with the steps.
func (b *Brand) NewFlow(t testing.TB, name string, steps ...M) string {
	t.Helper()
	var f api.FlowOut
	b.Admin.Do(t, "POST", b.Path+"/flows", M{
		"name": fmt.Sprintf("%s %d", name, serial.Add(1)), "content_types": []string{"wechat_article"}, "platforms": []string{"wechat_official"}, "steps": steps,
	}).Want(t, 200, &f)
	return f.ID
}

// Phone logs a WeChat user in, "" a fresh one, and answers his client and openid.
func (a *App) Phone(t testing.TB, openid string) (Client, string) {
	t.Helper()
	who := a.Sandbox.Identity(openid)
	var got api.WeChatLoginOut
	a.Nobody().Do(t, "POST", api.Base+"/wechat/login", M{"code": a.Sandbox.LoginCode(who.OpenID)}).Want(t, 200, &got)
	return Client{URL: a.Server.URL, Bearer: got.Token}, who.OpenID
}

// Named is Phone with a nickname given.
func (a *App) Named(t testing.TB, nickname string) Client {
	t.Helper()
	c, _ := a.Phone(t, "")
	c.Do(t, "PATCH", api.Base+"/person", M{"nickname": nickname}).Want(t, 200, nil)
	return c
}

// Invite makes an invitation and answers it with its token.
func (a *App) Invite(t testing.TB, b *Brand, body M) (api.InvitationOut, string) {
	t.Helper()
	var inv api.InvitationOut
	b.Admin.Do(t, "POST", b.Path+"/invitations", body).Want(t, 200, &inv)
	return inv, inv.Link[len("https://countersign.test/i/"):]
}

// Reviewer is an admitted reviewer: his phone, whose WeChat it is, and his member id.
type Reviewer struct {
	Client
	OpenID   string
	Member   string
	Nickname string
}

// NewReviewer walks a stranger through invitation, request and admission.
func (a *App) NewReviewer(t testing.TB, b *Brand) Reviewer {
	t.Helper()
	return a.NamedReviewer(t, b, fmt.Sprintf("审批人 %d", serial.Add(1)))
}

// NamedReviewer is NewReviewer with a nickname given.
func (a *App) NamedReviewer(t testing.TB, b *Brand, nickname string) Reviewer {
	t.Helper()
	phone, openid := a.Phone(t, "")
	phone.Do(t, "PATCH", api.Base+"/person", M{"nickname": nickname}).Want(t, 200, nil)
	_, token := a.Invite(t, b, M{})
	var r api.RequestOut
	phone.Do(t, "POST", api.Base+"/person/access-requests", M{"token": token}).Want(t, 200, &r)
	b.Admin.Do(t, "POST", b.Path+"/access-requests/"+r.ID+"/admit", M{}).Want(t, 200, nil)
	var me api.PersonOut
	phone.Do(t, "GET", api.Base+"/person", nil).Want(t, 200, &me)
	return Reviewer{phone, openid, me.Brands[len(me.Brands)-1].MemberID, nickname}
}

// Article is the JSON of an article that is complete.
func Article(title string, more ...M) M {
	m := M{"title": title, "author": "作者", "summary": "摘要", "body_html": "<p>正文 " + title + "</p>"}
	for _, x := range more {
		maps.Copy(m, x)
	}
	return m
}

// NewPost writes a post as the editor; the articles are those of Article.
func (b *Brand) NewPost(t testing.TB, articles ...M) api.PostDetail {
	t.Helper()
	var p api.PostDetail
	b.Editor.Do(t, "POST", b.Path+"/posts", M{"channel_id": b.Channel, "articles": articles}).Want(t, 200, &p)
	return p
}

// Submit sends a post to review.
func (b *Brand) Submit(t testing.TB, postID string) api.PostDetail {
	t.Helper()
	var p api.PostDetail
	b.Editor.Do(t, "POST", b.Path+"/posts/"+postID+"/submit", M{}).Want(t, 200, &p)
	return p
}

// Post reads a post as the editor.
func (b *Brand) Post(t testing.TB, postID string) api.PostDetail {
	t.Helper()
	var p api.PostDetail
	b.Editor.Do(t, "GET", b.Path+"/posts/"+postID, nil).Want(t, 200, &p)
	return p
}

// Inbox reads the first page of an inbox; show is "waiting", "decided" or "all".
func (c Client) Inbox(t testing.TB, show string) []api.InboxItem {
	t.Helper()
	var list api.List[api.InboxItem]
	c.Do(t, "GET", api.Base+"/inbox?show="+show, nil).Want(t, 200, &list)
	return list.Items
}

// Decide answers a task.
func (c Client) Decide(t testing.TB, taskID, action, digest string, more ...M) Answer {
	t.Helper()
	body := M{"action": action, "digest": digest}
	if action == "reject" {
		body["reason"] = "需要修改"
	}
	for _, x := range more {
		maps.Copy(body, x)
	}
	return c.Do(t, "POST", api.Base+"/tasks/"+taskID+"/decision", body)
}
