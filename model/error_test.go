package model

import (
	"errors"
	"fmt"
	"testing"
)

func TestIs(t *testing.T) {
	t.Parallel()
	cause := errors.New("away")
	for _, tc := range []struct {
		err  error
		code Code
		want bool
	}{
		{E(CodeStale), CodeStale, true},
		{E(CodeStale), CodeNotFound, false},
		{fmt.Errorf("where: %w", E(CodeStale).Because(cause)), CodeStale, true},
		{E(CodeUnavailable).Because(E(CodeNotFound)), CodeNotFound, false}, // a refusal's cause is for the log
		{cause, CodeInternal, true},
		{cause, CodeStale, false},
		{nil, CodeStale, false},
		{nil, CodeInternal, false},
	} {
		if got := Is(tc.err, tc.code); got != tc.want {
			t.Errorf("Is(%v, %s) is %t", tc.err, tc.code, got)
		}
	}
}
