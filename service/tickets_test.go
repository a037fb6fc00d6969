package service_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
	"countersign/service"
)

// film makes the rows of an uploaded video, without its bytes.
func (x *bundle) film(t *testing.T) string {
	t.Helper()
	id := testkit.NewID()
	testkit.Exec(t, x.db, `INSERT INTO media (id, brand_id, kind, name, mime, bytes, sha256, width, height, duration_ms, thumb, blob_key, state, created_by, version, created_at, updated_at)
		VALUES (?, ?, 'video', 'f.mp4', 'video/mp4', 5, ?, 640, 360, 2500, 0, ?, 'ready', ?, 1, '2026-03-02 08:00:00', '2026-03-02 08:00:00')`,
		id, x.b.ID, strings.Repeat("ab", 32), id, x.b.EditorMember)
	return id
}

// scanChannel is an account on Douyin whose posts need no approval.
func (x *bundle) scanChannel(t *testing.T, account string, posters ...string) string {
	t.Helper()
	set, err := x.Store.PlatformSetting(t.Context(), x.b.ID, "douyin")
	if err == nil {
		err = x.Service.Brands.SetPlatform(t.Context(), x.admin, model.PlatformSetting{BrandID: x.b.ID, Platform: "douyin", NoApproval: true, Version: set.Version})
	}
	must(t, err)
	id, err := x.Service.Brands.CreateChannel(t.Context(), x.admin, x.b.ID, service.ChannelSpec{Name: "抖音号", Platform: "douyin", PlatformAccountID: account, Posters: posters})
	must(t, err)
	return id
}

// scannable writes a video for a time, sends it through its submit, and makes its code; it
// answers the post and the code's token.
func (x *bundle) scannable(t *testing.T, channel string, at *time.Time) (post, token string) {
	t.Helper()
	ctx, s := t.Context(), x.Service
	post, err := s.Posts.Create(ctx, x.editor, x.b.ID, service.PostSpec{ChannelID: channel, ScheduledAt: at, Articles: []service.ArticleSpec{{
		Content: model.Content{Title: "新品 & 上线 +1", Hashtags: []string{"新品"}, Mentions: []string{"青禾"}, Video: &model.MediaRef{ID: x.film(t)}},
	}}})
	must(t, err)
	must(t, s.Reviews.Submit(ctx, x.editor, x.b.ID, post, nil))
	must(t, s.Tickets.Issue(ctx, x.editor, x.b.ID, post))
	return post, x.tokenOf(t, post)
}

func (x *bundle) tokenOf(t *testing.T, post string) string {
	t.Helper()
	sheet, err := x.Service.Tickets.Of(t.Context(), x.b.ID, post)
	must(t, err)
	return sheet.URL[strings.LastIndex(sheet.URL, "/")+1:]
}

var visitor = service.Call{IP: "203.0.113.9", IPHash: "ip", UserAgent: "Safari"}

// scanBy opens a code from a phone; it answers what the phone was handed.
func (x *bundle) scanBy(t *testing.T, token, device string, more ...func(*service.ScanTap)) (service.Handed, error) {
	t.Helper()
	tap := service.ScanTap{Key: testkit.NewID(), Device: device, Way: model.OpeningDouyin}
	for _, m := range more {
		m(&tap)
	}
	return x.Service.Tickets.Open(t.Context(), visitor, token, tap)
}

func takeOver(t *service.ScanTap) { t.TakeOver = true }

// publishedBy has the stand-in's user publish what a link opened.
func (x *bundle) publishedBy(t *testing.T, h service.Handed, openID string, how *sandbox.Sending) sandbox.Published {
	t.Helper()
	page, err := x.Douyin.Open(t.Context(), sandbox.OpenRequest{Schema: h.Launch.Schema, OpenID: openID})
	must(t, err)
	out, err := x.Douyin.Publish(t.Context(), sandbox.PublishRequest{State: page.State, OpenID: openID, Webhook: how})
	must(t, err)
	return out
}

func (x *bundle) stateOf(t *testing.T, post string) string {
	t.Helper()
	return testkit.Rows(t, x.db, "SELECT state FROM posts WHERE id = ?", post)[0][0]
}

