package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
)

// pile is how one database is filled with posts in review, each with its article,
// review, step and open task, by statements that the server runs on its own.
type pile struct {
	engine         testkit.Engine
	posts          int
	brand          *testkit.Brand
	member         string // whose turn all the tasks are
	common, rare   string // titles; the terms of each are its two characters and the pair
	rareEach, rest int    // the rare title is every so many-th of the first ones
}

// The first digits of the ids in a pile.
const (
	ofPost    = "a"
	ofArticle = "b"
	ofReview  = "c"
	ofStep    = "d"
	ofTask    = "e"
)

// rows answers the table of the numbers 1 to posts, as n.
func (p pile) rows() string {
	if p.engine == testkit.MySQL {
		return fmt.Sprintf("(SELECT seq AS n FROM seq_1_to_%d) q", p.posts)
	}
	return fmt.Sprintf("(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d) SELECT n FROM c) q", p.posts)
}

// id is a row's id; those of a table rise with n, as the product's do with time.
func (p pile) id(table string) string {
	if p.engine == testkit.MySQL {
		return fmt.Sprintf("CONCAT('%s0000000-0000-7000-8000-', LPAD(n, 12, '0'))", table)
	}
	return fmt.Sprintf("printf('%s0000000-0000-7000-8000-%%012d', n)", table)
}

// at is a time that rises by so many seconds from row to row.
func (p pile) at(from string, seconds float64) string {
	if p.engine == testkit.MySQL {
		return fmt.Sprintf("DATE_ADD('%s', INTERVAL n * %g SECOND)", from, seconds)
	}
	return fmt.Sprintf("strftime('%%Y-%%m-%%d %%H:%%M:%%f', '%s', (n * %g) || ' seconds')", from, seconds)
}

// title is the rare one here and there among the oldest posts, as many in every pile.
func (p pile) title() string {
	return fmt.Sprintf("CASE WHEN n <= %d AND n %% %d = 0 THEN '%s' ELSE '%s' END", p.rest, p.rareEach, p.rare, p.common)
}

// pileStart and pileStep are the planned times: a month holds as many in every pile.
const (
	pileStart = "2027-01-01 00:00:00"
	pileMonth = "2027-02"
	pileStep  = 2 * 60 * 60
)

func (p pile) statements() []string {
	q := func(s any) string { return fmt.Sprintf("'%v'", s) }
	now := q("2026-11-01 00:00:00")
	into := func(table string, values ...string) string { // column, value, column, value …
		var columns, list []string
		for pair := range slices.Chunk(values, 2) {
			columns, list = append(columns, pair[0]), append(list, pair[1])
		}
		return "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") SELECT " + strings.Join(list, ", ") + " FROM " + p.rows()
	}
	brand := q(p.brand.ID)
	out := []string{
		into("posts", "id", p.id(ofPost), "brand_id", brand, "channel_id", q(p.brand.Channel), "platform", "'wechat_official'", "content_type", q(model.ContentWeChatArticle),
			"title", p.title(), "search_title", p.title(), "state", q(model.PostInReview), "scheduled_at", p.at(pileStart, pileStep), "created_by", q(p.brand.EditorMember), "version", "1", "created_at", now, "updated_at", now),
		into("articles", "id", p.id(ofArticle), "brand_id", brand, "post_id", p.id(ofPost), "position", "1", "state", q(model.ArticleInReview), "title", p.title(), "revision_number", "1",
			"digest", q(digest), "no_flow", "0", "review_id", p.id(ofReview), "version", "1", "created_at", now, "updated_at", now),
		into("reviews", "id", p.id(ofReview), "brand_id", brand, "post_id", p.id(ofPost), "article_id", p.id(ofArticle), "round", "1", "title", p.title(), "revision_number", "1", "digest", q(digest),
			"state", q(model.ReviewRunning), "step_position", "1", "submitted_by", q(p.brand.EditorMember), "version", "1", "created_at", now),
		into("review_steps", "id", p.id(ofStep), "brand_id", brand, "review_id", p.id(ofReview), "position", "1", "name", "'审阅'", "mode", q(model.ModeAny), "state", q(model.StepOpen), "version", "1"),
		into("tasks", "id", p.id(ofTask), "brand_id", brand, "review_id", p.id(ofReview), "review_step_id", p.id(ofStep), "post_id", p.id(ofPost), "article_id", p.id(ofArticle), "member_id", q(p.member),
			"state", q(model.TaskOpen), "shelf", q(model.ShelfWaiting), "sorted_at", p.at("2026-06-01 00:00:00", 1), "version", "1", "created_at", now),
	}
	for _, title := range []string{p.common, p.rare} {
		for _, term := range model.Terms(title) {
			out = append(out, into("post_terms", "brand_id", brand, "term", q(term), "post_id", p.id(ofPost))+" WHERE "+p.title()+" = "+q(title))
		}
	}
	return out
}

// fill runs the statements and lets the server look at what it has now.
func (p pile) fill(t testing.TB, d testkit.Database) {
	t.Helper()
	db := direct(t, d)
	for _, s := range p.statements() {
		testkit.Exec(t, db, s)
	}
	if p.engine == testkit.MySQL {
		testkit.Exec(t, db, "ANALYZE TABLE posts, articles, reviews, review_steps, tasks, post_terms")
		return
	}
	testkit.Exec(t, db, "ANALYZE")
}
