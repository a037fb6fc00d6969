package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const digest = "d1"

var (
	reviewStates = []ReviewState{ReviewRunning, ReviewApproved, ReviewRejected, ReviewWithdrawn, "unknown"}
	stepStates   = []StepState{StepWaiting, StepOpen, StepApproved, StepRejected, StepCancelled, StepBlocked, "unknown"}
	taskStates   = []TaskState{TaskWaiting, TaskOpen, TaskApproved, TaskRejected, TaskSettled, TaskCancelled, "unknown"}
)

// TestDecideOnlyWhatIsOpen walks every state × mode × answer: only an open turn of an
// open step of a running review can be answered; an unknown state is refused.
func TestDecideOnlyWhatIsOpen(t *testing.T) {
	t.Parallel()
	for _, review := range reviewStates {
		for _, step := range stepStates {
			for _, task := range taskStates {
				for _, mode := range []Mode{ModeAny, ModeAll} {
					for _, a := range []Answer{{Action: ActionApprove, Digest: digest}, {Action: ActionReject, Digest: digest, Reason: "r"}} {
						turn := Turn{Review: review, Step: step, Mode: mode, Task: task, Digest: digest}
						_, err := Decide(turn, a)
						open := review == ReviewRunning && step == StepOpen && task == TaskOpen
						if (err == nil) != open {
							t.Errorf("%+v %s: %v", turn, a.Action, err)
						}
					}
				}
			}
		}
	}
}

// TestDecideMoves holds rules 11 and 12 as a table.
func TestDecideMoves(t *testing.T) {
	t.Parallel()
	yes, no := Answer{Action: ActionApprove, Digest: digest}, Answer{Action: ActionReject, Digest: digest, Reason: "r", KeepFlow: true}
	rejected := Moves{Task: TaskRejected, Others: TaskSettled, Step: StepRejected, Later: StepCancelled, Review: ReviewRejected, Article: ArticleRejected, KeepFlow: true}
	for _, tc := range []struct {
		name   string
		mode   Mode
		others int
		last   bool
		a      Answer
		want   Moves
	}{
		{"any: the first approval settles", ModeAny, 2, false, yes, Moves{Task: TaskApproved, Others: TaskSettled, Step: StepApproved, OpenNext: true}},
		{"any: the last step ends the review", ModeAny, 2, true, yes, Moves{Task: TaskApproved, Others: TaskSettled, Step: StepApproved, Review: ReviewApproved, Article: ArticleApproved}},
		{"any: the first rejection settles", ModeAny, 2, false, no, rejected},
		{"all: an approval waits for the others", ModeAll, 1, true, yes, Moves{Task: TaskApproved}},
		{"all: the last approval opens the next step", ModeAll, 0, false, yes, Moves{Task: TaskApproved, Step: StepApproved, OpenNext: true}},
		{"all: the last approval of the last step ends the review", ModeAll, 0, true, yes, Moves{Task: TaskApproved, Step: StepApproved, Review: ReviewApproved, Article: ArticleApproved}},
		{"all: one rejection rejects at once", ModeAll, 2, false, no, rejected},
	} {
		got, err := Decide(Turn{ReviewRunning, StepOpen, tc.mode, TaskOpen, tc.others, tc.last, digest}, tc.a)
		if err != nil || got != tc.want {
			t.Errorf("%s:\n got %+v %v\nwant %+v", tc.name, got, err, tc.want)
		}
	}
}

