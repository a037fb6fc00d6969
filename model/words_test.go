package model

import (
	"strings"
	"testing"
)

// TestDedupKey: whatever makes a notice another one is part of its key.
func TestDedupKey(t *testing.T) {
	t.Parallel()
	n := Notice{Kind: NoticeDeadline, Member: "m", Subject: "s", Rung: "3h"}
	keys := map[string]bool{n.DedupKey(1): true}
	for _, x := range []Notice{
		{Kind: NoticeTaskUrged, Member: "m", Subject: "s", Rung: "3h"},
		{Kind: NoticeDeadline, Member: "x", Subject: "s", Rung: "3h"},
		{Kind: NoticeDeadline, Member: "m", Subject: "x", Rung: "3h"},
		{Kind: NoticeDeadline, Member: "m", Subject: "s", Rung: "30m"},
		{Kind: NoticeDeadline, Person: "p", Subject: "s"},
	} {
		if keys[x.DedupKey(1)] {
			t.Errorf("%+v has the key of another", x)
		}
		keys[x.DedupKey(1)] = true
	}
	if again := n; keys[n.DedupKey(2)] || again.DedupKey(1) != n.DedupKey(1) {
		t.Error("another version is another fact, the same is the same")
	}
	when := n
	when.ScheduledAt = &noon
	if when.DedupKey(1) != n.DedupKey(1) {
		t.Error("what it carries is no part of the key")
	}
}

// TestPhrase: a sentence is in both languages, and one that is not there is nothing.
func TestPhrase(t *testing.T) {
	t.Parallel()
	args := map[string]string{"brand": "青禾", "by": "小王", "title": "新品", "link": "https://x"}
	zh, en := Phrase(LangZh, "reach_text", args), Phrase(LangEn, "reach_text", args)
	if zh == en || !strings.Contains(zh, "青禾") || !strings.Contains(en, "青禾") || Phrase("fr", "reach_text", args) != zh || Phrase(LangEn, "no such", nil) != "" {
		t.Errorf("%q, %q", zh, en)
	}
	if ActText(LangEn, "no.such.act", nil) != "no.such.act" {
		t.Error("an act without a text is told by its name")
	}
	if ReasonText(LangEn, "no such reason") != "" || ReasonText(LangZh, "model.medical") == "" || ReasonText(LangZh, string(CodeFlowArchived)) == "" {
		t.Error("a reason is one of the table, an AI rule, or a code")
	}
}

// TestNamesAreNotTranslated: what people wrote stays as it is where it is a word of the
// catalogue; what the code wrote is worded, also several in a list.
func TestNamesAreNotTranslated(t *testing.T) {
	t.Parallel()
	values := catalogueOf(LangEn).Values
	for _, name := range []string{"by", "reason", "fitting", "channels", "title", "brand", "name", "names", "step", "comment", "from", "to", "absent"} {
		if got := word("<{"+name+"}>", map[string]string{name: "in_review, reject"}, values); got != "<in_review, reject>" {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, name := range []string{"state", "action", "platform", "platforms"} {
		if got := word("<{"+name+"}>", map[string]string{name: "in_review, reject"}, values); got == "<in_review, reject>" {
			t.Errorf("%s: %q", name, got)
		}
	}
}
