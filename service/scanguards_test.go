package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
	"countersign/service"
)

// again is a tap with a key of its own, from the same phone each time.
func again(key string, way model.OpeningWay) func(*service.ScanTap) {
	return func(tap *service.ScanTap) { tap.Key, tap.Way = key, way }
}

// One address may tap a code so often in a minute, and then waits: a share id costs of
// Douyin's quota. Another address, and another code, are not held up by it.
func TestTapsAreLimited(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	at := x.Clock.Now()
	channel := x.scanChannel(t, "")
	_, token := x.scannable(t, channel, &at)
	_, other := x.scannable(t, channel, &at)
	const allowed = 10
	tap := service.ScanTap{Key: testkit.NewID(), Device: "the same phone", Way: model.OpeningDownload}
	open := func(c service.Call, token string) error {
		_, err := x.Service.Tickets.Open(t.Context(), c, token, tap)
		return err
	}
	for range allowed {
		must(t, open(visitor, token))
	}
	var held error
	for range 2 * allowed { // the limiter's clock is the real one: a slow machine is given a tap or two
		if held = open(visitor, token); held != nil {
			break
		}
	}
	if e := refused(t, held, model.CodeTooMany); e.RetryAfter <= 0 {
		t.Errorf("to come back after %s", e.RetryAfter)
	}
	elsewhere := visitor
	elsewhere.IP = "203.0.113.77"
	must(t, open(elsewhere, token))
	tap.Key = testkit.NewID()
	must(t, open(visitor, other))
}

// A phone is handed the bytes that were approved, or nothing: neither a link, nor the
// video itself, nor what it was handed before.
func TestOtherBytesAreNotHandedOut(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		at := x.Clock.Now()
		post, token := x.scannable(t, x.scanChannel(t, ""), &at)
		first := testkit.NewID()
		_, err := x.scanBy(t, token, "one phone", again(first, model.OpeningDouyin))
		must(t, err)
		testkit.Exec(t, x.db, "UPDATE media SET sha256 = ?", "00"+testkit.Rows(t, x.db, "SELECT sha256 FROM media")[0][0][2:])
		for name, taps := range map[string]func(*service.ScanTap){
			"a link":               again(testkit.NewID(), model.OpeningDouyin),
			"the video":            again(testkit.NewID(), model.OpeningDownload),
			"the same link, again": again(first, model.OpeningDouyin),
		} {
			if _, err := x.scanBy(t, token, "one phone", taps); codeOr(err) != model.CodeNotApproved {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := x.count(t, "openings WHERE post_id = ?", post); n != 1 {
			t.Errorf("%d openings", n)
		}
	})
}

// A repeated tap is the same Opening for fifty minutes, on the phone that made it and on
// the way that it took: Douyin forgets a share id after an hour.
func TestHowLongATapLives(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		at := x.Clock.Now()
		post, token := x.scannable(t, x.scanChannel(t, ""), &at)
		key := testkit.NewID()
		first, err := x.scanBy(t, token, "one phone", again(key, model.OpeningDouyin))
		must(t, err)
		for _, tc := range []struct {
			name, device string
			way          model.OpeningWay
			after        time.Duration
			want         model.Code
		}{
			{"at once", "one phone", model.OpeningDouyin, 0, ""},
			{"on another phone", "another phone", model.OpeningDouyin, 0, model.CodeKeyReused},
			{"for the video", "one phone", model.OpeningDownload, 0, model.CodeKeyReused},
			{"after fifty minutes", "one phone", model.OpeningDouyin, 50 * time.Minute, ""},
			{"a moment later", "one phone", model.OpeningDouyin, time.Millisecond, model.CodeKeyReused},
		} {
			x.Clock.Add(tc.after)
			h, err := x.scanBy(t, token, tc.device, again(key, tc.way))
			if got := codeOr(err); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
			if err == nil && (h.Opening.ID != first.Opening.ID || *h.Opening.ShareID != *first.Opening.ShareID || h.Launch.Schema == "") {
				t.Errorf("%s: %+v", tc.name, h.Opening)
			}
		}
		if n := x.count(t, "openings WHERE post_id = ?", post); n != 1 {
			t.Errorf("%d openings", n)
		}
	})
}

