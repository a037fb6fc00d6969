package service_test

import (
	"context"
	"errors"
	"image/color"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
		if len(got) != 1 || got[0].OpenID != openid || got[0].Data["thing1"] != "文章 1" || got[0].Data["time3"] != "2026-03-02 16:00" || !strings.Contains(got[0].Page, "?task=") {
			t.Errorf("sent %+v", got)
		}
		if diff := cmp.Diff([][]string{{"done", "", "1"}}, x.outbox(t)); diff != "" {
			t.Error(diff)
		}
	})
}

// A post of pictures alone has no title, and its approver is told all the same: WeChat
// takes no empty field.
func TestANoticeOfAPostWithoutATitle(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, r, openid := asked(t, e, 9, 1)
		x.forget(t)
		channel := x.channelOn(t, "weibo")
		flow, err := x.Service.Flows.Create(t.Context(), x.admin, x.b.ID, model.FlowSpec{
			Name: "图片", ContentTypes: []model.ContentType{model.ContentGeneric}, Platforms: []string{"weibo"}, Steps: []model.StepSpec{step(model.ModeAny, r.Member)},
		})
		must(t, err)
		spec := oneArticle(channel, model.Content{Pictures: []model.MediaRef{{ID: x.picture(t, color.White)}}})
		spec.Articles[0].Choice.FlowID = &flow
		post, err := x.Service.Posts.Create(t.Context(), x.editor, x.b.ID, spec)
		must(t, err)
		must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil))
		x.drain(t)
		if got := x.Sandbox.Messages(); len(got) != 1 || got[0].OpenID != openid || got[0].Data["thing1"] != "（未命名）" {
			t.Errorf("sent %+v, %v", got, x.outbox(t))
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
		{"day's quota", 1, sandbox.Fault{ErrCode: 45009}, []string{"ready", "", "0"}, 1},
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

// calm ends WeChat's faults.
func (x *bundle) calm(t testing.TB) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, x.WeChat.URL+"/sandbox/wechat/faults", http.NoBody)
	must(t, err)
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	_ = resp.Body.Close()
}

// A used-up quota of WeChat's stops nothing but the sending: nobody is given up, however
// long it lasts, and WeChat is not asked for every message.
func TestAUsedUpQuota(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		members, openids := x.crowd(t, 40)
		for _, o := range openids {
			x.Sandbox.Grant(o, testkit.Template, 1)
		}
		before := x.Sandbox.Stats()[sendPath]
		x.Sandbox.Fault(sandbox.Fault{Path: sendPath, ErrCode: 45009, Times: -1})
		x.submitted(t, x.flow(t, step(model.ModeAny, members...)), 1)
		const hours = 30
		for range hours {
			x.drain(t)
			x.Clock.Add(time.Hour)
		}
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM outbox WHERE recipient <> '' AND state = 'ready' AND attempts = 0"); n != 40 {
			t.Errorf("%d of 40 wait", n)
		}
		const atOnce = 16 // are under way when the first refusal comes
		if asked := x.Sandbox.Stats()[sendPath] - before; asked < hours/2 || asked > hours*atOnce {
			t.Errorf("WeChat was asked %d times", asked)
		}
		x.calm(t)
		x.Clock.Add(time.Hour)
		x.drain(t)
		if n := len(x.Sandbox.Messages()); n != 40 {
			t.Errorf("%d of 40 were sent", n)
		}
	})
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

// slowSend is a WeChat that takes its time, by the database's clock: as many as are sent
// at once all begin before the clock moves.
type slowSend struct {
	service.WeChat
	x       *bundle
	atOnce  int
	next    *testkit.Replica // claims what it can in the middle of each round
	mu      sync.Mutex
	arrived int
	moved   chan struct{} // closed when the clock has moved on
	sent    map[string]int
}

func (w *slowSend) Send(ctx context.Context, m model.SubscribeMessage) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent[m.OpenID]++
	moved := w.moved
	if w.arrived++; w.arrived == w.atOnce {
		w.x.Clock.Add(8 * time.Second)
		_, err := w.next.Service.Relay.Drain(ctx)
		w.arrived, w.moved = 0, make(chan struct{})
		close(moved)
		return err
	}
	w.mu.Unlock()
	<-moved
	w.mu.Lock()
	return nil
}

