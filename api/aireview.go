package api

import (
	"context"
	"slices"
	"time"

	"countersign/model"
	"countersign/store"
)

// AIRuleOut is one thing that AI review looks for.
type AIRuleOut struct {
	ID       string              `json:"id" example:"ad-law.superlative"`
	Source   model.FindingSource `json:"source" enum:"local,wechat,model"`
	Severity model.Severity      `json:"severity" enum:"info,warn,error" doc:"The usual one."`
	Name     string              `json:"name"`
	NameZh   string              `json:"name_zh"`
	NameEn   string              `json:"name_en"`
	Advice   string              `json:"advice"`
	Blocking bool                `json:"blocking" doc:"The brand lets it block a submit."`
}

func (a *API) aiRules(ctx context.Context, in *BrandIn) (*ListOut[AIRuleOut], error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	b, err := a.Store.Brand(ctx, in.Brand)
	lang, out := langOf(ctx), &ListOut[AIRuleOut]{}
	for _, r := range model.AIRules() {
		advice := model.TextOfFinding(lang, model.Finding{Rule: r.ID}).Advice
		out.Body.Items = append(out.Body.Items, AIRuleOut{r.ID, r.Source, r.Severity, r.Name(lang), r.Zh, r.En, advice, slices.Contains(b.BlockingRules, r.ID)})
	}
	return out, err
}

// AIReportOut is what was found in one version. It is advice; it never approves.
type AIReportOut struct {
	ArticleID string      `json:"article_id"`
	Number    int         `json:"number"`
	Digest    string      `json:"digest" doc:"Of the content that was looked at."`
	State     string      `json:"state" enum:"none,pending,done,unavailable" doc:"none: nobody has looked at this version. unavailable: a source gave no answer."`
	Sources   []SourceOut `json:"sources"`
	Findings  []Finding   `json:"findings"`
	UpdatedAt *time.Time  `json:"updated_at,omitempty"`
}

// SourceOut is what became of one source.
type SourceOut struct {
	Source   model.FindingSource `json:"source" enum:"local,wechat,model"`
	State    model.SourceState   `json:"state" enum:"done,pending,unavailable,off"`
	Reason   string              `json:"reason,omitempty" doc:"Why it is unavailable: a code."`
	Message  string              `json:"message,omitempty" doc:"The same in words."`
	Version  string              `json:"version,omitempty" doc:"Of a model: its name and the prompt's."`
	Dropped  int                 `json:"dropped,omitempty" doc:"Findings that were left out: what they quote is not in the text, or they were too many."`
	Blocking bool                `json:"blocking,omitempty" doc:"A rule that blocks depends on it; while it has not answered, that rule blocks nothing."`
}

// Finding is one thing that was found.
type Finding struct {
	Rule       string              `json:"rule"`
	Name       string              `json:"name" doc:"Of the rule."`
	Severity   model.Severity      `json:"severity" enum:"info,warn,error"`
	Source     model.FindingSource `json:"source" enum:"local,wechat,model"`
	Field      string              `json:"field" example:"body_html"`
	Start      int                 `json:"start" doc:"In characters of the field as it is read; of body_html: of its plain text, blocks parted by a line feed."`
	End        int                 `json:"end"`
	Quote      string              `json:"quote" doc:"The text there, at most 100 characters."`
	Reason     string              `json:"reason"`
	Suggestion string              `json:"suggestion,omitempty"`
	Blocking   bool                `json:"blocking,omitempty" doc:"It blocks a submit."`
}

// AIReportBrief is an AI report in short.
type AIReportBrief struct {
	State       model.SourceState     `json:"state" enum:"pending,done,unavailable"`
	Errors      int                   `json:"errors"`
	Warnings    int                   `json:"warnings"`
	Hints       int                   `json:"hints"`
	Unavailable []model.FindingSource `json:"unavailable,omitempty" doc:"Sources that gave no answer."`
	Stale       bool                  `json:"stale" doc:"It is about an older content."`
}

