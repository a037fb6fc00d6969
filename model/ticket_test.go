package model

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var planned = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func ticket() Ticket {
	return Ticket{StartsAt: planned, ExpiresAt: planned.Add(TicketWindow)}
}

// The window opens a lead before the planned time and is over three hours after it, to the
// millisecond.
func TestScanAtItsBoundaries(t *testing.T) {
	t.Parallel()
	const lead, ms = 10 * time.Minute, time.Millisecond
	for _, tc := range []struct {
		at   time.Duration // from the planned time
		want ScanState
	}{
		{-24 * time.Hour, ScanEarly},
		{-lead - ms, ScanEarly},
		{-lead, ScanOpen},
		{0, ScanOpen},
		{TicketWindow - ms, ScanOpen},
		{TicketWindow, ScanEnded},
		{TicketWindow + ms, ScanEnded},
		{TicketWindow + 5*time.Minute, ScanEnded},
	} {
		if got := ticket().Scan(planned.Add(tc.at), lead, PostApproved, true); got != tc.want {
			t.Errorf("at %s: %s, want %s", tc.at, got, tc.want)
		}
	}
}

// Every state of a post, with the gate open and closed, before, in and after the window.
func TestScanInEveryState(t *testing.T) {
	t.Parallel()
	in := map[PostState]map[bool]ScanState{
		PostDraft:       {true: ScanOpen, false: ScanNotReady},
		PostInReview:    {true: ScanOpen, false: ScanNotReady},
		PostRejected:    {true: ScanOpen, false: ScanNotReady},
		PostApproved:    {true: ScanOpen, false: ScanNotReady},
		PostPublished:   {true: ScanPublished, false: ScanPublished},
		PostUnconfirmed: {true: ScanEnded, false: ScanEnded},
		PostExpired:     {true: ScanEnded, false: ScanEnded},
		PostCancelled:   {true: ScanEnded, false: ScanEnded},
	}
	for _, s := range PostStates() {
		for _, approved := range []bool{true, false} {
			if got := ticket().Scan(planned, 0, s, approved); got != in[s][approved] {
				t.Errorf("%s, approved %t: %s, want %s", s, approved, got, in[s][approved])
			}
			if got := ticket().Scan(planned.Add(TicketWindow), 0, s, approved); got != ScanEnded {
				t.Errorf("%s after the window: %s", s, got)
			}
			revoked := ticket()
			revoked.RevokedAt = &planned
			if got := revoked.Scan(planned, 0, s, approved); got != ScanEnded {
				t.Errorf("%s, revoked: %s", s, got)
			}
		}
	}
}

