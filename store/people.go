package store

import (
	"context"
	"time"

	"countersign/model"
)

// PersonByIdentity reads the Person behind a WeChat identity.
func (r Reader) PersonByIdentity(ctx context.Context, appID, openID string) (p model.Person, err error) {
	err = r.with(ctx).Where("app_id = ? AND open_id = ?", appID, openID).Take(&p).Error
	return p, fault("person by identity", err)
}

// Person reads one Person.
func (r Reader) Person(ctx context.Context, id string) (p model.Person, err error) {
	err = r.with(ctx).Where("id = ?", id).Take(&p).Error
	return p, fault("person", err)
}

// CreatePerson inserts a Person; ErrTaken when another login of the same WeChat was
// first.
func (tx *Tx) CreatePerson(p *model.Person) error {
	p.Version, p.CreatedAt, p.UpdatedAt = 1, tx.Now, tx.Now
	return taken(tx.create("person", p))
}

// SetUnionID remembers a union id that appeared after the first login.
func (tx *Tx) SetUnionID(personID, unionID string) error {
	_, err := move(tx.db.Model(&model.Person{}).Where("id = ? AND union_id <> ?", personID, unionID), map[string]any{"union_id": unionID, "updated_at": tx.Now})
	return err
}

// UpdatePerson sets nickname and language; nil leaves what another phone may be
// changing at this moment.
func (tx *Tx) UpdatePerson(id string, nickname, language *string) error {
	set := map[string]any{"updated_at": tx.Now}
	if nickname != nil {
		set["nickname"] = *nickname
	}
	if language != nil {
		set["language"] = *language
	}
	_, err := move(tx.db.Model(&model.Person{}).Where("id = ?", id), set)
	return err
}

// Binding reads the binding of a User, or of a Person.
func (r Reader) Binding(ctx context.Context, v Viewer) (b model.Binding, err error) {
	q := r.with(ctx)
	if v.UserID != "" {
		q = q.Where("user_id = ?", v.UserID)
	} else {
		q = q.Where("person_id = ?", v.PersonID)
	}
	err = q.Take(&b).Error
	return b, fault("binding", err)
}

// BoundAccount is the name of the User that a Person is bound to.
func (r Reader) BoundAccount(ctx context.Context, personID string) (name string, err error) {
	err = r.with(ctx).Table("bindings b").Select("u.name").Joins("JOIN users u ON u.id = b.user_id").Where("b.person_id = ?", personID).Row().Scan(&name)
	return name, fault("bound account", err)
}

// Bind joins a Person to a User; ErrTaken when either is bound already.
func (tx *Tx) Bind(b *model.Binding) error {
	b.CreatedAt = tx.Now
	return taken(tx.create("binding", b))
}

// Unbind ends a binding.
func (tx *Tx) Unbind(b model.Binding) (Moved, error) {
	r := tx.db.Where("person_id = ? AND user_id = ?", b.PersonID, b.UserID).Delete(&model.Binding{})
	return r.RowsAffected == 1, r.Error
}

// CreateSession inserts a Session.
func (tx *Tx) CreateSession(s *model.Session) error {
	s.CreatedAt, s.LastSeenAt = tx.Now, tx.Now
	return tx.create("session", s)
}

// OpenSession inserts a Session that replaces none: one statement, no transaction.
func (s *Store) OpenSession(ctx context.Context, row *model.Session, life time.Duration) error {
	now, err := s.Now(ctx)
	if err != nil {
		return err
	}
	row.CreatedAt, row.LastSeenAt, row.ExpiresAt = now, now, now.Add(life)
	return fault("open session", s.with(ctx).Create(row).Error)
}

// LiveSession is a session and who holds it.
type LiveSession struct {
	model.Session
	UserName string
	Nickname string
}

// Session reads a session that is neither revoked nor past its end, of a User who is
// not disabled. idle is the longest rest of its kind.
func (s *Store) Session(ctx context.Context, tokenHash string) (out LiveSession, now time.Time, err error) {
	if now, err = s.Now(ctx); err != nil {
		return out, now, err
	}
	err = s.with(ctx).Table("sessions s").Select("s.*, u.name AS user_name, p.nickname").
		Joins("LEFT JOIN users u ON u.id = s.user_id").Joins("LEFT JOIN persons p ON p.id = s.person_id").
		Where("s.token_hash = ? AND s.revoked_at IS NULL AND s.expires_at > ? AND u.disabled_at IS NULL", tokenHash, now).Take(&out).Error
	return out, now, fault("session", err)
}

// TouchSession notes that a session is in use.
func (s *Store) TouchSession(ctx context.Context, id string, now time.Time) error {
	err := s.with(ctx).Model(&model.Session{}).Where("id = ? AND last_seen_at < ?", id, now).Update("last_seen_at", now).Error
	return fault("touch session", err)
}

// RevokeSession ends one session.
func (tx *Tx) RevokeSession(id string) error {
	return tx.db.Model(&model.Session{}).Where("id = ? AND revoked_at IS NULL", id).Update("revoked_at", tx.Now).Error
}

// RevokeSessionsOf ends all console sessions of a User but one; it answers the hashes
// of the ended ones, for the cache.
func (tx *Tx) RevokeSessionsOf(userID, exceptID string) (hashes []string, err error) {
	q := tx.db.Model(&model.Session{}).Where("user_id = ? AND id <> ? AND revoked_at IS NULL", userID, exceptID)
	if err = q.Pluck("token_hash", &hashes).Error; err != nil || len(hashes) == 0 {
		return nil, err
	}
	return hashes, tx.db.Model(&model.Session{}).Where("token_hash IN ?", hashes).Update("revoked_at", tx.Now).Error
}

// SessionByID reads a session, live or not.
func (r Reader) SessionByID(ctx context.Context, id string) (s model.Session, err error) {
	err = r.with(ctx).Where("id = ?", id).Take(&s).Error
	return s, fault("session by id", err)
}

// SessionAlive tells whether the session with this id is still valid: a binding code
// dies with the console session that asked for it.
func (tx *Tx) SessionAlive(ctx context.Context, id string) (bool, error) {
	var n int64
	err := tx.with(ctx).Model(&model.Session{}).Where("id = ? AND revoked_at IS NULL AND expires_at > ?", id, tx.Now).Count(&n).Error
	return n == 1, err
}
