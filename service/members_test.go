package service_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
)

// account is a console account that belongs to no brand.
func (x *bundle) account(t testing.TB) (email, user string) {
	t.Helper()
	_, member, email := x.user(t, model.RoleEditor)
	user = x.cell(t, "SELECT user_id FROM memberships WHERE id = ?", member)
	testkit.Exec(t, x.db, "DELETE FROM memberships WHERE id = ?", member)
	return email, user
}

// An admin adds staff by e-mail: from the next request on the brand is theirs too.
func TestAddMember(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		email, user := x.account(t)
		call := keyed(x.admin, "add-one-member", "a")
		id, err := x.Service.Brands.AddMember(t.Context(), call, x.b.ID, " "+email+" ", model.RoleEditor)
		must(t, err)
		again, err := x.Service.Brands.AddMember(t.Context(), call, x.b.ID, email, model.RoleEditor)
		if must(t, err); again != id {
			t.Error("the same key made another member")
		}
		const row = "SELECT user_id, role, status FROM memberships WHERE id = ?"
		if diff := cmp.Diff([][]string{{user, "editor", "active"}}, testkit.Rows(t, x.db, row, id)); diff != "" {
			t.Error(diff)
		}
		const audited = "SELECT actor_kind, actor_id, after_json FROM audit WHERE action = 'member.added' AND subject_id = ?"
		want := [][]string{{"user", x.admin.Principal.UserID, fmt.Sprintf(`{"role":"editor","user":%q}`, user)}}
		if diff := cmp.Diff(want, testkit.Rows(t, x.db, audited, id)); diff != "" {
			t.Error(diff)
		}

		// Removed and added again he is the same Member, with the role of today.
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, id))
		again, err = x.Service.Brands.AddMember(t.Context(), x.admin, x.b.ID, email, model.RoleAdmin)
		if must(t, err); again != id {
			t.Error("he has a second row")
		}
		if diff := cmp.Diff([][]string{{user, "admin", "active"}}, testkit.Rows(t, x.db, row, id)); diff != "" {
			t.Error(diff)
		}
		x.chained(t)
	})
}

// Every refusal, and that nothing was written.
func TestAddMemberRefusals(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		email, _ := x.account(t)
		disabled, _ := x.account(t)
		testkit.Exec(t, x.db, "UPDATE users SET disabled_at = created_at WHERE email = ?", disabled)
		add := func(email string, role model.Role) error {
			_, err := x.Service.Brands.AddMember(t.Context(), x.admin, x.b.ID, email, role)
			return err
		}
		before := x.Database.Rows(t, x.db)
		for name, c := range map[string]struct {
			err  error
			code model.Code
		}{
			"no e-mail":               {add("somebody", model.RoleEditor), model.CodeInvalid},
			"an e-mail outside ASCII": {add("王@brand.example", model.RoleEditor), model.CodeInvalid},
			"a reviewer":              {add(email, model.RoleReviewer), model.CodeInvalid},
			"an unknown role":         {add(email, "owner"), model.CodeInvalid},
			"an unknown e-mail":       {add("nobody@brand.example", model.RoleEditor), model.CodeUserUnknown},
			"a disabled account":      {add(disabled, model.RoleEditor), model.CodeUserUnknown},
			"a member":                {add(x.b.EditorEmail, model.RoleAdmin), model.CodeAlreadyMember},
		} {
			if model.CodeOf(c.err) != c.code || c.err == nil {
				t.Errorf("%s: %v, want %s", name, c.err, c.code)
			}
		}
		_, err := x.Service.Brands.AddMember(t.Context(), x.editor, x.b.ID, email, model.RoleEditor)
		wantCode(t, err, model.CodeForbidden)
		_, err = x.Service.Brands.AddMember(t.Context(), x.admin, testkit.NewID(), email, model.RoleEditor)
		wantCode(t, err, model.CodeNotFound)
		if diff := cmp.Diff(before, x.Database.Rows(t, x.db)); diff != "" {
			t.Error("refusals wrote:", diff)
		}
	})
}

// Nobody finds out by trying who has an account here: known and unknown e-mails count.
func TestAddMemberIsNoDirectory(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	add := func(email string) error {
		_, err := x.Service.Brands.AddMember(t.Context(), x.admin, x.b.ID, email, model.RoleEditor)
		return err
	}
	for i := range 60 {
		wantCode(t, add(fmt.Sprintf("guess%d@brand.example", i)), model.CodeUserUnknown)
	}
	email, _ := x.account(t)
	for _, each := range []string{"guess@brand.example", email, x.b.EditorEmail} {
		if e := refused(t, add(each), model.CodeTooMany); e.RetryAfter == 0 {
			t.Error("he is not told when to come back")
		}
	}
}

// Two admins add the same colleague at once: one Member, and the other is told.
func TestTwoAdminsAddOneMemberAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 2})
		for range min(rounds(e), 20) {
			email, user := x.account(t)
			errs := make([]error, 2)
			testkit.Together(2, func(i int) {
				_, errs[i] = x.Replicas[i].Service.Brands.AddMember(t.Context(), x.admin, x.b.ID, email, model.RoleEditor)
			})
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("both or none: %v", errs)
			}
			for _, err := range errs {
				if err != nil {
					wantCode(t, err, model.CodeAlreadyMember)
				}
			}
			if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM memberships WHERE user_id = ?", user); n != 1 {
				t.Fatalf("%d memberships", n)
			}
		}
		x.chained(t)
	})
}
