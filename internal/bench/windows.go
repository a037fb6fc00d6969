package main

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

const (
	windowPosts  = 10_000
	windowSpan   = time.Minute
	windowLead   = 5 * time.Second
	windowSample = 50 * time.Millisecond
)

// windows lets ten thousand windows end within a minute, on two replicas, and looks how
// long after its end each post is still not expired.
func windows(t testing.TB) []figure {
	a := newApp(t, testkit.MySQL, 2)
	b := a.NewBrand(t)
	p := pile{engine: testkit.MySQL, posts: windowPosts, brand: b, member: b.EditorMember, common: "上新", rare: "春节", rareEach: 5, rest: 1}
	testkit.Exec(t, direct(t, a.Database), p.statements()[0])
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, r := range a.Replicas {
		running.Go(func() { r.Service.Run(ctx, service.LoopWindows) })
	}
	late := overdue(t, direct(t, a.Database), b.ID)
	stop()
	running.Wait()
	return []figure{
		figure{
			Name: "expiry: lateness at the 99th percentile", Measured: late[len(late)*99/100].Seconds(), Unit: "s", Bound: atMost, Goal: 1,
			Note: fmt.Sprintf("%d posts in %v, 2 replicas; at most %v, half within %v", windowPosts, windowSpan, late[len(late)-1], late[len(late)/2]),
		}.judged(),
		figure{
			Name: "expiry: posts that did not expire once", Measured: float64(windowPosts - expiredOnce(t, direct(t, a.Database), b.ID)),
			Bound: atMost, Must: true,
		}.judged(),
	}
}

// expiredOnce counts the posts of which the audit tells exactly once that they expired.
func expiredOnce(t testing.TB, db *sql.DB, brand string) int {
	t.Helper()
	return testkit.Count(t, db, "SELECT COUNT(*) FROM (SELECT subject_id FROM audit WHERE brand_id = ? AND action = 'post.expired' GROUP BY subject_id HAVING COUNT(*) = 1) q", brand)
}

// overdue sets the windows' ends and answers, sorted, how long each post was overdue when
// it was last seen so, to the sample.
func overdue(t testing.TB, db *sql.DB, brand string) []time.Duration {
	t.Helper()
	testkit.Exec(t, db, fmt.Sprintf("UPDATE posts SET state = 'approved', window_ends_at = UTC_TIMESTAMP(3) + INTERVAL (%d + CAST(RIGHT(id, 12) AS UNSIGNED) * %d) MICROSECOND WHERE brand_id = '%s'",
		windowLead.Microseconds(), windowSpan.Microseconds()/windowPosts, brand))
	seen := map[string]time.Duration{}
	for testkit.Count(t, db, "SELECT COUNT(*) FROM posts WHERE brand_id = ? AND state = ?", brand, model.PostApproved) > 0 {
		for _, row := range testkit.Rows(t, db, "SELECT id, TIMESTAMPDIFF(MICROSECOND, window_ends_at, UTC_TIMESTAMP(3)) FROM posts WHERE brand_id = ? AND state = ? AND window_ends_at < UTC_TIMESTAMP(3)", brand, model.PostApproved) {
			d, err := time.ParseDuration(row[1] + "us")
			must(t, err)
			seen[row[0]] = d + windowSample
		}
		time.Sleep(windowSample) // the pace of looking, not a wait for something
	}
	late := slices.Repeat([]time.Duration{windowSample}, windowPosts-len(seen)) // gone before anybody looked
	late = slices.AppendSeq(late, maps.Values(seen))
	slices.Sort(late)
	return late
}
