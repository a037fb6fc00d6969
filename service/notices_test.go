package service_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/mail"
	"countersign/model"
	"countersign/service"
)

// mailed is a brand with a mail server; what was owed so far is forgotten.
func mailed(t *testing.T, e testkit.Engine) (*bundle, *testkit.MailServer) {
	t.Helper()
	srv := testkit.NewMailServer(t, mail.None, false)
	x := setup(t, e, testkit.Options{Mail: mail.New(srv.Config)})
	x.forget(t)
	return x, srv
}

func subjects(t testing.TB, srv *testkit.MailServer) (out []string) {
	t.Helper()
	for _, l := range srv.Letters() {
		s, err := new(mime.WordDecoder).DecodeHeader(l.Header.Get("Subject"))
		must(t, err)
		_, s, _ = strings.Cut(s, "] ") // the brand's name
		out = append(out, l.To[0][:strings.Index(l.To[0], "@")]+": "+s)
	}
	slices.Sort(out)
	return out
}

// plainText is the first part of a letter.
func plainText(t testing.TB, l testkit.Letter) string {
	t.Helper()
	_, params, err := mime.ParseMediaType(l.Header.Get("Content-Type"))
	must(t, err)
	part, err := multipart.NewReader(l.Body, params["boundary"]).NextPart()
	must(t, err)
	raw, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
	must(t, err)
	return string(raw)
}

// Staff get e-mail: the approver his three articles at once, the author each decision,
// and whoever has switched it off nothing.
func TestStaffGetEmail(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, srv := mailed(t, e)
		post := x.submitted(t, "", 3)
		x.drain(t)
		if got := subjects(t, srv); len(got) != 1 || !strings.HasSuffix(got[0], ": 3 项待您审批") || !strings.HasPrefix(got[0], "admin") {
			t.Fatalf("%v", got)
		}
		first := srv.Letters()[0]
		raw, err := io.ReadAll(first.Body)
		must(t, err)
		if len(raw) == 0 || !strings.HasSuffix(first.Header.Get("Message-Id"), "@countersign.test>") {
			t.Errorf("%s", first.Raw)
		}
		x.decide(t, x.admin, post, x.b.AdminMember, approve)
		x.decide(t, x.admin, post, x.b.AdminMember, func(k task) model.Answer { return reject(k, false) })
		x.drain(t)
		if got := subjects(t, srv); len(got) != 2 || !strings.HasSuffix(got[1], ": 2 条审批结果") {
			t.Errorf("%v", got)
		}
		must(t, x.Service.Notices.SwitchEmail(t.Context(), x.admin, false))
		x.Clock.Add(time.Hour)
		x.submitted(t, "", 1)
		x.drain(t)
		if n := len(srv.Letters()); n != 2 {
			t.Errorf("%d letters after he switched it off", n)
		}
	})
}

// What the mail server does, and what becomes of the letter.
func TestMailFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault testkit.MailFault
		first []string
		taken int // in the end
	}{
		{"later, please", testkit.MailFault{Times: 1, Refuse: &smtp.SMTPError{Code: 451, Message: "later"}}, []string{"ready", "mail_unavailable", "1"}, 1},
		{"no such box", testkit.MailFault{Times: 1, Refuse: &smtp.SMTPError{Code: 550, Message: "no"}}, []string{"dead", "mail_refused", "1"}, 0},
		{"taken, but the answer was lost", testkit.MailFault{Times: 1, Drop: true}, []string{"ready", "mail_unavailable", "1"}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x, srv := mailed(t, testkit.SQLite)
			srv.Fault(c.fault)
			x.submitted(t, "", 1)
			x.drain(t)
			if diff := cmp.Diff([][]string{c.first}, x.outbox(t)); diff != "" {
				t.Error(diff)
			}
			x.Clock.Add(time.Hour)
			x.drain(t)
			ids := map[string]bool{}
			for _, l := range srv.Letters() {
				ids[l.Header.Get("Message-Id")] = true
			}
			if n := len(srv.Letters()); n != c.taken || n > 0 && len(ids) != 1 {
				t.Errorf("%d letters under %d ids", n, len(ids))
			}
		})
	}
}

