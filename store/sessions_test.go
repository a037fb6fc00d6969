package store_test

import (
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// A session is good until its absolute end, exclusive, while it was not revoked and its
// User is not disabled.
func TestWhichSessionIsGood(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		s := model.Session{ID: testkit.NewID(), Kind: model.SessionConsole, UserID: b.admin.UserID, TokenHash: model.HashToken("s"), ExpiresAt: testkit.Start.Add(time.Hour)}
		b.in(t, func(tx *store.Tx) error { return tx.CreateSession(&s) })
		good := func() bool {
			t.Helper()
			row, now, err := b.Session(t.Context(), s.TokenHash)
			if err != nil && model.CodeOf(err) != model.CodeNotFound {
				t.Fatal(err)
			}
			if err == nil && (row.ID != s.ID || row.UserName != "管理员" || !now.Equal(b.clock.Now())) {
				t.Errorf("%+v at %s", row, now)
			}
			return err == nil
		}
		for name, tc := range map[string]struct{ change, back string }{
			"revoked":          {"UPDATE sessions SET revoked_at = created_at", "UPDATE sessions SET revoked_at = NULL"},
			"his user is out":  {"UPDATE users SET disabled_at = created_at", "UPDATE users SET disabled_at = NULL"},
			"under a new hash": {"UPDATE sessions SET token_hash = 'x'", "UPDATE sessions SET token_hash = '" + s.TokenHash + "'"},
		} {
			if !good() {
				t.Errorf("before it is %s it is not good", name)
			}
			b.exec(t, tc.change)
			if good() {
				t.Errorf("%s, and good", name)
			}
			b.exec(t, tc.back)
		}
		b.clock.Add(time.Hour - time.Millisecond)
		if !good() {
			t.Error("it ends before its end")
		}
		b.clock.Add(time.Millisecond)
		if good() {
			t.Error("it is good at its end")
		}
	})
}

// A changed password ends a user's other sessions, and nobody else's.
func TestWhichSessionsEnd(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		other := b.another(t)
		open := func(user *string) model.Session {
			s := model.Session{ID: testkit.NewID(), Kind: model.SessionConsole, UserID: user, TokenHash: model.HashToken(testkit.NewID()), ExpiresAt: testkit.Start.Add(time.Hour)}
			b.in(t, func(tx *store.Tx) error { return tx.CreateSession(&s) })
			return s
		}
		mine, old, theirs := open(b.admin.UserID), open(b.admin.UserID), open(other.admin.UserID)
		var ended []string
		b.in(t, func(tx *store.Tx) (err error) {
			ended, err = tx.RevokeSessionsOf(*b.admin.UserID, mine.ID)
			return err
		})
		if len(ended) != 1 || ended[0] != old.TokenHash {
			t.Errorf("%v, want %s", ended, old.TokenHash)
		}
		for _, s := range []model.Session{mine, theirs} {
			if _, _, err := b.Session(t.Context(), s.TokenHash); err != nil {
				t.Errorf("%v", err)
			}
		}
		if _, _, err := b.Session(t.Context(), old.TokenHash); model.CodeOf(err) != model.CodeNotFound {
			t.Errorf("the old one: %v", err)
		}
	})
}
