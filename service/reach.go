package service

import (
	"context"

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
	post, err := n.store.Post(ctx, brandID, postID)
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
	if out.Unreachable, err = n.store.MembersByID(ctx, brandID, silent); err != nil {
		return out, err
	}
	return out, n.invitation(ctx, c, post, &out)
}

// approversOf are the Members whom a Post asks or would ask.
func (n Notices) approversOf(ctx context.Context, c Call, post model.Post) ([]string, error) {
	ids, err := n.store.OpenApprovers(ctx, post.ID)
	if err != nil {
		return nil, err
	}
	c.Key, c.DryRun = "", &Rehearsal{}
	err = n.reviews.Submit(ctx, c, post.BrandID, post.ID, nil)
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
	contacts, err := n.store.Contacts(ctx, members)
	if err != nil {
		return nil, err
	}
	persons := make([]string, len(contacts))
	for i, c := range contacts {
		persons[i] = c.PersonID
	}
	grants, err := n.store.Grants(ctx, distinct(persons))
	if err != nil {
		return nil, err
	}
	granted := map[string]bool{}
	for _, g := range grants {
		if g.TemplateID == n.templates[model.TemplateTask] && g.Remaining > 0 {
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
	brand, err := n.store.Brand(ctx, post.BrandID)
	if err != nil {
		return err
	}
	me, err := Staff(ctx, n.store.Reader, c, post.BrandID, model.RoleEditor)
	if err != nil {
		return err
	}
	scene, err := n.store.SceneOf(ctx, model.ScenePost, post.ID)
	if err != nil {
		return err
	}
	token, err := n.scenes.Token(scene)
	if err != nil {
		return err
	}
	out.Link, out.Texts = n.scenes.Link(token), map[string]string{}
	for _, lang := range []string{model.LangZh, model.LangEn} {
		out.Texts[lang] = model.Phrase(lang, "reach_text", map[string]string{"brand": brand.PublicName, "by": c.nameOf(me), "title": titled(post.Title, lang), "link": out.Link})
	}
	return nil
}
