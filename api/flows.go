package api

import (
	"context"
	"strconv"
	"time"

	"countersign/model"
	"countersign/store"
)

// StepBody is a step of a flow.
type StepBody struct {
	Name      string     `json:"name,omitempty" maxLength:"200"`
	Mode      model.Mode `json:"mode" enum:"any,all" doc:"any (或签): the first answer settles; all (会签): everyone must approve."`
	Approvers []string   `json:"approvers" maxItems:"50" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Member ids, staff or reviewers."`
}

// FlowBody is a flow as an admin writes it.
type FlowBody struct {
	Name         string              `json:"name" maxLength:"200"`
	ContentTypes []model.ContentType `json:"content_types" maxItems:"10" maxLength:"32"`
	Platforms    []string            `json:"platforms" maxItems:"20" maxLength:"32"`
	Steps        []StepBody          `json:"steps" maxItems:"20"`
}

func (b FlowBody) spec() model.FlowSpec {
	spec := model.FlowSpec{Name: b.Name, ContentTypes: b.ContentTypes, Platforms: b.Platforms}
	for _, s := range b.Steps {
		spec.Steps = append(spec.Steps, model.StepSpec{Name: s.Name, Mode: s.Mode, Approvers: s.Approvers})
	}
	return spec
}

// KeptOut is how many posts run through a version of a flow and keep it.
type KeptOut struct {
	VersionNumber int `json:"version_number"`
	Posts         int `json:"posts"`
}

// FlowOut is a flow at its newest version.
type FlowOut struct {
	ID string `json:"id"`
	FlowBody
	VersionNumber int       `json:"version_number" doc:"Of the flow; running reviews keep theirs."`
	Archived      bool      `json:"archived"`
	Running       []KeptOut `json:"running" doc:"Posts in review now, by the version that they keep: 3 running posts keep version 4."`
	Version       int64     `json:"version"`
}

func flowBody(name string, v model.FlowVersion, steps []store.StepView) FlowBody {
	out := FlowBody{Name: name, ContentTypes: v.ContentTypes, Platforms: v.Platforms, Steps: []StepBody{}}
	for _, s := range steps {
		out.Steps = append(out.Steps, StepBody{Name: s.Name, Mode: s.Mode, Approvers: s.Approvers})
	}
	return out
}

func flowOut(f store.FlowView, kept []model.KeptVersion) FlowOut {
	out := FlowOut{ID: f.ID, FlowBody: flowBody(f.Name, f.Content, f.Steps), VersionNumber: f.CurrentVersion, Archived: f.ArchivedAt != nil, Running: []KeptOut{}, Version: f.Version}
	for _, k := range kept {
		if k.FlowID == f.ID {
			out.Running = append(out.Running, KeptOut{k.VersionNumber, k.Posts})
		}
	}
	return out
}

type flowAnswer struct {
	ETag string `header:"ETag"`
	Body FlowOut
}

type createFlowIn struct {
	BrandIn
	Body FlowBody
}

func (a *API) createFlow(ctx context.Context, in *createFlowIn) (*flowAnswer, error) {
	id, err := a.Service.Flows.Create(ctx, callOf(ctx), in.Brand, in.Body.spec())
	if err != nil {
		return nil, err
	}
	return a.flow(ctx, &FlowIn{in.BrandIn, id})
}

type duplicateFlowIn struct {
	FlowIn
	Body struct {
		Name string `json:"name" maxLength:"200" doc:"Of the new flow."`
	}
}

func (a *API) duplicateFlow(ctx context.Context, in *duplicateFlowIn) (*flowAnswer, error) {
	id, err := a.Service.Flows.Duplicate(ctx, callOf(ctx), in.Brand, in.Flow, in.Body.Name)
	if err != nil {
		return nil, err
	}
	return a.flow(ctx, &FlowIn{in.BrandIn, id})
}

type articleFlowIn struct {
	PostIn
	Article string `path:"article" maxLength:"64"`
	Body    FlowBody
}

func (a *API) createArticleFlow(ctx context.Context, in *articleFlowIn) (*flowAnswer, error) {
	id, err := a.Service.Flows.CreateFor(ctx, callOf(ctx), in.Brand, in.Post, in.Article, in.Body.spec())
	if err != nil {
		return nil, err
	}
	return a.flow(ctx, &FlowIn{in.BrandIn, id})
}

// FlowIn names a flow in the path.
type FlowIn struct {
	BrandIn
	Flow string `path:"flow" maxLength:"64"`
}

func (a *API) flow(ctx context.Context, in *FlowIn) (*flowAnswer, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	f, err := a.Store.Flow(ctx, in.Brand, in.Flow)
	if err != nil {
		return nil, err
	}
	kept, err := a.Store.KeptVersions(ctx, f.ID)
	return &flowAnswer{ETag: etag(f.Version), Body: flowOut(f, kept)}, err
}

type flowsIn struct {
	BrandIn
	PageIn
	Status string `query:"status" enum:"live,archived" default:"live" doc:"In use, or archived."`
}

