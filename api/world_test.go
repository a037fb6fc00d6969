package api_test

import (
	"bytes"
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"image/color"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// M is a JSON object.
type M = testkit.M

// world is a running program with two brands in full use, and everybody who may call it.
type world struct {
	*testkit.App
	t     *testing.T
	db    *sql.DB
	brand map[string]*house // "A" and "B"

	spare       testkit.Client // a second editor of A, to be used up
	spareMember string
	sparePhone  testkit.Client
	bound       testkit.Client // the phone that is bound to A's editor
	stranger    testkit.Client // a person without a brand
	signedOut   testkit.Client
	removed     testkit.Client // was an editor of A
	revoked     testkit.Client // was a reviewer of A
	asking      testkit.Client // waits to be admitted to A
	inviteToken string
}

// house is one brand with one of everything in it.
type house struct {
	*testkit.Brand
	reviewer testkit.Reviewer
	ids      map[string]string // by path parameter
}

func newWorld(t *testing.T, e testkit.Engine, o testkit.Options) *world {
	t.Helper()
	w := &world{t: t, App: testkit.NewApp(t, e, o), brand: map[string]*house{}}
	w.db = w.Database.SQL(t)
	for _, name := range []string{"A", "B"} {
		w.brand[name] = w.newHouse(t)
	}
	a := w.brand["A"]
	_, w.inviteToken = w.Invite(t, a.Brand, M{})
	w.spare = w.staff(t, a, "spare")
	w.removed = w.staff(t, a, "removed")
	for _, m := range w.membersOf(t, a) {
		if strings.HasPrefix(m.Email, "spare") {
			w.spareMember = m.ID
		}
		if strings.HasPrefix(m.Email, "removed") {
			a.Admin.Do(t, "DELETE", a.Path+"/members/"+m.ID, nil).Want(t, 204, nil)
		}
	}
	gone := w.NewReviewer(t, a.Brand)
	a.Admin.Do(t, "DELETE", a.Path+"/members/"+gone.Member, nil).Want(t, 204, nil)
	w.revoked = gone.Client
	w.stranger = w.Named(t, "路人")
	w.sparePhone = w.Named(t, "备用手机")
	w.bound = w.Named(t, "编辑的手机")
	w.bind(t, a.Editor, w.bound)
	w.signedOut, _ = w.SignIn(t, a.AdminEmail)
	w.signedOut.Do(t, "DELETE", api.Base+"/sessions", nil).Want(t, 204, nil)
	return w
}

func (w *world) newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{Brand: w.NewBrand(t)}
	var hook api.NewWebhookOut // nobody listens there: its one delivery stays owed
	h.Admin.Do(t, "POST", h.Path+"/webhooks", M{"url": "http://127.0.0.1:1/in", "kinds": []any{"member.added", "access.requested", "access.admitted"}, "active": true}).Want(t, 200, &hook)
	h.reviewer = w.NewReviewer(t, h.Brand)
	flow := h.NewFlow(t, "外部", M{"mode": "any", "approvers": []string{h.reviewer.Member, h.AdminMember}})
	inv, token := w.Invite(t, h.Brand, M{"note": "给律师"})
	w.asking = w.Named(t, "申请人")
	var request api.RequestOut
	w.asking.Do(t, "POST", api.Base+"/person/access-requests", M{"token": token}).Want(t, 200, &request)
	cover := h.Upload(t, "审批中的封面.png", "image/png", testkit.PNG(t, 32, 18, color.White)).ID
	seen := h.Submit(t, h.NewPost(t, testkit.Article("审批中", M{"flow_id": flow, "cover_id": cover, "body_html": `<p>正文<img src="media:` + cover + `"></p>`})).ID)
	draft := h.NewPost(t, testkit.Article("草稿"))
	pair := h.NewPost(t, testkit.Article("头条"), testkit.Article("次条"))
	task := h.reviewer.Inbox(t, "waiting")[0]
	var deputy api.DeputyOut
	h.reviewer.Do(t, "POST", h.Path+"/deputies", M{"deputy_id": h.AdminMember, "from": "2030-01-01T00:00:00Z", "until": "2030-02-01T00:00:00Z"}).Want(t, 200, &deputy)
	var comment api.CommentOut
	h.reviewer.Do(t, "POST", api.Base+"/articles/"+seen.Articles[0].ID+"/comments", M{"body": "这里写错了", "revision": 1}).Want(t, 200, &comment)
	if _, err := w.Service.Webhooks.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	var owed api.List[api.DeliveryOut]
	h.Admin.Do(t, "GET", h.Path+"/webhooks/"+hook.ID+"/deliveries", nil).Want(t, 200, &owed)
	h.ids = map[string]string{
		"comment": comment.ID, "webhook": hook.ID, "delivery": owed.Items[0].ID,
		"brand": h.ID, "member": h.reviewer.Member, "invitation": inv.ID, "request": request.ID, "channel": h.Channel, "flow": flow,
		"platform": "wechat_official", "post": draft.ID, "article": draft.Articles[0].ID, "task": task.ID, "number": "1", "token": token,
		"media": h.Upload(t, "封面.png", "image/png", testkit.PNG(t, 30, 20, color.White)).ID, "upload": h.start(t, onePart(w)),
		"review": seen.Articles[0].Review.ID, "deputy": deputy.ID, "seen_post": seen.ID, "seen_article": seen.Articles[0].ID,
		"pair_post": pair.ID, "pair_lead": pair.Articles[0].ID, "pair_second": pair.Articles[1].ID,
	}
	scan := h.DouyinChannel(t, M{"posters": []any{h.EditorMember}})
	h.ids["ready_post"], h.ids["scan_post"] = h.NewVideo(t, scan, nil).ID, h.NewVideo(t, scan, nil).ID
	h.ids["scan_channel"] = scan
	h.Ticket(t, h.ids["scan_post"])
	var list api.WordListDetail
	h.Admin.Do(t, "POST", h.Path+"/word-lists", M{"name": "竞品", "words": []any{M{"word": "某某茶"}}}).Want(t, 200, &list)
	h.ids["list"] = list.ID
	h.Admin.Do(t, "POST", h.Path+"/word-lists", M{"name": "行业词"}).Want(t, 200, &list)
	h.ids["table"] = list.ID
	h.ids["message"] = testkit.NewID()
	testkit.Exec(t, w.db, `INSERT INTO outbox (id, dedup_key, topic, brand_id, payload, state, next_at, lease_owner, attempts, last_error, created_at, recipient, spent_template)
		VALUES (?, ?, 'wechat.task_opened', ?, ?, 'dead', '2026-03-02 08:00:00', '', 1, 'wechat_not_subscribed', '2026-03-02 08:00:00', 'wechat:x', '')`,
		h.ids["message"], "undelivered:"+h.ids["message"], h.ID, `{"kind":"task_opened","member":"`+h.reviewer.Member+`","subject":"`+task.ID+`"}`)
	return h
}

