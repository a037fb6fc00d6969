package api

import (
	"context"
	"maps"
	"slices"
	"time"

	"countersign/model"
	"countersign/store"
)

type inboxIn struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor string `query:"cursor" maxLength:"200"`
	Show   string `query:"show" enum:"waiting,decided,all" default:"waiting"`
	Brand  string `query:"brand" maxLength:"64" doc:"Only of this brand."`
	Counts bool   `query:"counts" doc:"Also count every brand's, as GET /inbox/brands does."`
}

type inboxOut struct {
	Body struct {
		List[InboxItem]
		Brands []InboxBrandOut `json:"brands,omitempty" doc:"What each brand has for me, where counts were asked for."`
	}
}

// InboxItem is one line of the inbox.
type InboxItem struct {
	ID           string          `json:"id"`
	BrandID      string          `json:"brand_id"`
	BrandName    string          `json:"brand_name"`
	PostID       string          `json:"post_id"`
	ArticleID    string          `json:"article_id"`
	Title        string          `json:"title"`
	Platform     string          `json:"platform"`
	ScheduledAt  *time.Time      `json:"scheduled_at,omitempty"`
	State        model.TaskState `json:"state" enum:"open,approved,rejected,settled"`
	StepName     string          `json:"step_name,omitempty"`
	StepPosition int             `json:"step_position"`
	Mode         model.Mode      `json:"mode" enum:"any,all"`
	Digest       string          `json:"digest"`
	OnBehalfOf   string          `json:"on_behalf_of,omitempty" doc:"I am the deputy of this member."`
	SettledBy    string          `json:"settled_by,omitempty" doc:"Who decided instead."`
	SettledAs    model.Action    `json:"settled_as,omitempty"`
	At           time.Time       `json:"at" doc:"When it came, or was decided."`
	OpenComments int             `json:"open_comments" doc:"Unresolved shared threads, up to the version under review."`
}

func (a *API) inbox(ctx context.Context, in *inboxIn) (*inboxOut, error) {
	after, err := parseInboxCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	mine, err := a.turns(ctx)
	if err != nil {
		return nil, err
	}
	out := &inboxOut{}
	if out.Body.List, err = a.inboxPage(ctx, in, mine, after); err != nil || !in.Counts {
		return out, err
	}
	out.Body.Brands, err = a.countBrands(ctx, mine)
	return out, err
}

func (a *API) inboxPage(ctx context.Context, in *inboxIn, mine turnsOf, after *store.InboxCursor) (List[InboxItem], error) {
	rows, err := a.Store.Inbox(ctx, mine.of(in.Brand), shelves(in.Show), after, in.Limit)
	if err != nil {
		return List[InboxItem]{}, err
	}
	page := listOf(rows, in.Limit, func(store.InboxItem) string { return "" }, func(r store.InboxItem) InboxItem {
		item := inboxItem(r)
		item.OnBehalfOf, _ = mine.absent(r.MemberID)
		return item
	}).Body
	page.NextCursor = ""
	if len(rows) > in.Limit {
		last := rows[in.Limit-1]
		page.NextCursor = inboxCursor(last.SortedAt, last.ID)
		rows = rows[:in.Limit]
	}
	if err := a.countComments(ctx, page.Items, rows); err != nil {
		return page, err
	}
	page.Items, err = a.withoutSecondVotes(ctx, page.Items, rows, mine)
	return page, err
}

// withoutSecondVotes leaves out the turns of others that the caller, as their deputy,
// could not answer, because he has a vote of his own in the step.
func (a *API) withoutSecondVotes(ctx context.Context, items []InboxItem, rows []store.InboxItem, mine turnsOf) ([]InboxItem, error) {
	step := map[string]string{} // by task, of those that are not his
	for _, r := range rows {
		if _, is := mine.absent(r.MemberID); is {
			step[r.ID] = r.ReviewStepID
		}
	}
	own, err := a.Store.OwnTurns(ctx, slices.Collect(maps.Values(step)), mine.own)
	return slices.DeleteFunc(items, func(i InboxItem) bool { return step[i.ID] != "" && slices.Contains(own, step[i.ID]) }), err
}

// countComments adds the open threads to the lines of an inbox: one query for all.
func (a *API) countComments(ctx context.Context, items []InboxItem, rows []store.InboxItem) error {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ArticleID
	}
	counts, err := a.Store.OpenThreads(ctx, ids)
	for i, r := range rows {
		items[i].OpenComments = openUpTo(counts, r.ArticleID, r.RevisionNumber)
	}
	return err
}

// openUpTo sums the open threads on an article's versions up to one: what is said about
// later ones is not for who was shown this one.
func openUpTo(counts []store.OpenThreads, article string, number int) (n int) {
	for _, c := range counts {
		if c.ArticleID == article && c.RevisionNumber <= number {
			n += c.N
		}
	}
	return n
}

func shelves(show string) []model.Shelf {
	switch show {
	case "decided":
		return []model.Shelf{model.ShelfDecided}
	case "all":
		return []model.Shelf{model.ShelfWaiting, model.ShelfDecided}
	}
	return []model.Shelf{model.ShelfWaiting}
}

func inboxItem(r store.InboxItem) InboxItem {
	return InboxItem{
		ID: r.ID, BrandID: r.BrandID, BrandName: r.BrandName, PostID: r.PostID, ArticleID: r.ArticleID, Title: r.Title, Platform: r.Platform,
		ScheduledAt: r.ScheduledAt, State: r.State, StepName: r.StepName, StepPosition: r.StepPosition, Mode: r.Mode, Digest: r.Digest,
		SettledBy: r.SettledByName, SettledAs: r.SettledAction, At: r.SortedAt,
	}
}

