package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// TestTokensHaveOnePurpose crosses every type of token with every place that takes one:
// the wrong type answers as an unknown one does.
func TestTokensHaveOnePurpose(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		w := newWorld(t, e, testkit.Options{})
		a := w.brand["A"]
		w.spare.Do(t, "POST", api.Base+"/me/wechat-binding", nil).Want(t, 200, nil)
		tokens := map[string]string{
			"invitation": w.inviteToken, "binding": w.bindToken(t, w.spare),
			"post":      scan(t, w.App, a.Editor.Do(t, "GET", a.Path+"/posts/"+a.ids["post"]+"/code.png", nil)),
			"a session": a.reviewer.Bearer, "a cookie": a.Admin.Cookie, "an id": a.ID, "odd": "i.!!", "long": strings.Repeat("i", 64), "swapped": "p." + w.inviteToken[2:],
		}
		places := map[string]func(token string) testkit.Answer{
			"invitation": func(x string) testkit.Answer {
				return w.stranger.Do(t, "POST", api.Base+"/person/access-requests", M{"token": x})
			},
			"binding": func(x string) testkit.Answer {
				return w.stranger.Do(t, "POST", api.Base+"/person/bindings", M{"token": x})
			},
		}
		before := w.Database.Rows(t, w.db)
		for place, call := range places {
			unknown := same(t, call("i.AAAAAAAAAAAAAAAAAAAAAA"))
			if !strings.Contains(unknown, string(model.CodeSceneEnded)) {
				t.Error(unknown)
			}
			for name, token := range tokens {
				if name != place {
					if got := same(t, call(token)); got != unknown {
						t.Errorf("%s at %s: %s", name, place, cmp.Diff(unknown, got))
					}
				}
			}
		}
		page := w.Nobody().Do(t, "GET", "/i/i.AAAAAAAAAAAAAAAAAAAAAA", nil).Want(t, 404, nil)
		scene := same(t, w.stranger.Do(t, "GET", api.Base+"/scenes/i.AAAAAAAAAAAAAAAAAAAAAA", nil))
		for name, token := range tokens {
			if name == "invitation" {
				continue
			}
			if name == "post" { // its page opens the mini-program, and tells a stranger the brand's public name
				if got := w.Nobody().Do(t, "GET", "/i/"+token, nil).Want(t, 200, nil); strings.Contains(string(got.Body), "草稿") || strings.Contains(string(got.Body), "审批中") {
					t.Errorf("a post's page shows its title: %s", got.Body)
				}
				continue
			}
			if got := w.Nobody().Do(t, "GET", "/i/"+token, nil); got.Status != 404 || !bytes.Equal(got.Body, page.Body) {
				t.Errorf("%s on the page: %d", name, got.Status)
			}
			if got := w.Nobody().Do(t, "POST", "/i/"+token+"/link", nil); got.Status != 404 || !bytes.Equal(got.Body, page.Body) {
				t.Errorf("%s at the link: %d", name, got.Status)
			}
			w.Nobody().Do(t, "GET", "/i/"+token+"/code.png", nil).Refused(t, 404, model.CodeSceneEnded)
			if name == "binding" || name == "post" || strings.Contains(token, "!") {
				continue
			}
			if got := same(t, w.stranger.Do(t, "GET", api.Base+"/scenes/"+token, nil)); got != scene {
				t.Errorf("%s as a scene: %s", name, cmp.Diff(scene, got))
			}
		}
		if diff := cmp.Diff(before, w.Database.Rows(t, w.db)); diff != "" {
			t.Error(diff)
		}
		if got := w.stranger.Do(t, "GET", api.Base+"/scenes/"+tokens["post"], nil).Want(t, 200, nil); strings.Contains(string(got.Body), "草稿") {
			t.Errorf("a stranger sees the post: %s", got.Body)
		}
	})
}

