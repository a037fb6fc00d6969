package api

import (
	"context"
	"time"

	"countersign/model"
	"countersign/service"
	"countersign/store"
)

type wechatLoginIn struct {
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"128" pattern:"^[0-9A-Za-z_-]+$" doc:"From wx.login; used once."`
	}
}

// PersonOut is a mini-program user as he sees himself. The openid stays on the server.
type PersonOut struct {
	ID       string    `json:"id"`
	Nickname string    `json:"nickname" doc:"Empty until given; needed before a request for access."`
	Language string    `json:"language" enum:"zh-CN,en"`
	Bound    bool      `json:"bound" doc:"A console account is bound."`
	Account  string    `json:"account,omitempty" doc:"Its name."`
	Brands   []SeatOut `json:"brands"`
}

// WeChatLoginOut carries the token once; send it as a bearer token.
type WeChatLoginOut struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expires_at"`
	Person    PersonOut `json:"person"`
}

type wechatLoginOut struct{ Body WeChatLoginOut }

func (a *API) wechatLogin(ctx context.Context, in *wechatLoginIn) (*wechatLoginOut, error) {
	s := a.Service
	login, err := s.Join.Login(ctx, callOf(ctx), in.Body.Code)
	if err != nil {
		return nil, err
	}
	person, err := a.personOut(ctx, login.Person)
	return &wechatLoginOut{Body: WeChatLoginOut{Token: login.Token, ExpiresAt: login.ExpiresAt, Person: person}}, err
}

func (a *API) personOut(ctx context.Context, p model.Person) (PersonOut, error) {
	out := PersonOut{ID: p.ID, Nickname: p.Nickname, Language: p.Language}
	seats, err := a.Store.Seats(ctx, store.Viewer{PersonID: p.ID})
	if err != nil {
		return out, err
	}
	out.Brands = seatsOut(seats)
	out.Account, err = a.Store.BoundAccount(ctx, p.ID)
	out.Bound = err == nil
	return out, unless(err, model.CodeNotFound)
}

// unless drops an error that is an answer.
func unless(err error, code model.Code) error {
	if model.Is(err, code) {
		return nil
	}
	return err
}

type personOut struct{ Body PersonOut }

func (a *API) person(ctx context.Context, _ *Empty) (*personOut, error) {
	p, err := a.Store.Person(ctx, callOf(ctx).Principal.PersonID)
	if err != nil {
		return nil, err
	}
	body, err := a.personOut(ctx, p)
	return &personOut{Body: body}, err
}

type personIn struct {
	Body struct {
		Nickname *string `json:"nickname,omitempty" maxLength:"200" doc:"1 to 32 characters."`
		Language *string `json:"language,omitempty" enum:"zh-CN,en"`
	}
}

func (a *API) updatePerson(ctx context.Context, in *personIn) (*personOut, error) {
	p, err := a.Service.Join.Update(ctx, callOf(ctx), service.PersonPatch{Nickname: in.Body.Nickname, Language: in.Body.Language})
	if err != nil {
		return nil, err
	}
	body, err := a.personOut(ctx, p)
	return &personOut{Body: body}, err
}

type sceneIn struct {
	Token string `path:"token" maxLength:"64"`
}

// SceneOut is what a scanned code leads to. A stranger sees the brand's public name and
// nothing else of it.
type SceneOut struct {
	Kind      model.SceneKind `json:"kind" enum:"invitation,post,binding"`
	BrandName string          `json:"brand_name,omitempty"`
	Member    bool            `json:"member" doc:"I am a member of the brand already."`
	Request   *RequestOut     `json:"request,omitempty" doc:"My newest request to the brand."`
	Post      *ScenePostOut   `json:"post,omitempty" doc:"Only for those who were asked, and staff."`
	Account   string          `json:"account,omitempty" doc:"binding: whose account asks."`
	AskedAt   *time.Time      `json:"asked_at,omitempty" doc:"binding: when it asked."`
	AskedFrom string          `json:"asked_from,omitempty" doc:"binding: the browser that asked."`
	ExpiresAt *time.Time      `json:"expires_at,omitempty"`
}

