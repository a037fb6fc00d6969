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
	return byStaff(ctx, s.Deps, c, brandID, model.RoleEditor, func(tx *store.Tx, me store.MemberView) (string, error) {
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
		post, err := newPost(s.NewID(), me.ID, channel, spec)
		if err != nil {
			return "", err
		}
		return post.ID, s.writeCopy(tx, c, from, post, spec.Articles)
	})
}

// copies are a Post's Articles as somebody would write them now.
func (s Posts) copies(ctx context.Context, tx *store.Tx, from model.Post) (out []ArticleSpec, err error) {
	articles, err := tx.Articles(ctx, from.BrandID, from.ID)
	if err != nil {
		return nil, err
	}
	r, err := newRouter(ctx, tx, from.BrandID, false)
	if err != nil {
		return nil, err
	}
	for _, a := range articles {
		content, err := contentOf(ctx, tx, a)
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
	chosen, err := model.ChooseFlow(rule.setting, choice, nil)
	if err == nil && !chosen.None {
		_, err = r.find(ctx, post, chosen)
	}
	if err != nil && isRefusal(err) {
		return model.FlowChoice{}, nil
	}
	return choice, err
}

// writeCopy inserts the copy: its content is what was stored, byte by byte.
func (s Posts) writeCopy(tx *store.Tx, c Call, from, post model.Post, specs []ArticleSpec) error {
	articles, revisions := make([]model.Article, len(specs)), make([]model.Revision, len(specs))
	for i, spec := range specs {
		var err error
		if articles[i], revisions[i], err = s.draft(post, post.CreatedBy, i+1, spec.Content, spec.Choice); err != nil {
			return err
		}
	}
	post.Title = articles[0].Title
	post.PackageDigest = model.PackageDigest(idsOf(articles), specs[0].Content.CoverSHA256())
	if err := tx.CreatePost(&post, articles, revisions); err != nil {
		return err
	}
	tx.Audit(c.entry(post.BrandID, "post.duplicated", "post", post.ID, nil, map[string]any{"from": from.ID, "title": post.Title, "articles": len(articles)}))
	_, err := s.newScene(tx, model.Scene{Kind: model.ScenePost, BrandID: &post.BrandID, SubjectID: post.ID})
	return err
}
