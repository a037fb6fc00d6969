package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// sent is one server-sent event as a client reads it; a comment has only that.
type sent struct {
	id, name, data, comment string
	retry                   string
}

// listener is a client of the stream.
type listener struct {
	resp  *http.Response
	lines *bufio.Scanner
	close context.CancelFunc
}

// listen opens a stream; query and headers as a browser would send them.
func listen(t *testing.T, c testkit.Client, path string, headers ...string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Accept-Language", "en")
	req.Header.Set("Cookie", api.CookieName+"="+c.Cookie)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return &listener{resp, bufio.NewScanner(resp.Body), cancel}
}

// next reads one event, without comments; false when the stream has ended.
func (l *listener) next() (sent, bool) {
	for {
		e, ok := l.block()
		if !ok || e.comment == "" {
			return e, ok
		}
	}
}

func (l *listener) block() (e sent, ok bool) {
	for l.lines.Scan() {
		line := l.lines.Text()
		if line == "" {
			return e, true
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "":
			e.comment = value
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "retry":
			e.retry = value
		}
	}
	return e, false
}

// want reads one event of a kind.
func (l *listener) want(t *testing.T, name string) (e sent, out api.EventOut) {
	t.Helper()
	e, ok := l.next()
	if !ok || e.name != name {
		t.Fatalf("got %+v %t, want %q; %v", e, ok, name, l.lines.Err())
	}
	if err := json.Unmarshal([]byte(e.data), &out); err != nil || strconv.FormatInt(out.Seq, 10) != e.id {
		t.Fatalf("%+v: %v", e, err)
	}
	return e, out
}

// ended asks that the stream ends, whatever still comes.
func (l *listener) ended(t *testing.T) {
	t.Helper()
	for {
		if _, ok := l.next(); !ok {
			break
		}
	}
	if errors.Is(l.lines.Err(), context.DeadlineExceeded) {
		t.Fatal("the stream did not end")
	}
}

func channelBody(n int) M { return M{"name": fmt.Sprint("频道 ", n), "platform": "weibo"} }

// TestStreamsSeeEverythingInOrder: on two replicas, with acts on both and in another
// brand at the same time, each stream gets each event of its brand once and in order.
// Without a Redis that the replicas share, they find out by the clock.
func TestStreamsSeeEverythingInOrder(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		engine testkit.Engine
		redis  bool
	}{{"MariaDB, Redis", testkit.MySQL, true}, {"MariaDB, no common Redis", testkit.MySQL, false}, {"SQLite", testkit.SQLite, false}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.engine.Need(t)
			o := testkit.Options{Replicas: 2, Tune: func(_ *api.Options, s *service.Settings) { s.Live.PerUser = 20 }}
			if tc.redis {
				o.Redis = []string{os.Getenv(testkit.EnvRedis)}
			} else {
				o.Tune = func(_ *api.Options, s *service.Settings) {
					s.Live = service.LiveSettings{PerUser: 20, Poll: 20 * time.Millisecond}
				}
			}
			a := testkit.NewApp(t, tc.engine, o)
			everythingInOrder(t, a)
		})
	}
}

func everythingInOrder(t *testing.T, a *testkit.App) {
	t.Helper()
	b, other := a.NewBrand(t), a.NewBrand(t)
	var streams []*listener
	var starts []int64
	for i := range 6 {
		l := listen(t, b.Admin.As(a.Replicas[i%2]), b.Path+"/events")
		_, first := l.want(t, "ready")
		streams, starts = append(streams, l), append(starts, first.Seq)
	}
	const writers, each = 4, 10
	testkit.Together(writers, func(i int) {
		for k := range each {
			b.Admin.As(a.Replicas[i%2]).Do(t, "POST", b.Path+"/channels", channelBody(i*each+k))
			other.Admin.As(a.Replicas[i%2]).Do(t, "POST", other.Path+"/channels", channelBody(i*each+k))
		}
	})
	var list api.List[api.ChannelOut]
	b.Admin.Do(t, "GET", b.Path+"/channels?limit=100", nil).Want(t, 200, &list)
	ours := map[string]bool{}
	for _, c := range list.Items {
		ours[c.ID] = true
	}
	for i, l := range streams {
		for n := range writers * each {
			_, e := l.want(t, "channel.created")
			if e.Seq != starts[i]+int64(n)+1 || !ours[e.SubjectID] || e.SubjectKind != "channel" {
				t.Fatalf("stream %d, event %d: %+v", i, n, e)
			}
		}
	}
}

