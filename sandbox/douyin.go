package sandbox

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// The caps of Douyin's memory; the oldest entry makes room.
const (
	maxShares     = 20_000
	maxShortLinks = 1000
	maxOpenings   = 20_000
	maxVideos     = 20_000
	maxHeld       = 1000
)

// The capabilities that an app is granted at Douyin's console.
const (
	CapabilityShare   = "h5.share"
	CapabilityTicket  = "open.get.ticket"
	CapabilityPublish = "aweme.share" // since Douyin 30.5.0; without it the phone says "verify signature fail"
	CapabilityJump    = "jump.basic"  // get_share
)

// DouyinOptions says which app the stand-in plays the platform for.
type DouyinOptions struct {
	ClientKey    string
	Secret       string
	Capabilities []string // nil: all four

	ShareMethod  string // the one method /share-id/ takes, "GET" or "POST"; "" takes both
	ShareRefusal int    // HTTP status for the other method; default 405
	DailyQuota   int    // calls a day of each endpoint that wants a token; 0 is without end
	PlainHTTP    bool   // for a demo on one machine: video and pictures may be at http addresses

	Client   *http.Client  // sends the webhook and fetches videos, without redirects and cookies; default http.DefaultClient
	Patience time.Duration // how long one try of the webhook waits for its answer; default 5 s

	Now  func() time.Time // default time.Now
	Rand io.Reader        // default crypto/rand
}

// Douyin stands in for open.douyin.com, and for the Douyin app on a phone. The rules it
// keeps are those of Douyin's documents (developer.open-douyin.com/docs/resource/zh-CN/dop),
// read strictly where they leave room. Refusals have HTTP status 200 and a code.
//
//	POST     /oauth/stable_client_token/           the same token until its last minute; 2 hours
//	POST     /oauth/client_token/                  a new token each time, only the newest two live, the older for 5 minutes
//	GET      /open/getticket/                      a new ticket each time, by the same rule
//	GET,POST /share-id/                            a share_id of 16 digits, for 1 hour
//	POST     /api/douyin/v1/schema/get_share/      a short link, until expire_at or the ticket's end
//
// What a person does on a phone or at the console, and what a test wants to see, goes
// through the admin endpoints; bodies and answers are JSON, a mistake answers {"error": …}:
//
//	POST   /sandbox/douyin/open              {schema, open_id?, fetch_video?} → Page; 422 {toast} when the phone shows only that
//	POST   /sandbox/douyin/publish           PublishRequest → Published; the tap on publish. 404 nothing open, 409 published already
//	GET    /sandbox/douyin/videos            → {items: [Video]}, oldest first
//	POST   /sandbox/douyin/webhook-settings  {url} → 204; 422 when the receiver does not echo the challenge. "" ends the webhook
//	POST   /sandbox/douyin/authorize         {open_id, scopes, webhook?: Sending} → Sent; the event of that name
//	POST   /sandbox/douyin/unauthorize       the same
//	POST   /sandbox/douyin/deliver           {ids?, reverse?} → {deliveries: [Delivery]}; sends what was held, all of it without ids
//	POST   /sandbox/douyin/faults            Fault, or {webhook: Sending, times} for the next events → 204
//	DELETE /sandbox/douyin/faults            → 204; forgets every fault
//	POST   /sandbox/douyin/rotate-ticket     → 204; every ticket dies at once
//	POST   /sandbox/douyin/rotate-token      → 204; every client_token dies at once
//	GET    /sandbox/douyin/stats             → {"/open/getticket/": 3, …}; calls per endpoint, refused ones included
//
// A Douyin is safe for concurrent use and runs no goroutine of its own: who publishes
// waits until the webhook was answered, or four tries were not.
type Douyin struct {
	*script
	opts   DouyinOptions
	client *http.Client
	admin  *http.ServeMux

	mu         sync.Mutex // guards everything below, and opts.Rand
	seq        int64      // numbers the calls, for log ids
	stable     keyring
	plain      keyring
	plainCalls []time.Time // of the last 5 minutes, at most plainLimit
	tickets    keyring
	quota      quota
	shares     *shelf[share]
	links      *shelf[shortLink]
	openings   *shelf[opening]
	videos     *shelf[Video]
	hook       string // the webhook's address, "" for none
	sendings   []scriptedSending
	held       *shelf[message]
}

