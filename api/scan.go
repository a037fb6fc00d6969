package api

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"countersign/model"
	"countersign/service"
	"countersign/strictjson"
	"countersign/web"
)

// scanPages are the routes behind a publish code: for phones without a session.
func (a *API) scanPages() {
	a.gin.GET("/assets/:file", a.scanAsset)
	p := a.gin.Group("/p/:token", a.limited)
	p.GET("", a.scanPage)
	p.HEAD("", a.scanPage) // scanners look before they open
	for file, handle := range map[string]gin.HandlerFunc{"/qr.png": a.scanPNG, "/qr.svg": a.scanSVG} {
		p.GET(file, handle)
		p.HEAD(file, handle)
	}
	p.POST("/open", a.openScan)
	p.POST("/published", a.claimScan)
	p.POST("/pass", a.takePass)
	a.gin.POST("/hooks/douyin", a.douyinHook)
}

// passCookie carries a named poster's pass from its link to the page's requests.
const passCookie = "__Host-countersign-pass"

// scanner is the call of somebody at a publish code: he may be signed in to the console.
func (a *API) scanner(c *gin.Context) (service.Call, error) {
	call := a.anyone(c)
	who, err := a.principal(c.Request, Public)
	call.Principal = who
	return call, err
}

// passed is the Member whose pass the browser holds for a code, "" without one.
func (a *API) passed(c *gin.Context, ticketID string, now time.Time) string {
	cookie, err := c.Request.Cookie(passCookie)
	if err != nil {
		return ""
	}
	member, _ := a.Service.Tickets.Holder(ticketID, cookie.Value, now)
	return member
}

// scanPage shows where a code leads. Looking, also by a scanner that looks before it
// opens, changes nothing.
func (a *API) scanPage(c *gin.Context) {
	call, err := a.scanner(c)
	if err != nil {
		writeProblem(c, err)
		return
	}
	v, now, err := a.Service.Tickets.Look(c.Request.Context(), call, c.Param("token"))
	switch {
	case model.Is(err, model.CodeTicketEnded):
		a.showScan(c, a.ended(c))
		return
	case err != nil:
		writeProblem(c, err)
		return
	}
	forbidden, err := a.Service.Tickets.Forbidden(c.Request.Context(), call, v, a.passed(c, v.Ticket.ID, now))
	if err != nil {
		writeProblem(c, err)
		return
	}
	a.showScan(c, a.sight(c, v, now, forbidden))
}

// ended is the page of a code that leads nowhere: the same for each that was never there.
func (a *API) ended(c *gin.Context) web.ScanPage {
	return web.ScanPage{En: language(c.GetHeader("Accept-Language")) == model.LangEn, State: string(model.ScanEnded)}
}

// sight is the page of a code. One that has ended, and one that is not for the visitor,
// tell nothing of the post.
func (a *API) sight(c *gin.Context, v service.Scan, now time.Time, forbidden bool) web.ScanPage {
	p, state := a.ended(c), v.State(now)
	if state == model.ScanEnded {
		return p
	}
	ua := c.Request.UserAgent()
	p.Token, p.State, p.Brand, p.Channel = c.Param("token"), string(state), v.Brand, v.Channel
	p.InApp, p.Phone = inApp(ua), phone(ua)
	if forbidden {
		p.State = "forbidden"
		return p
	}
	p.Title, p.Hashtags, p.Caption, p.PublishedURL = v.Title, v.Hashtags, v.Caption, v.PublishedURL
	p.Cover = strings.TrimPrefix(v.CoverURL, a.PublicURL)
	p.OpensInMS, p.EndsInMS = v.Ticket.Opens(v.Lead).Sub(now).Milliseconds(), v.Ticket.ExpiresAt.Sub(now).Milliseconds()
	if v.Scheduled != nil {
		p.Scheduled, p.ScheduledISO, p.Zone, p.Offset = v.Planned, v.Scheduled.Format(time.RFC3339), v.Zone, v.Offset
	}
	if until := v.Ticket.LeaseUntil; state == model.ScanOpen && until != nil && now.Before(*until) {
		p.State, p.HeldBy = "held", v.Ticket.LeaseAgent
		p.HeldForSeconds = int(until.Sub(now).Seconds()) + 1
	}
	return p
}

// scanStatus is one status for each state of a code.
func scanStatus(state string) int {
	switch state {
	case string(model.ScanEnded):
		return http.StatusNotFound
	case "forbidden":
		return http.StatusForbidden
	}
	return http.StatusOK
}

const scanCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func (a *API) showScan(c *gin.Context, p web.ScanPage) {
	p.V, p.RequestID = web.ScanVersion(), requestID(c.Request.Context())
	page, err := web.RenderScan(p)
	if err != nil {
		writeProblem(c, err)
		return
	}
	c.Header("Content-Security-Policy", scanCSP)
	c.Data(scanStatus(p.State), "text/html; charset=utf-8", page)
}

