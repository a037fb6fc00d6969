package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"countersign/model"
)

// CreateAccess inserts a waiting request; ErrTaken when one waits already.
func (tx *Tx) CreateAccess(r *model.AccessRequest) error {
	waiting := true
	r.State, r.Waiting, r.Version, r.CreatedAt = model.AccessWaiting, &waiting, 1, tx.Now
	return taken(tx.create("access request", r))
}

// LastAccess reads a Person's newest request to a Brand, or nil.
func (r Reader) LastAccess(ctx context.Context, brandID, personID string) (*model.AccessRequest, error) {
	var a model.AccessRequest
	err := r.with(ctx).Where("brand_id = ? AND person_id = ?", brandID, personID).Order("id DESC").Take(&a).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil //nolint:nilnil // none is an answer here, not a fault
	}
	return &a, fault("last access request", err)
}

// WaitingCount counts a Brand's waiting requests.
func (r Reader) WaitingCount(ctx context.Context, brandID string) (n int64, err error) {
	err = r.with(ctx).Model(&model.AccessRequest{}).Where("brand_id = ? AND state = ?", brandID, model.AccessWaiting).Count(&n).Error
	return n, fault("waiting requests", err)
}

// AccessView is a request as an admin or its Person sees it.
type AccessView struct {
	model.AccessRequest
	BrandName      string // public name
	InvitationNote string
	Inviter        string
}

func (r Reader) access(ctx context.Context) *gorm.DB {
	return r.with(ctx).Table("access_requests a").
		Select("a.*, b.public_name AS brand_name, i.note AS invitation_note, u.name AS inviter").
		Joins("JOIN brands b ON b.id = a.brand_id").
		Joins("LEFT JOIN invitations i ON i.id = a.invitation_id").
		Joins("LEFT JOIN memberships m ON m.id = i.created_by").
		Joins("LEFT JOIN users u ON u.id = m.user_id")
}

// AccessRequests lists a Brand's requests, newest first; state "" is all.
func (r Reader) AccessRequests(ctx context.Context, brandID string, state model.AccessState, p Page) (list []AccessView, err error) {
	q := r.access(ctx).Where("a.brand_id = ?", brandID)
	if state != "" {
		q = q.Where("a.state = ?", state)
	}
	err = p.below(q, "a.id").Scan(&list).Error
	return list, fault("access requests", err)
}

// AccessRequest reads one of a Brand.
func (r Reader) AccessRequest(ctx context.Context, brandID, id string) (v AccessView, err error) {
	err = r.access(ctx).Where("a.brand_id = ? AND a.id = ?", brandID, id).Take(&v).Error
	return v, fault("access request", err)
}

// AccessRequestsOf lists a Person's own requests, newest first.
func (r Reader) AccessRequestsOf(ctx context.Context, personID string, p Page) (list []AccessView, err error) {
	err = p.below(r.access(ctx).Where("a.person_id = ?", personID), "a.id").Scan(&list).Error
	return list, fault("own access requests", err)
}

// EndAccess moves a waiting request to its end; false when somebody was first.
func (tx *Tx) EndAccess(id string, to model.AccessState, reason, by, byName string) (Moved, error) {
	return move(tx.db.Model(&model.AccessRequest{}).Where("id = ? AND state = ?", id, model.AccessWaiting), map[string]any{
		"state": to, "waiting": nil, "reason": reason, "decided_by": by, "decided_by_name": byName, "decided_at": tx.Now,
	})
}

// UnblockAccess lets a refused Person ask again at once.
func (tx *Tx) UnblockAccess(id string) (Moved, error) {
	return move(tx.db.Model(&model.AccessRequest{}).Where("id = ? AND state = ?", id, model.AccessRefused), map[string]any{"unblocked_at": tx.Now})
}
