package model

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestErrors: refusals keep their code through wrapping; the cause is for the log alone, and an
// error that is none of ours is internal.
func TestErrors(t *testing.T) {
	t.Parallel()
	cause := errors.New("driver's words")
	refusal := E(CodeTooMany, "limit", "3", "odd")
	told := refusal.Because(cause).After(time.Minute)
	if refusal.RetryAfter != 0 || errors.Unwrap(refusal) != nil || refusal.Args["limit"] != "3" || len(refusal.Args) != 1 {
		t.Errorf("the refusal changed with its copy, or took half an argument: %+v", refusal)
	}
	if told.Error() != string(CodeTooMany)+": driver's words" || refusal.Error() != string(CodeTooMany) || told.RetryAfter != time.Minute || told.Args["limit"] != "3" {
		t.Errorf("%v, %v", told, refusal)
	}
	wrapped := fmt.Errorf("somewhere: %w", told)
	if !errors.Is(wrapped, cause) || !errors.Is(wrapped, E(CodeTooMany)) || errors.Is(wrapped, E(CodeNotFound)) || errors.Is(wrapped, errors.New("x")) {
		t.Error("it is compared by its code, and by its cause")
	}
	for err, want := range map[error]Code{wrapped: CodeTooMany, told: CodeTooMany, cause: CodeInternal} {
		if got := CodeOf(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
	if E(CodeNotFound).Kind() != KindNotFound || E(CodeTooMany).Kind() != KindTooMany || E("made up").Kind() != KindInternal {
		t.Error("a kind of a code")
	}
	if e := Invalid(Field("a", "b")); e.Kind() != KindInvalid || paths(e.Fields) != "a b" {
		t.Errorf("%+v", e)
	}
}

// TestCodesHaveKinds: the codes are words of one form; only faults of ours are internal.
func TestCodesHaveKinds(t *testing.T) {
	t.Parallel()
	codes := Codes()
	for code, kind := range codes {
		if strings.Trim(string(code), "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || kind > KindUnavailable {
			t.Errorf("%q of kind %d", code, kind)
		}
		if kind == KindInternal && code != CodeInternal {
			t.Errorf("%s is a fault of ours", code)
		}
	}
	codes[CodeInternal] = KindNotFound
	if E(CodeInternal).Kind() != KindInternal {
		t.Error("the table can be changed from outside")
	}
}
