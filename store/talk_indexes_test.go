package store_test

import (
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// The history of one post of a brand with twenty thousand acts, and the talk about one
// article with twenty thousand comments of every kind, are read by short ranges: also by a
// reviewer, to whom most of it does not exist.
func TestHistoryAndTalkAreReadByTheirIndexes(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	b := setup(t, testkit.MySQL)
	const at = "DATE_ADD('2026-01-01', INTERVAL seq MINUTE)"
	testkit.Exec(t, b.sql, `INSERT INTO audit (brand_id, seq, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, before_json, after_json, request_id, ip_hash, prev_hash, hash)
		SELECT ?, seq + 1000, `+at+`, 'user', 'u', '', 'task.approved', 'task', IF(seq % 500 = 0, ?, CONCAT('p', seq % 500)), '', '', '', '', '', '' FROM seq_1_to_20000`, b.brand.ID, b.tasks[0].ID)
	testkit.Exec(t, b.sql, `INSERT INTO comments (id, brand_id, post_id, article_id, thread_id, member_id, name, visibility, revision_number, anchor, quote, media_id, media_sha256, body, unresolved, resolved_by_name, version, created_at)
		SELECT CONCAT('c', LPAD(seq, 9, '0')), ?, 'p', 'long', 't', 'm', '', IF(seq % 1000 = 0, 'shared', 'internal'), 1 + seq % 2, 'article', '', '', '', 'x', 1, '', 1, `+at+` FROM seq_1_to_20000`, b.brand.ID)
	testkit.Exec(t, b.sql, `INSERT INTO tasks (id, brand_id, review_id, review_step_id, post_id, article_id, member_id, state, shelf, sorted_at, version, created_at)
		SELECT CONCAT('t', seq), ?, CONCAT('r', seq % 900), CONCAT('s', seq), CONCAT('p', seq % 500), CONCAT('a', seq % 700), 'm', 'open', 'waiting', `+at+`, 1, `+at+` FROM seq_1_to_20000`, b.brand.ID)
	testkit.Exec(t, b.sql, "ANALYZE TABLE audit, comments, tasks, reviews, articles, posts")
	article := model.Article{ID: "long"}
	for name, read := range map[string]func(r store.Reader) error{
		"history":            func(r store.Reader) error { return last(r.Timeline(t.Context(), b.brand.ID, b.post.ID, 0, 50)) },
		"later history":      func(r store.Reader) error { return last(r.Timeline(t.Context(), b.brand.ID, b.post.ID, 10_000, 50)) },
		"history for a turn": func(r store.Reader) error { return last(r.TurnTimeline(t.Context(), b.tasks[1], 0, 50)) },
		"talk, for staff": func(r store.Reader) error {
			return last(r.Comments(t.Context(), store.Sight{Article: article, Staff: true}, "c000010000", 50))
		},
		"talk, for reviewers": func(r store.Reader) error {
			return last(r.Comments(t.Context(), store.Sight{Article: article, Numbers: []int{1}}, "", 50))
		},
		"open threads": func(r store.Reader) error { return last(r.OpenThreads(t.Context(), []string{"long"})) },
	} {
		b.short(t, name, b.SQLOf(t, read))
	}
}
