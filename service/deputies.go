package service

import (
	"context"
	"slices"
	"time"

	"countersign/model"
	"countersign/store"
)

// Deputies lets Members stand in for each other for a period.
type Deputies struct{ acts }

// DeputySpec is a Deputy as a Member asks for it; MemberID is empty for himself.
type DeputySpec struct {
	MemberID, DeputyID string
	From, Until        time.Time
}

// Create names a deputy: a Member for himself, an admin for anybody of the Brand. A
// reviewer may name only whom he could hand a turn to: staff.
func (s Deputies) Create(ctx context.Context, c Call, brandID string, spec DeputySpec) (string, error) {
	return idempotent(ctx, s.acts, c, func(tx *store.Tx) (string, error) {
		me, role, err := s.seatOf(ctx, tx, c, brandID, spec.MemberID)
		if err != nil {
			return "", err
		}
		d := model.Deputy{
			ID: s.newID(), BrandID: brandID, MemberID: spec.MemberID, DeputyID: spec.DeputyID, CreatedBy: me,
			FromAt: spec.From.UTC().Truncate(time.Millisecond), UntilAt: spec.Until.UTC().Truncate(time.Millisecond),
		}
		if d.MemberID == "" {
			d.MemberID = me
		}
		if err := model.CheckDeputy(d, tx.Now); err != nil {
			return "", err
		}
		if err := s.mayName(ctx, tx, d, role); err != nil {
			return "", err
		}
		tx.Audit(c.entry(brandID, "deputy.named", "member", d.MemberID, nil, map[string]any{"deputy": d.DeputyID, "from": d.FromAt, "until": d.UntilAt, "id": d.ID}))
		return d.ID, tx.CreateDeputy(&d)
	})
}

// seatOf is the caller's seat in the Brand. For another Member he must be an admin.
func (s Deputies) seatOf(ctx context.Context, tx *store.Tx, c Call, brandID, forMember string) (string, model.Role, error) {
	seats, err := tx.Seats(ctx, c.Principal.Viewer())
	if err != nil {
		return "", "", err
	}
	seats = slices.DeleteFunc(seats, func(m store.Seat) bool { return m.BrandID != brandID })
	if len(seats) == 0 {
		return "", "", model.E(model.CodeNotFound)
	}
	slices.SortStableFunc(seats, func(a, b store.Seat) int { return rank(b.Role) - rank(a.Role) }) // the strongest seat first
	for _, m := range seats {
		if m.MemberID == forMember {
			return m.MemberID, m.Role, nil
		}
	}
	if forMember != "" && seats[0].Role != model.RoleAdmin {
		return "", "", model.E(model.CodeForbidden, "role", string(model.RoleAdmin))
	}
	return seats[0].MemberID, seats[0].Role, nil
}

func rank(r model.Role) int {
	return slices.Index([]model.Role{model.RoleReviewer, model.RoleEditor, model.RoleAdmin}, r)
}

// mayName: both are active Members and different people, the deputy is somebody whom the
// caller may see, and no other deputy stands in during the period.
func (s Deputies) mayName(ctx context.Context, tx *store.Tx, d model.Deputy, by model.Role) error {
	if err := tx.HoldMembers(d.BrandID, []string{d.MemberID, d.DeputyID}); err != nil {
		return err
	}
	members, err := tx.ActiveMembers(ctx, d.BrandID, []string{d.MemberID, d.DeputyID})
	if err != nil {
		return err
	}
	for _, id := range []string{d.MemberID, d.DeputyID} {
		i := slices.IndexFunc(members, func(m model.Member) bool { return m.ID == id })
		hidden := i >= 0 && id == d.DeputyID && by == model.RoleReviewer && !members[i].Role.Staff() // to a reviewer, other reviewers do not exist
		if i < 0 || hidden {
			return model.E(model.CodeApproverUnknown, "member", id)
		}
	}
	humans, err := tx.Humans(ctx, d.BrandID, []string{d.MemberID, d.DeputyID})
	if err != nil {
		return err
	}
	if humans[d.MemberID] == humans[d.DeputyID] {
		return model.Invalid(model.Field("deputy_id", "same_person"))
	}
	overlaps, err := tx.DeputyOverlaps(ctx, d)
	if err == nil && overlaps {
		err = model.E(model.CodeDeputyOverlaps)
	}
	return err
}

// End ends a period early: by the Member who is away, by his deputy, or by an admin.
func (s Deputies) End(ctx context.Context, c Call, brandID, id string) error {
	_, err := idempotent(ctx, s.acts, c, func(tx *store.Tx) (done, error) {
		seats, err := tx.Seats(ctx, c.Principal.Viewer())
		if err != nil {
			return done{}, err
		}
		d, err := tx.Deputy(ctx, brandID, id)
		if err != nil {
			return done{}, err
		}
		may := slices.ContainsFunc(seats, func(m store.Seat) bool {
			return m.BrandID == brandID && (m.Role == model.RoleAdmin || m.MemberID == d.MemberID || m.MemberID == d.DeputyID)
		})
		if !may {
			return done{}, model.E(model.CodeNotFound)
		}
		moved, err := tx.EndDeputy(brandID, id)
		if err == nil && moved {
			tx.Audit(c.entry(brandID, "deputy.ended", "member", d.MemberID, map[string]any{"deputy": d.DeputyID, "until": d.UntilAt, "id": d.ID}, map[string]any{"until": tx.Now}))
		}
		return done{}, err
	})
	return err
}
