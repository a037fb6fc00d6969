package model

import "time"

// ReviewState is where one round of one Article stands.
type ReviewState string

// The states of a Review; all but running are final.
const (
	ReviewRunning   ReviewState = "running"
	ReviewApproved  ReviewState = "approved"
	ReviewRejected  ReviewState = "rejected"
	ReviewWithdrawn ReviewState = "withdrawn"
)

// StepState is where one Step of a Review stands.
type StepState string

// The states of a ReviewStep.
const (
	StepWaiting   StepState = "waiting"
	StepOpen      StepState = "open"
	StepApproved  StepState = "approved"
	StepRejected  StepState = "rejected"
	StepCancelled StepState = "cancelled"
	StepBlocked   StepState = "blocked" // nobody is left to answer (rule 10)
)

// TaskState is where one Member's turn stands.
type TaskState string

// The states of a Task.
const (
	TaskWaiting   TaskState = "waiting"
	TaskOpen      TaskState = "open"
	TaskApproved  TaskState = "approved"
	TaskRejected  TaskState = "rejected"
	TaskSettled   TaskState = "settled"
	TaskCancelled TaskState = "cancelled"
)

// Shelf is where an inbox shows a Task: it makes one index serve both lists.
type Shelf string

// The shelves of an inbox; ShelfNone is not shown.
const (
	ShelfNone    Shelf = "none"
	ShelfWaiting Shelf = "waiting"
	ShelfDecided Shelf = "decided"
)

// Shelf of a state.
func (s TaskState) Shelf() Shelf {
	switch s {
	case TaskOpen:
		return ShelfWaiting
	case TaskApproved, TaskRejected, TaskSettled:
		return ShelfDecided
	case TaskWaiting, TaskCancelled:
		return ShelfNone
	}
	return ShelfNone
}

// Action is an approver's answer.
type Action string

// The answers.
const (
	ActionApprove Action = "approve"
	ActionReject  Action = "reject"
)

// Via is the surface a Decision was made on.
type Via string

// The surfaces.
const (
	ViaWeb         Via = "web"
	ViaMiniProgram Via = "mini_program"
)

// FlowOrigin is why a Review runs its FlowVersion: what the Article gets back when the
// Review is withdrawn, or a rejection taken back.
type FlowOrigin string

// The origins; reviews from before there were origins have "".
const (
	FlowByDefault FlowOrigin = "default" // the setting's, for the author chose nothing
	FlowByChoice  FlowOrigin = "choice"  // the author's
	FlowByKeeping FlowOrigin = "kept"    // a rejection kept the version (rule 12)
)

// Origin of the flow of an Article that goes into review.
func (a Article) Origin() FlowOrigin {
	switch {
	case a.FlowID != nil || a.NoFlow:
		return FlowByChoice
	case a.KeptFlowVersionID != nil:
		return FlowByKeeping
	}
	return FlowByDefault
}

// Review (审批单) is one round of one Article through a FlowVersion. Without a
// FlowVersion it records that no approval was needed.
type Review struct {
	ID             string
	BrandID        string
	PostID         string
	ArticleID      string
	Round          int    // from 1, per Article
	Title          string // of the revision under review, for lists
	RevisionNumber int
	Digest         string
	PackageDigest  string // of the Post, as of the submit
	FlowID         *string
	FlowVersionID  *string
	FlowOrigin     FlowOrigin
	State          ReviewState
	StepPosition   int    // the step that is open now, 0 without steps
	SubmittedBy    string // Member
	EndedAt        *time.Time
	Version        int64
	CreatedAt      time.Time
}

// ReviewStep is a Step as it runs in one Review.
type ReviewStep struct {
	ID       string
	BrandID  string
	ReviewID string
	Position int
	Name     string
	Mode     Mode
	State    StepState
	Attempt  int // how often it has been opened to answers: 1, and one more for each undo
	EndedAt  *time.Time
	Version  int64
}