func TestDecideRefusals(t *testing.T) {
	t.Parallel()
	open := Turn{Review: ReviewRunning, Step: StepOpen, Mode: ModeAny, Task: TaskOpen, Digest: digest}
	with := func(task TaskState) Turn { turn := open; turn.Task = task; return turn }
	ended := open
	ended.Review = ReviewApproved
	long := strings.Repeat("长", MaxReason+1)
	for _, tc := range []struct {
		name string
		turn Turn
		a    Answer
		want Code
	}{
		{"no reason", open, Answer{Action: ActionReject, Digest: digest}, CodeReasonRequired},
		{"a reason that does not show", open, Answer{Action: ActionReject, Digest: digest, Reason: " \u200b\u3164"}, CodeReasonRequired},
		{"a reason too long", open, Answer{Action: ActionReject, Digest: digest, Reason: long}, CodeInvalid},
		{"an unknown action", open, Answer{Action: "abstain", Digest: digest}, CodeInvalid},
		{"other content", open, Answer{Action: ActionApprove, Digest: "d0"}, CodeContentChanged},
		{"not his turn yet", with(TaskWaiting), Answer{Action: ActionApprove, Digest: digest}, CodeNotYourTurn},
		{"cancelled", with(TaskCancelled), Answer{Action: ActionApprove, Digest: digest}, CodeTaskCancelled},
		{"settled by somebody", with(TaskSettled), Answer{Action: ActionApprove, Digest: digest}, CodeAlreadyDecided},
		{"the review has ended", ended, Answer{Action: ActionApprove, Digest: digest}, CodeAlreadyDecided},
		{"an unknown state", with("?"), Answer{Action: ActionApprove, Digest: digest}, CodeInternal},
	} {
		if _, err := Decide(tc.turn, tc.a); CodeOf(err) != tc.want {
			t.Errorf("%s: %v, want %s", tc.name, err, tc.want)
		}
	}
}

// TestMovesAreArrows: what Decide does is drawn in docs/states.md.
func TestMovesAreArrows(t *testing.T) {
	t.Parallel()
	arrows := map[string]bool{}
	for _, m := range Machines() {
		for _, a := range m.Arrows {
			arrows[m.Name+" "+a.From+" "+a.To] = true
		}
	}
	for _, mode := range []Mode{ModeAny, ModeAll} {
		for others := range 2 {
			for _, last := range []bool{true, false} {
				for _, a := range []Answer{{Action: ActionApprove, Digest: digest}, {Action: ActionReject, Digest: digest, Reason: "r"}} {
					m, err := Decide(Turn{ReviewRunning, StepOpen, mode, TaskOpen, others, last, digest}, a)
					if err != nil {
						t.Fatal(err)
					}
					for _, move := range [][3]string{
						{"Task", "open", string(m.Task)},
						{"Task", "open", string(m.Others)},
						{"ReviewStep", "open", string(m.Step)},
						{"ReviewStep", "waiting", string(m.Later)},
						{"Review", "running", string(m.Review)},
						{"Article", "in_review", string(m.Article)},
					} {
						if name := fmt.Sprint(move[0], " ", move[1], " ", move[2]); move[2] != "" && !arrows[name] {
							t.Errorf("no arrow for %s", name)
						}
					}
				}
			}
		}
	}
}

func TestEveryTaskStateHasAShelf(t *testing.T) {
	t.Parallel()
	want := map[TaskState]Shelf{
		TaskWaiting: ShelfNone, TaskOpen: ShelfWaiting, TaskApproved: ShelfDecided, TaskRejected: ShelfDecided, TaskSettled: ShelfDecided,
		TaskCancelled: ShelfNone, "unknown": ShelfNone,
	}
	for _, s := range taskStates {
		if s.Shelf() != want[s] {
			t.Errorf("%s is on shelf %s", s, s.Shelf())
		}
	}
}

func decisions(task string, action Action, of string) Decision {
	return Decision{TaskID: task, Action: action, Digest: of}
}