// Who is told what, beside the approver: the facts that each act owes.
func TestWhatActsOwe(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, srv := mailed(t, e)
		r := x.reviewer(t) // asks, and is admitted
		x.Drain(t.Context(), t)
		if got := strings.Join(subjects(t, srv), "|"); got != "" { // decided before it could be told
			t.Errorf("told: %s", got)
		}
		facts := func() (out []string) {
			for _, row := range testkit.Rows(t, x.db, "SELECT topic FROM outbox WHERE recipient = '' ORDER BY id") {
				out = append(out, strings.TrimPrefix(row[0], "notice."))
			}
			x.forget(t)
			return out
		}
		want := func(kinds ...string) {
			t.Helper()
			if diff := cmp.Diff(kinds, facts()); diff != "" {
				t.Error(diff)
			}
		}
		want("access_waiting", "access_admitted")
		post := x.submitted(t, x.flow(t, step(model.ModeAll, r.Member, x.b.AdminMember)), 1)
		want("task_opened", "task_opened")
		x.decide(t, r.call, post, r.Member, approve) // one of two
		want("decided")
		must(t, x.undo(t, r.call, r.Member)(x.Replica, post))
		want("decision_undone")
		x.decide(t, r.call, post, r.Member, approve)
		want("decided")
		must(t, x.Service.Reviews.Withdraw(t.Context(), x.editor, x.b.ID, post))
		want("task_withdrawn")
		x.submitted(t, x.flow(t, step(model.ModeAny, r.Member)), 1)
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, r.Member))
		want("task_opened", "step_blocked")
		stranger := x.stranger(t)
		request, err := x.Service.Join.Request(t.Context(), stranger, x.invite(t, 1))
		must(t, err)
		must(t, x.Service.Join.Refuse(t.Context(), x.admin, x.b.ID, request.ID, "不认识"))
		want("access_waiting", "access_refused")
	})
}

// An answer is taken back: the author who was told of it is told that too; whoever was not
// told yet hears of neither.
func TestTheAuthorHearsOfAnUndo(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, srv := mailed(t, e)
		r := x.reviewer(t)
		x.forget(t)
		post := x.submitted(t, x.flow(t, step(model.ModeAny, r.Member)), 1)
		x.drain(t)
		undo := func() {
			t.Helper()
			must(t, x.undo(t, r.call, r.Member)(x.Replica, post))
		}
		x.decide(t, r.call, post, r.Member, approve)
		undo() // before anything was told
		x.drain(t)
		if got := subjects(t, srv); len(got) != 0 {
			t.Errorf("told: %v", got)
		}
		x.decide(t, r.call, post, r.Member, approve)
		x.drain(t)
		undo()
		x.Clock.Add(model.NoticePause)
		x.drain(t)
		got := subjects(t, srv)
		if len(got) != 2 || !strings.HasPrefix(got[0], "editor") || !strings.HasSuffix(got[0], " 撤销了对《文章 1》的审批意见") || !strings.HasSuffix(got[1], " 通过了《文章 1》") {
			t.Errorf("told: %v", got)
		}
		// Over WeChat too: its template is that of decisions.
		x.decide(t, r.call, post, r.Member, approve)
		undo()
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM outbox WHERE topic = 'notice.decision_undone'"); n != 3 {
			t.Errorf("%d facts", n)
		}
		// Who answers what he has written himself knows what he does.
		x.forget(t)
		own := x.submitted(t, x.flow(t, step(model.ModeAny, x.b.AdminMember)), 1)
		testkit.Exec(t, x.db, "UPDATE reviews SET submitted_by = ? WHERE post_id = ?", x.b.AdminMember, own)
		x.decide(t, x.admin, own, x.b.AdminMember, approve)
		must(t, x.undo(t, x.admin, x.b.AdminMember)(x.Replica, own))
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM outbox WHERE topic LIKE 'notice.deci%'"); n != 0 {
			t.Errorf("%d facts about his own answer", n)
		}
	})
}

// Whose turn was settled is told when it is his again. Told of nothing yet, he is told of
// it once.
func TestAnUndoAsksTheOthersAgain(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		a, b := x.reviewer(t), x.reviewer(t)
		x.Drain(t.Context(), t)
		x.forget(t)
		openid := x.cell(t, "SELECT open_id FROM persons WHERE id = ?", b.person)
		x.Sandbox.Grant(openid, testkit.Template, 9)
		flow := x.flow(t, step(model.ModeAny, a.Member, b.Member))
		told := func() (texts []string) {
			t.Helper()
			x.Clock.Add(model.NoticePause)
			x.drain(t)
			for _, m := range x.Sandbox.Messages() {
				if m.OpenID == openid {
					texts = append(texts, m.Data["thing1"])
				}
			}
			return texts
		}
		settledAndBack := func(post string) {
			t.Helper()
			x.decide(t, a.call, post, a.Member, approve)
			must(t, x.undo(t, a.call, a.Member)(x.Replica, post))
		}
		post := x.submitted(t, flow, 1)
		if diff := cmp.Diff([]string{"文章 1"}, told()); diff != "" {
			t.Error(diff)
		}
		settledAndBack(post)
		if diff := cmp.Diff([]string{"文章 1", "文章 1"}, told()); diff != "" {
			t.Error(diff)
		}
		settledAndBack(x.submitted(t, flow, 1))
		if diff := cmp.Diff([]string{"文章 1", "文章 1", "文章 1"}, told()); diff != "" {
			t.Error(diff)
		}
	})
}

