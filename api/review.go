package api

import (
	"time"

	"countersign/model"
	"countersign/store"
)

// ReviewOut is one round of an article through a flow.
type ReviewOut struct {
	ID        string            `json:"id"`
	Round     int               `json:"round"`
	State     model.ReviewState `json:"state" enum:"running,approved,rejected,withdrawn"`
	FlowName  string            `json:"flow_name,omitempty" doc:"Absent when no approval was needed."`
	Digest    string            `json:"digest"`
	Steps     []ReviewStepOut   `json:"steps"`
	StartedAt time.Time         `json:"started_at"`
	EndedAt   *time.Time        `json:"ended_at,omitempty"`
}

// ReviewStepOut is a step of a running or ended review.
type ReviewStepOut struct {
	Position  int             `json:"position"`
	Name      string          `json:"name,omitempty"`
	Mode      model.Mode      `json:"mode" enum:"any,all"`
	State     model.StepState `json:"state" enum:"waiting,open,approved,rejected,cancelled,blocked"`
	Turns     []TurnOut       `json:"turns"`
	Decisions []DecisionOut   `json:"decisions"`
}

// TurnOut is one approver's turn.
type TurnOut struct {
	Name  string          `json:"name"`
	State model.TaskState `json:"state" enum:"waiting,open,approved,rejected,settled,cancelled"`

	MemberID string `json:"member_id,omitempty" doc:"For staff: whom to replace."`
}

// DecisionOut is an answer that was given; it never changes.
type DecisionOut struct {
	Name     string       `json:"name"`
	For      string       `json:"on_behalf_of,omitempty" doc:"He answered as the deputy of this member."`
	UndoneAt *time.Time   `json:"undone_at,omitempty" doc:"When it was taken back; it counts no more."`
	Action   model.Action `json:"action" enum:"approve,reject"`
	Reason   string       `json:"reason,omitempty"`
	KeepFlow bool         `json:"keep_flow,omitempty"`
	Digest   string       `json:"digest"`
	Via      model.Via    `json:"via" enum:"web,mini_program"`
	At       time.Time    `json:"at"`
}

func reviewOut(v *store.ReviewTree) *ReviewOut {
	if v == nil {
		return nil
	}
	names := make(map[string]string, len(v.Tasks))
	for _, t := range v.Tasks {
		names[t.MemberID] = t.Name()
	}
	out := &ReviewOut{ID: v.ID, Round: v.Round, State: v.State, FlowName: v.FlowName, Digest: v.Digest, Steps: []ReviewStepOut{}, StartedAt: v.CreatedAt, EndedAt: v.EndedAt}
	for _, s := range v.Steps {
		step := ReviewStepOut{Position: s.Position, Name: s.Name, Mode: s.Mode, State: s.State, Turns: []TurnOut{}, Decisions: []DecisionOut{}}
		for _, t := range v.Tasks {
			if t.ReviewStepID == s.ID {
				step.Turns = append(step.Turns, TurnOut{Name: names[t.MemberID], State: t.State, MemberID: t.MemberID})
			}
		}
		for _, d := range v.Decisions {
			if d.ReviewStepID == s.ID {
				step.Decisions = append(step.Decisions, decisionOut(d, names))
			}
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}

// withoutMembers leaves out the approvers' ids, which only staff have a use for.
func (v *ReviewOut) withoutMembers() {
	for _, s := range v.Steps {
		for i := range s.Turns {
			s.Turns[i].MemberID = ""
		}
	}
}

func decisionOut(d store.DecisionView, names map[string]string) DecisionOut {
	out := DecisionOut{Name: d.Name, UndoneAt: d.UndoneAt, Action: d.Action, Reason: d.Reason, KeepFlow: d.KeepFlow, Digest: d.Digest, Via: d.Via, At: d.CreatedAt}
	if d.DeputyID != nil {
		out.For = names[d.MemberID]
	}
	return out
}
