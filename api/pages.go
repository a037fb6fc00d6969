package api

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"countersign/model"
	"countersign/service"
	"countersign/web"
)

// pages are the routes outside the JSON API: for people and for the operator.
func (a *API) pages() {
	a.gin.GET("/", func(c *gin.Context) { c.Redirect(http.StatusFound, "/api/docs") })
	a.gin.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	a.gin.GET("/readyz", a.ready)
	a.gin.HEAD("/healthz", func(c *gin.Context) { c.Status(http.StatusOK) }) // load balancers may ask with HEAD
	a.gin.HEAD("/readyz", a.ready)
	a.gin.GET("/api/docs", a.docs)
	a.gin.GET("/api/docs/errors", a.errorsPage)
	a.gin.GET("/api/docs/assets/:file", a.docsAsset)
	for _, path := range []string{"/media/:id", "/media/:id/thumb"} {
		a.gin.GET(path, a.limited, a.serveMedia)
		a.gin.HEAD(path, a.limited, a.serveMedia)
	}
	a.gin.GET("/hooks/wechat", a.wechatEcho)
	a.gin.POST("/hooks/wechat", a.wechatPush)
	a.scanPages()
	invitation := a.gin.Group("/i/:token", a.limited)
	invitation.GET("", a.invitationPage)
	invitation.HEAD("", a.invitationPage) // link previews
	invitation.GET("/code.png", a.invitationPageCode)
	invitation.POST("/link", a.invitationLink)
}

// ready tells a load balancer whether to send requests: the database must answer;
// Redis may be away, it is speed only.
func (a *API) ready(c *gin.Context) {
	if a.Draining != nil && a.Draining() {
		c.JSON(http.StatusServiceUnavailable, gin.H{"ready": false, "reason": "shutting down"})
		return
	}
	if err := a.Store.Ping(c.Request.Context()); err != nil {
		c.JSON(http.StatusServiceUnavailable, gin.H{"ready": false, "reason": "the database does not answer"})
		return
	}
	c.JSON(http.StatusOK, gin.H{"ready": true, "redis": a.Redis()})
}

// anyone is the call of a visitor without a session.
func (a *API) anyone(c *gin.Context) service.Call {
	ip := a.clientIP(c.Request)
	return service.Call{RequestID: requestID(c.Request.Context()), IP: ip, IPHash: a.hashIP(ip), UserAgent: family(c.Request.UserAgent())}
}

// limited counts a visitor's requests by his address.
func (a *API) limited(c *gin.Context) {
	if err := a.limit(service.Call{IP: a.clientIP(c.Request)}); err != nil {
		writeProblem(c, err)
		return
	}
	c.Next()
}

func (a *API) docs(c *gin.Context) {
	a.render(c, http.StatusOK, "docs.html", nil, "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'")
}

func (a *API) docsAsset(c *gin.Context) {
	name := c.Param("file")
	var raw []byte
	var err error
	switch {
	case name == "docs.js" || name == "page.css" || slices.Contains(web.SwaggerFiles(), name):
		raw, err = web.Asset(name)
	default:
		writeProblem(c, model.E(model.CodeNotFound))
		return
	}
	if err != nil {
		writeProblem(c, err)
		return
	}
	kind := "text/css; charset=utf-8"
	if strings.HasSuffix(name, ".js") {
		kind = "text/javascript; charset=utf-8"
	}
	c.Header("Cache-Control", "public, max-age=3600")
	c.Data(http.StatusOK, kind, raw)
}

// errorRow is one code on the page that a problem's type points to.
type errorRow struct {
	Code   model.Code
	Status int
	Zh, En model.Text
}

func (a *API) errorsPage(c *gin.Context) {
	var rows []errorRow
	for code, kind := range model.Codes() {
		rows = append(rows, errorRow{code, statuses[kind], model.TextOf(model.LangZh, code, nil), model.TextOf(model.LangEn, code, nil)})
	}
	slices.SortFunc(rows, func(x, y errorRow) int { return strings.Compare(string(x.Code), string(y.Code)) })
	a.page(c, http.StatusOK, "errors.html", rows)
}

