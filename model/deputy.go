package model

import "time"

// Deputy (代理): one Member answers in the place of another for a period. A turn has one
// answer all the same, and no human being answers twice in one step.
type Deputy struct {
	ID        string
	BrandID   string
	MemberID  string // who is away
	DeputyID  string // the Member who stands in
	FromAt    time.Time
	UntilAt   time.Time // exclusive
	EndedAt   *time.Time
	CreatedBy string // Member
	Version   int64
	CreatedAt time.Time
}

// MaxDeputyPeriod is the longest period of one Deputy.
const MaxDeputyPeriod = 90 * 24 * time.Hour

// CheckDeputy finds what is wrong with a new Deputy at a moment; whether both are
// different people and active Members is for the store to say.
func CheckDeputy(d Deputy, now time.Time) error {
	var bad []FieldError
	switch {
	case d.MemberID == d.DeputyID:
		bad = append(bad, Field("deputy_id", "same_person"))
	case !d.UntilAt.After(d.FromAt):
		bad = append(bad, Field("until", "not_after_from"))
	case !d.UntilAt.After(now):
		bad = append(bad, Field("until", "in_the_past"))
	case CheckSchedule(&d.FromAt) != "":
		bad = append(bad, Field("from", CheckSchedule(&d.FromAt)))
	case CheckSchedule(&d.UntilAt) != "":
		bad = append(bad, Field("until", CheckSchedule(&d.UntilAt)))
	case d.UntilAt.Sub(d.FromAt) > MaxDeputyPeriod:
		bad = append(bad, Field("until", "too_long"))
	}
	if len(bad) > 0 {
		return Invalid(bad...)
	}
	return nil
}

// Voter is what MayVote looks at: the human being who answers an open turn.
type Voter struct {
	OwnTurn bool // he is a deputy, and has a turn of his own in the step
	Voted   bool // he has answered in the step already
	Author  bool // he is a deputy, the content is his work, and the Brand forbids approving one's own
}

// MayVote keeps one vote for one human being in a step (rule 11), and rule 9.
func MayVote(v Voter) error {
	switch {
	case v.OwnTurn, v.Voted:
		return E(CodeOneVote)
	case v.Author:
		return E(CodeSelfApproval, "step", "")
	}
	return nil
}

// TurnTaker is what MayTakeTurn looks at: a Member who would get a turn in a running step, in the
// place of another.
type TurnTaker struct {
	Review   ReviewState
	Step     StepState
	Leaving  TaskState // the turn that ends; "" when the step is blocked and nobody leaves
	HasTurn  bool      // this human being has a turn in the step
	Answered bool      // or has answered in it for somebody else
	Author   bool      // the content is his work, and the Brand forbids approving one's own
}

// MayTakeTurn rules on replacing an approver and on handing on a turn: only in a step that
// has not ended, only a turn that has not been answered (rules 9 to 11).
func MayTakeTurn(s TurnTaker) error {
	running := s.Review == ReviewRunning && (s.Step == StepOpen || s.Step == StepWaiting || s.Step == StepBlocked)
	switch {
	case !running:
		return E(CodeStepEnded)
	case s.Leaving == "" && s.Step != StepBlocked:
		return Invalid(Field("member_id", "required"))
	case s.Leaving != "" && s.Leaving != TaskOpen && s.Leaving != TaskWaiting:
		return E(CodeAlreadyDecided)
	case s.HasTurn, s.Answered:
		return E(CodeApproverAsked)
	case s.Author:
		return E(CodeSelfApproval, "step", "")
	}
	return nil
}

// UrgeEvery is how often the approvers of a Post may be urged (催办).
const UrgeEvery = time.Hour

// MayUrge rules on urging: while something is open, at most once an hour.
func MayUrge(p Post, open int, now time.Time) error {
	if p.UrgedAt != nil {
		if again := p.UrgedAt.Add(UrgeEvery); now.Before(again) {
			return E(CodeUrged, "again_at", again.UTC().Format(time.RFC3339)).After(again.Sub(now))
		}
	}
	if open == 0 {
		return E(CodeNobodyToUrge)
	}
	return nil
}
