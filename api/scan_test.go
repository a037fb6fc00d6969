package api_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
)

// booth is a brand with a Douyin account and a post that is ready to be scanned.
type booth struct {
	*testkit.App
	*testkit.Brand
	t       *testing.T
	channel string
	post    string
	ticket  api.TicketOut
}

// newBooth plans a post for an hour from now.
func newBooth(t *testing.T, e testkit.Engine, o testkit.Options) *booth {
	t.Helper()
	a := testkit.NewApp(t, e, o)
	x := &booth{App: a, Brand: a.NewBrand(t), t: t}
	x.channel = x.DouyinChannel(t)
	at := x.now().Add(time.Hour)
	x.post = x.NewVideo(t, x.channel, &at).ID
	x.ticket = x.Ticket(t, x.post)
	return x
}

func (x *booth) now() time.Time { return x.Clock.Now() }

// page is the path of the code's page.
func (x *booth) page() string { return strings.TrimPrefix(x.ticket.URL, "https://countersign.test") }

// phone is a device that scans.
type phone struct {
	x      *booth
	device string
	client testkit.Client
}

func (x *booth) phone(device string) phone {
	return phone{x, strings.Repeat(device, 22), x.Nobody()}
}

func (p phone) open(more testkit.M, headers ...string) testkit.Answer {
	p.x.t.Helper()
	body := M{"device": p.device, "take_over": false, "way": "douyin"}
	maps.Copy(body, more)
	return p.client.Do(p.x.t, "POST", p.x.page()+"/open", body, headers...)
}

// handed is the answer of a tap that must do.
func (p phone) handed(more testkit.M, headers ...string) (out struct {
	OpeningID string `json:"opening_id"`
	Schema    string `json:"schema"`
	VideoURL  string `json:"video_url"`
	Caption   string `json:"caption"`
},
) {
	p.x.t.Helper()
	p.open(more, headers...).Want(p.x.t, 200, &out)
	return out
}

// show opens a schema on the stand-in's phone.
func (x *booth) show(schema string) sandbox.Page {
	x.t.Helper()
	page, err := x.Douyin.Open(x.t.Context(), sandbox.OpenRequest{Schema: schema, OpenID: "open-brand"})
	if err != nil {
		x.t.Fatal(err)
	}
	return page
}

func (x *booth) state() model.PostState {
	x.t.Helper()
	return x.Post(x.t, x.post).State
}

// The whole road: a code, an early scan, a scan, Douyin opens with everything filled in,
// the poster publishes, Douyin tells, and the post is published.
func TestScanToPublish(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newBooth(t, e, testkit.Options{})
		if x.ticket.State != model.ScanEarly || x.ticket.OpensAt != x.now().Add(50*time.Minute).UTC() || !strings.HasPrefix(x.page(), "/p/t.") {
			t.Errorf("%+v", x.ticket)
		}
		early := x.phone("a").open(nil).Refused(t, 409, model.CodeTicketEarly)
		if early.Args["opens_in_ms"] != "3000000" {
			t.Error(early.Args)
		}
		x.Clock.Add(time.Hour)
		got := x.phone("a").handed(nil)
		page := x.show(got.Schema)
		if page.Title != "新品上线" || strings.Join(page.Hashtags, " ") != "新品 夏日" || page.VideoPath != got.VideoURL || !page.PublishPage || !page.Callback {
			t.Errorf("Douyin shows %+v", page)
		}
		if got.Caption != "新品上线 #新品 #夏日" || !strings.HasPrefix(got.VideoURL, "https://countersign.test/media/") {
			t.Errorf("%+v", got)
		}
		told, err := x.Douyin.Publish(t.Context(), sandbox.PublishRequest{State: page.State, OpenID: "open-brand"})
		if err != nil || told.Deliveries[0].Status != 200 {
			t.Fatal(err, told)
		}
		x.Drain(t.Context(), t)
		if x.state() != model.PostPublished {
			t.Error(x.state())
		}
		var k api.TicketOut
		x.Editor.Do(t, "GET", x.Path+"/posts/"+x.post+"/ticket", nil).Want(t, 200, &k)
		if k.State != model.ScanPublished || len(k.Said) != 1 || k.Said[0].Source != model.SourceDouyin || k.Said[0].Account != model.AccountUnknown || k.Said[0].URL != "https://www.douyin.com/video/"+told.Video.VideoID {
			t.Errorf("%+v", k)
		}
		x.phone("b").open(nil).Refused(t, 409, model.CodeAlreadyPublished)
		x.Editor.Do(t, "PATCH", x.Path+"/posts/"+x.post, M{"scheduled_at": x.now().Add(time.Hour)}, "If-Match", `"9"`).Refused(t, 409, model.CodePostState)
	})
}

