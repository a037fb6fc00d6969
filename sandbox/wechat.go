// Package sandbox holds stand-ins for the platforms the product talks to. Each is a
// real HTTP server that refuses what the real one refuses; they serve demos and tests.
package sandbox

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// The caps keep a long-lived demo from growing; the oldest entry makes room.
const (
	maxIdentities = 20_000
	maxCodes      = 1000
	maxTokens     = 64
	maxLinks      = 1000
	maxGrants     = 20_000
	maxMessages   = 20_000
	maxFaults     = 200
	maxBody       = 64 << 10 // bytes of one JSON request
)

// WeChatOptions says which mini-program the stand-in plays.
type WeChatOptions struct {
	AppID     string
	Secret    string
	PublicURL string              // own address, the start of the links it makes; "" takes the request's Host
	Pages     []string            // pages of the released version; the first is the home page
	Templates map[string][]string // template id → its keys, such as "thing1", "time2"

	RiskyWords  []string // a text with one of these is risky and may not be sent; default "违禁"
	ReviewWords []string // a text with one of these is for a person to look at; default "疑似"

	Now  func() time.Time // default time.Now
	Rand io.Reader        // default crypto/rand
}

// WeChat stands in for api.weixin.qq.com. The rules it keeps are those of WeChat's
// documents (developers.weixin.qq.com/miniprogram/dev/server/API), error codes included.
//
//	GET  /sns/jscode2session                 code → openid, session_key; a code lives 5 minutes and works once
//	POST /cgi-bin/stable_token               the same token while it lives, with its remaining life
//	GET  /cgi-bin/token                      a new token each time
//	POST /wxa/getwxacodeunlimit              a picture, image/jpeg
//	POST /wxa/generate_urllink               a link to /sandbox/wechat/l/{id}
//	POST /cgi-bin/message/subscribe/send     spends a grant
//	POST /wxa/msg_sec_check                  judges a text by two word lists
//
// What a person does on a phone, and what a test wants to see, goes through the
// admin endpoints; bodies and answers are JSON, a mistake answers {"error": …}:
//
//	POST   /sandbox/wechat/identities    {openid?, unionid?, nickname?} → {openid, unionid, nickname, seen}
//	GET    /sandbox/wechat/identities    → {items: [{openid, unionid, nickname, seen}]}, oldest first
//	POST   /sandbox/wechat/codes         {openid} → {code}; this is wx.login on that person's phone
//	POST   /sandbox/wechat/scan          a PNG or JPEG as the body → {page, scene, env_version}; 422 when it holds no code of this mini-program
//	GET    /sandbox/wechat/l/{id}        → {path, query, env_version, expires_at}, or a page for a browser; 410 after its end
//	POST   /sandbox/wechat/grants        {openid, template_id, count} → {count}; count more "allow" taps
//	GET    /sandbox/wechat/messages      → {items: [Message]}, oldest first
//	POST   /sandbox/wechat/faults        Fault → 204; see Fault for its fields
//	DELETE /sandbox/wechat/faults        → 204; forgets every fault
//	POST   /sandbox/wechat/rotate-token  → 204; the stable token dies, as after a force_refresh elsewhere
//	POST   /sandbox/wechat/push-settings {url, token, aes_key} → 204; where events are pushed to
//	POST   /sandbox/wechat/push          PushEvent → {status}; pushes it in safe mode, as WeChat would
//	GET    /sandbox/wechat/stats         → {"/sns/jscode2session": 3, …}; calls per endpoint, refused ones included
//
// A WeChat is safe for concurrent use and runs no goroutine of its own.
type WeChat struct {
	*script
	opts  WeChatOptions
	admin *http.ServeMux

	mu         sync.Mutex // guards everything below, and opts.Rand
	tokens     tokenBook
	identities *shelf[identity]
	codes      *shelf[loginCode]
	links      *shelf[link]
	grants     *shelf[int]
	messages   *shelf[Message]
	push       PushSettings
	seq        int64 // numbers the calls, for rids and message ids
}

