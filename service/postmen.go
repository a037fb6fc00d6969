package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"countersign/model"
	"countersign/store"
)

// wechatPostman sends letters as subscription messages, each for one consent.
type wechatPostman struct{ Notices }

// prepare chooses each letter's template and takes a consent for it before it leaves. A
// letter that was tried before keeps the consent that is held for it.
func (p wechatPostman) prepare(ctx context.Context, letters []*letter, end func(*letter, error)) error {
	persons := make([]string, len(letters))
	for i, l := range letters {
		persons[i] = l.to.PersonID
	}
	grants, err := p.store.Grants(ctx, distinct(persons))
	if err != nil {
		return err
	}
	left := map[string]int{}
	for _, g := range grants {
		left[g.PersonID+"|"+g.TemplateID] = g.Remaining
	}
	asked := map[*letter]*store.Reservation{}
	var list []*store.Reservation
	for _, l := range letters {
		if p.choose(l, left); l.held || l.template == "" {
			continue
		}
		asked[l] = &store.Reservation{PersonID: l.to.PersonID, TemplateID: l.template, Rows: l.ids()}
		list = append(list, asked[l])
	}
	if err := p.store.ReserveGrants(ctx, list); err != nil {
		return err
	}
	for _, l := range letters {
		r := asked[l]
		switch {
		case l.template == "":
			end(l, nil) // the templates were taken out of the settings since
		case r != nil && r.None:
			end(l, model.E(model.CodeWeChatNotGranted))
		case r != nil:
			_, l.held = left[l.to.PersonID+"|"+l.template]
		}
	}
	return nil
}

// choose takes the template of the most pressing item for which he has a consent, else
// of the most pressing one of which we do not know, else of the most pressing one.
func (p wechatPostman) choose(l *letter, left map[string]int) {
	for _, m := range l.rows {
		if m.SpentTemplate != "" {
			l.template, l.held = m.SpentTemplate, true
			return
		}
	}
	var unknown, first string
	for _, rule := range model.NoticeRules() {
		id := p.templates[rule.Template]
		if id == "" || !l.has(rule.Kind) {
			continue
		}
		n, told := left[l.to.PersonID+"|"+id]
		switch {
		case n > 0:
			l.template = id
			return
		case !told && unknown == "":
			unknown = id
		case first == "":
			first = id
		}
	}
	if l.template = unknown; unknown == "" {
		l.template = first
	}
}

func (l *letter) has(k model.NoticeKind) bool {
	for _, i := range l.items {
		if i.Kind == k {
			return true
		}
	}
	return false
}

// send spends the consent that is held. When WeChat says that there is none, ours is
// wrong and becomes nothing; when it may or may not have sent, nothing is tried again. A
// quota that is used up says nothing about the message, which waits and is not given up.
func (p wechatPostman) send(ctx context.Context, l *letter) (sent bool, err error) {
	err = p.wechat.Send(ctx, p.message(l))
	r := store.Reservation{PersonID: l.to.PersonID, TemplateID: l.template, Rows: l.ids()}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopping)
	defer cancel()
	switch {
	case err == nil:
		return true, nil
	case model.CodeOf(err) == model.CodeWeChatQuota, untried(err):
		return false, later(min(time.Hour, retryAfter(err)))
	case outcomeUnknown(err):
		return true, model.E(model.CodeWeChatUnknown).Because(err)
	case model.CodeOf(err) == model.CodeWeChatNotGranted:
		p.note(ctx, p.store.ReleaseGrant(ctx, r, l.held, model.GrantExhausted))
	case l.held && (!passes(err) || l.lastTry()):
		p.note(ctx, p.store.ReleaseGrant(ctx, r, true, model.GrantReturned))
	}
	return false, err
}

// note: the ledger could not be corrected. The rows still say what is held for them.
func (p wechatPostman) note(ctx context.Context, err error) {
	if err != nil {
		p.log.WarnContext(ctx, "notices: a consent was not given back in our books", "error", err)
	}
}

// lastTry: none of its rows will be tried again.
func (l *letter) lastTry() bool {
	for _, m := range l.rows {
		if m.Attempts < relayAttempts {
			return false
		}
	}
	return true
}

// thingLimit is WeChat's limit for a "thing" field, in characters.
const thingLimit = 20

func (p wechatPostman) message(l *letter) model.SubscribeMessage {
	newest := l.items[len(l.items)-1]
	brand := newest.brand.Name
	if l.brands() > 1 {
		brand = model.Phrase(l.to.Language, "brands_many", map[string]string{"brand": brand})
	}
	return model.SubscribeMessage{
		OpenID: l.to.OpenID, TemplateID: l.template, Page: p.page(l), Lang: wechatLang(l.to.Language),
		Data: map[string]string{
			"thing1": cut(l.headline(l.to.Language).Short), "thing2": cut(brand),
			"time3": newest.row.CreatedAt.In(zoneOf(newest.brand)).Format("2006-01-02 15:04"),
		},
	}
}

