package store_test

import (
	"fmt"
	"testing"

	"countersign/internal/testkit"
	"countersign/internal/testkit/servers"
	"countersign/model"
	"countersign/store"
)

// alone is a migrated database and a store with one connection: that one's counters are
// the whole story.
func alone(t *testing.T) *store.Store {
	t.Helper()
	testkit.MySQL.Need(t)
	return testkit.NewMigrated(t, testkit.MySQL).Open(t, nil, 1)
}

// TestStatementsArePreparedOnce: the server prepares a repeated statement once a
// connection, also inside transactions.
func TestStatementsArePreparedOnce(t *testing.T) {
	t.Parallel()
	s := alone(t)
	before := said(t, s, "Com_stmt_prepare")
	for range 50 {
		err := s.InTx(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Brand(t.Context(), "no such brand")
			return orAbsent(err)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := said(t, s, "Com_stmt_prepare") - before; n != 1 {
		t.Errorf("prepared %d times for 50 calls", n)
	}
}

// TestTheOldestStatementIsForgotten: many statements pass by, and the one in use stays.
func TestTheOldestStatementIsForgotten(t *testing.T) {
	t.Parallel()
	s := alone(t)
	prepared, closed := said(t, s, "Com_stmt_prepare"), said(t, s, "Com_stmt_close")
	const passing = 3 * store.KeptStatements
	for i := range passing {
		var n int
		if err := store.SQL(s).QueryRowContext(t.Context(), fmt.Sprintf("SELECT ? + %d", i), 1).Scan(&n); err != nil || n != i+1 {
			t.Fatal(n, err)
		}
		if _, err := s.Brand(t.Context(), "no such brand"); orAbsent(err) != nil {
			t.Fatal(err)
		}
	}
	prepared, closed = said(t, s, "Com_stmt_prepare")-prepared, said(t, s, "Com_stmt_close")-closed
	if prepared != passing+1 {
		t.Errorf("prepared %d times for %d statements that pass by and one that stays", prepared, passing)
	}
	if kept := prepared - closed; kept != store.KeptStatements {
		t.Errorf("the server holds %d statements", kept)
	}
	var n int
	if err := store.SQL(s).QueryRowContext(t.Context(), "SELECT ? + 0", 1).Scan(&n); err != nil || n != 1 {
		t.Errorf("what was forgotten is prepared again: %d %v", n, err)
	}
}

// TestListsShareStatements: lists of every length take a handful of statements, and one
// that is too long takes none.
func TestListsShareStatements(t *testing.T) {
	t.Parallel()
	s := alone(t)
	list := func(n int) []string {
		ids := make([]string, n)
		for i := range ids {
			ids[i] = fmt.Sprint("id", i)
		}
		return ids
	}
	ask := func(n int) {
		t.Helper()
		if _, err := s.ActiveMembers(t.Context(), "b", list(n)); err != nil {
			t.Fatal(err)
		}
		if err := s.InTx(t.Context(), func(tx *store.Tx) error { return tx.HoldMembers("b", list(n)) }); err != nil {
			t.Fatal(err)
		}
	}
	before := said(t, s, "Com_stmt_prepare")
	for n := range 200 {
		ask(n + 1)
	}
	if n := said(t, s, "Com_stmt_prepare") - before; n != 2*9 { // of 1, 2, 4 … 256
		t.Errorf("prepared %d times for lists of 1 to 200", n)
	}
	for n := range 5 {
		ask(store.KeptArguments + n)
	}
	if n := said(t, s, "Com_stmt_prepare") - before; n != 2*9 {
		t.Errorf("%d statements for long lists", n-2*9)
	}
}

// said is a counter of the store's one connection.
func said(t *testing.T, s *store.Store, counter string) (n int) {
	t.Helper()
	var name string
	if err := store.SQL(s).QueryRowContext(t.Context(), "SHOW SESSION STATUS LIKE '"+counter+"'").Scan(&name, &n); err != nil {
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
