package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// rejected posts have gone to review once and come back.
func (x *bundle) rejectedPost(t testing.TB, r reviewer, flow string, keep bool) string {
	t.Helper()
	post := x.submitted(t, flow, 1)
	x.decide(t, r.call, post, r.Member, func(k task) model.Answer { return reject(k, keep) })
	return post
}

// keep_flow: the next submit runs the same version again, from its first step; without
// it the choice is gone and today's default runs.
func TestKeepFlow(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r := x.reviewer(t)
		flow := x.flow(t, step(model.ModeAny, r.Member))
		kept, cleared := x.rejectedPost(t, r, flow, true), x.rejectedPost(t, r, flow, false)
		must(t, x.edit(t, flow, 1, flowSpec("新版", step(model.ModeAny, x.b.AdminMember))))
		must(t, x.Service.Flows.Archive(t.Context(), x.admin, x.b.ID, flow, "")) // even archived, a kept version runs
		for _, post := range []string{kept, cleared} {
			must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil))
		}
		const query = `SELECT v.round, v.flow_id, f.number, v.state FROM reviews v JOIN flow_versions f ON f.id = v.flow_version_id WHERE v.post_id = ? ORDER BY v.round`
		if diff := cmp.Diff([][]string{{"1", flow, "1", "rejected"}, {"2", flow, "1", "running"}}, testkit.Rows(t, x.db, query, kept)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([][]string{{"1", flow, "1", "rejected"}, {"2", x.b.Flow, "1", "running"}}, testkit.Rows(t, x.db, query, cleared)); diff != "" {
			t.Error(diff)
		}
		if got := x.cell(t, "SELECT kept_flow_version_id FROM articles WHERE post_id = ?", kept); got != "<null>" {
			t.Errorf("kept twice: %s", got)
		}
		if got := testkit.Count(t, x.db, "SELECT COUNT(*) FROM decisions WHERE keep_flow AND action = 'reject'"); got != 1 {
			t.Errorf("%d decisions keep the flow", got)
		}
	})
}

// What a submit ran is what the next one runs, when nothing but a withdrawal, or a
// rejection that was taken back, lies between: a kept version, the author's choice, or
// the default of then.
func TestWithdrawingLeavesTheChoice(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r := x.reviewer(t)
		flow := x.flow(t, step(model.ModeAny, r.Member))
		rule := x.flow(t, step(model.ModeAny, r.Member))
		must(t, x.platform(t, func(s *model.PlatformSetting) { s.DefaultFlowID = &rule }))
		kept, chosen, byRule := x.rejectedPost(t, r, flow, true), x.post(t, flow, 1), x.post(t, "", 1)
		submit := func(post string) {
			t.Helper()
			must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil))
		}
		for _, post := range []string{kept, chosen, byRule} {
			submit(post)
			must(t, x.Service.Reviews.Withdraw(t.Context(), x.editor, x.b.ID, post))
			submit(post)
			x.decide(t, r.call, post, r.Member, rejecting)
			_, err := x.Service.Reviews.Undo(t.Context(), r.call, x.cell(t, "SELECT t.id FROM tasks t JOIN articles a ON a.review_id = t.review_id WHERE a.post_id = ?", post))
			must(t, err)
			must(t, x.Service.Reviews.Withdraw(t.Context(), x.editor, x.b.ID, post))
		}
		must(t, x.edit(t, flow, 1, flowSpec("新版", step(model.ModeAny, x.b.AdminMember))))
		must(t, x.platform(t, func(s *model.PlatformSetting) { s.DefaultFlowID = &x.b.Flow }))
		for post, want := range map[string][]string{kept: {flow, "1"}, chosen: {flow, "2"}, byRule: {x.b.Flow, "1"}} {
			submit(post)
			const query = `SELECT v.flow_id, f.number FROM reviews v JOIN flow_versions f ON f.id = v.flow_version_id JOIN articles a ON a.review_id = v.id WHERE a.post_id = ?`
			if diff := cmp.Diff([][]string{want}, testkit.Rows(t, x.db, query, post)); diff != "" {
				t.Error(diff)
			}
		}
		x.chained(t)
	})
}