// TaskIn names a task in the path.
type TaskIn struct {
	Task string `path:"task" maxLength:"64"`
}

// TaskOut is a task with everything that an approver needs to decide.
type TaskOut struct {
	ID             string          `json:"id"`
	State          model.TaskState `json:"state" enum:"waiting,open,approved,rejected,settled,cancelled"`
	BrandID        string          `json:"brand_id"`
	BrandName      string          `json:"brand_name"`
	PostID         string          `json:"post_id"`
	ArticleID      string          `json:"article_id"`
	Platform       string          `json:"platform"`
	ScheduledAt    *time.Time      `json:"scheduled_at,omitempty"`
	RevisionNumber int             `json:"revision_number"`
	Digest         string          `json:"digest" doc:"Send it back with the decision: it says which content you saw."`
	Content        ContentOut      `json:"content"`
	Review         ReviewOut       `json:"review"`
	LastSeen       int             `json:"last_seen_revision,omitempty" doc:"The version that you noted as read last (POST /tasks/{task}/seen); absent for none."`
	ChangesURL     string          `json:"changes_url,omitempty" doc:"What changed since then; absent when nothing did."`
	OpenComments   int             `json:"open_comments" doc:"Unresolved shared threads, up to this version."`
	AIReport       *AIReportBrief  `json:"ai_report,omitempty" doc:"What AI review found in this version; absent when it did not look."`
}

type taskAnswer struct{ Body TaskOut }

func (a *API) task(ctx context.Context, in *TaskIn) (*taskAnswer, error) {
	t, err := a.Store.VisibleTask(ctx, callOf(ctx).Principal.Viewer(), in.Task)
	if err == nil {
		err = a.Store.Shown(ctx, t.Task)
	}
	if err != nil {
		return nil, err
	}
	reviews, err := a.Store.Reviews(ctx, t.BrandID, []string{t.ReviewID})
	if err != nil {
		return nil, err
	}
	v := reviews[t.ReviewID]
	if v == nil {
		return nil, model.E(model.CodeNotFound)
	}
	rev, err := a.Store.Revision(ctx, t.BrandID, t.ArticleID, v.RevisionNumber)
	if err != nil {
		return nil, err
	}
	content, err := a.contentOut(ctx, rev.BrandID, rev.Content)
	if err != nil {
		return nil, err
	}
	return a.taskOut(ctx, t, reviews, content)
}

func (a *API) taskOut(ctx context.Context, t store.HeldTask, reviews map[string]*store.ReviewTree, content ContentOut) (*taskAnswer, error) {
	post, err := a.Store.Post(ctx, t.BrandID, t.PostID)
	if err != nil {
		return nil, err
	}
	brand, err := a.Store.Brand(ctx, t.BrandID)
	if err != nil {
		return nil, err
	}
	v := reviews[t.ReviewID]
	review := reviewOut(v)
	review.withoutMembers()
	last, changes, err := a.sinceSeen(ctx, t, v.RevisionNumber)
	if err != nil {
		return nil, err
	}
	threads, err := a.Store.OpenThreads(ctx, []string{t.ArticleID})
	if err != nil {
		return nil, err
	}
	found, err := a.briefAt(ctx, t.ArticleID, v.Digest)
	if err != nil {
		return nil, err
	}
	return &taskAnswer{Body: TaskOut{
		ID: t.ID, State: t.State, BrandID: t.BrandID, BrandName: brand.Name, PostID: t.PostID, ArticleID: t.ArticleID, Platform: post.Platform,
		ScheduledAt: post.ScheduledAt, RevisionNumber: v.RevisionNumber, Digest: v.Digest, Content: content, Review: *review,
		LastSeen: last, ChangesURL: changes, OpenComments: openUpTo(threads, t.ArticleID, v.RevisionNumber), AIReport: found,
	}}, nil
}

// DecisionBody is an approver's answer.
type DecisionBody struct {
	Action   model.Action `json:"action" enum:"approve,reject"`
	Digest   string       `json:"digest" pattern:"^[0-9a-f]{64}$" doc:"Of the content that was shown."`
	Reason   string       `json:"reason,omitempty" maxLength:"4000" doc:"A rejection needs 1 to 1000 characters."`
	KeepFlow bool         `json:"keep_flow,omitempty" doc:"reject: the next submit runs the same flow version again from step 1."`
}

func (b DecisionBody) answer() model.Answer {
	return model.Answer{Action: b.Action, Digest: b.Digest, Reason: b.Reason, KeepFlow: b.KeepFlow}
}

type decideIn struct {
	TaskIn
	Body DecisionBody
}

// OutcomeOut is what followed from a decision.
type OutcomeOut struct {
	TaskID  string             `json:"task_id"`
	State   model.TaskState    `json:"state" enum:"open,approved,rejected"`
	Step    model.StepState    `json:"step" enum:"open,approved,rejected"`
	Review  model.ReviewState  `json:"review" enum:"running,approved,rejected"`
	Article model.ArticleState `json:"article" enum:"in_review,approved,rejected"`
	Post    model.PostState    `json:"post" enum:"draft,in_review,approved,rejected"`
}

type outcomeAnswer struct{ Body OutcomeOut }

func (a *API) decide(ctx context.Context, in *decideIn) (*outcomeAnswer, error) {
	o, err := a.Service.Reviews.Decide(ctx, callOf(ctx), in.Task, in.Body.answer())
	if err != nil {
		return nil, err
	}
	return &outcomeAnswer{Body: OutcomeOut(o)}, nil
}
