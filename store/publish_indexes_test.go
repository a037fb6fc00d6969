package store_test

import (
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// manyWindows are statements that fill what is published by scanning: a hundred windows an
// hour, a code for each post, openings of one post, and reminders of half of the posts.
func manyWindows() []string {
	const from = " FROM seq_1_to_20000"
	const at = "DATE_ADD('2026-02-20', INTERVAL seq * 36 SECOND)"
	return []string{
		`INSERT INTO posts (id, brand_id, channel_id, platform, content_type, title, state, scheduled_at, window_ends_at, created_by, version, created_at, updated_at)
			SELECT CONCAT('p', LPAD(seq, 9, '0')), IF(seq % 100 = 0, 'b', CONCAT('x', seq % 50)), 'c', 'douyin', 'douyin_video', '', IF(seq % 10 = 0, 'approved', 'published'), ` +
			at + `, DATE_ADD(` + at + `, INTERVAL 3 HOUR), 'm', 1, ` + at + `, ` + at + from,
		`INSERT INTO tickets (id, brand_id, post_id, live_post_id, token_hash, token_sealed, issued_by, issued_at, starts_at, expires_at, early_reason, openings, lease_device, lease_agent, version, created_at, updated_at)
			SELECT CONCAT('k', LPAD(seq, 9, '0')), 'b', CONCAT('p', LPAD(seq, 9, '0')), CONCAT('p', LPAD(seq, 9, '0')), SHA2(seq, 256), '', 'm', ` + at + `, ` + at + `, ` + at + `, '', 0, '', '', 1, ` + at + `, ` + at + from,
		`INSERT INTO openings (id, brand_id, post_id, ticket_id, idem_key, way, share_id, launch_way, device_hash, user_agent, ip_hash, early, took_over, created_at)
			SELECT CONCAT('o', LPAD(seq, 9, '0')), 'b', 'p000000100', 'k000000100', CONCAT('key', seq), 'douyin', CONCAT('share', seq), 'served', '', '', '', 0, 0, ` + at + from,
		`INSERT INTO reminders (task_id, rung, scheduled_at, told, created_at)
			SELECT CONCAT('p', LPAD(seq, 9, '0')), '0m', ` + at + `, 1, ` + at + from + " WHERE seq % 2 = 0",
		"ANALYZE TABLE posts, tickets, openings, reminders",
	}
}

// TestPublishingReadsItsIndexes: what the sweep, the ladder, a scan and a webhook read does
// not grow with what has been published.
func TestPublishingReadsItsIndexes(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	b := setup(t, testkit.MySQL)
	for _, s := range manyWindows() {
		testkit.Exec(t, b.sql, s)
	}
	start := time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC)
	for name, read := range map[string]func(r store.Reader) error{
		"overdue posts": func(r store.Reader) error { return last(r.OverduePosts(t.Context(), start.Add(8*time.Hour), 50)) },
		"posts that are due": func(r store.Reader) error {
			return last(r.DuePosts(t.Context(), "0m", start.Add(4*time.Hour), start.Add(5*time.Hour), 50))
		},
		"posts to publish": func(r store.Reader) error { return last(r.PostsToPublish(t.Context(), "b", start.Add(2*time.Hour))) },
		"a scanned code":   func(r store.Reader) error { return orAbsent(last(r.TicketByToken(t.Context(), "x"))) },
		"a code of a post": func(r store.Reader) error { return orAbsent(last(r.LiveTicket(t.Context(), "b", "p000000100"))) },
		"a tap":            func(r store.Reader) error { return last(r.OpeningOfTap(t.Context(), "k000000100", "key7")) },
		"a share id":       func(r store.Reader) error { return last(r.OpeningOfShare(t.Context(), "share7")) },
		"openings": func(r store.Reader) error {
			return last(r.Openings(t.Context(), "b", "p000000100", store.Page{Limit: 50}))
		},
		"publications": func(r store.Reader) error { return last(r.Publications(t.Context(), "b", "p000000100")) },
	} {
		b.short(t, name, b.SQLOf(t, read))
	}
}

// orAbsent: a read that finds nothing is a read as well.
func orAbsent(err error) error {
	if model.Is(err, model.CodeNotFound) {
		return nil
	}
	return err
}