// A batch that takes longer than its lease must not be sent by the next relay as well.
func TestASlowBatchWhileAnotherRelayClaims(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		members, _ := x.crowd(t, 64)
		w := &slowSend{x: x, atOnce: 16, moved: make(chan struct{}), sent: map[string]int{}}
		slow := x.Bare(t, 0, func(d *service.Doors, _ *service.Settings) { w.WeChat = d.WeChat; d.WeChat = w })
		var between counted
		w.next = x.Bare(t, 0, func(d *service.Doors, _ *service.Settings) { between.WeChat = d.WeChat; d.WeChat = &between })
		for part := range slices.Chunk(members, 16) {
			x.submitted(t, x.flow(t, step(model.ModeAny, part...)), 1)
		}
		for range 20 {
			if _, err := slow.Service.Relay.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			x.Clock.Add(time.Minute)
		}
		for title, n := range w.sent {
			if n != 1 {
				t.Errorf("%s was sent %d times", title, n)
			}
		}
		if n := between.n.Load(); len(w.sent) != 64 || n != 0 {
			t.Errorf("%d of 64 were sent, %d by the other relay as well", len(w.sent), n)
		}
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM outbox WHERE recipient <> '' AND state = 'done'"); n != 64 {
			t.Errorf("%d rows are done", n)
		}
	})
}

// counted is the WeChat of the relay that claims in between: what it sends is sent twice.
type counted struct {
	service.WeChat
	n atomic.Int32
}

func (w *counted) Send(context.Context, model.SubscribeMessage) error {
	w.n.Add(1)
	return nil
}

// A relay that stalls after it has asked for the time must not begin when the lease is
// over: the limit counts from before the question.
func TestALeaseCountsFromBeforeTheQuestion(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	var asked time.Time
	s, err := store.Open(t.Context(), store.Options{Driver: "sqlite", Path: x.Database.Path, Now: func() time.Time {
		asked = time.Now()
		return x.Clock.Now()
	}})
	must(t, err)
	defer func() { _ = s.Close() }()
	relay := x.Bare(t, 0, func(d *service.Doors, _ *service.Settings) { d.Store = s }).Service.Relay
	m := model.OutboxMessage{NextAt: x.Clock.Now().Add(20 * time.Second)}
	leased, end, ok := relay.WhileLeased(t.Context(), m)
	defer end()
	limit, limited := leased.Deadline()
	if !ok || !limited || limit.After(asked.Add(17*time.Second)) {
		t.Errorf("%t: it may go on for %v after the time was told", ok, limit.Sub(asked))
	}
	m.NextAt = x.Clock.Now().Add(15*time.Second - time.Millisecond)
	if _, end, ok := relay.WhileLeased(t.Context(), m); ok {
		t.Error("begun with less than half a lease left")
	} else {
		end()
	}
}

// stops is a WeChat during whose send the program is told to stop.
type stops struct {
	service.WeChat
	stop context.CancelFunc
	n    *atomic.Int64
}

func (w stops) Send(ctx context.Context, _ model.SubscribeMessage) error {
	w.n.Add(1)
	w.stop()
	return ctx.Err() // a call that is cut off: nobody would know what became of it
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
		relay := x.Bare(t, 0, func(d *service.Doors, _ *service.Settings) { d.WeChat = stops{d.WeChat, stop, &n} })
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

// What is owed to one person is one message, also when another relay has claimed a part
// of it and not begun; what that relay notes of it later counts no more.
func TestADigestIsNotSplit(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		members, openids := x.crowd(t, 1)
		x.Sandbox.Grant(openids[0], testkit.Template, 9)
		x.submitted(t, x.flow(t, step(model.ModeAny, members[0])), 3)
		_, err := x.Service.Relay.Drain(t.Context()) // the facts
		must(t, err)
		theirs, err := x.Store.ClaimOutbox(t.Context(), "another relay", time.Minute, 1)
		if err != nil || len(theirs) != 1 {
			t.Fatal(theirs, err)
		}
		_, err = x.Service.Relay.Drain(t.Context())
		must(t, err)
		if got := x.Sandbox.Messages(); len(got) != 1 || got[0].Data["thing1"] != "3 项待您审批" {
			t.Errorf("sent %+v", got)
		}
		must(t, x.Store.DelayOutbox(t.Context(), "another relay", theirs[0].ID, 0, true, "late"))
		for range 2 {
			x.Clock.Add(time.Hour)
			x.drain(t)
		}
		if n := len(x.Sandbox.Messages()); n != 1 {
			t.Errorf("%d messages", n)
		}
		want := [][]string{{"done", "", "1"}, {"done", "", "1"}, {"done", "", "1"}}
		if diff := cmp.Diff(want, x.outbox(t)); diff != "" {
			t.Error(diff)
		}
	})
}

