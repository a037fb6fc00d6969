package store_test

import (
	"fmt"
	"testing"

	"countersign/internal/testkit"
	"countersign/internal/testkit/servers"
	"countersign/model"
	"countersign/store"
)

// TestStatementsArePreparedOnce: the server prepares a repeated statement once a
// connection, and keeps a bounded number of them.
func TestStatementsArePreparedOnce(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	d := testkit.NewDatabase(t, testkit.MySQL)
	if _, err := d.Open(t, nil, 0).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := d.Open(t, nil, 1) // one connection: its counters are the whole story
	before := prepares(t, s)
	for range 50 {
		err := s.InTx(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Brand(t.Context(), "no such brand")
			return orAbsent(err)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := prepares(t, s) - before; n != 1 {
		t.Errorf("prepared %d times for 50 calls", n)
	}
	for n := range 200 { // lists of growing length are statements of their own
		ids := make([]string, n+1)
		for i := range ids {
			ids[i] = fmt.Sprint("id", i)
		}
		if _, err := s.ActiveMembers(t.Context(), "b", ids); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Brand(t.Context(), "no such brand"); orAbsent(err) != nil {
		t.Error("a statement that was forgotten is prepared again", err)
	}
}

// prepares is how often the store's one connection has prepared.
func prepares(t *testing.T, s *store.Store) (n int) {
	t.Helper()
	var name string
	if err := store.SQL(s).QueryRowContext(t.Context(), "SHOW SESSION STATUS LIKE 'Com_stmt_prepare'").Scan(&name, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestServerThatPreparesNoMore: with max_prepared_stmt_count used up, statements are sent
// as text and nothing fails.
func TestServerThatPreparesNoMore(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	own, err := servers.Start(t.Context(), servers.Options{MariaDB: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Stop() })
	root := testkit.Database{Engine: testkit.MySQL, DSN: own.DSN("mysql")}.SQL(t)
	testkit.Exec(t, root, "SET GLOBAL max_prepared_stmt_count = 0")
	testkit.Exec(t, root, "CREATE DATABASE c")
	s := testkit.Database{Engine: testkit.MySQL, DSN: own.DSN("c")}.Open(t, nil, 0)
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	person := model.Person{ID: testkit.NewID(), AppID: "wx", OpenID: "o", Nickname: "陈' OR 1=1 --\\", Language: "zh-CN"}
	if err := s.InTx(t.Context(), func(tx *store.Tx) error { return tx.CreatePerson(&person) }); err != nil {
		t.Fatal(err)
	}
	got, err := s.Person(t.Context(), person.ID)
	if err != nil || got.Nickname != person.Nickname {
		t.Errorf("%q %v", got.Nickname, err)
	}
}
