package api

import (
	"context"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"countersign/model"
	"countersign/service"
)

// CookieName is the console session's cookie: __Host- binds it to this very host.
const CookieName = "__Host-countersign"

// Policy says who may call a route. Every route has one; a route without is refused
// when the server is built.
type Policy string

// The policies. What a User may do inside a Brand is decided by his role there.
const (
	Public Policy = "public"
	Users  Policy = "user"   // console session
	People Policy = "person" // mini-program session
	Either Policy = "either"
)

// permit is what the routes table says of an operation.
type permit struct {
	policy Policy
	key    bool // an Idempotency-Key is required
}

const permitKey = "permit"

func callOf(ctx context.Context) service.Call {
	c, _ := ctx.Value(callKey).(service.Call)
	return c
}

// admit is the door of every operation: limits, session, ids, idempotency key.
func (a *API) admit(ctx huma.Context, next func(huma.Context)) {
	p := ctx.Operation().Metadata[permitKey].(permit) //nolint:forcetypeassert // routes.go sets it, or New panics in every test
	call, err := a.call(ctx, p)
	ctx = huma.WithValue(ctx, callKey, call)
	if err != nil {
		gc := humagin.Unwrap(ctx)
		gc.Request = gc.Request.WithContext(ctx.Context())
		writeProblem(gc, err)
		return
	}
	next(ctx)
}

func (a *API) call(ctx huma.Context, p permit) (service.Call, error) {
	r := humagin.Unwrap(ctx).Request
	ip := a.clientIP(r)
	c := service.Call{RequestID: requestID(r.Context()), IP: ip, IPHash: a.hashIP(ip), UserAgent: family(r.UserAgent())}
	who, err := a.principal(r, p.policy)
	c.Principal = who
	if err := a.limit(c); err != nil { // guesses at sessions count too, by address
		return c, err
	}
	if err != nil {
		return c, err
	}
	if p.policy != Public && who.Kind == "" {
		return c, model.E(model.CodeUnauthenticated)
	}
	if err := rightShape(ctx, r); err != nil {
		return c, err
	}
	if !p.key || dryRun(r) {
		return c, nil
	}
	if c.Key = r.Header.Get("Idempotency-Key"); !keyShape.MatchString(c.Key) {
		return c, model.E(model.CodeKeyRequired)
	}
	c.RequestHash, err = fingerprint(r)
	return c, err
}

var keyShape = regexp.MustCompile(`^[0-9A-Za-z_-]{8,64}$`)

// principal finds who calls. A route for both takes the bearer token before the cookie;
// a public one knows the caller when he is signed in, and does not mind when not.
func (a *API) principal(r *http.Request, p Policy) (service.Principal, error) {
	bearer, hasBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	cookie, cookieErr := r.Cookie(CookieName)
	var who service.Principal
	var err error
	switch {
	case hasBearer && (p == People || p == Either):
		who, err = a.Service.Sessions.Recognise(r.Context(), model.SessionMini, bearer)
	case cookieErr == nil && p != People:
		who, err = a.Service.Sessions.Recognise(r.Context(), model.SessionConsole, cookie.Value)
	}
	if p == Public && model.Is(err, model.CodeUnauthenticated) {
		return service.Principal{}, nil
	}
	return who, err
}

// limit counts the request against its principal, or its address when nobody is signed
// in. It keeps one client from flooding this replica, so this replica counts alone.
func (a *API) limit(c service.Call) error {
	subject := "ip:" + c.IP
	if c.Principal.Kind != "" {
		subject = c.Principal.ID()
	}
	l := model.Limit{Name: "requests", Rate: a.RequestsPerSec, Period: time.Second, Burst: 2 * a.RequestsPerSec}
	if ok, wait := a.Limit.AllowHere(l, subject); !ok {
		return model.E(model.CodeTooMany).After(wait)
	}
	return nil
}

var idShape = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// knownIDs: a malformed id in the path is not there, like any other that is not.
func knownIDs(ctx huma.Context) error {
	for _, p := range ctx.Operation().Parameters {
		if p.In != "path" || p.Name == "token" || p.Name == "platform" || p.Name == "number" {
			continue
		}
		if !idShape.MatchString(ctx.Param(p.Name)) {
			return model.E(model.CodeNotFound)
		}
	}
	return nil
}

// rightShape: the ids in the path can be ids, and the body says that it is JSON.
func rightShape(ctx huma.Context, r *http.Request) error {
	if err := knownIDs(ctx); err != nil {
		return err
	}
	return isJSON(ctx, r)
}

// isJSON: what a form in a browser can send without asking first (text/plain, no type at
// all) is refused.
func isJSON(ctx huma.Context, r *http.Request) error {
	if ctx.Operation().RequestBody == nil || r.ContentLength == 0 {
		return nil
	}
	want := "application/json"
	for kind := range ctx.Operation().RequestBody.Content { // each has one
		want = kind
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != want {
		return model.E(model.CodeUnsupportedMedia)
	}
	return nil
}

// staff asks for a role in a Brand, for reads; changes ask again inside their
// transaction.
func (a *API) staff(ctx context.Context, brandID string, need model.Role) error {
	_, err := service.Staff(ctx, a.Store.Reader, callOf(ctx), brandID, need)
	return err
}

func addr(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return "unknown"
	}
	return ip.Unmap().WithZone("").String()
}

func (a *API) trusted(ip string) bool {
	p, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	for _, net := range a.TrustedProxies {
		if net.Contains(p.Unmap()) {
			return true
		}
	}
	return false
}

// family reduces a User-Agent to what a person recognises; the string itself is not kept.
func family(ua string) string {
	for _, f := range []struct{ part, name string }{
		{"MicroMessenger", "WeChat"}, {"aweme", "Douyin"}, {"Edg/", "Edge"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	} {
		if strings.Contains(ua, f.part) {
			return f.name
		}
	}
	return "other"
}
