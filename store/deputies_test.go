package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/store"
)

// deputised is the bundle with the admin as the reviewer's deputy for the second hour.
func deputised(t *testing.T, e testkit.Engine) (*bundle, model.Deputy) {
	t.Helper()
	b := setup(t, e)
	d := model.Deputy{
		ID: testkit.NewID(), BrandID: b.brand.ID, MemberID: b.reviewer.ID, DeputyID: b.admin.ID, CreatedBy: b.admin.ID,
		FromAt: testkit.Start.Add(time.Hour), UntilAt: testkit.Start.Add(2 * time.Hour),
	}
	b.in(t, func(tx *store.Tx) error { return tx.CreateDeputy(&d) })
	return b, d
}

// A deputy sees the turn of whom he stands in for from the first moment of the period until
// its end, exclusive, as a deputy; ended early, and not a moment longer.
func TestWhatADeputySees(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b, d := deputised(t, e)
		admin := store.Viewer{UserID: *b.admin.UserID}
		sees := func() bool {
			t.Helper()
			k, err := b.VisibleTask(t.Context(), admin, b.tasks[1].ID)
			if err != nil && model.CodeOf(err) != model.CodeNotFound {
				t.Fatal(err)
			}
			if err == nil && (k.DeputyID == nil || *k.DeputyID != b.admin.ID || k.MemberID != b.reviewer.ID || k.Name() != "管理员") {
				t.Errorf("he sees it as %v of %s, called %s", k.DeputyID, k.MemberID, k.Name())
			}
			list, lerr := b.StandIns(t.Context(), admin)
			if lerr != nil || (err == nil) != (len(list) == 1 && list[0].MemberID == b.reviewer.ID && list[0].Name() == "审批人") {
				t.Errorf("he sees the turn: %v, and stands in for %+v, %v", err, list, lerr)
			}
			return err == nil
		}
		const ms = time.Millisecond
		for _, tc := range []struct {
			name string
			step time.Duration
			want bool
		}{{"before", time.Hour - ms, false}, {"from", ms, true}, {"before the end", time.Hour - ms, true}, {"the end", ms, false}, {"back in it", -time.Minute, true}} {
			b.clock.Add(tc.step)
			if got := sees(); got != tc.want {
				t.Errorf("%s: %t", tc.name, got)
			}
		}
		b.in(t, func(tx *store.Tx) error { return moved(tx.EndDeputy(b.brand.ID, d.ID)) })
		if sees() {
			t.Error("he sees it after the early end")
		}
		b.in(t, func(tx *store.Tx) error {
			if again, err := tx.EndDeputy(b.brand.ID, d.ID); err != nil || bool(again) {
				t.Errorf("ended twice: %t %v", again, err)
			}
			return nil
		})
		if k, err := b.VisibleTask(t.Context(), admin, b.tasks[0].ID); err != nil || k.DeputyID != nil { // his own
			t.Errorf("%v %v", k.DeputyID, err)
		}
	})
}

// A period overlaps another one of the same member that was not ended; touching is not
// overlapping.
func TestPeriodsThatOverlap(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b, d := deputised(t, e)
		overlaps := func(member string, from, until time.Duration) (yes bool) {
			t.Helper()
			b.in(t, func(tx *store.Tx) (err error) {
				yes, err = tx.DeputyOverlaps(t.Context(), model.Deputy{MemberID: member, FromAt: testkit.Start.Add(from), UntilAt: testkit.Start.Add(until)})
				return err
			})
			return yes
		}
		const ms, h = time.Millisecond, time.Hour
		for _, tc := range []struct {
			name        string
			member      string
			from, until time.Duration
			want        bool
		}{
			{"the same", b.reviewer.ID, h, 2 * h, true},
			{"around", b.reviewer.ID, 0, 3 * h, true},
			{"within", b.reviewer.ID, h + ms, h + 2*ms, true},
			{"before", b.reviewer.ID, 0, h, false},
			{"into its beginning", b.reviewer.ID, 0, h + ms, true},
			{"after", b.reviewer.ID, 2 * h, 3 * h, false},
			{"out of its end", b.reviewer.ID, 2*h - ms, 3 * h, true},
			{"of another", b.admin.ID, h, 2 * h, false},
		} {
			if got := overlaps(tc.member, tc.from, tc.until); got != tc.want {
				t.Errorf("%s: %t", tc.name, got)
			}
		}
		b.in(t, func(tx *store.Tx) error { return moved(tx.EndDeputy(b.brand.ID, d.ID)) })
		if overlaps(b.reviewer.ID, h, 2*h) {
			t.Error("one that was ended takes its time still")
		}
	})
}

