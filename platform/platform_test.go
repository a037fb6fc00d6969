package platform_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/model"
	"countersign/platform"
)

func TestDescribeUsesFixedWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New(`malformed HTTP response "canary"`), "exchange failed"},
		{&url.Error{URL: "https://x/?secret=canary", Err: context.Canceled}, "the caller left"},
		{&net.DNSError{Name: "canary", IsTimeout: true}, "no answer in time"},
		{&net.DNSError{Name: "canary"}, "host name not found"},
		{&tls.CertificateVerificationError{Err: errors.New("canary")}, "TLS certificate not accepted"},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "connection failed: connection refused"},
		{io.ErrUnexpectedEOF, "connection closed before the answer was whole"},
		{platform.ErrTooLong, "answer too long"},
	} {
		if got, _ := platform.Describe(c.err); got != c.want {
			t.Errorf("%v is described as %q, want %q", c.err, got, c.want)
		}
	}
}

// A token may be the beginning of another, and stand anywhere in any escape.
func TestCleanTakesOutEveryForm(t *testing.T) {
	t.Parallel()
	private := []string{"", "tok", "tok/en+1= x"}
	said := "a tok/en+1= x, tok%2Fen%2B1%3D+x, tok%2Fen+1=%20x, tok%2Fen%2B1%3D%20x, tok\r\n\x00."
	if got := platform.Clean(said, private); got != "a ***, ***, ***, ***, ***   ." {
		t.Errorf("%q", got)
	}
	if got := []rune(platform.Shorten(strings.Repeat("长", 300))); len(got) != 201 || got[200] != '…' {
		t.Error(len(got))
	}
}

func TestFailuresSayWhatIsKnown(t *testing.T) {
	t.Parallel()
	terms := platform.Terms{
		Name: "p", Busy: model.CodeDouyinBusy, Refused: model.CodeDouyinRefused,
		Meanings: platform.Meanings{platform.Anywhere: {1: {Code: model.CodeDouyinQuota, Retry: platform.After(time.Minute)}}, "/x": {1: {Code: model.CodeDouyinConfig}}},
	}
	at := platform.Failure{At: "/x", Unknown: true}
	for _, tc := range []struct {
		err   error
		code  model.Code
		after time.Duration
		cause string
	}{
		{terms.Broken(at, io.EOF), model.CodeDouyinBusy, time.Second, "p /x: connection closed before the answer was whole"},
		{terms.Broken(at, context.Canceled), model.CodeDouyinBusy, 0, "p /x: the caller left"},
		{terms.BadStatus(at, 502), model.CodeDouyinBusy, time.Second, "p /x: http status 502"},
		{terms.BadStatus(at, 429), model.CodeDouyinBusy, time.Second, "p /x: http status 429"},
		{terms.BadStatus(at, 404), model.CodeDouyinRefused, 0, "p /x: http status 404"},
		{terms.Garbled(at, "no token"), model.CodeDouyinBusy, time.Second, "p /x: no token"},
	} {
		e, _ := errors.AsType[*model.Error](tc.err)
		f, _ := errors.AsType[*platform.Failure](tc.err)
		if e.Code != tc.code || e.RetryAfter != tc.after || f.Error() != tc.cause || !f.OutcomeUnknown() || f.Untried() {
			t.Errorf("%v after %s, %v; want %s after %s, %s", e, e.RetryAfter, f, tc.code, tc.after, tc.cause)
		}
	}
	if !errors.Is(terms.Broken(at, context.Canceled), context.Canceled) {
		t.Error("a caller who left is not told by errors.Is")
	}
	for _, tc := range []struct {
		at   platform.Endpoint
		code int64
		want model.Code
	}{{"/x", 1, model.CodeDouyinConfig}, {"/y", 1, model.CodeDouyinQuota}, {"/y", 2, model.CodeDouyinRefused}} {
		if got := terms.MeaningOf(tc.at, tc.code).Error(io.EOF, time.Now()); model.CodeOf(got) != tc.want || !errors.Is(got, io.EOF) {
			t.Errorf("%d at %s: %v, want %s", tc.code, tc.at, got, tc.want)
		}
	}
}

func TestHintsEndAtTheTurnOfMinuteAndDay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 15, 59, 30, 0, time.UTC) // 23:59:30 in Beijing
	if got := platform.NextMinute(now); got != 30*time.Second {
		t.Errorf("next minute in %s", got)
	}
	if got := platform.NextDay(now); got != 30*time.Second {
		t.Errorf("next day in %s", got)
	}
	if got := platform.NextDay(now.Add(30 * time.Second)); got != 24*time.Hour {
		t.Errorf("next day in %s", got)
	}
}

func TestANumberMayComeAsText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]platform.Number{"40029": 40029, `"40029"`: 40029, "-1": -1, "null": 0, "0": 0, `""`: 0} {
		var got platform.Number
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s is %d, %v", text, got, err)
		}
	}
	var number platform.Number
	for _, text := range []string{`"x"`, "1.5", "{}", "true"} {
		if json.Unmarshal([]byte(text), &number) == nil {
			t.Errorf("%s is taken for a number", text)
		}
	}
	for text, want := range map[string]platform.Text{`"a\u00e9"`: "aé", "43101": "43101", "1.5": "1.5", "null": ""} {
		var got platform.Text
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s is %q, %v", text, got, err)
		}
	}
	var got platform.Text
	for _, text := range []string{"{}", "[]", "true"} {
		if json.Unmarshal([]byte(text), &got) == nil {
			t.Errorf("%s is taken for a text", text)
		}
	}
}

func TestABaseIsSafe(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"https://api.example.com", "http://localhost:1", "http://10.1.2.3/x/", "http://[::1]:80", "http://sandbox:8081"} {
		if u, err := platform.ParseBase("door", address, "https://x"); err != nil || strings.HasSuffix(u.Path, "/") {
			t.Errorf("%s: %v %v", address, u, err)
		}
	}
	for _, address := range []string{"", "api.example.com", "http://api.example.com", "http://8.8.8.8", "https://u:p@api.example.com", "https://api.example.com?x", "https://api.example.com/#x", "ftp://localhost", "http://\x7f"} {
		if _, err := platform.ParseBase("door", address, "https://x"); err == nil || !strings.HasPrefix(err.Error(), "door: BaseURL ") {
			t.Errorf("%q: %v", address, err)
		}
	}
}
