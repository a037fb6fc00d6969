package douyin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/douyin"
	"countersign/model"
)

// shortLimit is long enough for a local answer and short enough to wait for.
const shortLimit = 700 * time.Millisecond

// wantCode checks that err is the product's refusal with code.
func wantCode(t *testing.T, err error, code model.Code) {
	t.Helper()
	_ = refused(t, err, code)
}

// refused is wantCode that goes on with the refusal.
func refused(t *testing.T, err error, code model.Code) *model.Error {
	t.Helper()
	var refusal *model.Error
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Fatalf("error = %v, want code %s", err, code)
	}
	return refusal
}

// wantNoSecrets looks at everything a log could show of err and its causes.
func wantNoSecrets(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		text := fmt.Sprintf("%v\n%+v\n%#v\n%q", err, err, err, err)
		for _, canary := range []string{"canary", url.QueryEscape(secret), "need_callback", "sig="} {
			if strings.Contains(text, canary) {
				t.Errorf("%q in the error: %s", canary, text)
			}
		}
	}
}

// faults is every way in which a call can go wrong on the line.
func faults() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"slow": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
		"502":            always(502, "<html>bad gateway</html>"),
		"302":            func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"html":           always(200, "<html>"),
		"empty":          always(200, ""),
		"null":           always(200, "null"),
		"truncated":      always(200, `{"data":{"share_id":"1`),
		"no data":        always(200, `{"message":"success"}`),
		"odd data":       always(200, `{"data":[1],"err_no":0}`),
		"error, no code": always(200, `{"data":{},"message":"error"}`),
		"too long":       always(200, `{"data":"`+strings.Repeat("x", 2<<20)+`"}`),
		"dropped":        func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	}
}

// Each call under each fault at each endpoint it needs: an error of the product, nothing
// secret in it.
func TestFaultsOfTheLine(t *testing.T) {
	t.Parallel()
	for _, c := range calls() {
		for _, path := range []string{stablePath, ticketPath, c.path} {
			if path == ticketPath && c.name == "ShareID" {
				continue
			}
			for name, fault := range faults() {
				t.Run(c.name+path+name, func(t *testing.T) {
					t.Parallel()
					b := setup(t, func(cfg *douyin.Config) { cfg.Timeout = shortLimit })
					b.answers(path, fault)
					err := c.do(t, b)
					want := model.CodeDouyinBusy
					if name == "302" {
						want = model.CodeDouyinRefused
					}
					wantCode(t, err, want)
					wantNoSecrets(t, err)
					if b.count("/elsewhere") > 0 {
						t.Error("a redirect was followed")
					}
					if name == "slow" && !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%v is no timeout", err)
					}
				})
			}
		}
	}
}

func TestAnUnreachableDouyinIsBusy(t *testing.T) {
	t.Parallel()
	for _, c := range calls() {
		b := setup(t)
		b.server.Close()
		err := c.do(t, b)
		wantCode(t, err, model.CodeDouyinBusy)
		wantNoSecrets(t, err)
	}
}

func TestCancellingIsPassedOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	b.answers(sharePath, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := b.client.ShareID(ctx)
	if refusal := refused(t, err, model.CodeDouyinBusy); !errors.Is(err, context.Canceled) || refusal.RetryAfter != 0 {
		t.Errorf("%v", err)
	}
}

// A Douyin that repeats in its words whatever it was sent.
func TestADescriptionIsCleaned(t *testing.T) {
	t.Parallel()
	for _, c := range calls() {
		for _, path := range []string{stablePath, c.path} {
			b := setup(t, func(c *douyin.Config) { c.SecretPrevious = secret + "-canary-older" })
			b.answers(path, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				token := r.Header.Get("Access-Token")
				echo := fmt.Sprintf("%s %s %s %s %s\n%s", token, secret, url.QueryEscape(token), body, secret+"-canary-older", strings.Repeat("x", 500))
				_, _ = fmt.Fprintf(w, `{"data":{"error_code":2100005,"description":%q},"extra":{"error_code":2100005,"sub_error_code":"7","sub_description":%q,"logid":"20260301083020ABC"}}`, echo, secret)
			})
			err := c.do(t, b)
			wantCode(t, err, model.CodeDouyinRefused)
			wantNoSecrets(t, err)
			var refusal *douyin.Refusal
			if !errors.As(err, &refusal) || refusal.LogID != "20260301083020ABC" || refusal.Code != 2100005 || refusal.SubCode != 7 || refusal.Endpoint != path {
				t.Fatalf("refusal %+v", refusal)
			}
			if strings.ContainsAny(refusal.Message, "\n\r") || len([]rune(refusal.Message)) > 201 {
				t.Errorf("message %q", refusal.Message)
			}
		}
	}
}

// A busy Douyin is asked once more, a limit is not, and nobody is if time is short.
func TestOneRepetitionWhenDouyinIsBusy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code  int64
		limit time.Duration
		want  int
		model model.Code
	}{
		{2100004, 20 * time.Second, 2, model.CodeDouyinBusy},
		{28001005, 20 * time.Second, 2, model.CodeDouyinBusy},
		{28001006, shortLimit, 1, model.CodeDouyinBusy},
		{28003018, 20 * time.Second, 1, model.CodeDouyinBusy},
		{2190001, 20 * time.Second, 1, model.CodeDouyinQuota},
		{2100007, 20 * time.Second, 1, model.CodeDouyinRefused},
		{2190016, 20 * time.Second, 1, model.CodeDouyinConfig},
		{123456, 20 * time.Second, 1, model.CodeDouyinRefused},
	} {
		b := setup(t, func(cfg *douyin.Config) { cfg.Timeout = c.limit })
		b.answers(sharePath, refusing(sharePath, c.code))
		_, err := b.client.ShareID(t.Context())
		wantCode(t, err, c.model)
		if n := b.count(sharePath); n != c.want {
			t.Errorf("%d: asked %d times, want %d", c.code, n, c.want)
		}
	}
}

func TestABusyMomentIsSurvived(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.answers(shortPath, func(w http.ResponseWriter, r *http.Request) {
		b.answers(shortPath, nil)
		refusing(shortPath, 2100004)(w, r)
	})
	must(b.client.Launch(t.Context(), request()))(t)
}

func TestTheClockIsCompared(t *testing.T) {
	t.Parallel()
	b := setup(t)
	must(b.client.Launch(t.Context(), request()))(t)
	if skew := b.client.ClockSkew(); skew != 45*time.Second {
		t.Errorf("skew %s", skew)
	}
}
