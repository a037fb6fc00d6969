package service

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"countersign/model"
	"countersign/store"
)

// Flows keeps a brand's review flows.
type Flows struct{ acts }

func tidy(f model.FlowSpec) model.FlowSpec {
	f.Name = clean(f.Name)
	f.Steps = slices.Clone(f.Steps)
	for i := range f.Steps {
		f.Steps[i].Name = clean(f.Steps[i].Name)
	}
	return f
}

// Create makes a Flow with its first version and answers its id (rule 6).
func (s Flows) Create(ctx context.Context, c Call, brandID string, spec model.FlowSpec) (string, error) {
	spec = tidy(spec)
	if err := spec.Check(); err != nil {
		return "", err
	}
	return byStaff(ctx, s.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, me model.Member) (string, error) {
		return s.create(ctx, tx, c, me, spec)
	})
}

// create inserts a Flow with its first version.
func (s Flows) create(ctx context.Context, tx *store.Tx, c Call, me model.Member, spec model.FlowSpec) (string, error) {
	flow := model.Flow{ID: s.newID(), BrandID: me.BrandID, Name: spec.Name}
	if err := tx.CreateFlow(&flow); err != nil {
		return "", nameTaken(err)
	}
	tx.Audit(c.entry(me.BrandID, "flow.created", "flow", flow.ID, nil, spec))
	return flow.ID, s.version(ctx, tx, me, flow.ID, 1, me.BrandID, spec)
}

// Duplicate makes a new Flow from the newest version of another, also of an archived
// one, under another name, and answers its id.
func (s Flows) Duplicate(ctx context.Context, c Call, brandID, id, name string) (string, error) {
	return byStaff(ctx, s.acts, c, brandID, model.RoleAdmin, func(tx *store.Tx, me model.Member) (string, error) {
		from, err := tx.Flow(ctx, brandID, id)
		if err != nil {
			return "", err
		}
		spec := model.FlowSpec{Name: clean(name), ContentTypes: from.Content.ContentTypes, Platforms: from.Content.Platforms}
		for _, step := range from.Steps {
			spec.Steps = append(spec.Steps, model.StepSpec{Name: step.Name, Mode: step.Mode, Approvers: step.Approvers})
		}
		if err := spec.Check(); err != nil {
			return "", err
		}
		return s.create(ctx, tx, c, me, spec)
	})
}

// CreateFor makes a Flow from within a Post, for one of its Articles, and chooses it
// there (rule 7). An editor may, where the author may choose at all; the Flow is one of
// the brand's like any other. It answers the Flow's id.
func (s Flows) CreateFor(ctx context.Context, c Call, brandID, postID, articleID string, spec model.FlowSpec) (string, error) {
	spec = tidy(spec)
	if err := spec.Check(); err != nil {
		return "", err
	}
	return byStaff(ctx, s.acts, c, brandID, model.RoleEditor, func(tx *store.Tx, me model.Member) (string, error) {
		post, a, err := lockedArticle(ctx, tx, brandID, postID, articleID)
		if err != nil {
			return "", err
		}
		if err := s.mayChoose(ctx, tx, post, a, spec); err != nil {
			return "", err
		}
		id, err := s.create(ctx, tx, c, me, spec)
		if err != nil {
			return "", err
		}
		tx.Audit(c.entry(brandID, "article.flow_chosen", "article", a.ID,
			map[string]any{"flow": a.FlowID, "no_approval": a.NoFlow}, map[string]any{"flow": id}))
		return id, tx.MoveArticle(a, map[string]any{"flow_id": id, "no_flow": false})
	})
}

// mayChoose: the Article can be changed, its Channel lets the author choose, and the
// Flow will fit.
func (s Flows) mayChoose(ctx context.Context, tx *store.Tx, post model.Post, a model.Article, spec model.FlowSpec) error {
	if err := model.MayEdit(post.State, a.State); err != nil {
		return err
	}
	if !a.State.Submittable() { // approved: there is no submit that the choice could be for
		return model.E(model.CodePostState, "state", string(a.State))
	}
	rule, err := tx.ChannelRule(ctx, post.BrandID, post.ChannelID)
	switch {
	case err != nil:
		return err
	case !rule.Ruling().AllowChange:
		return model.E(model.CodeFlowChangeForbidden, "platform", post.Platform)
	case !(model.FlowVersion{ContentTypes: spec.ContentTypes, Platforms: spec.Platforms}).Fits(post.Platform, post.ContentType):
		return misfit(ctx, tx, post.BrandID, post.Platform, post.ContentType)
	}
	return nil
}

func nameTaken(err error) error {
	if errors.Is(err, store.ErrTaken) {
		return model.E(model.CodeNameTaken)
	}
	return err
}

