package store_test

import (
	"context"
	"errors"
	"testing"

	mysqldriver "github.com/go-sql-driver/mysql"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

var errStop = errors.New("stop")

// brandVersions reads the row versions of brands.
func brandVersion(t *testing.T, b *bundle, id string) int {
	t.Helper()
	return testkit.Count(t, b.sql, "SELECT version FROM brands WHERE id = ?", id)
}

func twoBrands(t *testing.T, b *bundle) (first, second string) {
	t.Helper()
	x, y := newBrand(), newBrand()
	b.in(t, func(tx *store.Tx) error { return errors.Join(tx.CreateBrand(&x), tx.CreateBrand(&y)) })
	return x.ID, y.ID
}

func bump(tx *store.Tx, id string) error {
	_, err := tx.Exec("UPDATE brands SET version = version + 1 WHERE id = ?", id)
	return err
}

// Two acts that lock two rows in opposite order: the server ends one with 1213, and it
// runs again as a whole.
func TestADeadlockWhileMovingIsRetried(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	b := fresh(t, testkit.MySQL)
	x, y := twoBrands(t, b)
	order := [][2]string{{x, y}, {y, x}}
	holds := []chan struct{}{make(chan struct{}), make(chan struct{})}
	calls, errs := make([]int, 2), make([]error, 2)
	testkit.Together(2, func(i int) {
		errs[i] = b.InTx(t.Context(), func(tx *store.Tx) error {
			calls[i]++
			if err := bump(tx, order[i][0]); err != nil {
				return err
			}
			if calls[i] == 1 {
				close(holds[i])
				<-holds[1-i]
			}
			return bump(tx, order[i][1])
		})
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if calls[0]+calls[1] != 3 {
		t.Errorf("%v runs: no deadlock, so nothing was shown", calls)
	}
	if brandVersion(t, b, x) != 3 || brandVersion(t, b, y) != 3 {
		t.Error("an act was lost or done twice")
	}
}

// 1205 leaves the statements before it alive: the whole transaction must go.
func TestALockWaitIsRetriedAsAWhole(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	b := fresh(t, testkit.MySQL)
	x, y := twoBrands(t, b)
	other, err := b.sql.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = other.ExecContext(t.Context(), "UPDATE brands SET name = name WHERE id = ? AND version >= 0 ORDER BY id", y); err != nil {
		t.Fatal(err)
	}
	if _, err = other.ExecContext(t.Context(), "SELECT id FROM brands WHERE id = ? FOR UPDATE", y); err != nil {
		t.Fatal(err)
	}
	calls := 0
	b.in(t, func(tx *store.Tx) error {
		if calls++; calls == 2 {
			if err := other.Rollback(); err != nil {
				return err
			}
		}
		if _, err := tx.Exec("SET SESSION innodb_lock_wait_timeout = 1"); err != nil {
			return err
		}
		if err := bump(tx, x); err != nil {
			return err
		}
		return bump(tx, y)
	})
	if calls != 2 {
		t.Errorf("%d runs: nobody waited, so nothing was shown", calls)
	}
	if brandVersion(t, b, x) != 2 || brandVersion(t, b, y) != 2 {
		t.Error("the statement before the lock wait is there twice, or the act is not")
	}
}

// What is always in the way ends as a passing fault, after the tries.
func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b, calls := fresh(t, e), 0
		err := b.InTx(t.Context(), func(*store.Tx) error { calls++; return &mysqldriver.MySQLError{Number: 1213} })
		if calls != store.Tries || !model.Is(err, model.CodeUnavailable) {
			t.Errorf("%d runs, %v", calls, err)
		}
	})
}

// After COMMIT was sent the outcome is unknown: the act must not run again, whatever
// the error is.
func TestAFailedCommitIsNotRetried(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		for _, number := range []uint16{1213, 1205, 1180} {
			calls := 0
			err := b.InTx(t.Context(), func(*store.Tx) error {
				calls++
				return store.CommitFailed(&mysqldriver.MySQLError{Number: number})
			})
			if calls != 1 || !model.Is(err, model.CodeUnavailable) {
				t.Errorf("%d: %d runs, %v; want one and 503, which is safe to repeat", number, calls, err)
			}
		}
	})
}

// failCommit makes the coming COMMIT fail for good.
func failCommit(t *testing.T, b *bundle, tx *store.Tx) error {
	t.Helper()
	if b.db.Engine == testkit.MySQL {
		var id int
		if err := tx.Ask("SELECT CONNECTION_ID()", &id); err != nil {
			return err
		}
		_, err := b.sql.ExecContext(t.Context(), "KILL CONNECTION ?", id)
		return err
	}
	for _, statement := range []string{
		"CREATE TABLE parents (id INTEGER PRIMARY KEY)",
		"CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)",
		"INSERT INTO children VALUES (1)", // judged at the commit
	} {
		if _, err := tx.Exec(statement); err != nil {
			return err
		}
	}
	return nil
}