// NewWeChat makes a stand-in that knows nobody yet.
func NewWeChat(opts WeChatOptions) *WeChat {
	w := &WeChat{
		opts:       opts.withDefaults(),
		tokens:     tokenBook{ends: newShelf[time.Time](maxTokens)},
		identities: newShelf[identity](maxIdentities),
		codes:      newShelf[loginCode](maxCodes),
		links:      newShelf[link](maxLinks),
		grants:     newShelf[int](maxGrants),
		messages:   newShelf[Message](maxMessages),
		script:     newScript(func(path string) bool { _, known := endpointAt(path); return known }, weChatModes),
	}
	w.admin = w.adminRoutes()
	return w
}

func (o WeChatOptions) withDefaults() WeChatOptions {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.RiskyWords == nil {
		o.RiskyWords = []string{"违禁"}
	}
	if o.ReviewWords == nil {
		o.ReviewWords = []string{"疑似"}
	}
	return o
}

// endpoint is one address of WeChat's.
type endpoint struct {
	method string
	open   bool // works without an access token
	act    func(*call) reply
}

// endpointAt finds the endpoint of a path.
func endpointAt(path string) (endpoint, bool) {
	switch path {
	case "/sns/jscode2session":
		return endpoint{http.MethodGet, true, (*call).login}, true
	case "/cgi-bin/stable_token":
		return endpoint{http.MethodPost, true, (*call).stableToken}, true
	case "/cgi-bin/token":
		return endpoint{http.MethodGet, true, (*call).plainToken}, true
	case "/wxa/getwxacodeunlimit":
		return endpoint{http.MethodPost, false, (*call).codeImage}, true
	case "/wxa/generate_urllink":
		return endpoint{http.MethodPost, false, (*call).urlLink}, true
	case "/cgi-bin/message/subscribe/send":
		return endpoint{http.MethodPost, false, (*call).send}, true
	case "/wxa/msg_sec_check":
		return endpoint{http.MethodPost, false, (*call).checkText}, true
	}
	return endpoint{}, false
}

// call is one request to WeChat's own endpoints.
type call struct {
	w    *WeChat
	r    *http.Request
	body []byte
	mode Mode
	rid  string
}

// ServeHTTP answers WeChat's endpoints and the admin ones.
func (w *WeChat) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if e, ok := endpointAt(r.URL.Path); ok {
		w.serveWeChat(rw, r, e)
		return
	}
	w.admin.ServeHTTP(rw, r)
}

func (w *WeChat) serveWeChat(rw http.ResponseWriter, r *http.Request, e endpoint) {
	// The body is read first: the server notices a caller that hangs up during a
	// fault's delay only once the whole request was read.
	body, ok := readBody(rw, r, maxBody)
	if !ok {
		return
	}
	f, rid := w.begin(r.URL.Path)
	c := &call{w: w, r: r, body: body, mode: f.Mode, rid: rid}
	if !f.wait(r.Context()) {
		return
	}
	if answer, ok := f.insteadOf(c.refuse); ok {
		answer.write(rw)
		return
	}
	f.spoil(rw, c.perform(e))
}

// begin counts the call, numbers it, and takes the fault scripted for it.
func (w *WeChat) begin(path string) (Fault, string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seq++
	return w.script.begin(path), fmt.Sprintf("%08x-%08x", w.opts.Now().Unix(), w.seq)
}

// perform does what the endpoint does, once method and token are right.
func (c *call) perform(e endpoint) reply {
	switch {
	case c.r.Method != e.method && e.method == http.MethodPost:
		return c.refuse(43002, "require POST method")
	case c.r.Method != e.method:
		return c.refuse(43001, "require GET method")
	case !e.open:
		if code, msg := c.w.judgeToken(c.r.URL.Query().Get("access_token")); code != 0 {
			return c.refuse(code, msg)
		}
	}
	return e.act(c)
}

// random is n random bytes as text; w.mu is held.
func (w *WeChat) random(n int) string { return randomText(w.opts.Rand, n) }
