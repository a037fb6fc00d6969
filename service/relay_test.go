package service_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
	"countersign/service"
	"countersign/store"
)

const sendPath = "/cgi-bin/message/subscribe/send"

// asked is a brand in which a reviewer is owed one message about one turn; his
// admission has been told. grants is how many messages he allows.
func asked(t *testing.T, e testkit.Engine, grants int, replicas int) (x *bundle, r reviewer, openid string) {
	t.Helper()
	x = setup(t, e, testkit.Options{Replicas: replicas})
	r = x.reviewer(t)
	x.Drain(t.Context(), t)
	testkit.Exec(t, x.db, "DELETE FROM outbox")
	openid = x.cell(t, "SELECT open_id FROM persons WHERE id = ?", r.person)
	x.Sandbox.Grant(openid, testkit.Template, grants)
	x.submitted(t, x.flow(t, step(model.ModeAny, r.Member)), 1)
	return x, r, openid
}

func (x *bundle) outbox(t testing.TB) [][]string {
	t.Helper()
	return testkit.Rows(t, x.db, "SELECT state, last_error, attempts FROM outbox ORDER BY id")
}

func (x *bundle) drain(t testing.TB) {
	t.Helper()
	if _, err := x.Service.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestANoticeIsDelivered(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, _, openid := asked(t, e, 1, 1)
		x.drain(t)
		got := x.Sandbox.Messages()
		if len(got) != 1 || got[0].OpenID != openid || got[0].Data["thing1"] != "文章 1" || got[0].Data["time3"] != "2026-03-02 16:00" {
			t.Errorf("sent %+v", got)
		}
		if diff := cmp.Diff([][]string{{"done", "", "1"}}, x.outbox(t)); diff != "" {
			t.Error(diff)
		}
	})
}

// WeChat's faults, and what becomes of the message.
func TestWeChatFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		grants int
		fault  sandbox.Fault
		want   []string // state, error, attempts after the first try
		sent   int      // in the end, an hour later
	}{
		{"busy", 1, sandbox.Fault{ErrCode: -1}, []string{"ready", "wechat_busy", "1"}, 1},
		{"minute quota", 1, sandbox.Fault{ErrCode: 45011}, []string{"ready", "wechat_busy", "1"}, 1},
		{"not subscribed", 0, sandbox.Fault{}, []string{"dead", "wechat_not_subscribed", "1"}, 0},
		{"the line is cut after it was sent", 2, sandbox.Fault{DropAfterActing: true}, []string{"dead", "wechat_busy", "1"}, 1},
		{"half an answer", 2, sandbox.Fault{Truncate: true}, []string{"dead", "wechat_busy", "1"}, 1},
		{"a gateway's page", 2, sandbox.Fault{HTTPStatus: 502}, []string{"dead", "wechat_busy", "1"}, 0},
		{"no answer in time", 2, sandbox.Fault{DelayMS: 60_000}, []string{"dead", "wechat_busy", "1"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
				x, _, _ := asked(t, e, c.grants, 1)
				if c.fault != (sandbox.Fault{}) {
					c.fault.Path = sendPath
					x.Sandbox.Fault(c.fault)
				}
				x.drain(t)
				if diff := cmp.Diff([][]string{c.want}, x.outbox(t)); diff != "" {
					t.Error(diff)
				}
				for range 3 {
					x.Clock.Add(time.Hour)
					x.drain(t)
				}
				if n := len(x.Sandbox.Messages()); n != c.sent {
					t.Errorf("%d were sent, want %d", n, c.sent)
				}
			})
		})
	}
}

// A fault that passes is tried again with growing pauses, and given up in the end.
func TestAMessageIsGivenUp(t *testing.T) {
	t.Parallel()
	x, _, _ := asked(t, testkit.SQLite, 1, 1)
	x.Sandbox.Fault(sandbox.Fault{Path: sendPath, ErrCode: -1, Times: -1})
	for range 20 {
		x.drain(t)
		x.Clock.Add(2 * time.Hour)
	}
	if diff := cmp.Diff([][]string{{"dead", "wechat_busy", "12"}}, x.outbox(t)); diff != "" {
		t.Error(diff)
	}
}

