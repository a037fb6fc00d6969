package model

import "testing"

// TestPushChange: what each item of WeChat's events does to a grant; an event or a status
// that we do not know does nothing.
func TestPushChange(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		event string
		item  PushItem
		want  GrantChange
	}{
		{PushPopup, PushItem{Status: "accept"}, GrantPushed},
		{PushPopup, PushItem{Status: "reject"}, GrantRefused},
		{PushChange, PushItem{Status: "accept"}, GrantSwitchedOn},
		{PushChange, PushItem{Status: "reject"}, GrantSwitchedOff},
		{PushSent, PushItem{ErrorCode: 43101}, GrantExhausted},
		{PushSent, PushItem{ErrorCode: 0}, ""},
		{PushSent, PushItem{ErrorCode: 47003, Status: "accept"}, ""},
		{PushPopup, PushItem{Status: "later"}, ""},
		{PushChange, PushItem{ErrorCode: 43101}, ""},
		{"subscribe_msg_new_event", PushItem{Status: "accept", ErrorCode: 43101}, ""},
	} {
		got, does := tc.item.Change(tc.event)
		if got != tc.want || does != (tc.want != "") {
			t.Errorf("%s %+v: %q %t, want %q", tc.event, tc.item, got, does, tc.want)
		}
	}
}

// TestRuleOfNotice: every kind has its rule, once; another has none.
func TestRuleOfNotice(t *testing.T) {
	t.Parallel()
	seen := map[NoticeKind]bool{}
	for _, r := range NoticeRules() {
		if got, known := RuleOfNotice(r.Kind); !known || got != r || seen[r.Kind] {
			t.Errorf("%s: %+v %t", r.Kind, got, known)
		}
		seen[r.Kind] = true
		if back, known := RuleOfNotice(r.TakesBack); r.TakesBack != "" && (!known || back.About != r.About || back.Kind == r.Kind) {
			t.Errorf("%s takes back %q, which is about %s", r.Kind, r.TakesBack, back.About)
		}
	}
	if r, known := RuleOfNotice("rumour"); known || r != (NoticeRule{}) {
		t.Errorf("%+v", r)
	}
}
