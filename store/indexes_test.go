package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// longTables are statements that make tables long: of one Brand, Webhook, Article.
func longTables() []string {
	const from = " FROM seq_1_to_20000"
	const at = "DATE_ADD('2026-01-01', INTERVAL seq MINUTE)"
	return []string{
		`INSERT INTO audit (brand_id, seq, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, before_json, after_json, request_id, ip_hash, prev_hash, hash)
			SELECT 'b', seq, ` + at + `, 'user', CONCAT('u', seq % 50), '', IF(seq % 100 = 0, 'rare', 'often'), 'post', CONCAT('p', seq % 500), '', '', '', '', '', ''` + from,
		"INSERT INTO audit_heads (brand_id, seq, hash) VALUES ('b', 20000, '')",
		`INSERT INTO events (brand_id, seq, kind, subject_kind, subject_id, actor_kind, at) SELECT 'b', seq, 'k', 'post', 'p', 'user', ` + at + from,
		`INSERT INTO comments (id, brand_id, post_id, article_id, thread_id, member_id, name, visibility, revision_number, anchor, quote, media_id, media_sha256, body, unresolved, resolved_by_name, version, created_at)
			SELECT CONCAT('c', LPAD(seq, 9, '0')), 'b', 'p', CONCAT('a', seq % 400), 't', 'm', '', 'internal', 1, 'none', '', '', '', '', 1, '', 1, ` + at + from,
		`INSERT INTO webhook_deliveries (id, webhook_id, brand_id, seq, kind, subject_kind, subject_id, actor_kind, at, state, attempts, next_at, status, last_error, created_at)
			SELECT CONCAT('d', LPAD(seq, 9, '0')), CONCAT('w', seq % 400), 'b', seq, 'k', 'post', 'p', 'user', ` + at + `, ELT(1 + (seq % 100 = 0), 'delivered', 'owed'), 0, ` + at + `, 0, '', ` + at + from,
		`INSERT INTO outbox (id, dedup_key, topic, brand_id, payload, state, next_at, lease_owner, attempts, last_error, recipient, created_at)
			SELECT CONCAT('o', seq), CONCAT('o', seq), 't', ELT(1 + seq % 3, 'b', 'x', 'y'), '', ELT(1 + seq % 10, 'ready', 'dead', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done'), ` + at + `, '', 0, '', 'r', ` + at + from,
		`INSERT INTO media (id, brand_id, kind, name, mime, bytes, sha256, width, height, duration_ms, thumb, blob_key, state, created_by, version, created_at, updated_at)
			SELECT CONCAT('m', LPAD(seq, 9, '0')), IF(seq % 100 < 2, 'b', 'x'), 'picture', '', '', 1, '', 1, 1, 0, 0, '', IF(seq % 3 = 0, 'uploading', 'ready'), 'm', 1, ` + at + `, ` + at + from,
		"ANALYZE TABLE audit, events, comments, webhook_deliveries, outbox, media",
	}
}

