package service_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// Sixteen first logins of one WeChat at once, over three replicas: one person.
func TestFirstLoginsAtOnceMakeOnePerson(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 3})
		who := x.Sandbox.Identity("").OpenID
		ids := make([]string, 16)
		testkit.Together(16, func(i int) {
			s := x.Replicas[i%3].Service
			got, err := s.Join.Login(t.Context(), service.Call{IP: "203.0.113.9"}, x.Sandbox.LoginCode(who))
			if err != nil {
				t.Error(err)
			}
			ids[i] = got.Person.ID
		})
		for _, id := range ids {
			if id != ids[0] || id == "" {
				t.Fatalf("several persons: %v", ids)
			}
		}
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM persons WHERE open_id = ?", who); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestANicknameComesFirst(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		phone, _ := x.Phone(t, "")
		_, err := x.Service.Join.Request(t.Context(), x.CallOf(t, phone), x.invite(t, 0))
		wantCode(t, err, model.CodeNicknameRequired)
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM access_requests") + testkit.Count(t, x.db, "SELECT SUM(uses) FROM scenes"); n != 0 {
			t.Error("a refused request left a row or spent a use")
		}
	})
}

// The same person on many phones: one request waits, everybody is answered with it,
// and one use of the code is spent.
func TestAskingManyTimesAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 3})
		person, token := x.stranger(t), x.invite(t, 1)
		got := make([]model.AccessRequest, 16)
		testkit.Together(16, func(i int) {
			r, err := x.Replicas[i%3].Service.Join.Request(t.Context(), keyed(person, testkit.NewID(), "ask"), token)
			if err != nil {
				t.Errorf("phone %d: %v", i, err)
			}
			got[i] = r
		})
		for _, r := range got {
			if r.ID != got[0].ID || r.State != model.AccessWaiting {
				t.Fatalf("answered %s %s, and %s", r.ID, r.State, got[0].ID)
			}
		}
		if diff := cmp.Diff([][]string{{"1", "1"}}, testkit.Rows(t, x.db, "SELECT (SELECT COUNT(*) FROM access_requests), SUM(uses) FROM scenes")); diff != "" {
			t.Error(diff)
		}
		// Again, later, with a code that is used up: the one that waits.
		r, err := x.Service.Join.Request(t.Context(), person, token)
		if must(t, err); r.ID != got[0].ID {
			t.Errorf("asked again: %s", r.ID)
		}
		_, err = x.Service.Join.Request(t.Context(), x.stranger(t), token)
		wantCode(t, err, model.CodeSceneEnded)
	})
}

// request asks for a fresh person and answers the request's id.
func (x *bundle) request(t testing.TB, person service.Call) string {
	t.Helper()
	r, err := x.Service.Join.Request(t.Context(), person, x.invite(t, 0))
	must(t, err)
	return r.ID
}

// Two admins at once: one decides, the other learns who did.
func TestTwoAdminsDecideOnOneRequestAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 2})
		second, _ := x.staff(t, model.RoleAdmin)
		for range 10 {
			id := x.request(t, x.stranger(t))
			errs := make([]error, 2)
			testkit.Together(2, func(i int) {
				if i == 0 {
					errs[0] = x.Replicas[0].Service.Join.Admit(t.Context(), x.admin, x.b.ID, id, "律师")
				} else {
					errs[1] = x.Replicas[1].Service.Join.Refuse(t.Context(), second, x.b.ID, id, "不认识")
				}
			})
			winner, state, late := x.admin.Principal.Name, "admitted", errs[1]
			if errs[0] != nil {
				winner, state, late = second.Principal.Name, "refused", errs[0]
			}
			if e := refused(t, late, model.CodeAccessDecided); e.Args["by"] != winner || e.Args["state"] != state || e.Args["at"] == "" {
				t.Fatalf("told %v, the winner is %s", e.Args, winner)
			}
			got := testkit.Rows(t, x.db, `SELECT state, waiting, decided_by_name, version FROM access_requests WHERE id = ?`, id)
			if diff := cmp.Diff([][]string{{state, "<null>", winner, "2"}}, got); diff != "" {
				t.Fatal(diff)
			}
		}
		x.chained(t)
	})
}

