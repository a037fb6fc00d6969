package service

import (
	"context"
	"errors"
	"time"

	"countersign/model"
	"countersign/store"
)

// Join is how a stranger becomes a reviewer: login, nickname, request, admission.
type Join struct {
	acts
	wechat    WeChat
	cache     Cache
	sessions  Sessions
	scenes    Scenes
	perMinute int // logins from one address
}

// PersonLogin is what a WeChat login hands back.
type PersonLogin struct {
	Login
	Person model.Person
}

// Login exchanges a wx.login code for a session. The exchange is made once and outside
// any transaction; the code is spent even when something later fails, and the client
// then calls wx.login again. Sixteen first logins at once make one Person: the unique
// index decides, the others read the winner.
func (j Join) Login(ctx context.Context, c Call, code string) (PersonLogin, error) {
	limit := model.Limit{Name: "wechat_login", Rate: j.perMinute, Period: time.Minute}
	if ok, wait := j.cache.Allow(ctx, limit, "ip:"+c.IP); !ok {
		return PersonLogin{}, model.E(model.CodeTooMany).After(wait)
	}
	who, err := j.wechat.Login(ctx, code)
	if err != nil {
		return PersonLogin{}, err
	}
	person, err := j.personOf(ctx, who)
	if err != nil {
		return PersonLogin{}, err
	}
	login, err := j.sessions.open(ctx, c, model.Session{Kind: model.SessionMini, PersonID: &person.ID})
	return PersonLogin{Login: login, Person: person}, err
}

func (j Join) personOf(ctx context.Context, who model.WeChatIdentity) (model.Person, error) {
	p, err := j.store.PersonByIdentity(ctx, who.AppID, who.OpenID)
	switch {
	case err == nil && (who.UnionID == "" || who.UnionID == p.UnionID):
		return p, nil
	case err == nil:
		return p, j.store.InTx(ctx, func(tx *store.Tx) error { return tx.SetUnionID(p.ID, who.UnionID) })
	case model.CodeOf(err) != model.CodeNotFound:
		return p, err
	}
	p = model.Person{ID: j.newID(), AppID: who.AppID, OpenID: who.OpenID, UnionID: who.UnionID, Language: "zh-CN"}
	err = j.store.InTx(ctx, func(tx *store.Tx) error { return tx.CreatePerson(&p) })
	if errors.Is(err, store.ErrTaken) {
		return j.store.PersonByIdentity(ctx, who.AppID, who.OpenID)
	}
	return p, err
}

// PersonPatch has what a Person may change about himself; nil leaves it.
type PersonPatch struct{ Nickname, Language *string }

// Update sets nickname and language (rule 2). WeChat's text check is asked about the
// nickname; when WeChat does not answer, the name is kept all the same, because it
// gives no right: an admin reads it before he admits.
func (j Join) Update(ctx context.Context, c Call, patch PersonPatch) (model.Person, error) {
	p, err := j.store.Person(ctx, c.Principal.PersonID)
	if err != nil {
		return p, err
	}
	if patch.Nickname != nil {
		p.Nickname = clean(*patch.Nickname)
		patch.Nickname = &p.Nickname
		if r := model.CheckLine(p.Nickname, model.MaxNickname); r != "" {
			return p, model.Invalid(model.Field("nickname", r))
		}
		if err := j.checkNickname(ctx, p); err != nil {
			return p, err
		}
	}
	err = j.store.InTx(ctx, func(tx *store.Tx) error {
		was, err := tx.Person(ctx, p.ID)
		if err != nil {
			return err
		}
		if err := tx.UpdatePerson(p.ID, patch.Nickname, patch.Language); err != nil {
			return err
		}
		if p, err = tx.Person(ctx, p.ID); err != nil {
			return err
		}
		return recordPerson(ctx, tx, c, was, p)
	})
	return p, err
}

// recordPerson writes a new nickname into the audit of every Brand whose reviewer the
// Person is: lists and later decisions show it.
func recordPerson(ctx context.Context, tx *store.Tx, c Call, was, now model.Person) error {
	if was.Nickname == now.Nickname {
		return nil
	}
	seats, err := tx.Seats(ctx, store.Viewer{PersonID: now.ID})
	for _, s := range seats {
		if s.PersonID != nil && *s.PersonID == now.ID {
			tx.Audit(c.entry(s.BrandID, "person.renamed", "member", s.MemberID, map[string]any{"nickname": was.Nickname}, map[string]any{"nickname": now.Nickname}))
		}
	}
	return err
}

func (j Join) checkNickname(ctx context.Context, p model.Person) error {
	v, err := j.wechat.CheckText(ctx, model.TextCheck{OpenID: p.OpenID, Scene: model.TextSceneProfile, Content: p.Nickname, Nickname: p.Nickname})
	if err != nil {
		j.log.WarnContext(ctx, "nickname kept without WeChat's text check", "person", p.ID, "error", err)
		return nil
	}
	if v.Suggest == model.TextRisky {
		return model.E(model.CodeNicknameRefused)
	}
	return nil
}