// TestEndedTokensLookAlike: expired, revoked and used up answer as unknown ones do.
func TestEndedTokensLookAlike(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		_, expired := a.Invite(t, b, M{"expires_in_hours": 1})
		revokedInv, revoked := a.Invite(t, b, M{})
		_, usedUp := a.Invite(t, b, M{"max_uses": 1})
		a.Named(t, "第一位").Do(t, "POST", api.Base+"/person/access-requests", M{"token": usedUp}).Want(t, 200, nil)
		stranger := a.Named(t, "第二位")
		for _, token := range []string{expired, revoked} { // looked at before: what is cached ends too
			stranger.Do(t, "GET", api.Base+"/scenes/"+token, nil).Want(t, 200, nil)
			a.Nobody().Do(t, "GET", "/i/"+token+"/code.png", nil).Want(t, 200, nil)
		}
		b.Admin.Do(t, "DELETE", b.Path+"/invitations/"+revokedInv.ID, nil).Want(t, 204, nil)
		a.Clock.Add(61 * time.Minute)
		unknown := "i.AAAAAAAAAAAAAAAAAAAAAA"
		for _, ask := range []func(string) testkit.Answer{
			func(x string) testkit.Answer { return stranger.Do(t, "GET", api.Base+"/scenes/"+x, nil) },
			func(x string) testkit.Answer {
				return stranger.Do(t, "POST", api.Base+"/person/access-requests", M{"token": x})
			},
			func(x string) testkit.Answer { return a.Nobody().Do(t, "GET", "/i/"+x+"/code.png", nil) },
		} {
			want := same(t, ask(unknown))
			for name, token := range map[string]string{"expired": expired, "revoked": revoked, "used up": usedUp} {
				if got := same(t, ask(token)); got != want {
					t.Errorf("%s: %s", name, cmp.Diff(want, got))
				}
			}
		}
		if a.Nobody().Do(t, "GET", "/i/"+revoked, nil).Want(t, 404, nil); strings.Contains(string(a.Nobody().Do(t, "GET", "/i/"+revoked, nil).Body), "品牌 ") {
			t.Error("an ended page names the brand")
		}
	})
}

// TestLookingConsumesNothing: previews, pages, pictures and scenes leave everything as
// it is, and a picture is drawn once.
func TestLookingConsumesNothing(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		db := a.Database.SQL(t)
		inv, token := a.Invite(t, b, M{"max_uses": 1})
		stranger := a.Named(t, "路人")
		before, drawn := a.Database.Rows(t, db), a.Sandbox.Stats()["/wxa/getwxacodeunlimit"]
		for range 20 {
			for _, ua := range []string{"", "WhatsApp/2.0", "Mozilla/5.0 (iPhone) Mobile MicroMessenger/8.0"} {
				a.Nobody().Do(t, "GET", "/i/"+token, nil, "User-Agent", ua).Want(t, 200, nil)
			}
			for _, path := range []string{"/i/" + token + "/code.png", inv.CodeURL, b.Path + "/invitations/" + inv.ID + "/link.png"} {
				got := b.Admin.Do(t, "GET", path, nil).Want(t, 200, nil)
				if !bytes.HasPrefix(got.Body, []byte("\x89PNG\r\n\x1a\n")) || got.Header.Get("Content-Type") != "image/png" {
					t.Fatalf("%s is no PNG: %q", path, got.Body[:8])
				}
			}
			stranger.Do(t, "GET", api.Base+"/scenes/"+token, nil).Want(t, 200, nil)
		}
		if n := a.Sandbox.Stats()["/wxa/getwxacodeunlimit"] - drawn; n != 1 {
			t.Errorf("drawn %d times", n)
		}
		if diff := cmp.Diff(before, a.Database.Rows(t, db)); diff != "" {
			t.Error("looking wrote:", diff)
		}
		if got := scan(t, a, a.Nobody().Do(t, "GET", "/i/"+token+"/code.png", nil)); got != token {
			t.Errorf("the picture holds %q", got)
		}
	})
}