func (x *bundle) said(t *testing.T, post string) [][]string {
	t.Helper()
	return testkit.Rows(t, x.db, "SELECT source, account, late, second, unready FROM publications WHERE post_id = ? ORDER BY id", post)
}

func (x *bundle) count(t *testing.T, what string, args ...any) int {
	t.Helper()
	return testkit.Count(t, x.db, "SELECT COUNT(*) FROM "+what, args...)
}

// Douyin's events as they come: twice, late, in the wrong order, signed by nobody, replayed
// under another id. Each fact counts once, and states only move forward.
func TestDouyinEvents(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		at := x.Clock.Now()
		channel := x.scanChannel(t, "open-brand")
		for name, tc := range map[string]struct {
			how   *sandbox.Sending
			by    string
			state string
			said  string
		}{
			"once":              {nil, "open-brand", "published", "[[douyin expected 0 0 0]]"},
			"three times":       {&sandbox.Sending{Duplicates: 2}, "open-brand", "published", "[[douyin expected 0 0 0]]"},
			"replayed":          {&sandbox.Sending{Replays: 2}, "open-brand", "published", "[[douyin expected 0 0 0]]"},
			"content as a text": {&sandbox.Sending{ContentString: true}, "open-brand", "published", "[[douyin expected 0 0 0]]"},
			"wrongly signed":    {&sandbox.Sending{WrongSignature: true}, "open-brand", "approved", "[]"},
			"lengthened":        {&sandbox.Sending{TrailingByte: true}, "open-brand", "approved", "[]"},
			"another account":   {nil, "open-other", "approved", "[[douyin wrong 0 0 0]]"},
		} {
			post, token := x.scannable(t, channel, &at)
			h, err := x.scanBy(t, token, "device-of-"+name)
			must(t, err)
			x.publishedBy(t, h, tc.by, tc.how)
			x.Drain(t.Context(), t)
			if got := x.stateOf(t, post); got != tc.state {
				t.Errorf("%s: %s, want %s", name, got, tc.state)
			}
			if got := fmt.Sprint(x.said(t, post)); got != tc.said {
				t.Errorf("%s: %s, want %s", name, got, tc.said)
			}
		}
		if n := x.count(t, "outbox WHERE topic = 'notice.publication_alarm'"); n != 1 {
			t.Error(n, "alarms")
		}
	})
}

// A second publication is recorded and flagged; an event after the window publishes what
// had expired; a person's word comes before Douyin's, and is confirmed by it.
func TestPublicationsThatDiffer(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		ctx, s, at := t.Context(), x.Service, x.Clock.Now()
		channel := x.scanChannel(t, "")

		twice, token := x.scannable(t, channel, &at)
		first, err := x.scanBy(t, token, "device-of-the-first")
		must(t, err)
		second, err := x.scanBy(t, token, "device-of-the-second", takeOver)
		must(t, err)
		x.publishedBy(t, first, "o", nil)
		x.publishedBy(t, second, "o", nil)
		x.Drain(ctx, t)
		if got := fmt.Sprint(x.said(t, twice)); got != "[[douyin unknown 0 0 0] [douyin unknown 0 1 0]]" {
			t.Error("twice:", got)
		}

		word, token := x.scannable(t, channel, &at)
		h, err := x.scanBy(t, token, "device-of-his-word")
		must(t, err)
		wantCode(t, s.Tickets.Claim(ctx, visitor, token, h.Opening.ID, "another-device-altogether"), model.CodeNotOpened)
		must(t, s.Tickets.Claim(ctx, visitor, token, h.Opening.ID, "device-of-his-word"))
		must(t, s.Tickets.Claim(ctx, visitor, token, h.Opening.ID, "device-of-his-word"))
		x.publishedBy(t, h, "o", nil)
		x.Drain(ctx, t)
		if got := fmt.Sprint(x.said(t, word)); got != "[[poster unknown 0 0 0] [douyin unknown 0 0 0]]" {
			t.Error("his word:", got)
		}

		late, token := x.scannable(t, channel, &at)
		h, err = x.scanBy(t, token, "device-that-is-late")
		must(t, err)
		held := x.publishedBy(t, h, "o", &sandbox.Sending{Hold: true})
		x.Clock.Add(model.TicketWindow + time.Hour)
		_, err = s.Windows.RunOut(ctx)
		must(t, err)
		if got := x.stateOf(t, late); got != "unconfirmed" {
			t.Error("after the window:", got)
		}
		must(t, s.Tickets.Deny(ctx, x.editor, x.b.ID, late))
		if got := x.stateOf(t, late); got != "expired" {
			t.Error("denied:", got)
		}
		_, err = x.Douyin.Deliver(ctx, sandbox.DeliverRequest{IDs: []string{held.Held[0].ID}})
		must(t, err)
		x.Drain(ctx, t)
		if got := x.stateOf(t, late) + fmt.Sprint(x.said(t, late)); got != "published[[douyin unknown 1 0 0]]" {
			t.Error("late:", got)
		}
	})
}

