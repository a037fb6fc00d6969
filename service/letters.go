package service

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"countersign/model"
	"countersign/store"
)

// letter is one message to one recipient, made of all that is owed to him.
type letter struct {
	recipient string
	rows      []model.OutboxMessage // of which some may have nothing to say any more
	notices   []model.Notice        // what the rows carry
	items     []item
	to        store.Contact
	template  string // WeChat
	held      bool   // a consent is held for it
}

// item is one notice in a letter, with what there is to say.
type item struct {
	model.Notice
	rule  model.NoticeRule
	fact  store.NoticeFact
	brand model.Brand
	row   model.OutboxMessage
}

// postman sends letters on one channel.
type postman interface {
	// prepare is done once for all letters of a batch; a letter that it tells of is left out.
	prepare(ctx context.Context, letters []*letter, end func(l *letter, err error)) error
	// send sends one letter and answers what became of it. sent is whether it may have
	// left, so that the pause counts.
	send(ctx context.Context, l *letter) (sent bool, err error)
}

// lease bounds what is done for a message by the time for which a relay has it; ok is
// false when there is too little left to begin.
type lease func(ctx context.Context, m model.OutboxMessage) (leased context.Context, end context.CancelFunc, ok bool)

// carry is the courier of a channel: nobody is written to more often than the pause
// allows, and whatever is owed to him leaves as one message.
func (n Notices) carry(p postman, whileLeased lease) courier {
	return func(ctx context.Context, batch []model.OutboxMessage, tell tell) {
		letters, err := n.collect(ctx, batch, tell)
		if err != nil {
			for _, m := range batch {
				tell(m, err)
			}
			return
		}
		end := func(l *letter, err error) {
			for _, m := range l.rows {
				tell(m, err)
			}
		}
		letters, err = n.fill(ctx, letters, end)
		if err == nil {
			err = p.prepare(ctx, letters, func(l *letter, err error) { n.unsent(ctx, l, err, end) })
		}
		if err != nil {
			for _, l := range letters {
				n.unsent(ctx, l, err, end)
			}
			return
		}
		letters = slices.DeleteFunc(letters, func(l *letter) bool { return len(l.items) == 0 })
		n.together(ctx, letters, end, func(l *letter) {
			sent, err := n.post(ctx, whileLeased, p, l)
			if sent {
				end(l, err)
			} else {
				n.unsent(ctx, l, err, end)
			}
		})
	}
}

// post sends one letter while it is leased. One that makes the code panic is given up
// alone.
func (n Notices) post(ctx context.Context, whileLeased lease, p postman, l *letter) (sent bool, err error) {
	leased, end, ok := whileLeased(ctx, l.rows[0])
	defer end()
	if !ok || leased.Err() != nil {
		return false, later(0)
	}
	err = n.guard.safely(ctx, func() (err error) {
		sent, err = p.send(leased, l)
		return err
	})
	return sent, err
}

// together does something with each letter, some at a time. A panic ends that letter alone.
func (n Notices) together(ctx context.Context, letters []*letter, end func(*letter, error), do func(*letter)) {
	next := make(chan *letter)
	var wg sync.WaitGroup
	for range min(relayAtOnce, len(letters)) {
		wg.Go(func() {
			for l := range next {
				err := n.guard.safely(ctx, func() error {
					do(l)
					return nil
				})
				if err != nil {
					end(l, err)
				}
			}
		})
	}
	for _, l := range letters {
		next <- l
	}
	close(next)
	wg.Wait()
}

// unsent ends a letter that has not left: its recipient may be written to at once.
func (n Notices) unsent(ctx context.Context, l *letter, err error, end func(*letter, error)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopping)
	defer cancel()
	if err := n.store.FreePaces(ctx, []string{l.recipient}); err != nil {
		n.log.WarnContext(ctx, "notices: the pause stands although nothing left", "error", err)
	}
	l.items = nil
	end(l, err)
}

// collect takes the turn of each recipient, and all that is owed to those who are free.
func (n Notices) collect(ctx context.Context, batch []model.OutboxMessage, tell tell) ([]*letter, error) {
	recipients := make([]string, len(batch))
	for i, m := range batch {
		recipients[i] = m.Recipient
	}
	got, err := n.store.Gather(ctx, batch[0].LeaseOwner, relayLease, model.NoticePause, distinct(recipients))
	if err != nil {
		return nil, err
	}
	for _, m := range batch {
		if wait, paused := got.Wait[m.Recipient]; paused {
			tell(m, later(wait))
		}
	}
	byRecipient := map[string]*letter{}
	var letters []*letter
	for _, m := range got.Rows { // of a recipient who is free: the batch's own among them
		l := byRecipient[m.Recipient]
		if l == nil {
			l = &letter{recipient: m.Recipient}
			byRecipient[m.Recipient], letters = l, append(letters, l)
		}
		x, err := readNotice(m)
		if err != nil {
			tell(m, err)
			continue
		}
		l.rows, l.notices = append(l.rows, m), append(l.notices, x)
	}
	return letters, nil
}

// readNotice reads what a row carries. One of a kind that only a newer version knows is
// left for that version.
func readNotice(m model.OutboxMessage) (x model.Notice, err error) {
	if err := json.Unmarshal(m.Payload, &x); err != nil {
		return x, model.E(model.CodeInternal).Because(err)
	}
	if _, known := model.RuleOfNotice(x.Kind); !known {
		return x, ofNewerVersion
	}
	return x, nil
}

