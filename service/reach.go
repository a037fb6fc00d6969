package service

import (
	"context"
	"encoding/json"

	"countersign/model"
	"countersign/store"
)

// Reach tells which of a Post's approvers no message reaches, and what to send them by
// hand instead.
type Reach struct {
	Asked       int                // how many are asked, or would be by a submit now
	Unreachable []store.MemberView // those without e-mail and without a WeChat consent that we know of
	Texts       map[string]string  // by language, ready to be pasted into a chat
	Link        string             // that opens the Post in the mini-program
}

// Reach looks at those whose answer is still open, and at those whom a submit would ask
// now: it rehearses the submit.
func (n Notices) Reach(ctx context.Context, c Call, brandID, postID string) (out Reach, err error) {
	post, err := n.Store.Post(ctx, brandID, postID)
	if err != nil {
		return out, err
	}
	members, err := n.approversOf(ctx, c, post)
	if err != nil {
		return out, err
	}
	out.Asked = len(members)
	silent, err := n.silent(ctx, members)
	if err != nil {
		return out, err
	}
	if out.Unreachable, err = n.Store.MembersByID(ctx, brandID, silent); err != nil {
		return out, err
	}
	return out, n.invitation(ctx, c, post, &out)
}

// approversOf are the Members whom a Post asks or would ask.
func (n Notices) approversOf(ctx context.Context, c Call, post model.Post) ([]string, error) {
	ids, err := n.Store.OpenApprovers(ctx, post.ID)
	if err != nil {
		return nil, err
	}
	c.Key, c.DryRun = "", &Rehearsal{}
	err = Reviews(n).Submit(ctx, c, post.BrandID, post.ID, nil)
	if err != nil && !isRefusal(err) {
		return nil, err
	}
	for _, plan := range c.DryRun.Plans {
		for _, step := range plan.Steps {
			for _, m := range step.Asked {
				ids = append(ids, m.ID)
			}
		}
	}
	return distinct(ids), nil
}

// silent are the Members whom no message reaches.
func (n Notices) silent(ctx context.Context, members []string) (out []string, err error) {
	contacts, err := n.Store.Contacts(ctx, members)
	if err != nil {
		return nil, err
	}
	persons := make([]string, len(contacts))
	for i, c := range contacts {
		persons[i] = c.PersonID
	}
	grants, err := n.Store.Grants(ctx, distinct(persons))
	if err != nil {
		return nil, err
	}
	granted := map[string]bool{}
	for _, g := range grants {
		if g.TemplateID == n.Settings.Templates[model.TemplateTask] && g.Remaining > 0 {
			granted[g.PersonID] = true
		}
	}
	reached := map[string]bool{}
	for _, c := range contacts {
		reached[c.MemberID] = n.mails(c) || granted[c.PersonID]
	}
	for _, id := range members {
		if !reached[id] {
			out = append(out, id)
		}
	}
	return out, nil
}

// invitation words what the asker can paste into a chat: it carries the Post's code.
func (n Notices) invitation(ctx context.Context, c Call, post model.Post, out *Reach) error {
	brand, err := n.Store.Brand(ctx, post.BrandID)
	if err != nil {
		return err
	}
	me, err := n.Store.Staff(ctx, post.BrandID, c.Principal.UserID)
	if err != nil {
		return err
	}
	scene, err := n.Store.SceneOf(ctx, model.ScenePost, post.ID)
	if err != nil {
		return err
	}
	token, err := Scenes(n).Token(scene)
	if err != nil {
		return err
	}
	out.Link, out.Texts = Scenes(n).Link(token), map[string]string{}
	for _, lang := range []string{model.LangZh, model.LangEn} {
		out.Texts[lang] = model.Phrase(lang, "reach_text", map[string]string{"brand": brand.PublicName, "by": c.nameOf(me), "title": titled(post.Title, lang), "link": out.Link})
	}
	return nil
}

// Undelivered is a notice that was given up.
type Undelivered struct {
	model.OutboxMessage
	model.Notice
	Name  string // of the recipient
	Title string // of what it is about, "" when it has none
}

// Undelivered describes rows that were given up.
func (n Notices) Undelivered(ctx context.Context, brandID string, rows []model.OutboxMessage) ([]Undelivered, error) {
	out := make([]Undelivered, len(rows))
	var members []string
	subjects := map[model.NoticeSubject][]string{}
	for i, m := range rows {
		out[i].OutboxMessage = m
		if err := json.Unmarshal(m.Payload, &out[i].Notice); err != nil {
			continue // it is shown with its reason all the same
		}
		rule, _ := model.RuleOfNotice(out[i].Kind)
		members = append(members, out[i].Member)
		subjects[rule.About] = append(subjects[rule.About], out[i].Subject)
	}
	names := map[string]string{}
	list, err := n.Store.MembersByID(ctx, brandID, distinct(members))
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		names[m.ID] = m.DisplayName()
	}
	titles := map[string]string{}
	for about, ids := range subjects {
		facts, err := n.Store.NoticeFacts(ctx, about, distinct(ids))
		if err != nil {
			return nil, err
		}
		for _, f := range facts {
			titles[f.ID] = f.Title
		}
	}
	for i := range out {
		out[i].Name, out[i].Title = names[out[i].Member], titles[out[i].Subject]
	}
	return out, nil
}

// Revive puts messages that were given up back into the outbox, for an operator. It
// answers how many it moved; those that somebody else has moved meanwhile are left.
func (n Notices) Revive(ctx context.Context, list []model.OutboxMessage) (moved int, err error) {
	err = n.Store.InTx(ctx, func(tx *store.Tx) error {
		moved = 0
		for _, m := range list {
			did, err := tx.ReviveOutbox(m.ID)
			if err != nil {
				return err
			}
			if !did {
				continue
			}
			moved++
			if m.BrandID != "" {
				e := operator(m.BrandID, "notice.retried", "notice", m.ID, map[string]any{"state": "ready"})
				e.BeforeJSON = asJSON(map[string]any{"state": "dead", "reason": m.LastError})
				tx.Audit(e)
			}
		}
		return nil
	})
	return moved, err
}

// Retry puts a notice that was given up back into the outbox, for an admin who has mended
// what was in its way.
func (n Notices) Retry(ctx context.Context, c Call, brandID, id string) (model.OutboxMessage, error) {
	return byStaff(ctx, n.Deps, c, brandID, model.RoleAdmin, func(tx *store.Tx, _ model.Member) (model.OutboxMessage, error) {
		m, err := tx.UndeliveredOne(ctx, brandID, id)
		if err != nil {
			return m, err
		}
		moved, err := tx.ReviveOutbox(id)
		if err == nil && !bool(moved) {
			err = model.E(model.CodeNotFound)
		}
		tx.Audit(c.entry(brandID, "notice.retried", "notice", id, map[string]any{"state": "dead", "reason": m.LastError}, map[string]any{"state": "ready"}))
		return m, err
	})
}
