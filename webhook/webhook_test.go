package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"countersign/model"
	"countersign/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tricks are addresses that must not be taken, and the word that says why.
var tricks = map[string]string{
	// not https
	"http://hooks.example.com/": "https_expected", "HTTP://hooks.example.com/": "https_expected", "ftp://hooks.example.com/": "https_expected",
	"gopher://hooks.example.com/": "https_expected", "ws://hooks.example.com/": "https_expected", "//hooks.example.com/": "https_expected",
	"file:///etc/passwd": "malformed", "javascript:alert(1)": "malformed", "mailto:a@example.com": "malformed", "https:hooks.example.com": "malformed",
	"hooks.example.com": "malformed", "": "malformed", "https://": "malformed", "https:///in": "malformed", "https://?x": "malformed",
	// addresses in all their spellings
	"https://127.0.0.1/": "address_literal", "https://127.1/": "address_literal", "https://127.0.1/": "address_literal", "https://2130706433/": "address_literal",
	"https://0x7f000001/": "address_literal", "https://0x7f.0.0.1/": "address_literal", "https://0177.0.0.1/": "address_literal", "https://017700000001/": "address_literal",
	"https://127.0.0.1./": "malformed", "https://127.0.0.0x1/": "address_literal", "https://0/": "address_literal", "https://0.0.0.0/": "address_literal",
	"https://10.0.0.1/": "address_literal", "https://169.254.169.254/latest/meta-data/": "address_literal", "https://2852039166/": "address_literal",
	"https://0xa9fea9fe/": "address_literal", "https://0251.0376.0251.0376/": "address_literal", "https://169.254.43518/": "address_literal",
	"https://192.168.1.1/": "address_literal", "https://172.16.0.1/": "address_literal", "https://100.100.100.200/": "address_literal", "https://8.8.8.8/": "address_literal",
	"https://[::1]/": "address_literal", "https://[::]/": "address_literal", "https://[::ffff:127.0.0.1]/": "address_literal", "https://[::ffff:7f00:1]/": "address_literal",
	"https://[0:0:0:0:0:ffff:169.254.169.254]/": "address_literal", "https://[64:ff9b::7f00:1]/": "address_literal", "https://[fe80::1%25eth0]/": "malformed",
	"https://[fd00::1]/": "address_literal", "https://[2606:4700::1111]/": "address_literal", "https://[::1]:443/": "address_literal", "https://[::127.0.0.1]/": "address_literal",
	"https://①②⑦.⓪.⓪.①/": "malformed", "https://127。0。0。1/": "malformed", "https://%31%32%37.0.0.1/": "malformed",
	// names of this machine and of networks nearby
	"https://localhost/": "local_name", "https://LOCALHOST/": "local_name", "https://localhost:8443/": "local_name", "https://api.localhost/": "local_name",
	"https://localhost.localdomain/": "local_name", "https://printer.local/": "local_name", "https://metadata.google.internal/": "local_name",
	"https://db.corp/": "local_name", "https://router.lan/": "local_name", "https://nas.home/": "local_name", "https://x.home.arpa/": "local_name",
	"https://kubernetes/": "local_name", "https://redis/": "local_name", "https://mysql:8443/": "local_name", "https://1.0.0.127.in-addr.arpa/": "local_name", "https://x.onion/": "local_name",
	// names that are none
	"https://hooks.example.com./": "malformed", "https://.example.com/": "malformed", "https://a..b.com/": "malformed", "https://-a.example.com/": "malformed",
	"https://a_b.example.com/": "malformed", "https://exämple.com/": "malformed", "https://ехample.com/": "malformed", "https://example.com%2f.evil.com/": "malformed",
	"https://example.com\\@evil.com/": "malformed", "https://exa mple.com/": "malformed", "https://example.com/\r\nX: y": "malformed", "https://example.com\x00/": "malformed",
	"https://example.com/\tx": "malformed", " https://example.com/": "malformed", "https://[example.com]/": "malformed", "https://example.com:443:443/": "malformed",
	// what hides another host
	"https://hooks.example.com@127.0.0.1/": "user_info", "https://user:pass@hooks.example.com/": "user_info", "https://@hooks.example.com/": "user_info",
	"https://example.com#@127.0.0.1/": "fragment", "https://example.com/in#": "fragment", "https://example.com/#x": "fragment",
	// ports
	"https://example.com:22/": "port", "https://example.com:80/": "port", "https://example.com:6379/": "port", "https://example.com:3306/": "port",
	"https://example.com:0/": "port", "https://example.com:65536/": "port", "https://example.com:/": "port", "https://example.com:0443/": "port", "https://example.com:8080/": "port",
	"https://example.com:-1/": "malformed", "https://example.com:x/": "malformed", "https://example.com/" + strings.Repeat("a", 500): "too_long",
}