// Relays on three replicas at once: each message leaves once.
func TestRelaysAtOnceSendOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, r, openid := asked(t, e, 100, 3)
		flow := x.flow(t, step(model.ModeAny, r.Member))
		for range 4 {
			x.submitted(t, flow, 8)
		}
		testkit.Together(6, func(i int) {
			for range 3 {
				if _, err := x.Replicas[i%3].Service.Relay.Drain(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		x.Drain(t.Context(), t)
		n := 0
		for _, m := range x.Sandbox.Messages() {
			if m.OpenID == openid {
				n++
			}
		}
		if n != 33 {
			t.Errorf("%d messages of 33 left", n)
		}
	})
}

// slowSend is a WeChat that takes its time, by the database's clock.
type slowSend struct {
	service.WeChat
	clock *testkit.Clock
	takes time.Duration
	mu    *sync.Mutex
	sent  map[string]int
}

func (w slowSend) Send(_ context.Context, m model.SubscribeMessage) error {
	w.clock.Add(w.takes)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent[m.Data["thing1"]]++
	return nil
}

// A batch that takes longer than its lease must not be sent by the next relay as well.
func TestASlowBatchIsNotSentTwice(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, r, _ := asked(t, e, 0, 1)
		testkit.Exec(t, x.db, "DELETE FROM outbox")
		w := slowSend{clock: x.Clock, takes: 500 * time.Millisecond, mu: &sync.Mutex{}, sent: map[string]int{}}
		var relays []*testkit.Replica
		for range 2 {
			relays = append(relays, x.Bare(t, 0, func(d *service.Deps) { w.WeChat = d.WeChat; d.WeChat = &handOver{slowSend: w, relays: &relays, t: t} }))
		}
		flow := x.flow(t, step(model.ModeAny, r.Member))
		for i := range 8 {
			x.submittedAs(t, flow, fmt.Sprint("第", i), 8)
		}
		for range 20 {
			if _, err := relays[0].Service.Relay.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			x.Clock.Add(time.Minute)
		}
		for title, n := range w.sent {
			if n != 1 {
				t.Errorf("%s was sent %d times", title, n)
			}
		}
		if len(w.sent) != 64 {
			t.Errorf("%d of 64 were sent", len(w.sent))
		}
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM outbox WHERE state = 'done'"); n != 64 {
			t.Errorf("%d rows are done", n)
		}
	})
}

// handOver lets the other relay claim what it can, in the middle of each send.
type handOver struct {
	slowSend
	relays *[]*testkit.Replica
	t      *testing.T
	deep   atomic.Bool
}

func (w *handOver) Send(ctx context.Context, m model.SubscribeMessage) error {
	err := w.slowSend.Send(ctx, m)
	if w.deep.CompareAndSwap(false, true) {
		if _, err := (*w.relays)[1].Service.Relay.Drain(ctx); err != nil {
			w.t.Error(err)
		}
		w.deep.Store(false)
	}
	return err
}

func (x *bundle) submittedAs(t testing.TB, flow, title string, n int) {
	t.Helper()
	spec := service.PostSpec{ChannelID: x.b.Channel}
	for i := range n {
		spec.Articles = append(spec.Articles, articleSpec(fmt.Sprint(title, i), flow))
	}
	id, err := x.Service.Posts.Create(t.Context(), x.editor, x.b.ID, spec)
	must(t, err)
	must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, id, nil))
}

// stops is a WeChat during whose send the program is told to stop.
type stops struct {
	service.WeChat
	stop context.CancelFunc
	n    *atomic.Int64
}

func (w stops) Send(context.Context, model.SubscribeMessage) error {
	w.n.Add(1)
	w.stop()
	return nil
}

// The program is told to stop in the middle of a batch: what was sent is noted.
func TestStoppingForgetsNothing(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, r, _ := asked(t, e, 0, 1)
		x.submitted(t, x.flow(t, step(model.ModeAny, r.Member)), 3)
		ctx, stop := context.WithCancel(t.Context())
		var n atomic.Int64
		relay := x.Bare(t, 0, func(d *service.Deps) { d.WeChat = stops{d.WeChat, stop, &n} })
		_, _ = relay.Service.Relay.Drain(ctx)
		for range 3 {
			x.Clock.Add(time.Minute)
			if _, err := relay.Service.Relay.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n.Load() != 4 || testkit.Count(t, x.db, "SELECT COUNT(*) FROM outbox WHERE state = 'done'") != 4 {
			t.Errorf("%d sends for 4 messages: %v", n.Load(), x.outbox(t))
		}
	})
}

// Whoever has left is not written to; neither is anybody whose turn is over.
func TestNobodyIsToldInVain(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, r, _ := asked(t, e, 5, 1)
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, r.Member))
		x.Drain(t.Context(), t)
		if n := len(x.Sandbox.Messages()); n != 0 {
			t.Errorf("%d messages", n)
		}
		if diff := cmp.Diff([][]string{{"done", "", "1"}}, x.outbox(t)); diff != "" {
			t.Error(diff)
		}
	})
}

// A message that only a newer version knows how to deliver waits for that version, and
// does not hold up the others.
func TestAForeignTopicWaits(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, _, _ := asked(t, e, 1, 1)
		must(t, x.Store.InTx(t.Context(), func(tx *store.Tx) error {
			tx.Owe(model.OutboxMessage{ID: testkit.NewID(), DedupKey: "carrier_pigeon.post:1", Topic: "carrier_pigeon.post", BrandID: x.b.ID, Payload: []byte("{}")})
			return nil
		}))
		x.drain(t)
		if n := len(x.Sandbox.Messages()); n != 1 {
			t.Errorf("%d messages", n)
		}
		want := [][]string{{"done", "", "1"}, {"ready", "", "0"}}
		if diff := cmp.Diff(want, x.outbox(t)); diff != "" {
			t.Error(diff)
		}
	})
}