// What was edited after a phone had been handed a link is published without approval: it is
// recorded, alarms, and the post stays where it is.
func TestUnapprovedPublication(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	ctx, s, at := t.Context(), x.Service, x.Clock.Now()
	post, token := x.scannable(t, x.scanChannel(t, ""), &at)
	h, err := x.scanBy(t, token, "device-before-the-edit")
	must(t, err)
	articles, err := x.Store.Articles(ctx, x.b.ID, post)
	must(t, err)
	must(t, s.Posts.Edit(ctx, x.editor, x.b.ID, post, articles[0].ID, articles[0].Version, service.ArticleSpec{Content: model.Content{Title: "改过", Video: &model.MediaRef{ID: x.film(t)}}}))
	_, err = x.scanBy(t, token, "device-after-the-edit")
	wantCode(t, err, model.CodeNotApproved)
	x.publishedBy(t, h, "o", nil)
	x.Drain(ctx, t)
	if got := x.stateOf(t, post) + fmt.Sprint(x.said(t, post)); got != "draft[[douyin unknown 0 0 1]]" {
		t.Error(got)
	}
	must(t, s.Reviews.Submit(ctx, x.editor, x.b.ID, post, nil)) // approved anew, the same code works again
	if _, err = x.scanBy(t, token, "device-after-the-edit", takeOver); err != nil {
		t.Error(err)
	}
}

// An event whose share id nobody knows is looked at again for a day, and then shown to the
// operator as given up.
func TestUnknownShareID(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	ctx := t.Context()
	event := model.DouyinEvent{Kind: model.DouyinCreateVideo, Name: "create_video", Key: "k", ShareID: "1", ItemID: "i", ReceivedAt: x.Clock.Now()}
	owe := func() {
		must(t, x.Store.OweOne(ctx, model.OutboxMessage{ID: testkit.NewID(), DedupKey: "douyin:k", Topic: "douyin.create_video", Payload: asJSON(t, event), CreatedAt: event.ReceivedAt}))
	}
	owe()
	owe()
	_, err := x.Service.Relay.Drain(ctx)
	must(t, err)
	if got := testkit.Rows(t, x.db, "SELECT state, attempts FROM outbox WHERE dedup_key = 'douyin:k'"); fmt.Sprint(got) != "[[ready 0]]" {
		t.Error("young:", got)
	}
	x.Clock.Add(25 * time.Hour)
	_, err = x.Service.Relay.Drain(ctx)
	must(t, err)
	if got := testkit.Rows(t, x.db, "SELECT state, last_error FROM outbox WHERE dedup_key = 'douyin:k'"); fmt.Sprint(got) != "[[dead douyin_share_unknown]]" {
		t.Error("old:", got)
	}
}

