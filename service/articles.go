package service

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"countersign/model"
	"countersign/store"
)

// AddArticle writes one Article more, at the end of a Post.
func (s Posts) AddArticle(ctx context.Context, c Call, brandID, postID string, spec ArticleSpec) error {
	return s.repack(ctx, c, brandID, postID, func(tx *store.Tx, me model.Member, post model.Post, articles []model.Article) (string, error) {
		platform, _ := model.PlatformByID(post.Platform)
		if err := platform.MayAdd(len(articles)); err != nil {
			return "", err
		}
		good, err := s.checkedOne(tx, post, spec)
		if err != nil {
			return "", err
		}
		a, v, err := s.draft(post, me.ID, len(articles)+1, good)
		if err != nil {
			return "", err
		}
		if err := tx.AddArticle(&a, &v); err != nil {
			return "", err
		}
		return "article.added", s.ai.savedOne(ctx, tx, me, post, articleContent{a, good.Content})
	})
}

// RemoveArticle takes an Article out of a Post. Its revisions, reviews and decisions stay.
func (s Posts) RemoveArticle(ctx context.Context, c Call, brandID, postID, articleID string) error {
	return s.repack(ctx, c, brandID, postID, func(tx *store.Tx, _ model.Member, post model.Post, articles []model.Article) (string, error) {
		i := slices.IndexFunc(articles, func(a model.Article) bool { return a.ID == articleID })
		if i < 0 {
			return "", model.E(model.CodeNotFound)
		}
		if err := model.MayRemove(len(articles)); err != nil {
			return "", err
		}
		if err := tx.RemoveArticle(ctx, articles[i]); err != nil {
			return "", err
		}
		return "article.removed", tx.PlaceArticles(post.ID, idsOf(slices.Delete(articles, i, i+1)))
	})
}

// Reorder gives a Post's Articles a new order, at the version of the Post that the author
// saw. The order that is there already is no change.
func (s Posts) Reorder(ctx context.Context, c Call, brandID, postID string, version int64, order []string) error {
	return s.repack(ctx, c, brandID, postID, func(tx *store.Tx, _ model.Member, post model.Post, articles []model.Article) (string, error) {
		if post.Version != version {
			return "", model.E(model.CodeStale)
		}
		if err := model.CheckOrder(idsOf(articles), order); err != nil {
			return "", err
		}
		if slices.Equal(idsOf(articles), order) {
			return "", nil
		}
		return "articles.reordered", tx.PlaceArticles(post.ID, order)
	})
}

// change does one change of a package and answers its name in the audit, "" when there
// was nothing to do.
type change func(tx *store.Tx, me model.Member, post model.Post, articles []model.Article) (action string, err error)

// repack changes which Articles a Post has or their order, under the Post's lock.
func (s Posts) repack(ctx context.Context, c Call, brandID, postID string, do change) error {
	_, err := byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, me model.Member) (done, error) {
		post, err := tx.LockPost(brandID, postID)
		if err != nil {
			return done{}, err
		}
		before, err := tx.Articles(ctx, brandID, postID)
		if err != nil {
			return done{}, err
		}
		if err := model.MayRepack(post.State, states(before)); err != nil {
			return done{}, err
		}
		was := map[string]any{"order": idsOf(before), "package": post.PackageDigest}
		action, err := do(tx, me, post, before)
		if err != nil || action == "" {
			return done{}, err
		}
		pack, err := s.conclude(ctx, tx, c, post)
		if err != nil {
			return done{}, err
		}
		tx.Audit(c.entry(brandID, action, "post", postID, was, pack))
		return done{}, nil
	})
	return err
}

// conclude brings a Post in line with its changed package: its digest and title, its lead's
// approval, and its state.
func (s Posts) conclude(ctx context.Context, tx *store.Tx, c Call, post model.Post) (after map[string]any, err error) {
	articles, err := tx.Articles(ctx, post.BrandID, post.ID)
	if err != nil {
		return nil, err
	}
	lead := &articles[0]
	content, err := contentOf(ctx, tx, *lead)
	if err != nil {
		return nil, err
	}
	pack := model.PackageDigest(idsOf(articles), content.CoverSHA256())
	if err := s.voidLead(ctx, tx, c, lead, pack); err != nil {
		return nil, err
	}
	err = tx.MovePost(post, map[string]any{"package_digest": pack, "title": lead.Title, "state": model.DerivePost(states(articles))})
	return map[string]any{"order": idsOf(articles), "package": pack}, err
}

// voidLead sends a lead whose approval covered another package back to draft.
func (s Posts) voidLead(ctx context.Context, tx *store.Tx, c Call, lead *model.Article, pack string) error {
	if lead.State != model.ArticleApproved || lead.ReviewID == nil {
		return nil
	}
	v, err := tx.Review(ctx, lead.BrandID, *lead.ReviewID)
	if err != nil || !model.PackageVoids(lead.State, v.PackageDigest, pack) {
		return err
	}
	tx.Audit(c.entry(lead.BrandID, "article.voided", "article", lead.ID,
		map[string]any{"state": lead.State, "review": v.ID, "package": v.PackageDigest}, map[string]any{"state": model.ArticleDraft, "package": pack}))
	if err := tx.MoveArticle(*lead, map[string]any{"state": model.ArticleDraft}); err != nil {
		return err
	}
	lead.State = model.ArticleDraft
	return nil
}

func states(articles []model.Article) []model.ArticleState {
	out := make([]model.ArticleState, len(articles))
	for i, a := range articles {
		out[i] = a.State
	}
	return out
}

func idsOf(articles []model.Article) []string {
	out := make([]string, len(articles))
	for i, a := range articles {
		out[i] = a.ID
	}
	return out
}

// contentOf reads an Article's newest content.
func contentOf(ctx context.Context, tx *store.Tx, a model.Article) (c model.Content, err error) {
	rev, err := tx.Revision(ctx, a.BrandID, a.ID, a.RevisionNumber)
	if err != nil {
		return c, err
	}
	return contentIn(rev.Content)
}

func contentIn(raw []byte) (c model.Content, err error) {
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("revision content: %w", err)
	}
	return c, nil
}