// TestInvitationPage: a desk sees the code, a phone a button; each visitor gets a link of
// his own that leads into the mini-program; nothing but the public name shows.
func TestInvitationPage(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b := a.NewBrand(t)
	b.Admin.Do(t, "PATCH", b.Path, M{"name": "内部代号 <b>", "public_name": `<script>alert("x")</script>&品牌`}, "If-Match", `"1"`).Want(t, 200, nil)
	_, token := a.Invite(t, b, M{"note": "给张律师"})
	desk := string(a.Nobody().Do(t, "GET", "/i/"+token, nil).Want(t, 200, nil).Body)
	phone := string(a.Nobody().Do(t, "GET", "/i/"+token, nil, "User-Agent", "Mozilla/5.0 (iPhone) Mobile").Want(t, 200, nil).Body)
	if !strings.Contains(desk, "code.png") || strings.Contains(desk, "<form") || !strings.Contains(phone, "<form") {
		t.Error("desk and phone:", desk, phone)
	}
	for _, secret := range []string{"内部", "给张律师", "管理员", b.ID, "<script>", "@"} {
		if strings.Contains(desk+phone, secret) {
			t.Errorf("the page shows %q", secret)
		}
	}
	links := map[string]bool{}
	for range 3 {
		got := a.Nobody().Do(t, "POST", "/i/"+token+"/link", nil).Want(t, 303, nil)
		link := got.Header.Get("Location")
		links[link] = true
		resp, err := http.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		var to struct{ Path, Query string }
		if err := json.Unmarshal(raw, &to); err != nil || to.Path != testkit.EntryPage || to.Query != "scene="+token {
			t.Errorf("the link leads to %s", raw)
		}
	}
	if len(links) != 3 {
		t.Errorf("%d links for three visitors", len(links))
	}
}

// TestBindingCode belongs to the session that asked, works once, and dies with it.
func TestBindingCode(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		w := newWorld(t, e, testkit.Options{})
		a := w.brand["A"]
		one, _ := w.SignIn(t, a.AdminEmail)
		two, _ := w.SignIn(t, a.AdminEmail)
		one.Do(t, "POST", api.Base+"/me/wechat-binding", nil).Want(t, 200, nil)
		two.Do(t, "GET", api.Base+"/me/wechat-binding/code.png", nil).Refused(t, 404, model.CodeNotFound)
		token := w.bindToken(t, one)
		w.stranger.Do(t, "GET", api.Base+"/scenes/"+token, nil).Want(t, 200, nil)
		one.Do(t, "DELETE", api.Base+"/sessions", nil).Want(t, 204, nil)
		w.stranger.Do(t, "POST", api.Base+"/person/bindings", M{"token": token}).Refused(t, 404, model.CodeSceneEnded)

		two.Do(t, "POST", api.Base+"/me/wechat-binding", nil).Want(t, 200, nil)
		first := w.bindToken(t, two)
		two.Do(t, "POST", api.Base+"/me/wechat-binding", nil).Want(t, 200, nil)
		second := w.bindToken(t, two)
		w.stranger.Do(t, "POST", api.Base+"/person/bindings", M{"token": first}).Refused(t, 404, model.CodeSceneEnded)
		w.bound.Do(t, "POST", api.Base+"/person/bindings", M{"token": second}).Refused(t, 409, model.CodeWeChatBound)
		w.stranger.Do(t, "POST", api.Base+"/person/bindings", M{"token": second}).Want(t, 200, nil)
		w.sparePhone.Do(t, "POST", api.Base+"/person/bindings", M{"token": second}).Refused(t, 404, model.CodeSceneEnded)
		two.Do(t, "POST", api.Base+"/me/wechat-binding", nil).Refused(t, 409, model.CodeUserBound)

		w.spare.Do(t, "POST", api.Base+"/me/wechat-binding", nil).Want(t, 200, nil)
		late := w.bindToken(t, w.spare)
		w.Clock.Add(10 * time.Minute)
		w.sparePhone.Do(t, "POST", api.Base+"/person/bindings", M{"token": late}).Refused(t, 404, model.CodeSceneEnded)
	})
}

// TestUsedUpCodeShowsTheRequest: whoever asked with a code's last use goes on seeing his
// request; everybody else sees that the code has ended.
func TestUsedUpCodeShowsTheRequest(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		_, token := a.Invite(t, b, testkit.M{"max_uses": 1})
		first, second := a.Named(t, "先到"), a.Named(t, "后到")
		first.Do(t, "POST", api.Base+"/person/access-requests", testkit.M{"token": token}).Want(t, 200, nil)
		var seen api.SceneOut
		first.Do(t, "GET", api.Base+"/scenes/"+token, nil).Want(t, 200, &seen)
		if seen.Request == nil || seen.Request.State != model.AccessWaiting {
			t.Errorf("his request is not shown: %+v", seen)
		}
		second.Do(t, "GET", api.Base+"/scenes/"+token, nil).Refused(t, 404, model.CodeSceneEnded)
		second.Do(t, "POST", api.Base+"/person/access-requests", testkit.M{"token": token}).Refused(t, 404, model.CodeSceneEnded)
	})
}