// A code's window is that of its Post, whenever the code was made: three hours from the
// planned time, also when that has passed; without one, from when the code was made.
func TestTheWindowOfACode(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		channel := x.scanChannel(t, "")
		past, next := -time.Hour, time.Hour
		for name, tc := range map[string]struct {
			planned *time.Duration // from now on
			ends    time.Duration
		}{
			"planned an hour ago":     {&past, 2 * time.Hour},
			"planned in an hour":      {&next, 4 * time.Hour},
			"without a planned time":  {nil, 3 * time.Hour},
			"planned, and then freed": {&next, 3 * time.Hour},
		} {
			now := x.Clock.Now()
			var at *time.Time
			if tc.planned != nil {
				when := now.Add(*tc.planned)
				at = &when
			}
			post, token := x.scannable(t, channel, at)
			if name == "planned, and then freed" {
				x.Clock.Add(time.Minute)
				p, err := x.Store.Post(t.Context(), x.b.ID, post)
				must(t, err)
				must(t, x.Service.Posts.Reschedule(t.Context(), x.editor, x.b.ID, post, p.Version, nil))
			}
			end := now.Add(tc.ends)
			ticket, err := x.Store.TicketByToken(t.Context(), model.HashToken(token))
			must(t, err)
			p, err := x.Store.Post(t.Context(), x.b.ID, post)
			must(t, err)
			if !ticket.ExpiresAt.Equal(end) || !ticket.StartsAt.Equal(end.Add(-model.TicketWindow)) || p.WindowEndsAt == nil || !p.WindowEndsAt.Equal(end) {
				t.Errorf("%s: the code from %s to %s, the post's window ends %v, want %s", name, ticket.StartsAt, ticket.ExpiresAt, p.WindowEndsAt, end)
			}
			x.Clock.Add(end.Add(-time.Millisecond).Sub(x.Clock.Now()))
			if got := x.leads(t, token); got != model.ScanOpen {
				t.Errorf("%s: just before its end it is %s", name, got)
			}
			x.Clock.Add(time.Millisecond)
			if got := x.leads(t, token); got != model.ScanEnded {
				t.Errorf("%s: at its end it is %s", name, got)
			}
			_, err = x.Service.Windows.RunOut(t.Context())
			must(t, err)
			if got := x.stateOf(t, post); got != "expired" {
				t.Errorf("%s: the post is %s", name, got)
			}
		}
	})
}

// leads is where a code leads now, as its page shows.
func (x *bundle) leads(t testing.TB, token string) model.ScanState {
	t.Helper()
	v, now, err := x.Service.Tickets.Look(t.Context(), visitor, token)
	must(t, err)
	return v.State(now)
}

// The relay dies between its commit and its note of it: Douyin's fact is dealt with again,
// and counts once.
func TestAFactThatIsDealtWithAgain(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		at := x.Clock.Now()
		post, token := x.scannable(t, x.scanChannel(t, "open-brand"), &at)
		h, err := x.scanBy(t, token, "one phone")
		must(t, err)
		x.publishedBy(t, h, "open-brand", &sandbox.Sending{})
		const facts = "SELECT state, last_error FROM outbox WHERE topic = 'douyin.create_video'"
		const past = `SELECT (SELECT COUNT(*) FROM publications), (SELECT COUNT(*) FROM audit WHERE action = 'post.published'),
			(SELECT COUNT(*) FROM outbox WHERE topic LIKE 'notice.post_published%' AND recipient = ''), (SELECT COUNT(*) FROM outbox WHERE topic LIKE 'notice.publication_alarm%')`
		for range 3 {
			x.Drain(t.Context(), t)
			if diff := cmp.Diff([][]string{{"done", ""}}, testkit.Rows(t, x.db, facts)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([][]string{{"1", "1", "1", "0"}}, testkit.Rows(t, x.db, past)); diff != "" {
				t.Error(diff)
			}
			if got := x.said(t, post); cmp.Diff([][]string{{"douyin", "expected", "0", "0", "0"}}, got) != "" {
				t.Error(got)
			}
			testkit.Exec(t, x.db, "UPDATE outbox SET state = 'ready' WHERE topic = 'douyin.create_video'")
			x.Clock.Add(time.Minute) // its lease runs out
		}
	})
}

// To publish is what waits in the poster's own brands: nothing of others.
func TestToPublishIsOfOnesOwnBrands(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		y := x.another(t)
		at := x.Clock.Now()
		mine, _ := x.scannable(t, x.scanChannel(t, ""), &at)
		theirs, _ := y.scannable(t, y.scanChannel(t, ""), &at)
		for name, tc := range map[string]struct {
			by    service.Call
			brand *bundle
			post  string
		}{"one": {x.editor, x, mine}, "the other": {y.editor, y, theirs}} {
			list, err := x.Service.Tickets.ToPublish(t.Context(), tc.by)
			must(t, err)
			if len(list) != 1 || list[0].ID != tc.post || list[0].BrandID != tc.brand.b.ID || list[0].BrandName != x.cell(t, "SELECT public_name FROM brands WHERE id = ?", tc.brand.b.ID) {
				t.Errorf("%s: %+v", name, list)
			}
		}
	})
}
