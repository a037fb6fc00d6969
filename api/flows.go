package api

import (
	"context"

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

// FlowOut is a flow at its newest version.
type FlowOut struct {
	ID string `json:"id"`
	FlowBody
	VersionNumber int   `json:"version_number" doc:"Of the flow; running reviews keep theirs."`
	Archived      bool  `json:"archived"`
	Version       int64 `json:"version"`
}

func flowOut(f store.FlowView) FlowOut {
	out := FlowOut{ID: f.ID, VersionNumber: f.CurrentVersion, Archived: f.ArchivedAt != nil, Version: f.Version}
	out.FlowBody = FlowBody{Name: f.Name, ContentTypes: f.Content.ContentTypes, Platforms: f.Content.Platforms, Steps: []StepBody{}}
	for _, s := range f.Steps {
		out.Steps = append(out.Steps, StepBody{Name: s.Name, Mode: s.Mode, Approvers: s.Approvers})
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
	return &flowAnswer{ETag: etag(f.Version), Body: flowOut(f)}, err
}

func (a *API) flows(ctx context.Context, in *listIn) (*ListOut[FlowOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Flows(ctx, in.Brand, page)
	return listOf(rows, page.Limit, func(f store.FlowView) string { return f.ID }, flowOut), err
}

type editFlowIn struct {
	FlowIn
	IfMatch
	Body FlowBody
}

func (a *API) editFlow(ctx context.Context, in *editFlowIn) (*flowAnswer, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	if err := a.Service.Flows.Edit(ctx, callOf(ctx), in.Brand, in.Flow, version, in.Body.spec()); err != nil {
		return nil, err
	}
	return a.flow(ctx, &in.FlowIn)
}

type archiveFlowIn struct {
	FlowIn
	NewDefault string `query:"new_default" pattern:"^none$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Needed when the flow is a platform's default: another flow's id, or none for 'no approval'."`
}

func (a *API) archiveFlow(ctx context.Context, in *archiveFlowIn) (*Empty, error) {
	return &Empty{}, a.Service.Flows.Archive(ctx, callOf(ctx), in.Brand, in.Flow, in.NewDefault)
}
