package sandbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/sandbox"
)

const (
	clientKey    = "aw0123456789abcd"
	clientSecret = "client-secret"

	stablePath = "/oauth/stable_client_token/"
	plainPath  = "/oauth/client_token/"
	ticketPath = "/open/getticket/"
	sharePath  = "/share-id/"
	linkPath   = "/api/douyin/v1/schema/get_share/"
)

// douyin is Douyin's stand-in on its stage.
type douyin struct {
	*sandbox.Douyin
	*stage
}

func setupDouyin(t *testing.T, change ...func(*sandbox.DouyinOptions)) *douyin {
	t.Helper()
	d := &douyin{stage: newStage(t)}
	opts := sandbox.DouyinOptions{ClientKey: clientKey, Secret: clientSecret, Now: d.clock}
	for _, f := range change {
		f(&opts)
	}
	d.Douyin = sandbox.NewDouyin(opts)
	d.serve(d)
	return d
}

// lacking takes a capability away.
func lacking(capability string) func(*sandbox.DouyinOptions) {
	all := []string{sandbox.CapabilityShare, sandbox.CapabilityTicket, sandbox.CapabilityPublish, sandbox.CapabilityJump}
	return func(o *sandbox.DouyinOptions) {
		o.Capabilities = slices.DeleteFunc(all, func(c string) bool { return c == capability })
	}
}

// code is the code of an answer in any series, as the text of its JSON.
func code(answer map[string]any) string {
	found := answer["err_no"]
	if data, ok := answer["data"].(map[string]any); ok && found == nil {
		found = data["error_code"]
	}
	text, _ := json.Marshal(found)
	return string(text)
}

func (d *douyin) wantCode(answer map[string]any, want int) {
	d.t.Helper()
	if got := code(answer); got != strconv.Itoa(want) {
		d.t.Errorf("answer %v, want code %d", answer, want)
	}
}

// dataOf is a field of an answer's data.
func dataOf[V any](d *douyin, answer map[string]any, name string) V {
	d.t.Helper()
	data, _ := answer["data"].(map[string]any)
	v, ok := data[name].(V)
	if !ok {
		d.t.Fatalf("no %s in %v", name, answer)
	}
	return v
}

// post sends JSON.
func (d *douyin) post(path, body string, header ...string) map[string]any {
	d.t.Helper()
	return d.ask(http.MethodPost, path, body, append(header, "Content-Type", "application/json")...)
}

func (d *douyin) app(path string) map[string]any {
	d.t.Helper()
	return d.post(path, fmt.Sprintf(`{"client_key":%q,"client_secret":%q,"grant_type":"client_credential"}`, clientKey, clientSecret))
}

func (d *douyin) token() string {
	d.t.Helper()
	return dataOf[string](d, d.app(stablePath), "access_token")
}

func (d *douyin) ticket() string {
	d.t.Helper()
	return dataOf[string](d, d.ask(http.MethodGet, ticketPath, "", "access-token", d.token()), "ticket")
}

func (d *douyin) share(query string) string {
	d.t.Helper()
	return dataOf[string](d, d.ask(http.MethodPost, sharePath+"?"+query, "", "access-token", d.token()), "share_id")
}

// link asks get_share with fields in the place of the defaults.
func (d *douyin) link(ticket string, change map[string]any) map[string]any {
	d.t.Helper()
	body := map[string]any{
		"client_ticket": ticket, "expire_at": d.clock().Add(time.Hour).Unix(), "state": "x", "title": "标题",
		"video_path": "https://v.example/a.mp4", "share_to_publish": 1, "hashtag_list": []string{"话题"},
	}
	maps.Copy(body, change)
	raw, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.post(linkPath, string(raw), "access-token", d.token())
}

// component is encodeURIComponent, as far as it matters here.
func component(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// signed makes a launch link with fields in the place of the defaults; "-" leaves one out.
func (d *douyin) signed(ticket string, change map[string]string) string {
	const nonce = "Wm3WZYTPz0wzccnW"
	at := strconv.FormatInt(d.clock().Unix(), 10)
	params := map[string]string{
		"share_type": "h5", "client_key": clientKey, "nonce_str": nonce, "timestamp": at, "state": "x",
		"signature": sandbox.LaunchSignature(nonce, ticket, at), "video_path": "https://v.example/a.mp4", "share_to_publish": "1",
	}
	maps.Copy(params, change)
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(params)) {
		if params[key] != "-" {
			pairs = append(pairs, key+"="+component(params[key]))
		}
	}
	return "snssdk1128://openplatform/share?" + strings.Join(pairs, "&")
}