// landing is what the invitation's page shows.
type landing struct {
	En      bool
	Brand   string
	Token   string
	Post    bool // a Post's code, not an invitation's
	Phone   bool
	WeChat  bool
	Ended   bool
	Trouble *trouble // why no link could be made just now
}

type trouble struct {
	model.Text
	ID string // of the request: the text may ask the visitor to tell it
}

// invitationPage is what an invitation link opens. Looking, also by a link preview,
// consumes nothing.
func (a *API) invitationPage(c *gin.Context) { a.showInvitation(c, http.StatusOK, nil) }

func (a *API) showInvitation(c *gin.Context, status int, why *trouble) {
	ua := c.Request.UserAgent()
	l := landing{
		En: language(c.GetHeader("Accept-Language")) == model.LangEn, Token: c.Param("token"), Trouble: why,
		Phone: phone(ua), WeChat: strings.Contains(ua, "MicroMessenger"),
	}
	kind := a.Service.Scenes.Landing(l.Token)
	l.Post = kind == model.ScenePost
	scene, err := a.Service.Scenes.Look(c.Request.Context(), a.anyone(c), l.Token, kind)
	switch {
	case model.Is(err, model.CodeSceneEnded):
		l.Ended, status = true, http.StatusNotFound
	case err != nil:
		writeProblem(c, err)
		return
	default:
		brand, err := a.Store.Brand(c.Request.Context(), *scene.BrandID)
		if err != nil {
			writeProblem(c, err)
			return
		}
		l.Brand = brand.PublicName
	}
	a.page(c, status, "invitation.html", l)
}

func (a *API) invitationPageCode(c *gin.Context) {
	ctx := c.Request.Context()
	if _, err := a.Service.Scenes.Look(ctx, a.anyone(c), c.Param("token"), a.Service.Scenes.Landing(c.Param("token"))); err != nil {
		writeProblem(c, err)
		return
	}
	scene, err := a.Store.SceneByToken(ctx, model.HashToken(c.Param("token")))
	if err != nil {
		writeProblem(c, err)
		return
	}
	raw, err := a.Service.Scenes.Code(ctx, scene)
	if err != nil {
		writeProblem(c, err)
		return
	}
	c.Header("Cache-Control", "private, max-age=300")
	c.Data(http.StatusOK, "image/png", raw)
}

// invitationLink sends a visitor on a phone into the mini-program with a link of his own.
func (a *API) invitationLink(c *gin.Context) {
	link, err := a.Service.Scenes.URLLink(c.Request.Context(), a.anyone(c), c.Param("token"))
	switch code := model.CodeOf(err); {
	case err == nil:
		c.Redirect(http.StatusSeeOther, link)
	case code == model.CodeSceneEnded:
		a.showInvitation(c, http.StatusNotFound, nil)
	default:
		c.Set(causeKey, err)
		text := model.TextOf(language(c.GetHeader("Accept-Language")), code, nil)
		a.showInvitation(c, http.StatusServiceUnavailable, &trouble{text, requestID(c.Request.Context())})
	}
}

// page renders one of our own templates: no script but the docs', no remote asset.
func (a *API) page(c *gin.Context, status int, name string, data any) {
	a.render(c, status, name, data, "default-src 'none'; style-src 'self'; img-src 'self'; form-action *; frame-ancestors 'none'; base-uri 'none'")
}

func (a *API) render(c *gin.Context, status int, name string, data any, csp string) {
	var out bytes.Buffer
	if err := web.Render(&out, name, data); err != nil {
		writeProblem(c, err)
		return
	}
	c.Header("Content-Security-Policy", csp)
	c.Data(status, "text/html; charset=utf-8", out.Bytes())
}