// InvitationSpec is an Invitation as an admin asks for it.
type InvitationSpec struct {
	Note    string
	Life    time.Duration // 0: 7 days
	MaxUses int           // 0: no limit
}

// Longest and usual life of an invitation, and the most uses that can be named.
const (
	InvitationLife    = 7 * 24 * time.Hour
	MaxInvitationLife = 365 * 24 * time.Hour
	MaxInvitationUses = 1000
)

func (s *InvitationSpec) check() error {
	s.Note = clean(s.Note)
	if s.Life == 0 {
		s.Life = InvitationLife
	}
	var bad []model.FieldError
	if s.Note != "" {
		if r := model.CheckLine(s.Note, model.MaxName); r != "" {
			bad = append(bad, model.Field("note", r))
		}
	}
	if s.Life < time.Minute || s.Life > MaxInvitationLife {
		bad = append(bad, model.Field("expires_in_hours", "out_of_range"))
	}
	if s.MaxUses < 0 || s.MaxUses > MaxInvitationUses {
		bad = append(bad, model.Field("max_uses", "out_of_range"))
	}
	if len(bad) > 0 {
		return model.Invalid(bad...)
	}
	return nil
}

// Invite makes an invitation with a fresh token and answers its id.
func (j Join) Invite(ctx context.Context, c Call, brandID string, spec InvitationSpec) (string, error) {
	if err := spec.check(); err != nil {
		return "", err
	}
	return byStaff(ctx, j.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, me model.Member) (string, error) {
		id := j.newID()
		ends := tx.Now.Add(spec.Life)
		scene, err := j.scenes.newScene(tx, model.Scene{Kind: model.SceneInvitation, BrandID: &brandID, SubjectID: id, MaxUses: spec.MaxUses, ExpiresAt: &ends})
		if err != nil {
			return "", err
		}
		inv := model.Invitation{ID: id, BrandID: brandID, SceneID: scene.ID, Note: spec.Note, CreatedBy: me.ID}
		tx.Audit(c.entry(brandID, "invitation.created", "invitation", id, nil, map[string]any{"note": spec.Note, "max_uses": spec.MaxUses, "expires_at": ends}))
		return id, tx.CreateInvitation(&inv)
	})
}

// Revoke ends an invitation: its code and its link stop at once.
func (j Join) Revoke(ctx context.Context, c Call, brandID, id string) error {
	hash, err := byStaff(ctx, j.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (string, error) {
		v, err := tx.Invitation(ctx, brandID, id)
		if err != nil {
			return "", err
		}
		moved, err := tx.RevokeScene(v.SceneID)
		if err == nil && moved {
			tx.Audit(c.entry(brandID, "invitation.revoked", "invitation", id, map[string]any{"uses": v.Scene.Uses, "expires_at": v.Scene.ExpiresAt}, map[string]any{"revoked_at": tx.Now}))
		}
		return v.Scene.TokenHash, err
	})
	if err == nil {
		j.dropped(ctx, j.cache.DropScene, hash)
	}
	return err
}

// Request asks, for the caller, to become a reviewer of the Brand whose invitation he
// scanned (rules 1 to 3). Asking again while one waits answers the one that waits, also
// when his own asking was the code's last use.
func (j Join) Request(ctx context.Context, c Call, token string) (model.AccessRequest, error) {
	r, err := j.request(ctx, c, token)
	if errors.Is(err, store.ErrTaken) { // he asked on a second phone, this moment: that request is there now
		r, err = j.request(ctx, c, token)
	}
	return r, j.scenes.missed(ctx, c, err)
}

func (j Join) request(ctx context.Context, c Call, token string) (model.AccessRequest, error) {
	return idempotent(ctx, j.acts, c, func(tx *store.Tx) (model.AccessRequest, error) {
		scene, err := j.scenes.lookup(ctx, tx.Reader, token, model.SceneInvitation)
		if err != nil {
			return model.AccessRequest{}, err
		}
		person, err := tx.Person(ctx, c.Principal.PersonID)
		if err != nil {
			return model.AccessRequest{}, err
		}
		member, err := tx.PersonMember(ctx, *scene.BrandID, person.ID)
		if err != nil {
			return model.AccessRequest{}, err
		}
		last, err := tx.LastAccess(ctx, *scene.BrandID, person.ID)
		if err != nil {
			return model.AccessRequest{}, err
		}
		outcome, err := model.Ask(person, member, last, tx.Now)
		switch {
		case !scene.Live(tx.Now) && (err != nil || outcome != model.AskReturn):
			return model.AccessRequest{}, model.E(model.CodeSceneEnded)
		case err != nil:
			return model.AccessRequest{}, err
		case outcome == model.AskMember && last == nil:
			return model.AccessRequest{}, model.E(model.CodeAlreadyMember)
		case outcome != model.AskCreate:
			return *last, nil
		}
		return j.create(ctx, tx, c, scene, person)
	})
}

