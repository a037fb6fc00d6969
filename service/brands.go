package service

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// Brands keeps a brand's settings, its members, channels and platform settings.
type Brands struct {
	acts
	cache   Cache
	reviews Reviews
	cost    HashCost
}

// Founding is what an operator gives to set up a brand with its first admin.
type Founding struct {
	Name, PublicName, TimeZone      string
	AdminEmail, AdminName, Password string
}

// Found makes a brand and its first admin, who is created when his e-mail is new. It is
// an operator's act, from the shell.
func (b Brands) Found(ctx context.Context, f Founding) (model.Brand, error) {
	if f.PublicName == "" {
		f.PublicName = f.Name
	}
	if f.TimeZone == "" {
		f.TimeZone = "Asia/Shanghai"
	}
	brand := model.Brand{ID: b.newID(), Name: clean(f.Name), PublicName: clean(f.PublicName), TimeZone: f.TimeZone, LeadMinutes: model.DefaultLeadMinutes}
	if err := checkBrand(brand); err != nil {
		return brand, err
	}
	_, err := idempotent(ctx, b.acts, Call{}, func(tx *store.Tx) (done, error) {
		if err := tx.CreateBrand(&brand); err != nil {
			return done{}, err
		}
		tx.Audit(operator(brand.ID, "brand.created", "brand", brand.ID, map[string]any{"name": brand.Name}))
		return done{}, b.staff(ctx, tx, brand.ID, f.AdminEmail, f.AdminName, f.Password, model.RoleAdmin)
	})
	return brand, err
}

// AddStaff makes a User a Member of a brand, from the shell.
func (b Brands) AddStaff(ctx context.Context, brandID, email, name, password string, role model.Role) error {
	if !role.Staff() {
		return model.Invalid(model.Field("role", "admin_or_editor_expected"))
	}
	return b.store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Brand(ctx, brandID); err != nil {
			return err
		}
		return b.staff(ctx, tx, brandID, email, name, password, role)
	})
}

func (b Brands) staff(ctx context.Context, tx *store.Tx, brandID, email, name, password string, role model.Role) error {
	email = strings.ToLower(strings.TrimSpace(email)) // as SignIn looks it up
	user, err := tx.UserByEmail(ctx, email)
	if model.CodeOf(err) == model.CodeNotFound && err != nil {
		user, err = b.newUser(tx, email, name, password)
	}
	if err != nil {
		return err
	}
	m, err := b.addMember(tx, brandID, user, role)
	if err == nil {
		tx.Audit(operator(brandID, "member.added", "member", m.ID, added(m)))
	}
	return err
}

// addMember makes a User a Member; one who was removed gets his row back.
func (b Brands) addMember(tx *store.Tx, brandID string, user model.User, role model.Role) (model.Member, error) {
	m := model.Member{ID: b.newID(), BrandID: brandID, UserID: &user.ID, Role: role}
	err := tx.SaveMember(&m)
	if errors.Is(err, store.ErrTaken) {
		err = model.E(model.CodeAlreadyMember)
	}
	return m, err
}

func added(m model.Member) map[string]any { return map[string]any{"role": m.Role, "user": *m.UserID} }

// newMembers is how many e-mails somebody may try: he is not to find out who has an
// account here.
var newMembers = model.Limit{Name: "new_members", Rate: 60, Period: time.Hour}

// AddMember makes the User with an e-mail a Member of a brand, and answers the Member's
// id. Accounts and their first passwords are the operator's to make: whoever knows a
// password that he has not chosen could sign in to the User's other brands.
func (b Brands) AddMember(ctx context.Context, c Call, brandID, email string, role model.Role) (string, error) {
	email = strings.ToLower(strings.TrimSpace(email)) // as SignIn looks it up
	var bad []model.FieldError
	if r := CheckEmail(email); r != "" {
		bad = append(bad, model.Field("email", r))
	}
	if !role.Staff() {
		bad = append(bad, model.Field("role", "admin_or_editor_expected"))
	}
	if len(bad) > 0 {
		return "", model.Invalid(bad...)
	}
	if ok, wait := b.cache.Allow(ctx, newMembers, c.Principal.ID()); !ok {
		return "", model.E(model.CodeTooMany).After(wait)
	}
	return byStaff(ctx, b.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (string, error) {
		user, err := tx.UserByEmail(ctx, email)
		if unknown := err != nil && model.CodeOf(err) == model.CodeNotFound; unknown || user.DisabledAt != nil {
			return "", model.E(model.CodeUserUnknown)
		}
		if err != nil {
			return "", err
		}
		m, err := b.addMember(tx, brandID, user, role)
		if err == nil {
			tx.Audit(c.entry(brandID, "member.added", "member", m.ID, nil, added(m)))
		}
		return m.ID, err
	})
}

func (b Brands) newUser(tx *store.Tx, email, name, password string) (model.User, error) {
	var bad []model.FieldError
	if r := CheckEmail(email); r != "" {
		bad = append(bad, model.Field("email", r))
	}
	if r := model.CheckLine(clean(name), model.MaxName); r != "" {
		bad = append(bad, model.Field("name", r))
	}
	if r := CheckPassword(password); r != "" {
		bad = append(bad, model.Field("password", r))
	}
	if len(bad) > 0 {
		return model.User{}, model.Invalid(bad...)
	}
	hash, err := b.cost.Hash(password)
	if err != nil {
		return model.User{}, err
	}
	u := model.User{ID: b.newID(), Email: email, Name: clean(name), PasswordHash: hash}
	return u, tx.CreateUser(&u)
}

