package store

import (
	"context"

	"gorm.io/gorm"

	"countersign/model"
)

// CreateScene inserts a scene token.
func (tx *Tx) CreateScene(s *model.Scene) error {
	s.CreatedAt = tx.Now
	return tx.create("scene", s)
}

// SceneByToken looks a token up by its hash.
func (r Reader) SceneByToken(ctx context.Context, hash string) (s model.Scene, err error) {
	err = r.with(ctx).Where("token_hash = ?", hash).Take(&s).Error
	return s, fault("scene", err)
}

// SceneOf reads the newest token of a subject.
func (r Reader) SceneOf(ctx context.Context, kind model.SceneKind, subjectID string) (s model.Scene, err error) {
	err = r.with(ctx).Where("subject_id = ? AND kind = ?", subjectID, kind).Order("id DESC").Take(&s).Error
	return s, fault("scene of subject", err)
}

// live is the database's side of model.Scene.Live.
func live(q *gorm.DB, tx *Tx) *gorm.DB {
	return q.Where("revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?) AND (max_uses = 0 OR uses < max_uses)", tx.Now)
}

// UseScene consumes one use of a token; false when it has ended meanwhile.
func (tx *Tx) UseScene(id string) (Moved, error) {
	r := live(tx.db.Model(&model.Scene{}).Where("id = ?", id), tx).Update("uses", gorm.Expr("uses + 1"))
	return r.RowsAffected == 1, r.Error
}

// RevokeScene ends a token; false when it had ended.
func (tx *Tx) RevokeScene(id string) (Moved, error) {
	r := tx.db.Model(&model.Scene{}).Where("id = ? AND revoked_at IS NULL", id).Update("revoked_at", tx.Now)
	return r.RowsAffected == 1, r.Error
}

// RevokeScenesOf ends all live tokens of a subject and answers their hashes.
func (tx *Tx) RevokeScenesOf(kind model.SceneKind, subjectID string) (hashes []string, err error) {
	q := tx.db.Model(&model.Scene{}).Where("subject_id = ? AND kind = ? AND revoked_at IS NULL", subjectID, kind)
	if err = q.Pluck("token_hash", &hashes).Error; err != nil || len(hashes) == 0 {
		return nil, err
	}
	return hashes, tx.db.Model(&model.Scene{}).Where("token_hash IN ?", hashes).Update("revoked_at", tx.Now).Error
}

// CreateInvitation inserts an Invitation.
func (tx *Tx) CreateInvitation(i *model.Invitation) error {
	i.CreatedAt = tx.Now
	return tx.create("invitation", i)
}

// InvitationView is an Invitation with its token's row and who made it.
type InvitationView struct {
	model.Invitation
	Scene   model.Scene `gorm:"-"`
	Creator string
}

// Invitations lists a Brand's invitations, newest first.
func (r Reader) Invitations(ctx context.Context, brandID string, p Page) (list []InvitationView, err error) {
	q := r.with(ctx).Table("invitations i").Select("i.*, u.name AS creator").
		Joins("LEFT JOIN memberships m ON m.id = i.created_by").Joins("LEFT JOIN users u ON u.id = m.user_id").
		Where("i.brand_id = ?", brandID)
	if err = p.below(q, "i.id").Scan(&list).Error; err != nil {
		return nil, fault("invitations", err)
	}
	return list, r.attachScenes(ctx, list)
}

// Invitation reads one.
func (r Reader) Invitation(ctx context.Context, brandID, id string) (InvitationView, error) {
	var v InvitationView
	err := r.with(ctx).Table("invitations i").Select("i.*, u.name AS creator").
		Joins("LEFT JOIN memberships m ON m.id = i.created_by").Joins("LEFT JOIN users u ON u.id = m.user_id").
		Where("i.brand_id = ? AND i.id = ?", brandID, id).Take(&v).Error
	if err != nil {
		return v, fault("invitation", err)
	}
	one := []InvitationView{v}
	err = r.attachScenes(ctx, one)
	return one[0], err
}

func (r Reader) attachScenes(ctx context.Context, list []InvitationView) error {
	if len(list) == 0 {
		return nil
	}
	ids := make([]string, len(list))
	for i, v := range list {
		ids[i] = v.SceneID
	}
	var scenes []model.Scene
	if err := r.with(ctx).Where("id IN ?", ids).Find(&scenes).Error; err != nil {
		return fault("scenes", err)
	}
	byID := make(map[string]model.Scene, len(scenes))
	for _, s := range scenes {
		byID[s.ID] = s
	}
	for i := range list {
		list[i].Scene = byID[list[i].SceneID]
	}
	return nil
}
