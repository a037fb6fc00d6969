package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
	"countersign/store"
)

const (
	noticePeople = 10_000
	noticeChunk  = 500
	noticeFails  = 20 // every so many calls to the stand-in, one fails
)

// notices delivers ten thousand rows of the outbox, each to somebody else, to a stand-in
// that fails five calls of a hundred. The facts are owed beforehand; what is timed is all
// the rest: spreading, pacing, taking the consent, sending, noting.
func notices(t testing.TB) []figure {
	a := newApp(t, testkit.MySQL, 1)
	db := direct(t, a.Database)
	b := a.NewBrand(t)
	r := a.NewReviewer(t, b)
	post := b.Submit(t, b.NewPost(t, testkit.Article("公告", testkit.M{"flow_id": b.NewFlow(t, "外部", testkit.M{"mode": "any", "approvers": []string{r.Member}})})).ID)
	task := testkit.Rows(t, db, "SELECT id FROM tasks WHERE post_id = ?", post.ID)[0][0]
	a.Drain(t.Context(), t)
	sent := len(a.Sandbox.Messages())
	oweCrowd(t, a, b.ID, task)
	a.Sandbox.Fault(sandbox.Fault{Path: "/cgi-bin/message/subscribe/send", ErrCode: -1, Times: -1, Every: noticeFails})
	start := time.Now()
	for owed(t, a) > 0 {
		n, err := a.Service.Relay.Drain(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			time.Sleep(10 * time.Millisecond) // those that failed wait for their next try
		}
	}
	took := time.Since(start)
	done := testkit.Count(t, db, "SELECT COUNT(*) FROM outbox WHERE state = 'done' AND recipient <> '' AND dedup_key LIKE 'bench:%'")
	twice := len(a.Sandbox.Messages()) - sent - done
	return []figure{
		figure{Name: "outbox rows delivered, 5 % of calls fail", Measured: float64(noticePeople) / took.Seconds(), Unit: "/s", Bound: atLeast, Goal: 500, Note: fmt.Sprintf("%d in %.1f s, 16 at a time, MariaDB", noticePeople, took.Seconds())}.judged(),
		figure{Name: "of them not delivered", Measured: float64(noticePeople - done), Bound: atMost, Must: true}.judged(),
		figure{Name: "of them delivered twice", Measured: float64(twice), Bound: atMost, Must: true}.judged(),
	}
}

// owed counts what is not delivered yet.
func owed(t testing.TB, a *testkit.App) int64 {
	t.Helper()
	n, _, err := a.Store.OutboxBacklog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// oweCrowd makes people with one consent each, and owes each a notice about the task.
func oweCrowd(t testing.TB, a *testkit.App, brand, task string) {
	t.Helper()
	for from := 0; from < noticePeople; from += noticeChunk {
		err := a.Store.InTx(t.Context(), func(tx *store.Tx) error {
			for i := range noticeChunk {
				p := model.Person{ID: testkit.NewID(), AppID: testkit.AppID, OpenID: a.Sandbox.Identity("").OpenID, Nickname: "众", Language: model.LangZh}
				m := model.Member{ID: testkit.NewID(), BrandID: brand, PersonID: &p.ID, Role: model.RoleReviewer}
				a.Sandbox.Grant(p.OpenID, testkit.Template, 2)
				err := errors.Join(tx.CreatePerson(&p), tx.SaveMember(&m))
				if err == nil {
					_, err = tx.ChangeGrant(p.ID, testkit.Template, model.GrantReported)
				}
				if err != nil {
					return err
				}
				tx.Owe(model.OutboxMessage{
					ID: testkit.NewID(), DedupKey: fmt.Sprintf("bench:%d", from+i), Topic: "notice.task_opened", BrandID: brand,
					Payload: fmt.Appendf(nil, `{"kind":"task_opened","member":%q,"subject":%q}`, m.ID, task),
				})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
