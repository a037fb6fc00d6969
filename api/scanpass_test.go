package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
)

// named is a booth where only named posters may scan, and the editor's own pass.
func named(t *testing.T) (x *booth, pass string) {
	t.Helper()
	x = newBooth(t, testkit.SQLite, testkit.Options{})
	x.Admin.Do(t, "PATCH", x.Path, M{"named_posters": true}, "If-Match", `"1"`).Want(t, 200, nil)
	x.Clock.Add(time.Hour)
	var own struct {
		URL string `json:"url"`
	}
	x.Editor.Do(t, "GET", x.Path+"/posts/"+x.post+"/ticket/pass", nil).Want(t, 200, &own)
	_, pass, _ = strings.Cut(own.URL, "#")
	if pass == "" {
		t.Fatal("no pass in", own.URL)
	}
	return x, pass
}

// A pass becomes a cookie that no script reads and no other site sends, for as long as the
// pass holds; a wrong one becomes none.
func TestThePassCookie(t *testing.T) {
	t.Parallel()
	x, pass := named(t)
	got := x.Nobody().Do(t, "POST", x.page()+"/pass", M{"pass": pass}).Want(t, 204, nil)
	c := cookieOf(t, got)
	if !strings.HasPrefix(c.Name, "__Host-") || c.Value != pass || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Error("cookie", c.Raw)
	}
	if c.MaxAge < 3600 || c.MaxAge > 2*3600 { // the Signer's window
		t.Error("it lives for", c.MaxAge)
	}
	for why, wrong := range map[string]string{"empty": "", "cut": pass[:len(pass)-4], "another letter": "A" + pass[1:], "no base64": "!" + pass} {
		got := x.Nobody().Do(t, "POST", x.page()+"/pass", M{"pass": wrong})
		if got.Refused(t, 403, model.CodeTicketForbidden); got.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %s", why, got.Header.Get("Set-Cookie"))
		}
	}
}

// Who is no poster is shown that there is something, and nothing of it; a poster sees the
// post by his cookie or by his session, until he is taken off the list or removed.
func TestAPageThatIsNotForHim(t *testing.T) {
	t.Parallel()
	x, pass := named(t)
	const cookie = "__Host-countersign-pass="
	look := func(c testkit.Client, headers ...string) (status int, told bool) {
		got := c.Do(t, "GET", x.page(), nil, headers...)
		return got.Status, strings.Contains(string(got.Body), "新品上线") || strings.Contains(string(got.Body), "夏日")
	}
	for who, tc := range map[string]struct {
		client  testkit.Client
		headers []string
		status  int
	}{
		"nobody":             {x.Nobody(), nil, 403},
		"with a pass":        {x.Nobody(), []string{"Cookie", cookie + pass}, 200},
		"with half a pass":   {x.Nobody(), []string{"Cookie", cookie + pass[:20]}, 403},
		"signed in, editor":  {x.Editor, nil, 200},
		"another brand's":    {x.NewBrand(t).Admin, nil, 403},
		"a session that was": {testkit.Client{URL: x.Admin.URL, Cookie: "guess"}, nil, 403},
	} {
		if status, told := look(tc.client, tc.headers...); status != tc.status || told != (tc.status == 200) {
			t.Errorf("%s: %d, shown %t", who, status, told)
		}
	}
	for _, act := range []M{{"device": strings.Repeat("d", 22), "take_over": false, "way": "douyin"}, {"device": strings.Repeat("d", 22), "take_over": true, "way": "download"}} {
		x.Nobody().Do(t, "POST", x.page()+"/open", act).Refused(t, 403, model.CodeTicketForbidden)
	}
	x.Nobody().Do(t, "POST", x.page()+"/open", M{"device": strings.Repeat("d", 22), "take_over": false, "way": "douyin"}, "Cookie", cookie+pass).Want(t, 200, nil)
	if status, told := look(x.Nobody(), "Cookie", cookie+pass); status != 200 || !told {
		t.Error("once open, the poster sees", status, told)
	}
	x.Admin.Do(t, "DELETE", x.Path+"/members/"+x.EditorMember, nil).Want(t, 204, nil)
	if status, told := look(x.Nobody(), "Cookie", cookie+pass); status != 403 || told {
		t.Error("removed, he sees", status, told)
	}
}

// While one phone has the code another is told by what kind of browser and for how long,
// and the page is open again when the lease ends.
func TestThePageOfAHeldCode(t *testing.T) {
	t.Parallel()
	x := newBooth(t, testkit.SQLite, testkit.Options{})
	x.Clock.Add(time.Hour)
	state := func() string {
		body := string(x.Nobody().Do(t, "GET", x.page(), nil).Want(t, 200, nil).Body)
		_, after, _ := strings.Cut(body, `data-state="`)
		word, _, _ := strings.Cut(after, `"`)
		return word
	}
	if got := state(); got != "open" {
		t.Fatal(got)
	}
	x.phone("a").handed(nil)
	for _, at := range []struct {
		later time.Duration
		want  string
	}{{0, "held"}, {model.LeaseTime - time.Millisecond, "held"}, {time.Millisecond, "open"}} {
		if x.Clock.Add(at.later); state() != at.want {
			t.Errorf("%s later: %s, want %s", at.later, state(), at.want)
		}
	}
}