// A list of deputies has those of a member on either side, the newest first.
func TestListOfDeputies(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b, d := deputised(t, e)
		second := model.Deputy{ID: testkit.NewID(), BrandID: b.brand.ID, MemberID: b.admin.ID, DeputyID: "x", FromAt: d.FromAt, UntilAt: d.UntilAt, CreatedBy: b.admin.ID}
		b.in(t, func(tx *store.Tx) error { return tx.CreateDeputy(&second) })
		for name, tc := range map[string]struct {
			members []string
			want    []string
		}{
			"all": {nil, []string{second.ID, d.ID}}, "the absent": {[]string{b.reviewer.ID}, []string{d.ID}}, "on both sides": {[]string{b.admin.ID}, []string{second.ID, d.ID}},
			"the deputy": {[]string{"x"}, []string{second.ID}}, "nobody": {[]string{}, nil},
		} {
			list, err := b.Deputies(t.Context(), b.brand.ID, tc.members, store.Page{Limit: 5})
			var got []string
			for _, x := range list {
				got = append(got, x.ID)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%s: %s %v", name, diff, err)
			}
		}
	})
}

// humansOf are those who hold a turn and those who have answered in the first step.
func (b *bundle) humansOf(t *testing.T) (turns, answers []string) {
	t.Helper()
	turns, err1 := b.StepTurns(t.Context(), b.steps[0].ID)
	answers, err2 := b.StepAnswers(t.Context(), b.steps[0].ID)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	slices.Sort(turns)
	slices.Sort(answers)
	return turns, answers
}

// Turns and answers of a step are counted by human being: a WeChat that is bound to an
// account is its owner, a removed member is somebody still, what was taken back is none,
// and a deputy's answer is the deputy's.
func TestTheHumansOfAStep(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		admin, person, bound := *b.admin.UserID, b.person.ID, testkit.NewID()
		want := func(name string, turns, answers []string) {
			t.Helper()
			slices.Sort(turns)
			slices.Sort(answers)
			gotTurns, gotAnswers := b.humansOf(t)
			if diff := cmp.Diff(turns, gotTurns, cmpopts.EquateEmpty()) + cmp.Diff(answers, gotAnswers, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		want("at first", []string{admin, person}, nil)
		b.in(t, func(tx *store.Tx) error { return tx.Bind(&model.Binding{PersonID: person, UserID: bound}) })
		want("bound", []string{admin, bound}, nil)
		first := b.decision(1, false)
		b.in(t, func(tx *store.Tx) error { return tx.CreateDecision(first) })
		want("answered", []string{admin, bound}, []string{bound})
		b.in(t, func(tx *store.Tx) error { return moved(tx.RemoveMember(b.brand.ID, b.reviewer.ID)) })
		want("removed", []string{admin, bound}, []string{bound})
		b.in(t, func(tx *store.Tx) error {
			return tx.CreateUndo(&model.Undo{DecisionID: first.ID, BrandID: b.brand.ID, ReviewID: b.review.ID, MemberID: b.reviewer.ID})
		})
		want("taken back", []string{admin, bound}, nil)
		again := b.decision(1, false)
		again.Turn, again.DeputyID = 2, &b.admin.ID
		b.in(t, func(tx *store.Tx) error { return tx.CreateDecision(again) })
		want("by a deputy", []string{admin, bound}, []string{admin})
		b.in(t, func(tx *store.Tx) error { return tx.CancelTask(b.tasks[0].ID) })
		want("one turn cancelled", []string{bound}, []string{admin})
	})
}

