package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"countersign/model"
	"countersign/service"
)

// SubscriptionOut is one message template that the mini-program may ask for.
type SubscriptionOut struct {
	TemplateID string             `json:"template_id"`
	Kinds      []model.NoticeKind `json:"kinds" doc:"What its messages tell, the most pressing first."`
	Remaining  int                `json:"remaining" doc:"How many messages he has allowed that were not sent yet."`
	Refused    bool               `json:"refused" doc:"His last word was no."`
	ChangedAt  *time.Time         `json:"changed_at,omitempty"`
}

type subscriptionsOut struct {
	Body struct {
		Items []SubscriptionOut `json:"items"`
	}
}

func (a *API) subscriptions(ctx context.Context, _ *Empty) (*subscriptionsOut, error) {
	list, err := a.Service.Grants.Of(ctx, callOf(ctx).Principal.PersonID)
	if err != nil {
		return nil, err
	}
	out := &subscriptionsOut{}
	out.Body.Items = []SubscriptionOut{}
	for _, s := range list {
		item := SubscriptionOut{TemplateID: s.TemplateID, Kinds: s.Kinds, Remaining: s.Remaining, Refused: s.Refused}
		if !s.ChangedAt.IsZero() {
			item.ChangedAt = &s.ChangedAt
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	return out, nil
}

// TapIn is what the user answered about one template.
type TapIn struct {
	TemplateID string `json:"template_id" minLength:"1" maxLength:"64" pattern:"^[0-9A-Za-z_-]+$"`
	Result     string `json:"result" enum:"accept,reject,ban,filter" doc:"As wx.requestSubscribeMessage says."`
}

type tapsIn struct {
	Body struct {
		Results []TapIn `json:"results" minItems:"1" maxItems:"3" doc:"One call of wx.requestSubscribeMessage asks for three templates at most."`
	}
}

func (a *API) reportSubscriptions(ctx context.Context, in *tapsIn) (*subscriptionsOut, error) {
	taps := make([]service.Tap, len(in.Body.Results))
	for i, r := range in.Body.Results {
		taps[i] = service.Tap{TemplateID: r.TemplateID, Result: r.Result}
	}
	if err := a.Service.Grants.Report(ctx, callOf(ctx), taps); err != nil {
		return nil, err
	}
	return a.subscriptions(ctx, &Empty{})
}

// maxPush bounds what is read of a push; WeChat's are a few hundred bytes.
const maxPush = 64 << 10

// wechatEcho answers WeChat's test of the push address.
func (a *API) wechatEcho(c *gin.Context) {
	echo, err := a.Service.Grants.Echo(c.Request.URL.Query())
	if err != nil {
		writeProblem(c, hookRefusal(err))
		return
	}
	c.String(http.StatusOK, echo)
}

// wechatPush takes an event: WeChat cuts the line after five seconds and sends it again,
// so it is stored, answered, and dealt with later.
func (a *API) wechatPush(c *gin.Context) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxPush))
	if err != nil {
		writeProblem(c, model.E(model.CodeTooLarge).Because(err))
		return
	}
	if err := a.Service.Grants.Receive(c.Request.Context(), c.Request.URL.Query(), body); err != nil {
		writeProblem(c, hookRefusal(err))
		return
	}
	c.String(http.StatusOK, "success")
}

// hookRefusal: an address that is not set up is not there.
func hookRefusal(err error) error {
	if model.Is(err, model.CodeWeChatConfig) {
		return model.E(model.CodeNotFound).Because(err)
	}
	return err
}

// UnreachableOut is an approver whom no message reaches.
type UnreachableOut struct {
	MemberID string     `json:"member_id"`
	Name     string     `json:"name"`
	Role     model.Role `json:"role" enum:"admin,editor,reviewer"`
}

// ReachOut says whom of a post's approvers no message reaches.
type ReachOut struct {
	Asked       int              `json:"asked" doc:"How many are asked, or would be by a submit now."`
	Unreachable []UnreachableOut `json:"unreachable" doc:"No e-mail, and no WeChat consent that we know of."`
	Link        string           `json:"link" doc:"Opens the post in the mini-program."`
	TextZh      string           `json:"text_zh" doc:"To be pasted into a chat, in Chinese."`
	TextEn      string           `json:"text_en" doc:"The same in English."`
}

type reachOut struct{ Body ReachOut }

func (a *API) reach(ctx context.Context, in *PostIn) (*reachOut, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	r, err := a.Service.Notices.Reach(ctx, callOf(ctx), in.Brand, in.Post)
	if err != nil {
		return nil, err
	}
	out := ReachOut{Asked: r.Asked, Unreachable: []UnreachableOut{}, Link: r.Link, TextZh: r.Texts[model.LangZh], TextEn: r.Texts[model.LangEn]}
	for _, m := range r.Unreachable {
		out.Unreachable = append(out.Unreachable, UnreachableOut{MemberID: m.ID, Name: m.DisplayName(), Role: m.Role})
	}
	return &reachOut{Body: out}, nil
}

// UndeliveredOut is a notice that could not be delivered.
type UndeliveredOut struct {
	ID        string           `json:"id"`
	Kind      model.NoticeKind `json:"kind"`
	Channel   string           `json:"channel" enum:"wechat,email"`
	MemberID  string           `json:"member_id,omitempty"`
	Name      string           `json:"name,omitempty" doc:"Of the recipient."`
	About     string           `json:"about,omitempty" doc:"Title of what it is about."`
	Reason    model.Code       `json:"reason"`
	Text      string           `json:"text" doc:"The reason in words."`
	Detail    string           `json:"detail" doc:"What to do."`
	Attempts  int              `json:"attempts"`
	CreatedAt time.Time        `json:"created_at"`
}

// channelOf a delivery is the family of its topic.
func channelOf(topic string) string {
	channel, _, _ := strings.Cut(topic, ".")
	return channel
}

func undeliveredOut(lang string, u service.Undelivered) UndeliveredOut {
	text := model.TextOf(lang, model.Code(u.LastError), nil)
	return UndeliveredOut{
		ID: u.ID, Kind: u.Kind, Channel: channelOf(u.Topic), MemberID: u.Member, Name: u.Name, About: u.Title,
		Reason: model.Code(u.LastError), Text: text.Title, Detail: text.Detail, Attempts: u.Attempts, CreatedAt: u.CreatedAt,
	}
}

type undeliveredIn struct {
	BrandIn
	PageIn
}

func (a *API) undelivered(ctx context.Context, in *undeliveredIn) (*ListOut[UndeliveredOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleAdmin); err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Undelivered(ctx, in.Brand, page)
	if err != nil {
		return nil, err
	}
	list, err := a.Service.Notices.Undelivered(ctx, in.Brand, rows)
	return listOf(list, page.Limit, func(u service.Undelivered) string { return u.ID }, func(u service.Undelivered) UndeliveredOut { return undeliveredOut(langOf(ctx), u) }), err
}

type undeliveredOneIn struct {
	BrandIn
	Message string `path:"message" maxLength:"64"`
}

type undeliveredAnswer struct{ Body UndeliveredOut }

func (a *API) retryUndelivered(ctx context.Context, in *undeliveredOneIn) (*undeliveredAnswer, error) {
	row, err := a.Service.Notices.Retry(ctx, callOf(ctx), in.Brand, in.Message)
	if err != nil {
		return nil, err
	}
	list, err := a.Service.Notices.Undelivered(ctx, in.Brand, []model.OutboxMessage{row})
	if err != nil {
		return nil, err
	}
	return &undeliveredAnswer{Body: undeliveredOut(langOf(ctx), list[0])}, nil
}
