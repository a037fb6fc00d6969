package douyin_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/douyin"
	"countersign/model"
)

const (
	clientKey = "awcountersign0001"
	secret    = "canary-client-secret-1f2e3d"
	videoURL  = "https://media.example.com/v/canaryvideo.mp4?sig=0a1b+c%2Fd&e=1"
)

const (
	stablePath = "/oauth/stable_client_token/"
	tokenPath  = "/oauth/client_token/"
	ticketPath = "/open/getticket/"
	sharePath  = "/share-id/"
	shortPath  = "/api/douyin/v1/schema/get_share/"
)

var start = time.Date(2026, 3, 1, 8, 30, 20, 0, time.UTC)

// clock is a hand-moved clock for a Client and its Douyin.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// platform is as much of Douyin as this room talks to, by the facts: 200 for everything,
// three kinds of envelopes, a token that a newer one ends, a ticket likewise.
type platform struct {
	t     *testing.T
	clock *clock

	mu      sync.Mutex
	calls   map[string]int
	instead map[string]http.HandlerFunc // answers in place of the platform
	made    int
	life    time.Duration
	stable  string
	ends    map[string]time.Time // of tokens and tickets
	newest  map[string]string    // "token", "ticket"
	last    map[string]any       // body of the last get_share
	queries []string
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.calls[r.URL.Path]++
	p.queries = append(p.queries, r.URL.RawQuery)
	instead := p.instead[r.URL.Path]
	p.mu.Unlock()
	if instead != nil {
		instead(w, r)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer(w, r)
}

func (p *platform) answer(w http.ResponseWriter, r *http.Request) {
	switch r.Method + r.URL.Path {
	case "POST" + stablePath, "POST" + tokenPath:
		p.token(w, r)
	case "GET" + ticketPath:
		if p.admit(w, r, 2190008) {
			life := int64(p.life / time.Second)
			_, _ = fmt.Fprintf(w, `{"data":{"error_code":0,"description":"","ticket":%q,"expires_in":"%d"},"extra":{"error_code":0,"logid":"2026log","now":%d}}`,
				p.issue("ticket", "@canary-ticket/%d+=="), life, p.clock.Now().Add(45*time.Second).UnixMilli())
		}
	case "GET" + sharePath, "POST" + sharePath:
		if p.admit(w, r, 2190008) {
			p.made++
			_, _ = fmt.Fprintf(w, `{"data":{"share_id":"17594359476%05d","error_code":0,"description":""},"extra":{"error_code":0}}`, p.made)
		}
	case "POST" + shortPath:
		p.short(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (p *platform) token(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Key    string `json:"client_key"`
		Secret string `json:"client_secret"`
		Grant  string `json:"grant_type"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Key != clientKey || in.Secret != secret || in.Grant != "client_credential" {
		_, _ = io.WriteString(w, `{"data":{"error_code":10013,"description":"client_key or client_secret wrong","captcha":"","desc_url":""},"message":"error"}`)
		return
	}
	token := p.stable
	if r.URL.Path == tokenPath || !p.clock.Now().Before(p.ends[token]) {
		token = p.issue("token", "clt.canary-token-%d")
		if r.URL.Path == stablePath {
			p.stable = token
		}
	}
	_, _ = fmt.Fprintf(w, `{"data":{"access_token":%q,"description":"","error_code":"0","expires_in":%d},"message":"success"}`,
		token, int64(p.ends[token].Sub(p.clock.Now())/time.Second))
}

// issue makes a token or a ticket; the one before ends in five minutes.
func (p *platform) issue(kind, format string) string {
	p.made++
	value, now := fmt.Sprintf(format, p.made), p.clock.Now()
	if old := p.newest[kind]; old != "" && p.ends[old].After(now.Add(5*time.Minute)) {
		p.ends[old] = now.Add(5 * time.Minute)
	}
	p.newest[kind], p.ends[value] = value, now.Add(p.life)
	return value
}

// admit refuses a token that is not good, in the envelope of the endpoint's series.
func (p *platform) admit(w http.ResponseWriter, r *http.Request, code int64) bool {
	if p.clock.Now().Before(p.ends[r.Header.Get("Access-Token")]) {
		return true
	}
	if code >= 28000000 {
		_, _ = fmt.Fprintf(w, `{"err_no":%d,"err_msg":"access_token expired","log_id":"v1log","data":{}}`, code)
		return false
	}
	_, _ = fmt.Fprintf(w, `{"data":{"error_code":%d,"description":"access_token expired"},"extra":{"error_code":%d,"description":"access_token expired","sub_error_code":0,"logid":"2026log"}}`, code, code)
	return false
}

func (p *platform) short(w http.ResponseWriter, r *http.Request) {
	if !p.admit(w, r, 28001008) {
		return
	}
	p.last = nil
	if err := json.NewDecoder(r.Body).Decode(&p.last); err != nil {
		p.t.Error(err)
	}
	ticket, _ := p.last["client_ticket"].(string)
	if !p.clock.Now().Before(p.ends[ticket]) {
		_, _ = io.WriteString(w, `{"err_no":28001003,"err_msg":"client_ticket invalid","log_id":"v1log"}`)
		return
	}
	_, _ = io.WriteString(w, `{"data":{"schema":"snssdk1128://webview?url=https%3A%2F%2Fopen.douyin.com%2Fplatform%2Foauth%2Fslink%2F%3Ftoken%3Dcanary-link%26client_key%3D`+clientKey+`"},"err_no":0,"err_msg":"","log_id":"v1log"}`)
}

// kill ends a token or ticket at once.
func (p *platform) kill(kind string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ends[p.newest[kind]] = p.clock.Now()
}

func (p *platform) count(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[path]
}

// tally is all counts, to be shown.
func (p *platform) tally() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.calls)
}

func (p *platform) lastQuery() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.queries[len(p.queries)-1]
}

func (p *platform) body() map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// answers puts a handler before a path; nil takes it away.
func (p *platform) answers(path string, h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.instead[path] = h
}

// always answers the same.
func always(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// refusing is always with a code in the envelope of the path.
func refusing(path string, code int64) http.HandlerFunc {
	body := fmt.Sprintf(`{"data":{"error_code":%d,"description":"no"},"extra":{"error_code":"%d","logid":"2026log"}}`, code, code)
	switch path {
	case tokenPath, stablePath:
		body = fmt.Sprintf(`{"data":{"error_code":%d,"description":"no"},"message":"error"}`, code)
	case shortPath:
		body = fmt.Sprintf(`{"err_no":%d,"err_msg":"no","log_id":"v1log"}`, code)
	}
	return always(http.StatusOK, body)
}

// bundle is a Douyin of one's own and a Client for it.
type bundle struct {
	*platform
	server *httptest.Server
	client *douyin.Client
}

func setup(t *testing.T, change ...func(*douyin.Config)) *bundle {
	t.Helper()
	p := &platform{
		t: t, clock: &clock{now: start}, life: 2 * time.Hour, calls: map[string]int{},
		instead: map[string]http.HandlerFunc{}, ends: map[string]time.Time{}, newest: map[string]string{},
	}
	b := &bundle{platform: p, server: httptest.NewServer(p)}
	t.Cleanup(b.server.Close)
	t.Cleanup(b.noSecretInAQuery)
	b.client = newClient(t, b, change...)
	return b
}

func (p *platform) noSecretInAQuery() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range p.queries {
		if strings.Contains(q, "canary") {
			p.t.Errorf("a secret in the query %q", q)
		}
	}
}

func newClient(t *testing.T, b *bundle, change ...func(*douyin.Config)) *douyin.Client {
	t.Helper()
	cfg := douyin.Config{ClientKey: clientKey, Secret: secret, BaseURL: b.server.URL, Now: b.clock.Now, Timeout: 20 * time.Second}
	for _, f := range change {
		f(&cfg)
	}
	c := must(douyin.New(cfg))(t)
	t.Cleanup(c.Close)
	return c
}

func plain(c *douyin.Config) { c.TokenEndpoint = douyin.TokenPlain }

func request() model.LaunchRequest {
	return model.LaunchRequest{
		ShareID: "1759435947641859", VideoURL: videoURL, Title: "春日 <新品> & 上市 #限定", Hashtags: []string{"限定", "spring"},
		EndsAt: start.Add(3 * time.Hour),
	}
}

// call is one method of a Client.
type call struct {
	name, path string
	do         func(*testing.T, *bundle) error
}

func calls() []call {
	return []call{
		{"ShareID", sharePath, func(t *testing.T, b *bundle) error {
			_, err := b.client.ShareID(t.Context())
			return err
		}},
		{"Launch", shortPath, func(t *testing.T, b *bundle) error {
			_, err := b.client.Launch(t.Context(), request())
			return err
		}},
	}
}

func must[V any](v V, err error) func(*testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// schemaValues is a link's query.
func schemaValues(t *testing.T, schema string) url.Values {
	t.Helper()
	_, query, _ := strings.Cut(schema, "?")
	return must(url.ParseQuery(query))(t)
}