// However long these tables become, what lists them, and what works them off, reads short
// ranges of an index and sorts no more than a hundred rows.
func TestLongTablesAreReadByTheirIndexes(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	b := setup(t, testkit.MySQL)
	for _, s := range longTables() {
		testkit.Exec(t, b.sql, s)
	}
	day, week := testkit.Start, testkit.Start.AddDate(0, 0, 7)
	page, audit := store.Page{Limit: 50}, store.AuditPage{Limit: 50}
	reads := map[string]func(r store.Reader) error{
		"audit": func(r store.Reader) error { return last(r.Audit(t.Context(), "b", store.AuditFilter{}, audit)) },
		"audit of an actor": func(r store.Reader) error {
			return last(r.Audit(t.Context(), "b", store.AuditFilter{Actor: "u7"}, audit))
		},
		"audit of an act": func(r store.Reader) error {
			return last(r.Audit(t.Context(), "b", store.AuditFilter{Action: "rare"}, audit))
		},
		"audit of a subject": func(r store.Reader) error {
			return last(r.Audit(t.Context(), "b", store.AuditFilter{Subject: "p9"}, audit))
		},
		"audit of a week": func(r store.Reader) error {
			return last(r.Audit(t.Context(), "b", store.AuditFilter{From: &day, To: &week}, audit))
		},
		"audit to export": func(r store.Reader) error {
			return last(r.Audit(t.Context(), "b", store.AuditFilter{}, store.AuditPage{After: 9_000, Limit: 50, Ascending: true}))
		},
		"events":         func(r store.Reader) error { return last(r.EventsAfter(t.Context(), "b", 9_000, 50)) },
		"comments":       func(r store.Reader) error { return last(r.Comments(t.Context(), comments, "", 50)) },
		"later comments": func(r store.Reader) error { return last(r.Comments(t.Context(), comments, "c000010000", 50)) },
		"deliveries":     func(r store.Reader) error { return last(r.Deliveries(t.Context(), "b", "w1", "", page)) },
		"media":          func(r store.Reader) error { return last(r.MediaList(t.Context(), "b", store.MediaFilter{}, page)) },
		"media, ready": func(r store.Reader) error {
			return last(r.MediaList(t.Context(), "b", store.MediaFilter{State: model.MediaReady}, page))
		},
		"media of no use":     func(r store.Reader) error { return last(r.StaleMedia(t.Context(), model.MediaReady, day, 50)) },
		"media, forsaken":     func(r store.Reader) error { return last(r.StaleMedia(t.Context(), model.MediaUploading, day, 50)) },
		"undelivered notices": func(r store.Reader) error { return last(r.Undelivered(t.Context(), "b", page)) },
	}
	for name, read := range reads {
		b.short(t, name, b.SQLOf(t, read))
	}
	b.short(t, "outbox", b.SQLOfAct(t, func(s *store.Store) error { return last(s.ClaimOutbox(t.Context(), "me", time.Minute, 50)) }))
}

// largeOwners are statements that give one owner everything: an Article all comments, a
// Webhook all deliveries, as after a replay, and a Brand a post every hour.
func largeOwners() []string {
	const from = " FROM seq_1_to_20000"
	const at = "DATE_ADD('2026-01-01', INTERVAL seq HOUR)"
	return []string{
		`INSERT INTO comments (id, brand_id, post_id, article_id, thread_id, member_id, name, visibility, revision_number, anchor, quote, media_id, media_sha256, body, unresolved, resolved_by_name, version, created_at)
			SELECT CONCAT('c', LPAD(seq, 9, '0')), 'b', 'p', 'a1', 't', 'm', '', IF(seq % 100 = 0, 'shared', 'internal'), 1, 'none', '', '', '', '', 1, '', 1, ` + at + from,
		`INSERT INTO webhook_deliveries (id, webhook_id, brand_id, seq, kind, subject_kind, subject_id, actor_kind, at, state, attempts, next_at, status, last_error, created_at)
			SELECT CONCAT('d', LPAD(seq, 9, '0')), 'w1', 'b', seq, 'k', 'post', 'p', 'user', ` + at + `, IF(seq % 100 = 0, 'dead', 'owed'), 0, '2026-01-01', 0, '', ` + at + from,
		`INSERT INTO posts (id, brand_id, channel_id, platform, content_type, title, state, scheduled_at, created_by, version, created_at, updated_at)
			SELECT CONCAT('p', LPAD(seq, 9, '0')), 'b', 'c', 'weibo', 'generic', '', 'in_review', ` + at + `, 'm', 1, ` + at + `, ` + at + from,
		`INSERT INTO tasks (id, brand_id, review_id, review_step_id, post_id, article_id, member_id, state, shelf, sorted_at, version, created_at)
			SELECT CONCAT('t', LPAD(seq, 9, '0')), 'b', 'v', CONCAT('s', seq), CONCAT('p', LPAD(seq, 9, '0')), 'a', 'm', 'open', 'open', '2025-01-01', 1, '2025-01-01'` + from,
		`INSERT INTO reminders (task_id, rung, scheduled_at, told, created_at)
			SELECT CONCAT('t', LPAD(seq, 9, '0')), '24h', ` + at + `, 1, '2026-01-01'` + from + " WHERE seq % 2 = 0",
		`INSERT INTO media (id, brand_id, kind, name, mime, bytes, sha256, width, height, duration_ms, thumb, blob_key, state, created_by, version, created_at, updated_at)
			SELECT CONCAT('m', LPAD(seq, 9, '0')), 'b', IF(seq % 200 = 0, 'video', 'picture'), '', '', 1, '', 1, 1, 0, 0, '', 'ready', 'm', 1, ` + at + `, ` + at + from,
		"ANALYZE TABLE comments, webhook_deliveries, posts, tasks, reminders, media",
	}
}

