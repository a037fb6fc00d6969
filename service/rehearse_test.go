package service_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// rehearsed does an act as a dry run: it must be taken, and leave no trace, not even of
// its idempotency key.
func (x *bundle) rehearsed(t testing.TB, c service.Call, act func(service.Call) error) service.Rehearsal {
	t.Helper()
	before := x.Database.Rows(t, x.db)
	var found service.Rehearsal
	c = keyed(c, testkit.NewID(), "dry")
	c.DryRun = &found
	must(t, act(c))
	if diff := cmp.Diff(before, x.Database.Rows(t, x.db)); diff != "" {
		t.Fatal("a dry run wrote:", diff)
	}
	return found
}

// plain is a plan in one line.
func plain(p service.ArticlePlan) string {
	if p.Refusal != nil {
		return "refused " + string(model.CodeOf(p.Refusal))
	}
	if p.None {
		return "none"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s v%d", p.Version.Name, p.Version.Number)
	for _, s := range p.Steps {
		fmt.Fprintf(&b, " | %s", s.Mode)
		for _, m := range s.Asked {
			fmt.Fprintf(&b, " %s", m.DisplayName())
		}
	}
	return b.String()
}

// The dry run of a submit tells for every article whom it would ask or what refuses it,
// and writes nothing; the submit itself stops at the first refusal.
func TestSubmitDryRun(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r := x.reviewer(t)
		two := x.flow(t, step(model.ModeAny, x.b.AdminMember, r.Member), step(model.ModeAll, r.Member))
		mine := x.flow(t, step(model.ModeAny, x.b.EditorMember))
		gone := x.flow(t, step(model.ModeAny, r.Member))
		must(t, x.Service.Flows.Archive(t.Context(), x.admin, x.b.ID, gone, ""))
		post := x.post(t, "", 5)
		articles := testkit.Rows(t, x.db, "SELECT id FROM articles WHERE post_id = ? ORDER BY position", post)
		choices := map[string]model.FlowChoice{
			articles[1][0]: {FlowID: &two}, articles[2][0]: {FlowID: &mine}, articles[3][0]: {FlowID: &gone}, articles[4][0]: {None: true},
		}
		submit := func(c service.Call) error {
			return x.Service.Reviews.Submit(t.Context(), c, x.b.ID, post, choices)
		}
		var got []string
		for _, p := range x.rehearsed(t, x.editor, submit).Plans {
			got = append(got, plain(p))
		}
		name := func(member string) string {
			return x.cell(t, "SELECT COALESCE(u.name, p.nickname) FROM memberships m LEFT JOIN users u ON u.id = m.user_id LEFT JOIN persons p ON p.id = m.person_id WHERE m.id = ?", member)
		}
		flowName := x.cell(t, "SELECT name FROM flows WHERE id = ?", two)
		want := []string{
			x.cell(t, "SELECT name FROM flows WHERE id = ?", x.b.Flow) + " v1 | any " + name(x.b.AdminMember),
			flowName + " v1 | any " + name(x.b.AdminMember) + " " + name(r.Member) + " | all " + name(r.Member),
			"refused author_is_approver", "refused flow_archived", "refused no_approval_forbidden",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		wantCode(t, submit(x.editor), model.CodeSelfApproval)

		// With the refusals out of the way the act does what was told, under the same key.
		choices = map[string]model.FlowChoice{articles[1][0]: {FlowID: &two}}
		key := keyed(x.editor, "the-same-key", "submit")
		dry := key
		dry.DryRun = &service.Rehearsal{}
		must(t, submit(dry))
		must(t, submit(key))
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM tasks WHERE post_id = ?", post); n != 7 {
			t.Errorf("%d turns", n)
		}
		must(t, submit(key)) // the first answer, again
		wantCode(t, submit(dry), model.CodePostState)
		wantCode(t, x.Service.Reviews.Submit(t.Context(), dry, x.b.ID, testkit.NewID(), nil), model.CodeNotFound)
		x.chained(t)
	})
}