// nothing asks that an act has left no trace of itself.
func nothing(t *testing.T, b *bundle, brandID string) {
	t.Helper()
	for _, table := range []string{"audit", "events", "outbox"} {
		if n := testkit.Count(t, b.sql, "SELECT COUNT(*) FROM "+table+" WHERE brand_id = ?", brandID); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
	if seq := testkit.Count(t, b.sql, "SELECT seq FROM audit_heads WHERE brand_id = ?", brandID); seq != 0 {
		t.Errorf("the head of the audit stands at %d", seq)
	}
	if v := brandVersion(t, b, brandID); v != 1 {
		t.Errorf("version %d", v)
	}
}

func TestNothingIsLeftOfAnActThatFails(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		x, _ := twoBrands(t, b)
		act := func(tx *store.Tx) error {
			tx.Audit(entry(x, 1))
			tx.Owe(owed(x))
			return bump(tx, x)
		}
		err := b.InTx(t.Context(), func(tx *store.Tx) error { return errors.Join(act(tx), errStop) })
		if !errors.Is(err, errStop) {
			t.Errorf("an error became %v", err)
		}
		nothing(t, b, x)
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = b.InTx(t.Context(), func(tx *store.Tx) error { _ = act(tx); panic("stop") })
		}()
		nothing(t, b, x)
		err = b.InTx(t.Context(), func(tx *store.Tx) error { return errors.Join(act(tx), failCommit(t, b, tx)) })
		if !model.Is(err, model.CodeUnavailable) {
			t.Errorf("a commit that failed is %v, want 503", err)
		}
		nothing(t, b, x)
		b.in(t, act) // the pool is well
		if seq := testkit.Broken(t, b.Store, x); seq != 0 || brandVersion(t, b, x) != 2 {
			t.Error("the act that came after did not do")
		}
	})
}

// A caller who leaves in the middle gets a passing fault, and no connection is lost.
func TestACallerWhoLeaves(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		x, _ := twoBrands(t, b)
		ctx, leave := context.WithCancel(t.Context())
		err := b.InTx(ctx, func(tx *store.Tx) error {
			tx.Owe(owed(x))
			if err := bump(tx, x); err != nil {
				return err
			}
			leave()
			return bump(tx, x)
		})
		if !model.Is(err, model.CodeUnavailable) {
			t.Errorf("in the middle: %v", err)
		}
		ctx, leave = context.WithCancel(t.Context())
		err = b.InTx(ctx, func(tx *store.Tx) error { err := bump(tx, x); leave(); return err })
		if !model.Is(err, model.CodeUnavailable) {
			t.Errorf("at the commit: %v", err)
		}
		nothing(t, b, x)
		b.in(t, func(tx *store.Tx) error { return bump(tx, x) })
		if n := b.Stats().InUse; n != 0 {
			t.Errorf("%d connections are still in use", n)
		}
	})
}

// What the statements and the count of rows rely on.
func TestTheConnectionIsSetUp(t *testing.T) {
	t.Parallel()
	t.Run("mysql", func(t *testing.T) {
		t.Parallel()
		testkit.MySQL.Need(t)
		b := fresh(t, testkit.MySQL)
		x, _ := twoBrands(t, b)
		b.in(t, func(tx *store.Tx) error {
			var isolation, zone string
			if err := tx.Ask("SELECT @@tx_isolation, @@time_zone", &isolation, &zone); err != nil {
				return err
			}
			if isolation != "READ-COMMITTED" || zone != "+00:00" {
				t.Errorf("isolation %s, zone %s", isolation, zone)
			}
			if n, err := tx.Exec("UPDATE brands SET name = name WHERE id = ?", x); n != 1 || err != nil {
				t.Errorf("an update that changes nothing counts %d rows, %v", n, err)
			}
			if _, err := tx.Exec("UPDATE brands SET time_zone = REPEAT('x', 5000) WHERE id = ?", x); err == nil {
				t.Error("a text that is too long was cut")
			}
			return nil
		})
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		b := fresh(t, testkit.SQLite)
		b.in(t, func(tx *store.Tx) error {
			for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
				var got string
				if err := tx.Ask("PRAGMA "+pragma, &got); err != nil || got != want {
					t.Errorf("%s is %s, %v", pragma, got, err)
				}
			}
			return nil
		})
	})
}

// An act's instant is the same on both engines: UTC, whole milliseconds, one per act.
func TestOneNowPerAct(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		s := testkit.NewStore(t, e, nil) // the database's own clock
		err := s.InTx(t.Context(), func(tx *store.Tx) error {
			row := newBrand()
			if err := tx.CreateBrand(&row); err != nil {
				return err
			}
			got, err := tx.Brand(t.Context(), row.ID)
			if !got.CreatedAt.Equal(tx.Now) || tx.Now.Nanosecond()%1e6 != 0 || tx.Now.Location().String() != "UTC" {
				t.Errorf("now %v, stored %v", tx.Now, got.CreatedAt)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