// The same when all the rows belong to one owner, and what is asked for is rare among them.
func TestLargeOwnersAreReadByTheirIndexes(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	b := setup(t, testkit.MySQL)
	for _, s := range largeOwners() {
		testkit.Exec(t, b.sql, s)
	}
	page := store.Page{Limit: 50}
	reviewer := store.Sight{Article: model.Article{ID: "a1"}, Numbers: []int{1}}
	film := store.MediaFilter{Kind: model.MediaVideo}
	now := testkit.Start
	for name, read := range map[string]func(r store.Reader) error{
		"comments":               func(r store.Reader) error { return last(r.Comments(t.Context(), comments, "c000010000", 50)) },
		"comments of a reviewer": func(r store.Reader) error { return last(r.Comments(t.Context(), reviewer, "", 50)) },
		"dead deliveries": func(r store.Reader) error {
			return last(r.Deliveries(t.Context(), "b", "w1", model.DeliveryDead, page))
		},
		"tasks due in a day": func(r store.Reader) error {
			return last(r.DueTasks(t.Context(), "24h", now.Add(3*time.Hour), now.Add(24*time.Hour), 200))
		},
		"tasks due in half an hour": func(r store.Reader) error {
			return last(r.DueTasks(t.Context(), "30m", now, now.Add(30*time.Minute), 200))
		},
		"films": func(r store.Reader) error { return last(r.MediaList(t.Context(), "b", film, page)) },
	} {
		b.short(t, name, b.SQLOf(t, read))
	}
	b.short(t, "deliveries that are due", b.SQLOfAct(t, func(s *store.Store) error {
		list, _, err := s.DueDeliveries(t.Context(), "w1", 40)
		if len(list) != 40 {
			t.Errorf("%d are due", len(list))
		}
		return err
	}))
}

// comments is how staff look at an article.
var comments = store.Sight{Article: model.Article{ID: "a1"}, Staff: true}

func last[T any](_ T, err error) error { return err }

// short asks MariaDB how it runs the reads among the statements: by an index, without
// a long sort, over no more than some hundred rows.
func (b *bundle) short(t *testing.T, name string, statements []string) {
	t.Helper()
	asked, reads := 0, 0
	for _, s := range statements {
		if !strings.HasPrefix(s, "SELECT") || !strings.Contains(s, "FROM") {
			continue
		}
		asked++
		for _, row := range testkit.Rows(t, b.sql, "ANALYZE "+s) { // id, select_type, table, type, possible_keys, key, key_len, ref, rows, r_rows, filtered, r_filtered, Extra
			var n float64
			if _, err := fmt.Sscan(row[9], &n); err == nil {
				reads += int(n)
			}
			if n > 100 && (slices.Contains([]string{"ALL", "index"}, row[3]) || strings.Contains(row[12], "filesort")) {
				t.Errorf("%s: %v\n%.300s", name, row, s)
			}
		}
	}
	if asked == 0 || reads > 600 {
		t.Errorf("%s: %d rows were read by %d statements, of 20000", name, reads, asked)
	}
}