// A webhook that the program has switched off: each admin is told by e-mail, and nobody
// any more once it is on again. The address, which may hold secrets, is not told.
func TestAdminsHearOfAWebhookThatIsOff(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, srv := mailed(t, e)
		gone := newReceiver(t, status(410))
		id := x.hooked(t, gone)
		x.channels(t, 1)
		x.deliver(t)
		x.drain(t)
		letters := srv.Letters()
		if got := subjects(t, srv); len(got) != 1 || !strings.HasPrefix(got[0], "admin") || !strings.HasSuffix(got[0], "Webhook「127.0.0.1」已自动停用") {
			t.Fatalf("told: %v", got)
		}
		if text := plainText(t, letters[0]); !strings.Contains(text, "接收端回答 410") || strings.Contains(text, "/in") {
			t.Errorf("%s", text)
		}
		on := func() {
			w, err := x.Store.Webhook(t.Context(), x.b.ID, id)
			must(t, err)
			must(t, x.Service.Webhooks.Update(t.Context(), x.admin, x.b.ID, id, w.Version, service.WebhookSpec{URL: w.URL, Active: true}))
		}
		on()
		x.Clock.Add(time.Hour)
		x.deliver(t) // off again
		on()
		x.drain(t)
		if n := len(srv.Letters()); n != 1 {
			t.Errorf("%d letters", n)
		}
	})
}

// The ladder before a planned time: each rung once, on every replica, and none for a task
// that is decided, or a time that has moved.
func TestTheLadderAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 2})
		r := x.reviewer(t)
		at := x.Clock.Now().Add(30 * time.Hour)
		spec := service.PostSpec{ChannelID: x.b.Channel, ScheduledAt: &at, Articles: []service.ArticleSpec{articleSpec("发布", x.flow(t, step(model.ModeAny, r.Member)))}}
		post, err := x.Service.Posts.Create(t.Context(), x.editor, x.b.ID, spec)
		must(t, err)
		must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil))
		climb := func(clock time.Time, want ...string) {
			t.Helper()
			x.Clock.Add(clock.Sub(x.Clock.Now()))
			testkit.Together(4, func(i int) {
				_, _ = x.Replicas[i%2].Service.Reminders.Climb(t.Context()) // one of two may have to try again
			})
			_, err := x.Service.Reminders.Climb(t.Context())
			must(t, err)
			var got []string
			for _, row := range testkit.Rows(t, x.db, "SELECT dedup_key FROM outbox WHERE topic = 'notice.deadline_near' ORDER BY id") {
				got = append(got, row[0][strings.LastIndex(row[0], ":")+1:])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%v before: %s", at.Sub(clock), diff)
			}
		}
		climb(at.Add(-24*time.Hour - time.Second))
		climb(at.Add(-24*time.Hour), "24h")
		climb(at.Add(-4*time.Hour), "24h")
		climb(at.Add(-3*time.Hour), "24h", "3h")
		// Moved by a day: another ladder.
		moved := at.Add(22 * time.Hour)
		row, err := x.Store.Post(t.Context(), x.b.ID, post)
		must(t, err)
		must(t, x.Service.Posts.Reschedule(t.Context(), x.editor, x.b.ID, post, row.Version, &moved))
		climb(at.Add(-2*time.Hour), "24h", "3h", "24h")
		x.decide(t, r.call, post, r.Member, approve)
		climb(at.Add(21*time.Hour), "24h", "3h", "24h")
	})
}

// A short-term task is left in peace for ten minutes, and the rung is not made up for.
func TestNoReminderRightAfterTheTask(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	r := x.reviewer(t)
	at := x.Clock.Now().Add(35 * time.Minute)
	spec := service.PostSpec{ChannelID: x.b.Channel, ScheduledAt: &at, Articles: []service.ArticleSpec{articleSpec("急稿", x.flow(t, step(model.ModeAny, r.Member)))}}
	post, err := x.Service.Posts.Create(t.Context(), x.editor, x.b.ID, spec)
	must(t, err)
	must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil))
	for range 3 {
		x.Clock.Add(9 * time.Minute)
		_, err := x.Service.Reminders.Climb(t.Context())
		must(t, err)
	}
	if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM outbox WHERE topic = 'notice.deadline_near'"); n != 0 {
		t.Errorf("%d reminders", n)
	}
	rows := testkit.Rows(t, x.db, "SELECT rung FROM reminders ORDER BY rung")
	if got := fmt.Sprint(rows); got != "[[30m]]" {
		t.Errorf("rungs dealt with: %s", got)
	}
}