// After a refusal: the reason and the time, 24 hours, or an admin who unblocks.
func TestAskingAfterARefusal(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		person, token, join := x.stranger(t), x.invite(t, 0), x.Service.Join
		refuse := func() string {
			r, err := join.Request(t.Context(), person, token)
			must(t, err)
			must(t, join.Refuse(t.Context(), x.admin, x.b.ID, r.ID, "不认识"))
			return r.ID
		}
		first := refuse()
		_, err := join.Request(t.Context(), person, token)
		if e := refused(t, err, model.CodeAccessRefused); e.Args["reason"] != "不认识" || e.Args["again_at"] != "2026-03-03T08:00:00Z" || e.RetryAfter != 24*time.Hour {
			t.Errorf("told %v, after %v", e.Args, e.RetryAfter)
		}
		x.Clock.Add(24*time.Hour - time.Millisecond)
		_, err = join.Request(t.Context(), person, token)
		wantCode(t, err, model.CodeAccessRefused)
		x.Clock.Add(time.Millisecond)
		second := refuse()
		if second == first {
			t.Error("a new request has the old id")
		}
		must(t, join.Unblock(t.Context(), x.admin, x.b.ID, second))
		third := refuse()
		wantCode(t, join.Admit(t.Context(), x.admin, x.b.ID, third, ""), model.CodeAccessDecided)
		wantCode(t, join.Unblock(t.Context(), x.editor, x.b.ID, third), model.CodeForbidden)
		wantCode(t, join.Unblock(t.Context(), person, x.b.ID, third), model.CodeNotFound)
		if got := x.cell(t, "SELECT COUNT(*) FROM access_requests"); got != "3" {
			t.Errorf("%s rows", got)
		}
	})
}

// A reviewer who was removed may ask anew, is admitted, and keeps his row.
func TestARemovedReviewerComesBack(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		r, token := x.reviewer(t), x.invite(t, 0)
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, r.Member))
		x.admit(t, r.call, token)
		got := testkit.Rows(t, x.db, "SELECT id, status FROM memberships WHERE person_id = ?", r.person)
		if diff := cmp.Diff([][]string{{r.Member, "active"}}, got); diff != "" {
			t.Error(diff)
		}
	})
}

// Not more than so many strangers wait at one brand's door.
func TestABrandThatIsFull(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	token, inv := x.invite(t, 0), testkit.NewID()
	for range model.MaxWaitingRequests {
		testkit.Exec(t, x.db, `INSERT INTO access_requests (id, brand_id, person_id, invitation_id, nickname, state, waiting, reason, decided_by_name, version, created_at)
			VALUES (?, ?, ?, ?, 'n', 'waiting', 1, '', '', 1, '2026-03-02 08:00:00.000')`, testkit.NewID(), x.b.ID, testkit.NewID(), inv)
	}
	_, err := x.Service.Join.Request(t.Context(), x.stranger(t), token)
	wantCode(t, err, model.CodeBrandFull)
	if got := x.cell(t, "SELECT SUM(uses) FROM scenes"); got != "0" {
		t.Errorf("%s uses", got)
	}
}

// slowCheck is a WeChat whose text check waits for the test.
type slowCheck struct {
	service.WeChat
	asked, answer chan struct{}
}

func (w slowCheck) CheckText(context.Context, model.TextCheck) (model.TextVerdict, error) {
	close(w.asked)
	<-w.answer
	return model.TextVerdict{Suggest: model.TextPass}, nil
}

