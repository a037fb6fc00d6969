package api

import (
	"context"
	"net/http"
	"time"

	"countersign/model"
	"countersign/store"
)

type signInIn struct {
	Body struct {
		Email    string `json:"email" maxLength:"180" example:"admin@example.com"`
		Password string `json:"password" maxLength:"256"`
	}
}

// UserOut is a console user as he sees himself.
type UserOut struct {
	ID     string    `json:"id"`
	Email  string    `json:"email"`
	Name   string    `json:"name"`
	Emails bool      `json:"email_notices" doc:"Notices come by e-mail too, where a mail server is set up."`
	Brands []SeatOut `json:"brands"`
}

// SeatOut is one brand that the caller belongs to.
type SeatOut struct {
	BrandID  string     `json:"brand_id"`
	Name     string     `json:"name"`
	MemberID string     `json:"member_id"`
	Role     model.Role `json:"role" enum:"admin,editor,reviewer"`
	TimeZone string     `json:"time_zone"`
}

type signInOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      UserOut
}

func (a *API) signIn(ctx context.Context, in *signInIn) (*signInOut, error) {
	login, err := a.Service.Sessions.SignIn(ctx, callOf(ctx), in.Body.Email, in.Body.Password)
	if err != nil {
		return nil, err
	}
	body, err := a.userOut(ctx, *login.Session.UserID)
	return &signInOut{SetCookie: cookie(login.Token, login.ExpiresAt), Body: body}, err
}

func cookie(token string, until time.Time) http.Cookie {
	return http.Cookie{Name: CookieName, Value: token, Path: "/", Expires: until, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

type cookieOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (a *API) signOut(ctx context.Context, _ *Empty) (*cookieOut, error) {
	if err := a.Service.Sessions.SignOut(ctx, callOf(ctx)); err != nil {
		return nil, err
	}
	return &cookieOut{SetCookie: http.Cookie{Name: CookieName, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}}, nil
}

type userOut struct{ Body UserOut }

func (a *API) me(ctx context.Context, _ *Empty) (*userOut, error) {
	body, err := a.userOut(ctx, callOf(ctx).Principal.UserID)
	return &userOut{Body: body}, err
}

type meIn struct {
	Body struct {
		Emails bool `json:"email_notices"`
	}
}

func (a *API) updateMe(ctx context.Context, in *meIn) (*userOut, error) {
	c := callOf(ctx)
	if err := a.Service.Notices.SwitchEmail(ctx, c, in.Body.Emails); err != nil {
		return nil, err
	}
	return a.me(ctx, &Empty{})
}

func (a *API) userOut(ctx context.Context, id string) (UserOut, error) {
	user, err := a.Store.User(ctx, id)
	if err != nil {
		return UserOut{}, err
	}
	seats, err := a.Store.Seats(ctx, store.Viewer{UserID: id})
	return UserOut{ID: user.ID, Email: user.Email, Name: user.Name, Emails: !user.EmailOff, Brands: seatsOut(seats)}, err
}

func seatsOut(seats []store.Seat) []SeatOut {
	out := []SeatOut{}
	for _, s := range seats {
		out = append(out, SeatOut{BrandID: s.BrandID, Name: s.BrandName, MemberID: s.MemberID, Role: s.Role, TimeZone: s.TimeZone})
	}
	return out
}

type passwordIn struct {
	Body struct {
		Current string `json:"current_password" maxLength:"256"`
		New     string `json:"new_password" minLength:"12" maxLength:"256"`
	}
}

func (a *API) changePassword(ctx context.Context, in *passwordIn) (*Empty, error) {
	return &Empty{}, a.Service.Sessions.ChangePassword(ctx, callOf(ctx), in.Body.Current, in.Body.New)
}

// BindingOut is whether a WeChat is bound, and the code that waits to be scanned.
type BindingOut struct {
	Bound    bool        `json:"bound"`
	Nickname string      `json:"nickname,omitempty" doc:"Of the bound WeChat."`
	BoundAt  *time.Time  `json:"bound_at,omitempty"`
	Pending  *PendingOut `json:"pending,omitempty" doc:"A code that this session asked for and that can be scanned now."`
}

// PendingOut is a binding code that waits.
type PendingOut struct {
	CodeURL   string    `json:"code_url" doc:"The mini-program code as PNG."`
	ExpiresAt time.Time `json:"expires_at"`
}

type bindingOut struct{ Body BindingOut }

func pending(s model.Scene) *PendingOut {
	return &PendingOut{CodeURL: Base + "/me/wechat-binding/code.png", ExpiresAt: *s.ExpiresAt}
}

func (a *API) startBinding(ctx context.Context, _ *Empty) (*bindingOut, error) {
	scene, err := a.Service.Bindings.Start(ctx, callOf(ctx))
	if err != nil {
		return nil, err
	}
	return &bindingOut{Body: BindingOut{Pending: pending(scene)}}, nil
}

func (a *API) binding(ctx context.Context, _ *Empty) (*bindingOut, error) {
	c := callOf(ctx)
	row, err := a.Store.Binding(ctx, store.Viewer{UserID: c.Principal.UserID})
	if err == nil {
		person, err := a.Store.Person(ctx, row.PersonID)
		return &bindingOut{Body: BindingOut{Bound: true, Nickname: person.Nickname, BoundAt: &row.CreatedAt}}, err
	}
	if !model.Is(err, model.CodeNotFound) {
		return nil, err
	}
	scene, err := a.Service.Bindings.Pending(ctx, c)
	if model.Is(err, model.CodeNotFound) {
		return &bindingOut{}, nil
	}
	if err != nil {
		return nil, err
	}
	return &bindingOut{Body: BindingOut{Pending: pending(scene)}}, nil
}

func (a *API) bindingCode(ctx context.Context, _ *Empty) (*Picture, error) {
	scene, err := a.Service.Bindings.Pending(ctx, callOf(ctx))
	if err != nil {
		return nil, err
	}
	return png(a.Service.Scenes.Code(ctx, scene))
}

func (a *API) unbind(ctx context.Context, _ *Empty) (*Empty, error) {
	return &Empty{}, a.Service.Bindings.End(ctx, callOf(ctx))
}
