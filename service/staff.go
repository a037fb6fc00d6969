package service

import (
	"context"

	"countersign/model"
	"countersign/store"
)

// Staff answers the Member that the caller is in a Brand, and refuses a role that is too
// small (CodeForbidden). A stranger, and a Person who is no User, gets the answer of a Brand
// that does not exist (CodeNotFound). This rule stands here alone: reads ask it of the
// store, acts of their transaction.
func Staff(ctx context.Context, r store.Reader, c Call, brandID string, need model.Role) (model.Member, error) {
	if c.Principal.UserID == "" {
		return model.Member{}, model.E(model.CodeNotFound)
	}
	m, err := r.Staff(ctx, brandID, c.Principal.UserID)
	if err == nil && !m.Role.May(need) {
		err = model.E(model.CodeForbidden, "role", string(need))
	}
	return m, err
}

// asStaff is Staff for an act: whoever it refuses gets no earlier answer of the act either.
func asStaff(ctx context.Context, tx *store.Tx, c Call, brandID string, need model.Role) (model.Member, error) {
	m, err := Staff(ctx, tx.Reader, c, brandID, need)
	if err != nil {
		return m, &stranger{err}
	}
	return m, nil
}

// byStaff is once for an act that only staff with a role may do.
func byStaff[T any](ctx context.Context, a acts, c Call, brandID string, need model.Role, fn func(tx *store.Tx, me model.Member) (T, error)) (T, error) {
	return idempotent(ctx, a, c, func(tx *store.Tx) (T, error) {
		me, err := asStaff(ctx, tx, c, brandID, need)
		if err != nil {
			return *new(T), err
		}
		return fn(tx, me)
	})
}
