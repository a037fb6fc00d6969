package main

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
)

const (
	submitWorkers = 16
	submitRounds  = 5
	submitActs    = 320 // in each round
	submitPosts   = (submitRounds+1)*submitActs + 2
)

// submit sends posts of one article through a flow of two steps with two approvers each,
// spread over sixteen brands, each with its editor.
func submit(t testing.TB) []figure {
	a := newApp(t, testkit.MySQL, 1)
	server := newFloor(t, a)
	brands := make([]*testkit.Brand, submitWorkers)
	for i := range brands {
		brands[i] = a.NewBrand(t)
	}
	posts := drafts(t, a, brands)
	var took times
	send := side{"HTTP", func(n int) {
		start := time.Now()
		b := brands[n%len(brands)]
		b.Editor.Do(t, "POST", b.Path+"/posts/"+posts[n]+"/submit", testkit.M{}).Want(t, 200, nil)
		took.add(time.Since(start))
	}}
	send.act(submitPosts - 2)
	asked := server.trafficOf(t, func() { send.act(submitPosts - 1) })
	took.list = nil
	r := compare(submitRounds, submitActs, submitWorkers, send)
	p50, p99 := took.quantile(0.50), took.quantile(0.99)
	note := fmt.Sprintf("%d at a time, 2 steps, 4 approvers, MariaDB; %s", submitWorkers, asked)
	return []figure{
		figure{Name: "submit", Measured: r[0].median(), Unit: "/s", Bound: atLeast, Goal: 500, Note: note}.judged(),
		figure{
			Name: "submit: p99 / p50", Measured: float64(p99) / float64(p50), Unit: "×", Bound: atMost, Goal: 5,
			Note: fmt.Sprintf("%.0f ms, %.0f ms", ms(p99), ms(p50)),
		}.judged(),
	}
}

// drafts writes posts through the API, in turns for each brand, each with the brand's flow.
func drafts(t testing.TB, a *testkit.App, brands []*testkit.Brand) []string {
	t.Helper()
	flows := make([]string, len(brands))
	for i, b := range brands {
		var ids []string
		for range 4 {
			ids = append(ids, a.NewReviewer(t, b).Member)
		}
		flows[i] = b.NewFlow(t, "两步", testkit.M{"mode": "any", "approvers": ids[:2]}, testkit.M{"mode": "all", "approvers": ids[2:]})
	}
	posts := make([]string, submitPosts)
	rate(side{"drafts", func(n int) {
		b := brands[n%len(brands)]
		var p api.PostDetail
		b.Editor.Do(t, "POST", b.Path+"/posts", testkit.M{
			"channel_id": b.Channel, "articles": []testkit.M{testkit.Article(fmt.Sprintf("第 %d 篇", n), testkit.M{"flow_id": flows[n%len(brands)]})},
		}).Want(t, 200, &p)
		posts[n] = p.ID
	}}, 0, submitPosts, submitWorkers)
	return posts
}

// times are how long acts took.
type times struct {
	mu   sync.Mutex
	list []time.Duration
}

func (x *times) add(d time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.list = append(x.list, d)
}

// quantile is the time below which that part of the acts stayed.
func (x *times) quantile(q float64) time.Duration {
	slices.Sort(x.list)
	return x.list[min(int(q*float64(len(x.list))), len(x.list)-1)]
}
