package service_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// owedTo are the notices of a kind that the outbox owes: the member and the subject of
// each, in order.
func (x *bundle) owedTo(t *testing.T, kind model.NoticeKind) (out []string) {
	t.Helper()
	for _, r := range testkit.Rows(t, x.db, "SELECT payload FROM outbox WHERE topic = ?", "notice."+string(kind)) {
		var n model.Notice
		fromJSON(t, r[0], &n)
		out = append(out, n.Member+" "+n.Subject)
	}
	slices.Sort(out)
	return out
}

// When a step opens, each of those whom it asks is told of his turn, and nobody else.
func TestWhoeverAStepAsksIsTold(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		a, b, c, gone := x.reviewer(t), x.reviewer(t), x.reviewer(t), x.reviewer(t)
		flow := x.flow(t, step(model.ModeAny, a.Member), step(model.ModeAll, b.Member, c.Member, gone.Member), step(model.ModeAny, x.b.AdminMember))
		x.forget(t)
		post := x.submitted(t, flow, 1)
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, gone.Member))
		told := func(members ...string) {
			t.Helper()
			var want []string
			for _, m := range members {
				want = append(want, m+" "+x.open(t, post, m).ID)
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, x.owedTo(t, model.NoticeTaskOpened)); diff != "" {
				t.Error(diff)
			}
			x.forget(t)
		}
		told(a.Member)
		x.decide(t, a.call, post, a.Member, approve)
		told(b.Member, c.Member)
		x.decide(t, b.call, post, b.Member, approve)
		told() // the step waits for the other
		x.decide(t, c.call, post, c.Member, approve)
		told(x.b.AdminMember)
	})
}

// A rejection ends all that waits behind it: turns, steps, and with them the right to
// answer; nobody is told of a turn that he never had.
func TestARejectionEndsWhatWaits(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		a, b, c := x.reviewer(t), x.reviewer(t), x.reviewer(t)
		post := x.submitted(t, x.flow(t, step(model.ModeAll, a.Member, b.Member), step(model.ModeAny, c.Member), step(model.ModeAny, b.Member)), 1)
		x.forget(t)
		x.decide(t, a.call, post, a.Member, rejecting)
		decision := x.cell(t, "SELECT id FROM decisions")
		const turns = `SELECT s.position, t.member_id, t.state, t.shelf, t.settled_by FROM tasks t JOIN review_steps s ON s.id = t.review_step_id
			WHERE t.post_id = ? ORDER BY s.position, t.id`
		want := [][]string{
			{"1", a.Member, "rejected", "decided", "<null>"},
			{"1", b.Member, "settled", "decided", decision},
			{"2", c.Member, "cancelled", "none", decision},
			{"3", b.Member, "cancelled", "none", decision},
		}
		if diff := cmp.Diff(want, testkit.Rows(t, x.db, turns, post)); diff != "" {
			t.Error(diff)
		}
		steps := testkit.Rows(t, x.db, "SELECT state, ended_at IS NULL FROM review_steps ORDER BY position")
		if diff := cmp.Diff([][]string{{"rejected", "0"}, {"cancelled", "0"}, {"cancelled", "0"}}, steps); diff != "" {
			t.Error(diff)
		}
		k := x.taskOf(t, post, c.Member)
		_, err := x.Service.Reviews.Decide(t.Context(), c.call, k.ID, approve(k))
		wantCode(t, err, model.CodeTaskCancelled)
		if told := x.owedTo(t, model.NoticeTaskWithdrawn); len(told) != 0 {
			t.Errorf("told of a turn that was none: %v", told)
		}
	})
}

