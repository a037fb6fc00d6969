package store

import (
	"context"
	"strings"
	"unicode"

	"countersign/model"
)

// CreateUser inserts a User; a taken e-mail is reported by ErrTaken.
func (tx *Tx) CreateUser(u *model.User) error {
	u.Version, u.CreatedAt, u.UpdatedAt = 1, tx.Now, tx.Now
	return taken(tx.create("user", u))
}

// ascii: MySQL refuses to compare an ASCII column, such as an e-mail, with anything else.
func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c > unicode.MaxASCII })
}

// UserByEmail reads the User who signs in; email is in lower case.
func (r Reader) UserByEmail(ctx context.Context, email string) (u model.User, err error) {
	if !ascii(email) {
		return u, model.E(model.CodeNotFound)
	}
	err = r.with(ctx).Where("email = ?", email).Take(&u).Error
	return u, fault("user by e-mail", err)
}

// User reads one User.
func (r Reader) User(ctx context.Context, id string) (u model.User, err error) {
	err = r.with(ctx).Where("id = ?", id).Take(&u).Error
	return u, fault("user", err)
}

// SetPassword replaces a User's password hash.
func (tx *Tx) SetPassword(userID, hash string) error {
	_, err := move(tx.db.Model(&model.User{}).Where("id = ?", userID), map[string]any{"password_hash": hash, "updated_at": tx.Now})
	return err
}

// SetEmailOff switches a User's notices by e-mail.
func (tx *Tx) SetEmailOff(userID string, off bool) error {
	_, err := move(tx.db.Model(&model.User{}).Where("id = ?", userID), map[string]any{"email_off": off, "updated_at": tx.Now})
	return err
}