// onePart is a file that is uploaded in one part.
func onePart(w *world) []byte { return testkit.PNG(w.t, 20, 30, color.Black) }

// start begins an upload and answers its id.
func (h *house) start(t *testing.T, raw []byte) string {
	t.Helper()
	var m api.MediaDetail
	h.Admin.Do(t, "POST", h.Path+"/media", M{"name": "图.png", "mime": "image/png", "bytes": len(raw)}).Want(t, 200, &m)
	return m.ID
}

func (w *world) staff(t *testing.T, h *house, name string) testkit.Client {
	t.Helper()
	email := name + strings.ReplaceAll(h.ID, "-", "") + "@brand.example"
	if err := w.Service.Brands.AddStaff(t.Context(), h.ID, email, name, testkit.Password, model.RoleEditor); err != nil {
		t.Fatal(err)
	}
	c, _ := w.SignIn(t, email)
	return c
}

func (w *world) membersOf(t *testing.T, h *house) []api.MemberOut {
	t.Helper()
	var list api.List[api.MemberOut]
	h.Admin.Do(t, "GET", h.Path+"/members?limit=100", nil).Want(t, 200, &list)
	return list.Items
}

// bind joins a phone to a console account as its owner does: by scanning the picture.
func (w *world) bind(t *testing.T, user, phone testkit.Client) {
	t.Helper()
	user.Do(t, "POST", api.Base+"/me/wechat-binding", nil).Want(t, 200, nil)
	phone.Do(t, "POST", api.Base+"/person/bindings", M{"token": w.bindToken(t, user)}).Want(t, 200, nil)
}

func (w *world) bindToken(t *testing.T, user testkit.Client) string {
	t.Helper()
	return scan(t, w.App, user.Do(t, "GET", api.Base+"/me/wechat-binding/code.png", nil))
}

