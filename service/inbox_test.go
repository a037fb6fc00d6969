package service_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// inboxPages reads a shelf to its end, a page at a time; between runs after each page.
func inboxPages(t *testing.T, s *store.Store, members []string, shelves []model.Shelf, limit int, between func(page int)) (ids []string) {
	t.Helper()
	var after *store.InboxCursor
	page := 0
	testkit.EachPage(t, func(string) string {
		page++
		rows, err := s.Inbox(t.Context(), members, shelves, after, limit)
		must(t, err)
		more := len(rows) > limit
		if more {
			rows = rows[:limit]
		}
		for i, r := range rows {
			if i > 0 && (r.SortedAt.After(rows[i-1].SortedAt) || (r.SortedAt.Equal(rows[i-1].SortedAt) && r.ID > rows[i-1].ID)) {
				t.Errorf("out of order on page %d", page)
			}
			ids = append(ids, r.ID)
		}
		if !more {
			return ""
		}
		after = &store.InboxCursor{SortedAt: rows[limit-1].SortedAt, ID: rows[limit-1].ID}
		if between != nil {
			between(page)
		}
		return fmt.Sprint(*after)
	})
	return ids
}

// Pages of an inbox over several memberships, many lines of the same instant: each line
// once, while others are decided, withdrawn and added.
func TestInboxPages(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r := x.reviewer(t)
		must(t, x.confirm(t, r.call, x.code(t, x.admin))) // two memberships of one human
		flows := []string{x.flow(t, step(model.ModeAny, r.Member)), x.flow(t, step(model.ModeAny, x.b.AdminMember))}
		var posts []string
		for i := range 8 {
			posts = append(posts, x.submitted(t, flows[i%2], 5))
			if i%3 == 0 {
				x.Clock.Add(time.Second)
			}
		}
		members := []string{r.Member, x.b.AdminMember}
		waiting := []model.Shelf{model.ShelfWaiting}
		for _, limit := range []int{1, 3, 7, 40, 100} {
			eachOnce(t, inboxPages(t, x.Store, members, waiting, limit, nil), 40)
		}

		stay := map[string]bool{} // what nothing happens to must be seen, once
		for _, k := range x.tasks(t, posts[0]) {
			stay[k.ID] = true
		}
		for _, k := range x.tasks(t, posts[7]) {
			stay[k.ID] = true
		}
		got := inboxPages(t, x.Store, members, waiting, 3, func(page int) {
			x.Clock.Add(time.Second)
			switch page {
			case 1, 3:
				k := x.tasks(t, posts[page])[0]
				_, err := x.Service.Reviews.Decide(t.Context(), r.call, k.ID, approve(k))
				must(t, err)
			case 2:
				must(t, x.Service.Reviews.Withdraw(t.Context(), x.editor, x.b.ID, posts[5]))
			case 4:
				x.submitted(t, flows[0], 2) // new ones come on top
			}
		})
		seen := map[string]int{}
		for _, id := range got {
			seen[id]++
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s stands there %d times", id, n)
			}
		}
		for id := range stay {
			if seen[id] != 1 {
				t.Errorf("%s is missing", id)
			}
		}
		eachOnce(t, inboxPages(t, x.Store, members, []model.Shelf{model.ShelfWaiting, model.ShelfDecided}, 3, nil), 40-5+2)
		eachOnce(t, inboxPages(t, x.Store, members, []model.Shelf{model.ShelfDecided}, 1, nil), 2)
		if rows, err := x.Store.Inbox(t.Context(), nil, waiting, nil, 10); len(rows) != 0 || err != nil {
			t.Error("nobody has an inbox")
		}
	})
}

func eachOnce(t *testing.T, ids []string, want int) {
	t.Helper()
	seen := map[string]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	if len(ids) != want || len(seen) != want {
		t.Errorf("%d lines, %d different, want %d", len(ids), len(seen), want)
	}
}