// opened is the page a schema leads to, or its toast.
func (d *douyin) opened(schema string) (sandbox.Page, string) {
	d.t.Helper()
	page, err := d.Open(d.t.Context(), sandbox.OpenRequest{Schema: schema})
	if err != nil {
		return page, err.Error()
	}
	return page, ""
}

func TestDouyinNamesWhatIsWrongWithTheApp(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	for _, path := range []string{stablePath, plainPath} {
		for _, c := range []struct {
			key, secret, grant string
			code               int
		}{
			{clientKey, clientSecret, "client_credential", 0},
			{"", clientSecret, "client_credential", 10005},
			{clientKey, "", "client_credential", 10005},
			{clientKey, clientSecret, "", 10005},
			{clientKey, clientSecret, "code", 10002},
			{"aw", clientSecret, "client_credential", 10003},
			{clientKey, "x", "client_credential", 10013},
		} {
			got := d.post(path, fmt.Sprintf(`{"client_key":%q,"client_secret":%q,"grant_type":%q}`, c.key, c.secret, c.grant))
			d.wantCode(got, c.code)
			if want := map[bool]string{true: "success", false: "error"}[c.code == 0]; got["message"] != want {
				t.Errorf("%+v: message %v", c, got["message"])
			}
		}
		d.wantCode(d.post(path, `{`), 10002)
		form := "client_key=" + clientKey + "&client_secret=" + clientSecret + "&grant_type=client_credential"
		d.wantCode(d.ask(http.MethodPost, path, form, "Content-Type", "application/x-www-form-urlencoded"), 10002)
		if status, _, _, _ := d.do(http.MethodGet, path, ""); status != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: status %d", path, status)
		}
	}
}

func TestTheStableClientTokenStaysUntilItsLastMinute(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	first := d.token()
	if !strings.HasPrefix(first, "clt.") {
		t.Errorf("token %q", first)
	}
	d.advance(2*time.Hour - time.Minute - time.Second)
	again := d.app(stablePath)
	if dataOf[string](d, again, "access_token") != first || dataOf[float64](d, again, "expires_in") != 61 {
		t.Errorf("answer %v, want the same token with 61 s left", again)
	}
	d.advance(time.Second)
	if d.token() == first {
		t.Error("not renewed in its last minute")
	}
	d.wantCode(d.ask(http.MethodGet, ticketPath, "", "access-token", first), 0)
	d.advance(time.Minute)
	d.wantCode(d.ask(http.MethodGet, ticketPath, "", "access-token", first), 2190008)
	d.wantCode(d.post(linkPath, `{}`, "access-token", first), 28001008)
	d.RotateToken()
	d.wantCode(d.ask(http.MethodGet, ticketPath, "", "access-token", d.token()), 0)
}

func TestOnlyTheNewestTwoClientTokensLive(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	mint := func() string { return dataOf[string](d, d.app(plainPath), "access_token") }
	works := func(token string, want int) {
		t.Helper()
		d.wantCode(d.ask(http.MethodPost, sharePath, "", "access-token", token), want)
	}
	stable, one := d.token(), mint()
	two := mint()
	works(one, 0)
	three := mint()
	works(one, 2190002)
	works(two, 0)
	d.advance(5 * time.Minute)
	works(two, 2190002)
	works(three, 0)
	works(stable, 0)
	works("", 2190002)
	d.wantCode(d.post(linkPath, `{}`, "access-token", one), 28001003)
	d.wantCode(d.ask(http.MethodPost, sharePath+"?access_token="+three, ""), 2190002)
	d.RotateToken()
	works(three, 2190002)
	works(stable, 2190002)
}

