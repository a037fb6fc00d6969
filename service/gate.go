package service

import (
	"countersign/model"
	"countersign/store"
)

// Publishable asks the publish gate about a Post as its rows are now (rule 15): nil opens
// it, CodeNotApproved does not. Whatever leads to publishing asks here. reviews are the
// Articles' newest by id.
func Publishable(p model.Post, articles []store.ArticleView, reviews map[string]*store.ReviewTree) error {
	if p.State == model.PostCancelled {
		return model.E(model.CodeNotApproved)
	}
	pack, err := packageOf(p, articles)
	if err != nil {
		return err
	}
	asked := make([]model.GateArticle, len(articles))
	for i, a := range articles {
		var review *store.ReviewTree
		if a.ReviewID != nil {
			review = reviews[*a.ReviewID]
		}
		asked[i] = review.GateArticle(model.ContentDigest(a.Content)) // of the bytes, not the digest that a column keeps
		asked[i].Void = a.State != model.ArticleApproved
	}
	return model.Gate(pack, asked)
}

// packageOf is the digest of a Post's package as its rows are. Posts from before there
// were packages have none, and neither have their reviews.
func packageOf(p model.Post, articles []store.ArticleView) (string, error) {
	if p.PackageDigest == "" || len(articles) == 0 {
		return "", nil
	}
	order := make([]string, len(articles))
	for i, a := range articles {
		order[i] = a.ID
	}
	lead, err := contentIn(articles[0].Content)
	return model.PackageDigest(order, lead.CoverSHA256()), err
}