func operator(brandID, action, kind, id string, after any) model.AuditEntry {
	return model.AuditEntry{BrandID: brandID, ActorKind: "operator", Action: action, SubjectKind: kind, SubjectID: id, BeforeJSON: []byte{}, AfterJSON: asJSON(after)}
}

func checkBrand(b model.Brand) error {
	var bad []model.FieldError
	if r := model.CheckLine(b.Name, model.MaxName); r != "" {
		bad = append(bad, model.Field("name", r))
	}
	if r := model.CheckLine(b.PublicName, model.MaxName); r != "" {
		bad = append(bad, model.Field("public_name", r))
	}
	if _, err := time.LoadLocation(b.TimeZone); err != nil || b.TimeZone == "" || b.TimeZone == "Local" {
		bad = append(bad, model.Field("time_zone", "iana_name_expected"))
	}
	bad = append(bad, b.CheckRules()...)
	if len(bad) > 0 {
		return model.Invalid(bad...)
	}
	return nil
}

// BrandPatch has what an admin may change; nil leaves it.
type BrandPatch struct {
	Name, PublicName, TimeZone *string
	SelfApproval               *bool
	LeadMinutes                *int
	BlockingRules              []string // nil leaves them
	NamedPosters               *bool
}

// Update changes a brand's settings at the version that the admin saw.
func (b Brands) Update(ctx context.Context, c Call, brandID string, version int64, p BrandPatch) error {
	_, err := ruling(ctx, b.acts, c, brandID, "", func(tx *store.Tx, _ model.Member) (done, error) {
		was, err := tx.Brand(ctx, brandID)
		if err != nil {
			return done{}, err
		}
		now := was
		setLine(&now.Name, p.Name)
		setLine(&now.PublicName, p.PublicName)
		set(&now.TimeZone, p.TimeZone)
		set(&now.SelfApproval, p.SelfApproval)
		set(&now.LeadMinutes, p.LeadMinutes)
		set(&now.NamedPosters, p.NamedPosters)
		if p.BlockingRules != nil {
			now.BlockingRules = p.BlockingRules
		}
		if err := checkBrand(now); err != nil {
			return done{}, err
		}
		now.Version = version
		tx.Audit(c.entry(brandID, "brand.updated", "brand", brandID, was, now))
		return done{}, tx.UpdateBrand(now)
	})
	return err
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func setLine(to *string, from *string) {
	if from != nil {
		*to = clean(*from)
	}
}

// lockAdmins locks a brand's admins and asks once more whether the caller is one: while
// he waited for the lock, another admin may have removed him.
func lockAdmins(ctx context.Context, tx *store.Tx, c Call, brandID string) ([]string, error) {
	admins, err := tx.LockAdmins(brandID)
	if err == nil {
		_, err = asStaff(ctx, tx, c, brandID, model.RoleAdmin)
	}
	return admins, err
}

// MemberPatch has what an admin may change about a Member; nil leaves it.
type MemberPatch struct {
	Role  *model.Role
	Alias *string
}

// UpdateMember changes a Member's role or alias. The last admin stays one.
func (b Brands) UpdateMember(ctx context.Context, c Call, brandID, id string, version int64, p MemberPatch) error {
	_, err := byStaff(ctx, b.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (done, error) {
		admins, err := lockAdmins(ctx, tx, c, brandID)
		if err != nil {
			return done{}, err
		}
		m, err := tx.Member(ctx, brandID, id)
		if err != nil {
			return done{}, err
		}
		was := m.Member
		set(&m.Role, p.Role)
		setLine(&m.Alias, p.Alias)
		if err := checkMember(was, m.Member, admins); err != nil {
			return done{}, err
		}
		m.Version = version
		tx.Audit(c.entry(brandID, "member.updated", "member", id, was, m.Member))
		return done{}, tx.UpdateMember(m.Member)
	})
	return err
}

func checkMember(was, now model.Member, admins []string) error {
	switch {
	case was.Role.Staff() != now.Role.Staff() || (now.Role != model.RoleReviewer && !now.Role.Staff()):
		return model.Invalid(model.Field("role", "not_for_this_member"))
	case now.Role != model.RoleAdmin && slices.Equal(admins, []string{was.ID}):
		return model.E(model.CodeLastAdmin)
	case now.Alias != "":
		if r := model.CheckLine(now.Alias, model.MaxAlias); r != "" {
			return model.Invalid(model.Field("alias", r))
		}
	}
	return nil
}

// RemoveMember ends a membership. His open tasks are cancelled; a step that is left
// without anybody to answer is blocked (rule 10).
func (b Brands) RemoveMember(ctx context.Context, c Call, brandID, id string) error {
	_, err := ruling(ctx, b.acts, c, brandID, "", func(tx *store.Tx, _ model.Member) (done, error) {
		admins, err := lockAdmins(ctx, tx, c, brandID)
		if err != nil {
			return done{}, err
		}
		m, err := tx.Member(ctx, brandID, id)
		if err != nil {
			return done{}, err
		}
		if slices.Equal(admins, []string{id}) {
			return done{}, model.E(model.CodeLastAdmin)
		}
		if _, err := tx.RemoveMember(brandID, id); err != nil { // the admins' lock is held: nobody else removes him now
			return done{}, err
		}
		tx.Audit(c.entry(brandID, "member.removed", "member", id, m.Member, map[string]any{"status": model.MemberRemoved}))
		return done{}, b.reviews.release(ctx, tx, c, id)
	})
	return err
}
