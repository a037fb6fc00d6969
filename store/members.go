package store

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"countersign/model"
)

// MemberView is a Member with the names that a list shows.
type MemberView struct {
	model.Member
	Email    string // staff only
	Name     string // the User's own name
	Nickname string // the Person's
	Bound    bool   // staff: a WeChat is bound
}

// DisplayName is what decisions and lists show.
func (m MemberView) DisplayName() string {
	own := m.Name
	if m.PersonID != nil {
		own = m.Nickname
	}
	return model.DisplayName(m.Alias, own)
}

func (r Reader) members(ctx context.Context) *gorm.DB {
	return r.with(ctx).Table("memberships m").
		Select("m.*, u.email, u.name, p.nickname, b.person_id IS NOT NULL AS bound").
		Joins("LEFT JOIN users u ON u.id = m.user_id").
		Joins("LEFT JOIN persons p ON p.id = m.person_id").
		Joins("LEFT JOIN bindings b ON b.user_id = m.user_id")
}

// MemberFilter narrows a list of Members.
type MemberFilter struct {
	Role   model.Role         // "" for all
	Status model.MemberStatus // "" for the active ones
	Text   string             // part of a name, an alias, a nickname or a staff member's e-mail; "" for all
}

// Members lists the Members of a Brand. It reads no row of another Brand; a search looks
// at the Brand's Members from the newest on until the page is full.
func (r Reader) Members(ctx context.Context, brandID string, f MemberFilter, p Page) (list []MemberView, err error) {
	if f.Status == "" {
		f.Status = model.MemberActive
	}
	q := r.members(ctx).Where("m.brand_id = ? AND m.status = ?", brandID, f.Status)
	if f.Role != "" {
		q = q.Where("m.role = ?", f.Role)
	}
	if f.Text != "" {
		like := "%" + escapeLike(f.Text) + "%"
		email := strings.ToLower(like) // as e-mails are stored
		if !ascii(f.Text) {
			email = "" // no e-mail is like it
		}
		q = q.Where("(m.alias LIKE ? ESCAPE '!' OR u.name LIKE ? ESCAPE '!' OR u.email LIKE ? ESCAPE '!' OR p.nickname LIKE ? ESCAPE '!')", like, like, email, like)
	}
	err = p.below(q, "m.id").Scan(&list).Error
	return list, fault("members", err)
}

// Member reads one active Member of a Brand.
func (r Reader) Member(ctx context.Context, brandID, id string) (m MemberView, err error) {
	err = r.members(ctx).Where("m.brand_id = ? AND m.id = ? AND m.status = ?", brandID, id, model.MemberActive).Take(&m).Error
	return m, fault("member", err)
}

// MembersByID reads Members of a Brand, removed ones too, for the names in a history.
func (r Reader) MembersByID(ctx context.Context, brandID string, ids []string) (list []MemberView, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = r.members(ctx).Where("m.brand_id = ? AND m.id IN ?", brandID, ids).Scan(&list).Error
	return list, fault("members by id", err)
}

// MemberNames lists the names of a Brand's active Members, for the warning that a
// stranger's name looks like one of them.
func (r Reader) MemberNames(ctx context.Context, brandID string) (names []string, err error) {
	var list []MemberView
	err = r.members(ctx).Where("m.brand_id = ? AND m.status = ?", brandID, model.MemberActive).Limit(5000).Scan(&list).Error
	for _, m := range list {
		names = append(names, m.DisplayName())
	}
	return names, fault("member names", err)
}

// ActiveMembers answers which of the ids are active Members of the Brand.
func (r Reader) ActiveMembers(ctx context.Context, brandID string, ids []string) (found []model.Member, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = r.with(ctx).Where("brand_id = ? AND status = ? AND id IN ?", brandID, model.MemberActive, ids).Find(&found).Error
	return found, fault("active members", err)
}

// Staff reads the active Member that a User is in a Brand.
func (r Reader) Staff(ctx context.Context, brandID, userID string) (m model.Member, err error) {
	err = r.with(ctx).Where("brand_id = ? AND user_id = ? AND status = ?", brandID, userID, model.MemberActive).Take(&m).Error
	return m, fault("staff", err)
}