// The nickname and the language are changed on two phones at once: both stay.
func TestAPersonsTwoChangesAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		w := slowCheck{asked: make(chan struct{}), answer: make(chan struct{})}
		slow := x.Bare(t, 0, func(d *service.Doors, _ *service.Settings) { w.WeChat = d.WeChat; d.WeChat = w })
		person := x.stranger(t)
		name, language, done := "新名", "en", make(chan error)
		go func() {
			_, err := slow.Service.Join.Update(t.Context(), person, service.PersonPatch{Nickname: &name})
			done <- err
		}()
		<-w.asked
		_, err := x.Service.Join.Update(t.Context(), person, service.PersonPatch{Language: &language})
		close(w.answer)
		if err := errors.Join(err, <-done); err != nil {
			t.Fatal(err)
		}
		got := testkit.Rows(t, x.db, "SELECT nickname, language FROM persons WHERE id = ?", person.Principal.PersonID)
		if diff := cmp.Diff([][]string{{"新名", "en"}}, got); diff != "" {
			t.Error(diff)
		}
	})
}

// Two admins remove each other at once: one admin is left.
func TestTwoAdminsRemoveEachOtherAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 2})
		for range 5 {
			second, secondMember := x.staff(t, model.RoleAdmin)
			calls, victims := []service.Call{x.admin, second}, []string{secondMember, x.b.AdminMember}
			errs := make([]error, 2)
			testkit.Together(2, func(i int) {
				errs[i] = x.Replicas[i].Service.Brands.RemoveMember(t.Context(), calls[i], x.b.ID, victims[i])
			})
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("got %v and %v", errs[0], errs[1])
			}
			for i, err := range errs {
				if err != nil && !allowed(err, []model.Code{model.CodeLastAdmin, model.CodeNotFound, model.CodeForbidden}) {
					t.Fatal(err)
				}
				if err == nil {
					x.admin, x.b.AdminMember = calls[i], victims[1-i]
				}
			}
			if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM memberships WHERE role = 'admin' AND status = 'active'"); n != 1 {
				t.Fatalf("%d admins are left", n)
			}
		}
		wantCode(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, x.b.AdminMember), model.CodeLastAdmin)
		role := model.RoleEditor
		wantCode(t, x.Service.Brands.UpdateMember(t.Context(), x.admin, x.b.ID, x.b.AdminMember, 1, service.MemberPatch{Role: &role}), model.CodeLastAdmin)
	})
}

// Three admins in a ring, each removes the next, at once: whoever has been removed by
// the time it is his turn removes nobody any more.
func TestAdminsInARingAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{Replicas: 3})
		calls, members := []service.Call{x.admin}, []string{x.b.AdminMember}
		for range 2 {
			c, m := x.staff(t, model.RoleAdmin)
			calls, members = append(calls, c), append(members, m)
		}
		var did atomic.Int32
		errs := make([]error, 3)
		testkit.Together(3, func(i int) {
			if errs[i] = x.Replicas[i].Service.Brands.RemoveMember(t.Context(), calls[i], x.b.ID, members[(i+1)%3]); errs[i] == nil {
				did.Add(1)
			}
		})
		// The order of the audit is the order of the acts: nobody acts after his removal.
		gone := map[string]bool{}
		for _, r := range testkit.Rows(t, x.db, "SELECT actor_id, subject_id FROM audit WHERE action = 'member.removed' ORDER BY seq") {
			if gone[r[0]] {
				t.Errorf("%s acted after he was removed", r[0])
			}
			gone[x.cell(t, "SELECT user_id FROM memberships WHERE id = ?", r[1])] = true
		}
		if did.Load() == 3 || did.Load() == 0 {
			t.Errorf("%d did: %v", did.Load(), errs)
		}
	})
}

// The operator may write an e-mail as people do; signing in finds it.
func TestAnEMailInCapitals(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		must(t, x.Service.Brands.AddStaff(t.Context(), x.b.ID, "Zhang.San@Brand.example", "张三", testkit.Password, model.RoleEditor))
		x.SignIn(t, "zhang.san@brand.example")
		x.SignIn(t, " Zhang.San@BRAND.example ")
		wantCode(t, x.Service.Brands.AddStaff(t.Context(), x.b.ID, "ZHANG.SAN@brand.example", "张三", testkit.Password, model.RoleEditor), model.CodeAlreadyMember)
	})
}
