package model

import (
	"slices"
	"testing"
	"time"
)

// TestAccountIs: two ids that are not both known say nothing.
func TestAccountIs(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]PublisherAccount{
		{"a", "a"}: AccountExpected, {"a", "b"}: AccountWrong, {"a", "A"}: AccountWrong, {"", "a"}: AccountUnknown, {"a", ""}: AccountUnknown, {"", ""}: AccountUnknown,
	} {
		if got := AccountIs(pair[0], pair[1]); got != want {
			t.Errorf("%q: %s, want %s", pair, got, want)
		}
	}
}

// TestAlarming: each of the three alone calls the admins.
func TestAlarming(t *testing.T) {
	t.Parallel()
	for p, want := range map[Publication]bool{
		{}: false, {Account: AccountExpected, Late: true}: false, {Account: AccountUnknown}: false, {Account: AccountWrong}: true, {Second: true}: true, {Unready: true}: true,
	} {
		if p.Alarming() != want {
			t.Errorf("%+v: %t", p, p.Alarming())
		}
	}
}

// TestWindowsEnd: a phone that was handed a link may have published.
func TestWindowsEnd(t *testing.T) {
	t.Parallel()
	if RunsOut(true) != PostUnconfirmed || RunsOut(false) != PostExpired {
		t.Error("what nobody was handed has expired, and nothing else")
	}
}

// TestPublishRungs: the ladder climbs, lies inside the window, and has a name each; the
// fallbacks come last.
func TestPublishRungs(t *testing.T) {
	t.Parallel()
	var seen []string
	last, fallback := time.Duration(-1<<62), false
	for _, r := range PublishRungs() {
		if r.After <= last || r.After >= TicketWindow || slices.Contains(seen, r.Name) || fallback && !r.Fallback {
			t.Errorf("%+v", r)
		}
		seen, last, fallback = append(seen, r.Name), r.After, r.Fallback
	}
	if len(seen) != 5 || !fallback {
		t.Error(seen)
	}
}

// TestDouyinVideoURL: without its id, a video has no page.
func TestDouyinVideoURL(t *testing.T) {
	t.Parallel()
	if DouyinVideoURL("") != "" || DouyinVideoURL("7301") != "https://www.douyin.com/video/7301" {
		t.Error(DouyinVideoURL("7301"))
	}
}