// scanAsset serves the page's style and script; their addresses change with them.
func (a *API) scanAsset(c *gin.Context) {
	kinds := map[string]string{"scan.css": "text/css; charset=utf-8", "scan.js": "text/javascript; charset=utf-8"}
	kind, known := kinds[c.Param("file")]
	if !known {
		writeProblem(c, model.E(model.CodeNotFound))
		return
	}
	raw, err := web.Asset(c.Param("file"))
	if err != nil {
		writeProblem(c, err)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Data(http.StatusOK, kind, raw)
}

// openAsk is a tap on the page's button.
type openAsk struct {
	Device   string `json:"device"`
	TakeOver bool   `json:"take_over"`
	Way      string `json:"way"`
}

// openAnswer is what the phone gets.
type openAnswer struct {
	OpeningID  string    `json:"opening_id"`
	Schema     string    `json:"schema,omitempty"`
	VideoURL   string    `json:"video_url"`
	Caption    string    `json:"caption"`
	EndsAt     time.Time `json:"ends_at"`
	LeaseUntil time.Time `json:"lease_until,omitzero"`
}

var deviceShape = regexp.MustCompile(`^[0-9A-Za-z_-]{16,64}$`)

// check finds what is wrong with a tap.
func (ask openAsk) check(key string) error {
	var bad []model.FieldError
	if !deviceShape.MatchString(ask.Device) {
		bad = append(bad, model.Field("device", "malformed"))
	}
	if w := model.OpeningWay(ask.Way); w != model.OpeningDouyin && w != model.OpeningDownload {
		bad = append(bad, model.Field("way", "unknown"))
	}
	switch {
	case !keyShape.MatchString(key):
		return model.E(model.CodeKeyRequired)
	case len(bad) > 0:
		return model.Invalid(bad...)
	}
	return nil
}

// openScan hands the phone that taps what it takes to publish.
func (a *API) openScan(c *gin.Context) {
	var ask openAsk
	key := c.GetHeader("Idempotency-Key")
	if err := readJSON(c, &ask); err != nil {
		writeProblem(c, err)
		return
	}
	if err := ask.check(key); err != nil {
		writeProblem(c, err)
		return
	}
	call, err := a.scanner(c)
	if err != nil {
		writeProblem(c, err)
		return
	}
	tap := service.ScanTap{Key: key, Device: ask.Device, TakeOver: ask.TakeOver, Way: model.OpeningWay(ask.Way)}
	if cookie, err := c.Request.Cookie(passCookie); err == nil {
		tap.Pass = cookie.Value
	}
	out, err := a.Service.Tickets.Open(c.Request.Context(), call, c.Param("token"), tap)
	if err != nil {
		writeProblem(c, err)
		return
	}
	c.JSON(http.StatusOK, openAnswer{out.Opening.ID, out.Launch.Schema, out.VideoURL, out.Caption, out.Ends, out.Lease})
}

// readJSON reads a small body strictly: JSON, each key known and once, nothing behind it.
func readJSON(c *gin.Context, into any) error {
	if kind, _, _ := strings.Cut(c.ContentType(), ";"); kind != "application/json" {
		return model.E(model.CodeUnsupportedMedia)
	}
	raw, err := io.ReadAll(io.LimitReader(c.Request.Body, maxScanBody+1))
	switch {
	case err != nil, len(raw) > maxScanBody:
		return model.E(model.CodeTooLarge).Because(err)
	}
	if err := strictjson.Unmarshal(raw, into); err != nil {
		return model.E(model.CodeMalformed).Because(err)
	}
	return nil
}

const maxScanBody = 4 << 10

// claimScan takes the poster's word that he has published.
func (a *API) claimScan(c *gin.Context) {
	var ask struct {
		OpeningID string `json:"opening_id"`
		Device    string `json:"device"`
	}
	if err := readJSON(c, &ask); err != nil {
		writeProblem(c, err)
		return
	}
	if !idShape.MatchString(ask.OpeningID) || !deviceShape.MatchString(ask.Device) {
		writeProblem(c, model.E(model.CodeNotOpened))
		return
	}
	call, err := a.scanner(c)
	if err == nil {
		err = a.Service.Tickets.Claim(c.Request.Context(), call, c.Param("token"), ask.OpeningID, ask.Device)
	}
	if err != nil {
		writeProblem(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"state": model.ScanPublished})
}

// takePass keeps a named poster's pass, which his link carries behind its #, for the
// requests of this browser.
func (a *API) takePass(c *gin.Context) {
	var ask struct {
		Pass string `json:"pass"`
	}
	if err := readJSON(c, &ask); err != nil {
		writeProblem(c, err)
		return
	}
	left, err := a.Service.Tickets.Takes(c.Request.Context(), a.anyone(c), c.Param("token"), ask.Pass)
	if err != nil {
		writeProblem(c, err)
		return
	}
	http.SetCookie(c.Writer, &http.Cookie{
		Name: passCookie, Value: ask.Pass, Path: "/", MaxAge: int(left.Seconds()), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	c.Status(http.StatusNoContent)
}

// maxHook bounds a message of Douyin's.
const maxHook = 256 << 10

// hookTime is how long storing a message may take: Douyin waits for five seconds and sends
// it again up to three times, and a late answer would cost the subscription.
const hookTime = 900 * time.Millisecond

// douyinHook takes a message of Douyin's: it is stored, answered, and dealt with later.
func (a *API) douyinHook(c *gin.Context) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxHook))
	if err != nil {
		writeProblem(c, model.E(model.CodeTooLarge).Because(err))
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), hookTime)
	defer cancel()
	challenge, err := a.Service.Tickets.Hear(ctx, c.GetHeader("X-Douyin-Signature"), body)
	switch {
	case err != nil:
		writeProblem(c, err)
	case challenge != nil:
		c.Data(http.StatusOK, "application/json", challenge)
	default:
		c.JSON(http.StatusOK, gin.H{"err_no": 0})
	}
}

// inApp names the app whose browser this is, where it matters: most of them open no other
// app. It chooses a page and decides nothing.
func inApp(ua string) string {
	for _, f := range []struct{ part, name string }{
		{"MicroMessenger", "wechat"}, {" QQ/", "qq"}, {"Weibo", "weibo"}, {"DingTalk", "dingtalk"}, {"Lark", "lark"}, {"Feishu", "lark"}, {"aweme", "douyin"},
	} {
		if strings.Contains(ua, f.part) {
			return f.name
		}
	}
	return ""
}

func phone(ua string) bool { return strings.Contains(ua, "Mobile") || strings.Contains(ua, "Android") }
