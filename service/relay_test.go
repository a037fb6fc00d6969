package service_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
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
	x.forget(t)
	openid = x.cell(t, "SELECT open_id FROM persons WHERE id = ?", r.person)
	x.Sandbox.Grant(openid, testkit.Template, grants)
	x.submitted(t, x.flow(t, step(model.ModeAny, r.Member)), 1)
	return x, r, openid
}

// forget drops what was owed and told so far.
func (x *bundle) forget(t testing.TB) {
	t.Helper()
	testkit.Exec(t, x.db, "DELETE FROM outbox")
	testkit.Exec(t, x.db, "DELETE FROM notice_paces")
	testkit.Exec(t, x.db, "DELETE FROM message_grants")
}

// outbox is what became of the deliveries.
func (x *bundle) outbox(t testing.TB) [][]string {
	t.Helper()
	return testkit.Rows(t, x.db, "SELECT state, last_error, attempts FROM outbox WHERE recipient <> '' ORDER BY id")
}

// drain spreads the facts, and tries the deliveries once.
func (x *bundle) drain(t testing.TB) {
	t.Helper()
	for range 2 {
		if _, err := x.Service.Relay.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// crowd adds reviewers past HTTP and answers their members and openids.
func (x *bundle) crowd(t testing.TB, n int) (members, openids []string) {
	t.Helper()
	must(t, x.Store.InTx(t.Context(), func(tx *store.Tx) error {
		members, openids = nil, nil
		for range n {
			openid := x.Sandbox.Identity("").OpenID
			p := model.Person{ID: testkit.NewID(), AppID: testkit.AppID, OpenID: openid, Nickname: "众", Language: model.LangZh}
			m := model.Member{ID: testkit.NewID(), BrandID: x.b.ID, PersonID: &p.ID, Role: model.RoleReviewer}
			if err := errors.Join(tx.CreatePerson(&p), tx.SaveMember(&m)); err != nil {
				return err
			}
			members, openids = append(members, m.ID), append(openids, openid)
		}
		return nil
	}))
	return members, openids
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
		{"the line is cut after it was sent", 2, sandbox.Fault{DropAfterActing: true}, []string{"dead", "wechat_outcome_unknown", "1"}, 1},
		{"half an answer", 2, sandbox.Fault{Truncate: true}, []string{"dead", "wechat_outcome_unknown", "1"}, 1},
		{"a gateway's page", 2, sandbox.Fault{HTTPStatus: 502}, []string{"dead", "wechat_outcome_unknown", "1"}, 0},
		{"no answer in time", 2, sandbox.Fault{DelayMS: 60_000}, []string{"dead", "wechat_outcome_unknown", "1"}, 0},
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

// Relays on three replicas at once: three articles submitted together are one message to
// each approver.
func TestRelaysAtOnceSendOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 3, Tune: func(_ *api.Options, s *service.Settings) { s.Gather = 2 * time.Second }})
		members, openids := x.crowd(t, 20)
		for _, o := range openids {
			x.Sandbox.Grant(o, testkit.Template, 9)
		}
		x.submitted(t, x.flow(t, step(model.ModeAny, members...)), 3)
		for range 3 {
			testkit.Together(6, func(i int) {
				if _, err := x.Replicas[i%3].Service.Relay.Drain(t.Context()); err != nil {
					t.Error(err)
				}
			})
			x.Clock.Add(3 * time.Second)
		}
		got := map[string]int{}
		for _, m := range x.Sandbox.Messages() {
			got[m.OpenID]++
			if m.Data["thing1"] != "3 项待您审批" {
				t.Errorf("sent %+v", m.Data)
			}
		}
		for _, o := range openids {
			if got[o] != 1 {
				t.Errorf("%s got %d messages", o, got[o])
			}
		}
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM outbox WHERE recipient <> '' AND state = 'done'"); n != 60 {
			t.Errorf("%d of 60 deliveries are done", n)
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
	w.sent[m.OpenID]++
	return nil
}

// A batch that takes longer than its lease must not be sent by the next relay as well.
func TestASlowBatchIsNotSentTwice(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		members, _ := x.crowd(t, 64)
		w := slowSend{clock: x.Clock, takes: 500 * time.Millisecond, mu: &sync.Mutex{}, sent: map[string]int{}}
		var relays []*testkit.Replica
		for range 2 {
			relays = append(relays, x.Bare(t, 0, func(d *service.Deps) { w.WeChat = d.WeChat; d.WeChat = &handOver{slowSend: w, relays: &relays, t: t} }))
		}
		for part := range slices.Chunk(members, 16) {
			x.submitted(t, x.flow(t, step(model.ModeAny, part...)), 1)
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
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM outbox WHERE recipient <> '' AND state = 'done'"); n != 64 {
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

// The program is told to stop in the middle of a batch: what was sent is noted, what was
// not is sent by the next one.
func TestStoppingForgetsNothing(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		members, _ := x.crowd(t, 40)
		for part := range slices.Chunk(members, 20) {
			x.submitted(t, x.flow(t, step(model.ModeAny, part...)), 1)
		}
		if _, err := x.Service.Relay.Drain(t.Context()); err != nil { // the facts
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var n atomic.Int64
		relay := x.Bare(t, 0, func(d *service.Deps) { d.WeChat = stops{d.WeChat, stop, &n} })
		_, _ = relay.Service.Relay.Drain(ctx)
		if first := n.Load(); first == 0 || first == 40 {
			t.Errorf("%d were sent before the stop", first)
		}
		for range 3 {
			x.Clock.Add(time.Minute)
			if _, err := relay.Service.Relay.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if done := testkit.Count(t, x.db, "SELECT COUNT(*) FROM outbox WHERE recipient <> '' AND state = 'done'"); n.Load() != 40 || done != 40 {
			t.Errorf("%d sends for 40 deliveries, of which %d are done", n.Load(), done)
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
		if rows := x.outbox(t); len(rows) != 0 {
			t.Errorf("owed: %v", rows)
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
		if got := x.cell(t, "SELECT attempts FROM outbox WHERE state = 'ready'"); got != "0" {
			t.Errorf("attempts %s", got)
		}
	})
}
