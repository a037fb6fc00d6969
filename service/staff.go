package service

import (
	"context"

	"countersign/model"
	"countersign/store"
)

// asStaff reads who the caller is in the Brand, inside the transaction, and refuses a
// role that is too small. A stranger gets the answer of a Brand that does not exist.
func asStaff(ctx context.Context, tx *store.Tx, c Call, brandID string, need model.Role) (model.Member, error) {
	if c.Principal.UserID == "" {
		return model.Member{}, &stranger{model.E(model.CodeNotFound)}
	}
	m, err := tx.Staff(ctx, brandID, c.Principal.UserID)
	if err == nil && !m.Role.May(need) {
		err = model.E(model.CodeForbidden, "role", string(need))
	}
	if err != nil {
		return m, &stranger{err}
	}
	return m, nil
}

// byStaff is once for an act that only staff with a role may do.
func byStaff[T any](ctx context.Context, a acts, c Call, brandID string, need model.Role, fn func(tx *store.Tx, me model.Member) (T, error)) (T, error) {
	return once(ctx, a, c, func(tx *store.Tx) (T, error) {
		me, err := asStaff(ctx, tx, c, brandID, need)
		if err != nil {
			return *new(T), err
		}
		return fn(tx, me)
	})
}
