package service

import (
	"context"
	"time"

	"countersign/model"
	"countersign/store"
)

// Duplicate writes a new Post with the newest content of another one, planned for at (nil
// for no time yet). Its Articles are drafts: nothing that was decided comes along. A flow
// that its author could not choose any more is not chosen. It answers the new Post's id.
func (s Posts) Duplicate(ctx context.Context, c Call, brandID, postID string, at *time.Time) (string, error) {
	return byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, me model.Member) (string, error) {
		from, err := tx.Post(ctx, brandID, postID)
		if err != nil {
			return "", err
		}
		channel, err := tx.Channel(ctx, brandID, from.ChannelID)
		if err != nil {
			return "", err
		}
		spec := PostSpec{ChannelID: channel.ID, ContentType: from.ContentType, ScheduledAt: at}
		if spec.Articles, err = s.copies(ctx, tx, from); err != nil {
			return "", err
		}
		post, err := newPost(s.newID(), me.ID, channel, spec)
		if err != nil {
			return "", err
		}
		if err := s.insert(ctx, tx, me, channel, &post, spec.Articles); err != nil { // its content is what was stored, byte by byte
			return "", err
		}
		tx.Audit(c.entry(brandID, "post.duplicated", "post", post.ID, nil, map[string]any{"from": from.ID, "title": post.Title, "articles": len(spec.Articles)}))
		return post.ID, nil
	})
}

// copies are a Post's Articles as somebody would write them now.
func (s Posts) copies(ctx context.Context, tx *store.Tx, from model.Post) (out []ArticleSpec, err error) {
	articles, err := tx.ArticleViews(ctx, from.BrandID, from.ID)
	if err != nil {
		return nil, err
	}
	r := newRouter(tx, from.BrandID, false)
	for _, a := range articles {
		content, err := contentIn(a.Content)
		if err != nil {
			return nil, err
		}
		choice, err := r.stillValid(ctx, from, a.Choice())
		if err != nil {
			return nil, err
		}
		out = append(out, ArticleSpec{Content: content, Choice: choice})
	}
	return out, nil
}

// stillValid answers the choice when it could be made today, else none.
func (r *router) stillValid(ctx context.Context, post model.Post, choice model.FlowChoice) (model.FlowChoice, error) {
	if choice == (model.FlowChoice{}) {
		return choice, nil
	}
	rule, err := r.rule(ctx, post.ChannelID)
	if err != nil {
		return choice, err
	}
	chosen, err := model.ChooseFlow(rule.Ruling(), choice, nil)
	if err == nil && !chosen.None {
		_, err = r.find(ctx, post, chosen)
	}
	if err != nil && isRefusal(err) {
		return model.FlowChoice{}, nil
	}
	return choice, err
}
