package service_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// watched sets the limits of the streams.
func watched(streams, perUser int) testkit.Options {
	return testkit.Options{Tune: func(_ *api.Options, s *service.Settings) {
		s.Live = service.LiveSettings{Streams: streams, PerUser: perUser, Poll: time.Hour, PollAlone: time.Hour} // nothing is found by the clock
	}}
}

// A replica has so many places, and each principal so many of them; who leaves frees his.
func TestPlacesOfStreams(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, watched(3, 2))
	live := x.Service.Live
	watch := func(who string, want model.Code) *service.Watch {
		t.Helper()
		w, err := live.Watch(t.Context(), who, x.b.ID)
		if got := codeOr(err); got != want {
			t.Fatalf("%s: %q, want %q", who, got, want)
		}
		if want == model.CodeTooManyStreams && refused(t, err, want).RetryAfter <= 0 {
			t.Error("he is not told when to come back")
		}
		return w
	}
	first := watch("a", "")
	watch("a", "")
	watch("a", model.CodeTooManyStreams) // he has two
	watch("b", "")
	watch("c", model.CodeTooManyStreams) // there are three
	first.Leave()
	first.Leave()
	if n := live.Open(); n != 2 {
		t.Errorf("%d are open", n)
	}
	last := watch("c", "")
	watch("c", model.CodeTooManyStreams)
	live.Drain()
	if _, open := <-last.Batches; open || live.Open() != 0 {
		t.Errorf("after the end: open %t, %d streams", open, live.Open())
	}
	watch("d", model.CodeUnavailable)
	_, err := live.Watch(t.Context(), "d", testkit.NewID())
	wantCode(t, err, model.CodeNotFound)
}

// seqs are the numbers of events.
func seqs(list []model.Event) (out []int64) {
	for _, e := range list {
		out = append(out, e.Seq)
	}
	return out
}

// next is what comes next on a stream.
func next(t *testing.T, w *service.Watch) []model.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	select {
	case batch, open := <-w.Batches:
		if !open {
			t.Fatal("the stream has ended")
		}
		return batch
	case <-ctx.Done():
		t.Fatal("nothing comes")
	}
	return nil
}

// A commit wakes the streams of its Brand, and of no other: each gets all that follows, in
// order. One that does not read is dropped, and holds up nobody.
func TestAStreamOfABrand(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, watched(0, 0))
	y := x.another(t)
	reads, sleeps, elsewhere := x.watching(t, "reads"), x.watching(t, "sleeps"), y.watching(t, "elsewhere")
	head := int64(x.count(t, "events WHERE brand_id = ?", x.b.ID))
	const acts = 70 // more than a stream keeps for who does not read
	for i := range acts {
		x.channels(t, 1)
		got := next(t, reads)
		if diff := cmp.Diff([]int64{head + int64(i) + 1}, seqs(got)); diff != "" {
			t.Fatal(diff)
		}
		if got[0].BrandID != x.b.ID || got[0].Kind != "channel.created" || got[0].SubjectKind != "channel" {
			t.Fatalf("%+v", got[0])
		}
	}
	kept := 0
	for batch := range sleeps.Batches {
		kept++
		if batch[0].Seq != head+int64(kept) {
			t.Fatalf("in place %d comes %d", kept, batch[0].Seq)
		}
	}
	if kept >= acts {
		t.Errorf("%d were kept for who does not read", kept)
	}
	y.channels(t, 1)
	if got := next(t, elsewhere); len(got) != 1 || got[0].BrandID != y.b.ID {
		t.Errorf("the other brand's stream brings %+v", got)
	}
	if n := x.Service.Live.Open(); n != 2 {
		t.Errorf("%d are open", n)
	}
}

func (x *bundle) watching(t *testing.T, who string) *service.Watch {
	t.Helper()
	w, err := x.Service.Live.Watch(t.Context(), who, x.b.ID)
	must(t, err)
	t.Cleanup(w.Leave)
	return w
}

// Pages follow a cursor without a hole; whoever's cursor leads to what is not kept any more,
// or nowhere, is told to load anew.
func TestPagesOfEvents(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		x.another(t)
		x.channels(t, 6)
		head := int64(x.count(t, "events WHERE brand_id = ?", x.b.ID))
		page := func(cursor int64, limit int) service.Page {
			t.Helper()
			p, err := x.Service.Live.After(t.Context(), x.b.ID, cursor, limit)
			must(t, err)
			return p
		}
		for _, tc := range []struct {
			name   string
			cursor int64
			limit  int
			want   []int64
			head   int64
			lost   bool
		}{
			{"the newest", -1, 10, nil, head, false},
			{"up to date", head, 10, nil, head, false},
			{"a page", head - 4, 2, []int64{head - 3, head - 2}, head - 2, false},
			{"the last page", head - 2, 2, []int64{head - 1, head}, head, false},
			{"all", 0, 1000, nil, head, false},
			{"from the future", head + 1, 10, nil, head, true},
		} {
			p := page(tc.cursor, tc.limit)
			if tc.name == "all" && int64(len(p.Events)) == head {
				p.Events = nil
			}
			if diff := cmp.Diff(tc.want, seqs(p.Events)); diff != "" || p.Head != tc.head || p.Lost != tc.lost {
				t.Errorf("%s: head %d, lost %t %s", tc.name, p.Head, p.Lost, diff)
			}
		}
		sweep := func(where string, args ...any) {
			testkit.Exec(t, x.db, "DELETE FROM events WHERE "+where, args...)
		}
		sweep("brand_id = ? AND seq <= ?", x.b.ID, head-3)
		for _, tc := range []struct {
			name   string
			cursor int64
			lost   bool
			events int
		}{
			{"what is swept begins just behind it", head - 3, false, 3},
			{"what it is to follow was swept", head - 4, true, 0},
			{"long ago", 0, true, 0},
		} {
			if p := page(tc.cursor, 10); p.Lost != tc.lost || len(p.Events) != tc.events || p.Head != head {
				t.Errorf("%s: %+v", tc.name, p)
			}
		}
		sweep("brand_id = ? AND seq = ?", x.b.ID, head-1)
		if p := page(head-3, 10); !p.Lost || len(p.Events) != 0 || p.Head != head {
			t.Errorf("a hole: %+v", p)
		}
		sweep("brand_id = ?", x.b.ID)
		if p := page(head-1, 10); !p.Lost || p.Head != head {
			t.Errorf("nothing is kept: %+v", p)
		}
		if p := page(head, 10); p.Lost || p.Head != head {
			t.Errorf("nothing is kept, and nothing is missed: %+v", p)
		}
		_, err := x.Service.Live.After(t.Context(), testkit.NewID(), -1, 10)
		wantCode(t, err, model.CodeNotFound)
	})
}
