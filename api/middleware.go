package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"countersign/model"
)

type ctxKey int

const (
	passageKey ctxKey = iota
	callKey
)

// causeKey is where a handler leaves the error behind its answer, for the log.
const causeKey = "cause"

// passage is what a request carries from its first moment.
type passage struct {
	id, lang string
	whole    context.Context //nolint:containedctx // the request's own, without its time limit
}

func passing(ctx context.Context) passage {
	p, _ := ctx.Value(passageKey).(*passage)
	if p == nil {
		return passage{whole: ctx}
	}
	return *p
}

func requestID(ctx context.Context) string { return passing(ctx).id }

// langOf is the language that the answer is worded in.
func langOf(ctx context.Context) string { return passing(ctx).lang }

// lifetime is a request's context without its time limit: it ends when the client
// leaves. For answers that go on, whose every part has its own limit.
func lifetime(ctx context.Context) context.Context { return passing(ctx).whole }

// stamp gives the request its id and its time limit.
func (a *API) stamp(c *gin.Context) {
	p := &passage{id: uuid.Must(uuid.NewV7()).String(), lang: language(c.GetHeader("Accept-Language"))}
	p.whole = context.WithValue(c.Request.Context(), passageKey, p)
	ctx, cancel := context.WithTimeout(p.whole, a.Timeout)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Header("X-Request-Id", p.id)
	c.Next()
}

// observe logs and counts one request. It names the route, never the path or the
// query: those carry tokens.
func (a *API) observe(c *gin.Context) {
	start := time.Now()
	c.Next()
	route, took := c.FullPath(), time.Since(start)
	if a.Metrics != nil {
		a.Metrics.request(c.Request.Method, route, c.Writer.Status(), took)
	}
	attrs := append(make([]slog.Attr, 0, 8),
		slog.String("id", requestID(c.Request.Context())), slog.String("method", c.Request.Method), slog.String("route", route),
		slog.Int("status", c.Writer.Status()), slog.Float64("took_ms", float64(took.Microseconds())/1000), slog.Int("bytes", c.Writer.Size()),
	)
	if call := callOf(c.Request.Context()); call.Principal.Kind != "" {
		attrs = append(attrs, slog.String("principal", call.Principal.ID()))
	}
	level := slog.LevelInfo
	if err, ok := c.Value(causeKey).(error); ok && c.Writer.Status() >= 500 {
		level = slog.LevelError
		attrs = append(attrs, slog.Any("error", err))
	}
	a.Log.LogAttrs(c.Request.Context(), level, "request", attrs...)
}

// recovered answers after a panic: the stack goes to the log, the client gets an id.
func (a *API) recovered(c *gin.Context, v any) {
	a.Log.ErrorContext(c.Request.Context(), "panic", "id", requestID(c.Request.Context()), "value", v, "stack", string(debug.Stack()))
	writeProblem(c, model.E(model.CodeInternal))
}

// securely are the headers that every answer has. The map is only read.
func securely(publicURL string) http.Header {
	h := http.Header{}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Language")
	if strings.HasPrefix(publicURL, "https://") {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	return h
}

// secure sets them, on errors too.
func (a *API) secure(c *gin.Context) {
	maps.Copy(c.Writer.Header(), a.headers)
	c.Next()
}

var crossOrigin = http.NewCrossOriginProtection()

// sameSite refuses changes that another site makes in a browser (CSRF).
func (a *API) sameSite(c *gin.Context) {
	if err := crossOrigin.Check(c.Request); err != nil {
		writeProblem(c, model.E(model.CodeCrossSite))
		return
	}
	c.Next()
}

// bounded limits the body, and refuses a query that two readers could take differently.
func (a *API) bounded(c *gin.Context) {
	if f := wrongQuery(c.Request.URL.RawQuery); f != nil {
		writeProblem(c, model.Invalid(*f))
		return
	}
	if c.Request.Body != nil && c.Request.Body != http.NoBody {
		limit := a.BodyLimit
		if c.FullPath() == partRoute {
			limit = model.MediaPartBytes
		}
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
	}
	c.Next()
}

// mayBeEmpty are the parameters whose empty value means that they are not there: the
// cursor of a first page, and a box that nobody has filled in.
var mayBeEmpty = []string{"cursor", "q", "search"}

// wrongQuery finds what net/url and huma would silently leave out, and the act would go
// on without: a malformed part, an empty value (of dry_run it would be the act itself, of
// a filter everything), one key twice, text that the databases do not take alike.
func wrongQuery(raw string) *model.FieldError {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return new(model.Field("query", "malformed"))
	}
	for k, v := range query {
		reason := ""
		switch {
		case len(v) > 1:
			reason = "duplicate"
		case v[0] == "" && !slices.Contains(mayBeEmpty, k):
			reason = "required"
		case !utf8.ValidString(v[0]) || strings.ContainsFunc(v[0], unicode.IsControl):
			reason = "forbidden_character"
		case k == dryRunKey && v[0] != "true" && v[0] != "false":
			reason = "wrong_type"
		}
		if reason != "" {
			return new(model.Field(cutPath("query."+k), reason))
		}
	}
	return nil
}

// clientIP is the peer's address, or the one that a trusted proxy reports: the last
// address in X-Forwarded-For that is not a trusted proxy itself.
func (a *API) clientIP(r *http.Request) string {
	peer := addr(r.RemoteAddr)
	if !a.trusted(peer) {
		return peer
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if ip := strings.TrimSpace(hop); ip != "" && !a.trusted(ip) {
			return addr(ip)
		}
	}
	return peer
}

// hashIP keeps an address recognisable without storing it.
func (a *API) hashIP(ip string) string {
	m := hmac.New(sha256.New, a.HashKey)
	m.Write([]byte(ip))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// fingerprint hashes method, path and body of a request that carries an idempotency
// key, and puts the body back.
func fingerprint(r *http.Request) (string, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		if _, big := errors.AsType[*http.MaxBytesError](err); big {
			return "", model.E(model.CodeTooLarge)
		}
		return "", model.E(model.CodeMalformed).Because(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	h := sha256.New()
	for _, part := range [][]byte{[]byte(r.Method), []byte(r.URL.RequestURI()), body} {
		h.Write(part)
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
