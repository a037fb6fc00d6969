package service

import (
	"context"
	"maps"
	"strconv"
	"strings"

	"countersign/model"
	"countersign/store"
)

// router finds the way of Articles through review (rules 6 to 10). It writes nothing and
// remembers what it read, so that one transaction can ask it about many Articles of a
// Brand: a submit, its dry run, and the look at all drafts are one path.
type router struct {
	tx       *store.Tx
	brandID  string
	hold     bool                         // keep approvers from being removed until the commit
	rules    map[string]store.ChannelRule // by Channel
	flows    map[string]found
	versions map[string]found
	humans   map[string]string // of the Members looked up; "" for one who is not active
}

// found is a FlowVersion with its steps, or the refusal to run it.
type found struct {
	version model.FlowVersion
	steps   []store.StepView
	refusal error
}

// way is what a submit of one Article will do.
type way struct {
	none    bool // no approval
	kept    bool // the version that a rejection kept
	version model.FlowVersion
	steps   []store.StepView
	asked   [][]string // Member ids by step
}

func newRouter(tx *store.Tx, brandID string, hold bool) *router {
	return &router{
		tx: tx, brandID: brandID, hold: hold, rules: map[string]store.ChannelRule{}, flows: map[string]found{}, versions: map[string]found{}, humans: map[string]string{},
	}
}

// remember reads what is not in the map yet.
func remember[V any](m map[string]V, key string, read func() (V, error)) (V, error) {
	if v, known := m[key]; known {
		return v, nil
	}
	v, err := read()
	if err == nil {
		m[key] = v
	}
	return v, err
}

// way rules on one Article with its choice. authors are the Users whose work it is.
func (r *router) way(ctx context.Context, post model.Post, a model.Article, authors map[string]bool) (way, error) {
	rule, err := r.rule(ctx, post.ChannelID)
	if err != nil {
		return way{}, err
	}
	if rule.ArchivedAt != nil {
		return way{}, model.E(model.CodeChannelArchived)
	}
	chosen, err := model.ChooseFlow(rule.Ruling(), a.Choice(), a.KeptFlowVersionID)
	if err != nil || chosen.None {
		return way{none: chosen.None}, err
	}
	f, err := r.find(ctx, post, chosen)
	if err != nil {
		return way{}, err
	}
	if rule.SelfApproval {
		authors = nil
	}
	asked, err := r.approvers(ctx, authors, f.steps)
	return way{kept: chosen.KeptVersionID != "", version: f.version, steps: f.steps, asked: asked}, err
}

func (r *router) rule(ctx context.Context, channelID string) (store.ChannelRule, error) {
	return remember(r.rules, channelID, func() (store.ChannelRule, error) { return r.tx.ChannelRule(ctx, r.brandID, channelID) })
}

// find answers the FlowVersion to run, and refuses one that does not fit (rule 7).
func (r *router) find(ctx context.Context, post model.Post, chosen model.ChosenFlow) (found, error) {
	if chosen.KeptVersionID != "" {
		return remember(r.versions, chosen.KeptVersionID, func() (f found, err error) {
			f.version, f.steps, err = r.tx.FlowVersion(ctx, r.brandID, chosen.KeptVersionID)
			return f, err
		})
	}
	f, err := remember(r.flows, chosen.FlowID, func() (found, error) { return r.current(ctx, chosen.FlowID) })
	switch {
	case err != nil:
		return f, err
	case f.refusal != nil:
		return f, f.refusal
	case !f.version.Fits(post.Platform, post.ContentType) && !r.hold: // a look at many: nobody reads what would fit
		return f, model.E(model.CodeFlowMismatch, "platform", post.Platform)
	case !f.version.Fits(post.Platform, post.ContentType):
		return f, misfit(ctx, r.tx, r.brandID, post.Platform, post.ContentType)
	}
	return f, nil
}

// current is a Flow's newest version, or why the Flow cannot be run.
func (r *router) current(ctx context.Context, flowID string) (found, error) {
	flow, err := r.tx.CurrentFlow(ctx, r.brandID, flowID)
	switch {
	case err != nil && model.CodeOf(err) == model.CodeNotFound:
		return found{refusal: model.Invalid(model.Field("flow_id", "unknown"))}, nil
	case err != nil:
		return found{}, err
	case flow.ArchivedAt != nil:
		return found{refusal: model.E(model.CodeFlowArchived)}, nil
	}
	return found{version: flow.Version, steps: flow.Steps}, nil
}

// misfit refuses a Flow and names those that fit.
func misfit(ctx context.Context, tx *store.Tx, brandID, platform string, types ...model.ContentType) error {
	fitting, err := tx.FittingFlows(ctx, brandID, platform, types...)
	if err != nil {
		return err
	}
	refusal := model.E(model.CodeFlowMismatch, "platform", platform)
	if len(fitting) > 0 {
		refusal.Args["fitting"] = strings.Join(fitting, ", ")
	}
	return refusal
}

// approvers answers whom each step asks: active Members only, one turn for one human
// being (a reviewer who has also bound his staff account is asked once), and none of the
// authors who may not approve their own work (rule 9).
func (r *router) approvers(ctx context.Context, authors map[string]bool, plan []store.StepView) ([][]string, error) {
	if err := r.lookUp(ctx, plan); err != nil {
		return nil, err
	}
	out := make([][]string, len(plan))
	for i, p := range plan {
		seen := map[string]bool{}
		for _, member := range p.Approvers {
			human := r.humans[member]
			if human == "" || seen[human] {
				continue
			}
			if authors[human] {
				return nil, model.E(model.CodeSelfApproval, "step", strconv.Itoa(i+1))
			}
			seen[human] = true
			out[i] = append(out[i], member)
		}
		if len(out[i]) == 0 {
			return nil, model.E(model.CodeStepBlocked, "step", strconv.Itoa(i+1))
		}
	}
	return out, nil
}

// lookUp reads which human being each approver is.
func (r *router) lookUp(ctx context.Context, plan []store.StepView) error {
	var unknown []string
	for _, p := range plan {
		for _, member := range p.Approvers {
			if _, known := r.humans[member]; !known {
				r.humans[member] = ""
				unknown = append(unknown, member)
			}
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	humans, err := r.whoAre(ctx, unknown)
	maps.Copy(r.humans, humans)
	return err
}

func (r *router) whoAre(ctx context.Context, members []string) (map[string]string, error) {
	if r.hold {
		return r.tx.HoldHumans(r.brandID, members)
	}
	return r.tx.Humans(ctx, r.brandID, members)
}