func TestTricksAreRefused(t *testing.T) {
	t.Parallel()
	c := webhook.New(webhook.Config{})
	if len(tricks) < 60 {
		t.Fatal(len(tricks))
	}
	for raw, want := range tricks {
		if got := c.CheckURL(raw); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
		if out := c.Send(t.Context(), model.WebhookMessage{URL: raw}); out.Failure != model.WebhookBadURL {
			t.Errorf("%q was tried: %+v", raw, out)
		}
	}
	for _, good := range []string{
		"https://hooks.example.com", "https://hooks.example.com/in?token=a%20b", "https://HOOKS.Example.com:8443/", "https://xn--fsqu00a.xn--0zwm56d/", "https://a.b-c.co:443/x", "https://3m.com/",
	} {
		if got := c.CheckURL(good); got != "" {
			t.Errorf("%q: %q", good, got)
		}
	}
}

func TestReachable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "114.114.114.114": true, "203.0.114.1": true, "100.63.255.255": true, "100.128.0.0": true, "172.15.0.1": true, "172.32.0.1": true,
		"2606:4700::1111": true, "2400:3200::1": true, "::ffff:8.8.8.8": true,
		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "10.255.255.255": false, "100.64.0.1": false, "100.100.100.200": false, "100.127.255.255": false,
		"127.0.0.1": false, "127.255.255.254": false, "169.254.169.254": false, "172.16.0.1": false, "172.31.255.255": false, "192.0.0.8": false, "192.0.2.1": false,
		"192.88.99.1": false, "192.168.0.1": false, "198.18.0.1": false, "198.19.255.255": false, "198.51.100.1": false, "203.0.113.9": false, "224.0.0.1": false,
		"239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false, "168.63.129.16": false,
		"::": false, "::1": false, "::127.0.0.1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:0:7f00:1": false, "64:ff9b::7f00:1": false, "64:ff9b:1::1": false,
		"100::1": false, "2001::1": false, "2001:10::1": false, "2001:20::1": false, "2001:db8::1": false, "2002:7f00:1::": false, "3fff::1": false, "5f00::1": false,
		"fc00::1": false, "fd12:3456::1": false, "fe80::1": false, "fec0::1": false, "ff02::1": false,
	} {
		if got := webhook.Reachable(netip.MustParseAddr(text), false); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
	if webhook.Reachable(netip.Addr{}, true) || webhook.Reachable(netip.MustParseAddr("2606:4700::1111%eth0"), true) {
		t.Error("no address, or one with a zone")
	}
	for text, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "10.0.0.1": true, "169.254.169.254": false, "::ffff:169.254.169.254": false, "fe80::1": false, "0.0.0.0": false, "::": false,
		"100.100.100.200": false, "168.63.129.16": false, "fd00:ec2::254": false, "fd20:ce::254": false, "fd12::1": true,
	} {
		if got := webhook.Reachable(netip.MustParseAddr(text), true); got != want {
			t.Errorf("demo: %s: %t", text, got)
		}
	}
}