// poisoned is a WeChat whose door panics at some messages.
type poisoned struct {
	service.WeChat
	openid string
	push   string
}

func (w poisoned) Send(ctx context.Context, m model.SubscribeMessage) error {
	if m.OpenID == w.openid {
		panic("a message that nobody foresaw")
	}
	return w.WeChat.Send(ctx, m)
}

func (w poisoned) ReadPush(event []byte) (model.Push, error) {
	if string(event) == w.push {
		panic("a push that nobody foresaw")
	}
	return w.WeChat.ReadPush(event)
}

// A message that makes the code panic is given up alone: the program goes on, and so do
// the others of its batch.
func TestPoisonIsGivenUpAlone(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		members, openids := x.crowd(t, 3)
		for _, o := range openids {
			x.Sandbox.Grant(o, testkit.Template, 9)
		}
		relay := x.Bare(t, 0, func(d *service.Doors, _ *service.Settings) { d.WeChat = poisoned{d.WeChat, openids[1], "poison"} }).Service.Relay
		x.submitted(t, x.flow(t, step(model.ModeAny, members...)), 1)
		must(t, x.Store.OweNew(t.Context(), []model.OutboxMessage{
			{ID: testkit.NewID(), DedupKey: "push.1", Topic: "push.wechat", Payload: []byte("poison")},
			{ID: testkit.NewID(), DedupKey: "push.2", Topic: "push.wechat", Payload: []byte(`{"Event":"odd"}`)},
		}, 0))
		for range 2 {
			_, err := relay.Drain(t.Context())
			must(t, err)
		}
		if n := len(x.Sandbox.Messages()); n != 2 {
			t.Errorf("%d messages", n)
		}
		want := [][]string{{"push.wechat", "dead", "internal", "1"}, {"push.wechat", "done", "", "1"}, {"wechat.task_opened", "dead", "internal", "1"}, {"wechat.task_opened", "done", "", "2"}}
		const look = "SELECT topic, state, last_error, COUNT(*) FROM outbox WHERE topic NOT LIKE 'notice.%' GROUP BY topic, state, last_error ORDER BY topic, state"
		if diff := cmp.Diff(want, testkit.Rows(t, x.db, look)); diff != "" {
			t.Error(diff)
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

// A message that only a newer version knows how to deliver, a fact of a kind that only it
// knows, and a delivery of such a fact wait for that version, and do not hold up the
// others. What nobody can read is given up, and seen.
func TestWhatANewerVersionOwesWaits(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, r, _ := asked(t, e, 1, 1)
		newer := []byte(`{"kind":"eclipse","member":"` + r.Member + `","subject":"` + testkit.NewID() + `"}`)
		for i, m := range []model.OutboxMessage{
			{Topic: "carrier_pigeon.post", Payload: []byte("{}")},
			{Topic: "notice.eclipse", Payload: newer},
			{Topic: "wechat.eclipse", Payload: newer, Recipient: "wechat:" + r.person},
			{Topic: "notice.task_opened", Payload: []byte("?")},
			{Topic: "wechat.task_opened", Payload: []byte("?"), Recipient: "wechat:" + r.person},
		} {
			m.ID, m.DedupKey, m.BrandID = testkit.NewID(), m.Topic+strconv.Itoa(i), x.b.ID
			must(t, x.Store.OweNew(t.Context(), []model.OutboxMessage{m}, 0))
		}
		for range 3 {
			x.drain(t)
			x.Clock.Add(model.NoticePause)
		}
		if n := len(x.Sandbox.Messages()); n != 1 {
			t.Errorf("%d messages", n)
		}
		want := [][]string{
			{"carrier_pigeon.post", "ready", "0", ""},
			{"notice.eclipse", "ready", "0", ""},
			{"notice.task_opened", "dead", "1", "internal"},
			{"notice.task_opened", "done", "1", ""},
			{"wechat.eclipse", "ready", "0", ""},
			{"wechat.task_opened", "dead", "1", "internal"},
			{"wechat.task_opened", "done", "1", ""},
		}
		if diff := cmp.Diff(want, testkit.Rows(t, x.db, "SELECT topic, state, attempts, last_error FROM outbox ORDER BY topic, state")); diff != "" {
			t.Error(diff)
		}
	})
}