func oneBrand(t *testing.T, tune func(*api.Options, *service.Settings)) (*testkit.App, *testkit.Brand) {
	t.Helper()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{Tune: tune})
	return a, a.NewBrand(t)
}

func TestStreamResumes(t *testing.T) {
	t.Parallel()
	a, b := oneBrand(t, nil)
	l := listen(t, b.Admin, b.Path+"/events")
	if ct := l.resp.Header.Get("Content-Type"); l.resp.StatusCode != 200 || ct != "text/event-stream; charset=utf-8" {
		t.Fatal(l.resp.Status, ct)
	}
	first, start := l.want(t, "ready")
	if n, err := strconv.Atoi(first.retry); err != nil || n < 1000 {
		t.Error("retry", first.retry)
	}
	l.close()
	for i := range 3 {
		b.Admin.Do(t, "POST", b.Path+"/channels", channelBody(i)).Want(t, 200, nil)
	}
	// From the mark of a stream that saw no event; the header goes before the query.
	again := listen(t, b.Editor, b.Path+"/events?after=0", "Last-Event-ID", first.id)
	again.want(t, "ready")
	for i := range 3 {
		if _, e := again.want(t, "channel.created"); e.Seq != start.Seq+int64(i)+1 {
			t.Fatal(e)
		}
	}
	whole := listen(t, b.Admin, b.Path+"/events?after=0")
	whole.want(t, "ready")
	for seq := int64(1); seq <= start.Seq+3; seq++ {
		if e, ok := whole.next(); !ok || e.id != strconv.FormatInt(seq, 10) {
			t.Fatal(seq, e, ok)
		}
	}
	if _, err := a.Database.SQL(t).Exec("DELETE FROM events WHERE seq < 3"); err != nil {
		t.Fatal(err)
	}
	for _, cursor := range []string{"0", "1", "999999"} { // swept, and from nowhere
		l := listen(t, b.Admin, b.Path+"/events?after="+cursor)
		if _, mark := l.want(t, "reset"); mark.Seq != start.Seq+3 {
			t.Error(cursor, mark)
		}
		b.Admin.Do(t, "POST", b.Path+"/channels", M{"name": "新 " + cursor, "platform": "weibo"}).Want(t, 200, nil)
		start.Seq++
		if _, e := l.want(t, "channel.created"); e.Seq != start.Seq+3 {
			t.Error(cursor, e)
		}
	}
}

