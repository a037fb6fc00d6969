package model

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what class of refusal an Error is. The API maps each to one HTTP status.
type Kind uint8

// The kinds, in the order of the statuses they become.
const (
	KindInternal            Kind = iota // 500: a fault of ours; nothing of the cause reaches a client
	KindInvalid                         // 400: the request cannot be understood or breaks a field rule
	KindUnauthenticated                 // 401: no session, or one that has ended
	KindForbidden                       // 403: known, but the role may not
	KindNotFound                        // 404: not there, or not yours; both look the same
	KindMethod                          // 405: this path has no such method
	KindConflict                        // 409: the state moved on, or somebody else was first
	KindPrecondition                    // 412: If-Match names an older version
	KindTooLarge                        // 413: the body is over the limit
	KindUnsupported                     // 415: not the media type asked for
	KindUnprocessable                   // 422: understood, but a product rule refuses it
	KindPreconditionMissing             // 428: If-Match is needed and missing
	KindTooMany                         // 429: a limit; RetryAfter says when to come back
	KindUpstream                        // 502: WeChat or another platform refused our own settings
	KindUnavailable                     // 503: a fault that passes; safe to repeat with the same key
)

// Error is the one refusal type of the product. Code is stable and public; the
// texts for it stand in the message catalogues, one per language.
type Error struct {
	Code       Code
	Fields     []FieldError      // which fields of the request are wrong, when that is the reason
	Args       map[string]string // values for the text's {placeholders}; also sent to the client
	RetryAfter time.Duration     // when to try again, 0 when unknown
	cause      error             // for the log only
}

// FieldError names one wrong field by its JSON path ("steps[0].mode") and a stable reason.
// Message says the reason in words; it is filled where a refusal is answered. Quote is what
// of the field it is about, where that is a part of it.
type FieldError struct {
	Path    string `json:"path"`
	Reason  string `json:"reason"`
	Quote   string `json:"quote,omitempty"`
	Message string `json:"message,omitempty"`
}

// E makes a refusal with code; args are key, value, key, value …
func E(code Code, args ...string) *Error {
	e := &Error{Code: code}
	if len(args) > 0 {
		e.Args = make(map[string]string, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			e.Args[args[i]] = args[i+1]
		}
	}
	return e
}

// Invalid is a refusal that names the wrong fields.
func Invalid(fields ...FieldError) *Error {
	return &Error{Code: CodeInvalid, Fields: fields}
}

// Field is one wrong field.
func Field(path, reason string) FieldError { return FieldError{Path: path, Reason: reason} }

// Because keeps the cause for the log; a client never sees it.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// After sets when to try again.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// Kind is the class of the refusal; an unknown code is internal.
func (e *Error) Kind() Kind { return kinds[e.Code] }

func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.cause)
	}
	return string(e.Code)
}

func (e *Error) Unwrap() error { return e.cause }

// Is lets errors.Is compare refusals by code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// CodeOf finds the refusal's code in err, or CodeInternal.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// Is tells whether err is the refusal with this code. nil is none; an error that is no
// refusal is CodeInternal, as in CodeOf.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }
