package main

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// TestOutboxRoad: an operator sees what was given up and why, and has it sent again: one,
// those with one reason, or all. What waits or was delivered he does not touch.
func TestOutboxRoad(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		d := testkit.NewDatabase(t, e)
		env := slices.DeleteFunc(production(t), func(kv string) bool { return strings.HasPrefix(kv, "COUNTERSIGN_DATABASE_") })
		if env = append(env, passwordEnv+"=a long enough password", "COUNTERSIGN_DATABASE_PATH="+d.Path); e == testkit.MySQL {
			env = append(env, "COUNTERSIGN_DATABASE_DRIVER=mysql", "COUNTERSIGN_DATABASE_DSN="+d.DSN)
		}
		do := func(args ...string) (string, error) {
			var out bytes.Buffer
			err := run(t.Context(), args, env, &out, io.Discard)
			return out.String(), err
		}
		want := func(words ...string) {
			t.Helper()
			out, err := do(words[1:]...)
			if err != nil || !strings.Contains(out, words[0]) {
				t.Errorf("%v: %v\n%s", words[1:], err, out)
			}
		}
		want("applied", "migrate", "up")
		brand, err := do("brand", "create", "--name", "青禾茶饮", "--email", "admin@qinghe.example", "--user-name", "林晓")
		if err != nil {
			t.Fatal(err)
		}
		brand = strings.TrimSpace(brand)
		if n := testkit.Count(t, d.SQL(t), "SELECT COUNT(*) FROM users WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'"); n != 1 {
			t.Error("the program's own wiring makes cheap hashes")
		}
		s := d.Open(t, nil, 0)
		var ids []string
		for i, reason := range []string{"wechat_misconfigured", "wechat_misconfigured", "mail_refused", "internal", ""} {
			m := model.OutboxMessage{ID: testkit.NewID(), DedupKey: testkit.NewID(), Topic: "wechat.task_opened", BrandID: brand, Payload: []byte("{}"), Recipient: "wechat:somebody"}
			if i == 3 { // of no brand
				m.BrandID, m.Topic, m.Recipient = "", "push.wechat", ""
			}
			if err := s.OweNew(t.Context(), []model.OutboxMessage{m}, 0); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, m.ID)
			if reason == "" {
				continue
			}
			testkit.Exec(t, d.SQL(t), "UPDATE outbox SET state = 'dead', attempts = 12, last_error = ? WHERE id = ?", reason, m.ID)
		}
		list, err := do("outbox", "list")
		if err != nil || strings.Count(list, "\n") != 5 || strings.Contains(list, ids[4]) || !strings.Contains(list, "wechat_misconfigured") {
			t.Errorf("%v\n%s", err, list)
		}
		if list, err := do("outbox", "list", "--reason", "mail_refused"); err != nil || strings.Count(list, "\n") != 2 || !strings.Contains(list, ids[2]) {
			t.Errorf("%v\n%s", err, list)
		}
		want("1 will be", "outbox", "retry", "--id", ids[0])
		want("1 will be", "outbox", "retry", "--all", "--reason", "wechat_misconfigured")
		want("2 will be", "outbox", "retry", "--all")
		want("0 will be", "outbox", "retry", "--all")
		for _, id := range []string{ids[0], "nobody's"} { // not given up, not there
			if _, err := do("outbox", "retry", "--id", id); err == nil || !strings.Contains(err.Error(), model.TextOf(model.LangEn, model.CodeNotFound, nil).Title) {
				t.Errorf("%s: %v", id, err)
			}
		}
		if n := testkit.Count(t, d.SQL(t), "SELECT COUNT(*) FROM outbox WHERE state = 'ready' AND attempts = 0 AND last_error = ''"); n != 5 {
			t.Errorf("%d of 5 are ready", n)
		}
		if n := testkit.Count(t, d.SQL(t), "SELECT COUNT(*) FROM audit WHERE action = 'notice.retried' AND actor_kind = 'operator' AND brand_id = ?", brand); n != 3 {
			t.Errorf("%d entries in the audit", n)
		}
		if at := testkit.Broken(t, s, brand); at != 0 {
			t.Errorf("the chain is broken at %d", at)
		}
		pages(t, s)
		testkit.Exec(t, d.SQL(t), "UPDATE outbox SET state = 'dead' WHERE topic = 'push.wechat' AND dedup_key <> ''")
		want("451 will be", "outbox", "retry", "--all")
	})
}

// pages owes more messages than are visited at a time.
func pages(t *testing.T, s *store.Store) {
	t.Helper()
	rows := make([]model.OutboxMessage, 450)
	for i := range rows {
		rows[i] = model.OutboxMessage{ID: testkit.NewID(), DedupKey: testkit.NewID(), Topic: "push.wechat", Payload: []byte("{}")}
	}
	if err := s.OweNew(t.Context(), rows, 0); err != nil {
		t.Fatal(err)
	}
}