// Only named posters: by their session, by their pass, and not a moment longer than they
// are posters.
func TestNamedPosters(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		ctx, s, at := t.Context(), x.Service, x.Clock.Now()
		a := x.reviewer(t)
		channel := x.scanChannel(t, "", a.Member)
		_, token := x.scannable(t, channel, &at)
		on := true
		must(t, s.Brands.Update(ctx, x.admin, x.b.ID, 1, service.BrandPatch{NamedPosters: &on}))
		_, err := x.scanBy(t, token, "device-of-a-stranger")
		wantCode(t, err, model.CodeTicketForbidden)
		staff := x.editor
		staff.IP = visitor.IP
		_, err = s.Tickets.Open(ctx, staff, token, service.ScanTap{Key: testkit.NewID(), Device: "device-of-the-editor", Way: model.OpeningDouyin})
		wantCode(t, err, model.CodeTicketForbidden)

		posts, err := s.Tickets.ToPublish(ctx, a.call)
		must(t, err)
		if len(posts) != 1 {
			t.Fatalf("%+v", posts)
		}
		none, err := s.Tickets.ToPublish(ctx, x.editor)
		must(t, err)
		if len(none) != 0 {
			t.Errorf("for somebody else: %+v", none)
		}
		_, err = s.Tickets.Pass(ctx, x.editor, x.b.ID, posts[0].ID)
		wantCode(t, err, model.CodeNotFound)
		own, err := s.Tickets.Pass(ctx, a.call, x.b.ID, posts[0].ID)
		must(t, err)
		if own.State != model.ScanOpen {
			t.Error("his link leads to", own.State)
		}
		_, pass, _ := strings.Cut(own.URL, "#")
		byPass := func(tap *service.ScanTap) { tap.Pass = pass }
		h, err := x.scanBy(t, token, "device-of-the-poster", byPass)
		must(t, err)
		if h.Opening.MemberID == nil || *h.Opening.MemberID != a.Member {
			t.Error("the poster is not known:", h.Opening.MemberID)
		}
		_, err = s.Tickets.Takes(ctx, visitor, token, pass[:len(pass)-2]+"AA")
		wantCode(t, err, model.CodeTicketForbidden)
		must(t, s.Brands.RemoveMember(ctx, x.admin, x.b.ID, a.Member))
		_, err = x.scanBy(t, token, "device-of-the-poster", byPass)
		wantCode(t, err, model.CodeTicketForbidden)
	})
}

// Thirty-two phones at once, over three replicas: one holds the code. Then all take over,
// and as many as the code opens in all are handed a link.
func TestPhonesAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		o := testkit.Options{}
		if e == testkit.MySQL {
			o.Replicas = 3
		}
		x := setup(t, e, o)
		at := x.Clock.Now()
		post, token := x.scannable(t, x.scanChannel(t, ""), &at)
		race := func(over bool) (handed int) {
			var mu sync.Mutex
			testkit.Together(32, func(i int) {
				c := visitor
				c.IP = fmt.Sprint("203.0.113.", i)
				tap := service.ScanTap{Key: testkit.NewID(), Device: fmt.Sprint("device-at-once-", i), Way: model.OpeningDownload, TakeOver: over}
				_, err := x.Replicas[i%len(x.Replicas)].Service.Tickets.Open(context.WithoutCancel(t.Context()), c, token, tap)
				mu.Lock()
				defer mu.Unlock()
				switch code := model.CodeOf(err); {
				case err == nil:
					handed++
				case code != model.CodeTicketHeld && code != model.CodeTicketExhausted && code != model.CodeUnavailable:
					t.Error(err)
				}
			})
			return handed
		}
		if n := race(false); n != 1 {
			t.Error(n, "phones hold the code")
		}
		race(true)
		rows := testkit.Rows(t, x.db, "SELECT openings FROM tickets WHERE post_id = ?", post)
		if n := x.count(t, "openings WHERE post_id = ?", post); fmt.Sprint(n) != rows[0][0] || n > model.MaxOpenings {
			t.Error(n, "openings, counted as", rows[0][0])
		}
	})
}

// A window's end and a new time at once: whichever is first, the post ends where one of
// them leads, and its window is the new one.
func TestRescheduledWhileItEnds(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		channel := x.scanChannel(t, "")
		for range 10 {
			at := x.Clock.Now()
			post, token := x.scannable(t, channel, &at)
			x.Clock.Add(model.TicketWindow)
			next := x.Clock.Now().Add(time.Hour)
			p, err := x.Store.Post(t.Context(), x.b.ID, post)
			must(t, err)
			testkit.Together(2, func(i int) {
				if i == 0 {
					_, err := x.Service.Windows.RunOut(context.WithoutCancel(t.Context()))
					if err != nil {
						t.Error(err)
					}
					return
				}
				err := x.Service.Posts.Reschedule(context.WithoutCancel(t.Context()), x.editor, x.b.ID, post, p.Version, &next)
				if err != nil && model.CodeOf(err) != model.CodeStale {
					t.Error(err)
				}
			})
			v, err := x.Store.TicketByToken(t.Context(), model.HashToken(token))
			must(t, err)
			after, err := x.Store.Post(t.Context(), x.b.ID, post)
			must(t, err)
			if after.State == model.PostApproved && !v.ExpiresAt.Equal(next.Add(model.TicketWindow)) {
				t.Error("revived without its window:", v.ExpiresAt)
			}
			if after.State != model.PostApproved && after.State != model.PostExpired {
				t.Error(after.State)
			}
		}
	})
}