// fill reads what the letters have to say. One that has nothing to say any more ends
// here, and is not among those answered.
func (n Notices) fill(ctx context.Context, letters []*letter, end func(*letter, error)) ([]*letter, error) {
	know, err := n.look(ctx, letters)
	if err != nil {
		return letters, err
	}
	return slices.DeleteFunc(letters, func(l *letter) bool {
		know.write(l)
		if len(l.items) > 0 {
			return false
		}
		n.unsent(ctx, l, n.giveBack(ctx, l), end)
		return true
	}), nil
}

// giveBack returns the consent that an earlier try of a letter held, if it did.
func (n Notices) giveBack(ctx context.Context, l *letter) error {
	for _, m := range l.rows {
		if m.SpentTemplate != "" {
			return n.store.ReleaseGrant(ctx, store.Reservation{PersonID: recipientID(l.recipient), TemplateID: m.SpentTemplate, Rows: l.ids()}, true, model.GrantReturned)
		}
	}
	return nil
}

func (l *letter) ids() []string {
	ids := make([]string, len(l.rows))
	for i, m := range l.rows {
		ids[i] = m.ID
	}
	return ids
}

// knowledge is what the letters of a batch are written from.
type knowledge struct {
	Notices
	book   contactBook
	facts  map[string]store.NoticeFact
	brands map[string]model.Brand
}

func (n Notices) look(ctx context.Context, letters []*letter) (k knowledge, err error) {
	k = knowledge{Notices: n, facts: map[string]store.NoticeFact{}}
	var all []model.Notice
	var brands []string
	subjects := map[model.NoticeSubject][]string{}
	for _, l := range letters {
		for i, x := range l.notices {
			rule, _ := model.RuleOfNotice(x.Kind)
			all, brands = append(all, x), append(brands, l.rows[i].BrandID)
			subjects[rule.About] = append(subjects[rule.About], x.Subject)
		}
	}
	if k.book, err = n.named(ctx, all); err != nil {
		return k, err
	}
	if k.brands, err = n.store.BrandsByID(ctx, distinct(brands)); err != nil {
		return k, err
	}
	for about, ids := range subjects {
		list, err := n.store.NoticeFacts(ctx, about, distinct(ids))
		if err != nil {
			return k, err
		}
		for _, f := range list {
			k.facts[f.ID] = f
		}
	}
	return k, nil
}

// write gives a letter its items: what still holds, about things that still are, to
// somebody who can still be told on this channel.
func (k knowledge) write(l *letter) {
	untold := map[string]bool{} // kind and subject: what does not hold any more, and he was not told
	for i, x := range l.notices {
		rule, _ := model.RuleOfNotice(x.Kind)
		fact, there := k.facts[x.Subject]
		to, found := k.book.of(x)
		if !there || !found || !k.reaches(l.recipient, to) {
			continue
		}
		if !holds(rule, x, fact) {
			untold[string(x.Kind)+x.Subject] = true
			continue
		}
		l.to = to
		l.items = slices.DeleteFunc(l.items, func(i item) bool { return i.Kind == x.Kind && i.Subject == x.Subject }) // the newest says it all
		l.items = append(l.items, item{x, rule, fact, k.brands[l.rows[i].BrandID], l.rows[i]})
	}
	l.items = slices.DeleteFunc(l.items, func(i item) bool { return untold[string(i.rule.TakesBack)+i.Subject] })
}

// reaches tells whether a contact is still the one behind a recipient: he may have bound
// another WeChat, or switched e-mail off.
func (n Notices) reaches(recipient string, to store.Contact) bool {
	switch recipient {
	case channelWeChat + ":" + to.PersonID:
		return to.OpenID != ""
	case channelEmail + ":" + to.UserID:
		return n.mails(to)
	}
	return false
}

// holds tells whether a notice is still true.
func holds(rule model.NoticeRule, x model.Notice, fact store.NoticeFact) bool {
	switch {
	case rule.OpenOnly && fact.State != string(model.TaskOpen):
		return false
	case x.Kind == model.NoticePublishDue && fact.State != string(model.PostApproved):
		return false
	case x.Kind == model.NoticeExpired:
		return fact.State == string(model.PostExpired)
	case x.Kind == model.NoticeUnconfirmed:
		return fact.State == string(model.PostUnconfirmed)
	case x.ScheduledAt != nil:
		return fact.ScheduledAt != nil && fact.ScheduledAt.Equal(*x.ScheduledAt)
	case x.Kind == noticeAccessWaiting:
		return fact.State == string(model.AccessWaiting)
	case x.Kind == noticeBlocked:
		return fact.State == string(model.StepBlocked)
	case x.Kind == noticeDecided:
		return fact.State != store.FactUndone
	case x.Kind == noticeWebhookOff:
		return fact.State != "" // nobody has switched it on again
	}
	return true
}

// outcomeUnknown tells that a call may have been carried out though no answer says so.
func outcomeUnknown(err error) bool {
	var sent interface{ OutcomeUnknown() bool }
	return errors.As(err, &sent) && sent.OutcomeUnknown()
}

// untried tells that a door did not make a call, for it knows that it would be refused.
func untried(err error) bool {
	var made interface{ Untried() bool }
	return errors.As(err, &made) && made.Untried()
}