func TestClientTokenMayNotBeAskedTooOften(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	for range 500 {
		record(d, http.MethodPost, plainPath, `{}`)
	}
	d.wantCode(d.app(plainPath), 10020)
	d.wantCode(d.app(stablePath), 0)
	d.advance(5 * time.Minute)
	d.wantCode(d.app(plainPath), 0)
}

func TestCapabilitiesAndQuota(t *testing.T) {
	t.Parallel()
	for capability, c := range map[string]struct {
		method, path string
		code         int
	}{
		sandbox.CapabilityTicket: {http.MethodGet, ticketPath, 2190004},
		sandbox.CapabilityShare:  {http.MethodPost, sharePath, 2190004},
		sandbox.CapabilityJump:   {http.MethodPost, linkPath, 28001018},
	} {
		d := setupDouyin(t, lacking(capability))
		d.wantCode(d.ask(c.method, c.path, "", "access-token", d.token()), c.code)
	}
	d := setupDouyin(t, func(o *sandbox.DouyinOptions) { o.DailyQuota = 2 })
	ask := func() map[string]any { return d.ask(http.MethodPost, sharePath, "", "access-token", d.token()) }
	d.wantCode(ask(), 0)
	d.wantCode(ask(), 0)
	d.wantCode(ask(), 2190001)
	d.wantCode(d.ask(http.MethodGet, ticketPath, "", "access-token", d.token()), 0)
	for range 2 {
		d.post(linkPath, `{}`, "access-token", d.token())
	}
	d.wantCode(d.post(linkPath, `{}`, "access-token", d.token()), 28003017)
	d.advance(8 * time.Hour) // it was 16:00 in China
	d.wantCode(ask(), 0)
}

func TestANewTicketLeavesTheOneBeforeFiveMinutes(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	one := d.ticket()
	if strings.Trim(one[:1], "@#") != "" || !strings.Contains(one, "+") || !strings.Contains(one, "/") || !strings.HasSuffix(one, "==") {
		t.Errorf("ticket %q", one)
	}
	opens := func(ticket, toast string) {
		t.Helper()
		if _, got := d.opened(d.signed(ticket, nil)); got != toast {
			t.Errorf("toast %q, want %q", got, toast)
		}
	}
	two := d.ticket()
	opens(one, "")
	opens(two, "")
	three := d.ticket()
	opens(one, "verify signature fail")
	d.advance(5 * time.Minute)
	opens(two, "verify signature fail")
	opens(three, "")
	d.advance(2*time.Hour - 5*time.Minute)
	opens(three, "verify signature fail")
	four := d.ticket()
	d.RotateTicket()
	opens(four, "verify signature fail")
}

// The vector is that of Douyin's page share-to-h5.
func TestTheSignatureIsDouyins(t *testing.T) {
	t.Parallel()
	const ticket = "@ml6sqYBGgTKmQNajnKNkaj8yksCAY++adIhlGIqfTiKyvBqOIkzdJ6WRgP+nO+wtVItqKbX4iZ+mFIYkyPJjpQ=="
	got := sandbox.LaunchSignature("Wm3WZYTPz0wzccnW", ticket, "1650941858")
	if got != "3f7b739a91a52cb7d85c4f89c5f611fe" {
		t.Errorf("signature %s", got)
	}
}

func TestShareIDsLiveOneHour(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	ticket, id := d.ticket(), d.share("need_callback=true&default_hashtag=%E4%BC%9A%E7%AD%BE")
	if _, err := strconv.ParseUint(id, 10, 64); err != nil || len(id) != 16 {
		t.Errorf("share_id %q", id)
	}
	link := d.signed(ticket, map[string]string{"state": id})
	if page, _ := d.opened(link); !page.Callback || page.DefaultHashtag != "会签" || page.State != id {
		t.Errorf("page %+v", page)
	}
	d.advance(time.Hour)
	if _, toast := d.opened(link); toast != "share_id expired" {
		t.Errorf("toast %q", toast)
	}
	if page, toast := d.opened(d.signed(ticket, map[string]string{"state": d.share("")})); toast != "" || page.Callback {
		t.Errorf("without need_callback: %q, %+v", toast, page)
	}
	d.wantCode(d.ask(http.MethodGet, sharePath+"?need_callback=yes", "", "access-token", d.token()), 2100005)
	d.wantCode(d.ask(http.MethodGet, sharePath+"?need_callback=%zz", "", "access-token", d.token()), 2100005)
}

func TestShareIDMayTakeOneMethodOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		only             string
		refusal          int
		get, post, other int
	}{
		{"", 0, 200, 200, 405},
		{http.MethodGet, 0, 200, 405, 405},
		{http.MethodPost, 404, 404, 200, 404},
	} {
		d := setupDouyin(t, func(o *sandbox.DouyinOptions) { o.ShareMethod, o.ShareRefusal = c.only, c.refusal })
		for method, want := range map[string]int{http.MethodGet: c.get, http.MethodPost: c.post, http.MethodPut: c.other} {
			if got := record(d, method, sharePath, "").Code; got != want {
				t.Errorf("%+v: %s answers %d, want %d", c, method, got, want)
			}
		}
	}
}

func TestGetShareChecksWhatItIsGiven(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	ticket := d.ticket()
	for name, c := range map[string]map[string]any{
		"no ticket":      {"client_ticket": ""},
		"other ticket":   {"client_ticket": "@x"},
		"ended":          {"expire_at": d.clock().Unix()},
		"milliseconds":   {"expire_at": "1684116049"},
		"nothing":        {"video_path": ""},
		"two":            {"image_path": "https://v.example/a.png"},
		"http":           {"video_path": "http://v.example/a.mp4"},
		"not ASCII":      {"video_path": "https://v.example/视频.mp4"},
		"no host":        {"video_path": "https:///a.mp4"},
		"http picture":   {"video_path": "", "image_path": "http://v.example/a.png"},
		"http pictures":  {"video_path": "", "image_list_path": []string{"http://v.example/a.png"}},
		"flag as text":   {"share_to_publish": "1"},
		"flag of two":    {"share_to_publish": 2},
		"hashtag with #": {"hashtag_list": []string{"#a"}},
	} {
		if got := code(d.link(ticket, c)); got != "28001007" {
			t.Errorf("%s: code %s", name, got)
		}
	}
	got := d.link(ticket, nil)
	d.wantCode(got, 0)
	schema := dataOf[string](d, got, "schema")
	const start = "snssdk1128://webview?url=https%3A%2F%2Fopen.douyin.com%2Fplatform%2Foauth%2Fslink%2F%3Ftoken%3D"
	if !strings.HasPrefix(schema, start) || !strings.HasSuffix(schema, "%26client_key%3D"+clientKey) || got["log_id"] == "" {
		t.Errorf("answer %v", got)
	}
}

func TestAShortLinkEndsWithItsTimeOrItsTicket(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	ticket := d.ticket()
	long := dataOf[string](d, d.link(ticket, map[string]any{"expire_at": d.clock().Add(9 * time.Hour).Unix()}), "schema")
	short := dataOf[string](d, d.link(ticket, nil), "schema")
	page, toast := d.opened(short)
	if toast != "" || page.Way != "get_share" || page.Title != "标题" || !page.PublishPage || page.Hashtags[0] != "话题" {
		t.Errorf("toast %q, page %+v", toast, page)
	}
	for schema, want := range map[string]string{
		strings.Replace(short, "token%3D", "token%3Dx", 1):      "link expired",
		strings.Replace(short, clientKey, "aw", 1):              "parameter error: client_key",
		strings.Replace(short, "open.douyin.com", "evil.io", 1): "unknown schema",
		strings.Replace(short, "url=", "url=%zz", 1):            "parameter error: url",
		"snssdk1128://webview?url=%3A":                          "unknown schema",
		"https://open.douyin.com/":                              "unknown schema",
	} {
		if _, got := d.opened(schema); got != want {
			t.Errorf("%s: toast %q, want %q", schema, got, want)
		}
	}
	d.advance(time.Hour)
	if _, toast := d.opened(short); toast != "link expired" {
		t.Errorf("after expire_at: %q", toast)
	}
	if _, toast := d.opened(long); toast != "" {
		t.Errorf("before expire_at: %q", toast)
	}
	d.ticket()
	d.advance(5 * time.Minute)
	if _, toast := d.opened(long); toast != "link expired" {
		t.Errorf("after the ticket: %q", toast)
	}
}
