package api

import (
	"context"
	"net/http"

	"countersign/model"
	"countersign/service"
)

const dryRunKey = "dry_run"

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
func dryRun(r *http.Request) bool { return r.URL.Query().Get(dryRunKey) == "true" }

// rehearsed answers an act that answers nothing, 204, or its dry run, 200.
type rehearsed struct {
	Status int
	Body   struct {
		Effects *EffectsOut `json:"effects,omitempty" doc:"Of a dry run: what the act would do. The act itself answers 204, without a body."`
	}
}

func rehearsal(found *service.Rehearsal, err error) (*rehearsed, error) {
	out := &rehearsed{Status: http.StatusNoContent}
	if found != nil {
		out.Status, out.Body.Effects = http.StatusOK, effectsOut(found)
	}
	return out, err
}

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

// EffectsOut is what an act does beyond the row that it names.
type EffectsOut struct {
	RunningPosts    AffectedOut `json:"running_posts" doc:"Go on with the version of the flow that they started with."`
	KeptVersions    []KeptOut   `json:"kept_versions" doc:"Which versions those are: 3 running posts keep version 4."`
	Drafts          DraftsOut   `json:"drafts" doc:"Articles that are not in review and whose next submit goes another way."`
	TasksCancelled  AffectedOut `json:"tasks_cancelled" doc:"Turns that end unanswered, or wait again."`
	TasksOpened     AffectedOut `json:"tasks_opened" doc:"Turns that ask somebody, or ask him again."`
	StepsBlocked    AffectedOut `json:"steps_blocked" doc:"Steps that nobody is left to answer."`
	ApprovalsVoided AffectedOut `json:"approvals_voided" doc:"Articles that must be approved again."`
}

// AffectedOut counts what an effect meets and names the first posts.
type AffectedOut struct {
	Count int          `json:"count"`
	Posts []PostRefOut `json:"posts" doc:"The first 20."`
}

// PostRefOut names a post.
type PostRefOut struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// DraftsOut counts drafts and names the first articles.
type DraftsOut struct {
	Count    int              `json:"count" doc:"Articles."`
	More     bool             `json:"more" doc:"Not all drafts were looked at, so there may be more."`
	Articles []DraftChangeOut `json:"articles" doc:"The first 20."`
}

// DraftChangeOut is an article with what its next submit does now, and would do then.
type DraftChangeOut struct {
	PostID    string     `json:"post_id"`
	Title     string     `json:"title" doc:"Of the post."`
	ArticleID string     `json:"article_id"`
	Now       OutlookOut `json:"now"`
	Then      OutlookOut `json:"then"`
}

// OutlookOut is what the next submit of an article does: run a version of a flow, need no
// approval, or be refused.
type OutlookOut struct {
	FlowID        string     `json:"flow_id,omitempty"`
	FlowName      string     `json:"flow_name,omitempty"`
	VersionNumber int        `json:"version_number,omitempty" doc:"When it is the same as now, other people are asked."`
	NoApproval    bool       `json:"no_approval,omitempty"`
	Refused       model.Code `json:"refused,omitempty" doc:"The code of the refusal."`
}

// Foretold is in the answer of every change that can be rehearsed.
type Foretold struct {
	Effects *EffectsOut `json:"effects,omitempty" doc:"Of a dry run: what the act would do. All else is as it is."`
}

func foretold(found *service.Rehearsal) Foretold { return Foretold{effectsOut(found)} }

// effectsOut shows what a dry run found, nil for an act in earnest.
func effectsOut(found *service.Rehearsal) *EffectsOut {
	if found == nil {
		return nil
	}
	e := found.Effects
	out := &EffectsOut{
		RunningPosts: affectedOut(e.Running), KeptVersions: []KeptOut{}, Drafts: DraftsOut{e.Drafts.Count, e.Drafts.More, []DraftChangeOut{}},
		TasksCancelled: affectedOut(e.Cancelled), TasksOpened: affectedOut(e.Asked), StepsBlocked: affectedOut(e.Blocked), ApprovalsVoided: affectedOut(e.Voided),
	}
	for _, k := range e.Kept {
		out.KeptVersions = append(out.KeptVersions, KeptOut{k.VersionNumber, k.Posts})
	}
	for _, d := range e.Drafts.Articles {
		out.Drafts.Articles = append(out.Drafts.Articles, DraftChangeOut{d.PostID, d.Title, d.ArticleID, outlookOut(d.Now), outlookOut(d.Then)})
	}
	return out
}

func affectedOut(a model.Affected) AffectedOut {
	out := AffectedOut{a.Count, []PostRefOut{}}
	for _, p := range a.Posts {
		out.Posts = append(out.Posts, PostRefOut{p.ID, p.Title})
	}
	return out
}

func outlookOut(o model.Outlook) OutlookOut {
	return OutlookOut{o.FlowID, o.FlowName, o.VersionNumber, o.NoApproval, o.Code}
}