// resolver is a name server that answers each question of a kind with the next address
// of a list: the first is harmless, as for whoever looks before he leaps.
func resolver(t *testing.T, v4 ...string) (*net.Resolver, *atomic.Int32) {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	asked := &atomic.Int32{}
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if n > 12 {
				_, _ = conn.WriteTo(answerA(buf[:n], v4, asked), from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}, asked
}

// answerA answers a question for an IPv4 address, and no others.
func answerA(question []byte, v4 []string, asked *atomic.Int32) []byte {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	end += 5
	out := append([]byte{}, question[:end]...)
	out[2], out[3] = 0x81, 0x80
	for i := 6; i < 12; i++ {
		out[i] = 0
	}
	if binary.BigEndian.Uint16(question[end-4:]) != 1 {
		return out
	}
	at := netip.MustParseAddr(v4[min(int(asked.Add(1))-1, len(v4)-1)]).As4()
	out[7] = 1
	out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
	return append(out, at[:]...)
}

// TestRebindingWhileDialling: whatever a name says, and however often it changes its mind, no
// connection is made to a private address.
func TestRebindingWhileDialling(t *testing.T) {
	t.Parallel()
	reached := &atomic.Int32{}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:8443")
	if err == nil { // somebody else may have the port; then the outcome alone tells
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				reached.Add(1)
				_ = c.Close()
			}
		}()
	}
	for _, address := range []string{"127.0.0.1", "169.254.169.254", "10.0.0.5", "100.100.100.200", "0.0.0.0", "192.168.1.1"} {
		r, asked := resolver(t, address)
		c := webhook.New(webhook.Config{Resolver: r, Timeout: 5 * time.Second})
		for range 3 {
			if out := c.Send(t.Context(), model.WebhookMessage{URL: "https://hooks.example.com:8443/in"}); out.Failure != model.WebhookForbidden || out.Status != 0 {
				t.Errorf("%s: %+v", address, out)
			}
		}
		if asked.Load() == 0 {
			t.Error("the name was not looked up")
		}
	}
	// 198.51.100.1 is documentation's: as foreign as an address of the internet to the
	// one who checks first, and the second answer is the machine itself.
	r, _ := resolver(t, "198.51.100.1", "127.0.0.1")
	c := webhook.New(webhook.Config{Resolver: r, Timeout: 5 * time.Second})
	for range 2 {
		if out := c.Send(t.Context(), model.WebhookMessage{URL: "https://rebind.example.com:8443/in"}); out.Failure != model.WebhookForbidden {
			t.Errorf("%+v", out)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Error(n, "connections were made")
	}
}

// TestNoProxyFromTheEnvironment: it would make the connection for us, and ask nobody.
func TestNoProxyFromTheEnvironment(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	r, _ := resolver(t, "127.0.0.1")
	c := webhook.New(webhook.Config{Resolver: r})
	if out := c.Send(t.Context(), model.WebhookMessage{URL: "https://hooks.example.com/in"}); out.Failure != model.WebhookForbidden {
		t.Errorf("%+v", out)
	}
}

// received is what a receiver was sent.
type received struct {
	header http.Header
	body   []byte
}

func serve(t *testing.T, answer http.HandlerFunc) (url string, got chan received) {
	t.Helper()
	got = make(chan received, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- received{r.Header, body}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

// TestSignature: by a receiver's own reading of the standard, not by our code.
func TestSignature(t *testing.T) {
	t.Parallel()
	url, got := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	c := webhook.New(webhook.Config{AllowPrivate: true})
	defer c.Close()
	at := time.Unix(1_700_000_000, 999)
	out := c.Send(t.Context(), model.WebhookMessage{URL: url, ID: "msg_1", At: at, Body: []byte(`{"a":1}`), Secrets: [][]byte{[]byte("new"), []byte("old")}})
	if out != (model.WebhookOutcome{Status: 204}) {
		t.Fatalf("%+v", out)
	}
	r := <-got
	if r.header.Get("webhook-id") != "msg_1" || r.header.Get("webhook-timestamp") != "1700000000" || string(r.body) != `{"a":1}` || r.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%+v", r)
	}
	signatures := strings.Split(r.header.Get("webhook-signature"), " ")
	for i, secret := range []string{"new", "old"} {
		m := hmac.New(sha256.New, []byte(secret))
		m.Write([]byte(`msg_1.1700000000.{"a":1}`))
		if signatures[i] != "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)) {
			t.Error(i, signatures)
		}
	}
}

