package model

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// Every kind has its texts and every sentence is there, in both languages, and nothing
// else is.
func TestEveryNoticeHasItsTexts(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{LangZh, LangEn} {
		texts := catalogues()[lang].Notices
		for _, r := range NoticeRules() {
			n := texts[r.Kind]
			if n.Short == "" || n.Many == "" || n.Subject == "" || n.Line == "" || !strings.Contains(n.Many, "{count}") {
				t.Errorf("%s: %s lacks a text: %+v", lang, r.Kind, n)
			}
		}
		if len(texts) != len(NoticeRules()) {
			t.Errorf("%s: %d texts for %d kinds", lang, len(texts), len(NoticeRules()))
		}
		for _, r := range Rungs() {
			if catalogues()[lang].Values[r.Name] == "" {
				t.Errorf("%s: no word for %s", lang, r.Name)
			}
		}
	}
	phrases := func(lang string) []string { return slices.Sorted(maps.Keys(catalogueOf(lang).Phrases)) }
	zh, en := phrases(LangZh), phrases(LangEn)
	if !slices.Equal(zh, en) || len(zh) == 0 {
		t.Errorf("sentences differ: %v, %v", zh, en)
	}
}

// What people wrote stays as it is, braces and names of values too.
func TestNoticesKeepWhatPeopleWrote(t *testing.T) {
	t.Parallel()
	got := TextOfNotice(LangZh, NoticeDecided, map[string]string{"by": "reject", "action": "reject", "title": "活动{限时}{by}", "reason": ""})
	if got.Subject != "reject 驳回了《活动{限时}{by}》" || got.Line != "reject 驳回了《活动{限时}{by}》。" {
		t.Errorf("%+v", got)
	}
	if s := TextOfNotice("fr", NoticeTaskOpened, nil).Short; s != "–" {
		t.Errorf("a language that we lack, and no title: %q", s)
	}
}

func TestDigestKind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kinds []NoticeKind
		want  NoticeKind
		same  bool
	}{
		{nil, "", false},
		{[]NoticeKind{NoticeTaskOpened, NoticeTaskOpened}, NoticeTaskOpened, true},
		{[]NoticeKind{NoticeDecided, NoticeTaskOpened}, NoticeTaskOpened, false},
		{[]NoticeKind{NoticeTaskOpened, NoticeDeadline}, NoticeDeadline, false},
		{[]NoticeKind{"unheard_of"}, "", false},
	} {
		if got, same := DigestKind(c.kinds); got != c.want || same != c.same {
			t.Errorf("%v: %s %v", c.kinds, got, same)
		}
	}
}

func TestReminds(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		rung   string
		before time.Duration // how long before the planned time the task opened
		want   bool
	}{
		{"24h", 48 * time.Hour, true},
		{"24h", 24*time.Hour + 10*time.Minute, true},
		{"24h", 24*time.Hour + 10*time.Minute - time.Millisecond, false}, // less than ten minutes after it opened
		{"24h", 23 * time.Hour, false},                                   // before it opened
		{"3h", 23 * time.Hour, true},
		{"30m", 35 * time.Minute, false},
		{"30m", time.Hour, true},
		{"unknown", 48 * time.Hour, false},
	} {
		if got := Reminds(c.rung, at, at.Add(-c.before)); got != c.want {
			t.Errorf("%s, opened %v before: %v", c.rung, c.before, got)
		}
	}
}

// Both sides tell of one tap, in any order; too far apart they are two.
func TestGrantAfter(t *testing.T) {
	t.Parallel()
	type step struct {
		c     GrantChange
		after time.Duration
	}
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		steps []step
		left  int
		no    bool
	}{
		{"two reports", []step{{GrantReported, 0}, {GrantReported, 0}}, 2, false},
		{"report and echo", []step{{GrantReported, 0}, {GrantPushed, time.Second}}, 1, false},
		{"push and echo", []step{{GrantPushed, 0}, {GrantReported, time.Second}}, 1, false},
		{"two taps, told crosswise", []step{{GrantReported, 0}, {GrantReported, 0}, {GrantPushed, 0}, {GrantPushed, 0}}, 2, false},
		{"too late for an echo", []step{{GrantReported, 0}, {GrantPushed, 11 * time.Minute}}, 2, false},
		{"spent", []step{{GrantReported, 0}, {GrantSpent, 0}}, 0, false},
		{"never below nothing", []step{{GrantSpent, 0}}, 0, false},
		{"returned", []step{{GrantReported, 0}, {GrantSpent, 0}, {GrantReturned, 0}}, 1, false},
		{"exhausted", []step{{GrantReported, 0}, {GrantReported, 0}, {GrantExhausted, 0}}, 0, false},
		{"no keeps what is left", []step{{GrantReported, 0}, {GrantRefused, 0}}, 1, true},
		{"yes after no", []step{{GrantRefused, 0}, {GrantReported, 0}}, 1, false},
		{"switched off", []step{{GrantReported, 0}, {GrantSwitchedOff, 0}}, 0, true},
		{"switched on", []step{{GrantSwitchedOff, 0}, {GrantSwitchedOn, 0}}, 0, false},
		{"an unknown change", []step{{GrantReported, 0}, {"odd", 0}}, 1, false},
	} {
		g, at := MessageGrant{}, now
		for _, s := range c.steps {
			at = at.Add(s.after)
			g = g.After(s.c, at)
		}
		if g.Remaining != c.left || g.Refused != c.no {
			t.Errorf("%s: %+v", c.name, g)
		}
	}
	g := MessageGrant{}
	for range MaxGrants + 5 {
		g = g.After(GrantReported, now)
	}
	if g.Remaining != MaxGrants {
		t.Errorf("%d are counted", g.Remaining)
	}
}
