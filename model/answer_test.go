package model

import (
	"strings"
	"testing"
)

// TestAnswerCheck: a reason is asked of a rejection alone, and is checked with both.
func TestAnswerCheck(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", MaxReason)
	for _, tc := range []struct {
		a    Answer
		want string
	}{
		{Answer{Action: ActionApprove}, ""},
		{Answer{Action: ActionApprove, Reason: long}, ""},
		{Answer{Action: ActionApprove, Reason: long + "长"}, "reason too_long"},
		{Answer{Action: ActionApprove, Reason: "a\u202eb"}, "reason forbidden_character"},
		{Answer{Action: ActionReject, Reason: "第一行\n\t第二行"}, ""},
		{Answer{Action: ActionReject, Reason: long + "长"}, "reason too_long"},
		{Answer{Action: ActionReject}, string(CodeReasonRequired)},
		{Answer{}, "action unknown"},
	} {
		if got := field(tc.a.Check()); got != tc.want {
			t.Errorf("%s, %d characters: %q, want %q", tc.a.Action, len([]rune(tc.a.Reason)), got, tc.want)
		}
	}
}

// TestSettles: an answer ends its step when it moves it.
func TestSettles(t *testing.T) {
	t.Parallel()
	if (Moves{Task: TaskApproved}).Settles() || !(Moves{Step: StepApproved}).Settles() {
		t.Error("what moves no step settles none")
	}
}