// A turn that begins in another's place is a new one, or his own again after he had left;
// never a second one beside one that counts.
func TestATurnInAnothersPlace(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		seat := func(member string) (k model.Task, err error) {
			t.Helper()
			k = b.tasks[1]
			k.ID, k.MemberID, k.State = testkit.NewID(), member, model.TaskOpen
			err = b.InTx(t.Context(), func(tx *store.Tx) error { return tx.AddTask(&k) })
			return k, err
		}
		if _, err := seat(b.reviewer.ID); !errors.Is(err, store.ErrTaken) {
			t.Errorf("beside his own: %v", err)
		}
		fresh, err := seat("new-member")
		if err != nil {
			t.Fatal(err)
		}
		b.in(t, func(tx *store.Tx) error {
			got, err := tx.TaskIn(t.Context(), b.steps[0].ID, "new-member")
			if err != nil || got.ID != fresh.ID || got.State != model.TaskOpen || got.Shelf != model.ShelfWaiting || got.Turn != 1 {
				t.Errorf("%+v %v", got, err)
			}
			if err := tx.CancelTask(fresh.ID); err != nil {
				return err
			}
			if _, err := tx.TaskIn(t.Context(), b.steps[0].ID, "new-member"); model.CodeOf(err) != model.CodeNotFound {
				t.Errorf("his turn has ended: %v", err)
			}
			return nil
		})
		testkit.Exec(t, b.sql, "UPDATE tasks SET settled_by = 'd' WHERE id = ?", fresh.ID)
		back, err := seat("new-member")
		if err != nil || back.ID != fresh.ID {
			t.Errorf("he comes back to %s, was %s, %v", back.ID, fresh.ID, err)
		}
		if got := testkit.Rows(t, b.sql, "SELECT state, shelf, settled_by FROM tasks WHERE id = ?", fresh.ID)[0]; !slices.Equal(got, []string{"open", "waiting", "<null>"}) {
			t.Error(got)
		}
	})
}

// Steps without anybody are listed for their Brand's admins, the oldest first.
func TestBlockedSteps(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		other := b.another(t)
		list := func(brand string, limit int) (out []string) {
			t.Helper()
			steps, err := b.BlockedSteps(t.Context(), brand, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range steps {
				out = append(out, s.ID)
				if s.Title != "标题" || s.PostID == "" || s.ArticleID == "" || s.State != model.StepBlocked {
					t.Errorf("%+v", s)
				}
			}
			return out
		}
		if got := list(b.brand.ID, 5); got != nil {
			t.Errorf("nothing is blocked: %v", got)
		}
		b.in(t, func(tx *store.Tx) error {
			return errors.Join(moved(tx.MoveStep(b.steps[0].ID, model.StepOpen, model.StepBlocked)), moved(tx.MoveStep(b.steps[1].ID, model.StepWaiting, model.StepBlocked)),
				moved(tx.MoveStep(other.steps[0].ID, model.StepOpen, model.StepBlocked)))
		})
		for limit, want := range map[int][]string{1: {b.steps[0].ID}, 5: {b.steps[0].ID, b.steps[1].ID}} {
			if diff := cmp.Diff(want, list(b.brand.ID, limit)); diff != "" {
				t.Errorf("%d: %s", limit, diff)
			}
		}
	})
}

