package service_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// signedPing is one message with what signs it.
type signedPing struct {
	header http.Header
	body   string
}

// by tells whether a secret signs the message, by the receiver's own reading.
func (p signedPing) by(t *testing.T, secret string) bool {
	t.Helper()
	return (&receiver{t: t, secrets: []string{secret}}).signed(p.header, p.body)
}

// After a rotation the old secret signs too, for a day and not a moment longer.
func TestAnOldSecretSignsForADay(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		got := make(chan signedPing, 1)
		srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			got <- signedPing{r.Header, string(body)}
		}))
		t.Cleanup(srv.Close)
		made, err := x.Service.Webhooks.Create(t.Context(), x.admin, x.b.ID, service.WebhookSpec{URL: srv.URL, Active: true})
		must(t, err)
		ping := func() signedPing {
			t.Helper()
			out, err := x.Service.Webhooks.Try(t.Context(), x.admin, x.b.ID, made.ID)
			must(t, err)
			if out.Failure != "" {
				t.Fatalf("%+v", out)
			}
			return <-got
		}
		if p := ping(); !p.by(t, made.Secret) || signatures(p) != 1 {
			t.Errorf("before a rotation: %v", p.header)
		}
		next, err := x.Service.Webhooks.Rotate(t.Context(), x.admin, x.b.ID, made.ID)
		must(t, err)
		for _, tc := range []struct {
			name  string
			after time.Duration
			old   bool
		}{
			{"at once", 0, true},
			{"a day later, but for a moment", model.WebhookOverlap - time.Millisecond, true},
			{"a day later", time.Millisecond, false},
			{"a year later", 365 * 24 * time.Hour, false},
		} {
			x.Clock.Add(tc.after)
			p := ping()
			if !p.by(t, next.Secret) || p.by(t, made.Secret) != tc.old {
				t.Errorf("%s: the old one signs: %t; %v", tc.name, p.by(t, made.Secret), p.header)
			}
			if n := signatures(p); n != map[bool]int{true: 2, false: 1}[tc.old] {
				t.Errorf("%s: %d signatures", tc.name, n)
			}
		}
	})
}

func signatures(p signedPing) int { return len(strings.Fields(p.header.Get("Webhook-Signature"))) }