// told is what a dry run found, in short: counts, and what becomes of the first draft.
func told(e model.Effects) string {
	then := ""
	if len(e.Drafts.Articles) > 0 {
		o := e.Drafts.Articles[0].Then
		then = fmt.Sprintf(" %s v%d none=%t %s", o.FlowName, o.VersionNumber, o.NoApproval, o.Code)
	}
	return fmt.Sprintf("running %d kept %d drafts %d%s cancelled %d blocked %d voided %d",
		e.Running.Count, len(e.Kept), e.Drafts.Count, then, e.Cancelled.Count, e.Blocked.Count, e.Voided.Count)
}

// Every act that rules on drafts and on what runs tells its effects before it is done;
// none of them leaves a trace.
func TestEffectsAreToldBefore(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r := x.reviewer(t)
		flow, spare := x.flow(t, step(model.ModeAny, r.Member), step(model.ModeAll, r.Member, x.b.AdminMember)), x.flow(t, step(model.ModeAny, x.b.EditorMember))
		must(t, x.platform(t, func(s *model.PlatformSetting) { s.DefaultFlowID = &flow }))
		running, draft := x.submitted(t, "", 2), x.post(t, "", 1)
		named := x.post(t, spare, 1) // refused today: the author is its approver
		approved := x.submitted(t, x.b.Flow, 1)
		x.decide(t, x.admin, approved, x.b.AdminMember, approve)
		article := x.cell(t, "SELECT id FROM articles WHERE post_id = ?", approved)
		version := int64(testkit.Count(t, x.db, "SELECT version FROM articles WHERE id = ?", article))
		spareName := x.cell(t, "SELECT name FROM flows WHERE id = ?", spare)
		edited := flowSpec("改名", step(model.ModeAny, x.b.AdminMember))
		yes := true
		ctx, s := t.Context(), x.Service
		for _, c := range []struct {
			name string
			by   service.Call
			act  func(service.Call) error
			want string
		}{
			{"edit a flow", x.admin, func(c service.Call) error { return s.Flows.Edit(ctx, c, x.b.ID, flow, 1, edited) }, "running 1 kept 1 drafts 1 改名 v2 none=false  cancelled 0 blocked 0 voided 0"},
			{"archive it for another default", x.admin, func(c service.Call) error { return s.Flows.Archive(ctx, c, x.b.ID, flow, x.b.Flow) }, "running 1 kept 1 drafts 1 " + x.cell(t, "SELECT name FROM flows WHERE id = ?", x.b.Flow) + " v1 none=false  cancelled 0 blocked 0 voided 0"},
			{"archive what a draft chose", x.admin, func(c service.Call) error { return s.Flows.Archive(ctx, c, x.b.ID, spare, "") }, "running 0 kept 0 drafts 1  v0 none=false flow_archived cancelled 0 blocked 0 voided 0"},
			{"set the platform", x.admin, func(c service.Call) error {
				set, err := x.Store.PlatformSetting(ctx, x.b.ID, "wechat_official")
				must(t, err)
				set.DefaultFlowID, set.NoApproval = nil, true
				return s.Brands.SetPlatform(ctx, c, set)
			}, "running 1 kept 0 drafts 1  v0 none=true  cancelled 0 blocked 0 voided 0"},
			{"set the channel", x.admin, func(c service.Call) error {
				return x.channel(t, c, &service.SettingSpec{DefaultFlowID: &x.b.Flow}, false)
			}, "running 1 kept 0 drafts 2  v0 none=false flow_change_forbidden cancelled 0 blocked 0 voided 0"},
			{"archive the channel", x.admin, func(c service.Call) error { return x.channel(t, c, nil, true) }, "running 1 kept 0 drafts 2  v0 none=false channel_archived cancelled 0 blocked 0 voided 0"},
			{"allow self-approval", x.admin, func(c service.Call) error {
				return s.Brands.Update(ctx, c, x.b.ID, 1, service.BrandPatch{SelfApproval: &yes})
			}, "running 0 kept 0 drafts 1 " + spareName + " v1 none=false  cancelled 0 blocked 0 voided 0"},
			{"remove an approver", x.admin, func(c service.Call) error { return s.Brands.RemoveMember(ctx, c, x.b.ID, r.Member) }, "running 0 kept 0 drafts 1  v0 none=false step_without_approvers cancelled 4 blocked 2 voided 0"},
			{"withdraw", x.editor, func(c service.Call) error { return s.Reviews.Withdraw(ctx, c, x.b.ID, running) }, "running 0 kept 0 drafts 0 cancelled 6 blocked 0 voided 0"},
			{"edit what is approved", x.editor, func(c service.Call) error {
				return s.Posts.Edit(ctx, c, x.b.ID, approved, article, version, articleSpec("别的标题", ""))
			}, "running 0 kept 0 drafts 0 cancelled 0 blocked 0 voided 1"},
		} {
			found := x.rehearsed(t, c.by, c.act).Effects
			if got := told(found); got != c.want {
				t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
			}
			for _, d := range found.Drafts.Articles {
				if d.PostID != draft && d.PostID != named || d.Title == "" {
					t.Errorf("%s: %+v", c.name, d)
				}
			}
			for _, p := range append(append(found.Running.Posts, found.Cancelled.Posts...), found.Blocked.Posts...) {
				if p.ID != running || p.Title == "" {
					t.Errorf("%s: %+v", c.name, p)
				}
			}
		}

		// What the dry run refuses is what the act refuses, with the same words.
		for _, c := range []service.Call{x.admin, x.dry()} {
			if e1 := refused(t, s.Flows.Archive(ctx, c, x.b.ID, flow, ""), model.CodeFlowIsDefault); e1.Args["platforms"] != "wechat_official" {
				t.Error(e1.Args)
			}
			wantCode(t, s.Flows.Edit(ctx, c, x.b.ID, flow, 9, edited), model.CodeStale)
		}
		wantCode(t, s.Brands.RemoveMember(ctx, x.dry(), x.b.ID, x.b.AdminMember), model.CodeLastAdmin)

		// And the act does what was told.
		must(t, s.Brands.RemoveMember(ctx, x.admin, x.b.ID, r.Member))
		const query = "SELECT (SELECT COUNT(*) FROM tasks WHERE state = 'cancelled'), (SELECT COUNT(*) FROM review_steps WHERE state = 'blocked')"
		if got := testkit.Rows(t, x.db, query)[0]; got[0] != "4" || got[1] != "2" {
			t.Error(got)
		}
		wantCode(t, s.Reviews.Submit(ctx, x.editor, x.b.ID, draft, nil), model.CodeStepBlocked)
		x.chained(t)
	})
}