func (j Join) create(ctx context.Context, tx *store.Tx, c Call, scene model.Scene, person model.Person) (model.AccessRequest, error) {
	brandID := *scene.BrandID
	n, err := tx.WaitingCount(ctx, brandID)
	if err != nil {
		return model.AccessRequest{}, err
	}
	if n >= model.MaxWaitingRequests {
		return model.AccessRequest{}, model.E(model.CodeBrandFull).After(time.Hour)
	}
	r := model.AccessRequest{ID: j.newID(), BrandID: brandID, PersonID: person.ID, InvitationID: scene.SubjectID, Nickname: person.Nickname}
	if err := tx.CreateAccess(&r); err != nil {
		return model.AccessRequest{}, err
	}
	if used, err := tx.UseScene(scene.ID); err != nil || !bool(used) {
		return model.AccessRequest{}, orEnded(err)
	}
	tx.Audit(c.entry(brandID, "access.requested", "access_request", r.ID, nil, map[string]any{"nickname": r.Nickname, "invitation": r.InvitationID}))
	tx.Owe(j.notice(noticeAccessWaiting, brandID, "", r.ID, r.Version))
	return r, nil
}

func orEnded(err error) error {
	if err != nil {
		return err
	}
	return model.E(model.CodeSceneEnded)
}

// Admit makes the Person of a waiting request a reviewer; alias may be empty.
func (j Join) Admit(ctx context.Context, c Call, brandID, id, alias string) error {
	alias = clean(alias)
	if alias != "" {
		if r := model.CheckLine(alias, model.MaxAlias); r != "" {
			return model.Invalid(model.Field("alias", r))
		}
	}
	_, err := byStaff(ctx, j.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, me model.Member) (done, error) {
		r, err := j.end(ctx, tx, c, me, brandID, id, model.AccessAdmitted, "")
		if err != nil {
			return done{}, err
		}
		m := model.Member{ID: j.newID(), BrandID: brandID, PersonID: &r.PersonID, Role: model.RoleReviewer, Alias: alias, InvitationID: &r.InvitationID}
		if err := tx.SaveMember(&m); err != nil {
			return done{}, err
		}
		tx.Audit(c.entry(brandID, "access.admitted", "access_request", id, map[string]any{"state": r.State}, map[string]any{"state": model.AccessAdmitted, "member": m.ID, "alias": alias, "nickname": r.Nickname}))
		tx.Owe(j.notice(noticeAdmitted, brandID, m.ID, id, r.Version))
		return done{}, nil
	})
	return err
}

// Refuse ends a waiting request with a reason that the Person can read.
func (j Join) Refuse(ctx context.Context, c Call, brandID, id, reason string) error {
	reason = normalize(reason)
	if r := model.CheckText(reason, model.MaxReason); r != "" {
		return model.Invalid(model.Field("reason", r))
	}
	_, err := byStaff(ctx, j.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, me model.Member) (done, error) {
		r, err := j.end(ctx, tx, c, me, brandID, id, model.AccessRefused, reason)
		if err == nil {
			tx.Audit(c.entry(brandID, "access.refused", "access_request", id, map[string]any{"state": r.State}, map[string]any{"state": model.AccessRefused, "reason": reason}))
			tx.Owe(j.fact(model.Notice{Kind: noticeRefused, Person: r.PersonID, Subject: id}, brandID, r.Version))
		}
		return done{}, err
	})
	return err
}

// end decides a request; of two admins at once one wins, the other learns who.
func (j Join) end(ctx context.Context, tx *store.Tx, c Call, me model.Member, brandID, id string, to model.AccessState, reason string) (model.AccessRequest, error) {
	v, err := tx.AccessRequest(ctx, brandID, id)
	if err != nil {
		return model.AccessRequest{}, err
	}
	if err := model.DecideAccess(v.AccessRequest); err != nil {
		return v.AccessRequest, err
	}
	moved, err := tx.EndAccess(id, to, reason, me.ID, c.nameOf(me))
	if err != nil || bool(moved) {
		return v.AccessRequest, err
	}
	if v, err = tx.AccessRequest(ctx, brandID, id); err != nil {
		return v.AccessRequest, err
	}
	return v.AccessRequest, model.DecideAccess(v.AccessRequest)
}

// Unblock lets a refused Person ask again before the 24 hours are over.
func (j Join) Unblock(ctx context.Context, c Call, brandID, id string) error {
	_, err := byStaff(ctx, j.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (done, error) {
		v, err := tx.AccessRequest(ctx, brandID, id)
		if err != nil {
			return done{}, err
		}
		if v.State != model.AccessRefused {
			return done{}, model.E(model.CodeAccessDecided, "state", string(v.State), "by", v.DecidedByName)
		}
		if _, err := tx.UnblockAccess(id); err != nil {
			return done{}, err
		}
		tx.Audit(c.entry(brandID, "access.unblocked", "access_request", id, map[string]any{"unblocked_at": v.UnblockedAt}, map[string]any{"unblocked_at": tx.Now}))
		return done{}, nil
	})
	return err
}
