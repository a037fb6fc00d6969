package api_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
)

// lockedBuffer takes logs from many goroutines.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// TestWithoutRedis: Redis is killed under a running program; everything goes on, and
// what ends, ends at once.
func TestWithoutRedis(t *testing.T) {
	t.Parallel()
	r := testkit.StartRedis(t)
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{Redis: []string{r.Addr}})
	b := a.NewBrand(t)
	reviewer := a.NewReviewer(t, b)
	flow := b.NewFlow(t, "外部", M{"mode": "any", "approvers": []string{reviewer.Member}})
	post := b.Submit(t, b.NewPost(t, testkit.Article("新品", M{"flow_id": flow})).ID)
	r.Kill()
	admin, _ := a.SignIn(t, b.AdminEmail)
	inv, token := a.Invite(t, b, M{})
	if got := scan(t, a, admin.Do(t, "GET", inv.CodeURL, nil)); got != token {
		t.Error("the code holds", got)
	}
	phone := a.Named(t, "新人")
	phone.Do(t, "GET", api.Base+"/scenes/"+token, nil).Want(t, 200, nil)
	a.Nobody().Do(t, "GET", "/i/"+token, nil).Want(t, 200, nil)
	task := reviewer.Inbox(t, "waiting")[0]
	reviewer.Decide(t, task.ID, "approve", task.Digest).Want(t, 200, nil)
	if p := b.Post(t, post.ID); p.State != model.PostApproved {
		t.Error("post", p.State)
	}
	admin.Do(t, "DELETE", api.Base+"/sessions", nil).Want(t, 204, nil)
	admin.Do(t, "GET", api.Base+"/me", nil).Refused(t, 401, model.CodeUnauthenticated)
	admin2, _ := a.SignIn(t, b.AdminEmail)
	admin2.Do(t, "DELETE", b.Path+"/members/"+reviewer.Member, nil).Want(t, 204, nil)
	reviewer.Do(t, "GET", api.Base+"/tasks/"+task.ID, nil).Refused(t, 404, model.CodeNotFound)
	a.Nobody().Do(t, "GET", "/readyz", nil).Want(t, 200, nil)
}

// TestWithoutDatabase: 503 that says when to come back, never "nobody" or "not there";
// health stays green, readiness turns red, and all is well again by itself.
func TestWithoutDatabase(t *testing.T) {
	t.Parallel()
	var logs lockedBuffer
	w := newWorld(t, testkit.MySQL, testkit.Options{})
	r, line := w.Behind(t, testkit.Options{Logs: &logs, Tune: shortTimeout})
	a := w.brand["A"]
	before := w.Database.Rows(t, w.db)
	line.Cut()
	sweepDown(t, w, r)
	r503 := w.Nobody().As(r).Do(t, "GET", "/readyz", nil).Want(t, 503, nil)
	if bytes.Contains(r503.Body, []byte("127.0.0.1")) {
		t.Errorf("readyz tells where the database is: %s", r503.Body)
	}
	w.Nobody().As(r).Do(t, "GET", "/healthz", nil).Want(t, 200, nil)
	w.Nobody().As(r).Do(t, "GET", "/api/docs", nil).Want(t, 200, nil)
	line.Flow()
	a.Admin.As(r).Do(t, "GET", api.Base+"/me", nil).Want(t, 200, nil)
	w.Nobody().As(r).Do(t, "GET", "/readyz", nil).Want(t, 200, nil)
	for table, rows := range w.Database.Rows(t, w.db) {
		if before[table] != rows {
			t.Error(table, "was written")
		}
	}
}

const requestTimeout = 500 * time.Millisecond

func shortTimeout(o *api.Options, _ *settings) { o.Timeout = requestTimeout }

func sweepDown(t *testing.T, w *world, r *testkit.Replica) {
	t.Helper()
	for _, o := range operations {
		payload, c := o.payload(w), o.by(w)
		if o.who == anyone {
			c = w.Nobody()
		}
		got := c.As(r).Do(t, o.method(), o.path(o.idsOf(w.brand["A"])), payload, o.headers()...)
		if p := problem(t, got); got.Status != 503 || p.Code != model.CodeUnavailable || got.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", o.route, got.Status, p.Code)
		}
	}
}

// TestWhileTheDatabaseIsSlow: a database that does not answer costs a request its time limit and
// no more; afterwards nothing is stuck.
func TestWhileTheDatabaseIsSlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.MySQL, testkit.Options{})
	r, line := w.Behind(t, testkit.Options{Tune: shortTimeout})
	a := w.brand["A"]
	a.Admin.As(r).Do(t, "GET", a.Path+"/posts", nil).Want(t, 200, nil)
	line.Stall()
	var wg sync.WaitGroup
	for _, o := range []operation{operations[0], operations[1], operations[15], operations[19]} {
		payload := o.payload(w)
		wg.Go(func() {
			start := time.Now()
			got := o.by(w).As(r).Do(t, o.method(), o.path(o.idsOf(a)), payload, o.headers()...)
			if took := time.Since(start); took > requestTimeout+3*time.Second {
				t.Errorf("%s took %v", o.route, took)
			}
			if got.Status != 503 || got.Header.Get("Retry-After") == "" {
				t.Errorf("%s: %d %s", o.route, got.Status, got.Body)
			}
		})
	}
	wg.Wait()
	line.Flow()
	testkit.Eventually(t, "the replica works again", func() bool {
		return a.Admin.As(r).Do(t, "GET", a.Path+"/posts", nil).Status == 200
	})
}

// TestSlowWeChat: who waits for a code that WeChat draws for longer than a request may last
// is told to come back; the drawing goes on without him.
func TestSlowWeChat(t *testing.T) {
	t.Parallel()
	const limit, slow = 2 * time.Second, 2700 // ms; the brand is founded under the limit too
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{Tune: func(o *api.Options, _ *settings) { o.Timeout = limit }})
	b := a.NewBrand(t)
	invitation, _ := a.Invite(t, b, M{})
	code := b.Path + "/invitations/" + invitation.ID + "/code.png"
	a.Sandbox.Fault(sandbox.Fault{Path: "/wxa/getwxacodeunlimit", DelayMS: slow})
	b.Admin.Do(t, "GET", code, nil).Refused(t, 503, model.CodeUnavailable)
	testkit.Eventually(t, "the code is drawn", func() bool { return b.Admin.Do(t, "GET", code, nil).Status == 200 })
}

// TestSQLiteHeld: another writer holds the file; who waits too long gets a 503.
func TestSQLiteHeld(t *testing.T) {
	t.Parallel()
	const limit = 3 * time.Second // the brand is founded under it too
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{Tune: func(o *api.Options, _ *settings) { o.Timeout = limit }})
	b := a.NewBrand(t)
	conn, err := a.Database.SQL(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	b.Admin.Do(t, "POST", b.Path+"/invitations", M{}).Refused(t, 503, model.CodeUnavailable)
	if took := time.Since(start); took > limit+3*time.Second {
		t.Error("took", took)
	}
	b.Admin.Do(t, "GET", b.Path, nil).Want(t, 200, nil)
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	b.Admin.Do(t, "POST", b.Path+"/invitations", M{}).Want(t, 200, nil)
}
