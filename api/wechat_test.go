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

func plainHTTP(o *api.Options, s *service.Settings) {
	o.PublicURL, s.PublicURL = "http://localhost:8080", "http://localhost:8080"
}

// TestWeChatLogin: every way in which a login fails has its status, its code and, when
// it passes, its pause; nobody is created.
func TestWeChatLogin(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		var logs lockedBuffer
		a := testkit.NewApp(t, e, testkit.Options{Logs: &logs})
		db := a.Database.SQL(t)
		used := a.Sandbox.LoginCode("")
		a.Nobody().Do(t, "POST", api.Base+"/wechat/login", M{"code": used}).Want(t, 200, nil)
		before := a.Database.Rows(t, db)
		for _, tc := range []struct {
			name   string
			fault  sandbox.Fault
			code   string
			status int
			want   model.Code
		}{
			{"used", sandbox.Fault{}, used, 422, model.CodeWeChatCodeUsed},
			{"unknown", sandbox.Fault{}, "0unknownunknownunknown", 422, model.CodeWeChatCodeUsed},
			{"malformed", sandbox.Fault{}, "a code&secret=x", 400, model.CodeInvalid},
			{"empty", sandbox.Fault{}, "", 400, model.CodeInvalid},
			{"-1", sandbox.Fault{ErrCode: -1}, "", 503, model.CodeWeChatBusy},
			{"45011", sandbox.Fault{ErrCode: 45011}, "", 503, model.CodeWeChatBusy},
			{"45009", sandbox.Fault{ErrCode: 45009}, "", 503, model.CodeWeChatQuota},
			{"40226", sandbox.Fault{ErrCode: 40226}, "", 403, model.CodeWeChatRiskUser},
			{"40029", sandbox.Fault{ErrCode: 40029}, "", 422, model.CodeWeChatCodeUsed},
			{"40013", sandbox.Fault{ErrCode: 40013}, "", 502, model.CodeWeChatConfig},
			{"an unheard code", sandbox.Fault{ErrCode: 99999, ErrMsg: "planted-errmsg"}, "", 502, model.CodeWeChatRefused},
			{"timeout", sandbox.Fault{DelayMS: 10_000}, "", 503, model.CodeWeChatBusy},
			{"HTML", sandbox.Fault{HTML: true}, "", 503, model.CodeWeChatBusy},
			{"an empty answer", sandbox.Fault{Empty: true}, "", 503, model.CodeWeChatBusy},
			{"{}", sandbox.Fault{Mode: sandbox.ModeBare}, "", 503, model.CodeWeChatBusy},
			{"502", sandbox.Fault{HTTPStatus: 502}, "", 503, model.CodeWeChatBusy},
			{"half an answer", sandbox.Fault{Truncate: true}, "", 503, model.CodeWeChatBusy},
			{"a cut line", sandbox.Fault{DropAfterActing: true}, "", 503, model.CodeWeChatBusy},
		} {
			code := tc.code
			if tc.fault != (sandbox.Fault{}) {
				tc.fault.Path = "/sns/jscode2session"
				a.Sandbox.Fault(tc.fault)
				code = a.Sandbox.LoginCode("")
			}
			got := a.Nobody().Do(t, "POST", api.Base+"/wechat/login", M{"code": code})
			p := problem(t, got)
			if got.Status != tc.status || p.Code != tc.want || tc.status == 503 && got.Header.Get("Retry-After") == "" {
				t.Errorf("%s: %d %s Retry-After %q", tc.name, got.Status, p.Code, got.Header.Get("Retry-After"))
			}
			for _, secret := range []string{testkit.AppSecret, code, "sandbox-session-key", "planted-errmsg", "api.weixin"} {
				if secret != "" && secret != tc.code && strings.Contains(string(got.Body), secret) {
					t.Errorf("%s: the answer tells %q", tc.name, secret)
				}
			}
			if code != "" && strings.Contains(logs.String(), code) || strings.Contains(logs.String(), testkit.AppSecret) {
				t.Errorf("%s: the log tells a secret", tc.name)
			}
		}
		for table, rows := range a.Database.Rows(t, db) {
			if before[table] != rows {
				t.Errorf("failed logins wrote %s", table)
			}
		}
	})
}

// TestPictureWithoutWeChat: when WeChat cannot draw, the code says so and is drawn later.
func TestPictureWithoutWeChat(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b := a.NewBrand(t)
	inv, token := a.Invite(t, b, M{})
	for _, path := range []string{b.Path + "/invitations/" + inv.ID + "/code.png", "/i/" + token + "/code.png"} {
		a.Sandbox.Fault(sandbox.Fault{Path: "/wxa/getwxacodeunlimit", HTML: true})
		if p := problem(t, b.Admin.Do(t, "GET", path, nil)); p.Code != model.CodeWeChatBusy {
			t.Error(path, p.Code)
		}
	}
	if got := scan(t, a, b.Admin.Do(t, "GET", inv.CodeURL, nil)); got != token {
		t.Error("scene", got)
	}
	a.Sandbox.Fault(sandbox.Fault{Path: "/wxa/generate_urllink", ErrCode: 45009})
	got := a.Nobody().Do(t, "POST", "/i/"+token+"/link", nil, "Accept-Language", "zh-CN")
	if got.Status != http.StatusServiceUnavailable || !strings.Contains(string(got.Body), "<main>") || got.Header.Get("Location") != "" {
		t.Errorf("no link: %d %.200s", got.Status, got.Body)
	}
	// what happened, what to do, and the id that the visitor may be asked to tell
	text, page := model.TextOf(model.LangZh, model.CodeWeChatQuota, nil), string(got.Body)
	if id := got.Header.Get("X-Request-Id"); !strings.Contains(page, "<strong>"+text.Title+"</strong>") || !strings.Contains(page, text.Detail) || id == "" || !strings.Contains(page, id) {
		t.Errorf("no link: %s", page)
	}
}