// PersonMember tells whether a Person is an active Member of a Brand.
func (r Reader) PersonMember(ctx context.Context, brandID, personID string) (bool, error) {
	var n int64
	err := r.with(ctx).Model(&model.Member{}).Where("brand_id = ? AND person_id = ? AND status = ?", brandID, personID, model.MemberActive).Count(&n).Error
	return n > 0, fault("person member", err)
}

// SaveMember inserts a Member, or revives the row of one who was removed.
func (tx *Tx) SaveMember(m *model.Member) error {
	m.Status, m.Version, m.CreatedAt, m.UpdatedAt = model.MemberActive, 1, tx.Now, tx.Now
	q := tx.db.Model(&model.Member{}).Where("brand_id = ? AND status = ?", m.BrandID, model.MemberRemoved)
	q = sameHolder(q, m)
	moved, err := move(q, map[string]any{
		"status": model.MemberActive, "role": m.Role, "alias": m.Alias, "invitation_id": m.InvitationID, "updated_at": tx.Now,
	})
	if err != nil {
		return err
	}
	if !moved {
		return taken(tx.create("member", m))
	}
	var kept model.Member // not into m: its fresh id would be part of the condition
	err = sameHolder(tx.db.Where("brand_id = ?", m.BrandID), m).Take(&kept).Error
	*m = kept
	return err
}

func sameHolder(q *gorm.DB, m *model.Member) *gorm.DB {
	if m.UserID != nil {
		return q.Where("user_id = ?", *m.UserID)
	}
	return q.Where("person_id = ?", *m.PersonID)
}

// UpdateMember changes role and alias at the version that the admin saw.
func (tx *Tx) UpdateMember(m model.Member) error {
	moved, err := move(tx.db.Model(&model.Member{}).Where("id = ? AND brand_id = ? AND status = ? AND version = ?", m.ID, m.BrandID, model.MemberActive, m.Version),
		map[string]any{"role": m.Role, "alias": m.Alias, "updated_at": tx.Now})
	return stale(moved, err)
}

// RemoveMember ends a membership; the row stays for the history.
func (tx *Tx) RemoveMember(brandID, id string) (Moved, error) {
	return move(tx.db.Model(&model.Member{}).Where("id = ? AND brand_id = ? AND status = ?", id, brandID, model.MemberActive),
		map[string]any{"status": model.MemberRemoved, "updated_at": tx.Now})
}

// LockAdmins locks and answers the ids of a Brand's admins, so that two of them cannot
// remove each other at once.
func (tx *Tx) LockAdmins(brandID string) (ids []string, err error) {
	err = tx.forUpdate().Model(&model.Member{}).Where("brand_id = ? AND role = ? AND status = ?", brandID, model.RoleAdmin, model.MemberActive).
		Order("id").Pluck("id", &ids).Error
	return ids, err
}

// HoldMembers keeps Members from being removed until the commit, and waits for removals
// under way: whoever is asked here can still be asked when the act is done.
func (tx *Tx) HoldMembers(brandID string, ids []string) error {
	var held []string
	return tx.forUpdate().Model(&model.Member{}).Where("brand_id = ? AND id IN ?", brandID, ids).Order("id").Pluck("id", &held).Error
}

// bound joins the binding of memberships as m, and human is which human being is behind
// each: the User, also behind a Person who is bound to one, else the Person.
const (
	bound = "LEFT JOIN bindings b ON b.person_id = m.person_id"
	human = "COALESCE(m.user_id, b.user_id, m.person_id)"
)

// Humans answers, for those of the ids that are active Members of the Brand, which human
// being each is.
func (r Reader) Humans(ctx context.Context, brandID string, ids []string) (map[string]string, error) {
	return humans(r.with(ctx), brandID, ids)
}

// HoldHumans is Humans and HoldMembers in one: none of them is removed, nor a binding
// ended, until the commit.
func (tx *Tx) HoldHumans(brandID string, ids []string) (map[string]string, error) {
	return humans(tx.forUpdate(), brandID, ids)
}

func humans(q *gorm.DB, brandID string, ids []string) (map[string]string, error) {
	var rows []struct{ ID, Human string }
	err := q.Table("memberships m").Select("m.id, "+human+" AS human").Joins(bound).
		Where("m.brand_id = ? AND m.status = ? AND m.id IN ?", brandID, model.MemberActive, ids).Order("m.id").Scan(&rows).Error
	out := make(map[string]string, len(rows))
	for _, row := range rows {
		out[row.ID] = row.Human
	}
	return out, fault("humans", err)
}