// TestStandardVector is the example of the Standard Webhooks specification's libraries.
func TestStandardVector(t *testing.T) {
	t.Parallel()
	secret, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := webhook.Signatures([][]byte{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(got)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	status := func(n int, headers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			w.WriteHeader(n)
			_, _ = w.Write([]byte(strings.Repeat("secret of the receiver ", 10000)))
		}
	}
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		want   model.WebhookOutcome
	}{
		"200":                     {status(200), model.WebhookOutcome{Status: 200}},
		"redirect to metadata":    {status(302, "Location", "http://169.254.169.254/"), model.WebhookOutcome{Status: 302, Failure: model.WebhookRedirect}},
		"307":                     {status(307, "Location", "/again"), model.WebhookOutcome{Status: 307, Failure: model.WebhookRedirect}},
		"304":                     {status(304), model.WebhookOutcome{Status: 304, Failure: model.WebhookRedirect}},
		"400":                     {status(400), model.WebhookOutcome{Status: 400, Failure: model.WebhookRefused}},
		"410":                     {status(410), model.WebhookOutcome{Status: 410, Failure: model.WebhookRefused}},
		"503, come back":          {status(503, "Retry-After", "120"), model.WebhookOutcome{Status: 503, Failure: model.WebhookRefused, RetryAfter: 2 * time.Minute}},
		"503, come back sometime": {status(503, "Retry-After", "soon"), model.WebhookOutcome{Status: 503, Failure: model.WebhookRefused}},
		"hangs":                   {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, model.WebhookOutcome{Failure: model.WebhookTimeout}},
		"drops the connection":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, model.WebhookOutcome{Failure: model.WebhookBroken}},
		"endless headers":         {status(200, "X", strings.Repeat("x", 64<<10)), model.WebhookOutcome{Failure: model.WebhookBroken}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, got := serve(t, tc.answer)
			c := webhook.New(webhook.Config{AllowPrivate: true, Timeout: 2 * time.Second})
			defer c.Close()
			if out := c.Send(t.Context(), model.WebhookMessage{URL: url + "/in", ID: "x"}); out != tc.want {
				t.Errorf("%+v, want %+v", out, tc.want)
			}
			if len(got) != 1 {
				t.Errorf("%d requests", len(got))
			}
		})
	}
}

func TestTransport(t *testing.T) {
	t.Parallel()
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	good := httptest.NewTLSServer(ok)
	defer good.Close()
	old := httptest.NewUnstartedServer(ok)
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	old.StartTLS()
	defer old.Close()
	roots := x509.NewCertPool()
	roots.AddCert(good.Certificate())
	trusting := webhook.New(webhook.Config{AllowPrivate: true, Roots: roots, Timeout: 3 * time.Second})
	defer trusting.Close()
	doubting := webhook.New(webhook.Config{AllowPrivate: true, Timeout: 3 * time.Second})
	defer doubting.Close()
	r, _ := resolver(t, "127.0.0.1")
	misnamed := webhook.New(webhook.Config{AllowPrivate: true, Roots: roots, Resolver: r, Timeout: 3 * time.Second})
	defer misnamed.Close()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(good.URL, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = free.Close()
	for name, tc := range map[string]struct {
		c    *webhook.Client
		url  string
		want string
	}{
		"trusted":                  {trusting, good.URL, ""},
		"unknown authority":        {doubting, good.URL, model.WebhookTLS},
		"another name":             {misnamed, "https://other.hooks.dev:" + port, model.WebhookTLS},
		"TLS 1.1":                  {trusting, old.URL, model.WebhookTLS},
		"plain where TLS is":       {trusting, "http" + strings.TrimPrefix(good.URL, "https"), model.WebhookRefused},
		"nobody listens":           {trusting, "http://" + free.Addr().String(), model.WebhookBroken},
		"metadata, even in a demo": {trusting, "http://169.254.169.254/", model.WebhookForbidden},
	} {
		if out := tc.c.Send(t.Context(), model.WebhookMessage{URL: tc.url}); out.Failure != tc.want {
			t.Errorf("%s: %+v", name, out)
		}
	}
}
