package service

import (
	"context"

	"countersign/model"
	"countersign/store"
)

// standing is a Post as its publication is judged.
type standing struct {
	store.ScanSheet
	articles []store.ArticleView
	approved bool // the publish gate is open for today's bytes
}

// standingOf reads how a Post stands. In a transaction that has locked the Post, nothing of it
// changes until the commit.
func standingOf(ctx context.Context, r store.Reader, brandID, postID string) (st standing, err error) {
	if st.ScanSheet, err = r.ScanSheet(ctx, brandID, postID); err != nil {
		return st, err
	}
	if st.articles, err = r.ArticleViews(ctx, brandID, postID); err != nil {
		return st, err
	}
	var ids []string
	for _, a := range st.articles {
		if a.ReviewID != nil {
			ids = append(ids, *a.ReviewID)
		}
	}
	reviews, err := r.Reviews(ctx, brandID, ids)
	if err != nil {
		return st, err
	}
	err = Publishable(st.Post, st.articles, reviews)
	if st.approved = err == nil; !st.approved && model.CodeOf(err) == model.CodeNotApproved {
		err = nil
	}
	return st, err
}

// content is what a Post that is published by scanning says: it has one Article.
func (st standing) content() (model.Content, error) {
	if len(st.articles) == 0 {
		return model.Content{}, model.E(model.CodeNotFound)
	}
	return contentIn(st.articles[0].Content)
}
