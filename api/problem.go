package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"countersign/model"
)

// Problem is an RFC 9457 problem with a stable code. Type points to its description.
type Problem struct {
	Type      string             `json:"type" doc:"Where the code is described." example:"/api/docs/errors#already_decided"`
	Title     string             `json:"title" doc:"What happened, in the language asked for."`
	Status    int                `json:"status" doc:"The HTTP status."`
	Code      model.Code         `json:"code" doc:"Stable; decide by it." example:"already_decided"`
	Detail    string             `json:"detail" doc:"What happened and what to do next."`
	RequestID string             `json:"request_id,omitempty" doc:"Tell it to the operator."`
	Args      map[string]string  `json:"args,omitempty" doc:"The values in the detail: who, when, which."`
	Errors    []model.FieldError `json:"errors,omitempty" doc:"The wrong fields."`

	retryAfter time.Duration
	cause      error
}

func (p *Problem) Error() string { return string(p.Code) }

// Unwrap is the refusal or fault behind the problem, for the log.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus is for huma.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is for huma.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders says when to come back.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
	return h
}

var statuses = map[model.Kind]int{
	model.KindInternal: http.StatusInternalServerError, model.KindInvalid: http.StatusBadRequest, model.KindUnauthenticated: http.StatusUnauthorized,
	model.KindForbidden: http.StatusForbidden, model.KindNotFound: http.StatusNotFound, model.KindMethod: http.StatusMethodNotAllowed,
	model.KindConflict: http.StatusConflict, model.KindPrecondition: http.StatusPreconditionFailed, model.KindTooLarge: http.StatusRequestEntityTooLarge,
	model.KindUnsupported: http.StatusUnsupportedMediaType, model.KindUnprocessable: http.StatusUnprocessableEntity,
	model.KindPreconditionMissing: http.StatusPreconditionRequired, model.KindTooMany: http.StatusTooManyRequests,
	model.KindUpstream: http.StatusBadGateway, model.KindUnavailable: http.StatusServiceUnavailable,
}

// StatusOf is the HTTP status of a kind.
func StatusOf(k model.Kind) int { return statuses[k] }

// problemFor words a refusal of ours. What is not one is a fault that says nothing of
// itself.
func problemFor(id, lang string, err error) *Problem {
	var e *model.Error
	if !errors.As(err, &e) {
		e = model.E(faultOf(err))
	}
	text := model.TextOf(lang, e.Code, e.Args)
	after := e.RetryAfter
	if k := e.Kind(); after == 0 && (k == model.KindTooMany || k == model.KindUnavailable) {
		after = time.Second // what passes by itself always says when to come back
	}
	return &Problem{
		Type: "/api/docs/errors#" + string(e.Code), Title: text.Title, Status: statuses[e.Kind()], Code: e.Code, Detail: text.Detail,
		RequestID: id, Args: e.Args, Errors: inWords(lang, e.Fields), retryAfter: after, cause: err,
	}
}

// faultOf is the code of an error that nobody has named. A request whose time was over may
// be sent again; of anything else it is not known whether that helps.
func faultOf(err error) model.Code {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return model.CodeUnavailable
	}
	return model.CodeInternal
}

// inWords says of each wrong field what is wrong. huma's own sentences tell more, and are
// English.
func inWords(lang string, fields []model.FieldError) (out []model.FieldError) {
	for _, f := range fields {
		if text := model.ReasonText(lang, f.Reason); text != "" && (f.Message == "" || lang != model.LangEn) {
			f.Message = text
		}
		out = append(out, f)
	}
	return out
}

// problemOf words what huma reports: a handler's refusal, or its own validation. Of a
// validation only the place and the rule are told, never the value: it may be a
// password.
func problemOf(id, lang string, status int, msg string, errs []error) *Problem {
	for _, err := range errs {
		if _, ours := errors.AsType[*model.Error](err); ours {
			return problemFor(id, lang, err)
		}
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return problemFor(id, lang, model.E(model.CodeTooLarge))
	case status == http.StatusUnsupportedMediaType:
		return problemFor(id, lang, model.E(model.CodeUnsupportedMedia))
	case status == http.StatusRequestTimeout:
		return problemFor(id, lang, model.E(model.CodeUnavailable))
	case status >= http.StatusInternalServerError:
		err := errors.Join(append(errs, errors.New(msg))...)
		return problemFor(id, lang, model.E(faultOf(err)).Because(err))
	}
	return problemFor(id, lang, invalid(msg, errs))
}

// A refusal names so many fields, and so much of each path: both come from the client.
const (
	mostFields = 20
	mostPath   = 200
)

func invalid(msg string, errs []error) error {
	var fields []model.FieldError
	for _, err := range errs {
		var d huma.ErrorDetailer
		if !errors.As(err, &d) || d.ErrorDetail().Location == "" || d.ErrorDetail().Message == errNotJSON.Error() || len(fields) == mostFields {
			continue
		}
		detail := d.ErrorDetail()
		fields = append(fields, model.FieldError{Path: cutPath(placeOf(detail)), Reason: reason(detail.Message), Message: detail.Message})
	}
	if len(fields) == 0 {
		return model.E(model.CodeMalformed).Because(errors.New(msg))
	}
	return model.Invalid(fields...)
}

func cutPath(path string) string {
	if len(path) <= mostPath {
		return path
	}
	return strings.ToValidUTF8(path[:mostPath], "") + "…"
}

// writeProblem answers a refusal outside huma.
func writeProblem(c *gin.Context, err error) {
	p := problemFor(requestID(c.Request.Context()), language(c.GetHeader("Accept-Language")), err)
	for k, v := range p.GetHeaders() {
		c.Header(k, v[0])
	}
	c.Set(causeKey, err)
	raw, merr := json.Marshal(p)
	if merr != nil {
		raw = fmt.Appendf(nil, `{"status":%d,"code":%q}`, p.Status, p.Code)
	}
	c.Abort()
	c.Data(p.Status, "application/problem+json", append(raw, '\n')) // as huma ends its own: nobody can tell who refused
}