// An edit voids the approval of the article it changes, and of no other; a changed time
// voids nothing; what is in review is locked.
func TestWhatVoidsAnApproval(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		post := x.submitted(t, "", 2)
		articles := testkit.Rows(t, x.db, "SELECT id FROM articles WHERE post_id = ? ORDER BY position", post)
		edit := func(i int, text string) error {
			version := int64(testkit.Count(t, x.db, "SELECT version FROM articles WHERE id = ?", articles[i][0]))
			return x.Service.Posts.Edit(t.Context(), x.editor, x.b.ID, post, articles[i][0], version, articleSpec(text, ""))
		}
		states := func() []string {
			return testkit.Rows(t, x.db, `SELECT p.state, (SELECT state FROM articles WHERE post_id = p.id AND position = 1),
				(SELECT state FROM articles WHERE post_id = p.id AND position = 2) FROM posts p WHERE id = ?`, post)[0]
		}
		want := func(now ...string) {
			t.Helper()
			if diff := cmp.Diff(now, states()); diff != "" {
				t.Fatal(diff)
			}
		}
		wantCode(t, edit(0, "改"), model.CodeContentLocked)
		for range 2 {
			x.decide(t, x.admin, post, x.b.AdminMember, approve)
		}
		want("approved", "approved", "approved")
		row, err := x.Store.Post(t.Context(), x.b.ID, post)
		must(t, err)
		at := testkit.Start.Add(48 * time.Hour)
		must(t, x.Service.Posts.Reschedule(t.Context(), x.editor, x.b.ID, post, row.Version, &at))
		wantCode(t, x.Service.Posts.Reschedule(t.Context(), x.editor, x.b.ID, post, row.Version, nil), model.CodeStale)
		must(t, edit(0, "文章 1")) // the same bytes
		want("approved", "approved", "approved")
		must(t, edit(1, "改"))
		want("draft", "approved", "draft")
		must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil))
		want("in_review", "approved", "in_review")
		x.decide(t, x.admin, post, x.b.AdminMember, approve)
		want("approved", "approved", "approved")
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM reviews WHERE post_id = ?", post); n != 3 {
			t.Errorf("%d reviews", n)
		}
		if got := x.cell(t, "SELECT scheduled_at IS NOT NULL FROM posts WHERE id = ?", post); got != "1" {
			t.Error("the time is gone")
		}
		x.chained(t)
	})
}

// A decision on a text that was changed meanwhile is refused with the new digest.
func TestTheTextHasMovedOn(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		post := x.submitted(t, "", 1)
		k := x.open(t, post, x.b.AdminMember)
		a := approve(k)
		a.Digest = model.HashToken("another text")
		_, err := x.Service.Reviews.Decide(t.Context(), x.admin, k.ID, a)
		if e1 := refused(t, err, model.CodeContentChanged); e1.Args["digest"] != k.Digest {
			t.Error(e1.Args)
		}
		_, err = x.Service.Reviews.Decide(t.Context(), x.editor, k.ID, approve(k)) // not his
		wantCode(t, err, model.CodeNotFound)
		if all, _ := x.decisions(t, post); all != 0 {
			t.Errorf("%d decisions", all)
		}
	})
}

