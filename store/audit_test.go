package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/store"
)

// Many acts at once in two brands, some in both: each chain is whole and without gaps,
// and the events have its numbers.
func TestAuditOfManyActsAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		x, y := twoBrands(t, b)
		stores := []*store.Store{b.Store, b.db.Open(t, b.clock, 0), b.db.Open(t, b.clock, 0)}
		testkit.Together(32, func(i int) {
			for act := range 4 {
				err := stores[i%3].InTx(t.Context(), func(tx *store.Tx) error {
					switch (i + act) % 4 {
					case 0: // in both, and in the order that is wrong
						tx.Audit(entry(y, i))
						tx.Audit(entry(x, i))
					case 1:
						tx.Audit(entry(x, i))
						tx.Audit(entry(x, i+1000))
					case 2:
						tx.Audit(entry(x, i))
					default:
						tx.Audit(entry(y, i))
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
		for brand, want := range map[string]int{x: 128, y: 64} {
			if seq := testkit.Broken(t, b.Store, brand); seq != 0 {
				t.Errorf("the chain is broken at %d", seq)
			}
			got := testkit.Rows(t, b.sql, `SELECT COUNT(*), MIN(seq), MAX(seq), COUNT(DISTINCT seq), COUNT(DISTINCT hash) FROM audit WHERE brand_id = ?`, brand)
			n := fmt.Sprint(want)
			if diff := cmp.Diff([][]string{{n, "1", n, n, n}}, got); diff != "" {
				t.Error(diff)
			}
			const numbers = " WHERE brand_id = ? ORDER BY seq"
			if diff := cmp.Diff(testkit.Rows(t, b.sql, "SELECT seq, action, subject_id FROM audit"+numbers, brand),
				testkit.Rows(t, b.sql, "SELECT seq, kind, subject_id FROM events"+numbers, brand)); diff != "" {
				t.Error("audit (-), events (+):\n" + diff)
			}
		}
	})
}

// Whoever changes a row past the product is found, whichever column it is.
func TestAuditShowsTampering(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := fresh(t, e)
		x, _ := twoBrands(t, b)
		b.in(t, func(tx *store.Tx) error {
			for i := range 5 {
				tx.Audit(entry(x, i))
			}
			return nil
		})
		const at3 = " WHERE brand_id = ? AND seq = 3"
		for _, set := range []string{
			"at = '2026-03-02 08:00:00.001'", "actor_kind = 'system'", "actor_id = 'v'", "actor_name = '别人'", "action = 'test.other'", "subject_kind = 'other'",
			"subject_id = '99'", "before_json = 'x'", "after_json = '{}'", "request_id = 'r'", "ip_hash = 'h'",
			"prev_hash = '" + fmt.Sprintf("%064d", 0) + "'", "hash = '" + fmt.Sprintf("%064d", 0) + "'",
		} {
			column, _, _ := strings.Cut(set, " ")
			was := testkit.Rows(t, b.sql, "SELECT "+column+" FROM audit"+at3, x)[0][0]
			testkit.Exec(t, b.sql, "UPDATE audit SET "+set+at3, x)
			if seq := testkit.Broken(t, b.Store, x); seq != 3 {
				t.Errorf("%s: broken at %d", set, seq)
			}
			if column == "at" {
				was = "2026-03-02 08:00:00.000"
			}
			testkit.Exec(t, b.sql, "UPDATE audit SET "+column+" = ?"+at3, was, x)
			if seq := testkit.Broken(t, b.Store, x); seq != 0 {
				t.Fatalf("%s: put back, and broken at %d", set, seq)
			}
		}
		testkit.Exec(t, b.sql, "DELETE FROM audit WHERE brand_id = ? AND seq = 5", x)
		if seq := testkit.Broken(t, b.Store, x); seq != 5 {
			t.Errorf("the last row is gone: broken at %d", seq)
		}
		testkit.Exec(t, b.sql, "DELETE FROM audit WHERE brand_id = ? AND seq = 2", x)
		if seq := testkit.Broken(t, b.Store, x); seq != 2 {
			t.Errorf("a row in the middle is gone: broken at %d", seq)
		}
	})
}
