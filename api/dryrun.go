package api

import (
	"context"
	"net/http"

	"countersign/model"
	"countersign/service"
)

// DryRunIn asks what an act would do.
type DryRunIn struct {
	DryRun bool `query:"dry_run" doc:"Tell what would happen, and do nothing. What the act would refuse is refused. No Idempotency-Key is needed, and none is used up."`
}

// call is the request as the services take it; a dry run reports into found.
func (d DryRunIn) call(ctx context.Context) (c service.Call, found *service.Rehearsal) {
	c = callOf(ctx)
	if d.DryRun {
		found = &service.Rehearsal{}
		c.DryRun = found
	}
	return c, found
}

// dryRun tells whether the request asks for one, before its input is read. A route that
// knows none refuses the parameter.
func dryRun(r *http.Request) bool { return r.URL.Query().Get("dry_run") == "true" }

// PlanOut is what a submit would do with one article.
type PlanOut struct {
	ArticleID     string           `json:"article_id"`
	Title         string           `json:"title"`
	Position      int              `json:"position"`
	NoApproval    bool             `json:"no_approval" doc:"无需审批: approved at once."`
	FlowID        string           `json:"flow_id,omitempty"`
	FlowName      string           `json:"flow_name,omitempty"`
	VersionNumber int              `json:"version_number,omitempty"`
	KeptFlow      bool             `json:"kept_flow" doc:"The version that a rejection kept."`
	Steps         []PlannedStepOut `json:"steps" doc:"The first is asked at once, each other one when the step before is approved."`
	Refusal       *RefusalOut      `json:"refusal,omitempty" doc:"Why the submit would be refused because of this article."`
}

// PlannedStepOut is a step with those whom it would ask.
type PlannedStepOut struct {
	Name      string        `json:"name,omitempty"`
	Mode      model.Mode    `json:"mode" enum:"any,all"`
	Approvers []ApproverOut `json:"approvers"`
}

// ApproverOut is a member who is asked.
type ApproverOut struct {
	MemberID string     `json:"member_id"`
	Name     string     `json:"name"`
	Role     model.Role `json:"role" enum:"admin,editor,reviewer"`
}

// RefusalOut is a refusal inside of an answer: the parts of a problem that say why.
type RefusalOut struct {
	Code   model.Code         `json:"code"`
	Title  string             `json:"title"`
	Detail string             `json:"detail"`
	Args   map[string]string  `json:"args,omitempty"`
	Errors []model.FieldError `json:"errors,omitempty"`
}

func refusalOut(ctx context.Context, err error) *RefusalOut {
	if err == nil {
		return nil
	}
	p := problemFor("", langOf(ctx), err)
	return &RefusalOut{p.Code, p.Title, p.Detail, p.Args, p.Errors}
}

func planOut(ctx context.Context, p service.ArticlePlan) PlanOut {
	out := PlanOut{
		ArticleID: p.ArticleID, Title: p.Title, Position: p.Position, NoApproval: p.None, KeptFlow: p.Kept,
		FlowID: p.Version.FlowID, FlowName: p.Version.Name, VersionNumber: p.Version.Number,
		Steps: []PlannedStepOut{}, Refusal: refusalOut(ctx, p.Refusal),
	}
	for _, s := range p.Steps {
		step := PlannedStepOut{Name: s.Name, Mode: s.Mode, Approvers: []ApproverOut{}}
		for _, m := range s.Asked {
			step.Approvers = append(step.Approvers, ApproverOut{m.ID, m.DisplayName(), m.Role})
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}