// page is where a message leads: to the one thing that it is about, where the phone has a page
// for it.
func (p wechatPostman) page(l *letter) string {
	entry, one := p.entryPage, l.items[0]
	switch {
	case len(l.items) > 1:
		return entry
	case one.rule.About == model.AboutTask:
		return entry + "?task=" + one.fact.ID
	case one.Kind == model.NoticePublishDue:
		return entry + "?post=" + one.fact.ID + "&brand=" + one.brand.ID
	}
	return entry
}

func (l *letter) brands() int {
	seen := map[string]bool{}
	for _, i := range l.items {
		seen[i.brand.ID] = true
	}
	return len(seen)
}

// headline words a letter as one line, and as the subject of an e-mail.
func (l *letter) headline(lang string) model.NoticeText {
	if len(l.items) == 1 {
		return l.items[0].text(lang)
	}
	kinds := make([]model.NoticeKind, len(l.items))
	for i, x := range l.items {
		kinds[i] = x.Kind
	}
	args := map[string]string{"count": strconv.Itoa(len(l.items))}
	many := model.Phrase(lang, "notices_many", args)
	if kind, same := model.DigestKind(kinds); same {
		many = model.TextOfNotice(lang, kind, args).Many
	}
	return model.NoticeText{Short: many, Subject: many}
}

// text words one item.
func (i item) text(lang string) model.NoticeText {
	args := map[string]string{
		"title": titled(i.fact.Title, lang), "name": i.fact.Name, "by": i.fact.Name, "action": string(i.fact.Action),
		"position": strconv.Itoa(i.fact.Position), "left": i.Rung, "reason": "",
	}
	if i.Kind == noticeWebhookOff {
		args["state"] = "webhook_" + i.fact.State
	}
	if i.fact.Reason != "" {
		args["reason"] = model.Phrase(lang, "reason", map[string]string{"reason": i.fact.Reason})
	}
	if i.fact.ScheduledAt != nil {
		args["at"] = i.fact.ScheduledAt.In(zoneOf(i.brand)).Format("2006-01-02 15:04")
	}
	return model.TextOfNotice(lang, i.Kind, args)
}

// titled is a title as people read it. A post of pictures alone has none, and WeChat
// refuses a message with an empty field.
func titled(title, lang string) string {
	if title == "" {
		return model.Phrase(lang, "untitled", nil)
	}
	return title
}

func zoneOf(b model.Brand) *time.Location {
	zone, err := time.LoadLocation(b.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

func wechatLang(l string) string {
	if l == model.LangEn {
		return "en_US"
	}
	return "zh_CN"
}

// cut fits a text into one of WeChat's fields: one line of at most twenty characters.
func cut(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	r := []rune(s)
	if len(r) <= thingLimit {
		return s
	}
	return string(r[:thingLimit-1]) + "…"
}

// emailPostman sends letters as e-mail.
type emailPostman struct{ Notices }

// prepare has nothing to do.
func (emailPostman) prepare(context.Context, []*letter, func(*letter, error)) error { return nil }

// send may send a letter again of which the server's answer was lost: its Message-ID is
// that of its first row, so that a mail program can tell.
func (p emailPostman) send(ctx context.Context, l *letter) (sent bool, err error) {
	m, err := p.email(l)
	if err == nil {
		err = p.mail.Send(ctx, m)
	}
	return err == nil, err
}

func (p emailPostman) email(l *letter) (model.Email, error) {
	lang := l.to.Language
	if lang == "" {
		lang = model.LangZh
	}
	brand := l.items[0].brand.Name
	if l.brands() > 1 {
		brand = model.Phrase(lang, "brands_many", map[string]string{"brand": brand})
	}
	args := map[string]string{"brand": brand, "subject": l.headline(lang).Subject}
	page := mailPage{Open: model.Phrase(lang, "mail_open", nil), URL: p.publicURL, Footer: model.Phrase(lang, "mail_footer", args), Lang: lang}
	for _, i := range l.items {
		page.Lines = append(page.Lines, i.text(lang).Line)
	}
	var html bytes.Buffer
	err := mailHTML.Execute(&html, page)
	return model.Email{
		To: l.to.Email, Subject: model.Phrase(lang, "mail_subject", args), Text: page.text(), HTML: html.String(),
		MessageID: messageID(l.rows[0].DedupKey, p.publicURL), Language: lang,
	}, err
}

// mailPage is what an e-mail shows.
type mailPage struct {
	Lines             []string
	Open, URL, Footer string
	Lang              string
}

var mailHTML = template.Must(template.New("mail").Parse(`<!doctype html>
<html lang="{{.Lang}}"><body style="font-family:sans-serif;line-height:1.6">
{{range .Lines}}<p>{{.}}</p>
{{end}}<p><a href="{{.URL}}">{{.Open}}</a></p>
<p style="color:#666;font-size:small">{{.Footer}}</p>
</body></html>
`))

func (m mailPage) text() string {
	return strings.Join(m.Lines, "\n\n") + "\n\n" + m.Open + ": " + m.URL + "\n\n-- \n" + m.Footer + "\n"
}

// messageID names an e-mail by the key of what it tells.
func messageID(key, publicURL string) string {
	host := "countersign.invalid"
	if u, err := url.Parse(publicURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16]) + "@" + host
}
