package api

import (
	"context"
	"time"

	"countersign/model"
	"countersign/service"
)

type createDeputyIn struct {
	BrandIn
	Body struct {
		MemberID *string   `json:"member_id,omitempty" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Who is away; absent for myself, others only by an admin."`
		DeputyID string    `json:"deputy_id" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Who answers instead: a member; a reviewer may name staff."`
		From     time.Time `json:"from" doc:"RFC 3339 with an offset."`
		Until    time.Time `json:"until" doc:"RFC 3339 with an offset; at most 90 days after from."`
	}
}

// DeputyOut is somebody who stands in for a member.
type DeputyOut struct {
	ID         string     `json:"id"`
	MemberID   string     `json:"member_id"`
	MemberName string     `json:"member_name"`
	DeputyID   string     `json:"deputy_id"`
	DeputyName string     `json:"deputy_name"`
	From       time.Time  `json:"from"`
	Until      time.Time  `json:"until"`
	EndedAt    *time.Time `json:"ended_at,omitempty" doc:"When it was ended early."`
}

type deputyAnswer struct{ Body DeputyOut }

func (a *API) createDeputy(ctx context.Context, in *createDeputyIn) (*deputyAnswer, error) {
	b := in.Body
	spec := service.DeputySpec{DeputyID: b.DeputyID, From: b.From, Until: b.Until}
	if b.MemberID != nil {
		spec.MemberID = *b.MemberID
	}
	id, err := a.Service.Deputies.Create(ctx, callOf(ctx), in.Brand, spec)
	if err != nil {
		return nil, err
	}
	d, err := a.Store.Deputy(ctx, in.Brand, id)
	if err != nil {
		return nil, err
	}
	out, err := a.deputiesOut(ctx, in.Brand, []model.Deputy{d})
	if err != nil {
		return nil, err
	}
	return &deputyAnswer{Body: out[0]}, nil
}

func (a *API) deputiesOut(ctx context.Context, brandID string, list []model.Deputy) ([]DeputyOut, error) {
	ids := make([]string, 0, 2*len(list))
	for _, d := range list {
		ids = append(ids, d.MemberID, d.DeputyID)
	}
	members, err := a.Store.MembersByID(ctx, brandID, ids)
	names := map[string]string{}
	for _, m := range members {
		names[m.ID] = m.DisplayName()
	}
	out := make([]DeputyOut, len(list))
	for i, d := range list {
		out[i] = DeputyOut{d.ID, d.MemberID, names[d.MemberID], d.DeputyID, names[d.DeputyID], d.FromAt, d.UntilAt, d.EndedAt}
	}
	return out, err
}

// deputies are all of the brand for its admins, and for others those that concern them.
func (a *API) deputies(ctx context.Context, in *listIn) (*ListOut[DeputyOut], error) {
	seats, err := a.Store.Seats(ctx, callOf(ctx).Principal.Viewer())
	if err != nil {
		return nil, err
	}
	mine, admin := []string{}, false
	for _, s := range seats {
		if s.BrandID == in.Brand {
			mine, admin = append(mine, s.MemberID), admin || s.Role == model.RoleAdmin
		}
	}
	if len(mine) == 0 {
		return nil, model.E(model.CodeNotFound)
	}
	if admin {
		mine = nil
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Deputies(ctx, in.Brand, mine, page)
	if err != nil {
		return nil, err
	}
	out := listOf(rows, page.Limit, func(d model.Deputy) string { return d.ID }, func(d model.Deputy) DeputyOut { return DeputyOut{ID: d.ID} })
	named, err := a.deputiesOut(ctx, in.Brand, rows[:len(out.Body.Items)])
	copy(out.Body.Items, named)
	return out, err
}

type deputyIn struct {
	BrandIn
	Deputy string `path:"deputy" maxLength:"64"`
}

func (a *API) endDeputy(ctx context.Context, in *deputyIn) (*Empty, error) {
	return &Empty{}, a.Service.Deputies.End(ctx, callOf(ctx), in.Brand, in.Deputy)
}
