package service

import (
	"context"
	"encoding/json"
	"io"
	"net/mail"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// Sessions signs people in and out and recognises them.
type Sessions struct {
	base
	cache         Cache
	random        io.Reader
	hash          *hasher
	cost          HashCost
	console, mini sessionTimes
	perMinute     int // sign-ins from one address, and for one e-mail
}

// sessionTimes are how long a session lives without use, and at most.
type sessionTimes struct{ idle, absolute time.Duration }

// Login is what a sign-in hands back. Token is told once and stored nowhere.
type Login struct {
	Token     string
	ExpiresAt time.Time
	Session   model.Session
}

// SignIn opens a console session for an e-mail and password. Unknown e-mail, wrong
// password and disabled account look and take the same. An earlier session that the
// browser still carries ends (fixation).
func (s Sessions) SignIn(ctx context.Context, c Call, email, password string) (Login, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if err := s.allowSignIn(ctx, c, email); err != nil {
		return Login{}, err
	}
	user, err := s.store.UserByEmail(ctx, email)
	if err != nil && model.CodeOf(err) != model.CodeNotFound {
		return Login{}, err
	}
	ok, err := s.hash.matches(ctx, password, user.PasswordHash)
	if err != nil {
		return Login{}, err
	}
	if !ok || user.ID == "" || user.DisabledAt != nil {
		return Login{}, model.E(model.CodeBadCredentials)
	}
	return s.open(ctx, c, model.Session{Kind: model.SessionConsole, UserID: &user.ID})
}

func (s Sessions) allowSignIn(ctx context.Context, c Call, email string) error {
	limit := model.Limit{Name: "login", Rate: s.perMinute, Period: time.Minute}
	for _, subject := range []string{"ip:" + c.IP, "email:" + email} {
		if ok, wait := s.cache.Allow(ctx, limit, subject); !ok {
			return model.E(model.CodeTooMany).After(wait)
		}
	}
	return nil
}

// open inserts a session and ends the one that the caller carried.
func (s Sessions) open(ctx context.Context, c Call, row model.Session) (Login, error) {
	token, err := model.NewSessionToken(s.random)
	if err != nil {
		return Login{}, model.E(model.CodeInternal).Because(err)
	}
	row.ID, row.TokenHash, row.UserAgent, row.IPHash = s.newID(), model.HashToken(token), c.UserAgent, c.IPHash
	if c.Principal.Kind != row.Kind { // nobody, or the other surface: nothing is replaced
		err = s.store.OpenSession(ctx, &row, s.times(row.Kind).absolute)
	} else {
		err = s.replace(ctx, c, &row)
	}
	if err != nil {
		return Login{}, err
	}
	return Login{Token: token, ExpiresAt: row.ExpiresAt, Session: row}, nil
}

// replace opens a session and ends the caller's earlier one in the same transaction.
func (s Sessions) replace(ctx context.Context, c Call, row *model.Session) error {
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.RevokeSession(c.Principal.SessionID); err != nil {
			return err
		}
		row.ExpiresAt = tx.Now.Add(s.times(row.Kind).absolute)
		return tx.CreateSession(row)
	})
	if err == nil {
		s.dropped(ctx, s.cache.DropSession, c.Principal.TokenHash)
	}
	return err
}

// SignOut ends the caller's session on every replica.
func (s Sessions) SignOut(ctx context.Context, c Call) error {
	err := s.store.InTx(ctx, func(tx *store.Tx) error { return tx.RevokeSession(c.Principal.SessionID) })
	if err == nil {
		s.dropped(ctx, s.cache.DropSession, c.Principal.TokenHash)
	}
	return err
}