func TestGate(t *testing.T) {
	t.Parallel()
	step := func(mode Mode, tasks string, ds ...Decision) GateStep {
		return GateStep{Mode: mode, Tasks: strings.Fields(tasks), Decisions: ds}
	}
	article := func(steps ...GateStep) GateArticle {
		return GateArticle{Digest: digest, Reviewed: true, ReviewOf: digest, Package: "p", Running: true, Steps: steps}
	}
	ok := step(ModeAny, "a b", decisions("a", ActionApprove, digest))
	change := func(f func(*GateArticle)) GateArticle { a := article(ok); f(&a); return a }
	for _, tc := range []struct {
		name string
		in   []GateArticle
		open bool
	}{
		{"nothing to publish", nil, false},
		{"any: one yes", []GateArticle{article(ok)}, true},
		{"any: nobody yet", []GateArticle{article(step(ModeAny, "a b"))}, false},
		{"all: one of two", []GateArticle{article(step(ModeAll, "a b", decisions("a", ActionApprove, digest)))}, false},
		{"all: both", []GateArticle{article(step(ModeAll, "a b", decisions("a", ActionApprove, digest), decisions("b", ActionApprove, digest)))}, true},
		{"all: nobody was asked", []GateArticle{article(step(ModeAll, ""))}, false},
		{"a yes to other bytes", []GateArticle{article(step(ModeAny, "a", decisions("a", ActionApprove, "d0")))}, false},
		{"a no beside a yes", []GateArticle{article(step(ModeAny, "a b", decisions("a", ActionApprove, digest), decisions("b", ActionReject, digest)))}, false},
		{"the second step is open", []GateArticle{article(ok, step(ModeAny, "c"))}, false},
		{"never reviewed", []GateArticle{{Digest: digest}}, false},
		{"edited since", []GateArticle{change(func(a *GateArticle) { a.Digest = "d2" })}, false},
		{"withdrawn", []GateArticle{change(func(a *GateArticle) { a.Running = false })}, false},
		{"no steps, but a flow", []GateArticle{article()}, false},
		{"no approval needed", []GateArticle{{Digest: digest, Reviewed: true, ReviewOf: digest, Package: "p", Running: true, NoApproval: true}}, true},
		{"no approval needed, edited since", []GateArticle{{Digest: "d2", Reviewed: true, ReviewOf: digest, Package: "p", Running: true, NoApproval: true}}, false},
		{"an unknown mode", []GateArticle{article(step("?", "a", decisions("a", ActionApprove, digest)))}, false},
		{"voided, and the old bytes back", []GateArticle{change(func(a *GateArticle) { a.Void = true })}, false},
		{"another package", []GateArticle{change(func(a *GateArticle) { a.Package = "q" })}, false},
		{"from before there were packages", []GateArticle{change(func(a *GateArticle) { a.Package = "" })}, false},
		{"a second article of another package", []GateArticle{article(ok), change(func(a *GateArticle) { a.Package = "q" })}, true},
		{"one article of two", []GateArticle{article(ok), article(step(ModeAny, "c"))}, false},
	} {
		if err := Gate("p", tc.in); (err == nil) != tc.open {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestDerivePost(t *testing.T) {
	t.Parallel()
	for want, sets := range map[PostState][]string{
		PostDraft:    {"", "draft", "draft approved"},
		PostInReview: {"in_review", "in_review rejected", "in_review approved", "draft in_review"},
		PostRejected: {"rejected", "rejected approved", "draft rejected"},
		PostApproved: {"approved", "approved approved"},
	} {
		for _, set := range sets {
			var states []ArticleState
			for s := range strings.FieldsSeq(set) {
				states = append(states, ArticleState(s))
			}
			if got := DerivePost(states); got != want {
				t.Errorf("%q is %s, want %s", set, got, want)
			}
		}
	}
}

func TestPostActsByState(t *testing.T) {
	t.Parallel()
	states := []PostState{PostDraft, PostInReview, PostRejected, PostApproved, PostCancelled, "unknown"}
	for _, s := range states {
		left, none := []ArticleState{ArticleApproved, ArticleRejected}, []ArticleState{ArticleApproved, ArticleInReview}
		if ok := MaySubmit(s, left) == nil; ok != slices.Contains([]PostState{PostDraft, PostRejected, PostInReview}, s) {
			t.Errorf("submit in %s: %t", s, ok)
		}
		if MaySubmit(s, none) == nil {
			t.Errorf("submit in %s with nothing left", s)
		}
		if ok := MayWithdraw(s) == nil; ok != (s == PostInReview) {
			t.Errorf("withdraw in %s: %t", s, ok)
		}
		for _, a := range []ArticleState{ArticleDraft, ArticleInReview, ArticleRejected, ArticleApproved, "unknown"} {
			want := s != PostCancelled && a != ArticleInReview && a != "unknown"
			if ok := MayEdit(s, a) == nil; ok != want {
				t.Errorf("edit %s in %s: %t", a, s, ok)
			}
		}
	}
}
