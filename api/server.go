// Package api is the HTTP surface: gin carries it, huma describes it, and routes.go has
// all of it on one screen. Handlers read from the store and change through services.
package api

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"countersign/model"
	"countersign/service"
	"countersign/store"
)

// Options are what the surface needs.
type Options struct {
	Store          *store.Store
	Service        *service.Service
	Limit          Limiter
	Log            *slog.Logger
	Metrics        *Metrics
	PublicURL      string
	TrustedProxies []netip.Prefix
	BodyLimit      int64
	RequestsPerSec int
	Timeout        time.Duration // of one request; 0 is 10 s
	Heartbeat      time.Duration // of a stream of events; 0 is 15 s
	WriteLimit     time.Duration // of one write to a stream; who is slower is dropped; 0 is 10 s
	HashKey        []byte        // keys the hash of addresses in sessions and audit
	Trust          time.Duration // how long a stream goes on while nobody can say whether it may; 0 is 30 s
	Redis          func() string // "up", "down" or "embedded", for readiness
	Draining       func() bool   // true while shutting down
	Version        string
}

// Limiter counts requests on this replica.
type Limiter interface {
	AllowHere(l model.Limit, subject string) (ok bool, retryAfter time.Duration)
}

// API answers requests.
type API struct {
	Options
	huma huma.API
	gin  *gin.Engine

	headers http.Header // of every answer
}

// Base is the path of the versioned API.
const Base = "/api/v1"

// New builds the handler of everything public.
func New(o Options) *API {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	o.Heartbeat, o.WriteLimit = cmp.Or(o.Heartbeat, 15*time.Second), cmp.Or(o.WriteLimit, 10*time.Second)
	o.Trust = cmp.Or(o.Trust, 30*time.Second)
	configureHuma()
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	a := &API{Options: o, gin: engine, headers: securely(o.PublicURL)}
	engine.Use(a.stamp, a.observe, gin.CustomRecoveryWithWriter(nil, a.recovered), a.secure, a.sameSite, a.bounded)
	engine.NoRoute(func(c *gin.Context) { writeProblem(c, model.E(model.CodeNotFound)) })
	engine.NoMethod(func(c *gin.Context) { writeProblem(c, model.E(model.CodeMethodNotAllowed)) })
	a.huma = humagin.NewWithGroup(engine, engine.Group(Base), humaConfig(o.Version))
	a.huma.UseMiddleware(a.admit)
	a.routes()
	return a
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.gin.ServeHTTP(w, overridden(r)) }

// overridden is the request as it is meant: wx.request of mini-programs knows no PATCH, and
// sends a POST that says so. No other method can be asked for.
func overridden(r *http.Request) *http.Request {
	if r.Method == http.MethodPost && r.Header.Get("X-HTTP-Method-Override") == http.MethodPatch {
		r = r.WithContext(r.Context()) // a copy: the caller's request stays as it is
		r.Method = http.MethodPatch
	}
	return r
}

// OpenAPI is the description of the API in YAML.
func (a *API) OpenAPI() ([]byte, error) { return a.huma.OpenAPI().YAML() }

// configureHuma sets huma's package variables, once: they are its only way to set the
// error type.
var configureHuma = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.ValidateStrictCasing = true // encoding/json takes Brand_ID for brand_id; the validation does not
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return problemOf("", model.LangEn, status, msg, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		p := problemOf(requestID(ctx.Context()), language(ctx.Header("Accept-Language")), status, msg, errs)
		humagin.Unwrap(ctx).Set(causeKey, p.cause)
		for name, value := range p.GetHeaders() { // huma asks the handler's error for them, not this answer
			ctx.SetHeader(name, value[0])
		}
		return p
	}
})

// introduction tells what all routes share. Its lines are paragraphs of Markdown.
const introduction = `Approval of social posts by people inside and outside a brand.

**Signing in.** POST /sessions sets a cookie (curl keeps it with -c jar, sends it with -b jar); the mini-program sends the token of POST /wechat/login as a bearer. A route that both may call takes either.

**Repeating.** A POST that creates or decides asks for an Idempotency-Key: a fresh one for each act, the same one when an answer was lost. An edit asks for If-Match: the version that was loaded, in quotes, such as "3"; it is the ETag of an answer and the field version in a list.

**PATCH.** A client that cannot send it, such as a mini-program, sends a POST with X-HTTP-Method-Override: PATCH.

**Trying out.** Where an act takes dry_run=true it tells what it would do, and does nothing.

**Lists** are pages: items, and next_cursor while there are more; send it as cursor, with the same filters.

**Refusals** are RFC 9457 problems, in Chinese, or in English when Accept-Language names it first. Decide by their stable code, listed at [/api/docs/errors](/api/docs/errors); errors names each wrong field. 429 and 503 say in Retry-After when to come back, and are safe to repeat.

**Times** are RFC 3339 with an offset. A JSON body holds up to 1 MiB unless the operator set another limit.`

func humaConfig(version string) huma.Config {
	cfg := huma.DefaultConfig("Countersign", version)
	cfg.Info.Description = introduction
	cfg.OpenAPIPath = "/openapi"
	cfg.DocsPath, cfg.SchemasPath = "", ""
	cfg.CreateHooks = nil // no $schema in bodies
	cfg.RejectUnknownQueryParameters = true
	cfg.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON} // "json" is for problem+json
	cfg.DefaultFormat = "application/json"
	cfg.Servers = []*huma.Server{{URL: Base}}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"console": {Type: "apiKey", In: "cookie", Name: CookieName, Description: "Console session, set by POST /sessions."},
		"mini":    {Type: "http", Scheme: "bearer", Description: "Mini-program session, from POST /wechat/login."},
	}
	return cfg
}

// language picks the answer's language from Accept-Language: Chinese unless English is
// named first.
func language(header string) string {
	first, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(header)), ",")
	if strings.HasPrefix(first, "en") {
		return model.LangEn
	}
	return model.LangZh
}