// dry is the admin's call as a dry run.
func (x *bundle) dry() service.Call {
	c := x.admin
	c.DryRun = &service.Rehearsal{}
	return c
}

// standing is where a post's turns and articles stand, by id.
func (x *bundle) standing(t testing.TB, post string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, r := range testkit.Rows(t, x.db, "SELECT id, state FROM tasks WHERE post_id = ? UNION ALL SELECT id, state FROM articles WHERE post_id = ?", post, post) {
		out[r[0]] = r[1]
	}
	return out
}

// happened is what an act did to the turns and articles of a post: turns that ended
// unanswered or wait again, turns that opened, approvals that are void.
func happened(before, after map[string]string) (cancelled, asked, voided int) {
	for id, now := range after {
		switch was := before[id]; {
		case was == now:
		case was == "approved" && now == "draft":
			voided++
		case now == "open":
			asked++
		case now == "cancelled" || was == "open" && now == "waiting":
			cancelled++
		}
	}
	return cancelled, asked, voided
}

// Whatever ends, opens or voids something in a post tells before what it does after.
func TestActsOnAPostTellTheirEffects(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r, q, spare := x.reviewer(t), x.reviewer(t), x.reviewer(t)
		flow := x.flow(t, step(model.ModeAny, r.Member, x.b.AdminMember), step(model.ModeAll, q.Member))
		s := x.Service
		running := func() string { return x.submitted(t, flow, 2) }
		approved := func() string { return x.approved(t, 2) }
		decided := func() string {
			post := x.submitted(t, flow, 1)
			x.decide(t, r.call, post, r.Member, approve)
			return post
		}
		for _, tc := range []struct {
			name                     string
			by                       service.Call
			post                     string
			act                      func(c service.Call, post string) error
			cancelled, asked, voided int
		}{
			{"cancel", x.editor, running(), func(c service.Call, post string) error { return s.Posts.Cancel(t.Context(), c, x.b.ID, post) }, 6, 0, 0},
			{"add an article", x.editor, approved(), func(c service.Call, post string) error {
				return s.Posts.AddArticle(t.Context(), c, x.b.ID, post, articleSpec("新", ""))
			}, 0, 0, 1},
			{"remove an article", x.editor, approved(), func(c service.Call, post string) error {
				return s.Posts.RemoveArticle(t.Context(), c, x.b.ID, post, x.articleIDs(t, post)[1])
			}, 0, 0, 1},
			{"reorder", x.editor, approved(), func(c service.Call, post string) error {
				ids := x.articleIDs(t, post)
				return s.Posts.Reorder(t.Context(), c, x.b.ID, post, x.postVersion(t, post), []string{ids[1], ids[0]})
			}, 0, 0, 1},
			{"replace an approver", x.admin, running(), func(c service.Call, post string) error {
				_, err := s.Reviews.Replace(t.Context(), c, x.b.ID, service.Replacement{ReviewID: x.open(t, post, r.Member).Review, Position: 1, Out: &r.Member, In: spare.Member})
				return err
			}, 1, 1, 0},
			{"replace one who waits", x.admin, running(), func(c service.Call, post string) error {
				_, err := s.Reviews.Replace(t.Context(), c, x.b.ID, service.Replacement{ReviewID: x.open(t, post, r.Member).Review, Position: 2, Out: &q.Member, In: spare.Member})
				return err
			}, 1, 0, 0},
			{"hand on", r.call, running(), func(c service.Call, post string) error {
				return s.Reviews.Transfer(t.Context(), c, x.open(t, post, r.Member).ID, x.b.EditorMember, "")
			}, 1, 1, 0},
			{"undo", r.call, decided(), func(c service.Call, post string) error {
				_, err := s.Reviews.Undo(t.Context(), c, x.cell(t, "SELECT id FROM tasks WHERE post_id = ? AND member_id = ?", post, r.Member))
				return err
			}, 1, 2, 0},
		} {
			if tc.name == "hand on" { // to the author, whom this brand lets approve
				yes := true
				b, err := x.Store.Brand(t.Context(), x.b.ID)
				must(t, err)
				must(t, s.Brands.Update(t.Context(), x.admin, x.b.ID, b.Version, service.BrandPatch{SelfApproval: &yes}))
			}
			found := x.rehearsed(t, tc.by, func(c service.Call) error { return tc.act(c, tc.post) }).Effects
			before := x.standing(t, tc.post)
			must(t, tc.act(tc.by, tc.post))
			cancelled, asked, voided := happened(before, x.standing(t, tc.post))
			told := []int{found.Cancelled.Count, found.Asked.Count, found.Voided.Count}
			if diff := cmp.Diff(told, []int{cancelled, asked, voided}); diff != "" {
				t.Errorf("%s told, did: %s", tc.name, diff)
			}
			if diff := cmp.Diff([]int{tc.cancelled, tc.asked, tc.voided}, told); diff != "" {
				t.Errorf("%s: %s", tc.name, diff)
			}
			for _, a := range []model.Affected{found.Cancelled, found.Asked, found.Voided} {
				if (a.Count > 0) != (len(a.Posts) == 1 && a.Posts[0].ID == tc.post) {
					t.Errorf("%s names %+v", tc.name, a)
				}
			}
		}
		x.chained(t)
	})
}
