package api

import (
	"context"
	"slices"
	"time"

	"countersign/model"
	"countersign/service"
	"countersign/store"
)

type bulkIn struct {
	Language string `header:"Accept-Language" maxLength:"200"`
	Body     struct {
		Decisions []struct {
			TaskID string `json:"task_id" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"`
			DecisionBody
		} `json:"decisions" minItems:"1" maxItems:"50"`
	}
}

// BulkItemOut is what became of one answer among several: outcome, or else problem.
type BulkItemOut struct {
	TaskID  string      `json:"task_id"`
	Outcome *OutcomeOut `json:"outcome,omitempty"`
	Problem *Problem    `json:"problem,omitempty"`
}

type bulkOut struct {
	Body struct {
		Items []BulkItemOut `json:"items" doc:"In the order of the decisions."`
	}
}

func (a *API) decideAll(ctx context.Context, in *bulkIn) (*bulkOut, error) {
	var list []service.BulkAnswer
	for _, d := range in.Body.Decisions {
		list = append(list, service.BulkAnswer{TaskID: d.TaskID, Answer: d.answer()})
	}
	results, err := a.Service.Reviews.DecideAll(ctx, callOf(ctx), list)
	if err != nil {
		return nil, err
	}
	out := &bulkOut{}
	for _, r := range results {
		item := BulkItemOut{TaskID: r.TaskID}
		if r.Err != nil {
			item.Problem = problemFor(requestID(ctx), language(in.Language), r.Err)
		} else {
			o := OutcomeOut(r.Outcome)
			item.Outcome = &o
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	return out, nil
}

type undoIn struct {
	TaskIn
	DryRunIn
}

type undoAnswer struct {
	Body struct {
		OutcomeOut
		Effects *EffectsOut `json:"effects,omitempty" doc:"Of a dry run: what the act would do; the outcome is what it would be."`
	}
}

func (a *API) undo(ctx context.Context, in *undoIn) (*undoAnswer, error) {
	c, found := in.call(ctx)
	o, err := a.Service.Reviews.Undo(ctx, c, in.Task)
	out := &undoAnswer{}
	out.Body.OutcomeOut, out.Body.Effects = OutcomeOut(o), effectsOut(found)
	return out, err
}

type transferIn struct {
	TaskIn
	DryRunIn
	Body struct {
		To     string `json:"to" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Member id, one of the candidates."`
		Reason string `json:"reason,omitempty" maxLength:"4000" doc:"Up to 1000 characters; kept with the post's history."`
	}
}

func (a *API) transfer(ctx context.Context, in *transferIn) (*rehearsed, error) {
	c, found := in.call(ctx)
	return rehearsal(found, a.Service.Reviews.Transfer(ctx, c, in.Task, in.Body.To, in.Body.Reason))
}

// CandidateOut is somebody a turn may be handed to.
type CandidateOut struct {
	MemberID string `json:"member_id"`
	Name     string `json:"name"`
	Staff    bool   `json:"staff"`
}

type candidatesOut struct {
	Body struct {
		Items []CandidateOut `json:"items"`
	}
}

// mostCandidates is how many are offered; nobody picks from a longer list on a phone.
const mostCandidates = 200

func (a *API) transferCandidates(ctx context.Context, in *TaskIn) (*candidatesOut, error) {
	t, err := a.Store.TaskFor(ctx, callOf(ctx).Principal.Viewer(), in.Task)
	if err == nil {
		err = a.Store.Shown(ctx, t.Task)
	}
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.TransferCandidates(ctx, t, mostCandidates)
	out := &candidatesOut{}
	out.Body.Items = []CandidateOut{}
	for _, r := range rows {
		out.Body.Items = append(out.Body.Items, CandidateOut{r.ID, model.DisplayName(r.Alias, r.Own), r.Staff})
	}
	return out, err
}

type replaceIn struct {
	BrandIn
	DryRunIn
	Review string `path:"review" maxLength:"64"`
	Number int    `path:"number" minimum:"1" maximum:"20" doc:"The step's position."`
	Body   struct {
		MemberID      *string `json:"member_id,omitempty" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Who leaves; absent when the step is blocked and nobody is left."`
		ReplacementID string  `json:"replacement_id" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" doc:"Who is asked instead."`
	}
}

func (a *API) replaceApprover(ctx context.Context, in *replaceIn) (*postChange, error) {
	c, found := in.call(ctx)
	post, err := a.Service.Reviews.Replace(ctx, c, in.Brand, service.Replacement{
		ReviewID: in.Review, Position: in.Number, Out: in.Body.MemberID, In: in.Body.ReplacementID,
	})
	if err != nil {
		return nil, err
	}
	return a.changed(ctx, &PostIn{in.BrandIn, post}, found)
}

type urgedOut struct {
	Body struct {
		Waiting int `json:"waiting" doc:"How many turns wait for an answer."`
	}
}

func (a *API) urge(ctx context.Context, in *PostIn) (*urgedOut, error) {
	n, err := a.Service.Reviews.Urge(ctx, callOf(ctx), in.Brand, in.Post)
	out := &urgedOut{}
	out.Body.Waiting = n
	return out, err
}

// BlockedStepOut is a step that nobody is left to answer.
type BlockedStepOut struct {
	ReviewID  string `json:"review_id"`
	Position  int    `json:"position"`
	StepName  string `json:"step_name,omitempty"`
	PostID    string `json:"post_id"`
	ArticleID string `json:"article_id"`
	Title     string `json:"title"`
}

type blockedOut struct {
	Body struct {
		Items []BlockedStepOut `json:"items" doc:"The oldest first, at most 100."`
	}
}

func (a *API) blockedSteps(ctx context.Context, in *BrandIn) (*blockedOut, error) {
	if err := a.staff(ctx, in.Brand, model.RoleEditor); err != nil {
		return nil, err
	}
	rows, err := a.Store.BlockedSteps(ctx, in.Brand, 100)
	out := &blockedOut{}
	out.Body.Items = []BlockedStepOut{}
	for _, s := range rows {
		out.Body.Items = append(out.Body.Items, BlockedStepOut{s.ReviewID, s.Position, s.Name, s.PostID, s.ArticleID, s.Title})
	}
	return out, err
}

// InboxBrandOut is what one brand has for me.
type InboxBrandOut struct {
	BrandID   string     `json:"brand_id"`
	BrandName string     `json:"brand_name"`
	Waiting   CountOut   `json:"waiting"`
	Decided   CountOut   `json:"decided"`
	NextDue   *time.Time `json:"next_due,omitempty" doc:"The earliest planned time among the newest 100 that wait."`
}

type inboxBrandsOut struct {
	Body struct {
		Items []InboxBrandOut `json:"items"`
	}
}

func (a *API) inboxBrands(ctx context.Context, _ *Empty) (*inboxBrandsOut, error) {
	mine, err := a.turns(ctx)
	if err != nil {
		return nil, err
	}
	out := &inboxBrandsOut{}
	out.Body.Items, err = a.countBrands(ctx, mine)
	return out, err
}

// countBrands tells for each brand how much of its turns waits and is decided.
func (a *API) countBrands(ctx context.Context, mine turnsOf) ([]InboxBrandOut, error) {
	rows, err := a.Store.InboxCounts(ctx, mine.all())
	if err != nil {
		return nil, err
	}
	out := []InboxBrandOut{}
	for _, b := range mine.brands {
		item, waiting, decided := InboxBrandOut{BrandID: b.BrandID, BrandName: b.BrandName}, store.Counted{}, store.Counted{}
		for _, r := range rows {
			if mine.brandOf[r.MemberID] == b.BrandID {
				waiting, decided = waiting.Plus(store.CountedUpTo(r.Waiting)), decided.Plus(store.CountedUpTo(r.Decided))
				item.NextDue = earlier(item.NextDue, r.NextDue)
			}
		}
		item.Waiting, item.Decided = countOut(waiting), countOut(decided)
		out = append(out, item)
	}
	return out, nil
}

func earlier(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}

// turnsOf is whose turns the caller sees: those of his own seats, and of the Members whose
// deputy he is.
type turnsOf struct {
	brands  []store.Seat // one for each brand
	own     []string
	standIn []store.Away
	brandOf map[string]string
}

func (t turnsOf) all() []string {
	out := slices.Clone(t.own)
	for _, m := range t.standIn {
		out = append(out, m.MemberID)
	}
	return out
}

// of narrows them to one brand; "" is all.
func (t turnsOf) of(brandID string) (ids []string) {
	for _, id := range t.all() {
		if brandID == "" || t.brandOf[id] == brandID {
			ids = append(ids, id)
		}
	}
	return ids
}

// absent names the Member, if the caller is his deputy.
func (t turnsOf) absent(memberID string) (name string, is bool) {
	for _, m := range t.standIn {
		if m.MemberID == memberID {
			return m.Name(), true
		}
	}
	return "", false
}

func (a *API) turns(ctx context.Context) (t turnsOf, err error) {
	v := callOf(ctx).Principal.Viewer()
	seats, err := a.Store.Seats(ctx, v)
	if err != nil {
		return t, err
	}
	t.brandOf = map[string]string{}
	seen := map[string]bool{}
	for _, s := range seats {
		t.own, t.brandOf[s.MemberID] = append(t.own, s.MemberID), s.BrandID
		if !seen[s.BrandID] {
			seen[s.BrandID], t.brands = true, append(t.brands, s)
		}
	}
	if len(seats) == 0 {
		return t, nil
	}
	t.standIn, err = a.Store.StandIns(ctx, v)
	for _, m := range t.standIn {
		t.brandOf[m.MemberID] = m.BrandID
	}
	return t, err
}
