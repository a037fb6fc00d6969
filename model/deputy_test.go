package model

import (
	"errors"
	"testing"
	"time"
)

// field is the first field that a refusal names, or its code.
func field(err error) string {
	e, ok := errors.AsType[*Error](err)
	switch {
	case err == nil:
		return ""
	case ok && len(e.Fields) > 0:
		return e.Fields[0].Path + " " + e.Fields[0].Reason
	case ok:
		return string(e.Code)
	}
	return err.Error()
}

// TestCheckDeputy: each bound of a period, at its edge.
func TestCheckDeputy(t *testing.T) {
	t.Parallel()
	whole := Deputy{MemberID: "m", DeputyID: "d", FromAt: noon, UntilAt: noon.Add(time.Hour)}
	for name, tc := range map[string]struct {
		bend func(*Deputy)
		want string
	}{
		"whole":             {func(*Deputy) {}, ""},
		"begun before":      {func(d *Deputy) { d.FromAt = noon.Add(-time.Hour) }, ""},
		"himself":           {func(d *Deputy) { d.DeputyID = "m" }, "deputy_id same_person"},
		"empty":             {func(d *Deputy) { d.UntilAt = d.FromAt }, "until not_after_from"},
		"over":              {func(d *Deputy) { d.FromAt, d.UntilAt = noon.Add(-time.Hour), noon }, "until in_the_past"},
		"as long as can be": {func(d *Deputy) { d.UntilAt = noon.Add(MaxDeputyPeriod) }, ""},
		"longer":            {func(d *Deputy) { d.UntilAt = noon.Add(MaxDeputyPeriod + time.Millisecond) }, "until too_long"},
	} {
		d := whole
		tc.bend(&d)
		if got := field(CheckDeputy(d, noon)); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// TestMayVote: one vote for one human being, and none for one's own work.
func TestMayVote(t *testing.T) {
	t.Parallel()
	for v, want := range map[Voter]string{
		{}: "", {OwnTurn: true}: string(CodeOneVote), {Voted: true}: string(CodeOneVote), {Author: true}: string(CodeSelfApproval), {Voted: true, Author: true}: string(CodeOneVote),
	} {
		if got := field(MayVote(v)); got != want {
			t.Errorf("%+v: %q, want %q", v, got, want)
		}
	}
}

// TestMayTakeTurn walks every state: a turn changes hands only while its step has not ended
// and the turn was not answered; an unknown state is refused.
func TestMayTakeTurn(t *testing.T) {
	t.Parallel()
	for _, review := range reviewStates {
		for _, step := range stepStates {
			for _, leaving := range append(taskStates, "") {
				s := TurnTaker{Review: review, Step: step, Leaving: leaving}
				runs := review == ReviewRunning && (step == StepOpen || step == StepWaiting || step == StepBlocked)
				want := runs && (leaving == TaskOpen || leaving == TaskWaiting || leaving == "" && step == StepBlocked)
				if err := MayTakeTurn(s); (err == nil) != want {
					t.Errorf("%+v: %v", s, err)
				}
				for _, bend := range []func(*TurnTaker){func(s *TurnTaker) { s.HasTurn = true }, func(s *TurnTaker) { s.Answered = true }, func(s *TurnTaker) { s.Author = true }} {
					refused := s
					if bend(&refused); MayTakeTurn(refused) == nil {
						t.Errorf("%+v takes a seat", refused)
					}
				}
			}
		}
	}
}

// TestMayUrge: once an hour, to the millisecond, and while somebody is asked.
func TestMayUrge(t *testing.T) {
	t.Parallel()
	urged := noon
	for name, tc := range map[string]struct {
		post Post
		open int
		at   time.Time
		want string
	}{
		"never before":  {Post{}, 1, noon, ""},
		"nobody":        {Post{}, 0, noon, string(CodeNobodyToUrge)},
		"a while later": {Post{UrgedAt: &urged}, 1, noon.Add(UrgeEvery - time.Millisecond), string(CodeUrged)},
		"an hour later": {Post{UrgedAt: &urged}, 1, noon.Add(UrgeEvery), ""},
		"too early":     {Post{UrgedAt: &urged}, 0, noon, string(CodeUrged)},
	} {
		if got := field(MayUrge(tc.post, tc.open, tc.at)); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