// What ran out is told once, on every replica together.
func TestWindowsEndAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		o := testkit.Options{}
		if e == testkit.MySQL {
			o.Replicas = 3
		}
		x := setup(t, e, o)
		at := x.Clock.Now()
		channel := x.scanChannel(t, "")
		for range 12 {
			x.scannable(t, channel, &at)
		}
		x.Clock.Add(model.TicketWindow)
		testkit.Together(len(x.Replicas), func(i int) {
			if _, err := x.Replicas[i].Service.Windows.RunOut(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
		if _, err := x.Service.Windows.RunOut(t.Context()); err != nil { // what one had locked while another looked
			t.Error(err)
		}
		for what, want := range map[string]int{"posts WHERE state = 'expired'": 12, "audit WHERE action = 'post.expired'": 12, "outbox WHERE topic = 'notice.post_expired'": 12} {
			if n := x.count(t, what); n != want {
				t.Errorf("%s: %d", what, n)
			}
		}
		if seq := testkit.Broken(t, x.Store, x.b.ID); seq != 0 {
			t.Error("the audit is broken at", seq)
		}
	})
}

// The ladder: half an hour before, at the time, and one, two and two and three quarter
// hours after it; from the second hour on the fallback is told too.
func TestPosterLadder(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		at := x.Clock.Now().Add(time.Hour)
		fallback := x.reviewer(t)
		post, _ := x.scannable(t, x.scanChannel(t, "", x.b.AdminMember, fallback.Member), &at)
		told := func() []string {
			for range 2 { // each rung once
				_, err := x.Service.Windows.Climb(t.Context())
				must(t, err)
			}
			var out []string
			for _, r := range testkit.Rows(t, x.db, "SELECT payload FROM outbox WHERE topic = 'notice.publish_due' ORDER BY created_at, id") {
				var n model.Notice
				fromJSON(t, r[0], &n)
				out = append(out, n.Rung+" "+map[string]string{x.b.AdminMember: "poster", fallback.Member: "fallback"}[n.Member])
			}
			return out
		}
		want := []string{}
		for _, step := range []struct {
			at   time.Duration
			more []string
		}{
			{-time.Hour, nil},
			{-30 * time.Minute, []string{"T-30m poster"}},
			{0, []string{"T poster"}},
			{time.Hour, []string{"T+1h poster"}},
			{2 * time.Hour, []string{"T+2h poster", "T+2h fallback"}},
			{2*time.Hour + 45*time.Minute, []string{"T+2h45m poster", "T+2h45m fallback"}},
			{3 * time.Hour, nil},
		} {
			x.Clock.Add(at.Add(step.at).Sub(x.Clock.Now()))
			want = append(want, step.more...)
			if got := told(); !slices.Equal(got, want) {
				t.Errorf("at %s: %v, want %v", step.at, got, want)
			}
		}
		if got := x.stateOf(t, post); got != "approved" {
			t.Error(got)
		}
	})
}

// Redis is flushed, or away: no live code is lost, and no dead one comes back.
func TestCodesOutliveRedis(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		ctx, at := t.Context(), x.Clock.Now()
		_, token := x.scannable(t, x.scanChannel(t, ""), &at)
		look := func() model.ScanState {
			v, now, err := x.Service.Tickets.Look(ctx, visitor, token)
			if err != nil {
				return model.ScanEnded
			}
			return v.State(now)
		}
		for range 2 { // from the database, then from Redis
			if look() != model.ScanOpen {
				t.Error("not open")
			}
		}
		must(t, x.Cache.DropTicket(ctx, model.HashToken(token))) // as a flush does
		if look() != model.ScanOpen {
			t.Error("lost with Redis")
		}
		x.Clock.Add(model.TicketWindow) // Redis's clock has not moved: its entry still lives
		if look() != model.ScanEnded {
			t.Error("a dead code revives")
		}
	})
}

