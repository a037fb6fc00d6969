package main

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
)

const (
	fewPosts   = 1_000
	manyPosts  = 1_000_000
	manySQLite = 100_000 // filling a million costs SQLite minutes
	listReads  = 300     // of each page on each side
	inboxPage  = 50      // the last one of the small inbox
)

// inbox compares pages of a large inbox, calendar and list with the same pages of small
// ones: the same reader, one database each. The pages are read in turns, one at a time.
func inbox(t testing.TB) []figure {
	var out []figure
	for _, e := range []testkit.Engine{testkit.SQLite, testkit.MySQL} {
		size := manyPosts
		if e == testkit.SQLite {
			size = manySQLite
		}
		few, many := newLists(t, e, fewPosts), newLists(t, e, size)
		for i, l := range many {
			out = append(out, pages(fmt.Sprintf("%s, %d / %d, %s", l.name, size, fewPosts, e), l.read, few[i].read))
		}
	}
	return out
}

func pages(name string, many, few func()) figure {
	var times [2][]time.Duration
	for i := range listReads + 20 {
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
		Note: fmt.Sprintf("median of %d: %.2f ms against %.2f ms", listReads, ms(m), ms(f)),
	}.judged()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// list is a page that is read again and again.
type list struct {
	name string
	read func()
}

// newLists fills a database and answers the reads of it.
func newLists(t testing.TB, e testkit.Engine, posts int) []list {
	t.Helper()
	a := newApp(t, e, 1)
	b := a.NewBrand(t)
	reader := a.NewReviewer(t, b)
	p := pile{engine: e, posts: posts, brand: b, member: reader.Member, common: "上新", rare: "春节", rareEach: 5, rest: fewPosts}
	p.fill(t, a.Database)
	inbox := func(cursor string) string {
		var page api.List[api.InboxItem]
		reader.Do(t, "GET", api.Base+"/inbox?limit=20&cursor="+cursor, nil).Want(t, 200, &page)
		if len(page.Items) != 20 {
			t.Fatalf("a page of %d", len(page.Items))
		}
		return page.NextCursor
	}
	cursor := ""
	for range inboxPage - 1 {
		cursor = inbox(cursor)
	}
	search := func(title string) func() {
		return func() {
			var page api.List[api.PostOut]
			b.Editor.Do(t, "GET", b.Path+"/posts?limit=20&search="+url.QueryEscape(title), nil).Want(t, 200, &page)
			if len(page.Items) != 20 {
				t.Fatalf("a page of %d", len(page.Items))
			}
		}
	}
	month := func() {
		var page api.CalendarOut
		b.Editor.Do(t, "GET", b.Path+"/calendar?month="+pileMonth, nil).Want(t, 200, &page)
		if len(page.Items) < 300 || page.NextCursor != "" {
			t.Fatalf("a month of %d", len(page.Items))
		}
	}
	return []list{
		{"inbox page 1", func() { inbox("") }},
		{fmt.Sprintf("inbox page %d", inboxPage), func() { inbox(cursor) }},
		{"calendar month", month},
		{"posts with a frequent word", search(p.common)},
		{"posts with a rare word", search(p.rare)},
	}
}
