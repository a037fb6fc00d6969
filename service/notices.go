package service

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"countersign/model"
	"countersign/store"
)

// Notices tells people what concerns them.
type Notices struct{ *Deps }

// The kinds of notice; each is an outbox topic.
const (
	noticeTaskOpened = "notice.task_opened"
	noticeDecided    = "notice.decided"
	noticeAdmitted   = "notice.access_admitted"
)

// notice is what a message of the outbox says: ids only, texts are read at delivery.
type notice struct {
	Kind    string `json:"kind"`
	Member  string `json:"member"`
	Subject string `json:"subject"`
}

// notice makes an outbox message: one per fact and recipient.
func (d *Deps) notice(kind, brandID, memberID, subjectID string, version int64) model.OutboxMessage {
	return model.OutboxMessage{
		ID: d.NewID(), DedupKey: fmt.Sprintf("%s:%s:%d:%s", kind, subjectID, version, memberID), Topic: kind, BrandID: brandID,
		Payload: asJSON(notice{Kind: kind, Member: memberID, Subject: subjectID}),
	}
}

func (r Notices) deliver(ctx context.Context, m model.OutboxMessage) error {
	var n notice
	if err := json.Unmarshal(m.Payload, &n); err != nil {
		return model.E(model.CodeInternal).Because(err)
	}
	template := map[string]string{
		noticeTaskOpened: r.Settings.Templates.TaskOpened, noticeDecided: r.Settings.Templates.Decided, noticeAdmitted: r.Settings.Templates.AccessAdmitted,
	}[n.Kind]
	if template == "" {
		return nil // this kind is not set up; the inbox shows it all the same
	}
	to, err := r.Store.Addressee(ctx, m.BrandID, n.Member)
	if model.CodeOf(err) == model.CodeNotFound && err != nil {
		return nil // removed since, or no WeChat: nobody to tell
	}
	if err != nil {
		return err
	}
	title, err := r.title(ctx, m.BrandID, n)
	if err != nil {
		return err
	}
	return r.WeChat.Send(ctx, r.message(to, template, title, m.CreatedAt))
}

func (r Notices) title(ctx context.Context, brandID string, n notice) (string, error) {
	if n.Kind == noticeAdmitted {
		return "授权请求已通过", nil
	}
	title, err := r.Store.NoticeTitle(ctx, brandID, n.Subject)
	return title, err
}

// thingLimit is WeChat's limit for a "thing" field, in characters.
const thingLimit = 20

func (r Notices) message(to store.Addressee, template, title string, at time.Time) model.SubscribeMessage {
	zone, err := time.LoadLocation(to.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return model.SubscribeMessage{
		OpenID: to.OpenID, TemplateID: template, Page: r.Settings.EntryPage, Lang: wechatLang(to.Language),
		Data: map[string]string{"thing1": cut(title), "thing2": cut(to.BrandName), "time3": at.In(zone).Format("2006-01-02 15:04")},
	}
}

func wechatLang(l string) string {
	if l == "en" {
		return "en_US"
	}
	return "zh_CN"
}

func cut(s string) string {
	r := []rune(s)
	if len(r) <= thingLimit {
		return s
	}
	return string(r[:thingLimit-1]) + "…"
}
