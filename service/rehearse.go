package service

import (
	"context"
	"errors"

	"countersign/model"
	"countersign/store"
)

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
		for i, step := range w.steps {
			asked, err := inOrder(ctx, tx, a.BrandID, w.asked[i])
			if err != nil {
				return err
			}
			p.Steps = append(p.Steps, PlannedStep{Name: step.Name, Mode: step.Mode, Asked: asked})
		}
	}
	c.DryRun.Plans = append(c.DryRun.Plans, p)
	return nil
}

// inOrder reads Members in the order of their ids in the list.
func inOrder(ctx context.Context, tx *store.Tx, brandID string, ids []string) ([]store.MemberView, error) {
	members, err := tx.MembersByID(ctx, brandID, ids)
	byID := make(map[string]store.MemberView, len(members))
	for _, m := range members {
		byID[m.ID] = m
	}
	out := make([]store.MemberView, 0, len(ids))
	for _, id := range ids {
		out = append(out, byID[id])
	}
	return out, err
}

// isRefusal tells a product's no from a fault.
func isRefusal(err error) bool {
	e, ok := errors.AsType[*model.Error](err)
	return ok && e.Kind() != model.KindInternal && e.Kind() != model.KindUnavailable
}
