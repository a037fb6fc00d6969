package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// However many tasks there are, a page reads a short range of one index, backwards:
// MariaDB must not sort the table's rows.
func TestInboxReadsItsIndex(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	b := setup(t, testkit.MySQL)
	testkit.Exec(t, b.sql, "ALTER TABLE tasks DROP INDEX uq_tasks_review_step_id_member_id") // many turns of one member in one step, to make many rows cheaply
	testkit.Exec(t, b.sql, `INSERT INTO tasks (id, brand_id, review_id, review_step_id, post_id, article_id, member_id, state, shelf, sorted_at, version, created_at)
		SELECT CONCAT('t', seq), brand_id, review_id, review_step_id, post_id, article_id, CONCAT('m', seq % 3), 'open', 'waiting',
		DATE_ADD(sorted_at, INTERVAL seq % 1000 SECOND), 1, created_at FROM (SELECT * FROM tasks LIMIT 1) x, seq_1_to_20000`)
	testkit.Exec(t, b.sql, "ANALYZE TABLE tasks")
	for name, after := range map[string]*store.InboxCursor{"the first page": nil, "a later page": {SortedAt: testkit.Start.Add(500 * time.Second), ID: "t5"}} {
		statement, err := b.InboxSQL(t.Context(), []string{"m0", "m1"}, []model.Shelf{model.ShelfWaiting, model.ShelfDecided}, after, 20)
		if err != nil {
			t.Fatal(err)
		}
		ranges, reads := 0, 0
		for _, row := range testkit.Rows(t, b.sql, "ANALYZE "+statement) { // id, select_type, table, type, possible_keys, key, key_len, ref, rows, r_rows, filtered, r_filtered, Extra
			var n float64
			if _, err := fmt.Sscan(row[9], &n); err == nil {
				reads += int(n)
			}
			if row[2] != "tasks" {
				continue
			}
			ranges++
			if row[5] != "ix_tasks_member_id_shelf_sorted_at_id" || strings.Contains(row[12], "filesort") || !strings.Contains(row[12], "Using index") {
				t.Errorf("%s: %v", name, row)
			}
		}
		if ranges != 4 || reads > 500 {
			t.Errorf("%s: %d ranges, %d rows were read for 20 lines of 13000", name, ranges, reads)
		}
	}
}