func (a *API) flows(ctx context.Context, in *flowsIn) (*ListOut[FlowOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	list := a.Store.Flows
	if in.Status == "archived" {
		list = a.Store.ArchivedFlows
	}
	rows, err := list(ctx, in.Brand, page)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, f := range rows {
		ids[i] = f.ID
	}
	kept, err := a.Store.KeptVersions(ctx, ids...)
	show := func(f store.FlowView) FlowOut { return flowOut(f, kept) }
	return listOf(rows, page.Limit, func(f store.FlowView) string { return f.ID }, show), err
}

// FlowVersionOut is one version of a flow in the list.
type FlowVersionOut struct {
	Number        int       `json:"number"`
	Name          string    `json:"name" doc:"The flow's name as of then."`
	Current       bool      `json:"current"`
	CreatedBy     string    `json:"created_by" doc:"Member id."`
	CreatedByName string    `json:"created_by_name"`
	CreatedAt     time.Time `json:"created_at"`
	RunningPosts  int       `json:"running_posts" doc:"In review now; they keep this version."`
}

// versionOf shows versions of a flow with who made each.
func (a *API) versionsOf(ctx context.Context, f store.FlowView, rows []model.FlowVersion) (func(model.FlowVersion) FlowVersionOut, error) {
	var makers []string
	for _, v := range rows {
		makers = append(makers, v.CreatedBy)
	}
	members, err := a.Store.MembersByID(ctx, f.BrandID, makers)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(members))
	for _, m := range members {
		names[m.ID] = m.DisplayName()
	}
	kept, err := a.Store.KeptVersions(ctx, f.ID)
	running := make(map[int]int, len(kept))
	for _, k := range kept {
		running[k.VersionNumber] = k.Posts
	}
	return func(v model.FlowVersion) FlowVersionOut {
		return FlowVersionOut{v.Number, v.Name, v.Number == f.CurrentVersion, v.CreatedBy, names[v.CreatedBy], v.CreatedAt, running[v.Number]}
	}, err
}

type flowVersionsIn struct {
	FlowIn
	PageIn
}

func (a *API) flowVersions(ctx context.Context, in *flowVersionsIn) (*ListOut[FlowVersionOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	below, err := in.number()
	if err != nil {
		return nil, err
	}
	f, err := a.Store.Flow(ctx, in.Brand, in.Flow)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.FlowVersions(ctx, in.Brand, in.Flow, below, in.Limit)
	if err != nil {
		return nil, err
	}
	show, err := a.versionsOf(ctx, f, rows)
	if err != nil {
		return nil, err
	}
	return listOf(rows, in.Limit, func(v model.FlowVersion) string { return strconv.Itoa(v.Number) }, show), nil
}

type flowVersionIn struct {
	FlowIn
	Number int `path:"number" minimum:"1" maximum:"1000000000"`
}

// FlowVersionDetail is one version of a flow as it was written.
type FlowVersionDetail struct {
	FlowVersionOut
	ContentTypes []model.ContentType `json:"content_types"`
	Platforms    []string            `json:"platforms"`
	Steps        []StepBody          `json:"steps"`
}

type flowVersionAnswer struct{ Body FlowVersionDetail }

func (a *API) flowVersion(ctx context.Context, in *flowVersionIn) (*flowVersionAnswer, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	f, err := a.Store.Flow(ctx, in.Brand, in.Flow)
	if err != nil {
		return nil, err
	}
	v, steps, err := a.Store.FlowVersionAt(ctx, in.Brand, in.Flow, in.Number)
	if err != nil {
		return nil, err
	}
	show, err := a.versionsOf(ctx, f, []model.FlowVersion{v})
	if err != nil {
		return nil, err
	}
	body := flowBody(v.Name, v, steps)
	return &flowVersionAnswer{FlowVersionDetail{show(v), body.ContentTypes, body.Platforms, body.Steps}}, nil
}

// FlowChange is the answer to a change, or to its dry run.
type FlowChange struct {
	FlowOut
	Foretold
}

type flowChange struct {
	ETag string `header:"ETag"`
	Body FlowChange
}

type editFlowIn struct {
	DryRunIn
	FlowIn
	IfMatch
	Body FlowBody
}

func (a *API) editFlow(ctx context.Context, in *editFlowIn) (*flowChange, error) {
	c, found := in.call(ctx)
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	if err := a.Service.Flows.Edit(ctx, c, in.Brand, in.Flow, version, in.Body.spec()); err != nil {
		return nil, err
	}
	out, err := a.flow(ctx, &in.FlowIn)
	if err != nil {
		return nil, err
	}
	return &flowChange{out.ETag, FlowChange{out.Body, foretold(found)}}, nil
}

type archiveFlowIn struct {
	DryRunIn
	FlowIn
	NewDefault string `query:"new_default" pattern:"^none$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Needed when the flow is the default of a platform or a channel: another flow's id, or none for 'no approval'."`
}

func (a *API) archiveFlow(ctx context.Context, in *archiveFlowIn) (*flowChange, error) {
	c, found := in.call(ctx)
	if err := a.Service.Flows.Archive(ctx, c, in.Brand, in.Flow, in.NewDefault); err != nil {
		return nil, err
	}
	out, err := a.flow(ctx, &in.FlowIn)
	if err != nil {
		return nil, err
	}
	return &flowChange{out.ETag, FlowChange{out.Body, foretold(found)}}, nil
}
