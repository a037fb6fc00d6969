package api_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
	"countersign/service"
)

type settings = service.Settings

// TestNoSecretLeaks walks every line of the surface rightly and wrongly, with WeChat at
// fault in between, and looks for every secret in all logs, all answers and the whole
// database. A token may stand only in the answer that hands it out.
func TestNoSecretLeaks(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		var logs lockedBuffer
		w := newWorld(t, e, testkit.Options{Logs: &logs})
		a := w.brand["A"]
		var answers strings.Builder
		see := func(o operation, got testkit.Answer) {
			body := string(got.Body)
			for _, token := range handedOut(o, w) {
				body = strings.ReplaceAll(body, token, "")
			}
			if o.route == "POST /wechat/login" {
				body = ""
			}
			answers.WriteString(o.route + " " + body + "\n")
		}
		var codes []string
		for _, o := range operations {
			for _, p := range w.principals() {
				if o.who != anyone && o.verdict(p) != "" {
					see(o, o.call(t, w, p.as))
				}
			}
			for _, path := range []string{"/sns/jscode2session", "/wxa/getwxacodeunlimit", "/wxa/msg_sec_check"} {
				a.faulty(t, w, path)
			}
			see(o, o.call(t, w, o.by(w)))
		}
		for _, f := range []sandbox.Fault{{ErrCode: 40013}, {HTML: true}, {Truncate: true}, {}} {
			f.Path = "/sns/jscode2session"
			w.Sandbox.Fault(f)
			code := w.Sandbox.LoginCode("")
			codes = append(codes, code)
			got := w.Nobody().Do(t, "POST", api.Base+"/wechat/login", M{"code": code})
			if got.Status != http.StatusOK {
				answers.Write(got.Body)
			}
		}
		answers.WriteString(a.scanned(t, w))
		w.Drain(t.Context(), t)
		dump := w.Database.Dump(t, w.db)
		secrets := map[string]string{
			"the app secret": testkit.AppSecret, "a password": testkit.Password, "the new password": "another long password", "a session key": "sandbox-session-key",
			"a cookie": a.Admin.Cookie, "another cookie": w.spare.Cookie, "a bearer token": a.reviewer.Bearer, "another bearer": w.stranger.Bearer,
			"an invitation's token": w.inviteToken, "a second one": a.ids["token"],
		}
		secrets["Douyin's secret"] = testkit.ClientSecret
		if keys := w.Douyin.Keys(); len(keys) < 2 {
			t.Error("Douyin gave no token and no ticket:", keys)
		}
		for _, key := range w.Douyin.Keys() {
			secrets["a token or ticket of Douyin's "+key[:6]] = key
		}
		for i, c := range codes {
			secrets["js_code "+string(rune('0'+i))] = c
		}
		for what, s := range secrets {
			for where, text := range map[string]string{"the logs": logs.String(), "an answer": answers.String(), "the database": dump} {
				if i := strings.Index(text, s); i >= 0 {
					t.Errorf("%s holds %s: …%s", where, what, text[max(0, i-120):min(len(text), i+60)])
				}
			}
		}
		for _, line := range openIDs(t, w) { // the database must know them; nobody else
			if strings.Contains(logs.String(), line) || strings.Contains(answers.String(), line) {
				t.Errorf("an openid is told: %s", line)
			}
		}
		if !strings.Contains(logs.String(), `"route":"/api/v1/tasks/:task/decision"`) || len(answers.String()) < 10_000 {
			t.Error("the logs or the answers were not looked at")
		}
	})
}

// handedOut are the tokens that an operation may answer.
func handedOut(o operation, w *world) []string {
	if strings.Contains(o.route, "/invitations") && o.who == admins {
		return []string{w.inviteToken, w.brand["A"].ids["token"]}
	}
	return nil
}

// scanned has a phone scan a code, rightly and with Douyin at fault, and answers what it
// was told.
func (h *house) scanned(t *testing.T, w *world) (told string) {
	t.Helper()
	page := strings.TrimPrefix(h.Ticket(t, h.NewVideo(t, h.ids["scan_channel"], nil).ID).URL, "https://countersign.test")
	for _, path := range []string{"", "/share-id/", "/open/getticket/", "/oauth/client_token/"} {
		if path != "" {
			w.Douyin.Fault(sandbox.Fault{Path: path, HTML: true, Times: 1})
		}
		got := w.Nobody().Do(t, "POST", page+"/open", M{"device": strings.Repeat("d", 22), "take_over": false, "way": "douyin"})
		if path == "" {
			got.Want(t, 200, nil)
		}
		told += string(got.Body)
	}
	return told
}

// faulty lets one call of an endpoint of WeChat's fail before anybody asks for it.
func (h *house) faulty(t *testing.T, w *world, path string) {
	t.Helper()
	w.Sandbox.Fault(sandbox.Fault{Path: path, HTML: true})
	switch path {
	case "/sns/jscode2session":
		problem(t, w.Nobody().Do(t, "POST", api.Base+"/wechat/login", M{"code": w.Sandbox.LoginCode("")}))
	case "/wxa/getwxacodeunlimit":
		post := h.NewPost(t, testkit.Article("码"))
		if p := problem(t, h.Editor.Do(t, "GET", h.Path+"/posts/"+post.ID+"/code.png", nil)); p.Code != model.CodeWeChatBusy {
			t.Error(p.Code)
		}
	default: // the text check: a name is kept without it
		w.stranger.Do(t, "PATCH", api.Base+"/person", M{"nickname": "路人"}).Want(t, 200, nil)
	}
}

func openIDs(t *testing.T, w *world) (list []string) {
	t.Helper()
	rows, err := w.db.Query("SELECT open_id FROM persons")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		list = append(list, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