// scan reads a code's picture as WeChat does and answers the scene in it.
func scan(t *testing.T, a *testkit.App, picture testkit.Answer) string {
	t.Helper()
	picture.Want(t, 200, nil)
	resp, err := http.Post(a.WeChat.URL+"/sandbox/wechat/scan", "image/png", bytes.NewReader(picture.Body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	var found struct {
		Scene string `json:"scene"`
		Page  string `json:"page"`
	}
	if err == nil {
		err = json.Unmarshal(raw, &found)
	}
	if err != nil || resp.StatusCode != 200 || found.Page != testkit.EntryPage {
		t.Fatalf("scan: %v %d %s", err, resp.StatusCode, raw)
	}
	return found.Scene
}

// operation is one line of the surface as the tests know it.
type operation struct {
	route string                      // "GET /brands/{brand}"
	who   who                         // who may call it
	by    func(*world) testkit.Client // an allowed caller
	body  func(*world) M              // a good body; nil: takes none
	raw   func(*world) []byte         // a good body that is no JSON
	mime  string                      // its type; "": a file's bytes
	match bool                        // wants If-Match
	key   bool                        // wants an Idempotency-Key
	use   map[string]string           // path parameter → another id of the house
	query string
	want  int // 0: 200
}

// who may call an operation.
type who string

const (
	anyone   who = "anyone"
	users    who = "users"    // about themselves
	people   who = "people"   // about themselves
	both     who = "both"     // about themselves
	editors  who = "editors"  // of the brand in the path, admins too
	admins   who = "admins"   // of the brand in the path
	asked    who = "asked"    // the approver whose task it is
	members  who = "members"  // of the brand in the path, on either side
	absent   who = "absent"   // the member who has named a deputy, and admins
	writer   who = "writer"   // the reviewer who wrote the comment
	involved who = "involved" // staff of the article's brand and those asked about it
	poster   who = "poster"   // the editor whom the channel names, on either side
)

var (
	byAdmin    = func(w *world) testkit.Client { return w.brand["A"].Admin }
	byEditor   = func(w *world) testkit.Client { return w.brand["A"].Editor }
	bySpare    = func(w *world) testkit.Client { return w.spare }
	byPhone    = func(w *world) testkit.Client { return w.sparePhone }
	byBound    = func(w *world) testkit.Client { return w.bound }
	byReviewer = func(w *world) testkit.Client { return w.brand["A"].reviewer.Client }
	byNobody   = func(w *world) testkit.Client { return w.Nobody() }
)

var scanned = map[string]string{"post": "scan_post"}

func fixed(m M) func(*world) M { return func(*world) M { return m } }

func flowBody(w *world) M {
	return M{
		"name": "新流程", "content_types": []any{"wechat_article"}, "platforms": []any{"wechat_official"},
		"steps": []any{M{"name": "初审", "mode": "any", "approvers": []any{w.brand["A"].AdminMember}}},
	}
}

func wholeChannel(w *world, name string) M {
	return M{
		"name": name, "platform": "wechat_official", "platform_account_id": "gh_1", "ai_review": true, "archived": false, "posters": []any{w.brand["A"].EditorMember},
		"setting": M{"default_flow_id": w.brand["A"].Flow, "no_approval": false, "allow_change": true, "allow_none": true},
	}
}

func articleBody() M {
	return M{
		"title": "标题", "author": "作者", "summary": "摘要", "original_url": "https://site.example/",
		"body_html": "<p>正文</p>",
	}
}

// operations is the whole API in an order in which each can be done once: every route
// must be in it, and nothing else.
var operations = []operation{
	{route: "POST /sessions", who: anyone, by: byNobody, body: func(w *world) M { return M{"email": w.brand["A"].EditorEmail, "password": testkit.Password} }},
	{route: "GET /me", who: users, by: byEditor},
	{route: "POST /me/wechat-binding", who: users, by: bySpare, key: true},
	{route: "GET /me/wechat-binding", who: users, by: bySpare},
	{route: "GET /me/wechat-binding/code.png", who: users, by: bySpare},
	{route: "POST /wechat/login", who: anyone, by: byNobody, body: func(w *world) M { return M{"code": w.Sandbox.LoginCode("")} }},
	{route: "GET /person", who: people, by: byReviewer},
	{route: "PATCH /person", who: people, by: byPhone, body: fixed(M{"nickname": "新昵称", "language": "en"})},
	{route: "PATCH /me", who: users, by: bySpare, body: fixed(M{"email_notices": false})},
	{route: "POST /person/subscriptions", who: people, by: byPhone, key: true, body: fixed(M{"results": []any{M{"template_id": testkit.Template, "result": "accept"}}})},
	{route: "GET /person/subscriptions", who: people, by: byPhone},
	{route: "GET /scenes/{token}", who: people, by: byPhone},
	{route: "POST /person/access-requests", who: people, by: byPhone, key: true, body: func(w *world) M { return M{"token": w.inviteToken} }},
	{route: "GET /person/access-requests", who: people, by: byPhone},
	{route: "POST /person/bindings", who: people, by: byPhone, key: true, body: func(w *world) M { return M{"token": w.pendingBinding()} }},
	{route: "GET /inbox", who: both, by: byReviewer},
	{route: "GET /tasks/{task}", who: asked, by: byReviewer},
	{route: "GET /articles/{article}/revisions/{number}", who: involved, by: byReviewer, use: map[string]string{"article": "seen_article"}},
	{route: "GET /articles/{article}/revisions/{number}/ai-report", who: involved, by: byReviewer, use: map[string]string{"article": "seen_article"}},
	{route: "POST /tasks/{task}/seen", who: asked, by: byReviewer, body: fixed(M{"revision": 1})},
	{route: "GET /articles/{article}/revisions", who: involved, by: byReviewer, use: map[string]string{"article": "seen_article"}},
	{route: "GET /articles/{article}/revisions/{number}/diff", who: involved, by: byReviewer, use: map[string]string{"article": "seen_article"}, query: "?against=1"},
	{route: "GET /articles/{article}/comments", who: involved, by: byReviewer, use: map[string]string{"article": "seen_article"}},
	{route: "POST /articles/{article}/comments", who: involved, by: byReviewer, key: true, use: map[string]string{"article": "seen_article"}, body: func(w *world) M {
		return M{
			"body": "请再看看", "reply_to": w.brand["A"].ids["comment"], "visibility": "shared", "revision": 1,
			"anchor": M{"kind": "paragraph", "block": 0, "quote": "", "media_id": "", "second": 0},
		}
	}},
	{route: "PATCH /comments/{comment}", who: writer, by: byReviewer, match: true, body: fixed(M{"body": "这里写错了一个字"})},
	{route: "POST /comments/{comment}/resolve", who: involved, by: byReviewer, key: true},
	{route: "POST /comments/{comment}/reopen", who: involved, by: byReviewer, key: true},
	{route: "DELETE /comments/{comment}", who: writer, by: byReviewer, want: 204},
	{route: "GET /brands/{brand}", who: editors, by: byEditor},
	{route: "PATCH /brands/{brand}", who: admins, by: byAdmin, match: true, body: fixed(M{"name": "新名", "public_name": "公开名", "time_zone": "Asia/Shanghai", "self_approval": false, "lead_minutes": 15, "named_posters": false, "blocking_rules": []any{"ad-law.superlative"}})},
	{route: "GET /brands/{brand}/ai-rules", who: editors, by: byEditor},
	{route: "POST /brands/{brand}/word-lists", who: admins, by: byAdmin, key: true, body: fixed(M{"name": "禁用", "severity": "error", "enabled": true, "words": []any{M{"word": "别家", "severity": "info", "suggestion": "同类"}}})},
	{route: "GET /brands/{brand}/word-lists", who: admins, by: byAdmin},
	{route: "GET /brands/{brand}/word-lists/{list}", who: admins, by: byAdmin},
	{route: "GET /brands/{brand}/word-lists/{list}/words.csv", who: admins, by: byAdmin},
	{route: "PUT /brands/{brand}/word-lists/{list}", who: admins, by: byAdmin, match: true, body: fixed(M{"name": "竞品名", "severity": "warn", "enabled": true, "words": []any{M{"word": "某某茶", "severity": "error", "suggestion": "茶"}}})},
	{route: "PUT /brands/{brand}/word-lists/{list}/words.csv", who: admins, by: byAdmin, match: true, mime: "text/csv", use: map[string]string{"list": "table"}, raw: func(*world) []byte { return []byte("word,severity,suggestion\r\n甲,,\r\n") }},
	{route: "DELETE /brands/{brand}/word-lists/{list}", who: admins, by: byAdmin, want: 204},
	{route: "GET /brands/{brand}/events", who: editors, by: byEditor},
	{route: "POST /brands/{brand}/webhooks", who: admins, by: byAdmin, key: true, body: fixed(M{"url": "https://hooks.example.com/in", "description": "工单系统", "kinds": []any{"task.approved"}, "active": true})},
	{route: "GET /brands/{brand}/webhooks", who: admins, by: byAdmin},
	{route: "GET /brands/{brand}/webhooks/{webhook}", who: admins, by: byAdmin},
	{route: "PUT /brands/{brand}/webhooks/{webhook}", who: admins, by: byAdmin, match: true, body: fixed(M{"url": "http://127.0.0.1:1/in", "description": "改过", "kinds": []any{"member.added"}, "active": true})},
	{route: "GET /brands/{brand}/webhooks/{webhook}/deliveries", who: admins, by: byAdmin},
	{route: "POST /brands/{brand}/webhooks/{webhook}/deliveries/{delivery}/retry", who: admins, by: byAdmin, key: true},
	{route: "POST /brands/{brand}/webhooks/{webhook}/replay", who: admins, by: byAdmin, key: true, body: fixed(M{"after": 0})},
	{route: "POST /brands/{brand}/webhooks/{webhook}/rotate", who: admins, by: byAdmin, key: true},
	{route: "POST /brands/{brand}/webhooks/{webhook}/test", who: admins, by: byAdmin},
	{route: "DELETE /brands/{brand}/webhooks/{webhook}", who: admins, by: byAdmin, want: 204},
	{route: "GET /brands/{brand}/members", who: editors, by: byEditor},
	{route: "POST /brands/{brand}/members", who: admins, by: byAdmin, key: true, body: func(w *world) M { return M{"email": w.brand["B"].EditorEmail, "role": "editor"} }},
	{route: "PATCH /brands/{brand}/members/{member}", who: admins, by: byAdmin, match: true, body: fixed(M{"role": "reviewer", "alias": "王律师"})},
	{route: "POST /brands/{brand}/invitations", who: admins, by: byAdmin, key: true, body: fixed(M{"note": "给法务", "expires_in_hours": 24, "max_uses": 3})},
	{route: "GET /brands/{brand}/invitations", who: admins, by: byAdmin},
	{route: "GET /brands/{brand}/invitations/{invitation}", who: admins, by: byAdmin},
	{route: "GET /brands/{brand}/invitations/{invitation}/code.png", who: admins, by: byAdmin},
	{route: "GET /brands/{brand}/invitations/{invitation}/link.png", who: admins, by: byAdmin},
	{route: "DELETE /brands/{brand}/invitations/{invitation}", who: admins, by: byAdmin, want: 204},
	{route: "GET /brands/{brand}/access-requests", who: admins, by: byAdmin},
	{route: "POST /brands/{brand}/access-requests/{request}/refuse", who: admins, by: byAdmin, key: true, body: fixed(M{"reason": "不认识"})},
	{route: "POST /brands/{brand}/access-requests/{request}/unblock", who: admins, by: byAdmin, key: true},
	{route: "POST /brands/{brand}/access-requests/{request}/admit", who: admins, by: byAdmin, key: true, body: fixed(M{"alias": "李律师"}), want: 409},
	{route: "GET /brands/{brand}/undelivered", who: admins, by: byAdmin},
	{route: "POST /brands/{brand}/undelivered/{message}/retry", who: admins, by: byAdmin, key: true},
	{route: "POST /brands/{brand}/channels", who: admins, by: byAdmin, key: true, body: func(w *world) M { return wholeChannel(w, "订阅号") }},
	{route: "GET /brands/{brand}/channels", who: editors, by: byEditor},
	{route: "GET /brands/{brand}/channels/{channel}", who: editors, by: byEditor},
	{route: "PUT /brands/{brand}/channels/{channel}", who: admins, by: byAdmin, match: true, body: func(w *world) M { return wholeChannel(w, "改名") }},
	{route: "POST /brands/{brand}/flows", who: admins, by: byAdmin, key: true, body: flowBody},
	{route: "GET /brands/{brand}/flows", who: editors, by: byEditor},
	{route: "GET /brands/{brand}/flows/{flow}", who: editors, by: byEditor},
	{route: "PUT /brands/{brand}/flows/{flow}", who: admins, by: byAdmin, match: true, body: func(w *world) M { m := flowBody(w); m["name"] = "改过"; return m }},
	{route: "GET /brands/{brand}/flows/{flow}/versions", who: editors, by: byEditor},
	{route: "GET /brands/{brand}/flows/{flow}/versions/{number}", who: editors, by: byEditor},
	{route: "POST /brands/{brand}/flows/{flow}/duplicate", who: admins, by: byAdmin, key: true, body: fixed(M{"name": "副本"})},
	{route: "GET /brands/{brand}/platform-settings", who: editors, by: byEditor},
	{route: "PUT /brands/{brand}/platform-settings/{platform}", who: admins, by: byAdmin, match: true, body: func(w *world) M {
		return M{"default_flow_id": w.brand["A"].Flow, "no_approval": false, "allow_change": true, "allow_none": true}
	}},
	{route: "GET /brands/{brand}/audit", who: admins, by: byAdmin},
	{route: "GET /brands/{brand}/audit.csv", who: admins, by: byAdmin},
	{route: "GET /brands/{brand}/audit.jsonl", who: admins, by: byAdmin},
	{route: "POST /brands/{brand}/media", who: editors, by: byEditor, key: true, body: fixed(M{"name": "封面.png", "mime": "image/png", "bytes": 1000, "sha256": strings.Repeat("0a", 32)})},
	{route: "GET /brands/{brand}/media", who: editors, by: byEditor},
	{route: "GET /brands/{brand}/media/{media}", who: editors, by: byEditor},
	{route: "PUT /brands/{brand}/media/{media}/parts/{number}", who: editors, by: byEditor, raw: onePart, use: map[string]string{"media": "upload"}},
	{route: "POST /brands/{brand}/media/{media}/complete", who: editors, by: byEditor, use: map[string]string{"media": "upload"}},
	{route: "DELETE /brands/{brand}/media/{media}", who: editors, by: byEditor, want: 204},
	{route: "POST /articles/{article}/ai-report", who: editors, by: byEditor, key: true},
	{route: "POST /brands/{brand}/posts", who: editors, by: byEditor, key: true, body: func(w *world) M {
		a := articleBody()
		a["flow_id"], a["no_approval"] = w.brand["A"].Flow, false
		return M{"channel_id": w.brand["A"].Channel, "content_type": "wechat_article", "scheduled_at": "2026-04-01T10:00:00+08:00", "articles": []any{a}}
	}},
	{route: "GET /brands/{brand}/posts", who: editors, by: byEditor},
	{route: "GET /brands/{brand}/calendar", who: editors, by: byEditor, query: "?month=2026-04"},
	{route: "GET /brands/{brand}/overview", who: editors, by: byEditor},
	{route: "GET /brands/{brand}/posts/{post}", who: editors, by: byEditor},
	{route: "GET /brands/{brand}/posts/{post}/reach", who: editors, by: byEditor},
	{route: "GET /brands/{brand}/posts/{post}/code.png", who: editors, by: byEditor},
	{route: "POST /brands/{brand}/posts/{post}/duplicate", who: editors, by: byEditor, key: true, body: fixed(M{"scheduled_at": "2026-05-01T10:00:00Z"})},
	{route: "PATCH /brands/{brand}/posts/{post}", who: editors, by: byEditor, match: true, body: fixed(M{"scheduled_at": "2026-05-01T10:00:00Z"})},
	{route: "PUT /brands/{brand}/posts/{post}/articles", who: editors, by: byEditor, match: true, use: map[string]string{"post": "pair_post"}, body: func(w *world) M {
		return M{"order": []any{w.brand["A"].ids["pair_second"], w.brand["A"].ids["pair_lead"]}}
	}},
	{route: "DELETE /brands/{brand}/posts/{post}/articles/{article}", who: editors, by: byEditor, use: map[string]string{"post": "pair_post", "article": "pair_second"}, want: 204},
	{route: "POST /brands/{brand}/posts/{post}/articles", who: editors, by: byEditor, key: true, use: map[string]string{"post": "pair_post"}, body: func(w *world) M {
		a := articleBody()
		a["flow_id"], a["no_approval"] = w.brand["A"].Flow, false
		return a
	}},
	{route: "PUT /brands/{brand}/posts/{post}/articles/{article}", who: editors, by: byEditor, match: true, body: func(w *world) M {
		a := articleBody()
		a["flow_id"], a["no_approval"] = w.brand["A"].Flow, false
		return a
	}},
	{route: "POST /brands/{brand}/posts/{post}/articles/{article}/flow", who: editors, by: byEditor, key: true, body: func(w *world) M { m := flowBody(w); m["name"] = "为这篇"; return m }},
	{route: "POST /brands/{brand}/posts/{post}/submit", who: editors, by: byEditor, key: true, body: func(w *world) M {
		return M{"articles": []any{M{"id": w.brand["A"].ids["article"], "flow_id": w.brand["A"].Flow, "no_approval": false}}}
	}},
	{route: "POST /brands/{brand}/posts/{post}/withdraw", who: editors, by: byEditor, key: true},
	{route: "POST /brands/{brand}/posts/{post}/urge", who: editors, by: byEditor, key: true, use: map[string]string{"post": "seen_post"}},
	{route: "GET /brands/{brand}/blocked-steps", who: editors, by: byEditor},
	{route: "GET /inbox/brands", who: both, by: byReviewer},
	{route: "GET /tasks/{task}/timeline", who: asked, by: byReviewer},
	{route: "GET /brands/{brand}/posts/{post}/timeline", who: editors, by: byEditor},
	{route: "GET /tasks/{task}/transfer-candidates", who: asked, by: byReviewer},
	{route: "POST /tasks/{task}/transfer", who: asked, by: byReviewer, key: true, want: 204, body: func(w *world) M {
		return M{"to": w.spareMember, "reason": "请代我看"}
	}},
	{route: "POST /brands/{brand}/reviews/{review}/steps/{number}/replacement", who: admins, by: byAdmin, key: true, body: func(w *world) M {
		return M{"member_id": w.spareMember, "replacement_id": w.brand["A"].reviewer.Member}
	}},
	{route: "POST /tasks/{task}/decision", who: asked, by: byReviewer, key: true, body: func(w *world) M {
		return M{"action": "reject", "digest": w.digest(), "reason": "有错字", "keep_flow": true}
	}},
	{route: "POST /tasks/{task}/undo", who: asked, by: byReviewer, key: true},
	{route: "POST /inbox/decisions", who: both, by: byReviewer, key: true, body: func(w *world) M {
		return M{"decisions": []any{M{"task_id": w.brand["A"].ids["task"], "action": "reject", "digest": w.digest(), "reason": "有错字", "keep_flow": true}}}
	}},
	{route: "POST /brands/{brand}/deputies", who: members, by: byReviewer, key: true, body: func(w *world) M {
		return M{"deputy_id": w.brand["A"].AdminMember, "from": "2031-01-01T00:00:00+08:00", "until": "2031-01-02T00:00:00+08:00"}
	}},
	{route: "GET /brands/{brand}/deputies", who: members, by: byReviewer},
	{route: "DELETE /brands/{brand}/deputies/{deputy}", who: absent, by: byReviewer, want: 204},
	{route: "POST /brands/{brand}/posts/{post}/ticket", who: editors, by: byEditor, key: true, use: map[string]string{"post": "ready_post"}},
	{route: "GET /brands/{brand}/posts/{post}/ticket", who: editors, by: byEditor, use: scanned},
	{route: "POST /brands/{brand}/posts/{post}/ticket/early", who: editors, by: byEditor, key: true, use: scanned, body: fixed(M{"reason": "提前彩排"})},
	{route: "GET /brands/{brand}/posts/{post}/ticket/pass", who: poster, by: byEditor, use: scanned},
	{route: "GET /brands/{brand}/posts/{post}/ticket/pass.png", who: poster, by: byEditor, use: scanned},
	{route: "GET /brands/{brand}/posts/{post}/openings", who: editors, by: byEditor, use: scanned},
	{route: "GET /to-publish", who: both, by: byEditor},
	{route: "POST /brands/{brand}/posts/{post}/not-published", who: editors, by: byEditor, key: true, use: scanned, want: 409},
	{route: "DELETE /brands/{brand}/posts/{post}/ticket", who: editors, by: byEditor, use: scanned, want: 204},
	{route: "POST /brands/{brand}/posts/{post}/publication", who: editors, by: byEditor, key: true, use: scanned, body: fixed(M{"url": "https://www.douyin.com/video/1"})},
	{route: "DELETE /brands/{brand}/posts/{post}", who: editors, by: byEditor, want: 204},
	{route: "DELETE /brands/{brand}/flows/{flow}", who: admins, by: byAdmin},
	{route: "DELETE /brands/{brand}/members/{member}", who: admins, by: byAdmin, want: 204},
	{route: "DELETE /me/wechat-binding", who: users, by: bySpare, want: 204},
	{route: "DELETE /person/bindings", who: people, by: byBound, want: 204},
	{route: "PUT /me/password", who: users, by: bySpare, body: fixed(M{"current_password": testkit.Password, "new_password": "another long password"}), want: 204},
	{route: "DELETE /sessions", who: users, by: bySpare, want: 204},
}

// pendingBinding is the token in the spare editor's code, if one waits.
func (w *world) pendingBinding() string {
	got := w.spare.Do(w.t, "GET", api.Base+"/me/wechat-binding/code.png", nil)
	if got.Status != http.StatusOK {
		return "b.AAAAAAAAAAAAAAAAAAAAAA"
	}
	return scan(w.t, w.App, got)
}

func (w *world) digest() string {
	var d string
	err := w.db.QueryRow("SELECT digest FROM articles WHERE id = '" + w.brand["A"].ids["seen_article"] + "'").Scan(&d)
	if err != nil {
		return err.Error()
	}
	return d
}

func (o operation) method() string { m, _, _ := strings.Cut(o.route, " "); return m }

// path fills the route's parameters by name.
func (o operation) path(id func(param string) string) string {
	_, p, _ := strings.Cut(o.route, " ")
	for _, name := range o.params() {
		p = strings.ReplaceAll(p, "{"+name+"}", id(name))
	}
	return api.Base + p + o.query
}

func (o operation) params() (names []string) {
	for part := range strings.SplitSeq(o.route, "{") {
		if name, _, ok := strings.Cut(part, "}"); ok {
			names = append(names, name)
		}
	}
	return names
}

// idsOf takes the parameters from a house.
func (o operation) idsOf(h *house) func(string) string {
	return func(name string) string {
		if other := o.use[name]; other != "" {
			name = other
		}
		return h.ids[name]
	}
}

// headers are what a right call of the operation carries.
func (o operation) headers() []string {
	h := []string{"If-Match", `"1"`}
	if !o.match {
		h[1] = ""
	}
	if !o.key {
		h = append(h, "Idempotency-Key", "")
	}
	if o.raw != nil {
		h = append(h, "Content-Type", cmp.Or(o.mime, "application/octet-stream"))
	}
	return h
}

func (o operation) payload(w *world) any {
	switch {
	case o.raw != nil:
		return o.raw(w)
	case o.body == nil:
		return nil
	}
	return o.body(w)
}

// call does the operation rightly, on house A.
func (o operation) call(t *testing.T, w *world, c testkit.Client) testkit.Answer {
	t.Helper()
	return c.Do(t, o.method(), o.path(o.idsOf(w.brand["A"])), o.payload(w), o.headers()...)
}

func (o operation) status() int {
	if o.want == 0 {
		return 200
	}
	return o.want
}

func randomID(string) string { return uuid.NewString() }

// problem reads a refusal; it must be whole.
func problem(t *testing.T, got testkit.Answer) api.Problem {
	t.Helper()
	var p api.Problem
	kind, known := model.Kind(0), false
	err := json.Unmarshal(got.Body, &p)
	if err == nil {
		kind, known = model.Codes()[p.Code]
	}
	switch {
	case err != nil:
		t.Fatalf("%d is no problem: %v: %.300s", got.Status, err, got.Body)
	case got.Header.Get("Content-Type") != "application/problem+json":
		t.Errorf("content type %q", got.Header.Get("Content-Type"))
	case !known || api.StatusOf(kind) != got.Status || p.Status != got.Status:
		t.Errorf("code %q does not go with status %d: %.300s", p.Code, got.Status, got.Body)
	case p.Title == "" || p.Detail == "" || p.Type != "/api/docs/errors#"+string(p.Code):
		t.Errorf("not a whole problem: %s", got.Body)
	case p.RequestID == "" || p.RequestID != got.Header.Get("X-Request-Id"):
		t.Errorf("request id %q, header %q", p.RequestID, got.Header.Get("X-Request-Id"))
	}
	for _, f := range p.Errors {
		if f.Path == "" || f.Reason == "" || f.Message == "" {
			t.Errorf("a field without a word on it: %+v", f)
		}
	}
	return p
}

// same is an answer without what differs from call to call.
func same(t *testing.T, got testkit.Answer) string {
	t.Helper()
	p := problem(t, got)
	h := got.Header.Clone()
	h.Del("X-Request-Id")
	h.Del("Date")
	return fmt.Sprintf("%d %v %s", got.Status, h, strings.ReplaceAll(string(got.Body), p.RequestID, ""))
}