// A turn may be handed by staff to anybody, by a reviewer to staff and to those whom the
// review shows him; never to who has a turn, has answered, or is an author.
func TestWhoMayTakeATurn(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		b := setup(t, e)
		other := b.another(t)
		editor := model.Member{ID: testkit.NewID(), BrandID: b.brand.ID, UserID: new(testkit.NewID()), Role: model.RoleEditor}
		hidden, later := b.person, b.person
		hidden.ID, hidden.OpenID, hidden.Nickname = testkit.NewID(), testkit.NewID(), "别人"
		later.ID, later.OpenID, later.Nickname = testkit.NewID(), testkit.NewID(), "下一步"
		hiddenMember := model.Member{ID: testkit.NewID(), BrandID: b.brand.ID, PersonID: &hidden.ID, Role: model.RoleReviewer}
		laterMember := model.Member{ID: testkit.NewID(), BrandID: b.brand.ID, PersonID: &later.ID, Role: model.RoleReviewer}
		b.in(t, func(tx *store.Tx) error {
			u := model.User{ID: *editor.UserID, Email: testkit.NewID() + "@brand.example", Name: "编辑", PasswordHash: "x"}
			return errors.Join(tx.CreateUser(&u), tx.SaveMember(&editor), tx.CreatePerson(&hidden), tx.SaveMember(&hiddenMember), tx.CreatePerson(&later), tx.SaveMember(&laterMember))
		})
		testkit.Exec(t, b.sql, "UPDATE tasks SET member_id = ? WHERE id = ?", laterMember.ID, b.tasks[2].ID)
		seat := func(v store.Viewer, id string) store.HeldTask {
			t.Helper()
			k, err := b.TaskFor(t.Context(), v, id)
			if err != nil {
				t.Fatal(err)
			}
			return k
		}
		byReviewer, byAdmin := seat(store.Viewer{PersonID: b.person.ID}, b.tasks[1].ID), seat(store.Viewer{UserID: *b.admin.UserID}, b.tasks[0].ID)
		for name, tc := range map[string]struct {
			of     store.HeldTask
			member string
			want   bool
		}{
			"a reviewer to staff":           {byReviewer, editor.ID, true},
			"a reviewer to one he sees":     {byReviewer, laterMember.ID, true},
			"a reviewer to another":         {byReviewer, hiddenMember.ID, false},
			"a reviewer to another brand's": {byReviewer, other.admin.ID, false},
			"staff to a reviewer":           {byAdmin, hiddenMember.ID, true},
			"staff to another brand's":      {byAdmin, other.admin.ID, false},
		} {
			if got, err := b.MayTake(t.Context(), tc.of, tc.member); err != nil || got != tc.want {
				t.Errorf("%s: %t %v", name, got, err)
			}
		}
		offered := func(of store.HeldTask) (out []string) {
			t.Helper()
			list, err := b.TransferCandidates(t.Context(), of, 50)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list {
				out = append(out, c.ID)
			}
			return out
		}
		want := func(name string, of store.HeldTask, members ...string) {
			t.Helper()
			slices.Sort(members)
			if diff := cmp.Diff(members, offered(of)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		want("a reviewer", byReviewer, editor.ID, laterMember.ID) // the admin has a turn, and is the author
		want("staff", byAdmin, editor.ID, hiddenMember.ID, laterMember.ID)
		b.in(t, func(tx *store.Tx) error { return tx.CancelTask(b.tasks[0].ID) })
		want("the author, whose turn has ended", byReviewer, editor.ID, laterMember.ID)
		testkit.Exec(t, b.sql, "UPDATE brands SET self_approval = 1")
		want("where an author may approve", byReviewer, b.admin.ID, editor.ID, laterMember.ID)
		d := b.decision(0, false)
		b.in(t, func(tx *store.Tx) error { return tx.CreateDecision(d) })
		want("who has answered", byReviewer, editor.ID, laterMember.ID)
		b.in(t, func(tx *store.Tx) error {
			return tx.Bind(&model.Binding{PersonID: b.person.ID, UserID: *editor.UserID})
		})
		want("who holds the turn by another seat", byReviewer, laterMember.ID)
		testkit.Exec(t, b.sql, "UPDATE memberships SET status = 'removed' WHERE id = ?", laterMember.ID)
		want("who was removed", byReviewer)
	})
}