// Rule 10: a removed member's turns are cancelled; a step that nobody is left to answer
// is blocked and never passes by itself, though others have approved it.
func TestAStepLeftEmptyIsBlocked(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		stays, goes := x.reviewer(t), x.reviewer(t)
		alone := x.submitted(t, x.flow(t, step(model.ModeAny, goes.Member)), 1)
		two := x.submitted(t, x.flow(t, step(model.ModeAny, goes.Member, stays.Member)), 1)
		all := x.submitted(t, x.flow(t, step(model.ModeAll, goes.Member, stays.Member)), 1)
		later := x.submitted(t, x.flow(t, step(model.ModeAny, stays.Member), step(model.ModeAny, goes.Member)), 1)
		x.decide(t, stays.call, all, stays.Member, approve)
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, goes.Member))
		x.decide(t, stays.call, later, stays.Member, approve)

		steps := func(post string) [][]string {
			return testkit.Rows(t, x.db, `SELECT s.position, s.state FROM review_steps s JOIN reviews v ON v.id = s.review_id WHERE v.post_id = ? ORDER BY s.position`, post)
		}
		for post, want := range map[string][][]string{
			alone: {{"1", "blocked"}}, two: {{"1", "open"}}, all: {{"1", "blocked"}}, later: {{"1", "approved"}, {"2", "blocked"}},
		} {
			if diff := cmp.Diff(want, steps(post)); diff != "" {
				t.Error(diff)
			}
			if got := x.cell(t, "SELECT state FROM posts WHERE id = ?", post); got != "in_review" {
				t.Errorf("the post is %s", got)
			}
		}
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM tasks WHERE member_id = ? AND (state <> 'cancelled' OR shelf <> 'none')", goes.Member); n != 0 {
			t.Errorf("%d of his turns are left", n)
		}
		blocked := testkit.Rows(t, x.db, "SELECT after_json FROM audit WHERE action = 'step.blocked' ORDER BY seq")
		if diff := cmp.Diff([][]string{{`{"state":"blocked","step":1}`}, {`{"state":"blocked","step":1}`}, {`{"state":"blocked","step":2}`}}, blocked); diff != "" {
			t.Error(diff)
		}
		// He answers no more, on the very next request.
		for _, k := range x.tasks(t, alone) {
			_, err := x.Service.Reviews.Decide(t.Context(), goes.call, k.ID, approve(k))
			wantCode(t, err, model.CodeNotFound)
		}
		must(t, x.Service.Reviews.Withdraw(t.Context(), x.editor, x.b.ID, alone))
		if diff := cmp.Diff([][]string{{"1", "cancelled"}}, steps(alone)); diff != "" {
			t.Error(diff)
		}
		wantCode(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, alone, nil), model.CodeStepBlocked)
	})
}

// The same key gives the first answer and one row, another body 422.
func TestOneKeyAtOnceIsOneAct(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 3})
		spec := service.PostSpec{ChannelID: x.b.Channel, Articles: []service.ArticleSpec{articleSpec("一", "")}}
		call := keyed(x.editor, testkit.NewID(), "one")
		ids := make([]string, 50)
		testkit.Together(50, func(i int) {
			id, err := x.Replicas[i%3].Service.Posts.Create(t.Context(), call, x.b.ID, spec)
			if err != nil {
				t.Error(err)
			}
			ids[i] = id
		})
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("two answers: %s, %s", id, ids[0])
			}
		}
		got := testkit.Rows(t, x.db, `SELECT (SELECT COUNT(*) FROM posts), (SELECT COUNT(*) FROM audit WHERE action = 'post.created'), (SELECT COUNT(*) FROM idempotency_keys WHERE idem_key = ?)`, call.Key)
		if diff := cmp.Diff([][]string{{"1", "1", "1"}}, got); diff != "" {
			t.Error(diff)
		}
		_, err := x.Service.Posts.Create(t.Context(), keyed(x.editor, call.Key, "other"), x.b.ID, spec)
		wantCode(t, err, model.CodeKeyReused)
		other, err := x.Service.Posts.Create(t.Context(), keyed(x.admin, call.Key, "other"), x.b.ID, spec)
		if must(t, err); other == ids[0] {
			t.Error("a key is of one principal")
		}
		if answer := x.cell(t, "SELECT answer FROM idempotency_keys WHERE idem_key = ? AND principal = ?", call.Key, call.Principal.ID()); len(answer) < 30 {
			t.Error("the answer is not sealed")
		}
		testkit.Exec(t, x.db, "UPDATE memberships SET status = 'removed' WHERE brand_id = ? AND user_id = ?", x.b.ID, call.Principal.UserID)
		_, err = x.Service.Posts.Create(t.Context(), call, x.b.ID, spec) // who has left gets no earlier answer
		wantCode(t, err, model.CodeNotFound)
	})
}
