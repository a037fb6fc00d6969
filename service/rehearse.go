package service

import (
	"context"
	"errors"
	"slices"
	"strings"

	"countersign/model"
	"countersign/store"
)

// Rehearsal is what a dry run found. The act ran in its transaction as it would have
// been, and the transaction was rolled back: what is told here is what happens.
type Rehearsal struct {
	Effects model.Effects
	Plans   []ArticlePlan // of a submit
}

// ArticlePlan is what the dry run of a submit found for one Article: a version with the
// people it would ask, "no approval", or the refusal.
type ArticlePlan struct {
	ArticleID string
	Title     string
	Position  int
	None      bool
	Kept      bool // the version that a rejection kept
	Version   model.FlowVersion
	Steps     []PlannedStep
	Refusal   error // a *model.Error, or nil
}

// PlannedStep is a step with the Members whom it would ask.
type PlannedStep struct {
	Name  string
	Mode  model.Mode
	Asked []store.MemberView
}

// report adds one Article to what a dry run of a submit tells.
func report(ctx context.Context, tx *store.Tx, c Call, a model.Article, w way, refusal error) error {
	p := ArticlePlan{ArticleID: a.ID, Title: a.Title, Position: a.Position, None: w.none, Kept: w.kept, Version: w.version, Refusal: refusal}
	if refusal != nil {
		p.None, p.Kept, p.Version = false, false, model.FlowVersion{}
	} else {
		members, err := tx.MembersByID(ctx, a.BrandID, slices.Concat(w.asked...))
		if err != nil {
			return err
		}
		p.Steps = plannedSteps(w, members)
	}
	c.DryRun.Plans = append(c.DryRun.Plans, p)
	return nil
}

// plannedSteps are a way's steps with those whom each asks, in the flow's order.
func plannedSteps(w way, members []store.MemberView) []PlannedStep {
	byID := make(map[string]store.MemberView, len(members))
	for _, m := range members {
		byID[m.ID] = m
	}
	out := make([]PlannedStep, len(w.steps))
	for i, step := range w.steps {
		out[i] = PlannedStep{Name: step.Name, Mode: step.Mode}
		for _, id := range w.asked[i] {
			out[i].Asked = append(out[i].Asked, byID[id])
		}
	}
	return out
}

// isRefusal tells a product's no from a fault.
func isRefusal(err error) bool {
	e, ok := errors.AsType[*model.Error](err)
	return ok && e.Kind() != model.KindInternal && e.Kind() != model.KindUnavailable
}

// mostDrafts bounds how many drafts the dry run of a ruling looks at.
const mostDrafts = 5000

// ruling is byStaff for what admins rule on: it may change what the next submit of a
// draft does, so its dry run looks at the drafts before and after. platform narrows the
// look, "" does not.
func ruling[T any](ctx context.Context, a acts, c Call, brandID, platform string, fn func(tx *store.Tx, me model.Member) (T, error)) (T, error) {
	return byStaff(ctx, a, c, brandID, model.RoleAdmin, func(tx *store.Tx, me model.Member) (out T, err error) {
		if c.DryRun == nil {
			return fn(tx, me)
		}
		now, err := lookAtDrafts(ctx, tx, brandID, platform)
		if err != nil {
			return out, err
		}
		if out, err = fn(tx, me); err != nil {
			return out, err
		}
		then, err := lookAtDrafts(ctx, tx, brandID, platform)
		c.DryRun.Effects.Drafts = model.CompareOutlooks(now[:min(len(now), mostDrafts)], then)
		c.DryRun.Effects.Drafts.More = len(now) > mostDrafts
		return out, err
	})
}

// lookAtDrafts asks the submit's own router about every draft: one more than mostDrafts
// says that there are more. It takes the Users who wrote a draft for its authors; whoever
// submits it is one too, then.
func lookAtDrafts(ctx context.Context, tx *store.Tx, brandID, platform string) ([]model.DraftLook, error) {
	r := newRouter(tx, brandID, false)
	drafts, err := tx.Drafts(ctx, brandID, platform, mostDrafts+1)
	out := make([]model.DraftLook, 0, len(drafts))
	for _, d := range drafts {
		o, err := r.outlook(ctx, d)
		if err != nil {
			return nil, err
		}
		out = append(out, model.DraftLook{PostID: d.PostID, Title: d.Title, ArticleID: d.ArticleID, Outlook: o})
	}
	return out, err
}

// outlook is what the next submit of a draft would do, its content aside.
func (r *router) outlook(ctx context.Context, d store.Draft) (model.Outlook, error) {
	authors := map[string]bool{}
	for _, user := range []*string{d.BegunBy, d.WrittenBy} {
		if user != nil {
			authors[*user] = true
		}
	}
	post := model.Post{ID: d.PostID, BrandID: r.brandID, ChannelID: d.ChannelID, Platform: d.Platform, ContentType: d.ContentType}
	w, err := r.way(ctx, post, model.Article{FlowID: d.FlowID, NoFlow: d.NoFlow, KeptFlowVersionID: d.KeptFlowVersionID}, authors)
	switch {
	case err != nil && isRefusal(err):
		return model.Outlook{Code: model.CodeOf(err)}, nil
	case err != nil || w.none:
		return model.Outlook{NoApproval: w.none}, err
	}
	asked := make([]string, len(w.asked))
	for i, members := range w.asked {
		asked[i] = strings.Join(members, ",")
	}
	return model.Outlook{FlowID: w.version.FlowID, FlowName: w.version.Name, VersionNumber: w.version.Number, Asked: strings.Join(asked, ";")}, nil
}

// goesOn tells a dry run which posts are in review where the setting is changed: they go on
// with what they were started with.
func goesOn(ctx context.Context, tx *store.Tx, c Call, brandID string, where store.PostFilter) (err error) {
	if c.DryRun != nil {
		c.DryRun.Effects.Running, err = tx.InReview(ctx, brandID, where)
	}
	return err
}

// keeps tells a dry run which posts go on with their version of the Flow.
func keeps(ctx context.Context, tx *store.Tx, c Call, flowID string) (err error) {
	if c.DryRun == nil {
		return nil
	}
	if c.DryRun.Effects.Kept, err = tx.KeptVersions(ctx, flowID); err == nil {
		c.DryRun.Effects.Running, err = tx.RunningPosts(ctx, flowID)
	}
	return err
}
