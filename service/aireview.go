package service

import (
	"context"
	"strings"
	"time"

	"countersign/lint"
	"countersign/model"
	"countersign/store"
)

// AIReviews looks through Articles before people do (智能审核). It advises; what a Brand lets
// block, blocks a submit; it never approves.
type AIReviews struct {
	acts
	guard       guard
	wechat      WeChat
	model       AIModel // nil: no model is asked
	cache       Cache
	engines     *engines // of brands' own words
	dailyTokens int64    // of one Brand; 0 is no limit
}

// articleContent is an Article with what it says.
type articleContent struct {
	article model.Article
	content model.Content
}

// inspect brings the reports on Articles up to what they say and what the rules are now, in
// the act's own transaction: local rules run here, the other sources are owed. Sources that
// have answered on this very content keep their answer, unless again is true; a source that
// could not be asked is asked again.
func (s AIReviews) inspect(ctx context.Context, tx *store.Tx, me model.Member, post model.Post, again bool, list ...articleContent) (map[string]model.AIReport, error) {
	own, version, err := s.wordsOf(ctx, tx.Reader, post.BrandID)
	if err != nil {
		return nil, err
	}
	had, err := s.had(ctx, tx, list)
	if err != nil {
		return nil, err
	}
	out := make(map[string]model.AIReport, len(list))
	var fresh []model.AIReport
	for _, l := range list {
		v, known := had[l.article.ID]
		if !known {
			v = s.begun(post, l.article)
		}
		changed := v.RulesVersion != version || again
		if changed {
			v.Put(model.SourceReport{Source: model.SourceLocal, State: model.SourceDone}, lint.Check(post.Platform, ReviewTexts(l.content), own))
			v.RulesVersion = version
		}
		asks := v.Ask(s.on(), again, me.ID, tx.Now)
		v.RevisionNumber = l.article.RevisionNumber
		out[l.article.ID] = v
		switch {
		case !known:
			fresh = append(fresh, v)
		case changed || asks:
			if err := tx.MoveAIReport(v); err != nil {
				return nil, err
			}
		}
	}
	return out, tx.CreateAIReports(fresh)
}

// had are the reports on these very contents, by Article, locked until the commit.
func (s AIReviews) had(ctx context.Context, tx *store.Tx, list []articleContent) (map[string]model.AIReport, error) {
	out := map[string]model.AIReport{}
	var ids, digests []string
	now := map[string]string{}
	for _, l := range list {
		ids, digests, now[l.article.ID] = append(ids, l.article.ID), append(digests, l.article.Digest), l.article.Digest
	}
	reports, err := tx.AIReportsOf(ctx, ids, digests)
	for _, v := range reports {
		if v.Digest != now[v.ArticleID] {
			continue
		}
		if out[v.ArticleID], err = tx.LockAIReport(v.ID); err != nil {
			return nil, err
		}
	}
	return out, err
}

func (s AIReviews) begun(post model.Post, a model.Article) model.AIReport {
	return model.AIReport{
		ID: s.newID(), BrandID: post.BrandID, PostID: post.ID, ArticleID: a.ID, Digest: a.Digest, Findings: []model.Finding{}, NextAt: model.Never,
	}
}

// on says which sources this installation has beside the local rules.
func (s AIReviews) on() map[model.FindingSource]bool {
	return map[model.FindingSource]bool{model.SourceWeChat: s.wechat != nil, model.SourceModel: s.model != nil}
}

// saved looks through what was saved just now, where the Channel has AI review on.
func (s AIReviews) saved(ctx context.Context, tx *store.Tx, me model.Member, channel model.Channel, post model.Post, list ...articleContent) error {
	if !channel.AIReview {
		return nil
	}
	_, err := s.inspect(ctx, tx, me, post, false, list...)
	return err
}

// savedOne is saved for an Article of a Post that is there.
func (s AIReviews) savedOne(ctx context.Context, tx *store.Tx, me model.Member, post model.Post, l articleContent) error {
	channel, err := tx.Channel(ctx, post.BrandID, post.ChannelID)
	if err != nil {
		return err
	}
	return s.saved(ctx, tx, me, channel, post, l)
}

