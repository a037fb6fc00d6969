package model

import (
	"errors"
	"testing"
	"time"
)

// TestTakeBackFollowsTheStates walks every state × kind of answer: what may be taken back
// is where the answer left it, what follows is drawn in docs/states.md, and an unknown
// state is refused.
func TestTakeBackFollowsTheStates(t *testing.T) {
	t.Parallel()
	arrows := map[string]bool{}
	for _, m := range Machines() {
		for _, a := range m.Arrows {
			arrows[m.Name+" "+a.From+" "+a.To] = true
		}
	}
	done := 0
	for _, review := range reviewStates {
		for _, step := range stepStates {
			for _, task := range taskStates {
				for _, settled := range []bool{true, false} {
					for _, last := range []bool{true, false} {
						p := Past{Review: review, Step: step, Task: task, DecidedAt: noon, Settled: settled, LastStep: last, Newest: true, Post: PostInReview}
						r, err := TakeBack(p, noon)
						if (err == nil) != p.takeable() {
							t.Errorf("%+v: %v", p, err)
						}
						if err != nil {
							continue
						}
						done++
						for _, move := range [][3]string{{"Task", string(task), string(r.Task)}, {"ReviewStep", string(step), string(r.Step)}, {"Review", string(review), string(r.Review)}} {
							if move[2] != "" && move[1] != move[2] && !arrows[move[0]+" "+move[1]+" "+move[2]] {
								t.Errorf("%+v: no arrow for %v", p, move)
							}
						}
					}
				}
			}
		}
	}
	if done != 12 {
		t.Errorf("%d cases can be taken back", done)
	}
}

// takeable is the rule in words: an answer that ended its step, from where it led to; one
// that did not, while the step goes on.
func (p Past) takeable() bool {
	if !p.Settled {
		return (p.Task == TaskApproved || p.Task == TaskRejected) && p.Review == ReviewRunning && (p.Step == StepOpen || p.Step == StepBlocked)
	}
	switch p.Task {
	case TaskApproved:
		return p.Step == StepApproved && (p.Review == ReviewRunning && !p.LastStep || p.Review == ReviewApproved && p.LastStep)
	case TaskRejected:
		return p.Step == StepRejected && p.Review == ReviewRejected
	case TaskOpen, TaskWaiting, TaskSettled, TaskCancelled:
	}
	return false
}

// TestTakeBackSaysWhy: each bound of an undo, at its edge.
func TestTakeBackSaysWhy(t *testing.T) {
	t.Parallel()
	whole := Past{Review: ReviewApproved, Step: StepApproved, Task: TaskApproved, DecidedAt: noon, Settled: true, LastStep: true, Newest: true, Post: PostApproved}
	for name, tc := range map[string]struct {
		bend func(*Past)
		at   time.Duration
		why  string
	}{
		"at once":             {func(*Past) {}, 0, ""},
		"at the last instant": {func(*Past) {}, UndoWindow, ""},
		"behind it":           {func(*Past) {}, UndoWindow + time.Millisecond, "undo_window_over"},
		"the next step acted": {func(p *Past) { p.NextActed = true }, 0, "undo_next_step_acted"},
		"a newer round":       {func(p *Past) { p.Newest = false }, 0, "undo_post_moved_on"},
		"cancelled":           {func(p *Past) { p.Post = PostCancelled }, 0, "undo_post_moved_on"},
		"an unknown post":     {func(p *Past) { p.Post = "?" }, 0, "undo_post_moved_on"},
		"withdrawn":           {func(p *Past) { p.Review = ReviewWithdrawn }, 0, "undo_post_moved_on"},
		"the step has ended":  {func(p *Past) { p.Settled = false }, 0, "undo_step_ended"},
	} {
		p := whole
		tc.bend(&p)
		_, err := TakeBack(p, noon.Add(tc.at))
		why := ""
		if e, ok := errors.AsType[*Error](err); ok {
			why = e.Args["because"]
		}
		if why != tc.why || (err != nil) != (tc.why != "") {
			t.Errorf("%s: %v, want %q", name, err, tc.why)
		}
	}
}