// TestEventList: the same without a stream.
func TestEventList(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		list := func(query string) (out api.EventsOut) {
			b.Editor.Do(t, "GET", b.Path+"/events"+query, nil, "Accept", "application/json, */*").Want(t, 200, &out)
			return out
		}
		now := list("")
		if len(now.Items) != 0 || now.Reset || now.NextAfter == "0" {
			t.Fatalf("%+v", now)
		}
		b.Admin.Do(t, "POST", b.Path+"/channels", channelBody(1)).Want(t, 200, nil)
		got := list("?after=" + now.NextAfter)
		if len(got.Items) != 1 || got.Items[0].Kind != "channel.created" || got.Items[0].SubjectKind != "channel" || got.Reset {
			t.Fatalf("%+v", got)
		}
		if empty := list("?after=" + got.NextAfter); len(empty.Items) != 0 || empty.NextAfter != got.NextAfter || empty.Reset {
			t.Errorf("%+v", empty)
		}
		var paged []api.EventOut
		for after := "0"; after != got.NextAfter; {
			page := list("?limit=2&after=" + after)
			paged, after = append(paged, page.Items...), page.NextAfter
		}
		if diff := cmp.Diff(list("?after=0").Items, paged); diff != "" || len(paged) < 3 {
			t.Error(len(paged), diff)
		}
		if far := list("?after=99999"); !far.Reset || far.NextAfter != got.NextAfter {
			t.Errorf("%+v", far)
		}
		for _, bad := range []string{"?after=-1", "?after=x", "?after=1234567890123456", "?limit=101"} {
			b.Editor.Do(t, "GET", b.Path+"/events"+bad, nil).Refused(t, 400, model.CodeInvalid)
		}
		b.Editor.Do(t, "GET", b.Path+"/events", nil, "Last-Event-ID", "0x10").Refused(t, 400, model.CodeInvalid)
	})
}

// TestStreamEndsWithTheRight: whoever loses the right to watch is shown nothing that
// happens after.
func TestStreamEndsWithTheRight(t *testing.T) {
	t.Parallel()
	beat := func(o *api.Options, _ *service.Settings) { o.Heartbeat = 20 * time.Millisecond }
	t.Run("removed", func(t *testing.T) {
		t.Parallel()
		_, b := oneBrand(t, nil) // at once: without waiting for a heartbeat
		l := listen(t, b.Editor, b.Path+"/events")
		l.want(t, "ready")
		b.Admin.Do(t, "DELETE", b.Path+"/members/"+b.EditorMember, nil).Want(t, 204, nil)
		if e, ok := l.next(); ok {
			t.Error("saw", e)
		}
		b.Editor.Do(t, "GET", b.Path+"/events", nil, "Accept", "text/event-stream").Refused(t, 404, model.CodeNotFound)
	})
	t.Run("signed out", func(t *testing.T) {
		t.Parallel()
		_, b := oneBrand(t, beat)
		l := listen(t, b.Editor, b.Path+"/events")
		l.want(t, "ready")
		b.Editor.Do(t, "DELETE", api.Base+"/sessions", nil).Want(t, 204, nil)
		l.ended(t)
	})
	t.Run("idle", func(t *testing.T) { // an open window does not keep a session alive
		t.Parallel()
		a, b := oneBrand(t, beat)
		l := listen(t, b.Editor, b.Path+"/events")
		l.want(t, "ready")
		a.Clock.Add(2*time.Hour + time.Minute)
		l.ended(t)
	})
	t.Run("nobody can say", func(t *testing.T) { // for longer than a stream goes on trusting
		t.Parallel()
		a, b := oneBrand(t, func(o *api.Options, _ *service.Settings) {
			o.Heartbeat = 20 * time.Millisecond
			o.Trust = 100 * time.Millisecond
		})
		l := listen(t, b.Editor, b.Path+"/events")
		l.want(t, "ready")
		if _, err := a.Database.SQL(t).Exec("ALTER TABLE sessions RENAME TO gone"); err != nil {
			t.Fatal(err)
		}
		l.ended(t)
	})
}

func TestStreamLimits(t *testing.T) {
	t.Parallel()
	a, b := oneBrand(t, func(_ *api.Options, s *service.Settings) { s.Live.PerUser, s.Live.Streams = 2, 3 })
	one := listen(t, b.Admin, b.Path+"/events")
	two := listen(t, b.Admin, b.Path+"/events")
	one.want(t, "ready")
	two.want(t, "ready")
	ask := func(c testkit.Client) testkit.Answer {
		return c.Do(t, "GET", b.Path+"/events", nil, "Accept", "text/html, text/event-stream;q=0.5")
	}
	if got := ask(b.Admin); got.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	} else {
		got.Refused(t, 429, model.CodeTooManyStreams)
	}
	listen(t, b.Editor, b.Path+"/events").want(t, "ready")
	ask(b.Editor).Refused(t, 429, model.CodeTooManyStreams) // the replica is full
	b.Admin.Do(t, "GET", b.Path+"/events", nil).Want(t, 200, nil)
	if n := a.Service.Live.Open(); n != 3 {
		t.Error(n, "open")
	}
	one.close() // makes room, as soon as the server has noticed
	openStreams(t, a, 2)
	listen(t, b.Admin, b.Path+"/events").want(t, "ready")
}

