package service

import (
	"context"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// Notices tells people what concerns them. An act owes one fact; the relay spreads it to
// whom it concerns, one delivery for each recipient and channel; the deliveries to one
// recipient leave as one message.
type Notices struct {
	acts
	guard     guard // of the relay, for which it works
	wechat    WeChat
	mail      Mail // nil: no e-mail
	reviews   Reviews
	scenes    Scenes
	templates Templates
	gather    time.Duration // how long a notice waits for others to the same person
	publicURL string
	entryPage string
}

// The kinds of notice, by short names.
const (
	noticeTaskOpened    = model.NoticeTaskOpened
	noticeTaskWithdrawn = model.NoticeTaskWithdrawn
	noticeTaskUrged     = model.NoticeTaskUrged
	noticeDecided       = model.NoticeDecided
	noticeUndone        = model.NoticeUndone
	noticeBlocked       = model.NoticeBlocked
	noticeAccessWaiting = model.NoticeAccessWaiting
	noticeAdmitted      = model.NoticeAdmitted
	noticeRefused       = model.NoticeRefused
	noticeWebhookOff    = model.NoticeWebhookOff
)

// notice makes the fact that an act owes. memberID is whom it names, "" where the
// audience is the admins; version tells facts about the same subject apart.
func (b base) notice(kind model.NoticeKind, brandID, memberID, subjectID string, version int64) model.OutboxMessage {
	return b.fact(model.Notice{Kind: kind, Member: memberID, Subject: subjectID}, brandID, version)
}

func (b base) fact(n model.Notice, brandID string, version int64) model.OutboxMessage {
	return model.OutboxMessage{
		ID: b.newID(), DedupKey: n.DedupKey(version), Topic: "notice." + string(n.Kind), BrandID: brandID, Payload: asJSON(n),
	}
}

// urged tells the holder of an open Task that he is urged; n counts the urges.
func (b base) urged(t model.Task, n int64) model.OutboxMessage {
	return b.notice(noticeTaskUrged, t.BrandID, t.MemberID, t.ID, n)
}

// withdrawn tells the holder of a Task that was open and is cancelled.
func (b base) withdrawn(t model.Task) model.OutboxMessage {
	return b.notice(noticeTaskWithdrawn, t.BrandID, t.MemberID, t.ID, t.Version)
}

// The channels; each is also the family of its deliveries' topics.
const (
	channelWeChat = "wechat"
	channelEmail  = "email"
)

// spread makes deliveries of facts: of all at once, or, when one of them makes the code
// panic, of each alone.
func (n Notices) spread(ctx context.Context, batch []model.OutboxMessage, tell tell) {
	var facts []model.Notice
	var rows []model.OutboxMessage
	for _, m := range batch {
		fact, err := readNotice(m)
		if err != nil {
			tell(m, err)
			continue
		}
		facts, rows = append(facts, fact), append(rows, m)
	}
	deliver := func(from, to int) error {
		return n.guard.safely(ctx, func() error { return n.deliver(ctx, rows[from:to], facts[from:to]) })
	}
	err := deliver(0, len(rows))
	for i, m := range rows {
		if err != nil && !passes(err) && len(rows) > 1 {
			tell(m, deliver(i, i+1))
			continue
		}
		tell(m, err)
	}
}

// deliver owes the deliveries of facts; those that are owed already are left out, so it
// may be done again.
func (n Notices) deliver(ctx context.Context, rows []model.OutboxMessage, facts []model.Notice) error {
	who, err := n.contactsOf(ctx, rows, facts)
	if err != nil {
		return err
	}
	var out []model.OutboxMessage
	for i, m := range rows {
		rule, _ := model.RuleOfNotice(facts[i].Kind)
		for _, to := range who.audience(rule, m.BrandID, facts[i]) {
			out = append(out, n.deliveries(m, rule, facts[i], to)...)
		}
	}
	for part := range slices.Chunk(out, 500) {
		if err := n.store.OweNew(ctx, part, n.gather); err != nil {
			return err
		}
	}
	return nil
}

// deliveries to one contact: WeChat where a template is set up and he has it, e-mail
// where it is switched on and he has not switched it off. Without either he sees it in
// the product all the same.
func (n Notices) deliveries(m model.OutboxMessage, rule model.NoticeRule, fact model.Notice, to store.Contact) (out []model.OutboxMessage) {
	fact.Member = to.MemberID
	add := func(channel, id string) {
		out = append(out, model.OutboxMessage{
			ID: n.newID(), DedupKey: m.DedupKey + ">" + channel + ":" + id, Topic: channel + "." + string(rule.Kind), BrandID: m.BrandID,
			Payload: asJSON(fact), Recipient: channel + ":" + id,
		})
	}
	if to.OpenID != "" && n.templates[rule.Template] != "" {
		add(channelWeChat, to.PersonID)
	}
	if n.mails(to) {
		add(channelEmail, to.UserID)
	}
	return out
}

// mails tells whether a contact gets e-mail.
func (n Notices) mails(to store.Contact) bool { return n.mail != nil && to.Email != "" && !to.EmailOff }

// contactBook has the contacts that some facts and deliveries need.
type contactBook struct {
	members map[string]store.Contact
	persons map[string]store.Contact
	admins  map[string][]store.Contact // by Brand
}

// contactsOf reads the contacts of all that some facts concern.
func (n Notices) contactsOf(ctx context.Context, rows []model.OutboxMessage, facts []model.Notice) (contactBook, error) {
	var brands []string
	for i, f := range facts {
		if rule, _ := model.RuleOfNotice(f.Kind); rule.Audience != model.ToOne && rows[i].Recipient == "" {
			brands = append(brands, rows[i].BrandID)
		}
	}
	book, err := n.named(ctx, facts)
	if err != nil {
		return book, err
	}
	list, err := n.store.AdminContacts(ctx, distinct(brands))
	for _, c := range list {
		book.admins[c.BrandID] = append(book.admins[c.BrandID], c)
	}
	return book, err
}

// named reads the contacts of those whom notices name.
func (n Notices) named(ctx context.Context, notices []model.Notice) (contactBook, error) {
	book := contactBook{map[string]store.Contact{}, map[string]store.Contact{}, map[string][]store.Contact{}}
	var members, persons []string
	for _, x := range notices {
		members, persons = append(members, x.Member), append(persons, x.Person)
	}
	list, err := n.store.Contacts(ctx, distinct(members))
	if err != nil {
		return book, err
	}
	for _, c := range list {
		book.members[c.MemberID] = c
	}
	list, err = n.store.PersonContacts(ctx, distinct(persons))
	for _, c := range list {
		book.persons[c.PersonID] = c
	}
	return book, err
}

// of is whom a notice names, if he can still be told.
func (b contactBook) of(x model.Notice) (store.Contact, bool) {
	if x.Member != "" {
		c, found := b.members[x.Member]
		return c, found
	}
	c, found := b.persons[x.Person]
	return c, found
}

// audience is whom a fact concerns.
func (b contactBook) audience(rule model.NoticeRule, brandID string, fact model.Notice) (list []store.Contact) {
	if rule.Audience != model.ToOne {
		list = append(list, b.admins[brandID]...)
	}
	if rule.Audience == model.ToAdmins {
		return list
	}
	if c, found := b.of(fact); found {
		list = append(list, c)
	}
	return list
}

// distinct are the texts that are not empty, each once, in order.
func distinct(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return s == "" })
}

// recipientID is the id in a recipient.
func recipientID(recipient string) string {
	_, id, _ := strings.Cut(recipient, ":")
	return id
}

// SwitchEmail switches the caller's notices by e-mail on or off, in all his Brands.
func (n Notices) SwitchEmail(ctx context.Context, c Call, on bool) error {
	return n.store.InTx(ctx, func(tx *store.Tx) error { return tx.SetEmailOff(c.Principal.UserID, !on) })
}
