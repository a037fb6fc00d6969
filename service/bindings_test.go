package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// code starts a binding and answers its token.
func (x *bundle) code(t testing.TB, c service.Call) string {
	t.Helper()
	scene, err := x.Service.Bindings.Start(t.Context(), c)
	must(t, err)
	token, err := x.Service.Scenes.Token(scene)
	must(t, err)
	return token
}

func (x *bundle) confirm(t testing.TB, person service.Call, token string) error {
	t.Helper()
	_, err := x.Service.Bindings.Confirm(t.Context(), person, token)
	return err
}

// bindings are the rows, by person and user.
func (x *bundle) bindings(t testing.TB) [][]string {
	t.Helper()
	return testkit.Rows(t, x.db, "SELECT person_id, user_id FROM bindings ORDER BY created_at")
}

func TestBindingCodesEnd(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		person := x.stranger(t)
		late := x.code(t, x.editor)
		x.Clock.Add(10*time.Minute - time.Millisecond)
		if _, err := x.Service.Scenes.See(t.Context(), person, late); err != nil {
			t.Errorf("within ten minutes: %v", err)
		}
		x.Clock.Add(time.Millisecond)
		wantCode(t, x.confirm(t, person, late), model.CodeSceneEnded)

		replaced := x.code(t, x.editor)
		newest := x.code(t, x.editor)
		wantCode(t, x.confirm(t, person, replaced), model.CodeSceneEnded)
		wantCode(t, x.confirm(t, person, x.invite(t, 0)), model.CodeSceneEnded) // a token has one purpose
		if len(x.bindings(t)) != 0 {
			t.Fatal("a refused code bound somebody")
		}
		must(t, x.confirm(t, person, newest))
		if diff := cmp.Diff([][]string{{person.Principal.PersonID, x.editor.Principal.UserID}}, x.bindings(t)); diff != "" {
			t.Error(diff)
		}
		wantCode(t, x.confirm(t, x.stranger(t), newest), model.CodeSceneEnded) // used

		// The console session that asked has ended.
		asked, _ := x.SignIn(t, x.b.AdminEmail)
		call := x.CallOf(t, asked)
		orphan := x.code(t, call)
		must(t, x.Service.Sessions.SignOut(t.Context(), call))
		wantCode(t, x.confirm(t, x.stranger(t), orphan), model.CodeSceneEnded)
		if len(x.bindings(t)) != 1 {
			t.Error("a code outlived its session")
		}
	})
}

// One person, one user, both ways; nobody is told who the other one is.
func TestAlreadyBound(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		person := x.stranger(t)
		early := x.code(t, x.editor)
		other, _ := x.SignIn(t, x.b.EditorEmail)
		must(t, x.confirm(t, person, early))

		_, err := x.Service.Bindings.Start(t.Context(), x.CallOf(t, other))
		wantCode(t, err, model.CodeUserBound)
		e1 := refused(t, x.confirm(t, person, x.code(t, x.admin)), model.CodeWeChatBound)
		if len(e1.Args) != 0 {
			t.Errorf("the refusal tells %v", e1.Args)
		}
		// A code from before: the account has been bound since.
		token := x.code(t, x.admin)
		must(t, x.Service.Bindings.End(t.Context(), person))
		must(t, x.confirm(t, person, token))
		wantCode(t, x.Service.Bindings.End(t.Context(), x.editor), model.CodeNotFound)
		if diff := cmp.Diff([][]string{{person.Principal.PersonID, x.admin.Principal.UserID}}, x.bindings(t)); diff != "" {
			t.Error(diff)
		}
		got := testkit.Rows(t, x.db, "SELECT action, subject_id FROM audit WHERE action LIKE 'wechat.%' ORDER BY seq")
		want := [][]string{{"wechat.bound", x.editor.Principal.UserID}, {"wechat.unbound", x.editor.Principal.UserID}, {"wechat.bound", x.admin.Principal.UserID}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// Two phones confirm the same code at once, and one phone two codes.
func TestBindingsAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		for range 10 {
			a, b := x.stranger(t), x.stranger(t)
			token, errs := x.code(t, x.editor), make([]error, 2)
			testkit.Together(2, func(i int) { errs[i] = x.confirm(t, []service.Call{a, b}[i], token) })
			x.oneBound(t, errs)
			must(t, x.Service.Bindings.End(t.Context(), x.editor))

			tokens := []string{x.code(t, x.editor), x.code(t, x.admin)}
			testkit.Together(2, func(i int) { errs[i] = x.confirm(t, a, tokens[i]) })
			x.oneBound(t, errs)
			must(t, x.Service.Bindings.End(t.Context(), a))
		}
	})
}

func (x *bundle) oneBound(t *testing.T, errs []error) {
	t.Helper()
	if (errs[0] == nil) == (errs[1] == nil) || len(x.bindings(t)) != 1 {
		t.Fatalf("%v, %v", errs, x.bindings(t))
	}
	for _, err := range errs {
		if err != nil && !allowed(err, []model.Code{model.CodeSceneEnded, model.CodeWeChatBound, model.CodeUserBound}) {
			t.Fatal(err)
		}
	}
}

// A reviewer who has bound his staff account holds two memberships: a step that names
// both asks him once.
func TestOneHumanIsAskedOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r := x.reviewer(t)
		must(t, x.confirm(t, r.call, x.code(t, x.admin)))
		flow := x.flow(t, step(model.ModeAll, r.Member, x.b.AdminMember), step(model.ModeAll, x.b.AdminMember, r.Member))
		post := x.submitted(t, flow, 1)
		var got []string
		for _, k := range x.tasks(t, post) {
			got = append(got, k.Member)
		}
		if diff := cmp.Diff([]string{r.Member, x.b.AdminMember}, got); diff != "" {
			t.Fatal(diff)
		}
		x.decide(t, x.admin, post, r.Member, approve) // as staff, the reviewer's turn
		if out := x.decide(t, r.call, post, x.b.AdminMember, approve); out.Post != model.PostApproved {
			t.Errorf("%+v", out)
		}
		via := testkit.Rows(t, x.db, "SELECT via, person_id FROM decisions ORDER BY created_at, id")
		if diff := cmp.Diff([][]string{{"web", r.person}, {"mini_program", r.person}}, via); diff != "" {
			t.Error(diff)
		}
	})
}