// NewDouyin makes a stand-in that gave out nothing yet.
func NewDouyin(opts DouyinOptions) *Douyin {
	d := &Douyin{
		opts:     opts.withDefaults(),
		stable:   newKeyring(),
		plain:    newKeyring(),
		tickets:  newKeyring(),
		shares:   newShelf[share](maxShares),
		links:    newShelf[shortLink](maxShortLinks),
		openings: newShelf[opening](maxOpenings),
		videos:   newShelf[Video](maxVideos),
		held:     newShelf[message](maxHeld),
	}
	d.script = newScript(func(path string) bool { _, known := d.endpointAt(path); return known }, douyinModes)
	d.client = bareClient(d.opts.Client)
	d.admin = d.adminRoutes()
	return d
}

func (o DouyinOptions) withDefaults() DouyinOptions {
	if o.Capabilities == nil {
		o.Capabilities = []string{CapabilityShare, CapabilityTicket, CapabilityPublish, CapabilityJump}
	}
	if o.ShareRefusal == 0 {
		o.ShareRefusal = http.StatusMethodNotAllowed
	}
	if o.Client == nil {
		o.Client = http.DefaultClient
	}
	if o.Patience == 0 {
		o.Patience = 5 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	return o
}

// bareClient neither follows redirects nor keeps cookies: a receiver that needs
// either would not work with Douyin.
func bareClient(base *http.Client) *http.Client {
	c := *base
	c.Jar = nil
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// douyinEndpoint is one address of Douyin's.
type douyinEndpoint struct {
	methods []string
	series  series
	scope   string // the capability it asks for; "" works without an access token
	act     func(*douyinCall) reply
}

// endpointAt finds the endpoint of a path.
func (d *Douyin) endpointAt(path string) (douyinEndpoint, bool) {
	get, post := []string{http.MethodGet}, []string{http.MethodPost}
	switch path {
	case "/oauth/stable_client_token/":
		return douyinEndpoint{post, seriesOAuth, "", (*douyinCall).stableToken}, true
	case "/oauth/client_token/":
		return douyinEndpoint{post, seriesOAuth, "", (*douyinCall).plainToken}, true
	case "/open/getticket/":
		return douyinEndpoint{get, seriesClassic, CapabilityTicket, (*douyinCall).ticket}, true
	case "/share-id/":
		return douyinEndpoint{d.shareMethods(), seriesClassic, CapabilityShare, (*douyinCall).shareID}, true
	case "/api/douyin/v1/schema/get_share/":
		return douyinEndpoint{post, seriesV1, CapabilityJump, (*douyinCall).getShare}, true
	}
	return douyinEndpoint{}, false
}

// douyinCall is one request to Douyin's own endpoints.
type douyinCall struct {
	d      *Douyin
	r      *http.Request
	body   []byte
	mode   Mode
	series series
	logID  string
}

// ServeHTTP answers Douyin's endpoints and the admin ones.
func (d *Douyin) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if e, ok := d.endpointAt(r.URL.Path); ok {
		d.serveDouyin(rw, r, e)
		return
	}
	d.admin.ServeHTTP(rw, r)
}

func (d *Douyin) serveDouyin(rw http.ResponseWriter, r *http.Request, e douyinEndpoint) {
	body, ok := readBody(rw, r, maxBody) // first, so that a caller who hangs up during a delay is noticed
	if !ok {
		return
	}
	f, logID := d.begin(r.URL.Path)
	c := &douyinCall{d: d, r: r, body: body, mode: f.Mode, series: e.series, logID: logID}
	if !f.wait(r.Context()) {
		return
	}
	if answer, ok := f.insteadOf(c.scripted); ok {
		answer.write(rw)
		return
	}
	f.spoil(rw, c.perform(e))
}

// begin counts the call, numbers it, and takes the fault scripted for it.
func (d *Douyin) begin(path string) (Fault, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.script.begin(path), d.logID()
}

// logID is a new number for a call or an event; d.mu is held.
func (d *Douyin) logID() string {
	d.seq++
	return fmt.Sprintf("%s%012X", d.opts.Now().UTC().Format("20060102150405"), d.seq)
}

// perform does what the endpoint does, once method, token, capability and quota are right.
func (c *douyinCall) perform(e douyinEndpoint) reply {
	if !slices.Contains(e.methods, c.r.Method) {
		return c.wrongMethod()
	}
	if e.scope != "" {
		if why, refused := c.d.judgeCall(c.r, e.scope); refused {
			return c.refuse(why)
		}
	}
	return e.act(c)
}

// wrongMethod is not documented; a gateway answers with a status and no JSON.
func (c *douyinCall) wrongMethod() reply {
	status := http.StatusMethodNotAllowed
	if c.r.URL.Path == "/share-id/" {
		status = c.d.opts.ShareRefusal
	}
	return reply{status, "text/plain; charset=utf-8", []byte(http.StatusText(status) + "\n")}
}