// TestSlowReaderIsDropped: a client that takes nothing holds no place for ever.
func TestSlowReaderIsDropped(t *testing.T) {
	t.Parallel()
	a, b := oneBrand(t, func(o *api.Options, _ *service.Settings) { o.WriteLimit = 100 * time.Millisecond })
	fill := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
		INSERT INTO events (brand_id, seq, kind, subject_kind, subject_id, actor_kind, at)
		SELECT '` + b.ID + `', (SELECT seq FROM audit_heads WHERE brand_id = '` + b.ID + `') + i, 'post.created', 'post', 'x', 'user', '2026-03-02 08:00:00.000' FROM n`
	if _, err := a.Database.SQL(t).Exec(fill); err != nil {
		t.Fatal(err)
	}
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", strings.TrimPrefix(b.Admin.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "GET %s/events?after=0 HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nCookie: %s=%s\r\n\r\n", b.Path, api.CookieName, b.Admin.Cookie)
	if err != nil {
		t.Fatal(err)
	}
	_, err = bufio.NewReaderSize(conn, 16).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	openStreams(t, a, 0)
}

// openStreams waits until the server has noticed that streams ended: it learns that from
// the network, which gives no signal to the test.
func openStreams(t *testing.T, a *testkit.App, n int) {
	t.Helper()
	ticks, limit := time.NewTicker(5*time.Millisecond), time.After(20*time.Second)
	defer ticks.Stop()
	for a.Service.Live.Open() > n {
		select {
		case <-ticks.C:
		case <-limit:
			t.Fatalf("%d streams are open, want %d", a.Service.Live.Open(), n)
		}
	}
}

// TestStreamOutlivesTheLimitsAndEndsWithTheServer: the server's limits for requests do
// not end a stream, and its shutdown does, at once.
func TestStreamOutlivesTheLimitsAndEndsWithTheServer(t *testing.T) {
	t.Parallel()
	const limit = 2 * time.Second
	n := 0
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{Replicas: 2, Tune: func(o *api.Options, _ *service.Settings) {
		if n++; n == 2 { // only the stream's own: the others' requests may take their time
			o.Heartbeat, o.Timeout = limit/4, limit
		}
	}})
	b, limited := a.NewBrand(t), a.Replicas[1]
	srv := httptest.NewUnstartedServer(limited.Server.Config.Handler)
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = limit, limit
	srv.Config.RegisterOnShutdown(limited.Service.Live.Drain)
	srv.Start()
	defer srv.Close()
	admin := b.Admin
	admin.URL = srv.URL
	l := listen(t, admin, b.Path+"/events")
	l.want(t, "ready")
	for range 6 { // longer than the limit
		if e, ok := l.block(); !ok || e.comment == "" {
			t.Fatal("no heartbeat:", e, l.lines.Err())
		}
	}
	b.Admin.Do(t, "POST", b.Path+"/channels", channelBody(1)).Want(t, 200, nil)
	l.want(t, "channel.created")
	grace, cancel := context.WithTimeout(t.Context(), 20*time.Second) // a stream that is not told goes on for ever
	defer cancel()
	if err := srv.Config.Shutdown(grace); err != nil {
		t.Error(err)
	}
	l.ended(t)
	b.Admin.As(limited).Do(t, "GET", b.Path+"/events", nil, "Accept", "text/event-stream").Refused(t, 503, model.CodeUnavailable)
}