// Task (审批任务) is one Member's turn in one Step.
type Task struct {
	ID           string
	BrandID      string
	ReviewID     string
	ReviewStepID string
	PostID       string
	ArticleID    string
	MemberID     string
	State        TaskState
	Turn         int // how often it could be answered: 1, and one more for each undo
	Shelf        Shelf
	SortedAt     time.Time // of its last move: opened, decided, settled
	SettledBy    *string   // the Decision that settled it, or cancelled it by a rejection
	Version      int64
	CreatedAt    time.Time
}

// Decision (审批意见) is never changed. Name and Nickname are as of then.
type Decision struct {
	ID           string
	BrandID      string
	ReviewID     string
	ReviewStepID string
	TaskID       string // unique with Turn: one answer each time that it is open
	Turn         int
	MemberID     string  // whose turn it was
	DeputyID     *string // the Member who answered in his place
	UserID       *string
	PersonID     *string
	Name         string
	Nickname     string
	Action       Action
	Reason       string
	KeepFlow     bool
	Digest       string
	Settles      *int // the step's Attempt on the one that ends it, else NULL: unique with the step
	Via          Via
	CreatedAt    time.Time
}

// Answer is what an approver sends.
type Answer struct {
	Action   Action
	Digest   string // what he saw
	Reason   string
	KeepFlow bool
}

// Check finds what is wrong with an answer by itself (rule 12).
func (a Answer) Check() error {
	switch a.Action {
	case ActionApprove:
		if a.Reason != "" {
			if r := CheckText(a.Reason, MaxReason); r != "" {
				return Invalid(Field("reason", r))
			}
		}
		return nil
	case ActionReject:
		switch r := CheckText(a.Reason, MaxReason); r {
		case "":
			return nil
		case "required":
			return E(CodeReasonRequired)
		default:
			return Invalid(Field("reason", r))
		}
	}
	return Invalid(Field("action", "unknown"))
}

// Turn is all that Decide looks at: the states as the transaction holds them.
type Turn struct {
	Review     ReviewState
	Step       StepState
	Mode       Mode
	Task       TaskState
	OthersOpen int    // other tasks of the step that are still open
	LastStep   bool   // no step follows
	Digest     string // of the content under review
}

// Moves is what follows from one answer. Empty states stay as they are.
type Moves struct {
	Task     TaskState
	Others   TaskState // open tasks of the same step
	Step     StepState
	Later    StepState // steps that have not opened
	Review   ReviewState
	Article  ArticleState
	OpenNext bool
	KeepFlow bool
}

// Settles tells whether the answer ends its step.
func (m Moves) Settles() bool { return m.Step != "" }

// Decide applies rules 11 to 14 to one answer. It is the only place where a step,
// a review or an article gets its next state from a decision.
func Decide(t Turn, a Answer) (Moves, error) {
	if err := a.Check(); err != nil {
		return Moves{}, err
	}
	if t.Review != ReviewRunning || t.Step != StepOpen || t.Task != TaskOpen {
		return Moves{}, refuseTurn(t)
	}
	if a.Digest != t.Digest {
		return Moves{}, E(CodeContentChanged, "digest", t.Digest)
	}
	if a.Action == ActionReject {
		return Moves{
			Task: TaskRejected, Others: TaskSettled, Step: StepRejected, Later: StepCancelled,
			Review: ReviewRejected, Article: ArticleRejected, KeepFlow: a.KeepFlow,
		}, nil
	}
	if t.Mode == ModeAll && t.OthersOpen > 0 {
		return Moves{Task: TaskApproved}, nil
	}
	m := Moves{Task: TaskApproved, Step: StepApproved}
	if t.Mode == ModeAny {
		m.Others = TaskSettled
	}
	if t.LastStep {
		m.Review, m.Article = ReviewApproved, ArticleApproved
	} else {
		m.OpenNext = true
	}
	return m, nil
}

// refuseTurn says why a turn that is not open cannot be answered.
func refuseTurn(t Turn) error {
	switch t.Task {
	case TaskWaiting:
		return E(CodeNotYourTurn)
	case TaskCancelled:
		return E(CodeTaskCancelled)
	case TaskApproved, TaskRejected, TaskSettled, TaskOpen:
		return E(CodeAlreadyDecided)
	}
	return E(CodeInternal)
}