// In which order people and clocks act on a post does not matter: random ones never open a
// code that is not approved or out of its window, and never move a published post.
func TestRandomWindows(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	ctx, s := t.Context(), x.Service
	channel := x.scanChannel(t, "")
	seed := uint32(7)
	draw := func(n int) int { seed = seed*1664525 + 1013904223; return int(seed>>8) % n }
	for range 6 {
		at := x.Clock.Now().Add(time.Hour)
		post, token := x.scannable(t, channel, &at)
		published := false
		for range 25 {
			p, err := x.Store.Post(ctx, x.b.ID, post)
			must(t, err)
			switch draw(6) {
			case 0:
				x.Clock.Add(time.Duration(draw(150)) * time.Minute)
			case 1:
				next := x.Clock.Now().Add(time.Duration(draw(300)-150) * time.Minute)
				_ = s.Posts.Reschedule(ctx, x.editor, x.b.ID, post, p.Version, &next) // may be refused
			case 2:
				_, err := s.Windows.RunOut(ctx)
				must(t, err)
			case 3:
				h, err := x.scanBy(t, token, "device-of-random", takeOver, func(k *service.ScanTap) { k.Way = model.OpeningDownload })
				v, verr := x.Store.TicketByToken(ctx, model.HashToken(token))
				must(t, verr)
				now := x.Clock.Now()
				if err == nil && (p.State != model.PostApproved || !now.Before(v.ExpiresAt) || now.Before(v.StartsAt.Add(-10*time.Minute))) {
					t.Fatalf("opened while %s at %s, window from %s: %+v", p.State, now, v.StartsAt, h.Opening)
				}
			case 4:
				if draw(4) == 0 {
					published = s.Tickets.Confirm(ctx, x.editor, x.b.ID, post, "") == nil || published
				}
			case 5:
				_ = s.Tickets.Deny(ctx, x.editor, x.b.ID, post) // may be refused
			}
			if published && x.stateOf(t, post) != "published" {
				t.Fatal("a published post became", x.stateOf(t, post))
			}
		}
	}
	if seq := testkit.Broken(t, x.Store, x.b.ID); seq != 0 {
		t.Error("the audit is broken at", seq)
	}
}

// scannedThings does all that can be done to posts that are published by scanning; it answers
// their ids.
func (x *bundle) scannedThings(t *testing.T) []string { //nolint:thelper // a failure is told by its line here
	ctx, s, at := t.Context(), x.Service, x.Clock.Now()
	channel := x.scanChannel(t, "open-brand")
	one, token := x.scannable(t, channel, &at)
	must(t, s.Tickets.OpenEarly(ctx, x.editor, x.b.ID, one, "彩排"))
	h, err := x.scanBy(t, token, "device-of-the-timeline")
	must(t, err)
	x.publishedBy(t, h, "open-other", nil)
	x.publishedBy(t, h2(t, x, token), "open-brand", nil)
	revoked, _ := x.scannable(t, channel, &at)
	must(t, s.Tickets.Revoke(ctx, x.editor, x.b.ID, revoked))
	asked, token := x.scannable(t, channel, &at)
	_, err = x.scanBy(t, token, "device-of-the-unconfirmed")
	must(t, err)
	x.Drain(ctx, t)
	x.Clock.Add(model.TicketWindow)
	_, err = s.Windows.RunOut(ctx)
	must(t, err)
	must(t, s.Tickets.Deny(ctx, x.editor, x.b.ID, asked))
	return []string{one, revoked, asked}
}

// h2 is a second opening of a code.
func h2(t *testing.T, x *bundle, token string) service.Handed {
	t.Helper()
	h, err := x.scanBy(t, token, "device-that-takes-over", takeOver)
	must(t, err)
	return h
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	must(t, err)
	return raw
}

func fromJSON(t *testing.T, text string, v any) {
	t.Helper()
	must(t, json.Unmarshal([]byte(text), v))
}