// A tap is one opening, however often it is sent; two phones take turns.
func TestTwoPhones(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newBooth(t, e, testkit.Options{})
		x.Clock.Add(time.Hour)
		a, b := x.phone("a"), x.phone("b")
		first := a.handed(nil, "Idempotency-Key", "tap-00000001")
		again := a.handed(nil, "Idempotency-Key", "tap-00000001")
		if first.OpeningID != again.OpeningID || x.show(first.Schema).State != x.show(again.Schema).State {
			t.Error("the same tap is another opening")
		}
		b.open(nil, "Idempotency-Key", "tap-00000001").Refused(t, 422, model.CodeKeyReused)
		held := b.open(nil).Refused(t, 409, model.CodeTicketHeld)
		if held.Args["seconds"] == "" || held.Args["holder"] != "other" {
			t.Error(held.Args)
		}
		over := b.handed(M{"take_over": true})
		if x.show(over.Schema).State == x.show(first.Schema).State {
			t.Error("two openings under one share id")
		}
		a.open(nil).Refused(t, 409, model.CodeTicketHeld)
		x.Clock.Add(model.LeaseTime)
		a.handed(nil)
		var list api.List[api.OpeningOut]
		x.Editor.Do(t, "GET", x.Path+"/posts/"+x.post+"/openings", nil).Want(t, 200, &list)
		if len(list.Items) != 3 || !list.Items[1].TookOver || list.Items[0].TookOver {
			t.Errorf("%+v", list.Items)
		}
	})
}

// The window's end, to the millisecond, on every way through a code.
func TestWindowEnds(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newBooth(t, e, testkit.Options{})
		x.Clock.Add(time.Hour + model.TicketWindow - time.Millisecond)
		if n, err := x.Service.Windows.RunOut(t.Context()); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		x.Nobody().Do(t, "GET", x.page(), nil).Want(t, 200, nil)
		x.phone("a").open(M{"way": "download"}).Want(t, 200, nil)
		x.Clock.Add(time.Millisecond)
		x.phone("a").open(nil).Refused(t, 404, model.CodeTicketEnded)
		x.Nobody().Do(t, "GET", x.page(), nil).Want(t, 404, nil)
		if n, err := x.Service.Windows.RunOut(t.Context()); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if x.state() != model.PostExpired { // a download opened no Douyin
			t.Error(x.state())
		}
		at := x.now().Add(2 * time.Hour) // and rescheduling revives it, without a new approval
		post := x.Post(t, x.post)
		x.Editor.Do(t, "PATCH", x.Path+"/posts/"+x.post, M{"scheduled_at": at}, "If-Match", etagOf(post.Version)).Want(t, 200, nil)
		if x.state() != model.PostApproved || x.Ticket(t, x.post).URL != x.ticket.URL {
			t.Error("rescheduling did not revive the same code:", x.state())
		}
		x.Clock.Add(2 * time.Hour)
		x.phone("a").handed(nil)
		x.Clock.Add(model.TicketWindow)
		if _, err := x.Service.Windows.RunOut(t.Context()); err != nil {
			t.Fatal(err)
		}
		if x.state() != model.PostUnconfirmed {
			t.Error(x.state())
		}
	})
}

func etagOf(version int64) string { return api.ETagOf(version) }

// What is wrong with a token is one page with one status; nothing of the brand is on it.
func TestTokensThatLeadNowhere(t *testing.T) {
	t.Parallel()
	x := newBooth(t, testkit.SQLite, testkit.Options{})
	revoked := x.page()
	x.Editor.Do(t, "DELETE", x.Path+"/posts/"+x.post+"/ticket", nil).Want(t, 204, nil)
	_, invitation := x.Invite(t, x.Brand, M{})
	var first string
	for name, path := range map[string]string{
		"unknown": "/p/t.AAAAAAAAAAAAAAAAAAAAAA", "malformed": "/p/nothing", "another purpose": "/p/" + invitation, "revoked": revoked, "long": "/p/" + strings.Repeat("t", 4000),
	} {
		got := x.Nobody().Do(t, "GET", path, nil).Want(t, 404, nil)
		body := strings.ReplaceAll(string(got.Body), got.Header.Get("X-Request-Id"), "")
		if first == "" {
			first = body
		}
		if body != first || strings.Contains(body, "品牌") {
			t.Errorf("%s: another page: %s", name, body)
		}
		for _, act := range []string{"/open", "/published", "/pass"} {
			bodies := map[string]M{"/open": {"device": strings.Repeat("d", 22), "take_over": false, "way": "douyin"}, "/published": {"opening_id": testkit.NewID(), "device": strings.Repeat("d", 22)}, "/pass": {"pass": "x"}}
			x.Nobody().Do(t, "POST", path+act, bodies[act]).Refused(t, 404, model.CodeTicketEnded)
		}
	}
	if got := x.Nobody().Do(t, "GET", "/i/"+strings.TrimPrefix(x.page(), "/p/"), nil); got.Status != http.StatusNotFound {
		t.Error("a publish code opens an invitation:", got.Status)
	}
}
