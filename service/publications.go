package service

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"countersign/model"
	"countersign/store"
)

// Claim takes a poster's word that he has published (rule 19): from the phone that was
// handed what it takes. Said twice, it is the same.
func (s Tickets) Claim(ctx context.Context, c Call, token, openingID, device string) error {
	t, err := s.byToken(ctx, c, token)
	if err != nil {
		return err
	}
	o, err := s.store.OpeningOf(ctx, t.ID, openingID)
	if err != nil {
		return err
	}
	if o == nil || o.DeviceHash != model.HashToken(device) {
		return model.E(model.CodeNotOpened)
	}
	p := model.Publication{OpeningID: &o.ID, Source: model.SourcePoster, FactKey: "said:" + o.ID, MemberID: o.MemberID, Name: o.UserAgent}
	return s.say(ctx, c, t.BrandID, t.PostID, p, byPhone(c, *o))
}

// say records a person's word, unless the same was said.
func (s Tickets) say(ctx context.Context, c Call, brandID, postID string, p model.Publication, as func(model.AuditEntry) model.AuditEntry) error {
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		post, err := tx.LockPost(brandID, postID)
		if err != nil {
			return err
		}
		said, err := tx.Publications(ctx, brandID, postID)
		if err != nil || saidBefore(said, p.FactKey) {
			return err
		}
		if err := model.MayClaim(post.State); err != nil {
			return err
		}
		p.At = tx.Now
		return s.publish(tx, c, post, p, said, as)
	})
	if err == nil {
		s.drop(ctx, brandID, postID)
	}
	return err
}

func saidBefore(said []model.Publication, key string) bool {
	for _, p := range said {
		if p.FactKey == key {
			return true
		}
	}
	return false
}

// Confirm takes the word of staff that a Post was published, with the video's address when
// they know it.
func (s Tickets) Confirm(ctx context.Context, c Call, brandID, postID, url string) error {
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, me model.Member) (done, error) {
		post, err := tx.LockPost(brandID, postID)
		if err != nil {
			return done{}, err
		}
		if err := model.MayClaim(post.State); err != nil {
			return done{}, err
		}
		said, err := tx.Publications(ctx, brandID, postID)
		if err != nil {
			return done{}, err
		}
		p := model.Publication{Source: model.SourceStaff, FactKey: "staff:" + s.newID(), URL: url, MemberID: &me.ID, Name: c.nameOf(me), At: tx.Now}
		return done{}, s.publish(tx, c, post, p, said, nil)
	})
	if err == nil {
		s.drop(ctx, brandID, postID)
	}
	return err
}

// Deny takes the word of staff that a Post of which nobody knew was not published: it has
// expired, and can be rescheduled.
func (s Tickets) Deny(ctx context.Context, c Call, brandID, postID string) error {
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, _ model.Member) (done, error) {
		post, err := tx.LockPost(brandID, postID)
		if err != nil {
			return done{}, err
		}
		if err := model.MayDeny(post.State); err != nil {
			return done{}, err
		}
		tx.Audit(c.entry(brandID, "post.not_published", "post", postID, map[string]any{"state": post.State}, map[string]any{"state": model.PostExpired}))
		return done{}, tx.MovePost(post, map[string]any{"state": model.PostExpired})
	})
	if err == nil {
		s.drop(ctx, brandID, postID)
	}
	return err
}

// publish records a Publication and moves the Post, which the caller has locked.
func (s Tickets) publish(tx *store.Tx, c Call, post model.Post, p model.Publication, said []model.Publication, as func(model.AuditEntry) model.AuditEntry) error {
	if p.Account == "" {
		p.Account = model.AccountUnknown
	}
	p, to := model.Published(p, post.State, post.WindowEndsAt, said)
	p.ID, p.BrandID, p.PostID = s.newID(), post.BrandID, post.ID
	if err := tx.CreatePublication(&p); err != nil {
		return err
	}
	e := c.entry(post.BrandID, "post.published", "post", post.ID, map[string]any{"state": post.State}, map[string]any{
		"state": to, "publication": p.ID, "source": p.Source, "account": p.Account, "late": p.Late, "second": p.Second, "unready": p.Unready, "item": p.ItemID, "video": p.VideoID,
	})
	if p.Alarming() {
		e.Action = "post.publication_alarm"
		tx.Owe(s.notice(model.NoticePublicationAlarm, post.BrandID, "", post.ID, post.Version))
	}
	if as != nil {
		e = as(e)
	}
	tx.Audit(e)
	if to == post.State {
		return nil
	}
	tx.Owe(s.notice(model.NoticePublished, post.BrandID, post.CreatedBy, post.ID, post.Version))
	return tx.MovePost(post, map[string]any{"state": to})
}

// douyinTopic is the family of what Douyin told, to be dealt with by the relay.
const douyinTopic = "douyin"

