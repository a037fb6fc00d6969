package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

const lease = 30 * time.Second

func (b *bundle) owe(t *testing.T, n int) {
	t.Helper()
	b.in(t, func(tx *store.Tx) error {
		for range n {
			tx.Owe(owed("brand"))
		}
		return nil
	})
}

func claim(t *testing.T, s *store.Store, owner string, limit int) []model.OutboxMessage {
	t.Helper()
	list, err := s.ClaimOutbox(t.Context(), owner, lease, limit)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func ids(list []model.OutboxMessage) (out []string) {
	for _, m := range list {
		out = append(out, m.ID)
	}
	return out
}

// Relays on several replicas share the work: each message goes to one of them.
func TestRelaysAtOnceShareTheOutbox(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		b.owe(t, 200)
		var mu sync.Mutex
		seen := map[string]int{}
		stores := []*store.Store{b.Store, b.db.Open(t, b.clock, 0), b.db.Open(t, b.clock, 0), b.db.Open(t, b.clock, 0)}
		testkit.Together(4, func(i int) {
			owner := fmt.Sprint("owner", i)
			for empty := 0; empty < 2; { // one empty answer may only mean that the others held all
				list := claim(t, stores[i], owner, 7)
				if len(list) == 0 {
					empty++
				}
				mu.Lock()
				for _, m := range list {
					seen[m.ID]++
				}
				mu.Unlock()
				if err := stores[i].FinishOutbox(t.Context(), owner, ids(list)); err != nil {
					t.Error(err)
				}
			}
		})
		for _, m := range claim(t, b.Store, "last", 500) {
			seen[m.ID]++
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s was delivered %d times", id, n)
			}
		}
		if len(seen) != 200 {
			t.Errorf("%d of 200 were delivered", len(seen))
		}
	})
}

func TestALeaseThatRanOutIsTakenOver(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		b.owe(t, 2)
		first := claim(t, b.Store, "first", 10)
		if len(first) != 2 || first[0].Attempts != 1 {
			t.Fatalf("claimed %+v", first)
		}
		b.clock.Add(lease - time.Millisecond)
		if again := claim(t, b.Store, "second", 10); len(again) != 0 {
			t.Fatal("a lease was not kept")
		}
		b.clock.Add(time.Millisecond)
		second := claim(t, b.Store, "second", 10)
		if len(second) != 2 || second[0].Attempts != 2 {
			t.Fatalf("nobody took over: %+v", second)
		}
		// The first one wakes up: what he holds is not his any more.
		if err := b.FinishOutbox(t.Context(), "first", ids(first)); err != nil {
			t.Fatal(err)
		}
		if err := b.DelayOutbox(t.Context(), "first", first[0].ID, time.Hour, true, "late"); err != nil {
			t.Fatal(err)
		}
		want := [][]string{{"ready", "second", ""}, {"ready", "second", ""}}
		const look = "SELECT state, lease_owner, last_error FROM outbox ORDER BY last_error"
		if diff := cmp.Diff(want, testkit.Rows(t, b.sql, look)); diff != "" {
			t.Error(diff)
		}
		if err := b.FinishOutbox(t.Context(), "second", ids(second)[:1]); err != nil {
			t.Fatal(err)
		}
		if err := b.DelayOutbox(t.Context(), "second", second[1].ID, time.Hour, true, "wechat_not_subscribed"); err != nil {
			t.Fatal(err)
		}
		want = [][]string{{"done", "", ""}, {"dead", "", "wechat_not_subscribed"}}
		if diff := cmp.Diff(want, testkit.Rows(t, b.sql, look)); diff != "" {
			t.Error(diff)
		}
		b.clock.Add(24 * time.Hour)
		if list := claim(t, b.Store, "third", 10); len(list) != 0 {
			t.Error("what has ended was claimed again")
		}
	})
}

// A message put off comes when its time has come; the backlog says how old the oldest is.
func TestADelayedMessageComesLater(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		b.owe(t, 1)
		m := claim(t, b.Store, "a", 1)[0]
		if err := b.DelayOutbox(t.Context(), "a", m.ID, time.Minute, false, "wechat_busy"); err != nil {
			t.Fatal(err)
		}
		b.clock.Add(time.Minute - time.Millisecond)
		if len(claim(t, b.Store, "b", 1)) != 0 {
			t.Fatal("it came early")
		}
		b.clock.Add(time.Millisecond)
		n, oldest, err := b.OutboxBacklog(t.Context())
		if n != 1 || oldest != time.Minute || err != nil {
			t.Errorf("backlog of %d, oldest %v, %v", n, oldest, err)
		}
		if got := claim(t, b.Store, "b", 1); len(got) != 1 || got[0].Attempts != 2 {
			t.Errorf("claimed %+v", got)
		}
	})
}

// One fact is told once: the dedup key is unique, and an act that would tell it again
// is refused as a whole.
func TestOneMessagePerFact(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		x, _ := twoBrands(t, b)
		m := owed(x)
		b.in(t, func(tx *store.Tx) error { tx.Owe(m); return nil })
		m.ID = testkit.NewID()
		if err := b.InTx(t.Context(), func(tx *store.Tx) error { tx.Owe(m); return bump(tx, x) }); err == nil {
			t.Error("it was owed twice")
		}
		if brandVersion(t, b, x) != 1 || testkit.Count(t, b.sql, "SELECT COUNT(*) FROM outbox") != 1 {
			t.Error("half of the act is there")
		}
	})
}
