package miniprogram

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"countersign/platform"
)

const (
	maxAnswer = 4 << 20 // bytes; a 1280 px code is a few hundred KiB
	dialLimit = 10 * time.Second
)

var errNoExchange = errors.New("a request that did not come from a Client")

// exchange is one HTTP exchange with WeChat. It travels in the request's context, so
// that the SDK's one global HTTP client can serve Clients with different addresses and
// limits, and it keeps what came back: the SDK drops the body when it cannot read it.
type exchange struct {
	base  *url.URL
	limit time.Duration

	sent   atomic.Bool // a connection was there: WeChat may have seen the request
	status int         // 0 until the answer is here in full
	body   []byte
}

type exchangeKey struct{}

func (c *Client) newExchange() *exchange {
	return &exchange{base: c.base, limit: c.cfg.Timeout}
}

func (x *exchange) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// door is the process's one HTTP client, put under the SDK by the first call.
var door = sync.OnceValue(func() *http.Client {
	client := platform.NewClient(transport{platform.NewWire(dialLimit)})
	util.DefaultHTTPClient = client
	return client
})

// transport sends a request where its exchange says, within the exchange's limit, and
// refuses one that has none: such a request would go to the real WeChat unasked.
type transport struct{ wire *http.Transport }

// RoundTrip implements http.RoundTripper. The body it returns is in memory already.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	x, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		closeBody(req)
		return nil, errNoExchange
	}
	ctx, cancel := context.WithTimeout(req.Context(), x.limit)
	defer cancel()
	res, err := t.wire.RoundTrip(x.address(ctx, req))
	if err != nil {
		return nil, err
	}
	return x.keep(res)
}

// CloseIdleConnections lets http.Client.CloseIdleConnections through.
func (t transport) CloseIdleConnections() { t.wire.CloseIdleConnections() }

// address is req on its way to the exchange's base address.
func (x *exchange) address(ctx context.Context, req *http.Request) *http.Request {
	trace := &httptrace.ClientTrace{
		// net/http asks for another connection only when it wrote nothing on the one before.
		GetConn: func(string) { x.sent.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { x.sent.Store(true) },
	}
	out := req.Clone(httptrace.WithClientTrace(ctx, trace))
	out.URL.Scheme, out.URL.Host = x.base.Scheme, x.base.Host
	out.URL.Path = x.base.Path + req.URL.Path
	out.Host = ""
	if req.Method == http.MethodGet {
		// net/http repeats a GET by itself when a kept connection dies under it. For a
		// login that means: the code is spent, and the repetition answers 40163. A
		// request whose body cannot be rewound is never repeated.
		out.Body = io.NopCloser(strings.NewReader(""))
	}
	return out
}

// keep reads the answer in full, while the limit still runs.
func (x *exchange) keep(res *http.Response) (*http.Response, error) {
	defer func() { _ = res.Body.Close() }() // read to its end or given up; nothing to learn
	body, err := platform.ReadAnswer(res.Body, maxAnswer)
	if err != nil {
		return nil, err
	}
	x.status, x.body = res.StatusCode, body
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// closeBody keeps the promise every http.RoundTripper makes.
func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