func TestEarlyOverride(t *testing.T) {
	t.Parallel()
	opened := planned.Add(-2 * time.Hour)
	k := ticket()
	k.EarlyAt = &opened
	if got := k.Scan(opened, 10*time.Minute, PostApproved, true); got != ScanOpen || !k.Early(opened, 10*time.Minute) {
		t.Errorf("an override opens at once: %s", got)
	}
	if k.Early(planned, 10*time.Minute) {
		t.Error("in its time nothing is early")
	}
	if ticket().Early(opened, 10*time.Minute) {
		t.Error("early without an override")
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for s, want := range map[ScanState]Code{
		ScanEarly: CodeTicketEarly, ScanEnded: CodeTicketEnded, ScanPublished: CodeAlreadyPublished, ScanNotReady: CodeNotApproved, "of a newer version": CodeTicketEnded,
	} {
		if got := CodeOf(s.Refusal(ticket(), planned, 0)); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
	if err := ScanOpen.Refusal(ticket(), planned, 0); err != nil {
		t.Error(err)
	}
	early := ScanEarly.Refusal(ticket(), planned.Add(-time.Hour), 10*time.Minute).(*Error) //nolint:errorlint,forcetypeassert // ours
	if early.Args["opens_in_ms"] != "3000000" || early.RetryAfter != 50*time.Minute {
		t.Errorf("%+v", early)
	}
}

// Two phones: the first holds the code for two minutes, the second waits or takes over.
func TestLease(t *testing.T) {
	t.Parallel()
	k, since, until := ticket(), planned, planned.Add(LeaseTime)
	k.LeaseDevice, k.LeaseAgent, k.LeaseSince, k.LeaseUntil = "first", "Safari", &since, &until
	for _, tc := range []struct {
		name, device string
		at           time.Time
		over         bool
		want         Code
	}{
		{"the second", "second", planned.Add(time.Second), false, CodeTicketHeld},
		{"the first again", "first", planned.Add(time.Second), false, ""},
		{"the second takes over", "second", planned.Add(time.Second), true, ""},
		{"to the millisecond", "second", until.Add(-time.Millisecond), false, CodeTicketHeld},
		{"when it is over", "second", until, false, ""},
	} {
		err := k.MayOpen(tc.at, tc.device, tc.over)
		if (err == nil) != (tc.want == "") || (err != nil && CodeOf(err) != tc.want) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
	k.Openings = MaxOpenings
	if err := k.MayOpen(until, "first", true); CodeOf(err) != CodeTicketExhausted {
		t.Errorf("the %dth: %v", MaxOpenings+1, err)
	}
}

func TestWindowEnd(t *testing.T) {
	t.Parallel()
	issued := planned.Add(-time.Hour)
	for _, tc := range []struct {
		kind              ContentType
		scheduled, issued *time.Time
		want              time.Duration // after planned; -1: none
	}{
		{ContentDouyinVideo, &planned, &issued, TicketWindow},
		{ContentDouyinVideo, nil, &issued, TicketWindow - time.Hour},
		{ContentDouyinVideo, nil, nil, -1},
		{ContentWeChatArticle, &planned, &issued, -1},
		{ContentGeneric, &planned, nil, -1},
		{"of a newer version", &planned, nil, -1},
	} {
		got := WindowEnd(tc.kind, tc.scheduled, tc.issued)
		if (got == nil) != (tc.want < 0) || (got != nil && got.Sub(planned) != tc.want) {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}

// What may be issued, moved, claimed and denied, over all states.
func TestActsOnWindowsInEveryState(t *testing.T) {
	t.Parallel()
	end := planned.Add(TicketWindow)
	type row struct{ issue, reschedule, claim, deny Code }
	ended := row{CodeTicketEnded, "", "", CodePostState}
	want := map[PostState]row{
		PostDraft: {"", "", CodePostState, CodePostState}, PostInReview: {"", "", CodePostState, CodePostState}, PostRejected: {"", "", CodePostState, CodePostState},
		PostApproved: {"", "", "", CodePostState}, PostExpired: ended, PostUnconfirmed: {CodeTicketEnded, "", "", ""},
		PostPublished: {CodeAlreadyPublished, CodePostState, CodeAlreadyPublished, CodePostState}, PostCancelled: {"", CodePostState, CodePostState, CodePostState},
	}
	is := func(err error) Code {
		if err == nil {
			return ""
		}
		return CodeOf(err)
	}
	for _, s := range PostStates() {
		got := row{
			is(MayIssue(ContentDouyinVideo, s, &end, planned, true)), is(MayReschedule(s, &end, planned)), is(MayClaim(s)), is(MayDeny(s)),
		}
		if got != want[s] {
			t.Errorf("%s: %+v, want %+v", s, got, want[s])
		}
		if err := MayIssue(ContentDouyinVideo, s, &end, planned, false); err == nil {
			t.Errorf("%s: a code without an approval", s)
		}
		if err := MayReschedule(s, &end, end); err == nil {
			t.Errorf("%s: moved to a window that is over", s)
		}
	}
	if err := MayIssue(ContentGeneric, PostApproved, nil, planned, true); CodeOf(err) != CodeNotByScan {
		t.Error(err)
	}
	for s, to := range map[PostState]PostState{PostExpired: PostApproved, PostUnconfirmed: PostApproved, PostApproved: PostApproved, PostDraft: PostDraft} {
		if Revived(s) != to {
			t.Errorf("%s revives to %s", s, Revived(s))
		}
	}
}

// What Douyin and people say, over all states of a post.
func TestPublished(t *testing.T) {
	t.Parallel()
	end, o1, o2 := planned.Add(TicketWindow), "o1", "o2"
	said := func(account PublisherAccount, opening *string, item string) Publication {
		return Publication{Account: account, OpeningID: opening, ItemID: item, At: planned}
	}
	for _, s := range PostStates() {
		p, to := Published(said(AccountUnknown, &o1, "v1"), s, &end, nil)
		moves := s == PostApproved || s == PostExpired || s == PostUnconfirmed || s == PostPublished
		if (to == PostPublished) != moves || p.Unready == moves || p.Alarming() == moves {
			t.Errorf("%s: %s %+v", s, to, p)
		}
		if !moves && to != s {
			t.Errorf("%s moved to %s", s, to)
		}
		if p, to := Published(said(AccountWrong, &o1, "v1"), s, &end, nil); to != s || !p.Alarming() {
			t.Errorf("another account: %s became %s", s, to)
		}
	}
	word := said(AccountUnknown, &o1, "")
	for name, tc := range map[string]struct {
		before []Publication
		now    Publication
		second bool
	}{
		"Douyin confirms the poster's word":    {[]Publication{word}, said(AccountExpected, &o1, "v1"), false},
		"another phone published too":          {[]Publication{word}, said(AccountExpected, &o2, "v1"), true},
		"two videos":                           {[]Publication{said(AccountExpected, &o1, "v1")}, said(AccountExpected, &o1, "v2"), true},
		"staff say so after Douyin":            {[]Publication{said(AccountExpected, &o1, "v1")}, said(AccountUnknown, nil, ""), false},
		"the right account after a wrong one":  {[]Publication{said(AccountWrong, &o1, "v1")}, said(AccountExpected, &o2, "v2"), false},
		"one video told by two ways of saying": {[]Publication{said(AccountExpected, &o1, "v1")}, said(AccountExpected, &o2, "v1"), false},
	} {
		if p, _ := Published(tc.now, PostPublished, &end, tc.before); p.Second != tc.second {
			t.Errorf("%s: second is %t", name, p.Second)
		}
	}
	late := said(AccountUnknown, &o1, "v1")
	late.At = end
	if p, to := Published(late, PostExpired, &end, nil); !p.Late || to != PostPublished {
		t.Errorf("late: %+v %s", p, to)
	}
}

// No order of events moves a Post backwards, or publishes what is not approved.
func TestPublicationsOnlyMoveForward(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(PostStates()).Draw(t, "state")
		end := planned.Add(TicketWindow)
		var said []Publication
		for range rapid.IntRange(1, 6).Draw(t, "events") {
			opening := rapid.SampledFrom([]string{"o1", "o2", "o3"}).Draw(t, "opening")
			p := Publication{
				OpeningID: &opening, ItemID: rapid.SampledFrom([]string{"", "v1", "v2"}).Draw(t, "item"), At: planned.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "minute")) * time.Minute),
				Account: rapid.SampledFrom([]PublisherAccount{AccountExpected, AccountUnknown, AccountWrong}).Draw(t, "account"),
			}
			was := s
			p, s = Published(p, s, &end, said)
			said = append(said, p)
			if was == PostPublished && s != PostPublished {
				t.Fatalf("back from published to %s", s)
			}
			if s != was && (p.Unready || p.Account == AccountWrong || s != PostPublished) {
				t.Fatalf("%s became %s by %+v", was, s, p)
			}
		}
	})
}

func TestCheckPosters(t *testing.T) {
	t.Parallel()
	if bad := CheckPosters([]string{"a", "b"}); len(bad) > 0 {
		t.Error(bad)
	}
	if bad := CheckPosters([]string{"a", "b", "a"}); len(bad) != 1 || bad[0].Path != "posters[2]" {
		t.Error(bad)
	}
	if bad := CheckPosters(make([]string, MaxPosters+1)); len(bad) == 0 {
		t.Error("too many pass")
	}
}