// Hear takes a message of Douyin's webhook: it is stored, in one statement, before Douyin
// is answered, and dealt with later. The same fact again is dropped by its key. challenge
// is the answer's body while the address is being set up at Douyin.
func (s Tickets) Hear(ctx context.Context, signature string, body []byte) (challenge []byte, err error) {
	if s.douyin == nil {
		return nil, model.E(model.CodeNotFound)
	}
	event, err := s.douyin.ReadEvent(signature, body)
	if err != nil || event.Kind == model.DouyinVerify {
		return event.Challenge, err
	}
	if event.ReceivedAt, err = s.store.Now(ctx); err != nil {
		return nil, err
	}
	return nil, s.store.OweOne(ctx, model.OutboxMessage{
		ID: s.newID(), DedupKey: douyinTopic + ":" + event.Key, Topic: douyinTopic + "." + string(event.Kind), Payload: asJSON(event), CreatedAt: event.ReceivedAt,
	})
}

// heard is the courier of what Douyin told.
func (s Tickets) heard(ctx context.Context, batch []model.OutboxMessage, tell tell) {
	for _, m := range batch {
		tell(m, s.guard.safely(ctx, func() error { return s.deal(ctx, m) }))
	}
}

func (s Tickets) deal(ctx context.Context, m model.OutboxMessage) error {
	var event model.DouyinEvent
	if err := json.Unmarshal(m.Payload, &event); err != nil {
		return model.E(model.CodeInternal).Because(err)
	}
	switch event.Kind {
	case model.DouyinCreateVideo:
		return s.created(ctx, event)
	case model.DouyinAuthorize, model.DouyinUnauthorize:
		return s.authorized(ctx, event)
	case model.DouyinVerify, model.DouyinOther:
	}
	return nil
}

// An event may name a share id that is not there yet, after a failover or when another
// installation uses the same account: it is looked at again for a day.
const (
	shareAgain   = 10 * time.Minute
	shareUnknown = 24 * time.Hour
)

// created deals with a video that was published through one of our links.
func (s Tickets) created(ctx context.Context, event model.DouyinEvent) error {
	o, err := s.store.OpeningOfShare(ctx, event.ShareID)
	if err != nil {
		return err
	}
	if o == nil {
		return s.unmatched(ctx, event)
	}
	err = s.store.InTx(ctx, func(tx *store.Tx) error { return s.createdIn(ctx, tx, *o, event) })
	if errors.Is(err, store.ErrTaken) {
		return nil // told before
	}
	if err == nil {
		s.drop(ctx, o.BrandID, o.PostID)
	}
	return err
}

func (s Tickets) unmatched(ctx context.Context, event model.DouyinEvent) error {
	now, err := s.store.Now(ctx)
	if err != nil {
		return err
	}
	if now.Sub(event.ReceivedAt) < shareUnknown {
		return later(shareAgain)
	}
	return model.E(model.CodeShareUnknown)
}

func (s Tickets) createdIn(ctx context.Context, tx *store.Tx, o model.Opening, event model.DouyinEvent) error {
	post, err := tx.LockPost(o.BrandID, o.PostID)
	if err != nil {
		return err
	}
	channel, err := tx.Channel(ctx, post.BrandID, post.ChannelID)
	if err != nil {
		return err
	}
	said, err := tx.Publications(ctx, post.BrandID, post.ID)
	if err != nil {
		return err
	}
	p := model.Publication{
		OpeningID: &o.ID, Source: model.SourceDouyin, FactKey: douyinTopic + ":" + event.ShareID + ":" + event.ItemID, ShareID: event.ShareID, ItemID: event.ItemID,
		VideoID: event.VideoID, URL: model.DouyinVideoURL(event.VideoID), OpenID: event.OpenID, Account: model.AccountIs(channel.PlatformAccountID, event.OpenID),
		MemberID: o.MemberID, Name: "Douyin", At: event.ReceivedAt,
	}
	return s.publish(tx, Call{}, post, p, said, bySystem("Douyin"))
}

// bySystem makes an audit entry one of the program's own.
func bySystem(name string) func(model.AuditEntry) model.AuditEntry {
	return func(e model.AuditEntry) model.AuditEntry {
		e.ActorKind, e.ActorID, e.ActorName = "system", "", name
		return e
	}
}

// authorized records at the Channels of an account that it let our app in, or threw it out.
func (s Tickets) authorized(ctx context.Context, event model.DouyinEvent) error {
	channels, err := s.store.ChannelsOfAccount(ctx, "douyin", event.OpenID)
	if err != nil {
		return err
	}
	action := "channel.authorized"
	if event.Kind == model.DouyinUnauthorize {
		action = "channel.unauthorized"
	}
	for _, ch := range channels {
		if ch.PlatformAccountID != event.OpenID { // the database compares names as people do
			continue
		}
		err := s.store.InTx(ctx, func(tx *store.Tx) error {
			e := Call{}.entry(ch.BrandID, action, "channel", ch.ID, nil, map[string]any{"scopes": event.Scopes})
			tx.Audit(bySystem("Douyin")(e))
			if event.Kind == model.DouyinUnauthorize {
				tx.Owe(s.notice(model.NoticeUnauthorized, ch.BrandID, "", ch.ID, event.ReceivedAt.UnixMilli()))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
