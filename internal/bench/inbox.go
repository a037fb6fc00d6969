package main

import (
	"fmt"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
)

const (
	fewTasks   = 1_000
	manyTasks  = 100_000
	inboxReads = 300 // of each page on each side
	inboxPage  = 50  // the last one of the small inbox
)

// inbox compares a page of a large inbox with the same page of a small one: the same
// seat, the same reader, one database each. The pages are read in turns, one at a time.
func inbox(t testing.TB) []figure {
	var out []figure
	for _, e := range []testkit.Engine{testkit.SQLite, testkit.MySQL} {
		few, many := newPile(t, e, fewTasks), newPile(t, e, manyTasks)
		out = append(out,
			pages(fmt.Sprintf("inbox page 1, %d tasks / %d, %s", manyTasks, fewTasks, e), many.first, few.first),
			pages(fmt.Sprintf("inbox page %d, %d tasks / %d, %s", inboxPage, manyTasks, fewTasks, e), many.late, few.late),
		)
	}
	return out
}

func pages(name string, many, few func()) figure {
	var times [2][]time.Duration
	for i := range inboxReads + 20 {
		for j := range times {
			which := (i + j) % len(times)
			start := time.Now()
			if which == 0 {
				many()
			} else {
				few()
			}
			if i >= 20 { // the first ones warm up
				times[which] = append(times[which], time.Since(start))
			}
		}
	}
	m, f := median(times[0]), median(times[1])
	return figure{
		Name: name, Measured: float64(m) / float64(f), Unit: "×", Bound: atMost, Goal: 1.3,
		Note: fmt.Sprintf("median of %d: %.2f ms against %.2f ms", inboxReads, ms(m), ms(f)),
	}.judged()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// pile is an inbox and two reads of it.
type pile struct{ first, late func() }

func newPile(t testing.TB, e testkit.Engine, tasks int) pile {
	t.Helper()
	a := newApp(t, e, 1)
	b := a.NewBrand(t)
	reader := a.NewReviewer(t, b)
	db := direct(t, a.Database)
	start := time.Now().UTC().Add(-time.Hour)
	const batch = 5_000
	for done := 0; done < tasks; done += batch {
		turns := make([]turn, min(batch, tasks-done))
		for i := range turns {
			turns[i] = newTurn(b, reader.Member, start.Add(time.Duration(done+i)*10*time.Millisecond))
		}
		seed(t, db, turns)
	}
	read := func(cursor string) api.List[api.InboxItem] {
		var page api.List[api.InboxItem]
		reader.Do(t, "GET", api.Base+"/inbox?limit=20&cursor="+cursor, nil).Want(t, 200, &page)
		if len(page.Items) != 20 {
			t.Fatalf("a page of %d", len(page.Items))
		}
		return page
	}
	cursor := ""
	for range inboxPage - 1 {
		cursor = read(cursor).NextCursor
	}
	return pile{first: func() { read("") }, late: func() { read(cursor) }}
}
