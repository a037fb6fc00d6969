package model_test

import (
	"fmt"
	"time"

	"countersign/model"
)

// A step where all must approve (会签): the first approval moves nothing but its own task,
// the last one ends the step, and with it the review; one rejection ends everything at once.
func ExampleDecide() {
	turn := model.Turn{
		Review: model.ReviewRunning, Step: model.StepOpen, Mode: model.ModeAll, Task: model.TaskOpen,
		OthersOpen: 1, LastStep: true, Digest: "digest-of-today",
	}
	approve := model.Answer{Action: model.ActionApprove, Digest: "digest-of-today"}

	first, _ := model.Decide(turn, approve)
	fmt.Println("first:", first.Task, "settles:", first.Settles())

	turn.OthersOpen = 0
	last, _ := model.Decide(turn, approve)
	fmt.Println("last: ", last.Task, "step:", last.Step, "review:", last.Review, "article:", last.Article)

	turn.OthersOpen = 1
	no, _ := model.Decide(turn, model.Answer{Action: model.ActionReject, Digest: "digest-of-today", Reason: "标题有误", KeepFlow: true})
	fmt.Println("no:   ", no.Task, "others:", no.Others, "review:", no.Review, "flow kept:", no.KeepFlow)
	// Output:
	// first: approved settles: false
	// last:  approved step: approved review: approved article: approved
	// no:    rejected others: settled review: rejected flow kept: true
}

// What an answer cannot do is refused with a code. Only what was seen can be approved; a
// rejection says why; a turn is answered once.
func ExampleDecide_refused() {
	turn := model.Turn{Review: model.ReviewRunning, Step: model.StepOpen, Mode: model.ModeAny, Task: model.TaskOpen, Digest: "new"}

	_, err := model.Decide(turn, model.Answer{Action: model.ActionApprove, Digest: "old"})
	fmt.Println(model.CodeOf(err))

	_, err = model.Decide(turn, model.Answer{Action: model.ActionReject, Digest: "new", Reason: " "})
	fmt.Println(model.CodeOf(err))

	turn.Task = model.TaskSettled // somebody else was faster
	_, err = model.Decide(turn, model.Answer{Action: model.ActionApprove, Digest: "new"})
	fmt.Println(model.CodeOf(err))
	// Output:
	// content_changed
	// reason_required
	// already_decided
}

// The gate opens for an article whose every step was approved, for exactly the bytes that
// would be published. It reads no stored "approved".
func ExampleGate() {
	yes := model.Decision{TaskID: "task-1", Action: model.ActionApprove, Digest: "d1"}
	article := model.GateArticle{
		Digest: "d1", Reviewed: true, ReviewOf: "d1", Package: "p1", Running: true,
		Steps: []model.GateStep{{Mode: model.ModeAll, Tasks: []string{"task-1"}, Decisions: []model.Decision{yes}}},
	}
	fmt.Println("approved:", model.Gate("p1", []model.GateArticle{article}))

	edited := article
	edited.Digest = "d2"
	fmt.Println("edited since:", model.Gate("p1", []model.GateArticle{edited}))

	article.Steps[0].Tasks = append(article.Steps[0].Tasks, "task-2")
	fmt.Println("one of two answered:", model.Gate("p1", []model.GateArticle{article}))
	// Output:
	// approved: <nil>
	// edited since: not_approved
	// one of two answered: not_approved
}

// A part of the calendar is named in the brand's zone, and is in UTC: November in Shanghai
// begins eight hours earlier than in London. It ends where December begins.
func ExampleWindow() {
	shanghai := time.FixedZone("Asia/Shanghai", 8*60*60)
	window, err := model.WindowAsk{Month: "2026-11"}.In(shanghai)
	fmt.Println(window.From.Format(time.RFC3339), window.To.Format(time.RFC3339), err)
	// Output:
	// 2026-10-31T16:00:00Z 2026-11-30T16:00:00Z <nil>
}

// A publish code opens for three hours after the planned time. Its end belongs to the time
// after it; the clock that is asked is the database's.
func ExampleWindowEnd() {
	planned := time.Date(2026, 11, 2, 20, 0, 0, 0, time.UTC)
	end := *model.WindowEnd(model.ContentDouyinVideo, &planned, nil)
	ticket := model.Ticket{StartsAt: planned, ExpiresAt: end}
	for _, now := range []time.Time{planned.Add(-time.Hour), planned.Add(-10 * time.Minute), end.Add(-time.Millisecond), end} {
		fmt.Println(now.Format("15:04:05.000"), ticket.Scan(now, 10*time.Minute, model.PostApproved, true))
	}
	// Output:
	// 19:00:00.000 early
	// 19:50:00.000 open
	// 22:59:59.999 open
	// 23:00:00.000 ended
}