func briefOf(v model.AIReport, digest string) *AIReportBrief {
	out := &AIReportBrief{
		State: v.State(), Stale: v.Digest != digest,
		Errors: v.Count(model.SeverityError), Warnings: v.Count(model.SeverityWarn), Hints: v.Count(model.SeverityInfo),
	}
	for _, s := range v.Sources {
		if s.State == model.SourceUnavailable {
			out.Unavailable = append(out.Unavailable, s.Source)
		}
	}
	return out
}

// briefs adds its report in short to each article of a post: one query for all.
func (a *API) briefs(ctx context.Context, articles []store.ArticleView) (map[string]*AIReportBrief, error) {
	ids, digests, now := make([]string, len(articles)), make([]string, len(articles)), map[string]string{}
	for i, art := range articles {
		ids[i], digests[i], now[art.ID] = art.ID, art.Digest, art.Digest
	}
	list, err := a.Store.AIReportsOf(ctx, ids, digests)
	out := map[string]*AIReportBrief{}
	for _, v := range list {
		if out[v.ArticleID] == nil || v.Digest == now[v.ArticleID] {
			out[v.ArticleID] = briefOf(v, now[v.ArticleID])
		}
	}
	return out, err
}

// briefAt is the report in short on one content, nil when nobody has looked at it.
func (a *API) briefAt(ctx context.Context, articleID, digest string) (*AIReportBrief, error) {
	v, err := a.Store.AIReportOf(ctx, articleID, digest)
	if err != nil || v.ID == "" {
		return nil, err
	}
	return briefOf(v, digest), nil
}

type aiReportAnswer struct{ Body AIReportOut }

// aiReport is for whoever may see the version itself.
func (a *API) aiReport(ctx context.Context, in *VersionIn) (*aiReportAnswer, error) {
	sight, err := a.sees(ctx, in.Article, in.Number)
	if err != nil {
		return nil, err
	}
	rev, err := a.Store.Revision(ctx, sight.Article.BrandID, in.Article, in.Number)
	if err != nil {
		return nil, err
	}
	v, err := a.Store.AIReportOf(ctx, in.Article, rev.Digest)
	if err != nil {
		return nil, err
	}
	brand, err := a.Store.Brand(ctx, sight.Article.BrandID)
	return &aiReportAnswer{Body: aiReportOut(langOf(ctx), rev, v, brand.BlockingRules)}, err
}

func aiReportOut(lang string, rev model.Revision, v model.AIReport, blocking []string) AIReportOut {
	out := AIReportOut{ArticleID: rev.ArticleID, Number: rev.Number, Digest: rev.Digest, State: "none", Sources: []SourceOut{}, Findings: []Finding{}}
	if v.ID == "" {
		return out
	}
	out.State, out.UpdatedAt = string(v.State()), &v.UpdatedAt
	for _, s := range v.Sources {
		needed := slices.ContainsFunc(blocking, func(id string) bool { r, _ := model.AIRuleByID(id); return r.Source == s.Source })
		out.Sources = append(out.Sources, SourceOut{s.Source, s.State, s.Reason, model.ReasonText(lang, s.Reason), s.Version, s.Dropped, needed})
	}
	for _, f := range v.Findings {
		rule, _ := model.AIRuleByID(f.Rule)
		text := model.TextOfFinding(lang, f)
		out.Findings = append(out.Findings, Finding{
			f.Rule, rule.Name(lang), f.Severity, f.Source, f.Field, f.Start, f.End, f.Quote, text.Reason, text.Advice, slices.Contains(blocking, f.Rule),
		})
	}
	return out
}

func (a *API) askAIReport(ctx context.Context, in *AnyArticleIn) (*aiReportAnswer, error) {
	if err := a.Service.AIReviews.Again(ctx, callOf(ctx), in.Article); err != nil {
		return nil, err
	}
	sight, err := a.sees(ctx, in.Article)
	if err != nil {
		return nil, err
	}
	return a.aiReport(ctx, &VersionIn{*in, sight.Newest()})
}