// Nobody gives a turn to the author of what is asked about: neither the approver who hands
// it on, nor an admin, nor a deputy's period. Where the brand allows it, all do.
func TestAnAuthorIsNotSeatedOnHisOwnWork(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		for _, allowed := range []bool{false, true} {
			x := setup(t, e, testkit.Options{})
			must(t, x.Service.Brands.Update(t.Context(), x.admin, x.b.ID, 1, service.BrandPatch{SelfApproval: &allowed}))
			r, half := x.reviewer(t), x.reviewer(t)
			staff, author := x.staff(t, model.RoleEditor)
			must(t, x.confirm(t, half.call, x.code(t, staff))) // the author's own WeChat
			post, err := x.Service.Posts.Create(t.Context(), staff, x.b.ID, service.PostSpec{
				ChannelID: x.b.Channel, Articles: []service.ArticleSpec{articleSpec("一", x.flow(t, step(model.ModeAny, r.Member)))},
			})
			must(t, err)
			must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil)) // who submits is an author too
			want := map[bool]model.Code{false: model.CodeSelfApproval, true: ""}[allowed]
			for name, act := range map[string]func(service.Call) error{
				"hand on to the writer":        func(c service.Call) error { return x.transfer(t, c, r, post, author) },
				"hand on to who submitted":     func(c service.Call) error { return x.transfer(t, c, r, post, x.b.EditorMember) },
				"replaced by the writer":       func(service.Call) error { return x.dryReplace(t, post, r.Member, author) },
				"replaced by his other self":   func(service.Call) error { return x.dryReplace(t, post, r.Member, half.Member) },
				"replaced by who submitted it": func(service.Call) error { return x.dryReplace(t, post, r.Member, x.b.EditorMember) },
			} {
				if got := codeOr(act(r.call)); got != want {
					t.Errorf("allowed: %t, %s: %q, want %q", allowed, name, got, want)
				}
			}
			_, err = x.deputise(t, x.admin, r.Member, author, 0, time.Hour)
			must(t, err)
			k := x.open(t, post, r.Member)
			_, err = x.Service.Reviews.Decide(t.Context(), staff, k.ID, approve(k))
			wantCode(t, err, want)
		}
	})
}

// transfer hands a reviewer's turn on, as a dry run.
func (x *bundle) transfer(t testing.TB, c service.Call, r reviewer, post, to string) error {
	t.Helper()
	c.DryRun = &service.Rehearsal{}
	return x.Service.Reviews.Transfer(t.Context(), c, x.open(t, post, r.Member).ID, to, "")
}

// dryReplace asks another member in the first step, as a dry run.
func (x *bundle) dryReplace(t testing.TB, post, out, in string) error {
	t.Helper()
	_, err := x.Service.Reviews.Replace(t.Context(), x.dry(), x.b.ID, service.Replacement{ReviewID: x.open(t, post, out).Review, Position: 1, Out: &out, In: in})
	return err
}

// One human being has one vote in a step, however he came to a second turn: as a deputy of
// somebody who is asked as well, or as a deputy of two.
func TestADeputyVotesOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		a, b, c := x.reviewer(t), x.reviewer(t), x.reviewer(t)
		for _, away := range []string{a.Member, b.Member} {
			_, err := x.deputise(t, x.admin, away, c.Member, 0, time.Hour)
			must(t, err)
		}
		decide := func(post, member string) error {
			k := x.open(t, post, member)
			_, err := x.Service.Reviews.Decide(t.Context(), c.call, k.ID, approve(k))
			return err
		}
		for _, tc := range []struct {
			name  string
			asked []string
			turns []string // whose he answers, in order
			want  []model.Code
		}{
			{"for two", []string{a.Member, b.Member}, []string{a.Member, b.Member}, []model.Code{"", model.CodeOneVote}},
			{"beside his own", []string{a.Member, c.Member}, []string{a.Member, c.Member}, []model.Code{model.CodeOneVote, ""}},
			{"in two steps", []string{a.Member}, []string{a.Member, a.Member}, []model.Code{"", ""}},
		} {
			post := x.submitted(t, x.flow(t, step(model.ModeAll, tc.asked...), step(model.ModeAny, a.Member)), 1)
			for i, member := range tc.turns {
				if got := codeOr(decide(post, member)); got != tc.want[i] {
					t.Errorf("%s, turn %d: %q, want %q", tc.name, i+1, got, tc.want[i])
				}
			}
		}
	})
}

// An approval that an edit voided stays void when the old words come back: the gate asks
// where the article stands, not only whether the bytes were approved once.
func TestAVoidedApprovalDoesNotComeBack(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		post := x.approved(t, 2)
		if !x.gate(t, post) {
			t.Fatal("the gate is closed over what was approved")
		}
		second := x.articleIDs(t, post)[1] // no package closes the gate over it
		old := testkit.Rows(t, x.db, "SELECT digest, title FROM articles WHERE id = ?", second)[0]
		edit := func(title string) {
			t.Helper()
			a, err := x.Store.Article(t.Context(), x.b.ID, second)
			must(t, err)
			must(t, x.Service.Posts.Edit(t.Context(), x.editor, x.b.ID, post, second, a.Version, articleSpec(title, "")))
		}
		edit("别的")
		edit(old[1])
		if back := x.cell(t, "SELECT digest FROM articles WHERE id = ?", second); back != old[0] {
			t.Fatalf("the bytes are %s, were %s", back, old[0])
		}
		if x.gate(t, post) {
			t.Error("the gate opens over an approval that an edit had voided")
		}
	})
}