// blocks looks through what is to be submitted and answers, by Article, the refusal of what
// a blocking rule has found. A blocking rule whose source has not answered blocks nothing:
// people decide, and the report tells them.
func (s AIReviews) blocks(ctx context.Context, tx *store.Tx, me model.Member, post model.Post, articles []store.ArticleView) (map[string]error, error) {
	var list []articleContent
	for _, a := range articles {
		if !a.State.Submittable() {
			continue
		}
		content, err := contentIn(a.Content)
		if err != nil {
			return nil, err
		}
		list = append(list, articleContent{a.Article, content})
	}
	reports, err := s.inspect(ctx, tx, me, post, false, list...)
	if err != nil {
		return nil, err
	}
	brand, err := tx.Brand(ctx, post.BrandID)
	out := map[string]error{}
	for id, v := range reports {
		if found := model.Blocked(v.Findings, brand.BlockingRules); len(found) > 0 {
			out[id] = blockedBy(found)
		}
	}
	return out, err
}

// mostBlocked is how many findings a refusal names.
const mostBlocked = 10

// blockedBy names each finding by its field, its rule and what it quotes.
func blockedBy(found []model.Finding) error {
	var quotes []string
	e := model.E(model.CodeContentBlocked)
	for _, f := range found[:min(len(found), mostBlocked)] {
		quotes = append(quotes, "“"+f.Quote+"”")
		e.Fields = append(e.Fields, model.FieldError{Path: f.Field, Reason: f.Rule, Quote: f.Quote})
	}
	e.Args = map[string]string{"names": strings.Join(quotes, ", ")}
	return e
}

// askings is how often somebody may have an Article looked through again.
var askings = model.Limit{Name: "ai_reports", Rate: 10, Period: time.Minute}

// Again looks through the newest version of an Article anew, and asks all sources.
func (s AIReviews) Again(ctx context.Context, c Call, articleID string) error {
	if ok, wait := s.cache.Allow(ctx, askings, c.Principal.ID()); !ok {
		return model.E(model.CodeTooMany).After(wait)
	}
	_, err := idempotent(ctx, s.acts, c, func(tx *store.Tx) (done, error) {
		sight, err := tx.Sight(ctx, c.Principal.Viewer(), articleID)
		if err != nil {
			return done{}, &stranger{err}
		}
		a := sight.Article
		me, err := asStaff(ctx, tx, c, a.BrandID, model.RoleEditor)
		if err != nil {
			return done{}, err
		}
		post, err := tx.LockPost(a.BrandID, a.PostID)
		if err != nil {
			return done{}, err
		}
		return done{}, s.again(ctx, tx, c, me, post, a.ID)
	})
	return err
}

func (s AIReviews) again(ctx context.Context, tx *store.Tx, c Call, me model.Member, post model.Post, articleID string) error {
	a, err := tx.Article(ctx, post.BrandID, articleID) // as it is under the lock; not found once removed
	if err != nil {
		return err
	}
	channel, err := tx.Channel(ctx, post.BrandID, post.ChannelID)
	switch {
	case err != nil:
		return err
	case post.State == model.PostCancelled:
		return model.E(model.CodePostState, "state", string(post.State))
	case !channel.AIReview:
		return model.E(model.CodeAIReviewOff)
	}
	was, err := tx.AIReportOf(ctx, a.ID, a.Digest)
	if err != nil {
		return err
	}
	content, err := contentOf(ctx, tx, a)
	if err != nil {
		return err
	}
	now, err := s.inspect(ctx, tx, me, post, true, articleContent{a, content})
	if err == nil {
		tx.Audit(c.entry(a.BrandID, "ai_report.asked", "article", a.ID, map[string]any{"asked": was.Asked, "rules": was.RulesVersion},
			map[string]any{"asked": now[a.ID].Asked, "rules": now[a.ID].RulesVersion, "digest": a.Digest, "revision": a.RevisionNumber}))
	}
	return err
}
