package miniprogram_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/miniprogram"
	"countersign/model"
	"countersign/sandbox"
)

// texts is everything a log could show of err and its causes.
func texts(err error) string {
	var all strings.Builder
	for ; err != nil; err = errors.Unwrap(err) {
		fmt.Fprintf(&all, "%v %+v %#v %q\n", err, err, err, err)
	}
	return all.String()
}

// faults is every way in which a call can go wrong on the line.
func faults() map[string]sandbox.Fault {
	return map[string]sandbox.Fault{
		"slow":                 {DelayMS: 5000},
		"502":                  {HTTPStatus: 502},
		"301":                  {HTTPStatus: 301},
		"html":                 {HTML: true},
		"empty":                {Empty: true},
		"truncated":            {Truncate: true},
		"dropped after acting": {DropAfterActing: true},
		"bare":                 {Mode: sandbox.ModeBare},
	}
}

// Each call under each fault: an error of the product, and nothing secret in it.
func TestFaultsOfTheLine(t *testing.T) {
	t.Parallel()
	for _, c := range calls() {
		for name, f := range faults() {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := setup(t, func(cfg *miniprogram.Config) { cfg.Timeout = shortLimit })
				f.Path = c.path
				b.wechat.Fault(f)
				err := c.do(t.Context(), b)
				if c.name == "Send" && name == "bare" {
					if err != nil {
						t.Fatal("success may come without errcode: ", err)
					}
					return
				}
				want := model.CodeWeChatBusy
				if name == "301" {
					want = model.CodeWeChatRefused
				}
				wantCode(t, err, want)
				wantNoSecrets(t, err)
				if name == "slow" && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v is no timeout", err)
				}
			})
		}
	}
}

func wantNoSecrets(t *testing.T, err error) {
	t.Helper()
	all := texts(err)
	for _, canary := range []string{secret, url.QueryEscape(secret), alice, "sandbox-token-", "access_token=", "js_code", "session_key", "canary"} {
		if strings.Contains(all, canary) {
			t.Errorf("%q in the error: %s", canary, all)
		}
	}
}

func TestAnUnreachableWeChatIsBusy(t *testing.T) {
	t.Parallel()
	for _, c := range calls() {
		b := setup(t)
		b.server.Close()
		err := c.do(t.Context(), b)
		wantCode(t, err, model.CodeWeChatBusy)
		wantNoSecrets(t, err)
		if miniprogram.OutcomeUnknown(err) {
			t.Errorf("%s: nothing was sent", c.name)
		}
	}
}

func TestCancellingIsPassedOn(t *testing.T) {
	t.Parallel()
	for _, c := range calls() {
		b := setup(t)
		b.wechat.Fault(sandbox.Fault{Path: c.path, DelayMS: 5000})
		ctx, cancel := context.WithCancel(t.Context())
		timer := time.AfterFunc(50*time.Millisecond, cancel)
		err := c.do(ctx, b)
		timer.Stop()
		cancel()
		if refusal := refused(t, err, model.CodeWeChatBusy); !errors.Is(err, context.Canceled) || refusal.RetryAfter != 0 {
			t.Errorf("%s: %v", c.name, err)
		}
		wantNoSecrets(t, err)
	}
}

// A WeChat that repeats in its errmsg whatever it was sent.
func TestAnErrmsgIsCleaned(t *testing.T) {
	t.Parallel()
	const token = "canary/token+1="
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == tokenPath {
			_, _ = fmt.Fprintf(w, `{"access_token":%q,"expires_in":7200}`, token)
			return
		}
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, `{"errcode":40097,"errmsg":%q}`, fmt.Sprintf("bad %s %s %s %s\n%s rid: 6687b2d1-3a0c6f2e-1a2b3c4d",
			r.URL.String(), r.URL.Query(), secret, body, strings.Repeat("x", 500)))
	}))
	defer server.Close()
	b := setup(t, func(c *miniprogram.Config) { c.BaseURL = server.URL })
	for _, c := range calls() {
		err := c.do(t.Context(), b)
		wantCode(t, err, model.CodeWeChatRefused)
		all := texts(err)
		for _, canary := range []string{secret, token, url.QueryEscape(token), alice} {
			if strings.Contains(all, canary) {
				t.Errorf("%s: %q in %s", c.name, canary, all)
			}
		}
		var refusal *miniprogram.Refusal
		if !errors.As(err, &refusal) || refusal.RID != "6687b2d1-3a0c6f2e-1a2b3c4d" || refusal.Code != 40097 || refusal.Endpoint != c.path {
			t.Errorf("%s: refusal %+v", c.name, refusal)
		}
		if strings.ContainsAny(refusal.Message, "\n\r") || len([]rune(refusal.Message)) > 201 {
			t.Errorf("%s: message %q", c.name, refusal.Message)
		}
	}
}

// The login code is cleaned away too; it is not a constant, so it has its own test.
func TestALoginCodeIsCleanedAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.wechat.Fault(sandbox.Fault{Path: loginPath, ErrCode: 40029, ErrMsg: "invalid code 0canaryCODE"})
	_, err := b.client.Login(t.Context(), "0canaryCODE")
	wantCode(t, err, model.CodeWeChatCodeUsed)
	wantNoSecrets(t, err)
}
