package model

import "time"

// UndoWindow is how long an approver may take his answer back.
const UndoWindow = 5 * time.Minute

// Undo records that a Decision was taken back by who had made it. The Decision itself
// stays as it was and counts no more.
type Undo struct {
	DecisionID string `gorm:"primaryKey"` // an answer is taken back once
	BrandID    string
	ReviewID   string
	MemberID   string // who took it back: the approver, or his deputy
	CreatedAt  time.Time
}

// Past is all that TakeBack looks at: an answer, and what has become of it since.
type Past struct {
	Review    ReviewState
	Step      StepState
	Task      TaskState
	DecidedAt time.Time
	Settled   bool      // the answer ended its step
	LastStep  bool      // no step follows
	NextActed bool      // somebody has answered in a later step
	Newest    bool      // no round was started since, and neither content nor package has changed
	Post      PostState // a cancelled or published Post is past undoing
}

// Reopened is what follows from taking an answer back. Empty states stay as they are.
type Reopened struct {
	Task    TaskState
	Others  TaskState // turns that the answer settled
	Step    StepState
	Later   StepState // the step that it opened, or those that it cancelled
	Review  ReviewState
	Article ArticleState
}

// TakeBack rules on undoing an answer: by who gave it, within UndoWindow, until the next
// step acts, before publication.
func TakeBack(p Past, now time.Time) (Reopened, error) {
	switch {
	case p.Task != TaskApproved && p.Task != TaskRejected:
		return Reopened{}, E(CodeNothingToUndo)
	case now.After(p.DecidedAt.Add(UndoWindow)):
		return Reopened{}, E(CodeUndoTooLate, "because", "undo_window_over")
	case p.NextActed:
		return Reopened{}, E(CodeUndoTooLate, "because", "undo_next_step_acted")
	case !p.Newest || !p.Post.reviewable():
		return Reopened{}, E(CodeUndoTooLate, "because", "undo_post_moved_on")
	case !p.Settled:
		return p.oneOfAll()
	}
	return p.ended()
}

// reviewable: the Post is where a review leads to or comes from.
func (s PostState) reviewable() bool {
	switch s {
	case PostDraft, PostInReview, PostRejected, PostApproved:
		return true
	case PostCancelled, PostPublished, PostUnconfirmed, PostExpired:
		return false
	}
	return false
}

// oneOfAll takes back an answer that did not end its step: the step must not have ended.
// One that had lost all others who could answer has somebody again.
func (p Past) oneOfAll() (Reopened, error) {
	switch {
	case p.Review == ReviewRunning && p.Step == StepOpen:
		return Reopened{Task: TaskOpen}, nil
	case p.Review == ReviewRunning && p.Step == StepBlocked:
		return Reopened{Task: TaskOpen, Step: StepOpen}, nil
	}
	return Reopened{}, E(CodeUndoTooLate, "because", "undo_step_ended")
}

// ended takes back the answer that ended a step, and with it what followed.
func (p Past) ended() (Reopened, error) {
	r := Reopened{Task: TaskOpen, Others: TaskOpen, Step: StepOpen}
	switch {
	case p.Task == TaskApproved && p.Step == StepApproved && p.Review == ReviewRunning && !p.LastStep:
		r.Later = StepWaiting
	case p.Task == TaskApproved && p.Step == StepApproved && p.Review == ReviewApproved && p.LastStep:
		r.Review, r.Article = ReviewRunning, ArticleInReview
	case p.Task == TaskRejected && p.Step == StepRejected && p.Review == ReviewRejected:
		r.Review, r.Article = ReviewRunning, ArticleInReview
		if !p.LastStep {
			r.Later = StepWaiting
		}
	default:
		return Reopened{}, E(CodeUndoTooLate, "because", "undo_post_moved_on")
	}
	return r, nil
}