// Edit makes a new version; running Reviews keep theirs.
func (s Flows) Edit(ctx context.Context, c Call, brandID, id string, version int64, spec model.FlowSpec) error {
	spec = tidy(spec)
	if err := spec.Check(); err != nil {
		return err
	}
	_, err := ruling(ctx, s.acts, c, brandID, "", func(tx *store.Tx, me model.Member) (done, error) {
		was, err := lockedFlow(ctx, tx, brandID, id)
		if err != nil {
			return done{}, err
		}
		if was.ArchivedAt != nil {
			return done{}, model.E(model.CodeFlowArchived)
		}
		if err := keepsDefaults(tx, brandID, id, spec); err != nil {
			return done{}, err
		}
		if err := tx.NextFlowVersion(brandID, id, spec.Name, version); err != nil {
			return done{}, nameTaken(err)
		}
		tx.Audit(c.entry(brandID, "flow.edited", "flow", id, was.Content, spec))
		if err := keeps(ctx, tx, c, id); err != nil {
			return done{}, err
		}
		return done{}, s.version(ctx, tx, me, id, was.CurrentVersion+1, brandID, spec)
	})
	return err
}

// lockedFlow reads a Flow that nobody else changes, archives or makes a default until
// the commit.
func lockedFlow(ctx context.Context, tx *store.Tx, brandID, id string) (store.FlowView, error) {
	if err := tx.LockFlow(brandID, id); err != nil {
		return store.FlowView{}, err
	}
	return tx.Flow(ctx, brandID, id)
}

// version inserts a version with steps and approvers, who must be active Members.
func (s Flows) version(ctx context.Context, tx *store.Tx, me model.Member, flowID string, number int, brandID string, spec model.FlowSpec) error {
	if err := s.approversExist(ctx, tx, brandID, spec); err != nil {
		return err
	}
	v := model.FlowVersion{
		ID: s.newID(), BrandID: brandID, FlowID: flowID, Number: number, Name: spec.Name,
		ContentTypes: spec.ContentTypes, Platforms: spec.Platforms, CreatedBy: me.ID,
	}
	var steps []model.FlowStep
	var approvers []model.FlowApprover
	for i, step := range spec.Steps {
		row := model.FlowStep{ID: s.newID(), BrandID: brandID, FlowVersionID: v.ID, Position: i + 1, Name: step.Name, Mode: step.Mode}
		steps = append(steps, row)
		for k, member := range step.Approvers {
			approvers = append(approvers, model.FlowApprover{FlowStepID: row.ID, MemberID: member, BrandID: brandID, Position: k + 1})
		}
	}
	return tx.CreateFlowVersion(&v, steps, approvers)
}

// approversExist refuses a Flow with approvers who are not active Members, and says where
// they stand.
func (s Flows) approversExist(ctx context.Context, tx *store.Tx, brandID string, spec model.FlowSpec) error {
	var ids []string
	for _, step := range spec.Steps {
		ids = append(ids, step.Approvers...)
	}
	found, err := tx.ActiveMembers(ctx, brandID, ids)
	if err != nil {
		return err
	}
	active := make(map[string]bool, len(found))
	for _, m := range found {
		active[m.ID] = true
	}
	var refusal *model.Error
	for i, step := range spec.Steps {
		for k, id := range step.Approvers {
			if active[id] {
				continue
			}
			if refusal == nil {
				refusal = model.E(model.CodeApproverUnknown, "member", id)
			}
			refusal.Fields = append(refusal.Fields, model.Field(fmt.Sprintf("steps[%d].approvers[%d]", i, k), "unknown"))
		}
	}
	if refusal != nil {
		return refusal
	}
	return nil
}

// NoApproval stands for "no approval" where a new default Flow is named.
const NoApproval = "none"

// Archive takes a Flow out of use. If it is the default of a platform or a channel,
// newDefault must name another Flow, or NoApproval, in the same call (rule 6).
func (s Flows) Archive(ctx context.Context, c Call, brandID, id, newDefault string) error {
	_, err := ruling(ctx, s.acts, c, brandID, "", func(tx *store.Tx, _ model.Member) (done, error) {
		was, err := lockedFlow(ctx, tx, brandID, id)
		if err != nil {
			return done{}, err
		}
		if err := moveDefaults(ctx, tx, c, brandID, id, newDefault); err != nil {
			return done{}, err
		}
		if err := keeps(ctx, tx, c, id); err != nil {
			return done{}, err
		}
		moved, err := tx.ArchiveFlow(brandID, id)
		if err == nil && moved {
			tx.Audit(c.entry(brandID, "flow.archived", "flow", id, was.Content, map[string]any{"archived_at": tx.Now}))
		}
		return done{}, err
	})
	return err
}