// ChangePassword replaces the caller's password and ends his other sessions.
func (s Sessions) ChangePassword(ctx context.Context, c Call, current, next string) error {
	if r := CheckPassword(next); r != "" {
		return model.Invalid(model.Field("new_password", r))
	}
	if err := s.allowSignIn(ctx, c, "change:"+c.Principal.UserID); err != nil {
		return err
	}
	user, err := s.store.User(ctx, c.Principal.UserID)
	if err != nil {
		return err
	}
	ok, err := s.hash.matches(ctx, current, user.PasswordHash)
	if err != nil {
		return err
	}
	if !ok {
		return model.Invalid(model.Field("current_password", "wrong"))
	}
	hash, err := s.cost.Hash(next)
	if err != nil {
		return model.E(model.CodeInternal).Because(err)
	}
	var ended []string
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.SetPassword(user.ID, hash); err != nil {
			return err
		}
		if ended, err = tx.RevokeSessionsOf(user.ID, c.Principal.SessionID); err != nil {
			return err
		}
		return recordForUser(ctx, tx, c, user.ID, "user.password_changed", map[string]any{"changed_at": nil}, map[string]any{"changed_at": tx.Now, "sessions_ended": len(ended)})
	})
	if err == nil {
		s.dropped(ctx, s.cache.DropSession, ended...)
	}
	return err
}

// sessionCacheTime bounds how long an ended session could live on in a cache that was
// unreachable when it ended.
const sessionCacheTime = 30 * time.Second

// touchEvery is how often the use of a session is noted.
const touchEvery = time.Minute

// Recognise finds the principal behind a token. The cache answers first; without it,
// or when Redis is down, the database does. A database that does not answer is a 503,
// never "nobody".
func (s Sessions) Recognise(ctx context.Context, kind model.SessionKind, token string) (Principal, error) {
	hash := model.HashToken(token)
	if raw, ok := s.cache.Session(ctx, hash); ok {
		var p Principal
		if json.Unmarshal(raw, &p) == nil && p.Kind == kind {
			p.TokenHash = hash
			return p, nil
		}
	}
	row, now, err := s.store.Session(ctx, hash)
	switch {
	case model.CodeOf(err) == model.CodeNotFound && err != nil:
		return Principal{}, model.E(model.CodeUnauthenticated)
	case err != nil:
		return Principal{}, err
	case row.Kind != kind || now.Sub(row.LastSeenAt) > s.times(kind).idle:
		return Principal{}, model.E(model.CodeUnauthenticated)
	}
	p := Principal{Kind: kind, SessionID: row.ID, TokenHash: hash, Name: row.UserName}
	if row.UserID != nil {
		p.UserID = *row.UserID
	}
	if row.PersonID != nil {
		p.PersonID, p.Name = *row.PersonID, row.Nickname
	}
	if now.Sub(row.LastSeenAt) > touchEvery {
		if err := s.store.TouchSession(ctx, row.ID, now); err != nil { // he is who he is; his session ends a little early at worst
			s.log.WarnContext(ctx, "session: use not noted", "error", err)
		}
	}
	s.cache.KeepSession(ctx, hash, asJSON(p), min(sessionCacheTime, row.ExpiresAt.Sub(now)))
	return p, nil
}

// MayWatch tells whether an open stream of a Brand may go on: its session lives and its
// User is staff there. It asks the database, and does not count as use: a window that is
// only open does not keep its session alive.
func (s Sessions) MayWatch(ctx context.Context, sessionID, brandID string) (bool, error) {
	return s.store.MayWatch(ctx, sessionID, brandID, s.console.idle)
}

func (s Sessions) times(kind model.SessionKind) sessionTimes {
	if kind == model.SessionConsole {
		return s.console
	}
	return s.mini
}

// CheckEmail says what is wrong with an e-mail address, or "".
func CheckEmail(s string) string {
	a, err := mail.ParseAddress(s)
	switch {
	case len(s) > 180:
		return "too_long"
	case err != nil || a.Address != s || strings.ContainsFunc(s, func(r rune) bool { return r > 126 || r <= ' ' }):
		return "e_mail_expected"
	}
	return ""
}