// ScenePostOut is the post behind a code, with my tasks in it.
type ScenePostOut struct {
	ID    string        `json:"id"`
	Title string        `json:"title"`
	Tasks []SceneTaskID `json:"tasks"`
}

// SceneTaskID names a task of mine.
type SceneTaskID struct {
	ID    string          `json:"id"`
	State model.TaskState `json:"state"`
}

type sceneOut struct{ Body SceneOut }

func (a *API) scene(ctx context.Context, in *sceneIn) (*sceneOut, error) {
	s, err := a.Service.Scenes.See(ctx, callOf(ctx), in.Token)
	if err != nil {
		return nil, err
	}
	out := SceneOut{Kind: s.Kind, BrandName: s.BrandName, Member: s.Member, Account: s.Account, AskedFrom: s.AskedFrom, ExpiresAt: s.ExpiresAt}
	if s.Request != nil {
		out.Request = requestOut(store.AccessView{AccessRequest: *s.Request, BrandName: s.BrandName})
	}
	if !s.AskedAt.IsZero() {
		out.AskedAt = &s.AskedAt
	}
	if s.Post != nil {
		out.Post = &ScenePostOut{ID: s.Post.ID, Title: s.Post.Title, Tasks: []SceneTaskID{}}
		for _, t := range s.Tasks {
			out.Post.Tasks = append(out.Post.Tasks, SceneTaskID{ID: t.ID, State: t.State})
		}
	}
	return &sceneOut{Body: out}, nil
}

type tokenIn struct {
	Body struct {
		Token string `json:"token" maxLength:"64" doc:"The scene of the code or link."`
	}
}

// RequestOut is a request for access as its Person sees it.
type RequestOut struct {
	ID        string            `json:"id"`
	BrandName string            `json:"brand_name"`
	State     model.AccessState `json:"state" enum:"waiting,admitted,refused"`
	Reason    string            `json:"reason,omitempty" doc:"Of a refusal."`
	AgainAt   *time.Time        `json:"again_at,omitempty" doc:"After a refusal: when I may ask again."`
	AskedAt   time.Time         `json:"asked_at"`
	DecidedAt *time.Time        `json:"decided_at,omitempty"`
}

func requestOut(v store.AccessView) *RequestOut {
	out := &RequestOut{ID: v.ID, BrandName: v.BrandName, State: v.State, Reason: v.Reason, AskedAt: v.CreatedAt, DecidedAt: v.DecidedAt}
	if v.State == model.AccessRefused && v.DecidedAt != nil {
		again := v.DecidedAt.Add(model.RefusalLasts)
		if v.UnblockedAt != nil {
			again = *v.UnblockedAt
		}
		out.AgainAt = &again
	}
	return out
}

type requestAnswer struct{ Body RequestOut }

func (a *API) requestAccess(ctx context.Context, in *tokenIn) (*requestAnswer, error) {
	r, err := a.Service.Join.Request(ctx, callOf(ctx), in.Body.Token)
	if err != nil {
		return nil, err
	}
	v, err := a.Store.AccessRequest(ctx, r.BrandID, r.ID)
	if err != nil {
		return nil, err
	}
	return &requestAnswer{Body: *requestOut(v)}, nil
}

func (a *API) myAccessRequests(ctx context.Context, in *PageIn) (*ListOut[RequestOut], error) {
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.AccessRequestsOf(ctx, callOf(ctx).Principal.PersonID, page)
	return listOf(rows, page.Limit, func(v store.AccessView) string { return v.ID }, func(v store.AccessView) RequestOut { return *requestOut(v) }), err
}

func (a *API) confirmBinding(ctx context.Context, in *tokenIn) (*personOut, error) {
	if _, err := a.Service.Bindings.Confirm(ctx, callOf(ctx), in.Body.Token); err != nil {
		return nil, err
	}
	return a.person(ctx, &Empty{})
}
