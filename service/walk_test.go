package service_test

import (
	"context"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// walkWithOneConnection does everything once on one connection, each call with
// five seconds.
func walkWithOneConnection(t *testing.T, x *bundle) {
	t.Helper()
	one := x.Bare(t, 1, nil)
	s := one.Service
	do := func(name string, act func(ctx context.Context) error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // what hangs hangs for ever
		defer cancel()
		if err := act(ctx); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var brand model.Brand
	do("Found", func(ctx context.Context) (err error) {
		brand, err = s.Brands.Found(ctx, service.Founding{Name: "甲", AdminEmail: "one@brand.example", AdminName: "一", Password: testkit.Password})
		return err
	})
	do("AddStaff", func(ctx context.Context) error {
		return s.Brands.AddStaff(ctx, brand.ID, "two@brand.example", "二", testkit.Password, model.RoleEditor)
	})
	signIn := func(email string) (c service.Call, member string) {
		do("SignIn", func(ctx context.Context) error {
			l, err := s.Sessions.SignIn(ctx, service.Call{}, email, testkit.Password)
			if err != nil {
				return err
			}
			c.Principal, err = s.Sessions.Recognise(ctx, model.SessionConsole, l.Token)
			return err
		})
		return c, x.cell(t, "SELECT id FROM memberships WHERE user_id = ?", c.Principal.UserID)
	}
	admin, adminMember := signIn("one@brand.example")
	editor, editorMember := signIn("two@brand.example")
	c := func() service.Call { return keyed(admin, testkit.NewID(), "x") }
	yes := true
	do("Update", func(ctx context.Context) error {
		return s.Brands.Update(ctx, c(), brand.ID, 1, service.BrandPatch{SelfApproval: &yes})
	})
	phone := func() (p service.Call) {
		do("Login", func(ctx context.Context) error {
			l, err := s.Join.Login(ctx, service.Call{}, x.Sandbox.LoginCode(x.Sandbox.Identity("").OpenID))
			if err != nil {
				return err
			}
			if p.Principal, err = s.Sessions.Recognise(ctx, model.SessionMini, l.Token); err != nil {
				return err
			}
			name := "审批人"
			_, err = s.Join.Update(ctx, p, service.PersonPatch{Nickname: &name})
			return err
		})
		return p
	}
	var inv, token string
	do("Invite", func(ctx context.Context) (err error) {
		inv, err = s.Join.Invite(ctx, c(), brand.ID, service.InvitationSpec{})
		return err
	})
	do("Token", func(ctx context.Context) error {
		v, err := one.Store.Invitation(ctx, brand.ID, inv)
		if err != nil {
			return err
		}
		if token, err = s.Scenes.Token(v.Scene); err != nil {
			return err
		}
		if _, err = s.Scenes.Code(ctx, v.Scene); err != nil {
			return err
		}
		if _, err = s.Scenes.LinkQR(ctx, v.Scene); err != nil {
			return err
		}
		_, err = s.Scenes.URLLink(ctx, service.Call{}, token)
		return err
	})
	person := phone()
	join := func() (member string) {
		do("Request", func(ctx context.Context) error {
			r, err := s.Join.Request(ctx, keyed(person, testkit.NewID(), "ask"), token)
			if err != nil {
				return err
			}
			if _, err = s.Scenes.See(ctx, person, token); err != nil {
				return err
			}
			if err = s.Join.Refuse(ctx, c(), brand.ID, r.ID, "否"); err != nil {
				return err
			}
			if err = s.Join.Unblock(ctx, c(), brand.ID, r.ID); err != nil {
				return err
			}
			if r, err = s.Join.Request(ctx, person, token); err != nil {
				return err
			}
			return s.Join.Admit(ctx, c(), brand.ID, r.ID, "")
		})
		return x.cell(t, "SELECT id FROM memberships WHERE person_id = ? AND status = 'active'", person.Principal.PersonID)
	}
	reviewer := join()
	spec := flowSpec("流程", step(model.ModeAll, reviewer, adminMember), step(model.ModeAny, editorMember))
	var flow, spare, channel, post string
	do("flows", func(ctx context.Context) (err error) {
		if flow, err = s.Flows.Create(ctx, c(), brand.ID, spec); err != nil {
			return err
		}
		if spare, err = s.Flows.Create(ctx, c(), brand.ID, flowSpec("备用", step(model.ModeAny, adminMember))); err != nil {
			return err
		}
		if err = s.Flows.Edit(ctx, c(), brand.ID, flow, 1, spec); err != nil {
			return err
		}
		return s.Brands.SetPlatform(ctx, c(), model.PlatformSetting{BrandID: brand.ID, Platform: "wechat_official", DefaultFlowID: &flow, AllowChange: true})
	})
	do("channels", func(ctx context.Context) (err error) {
		if channel, err = s.Brands.CreateChannel(ctx, c(), brand.ID, service.ChannelSpec{Name: "号", Platform: "wechat_official"}); err != nil {
			return err
		}
		return s.Brands.UpdateChannel(ctx, c(), brand.ID, channel, 1, service.ChannelSpec{Name: "号二"})
	})
	do("Create", func(ctx context.Context) (err error) {
		post, err = s.Posts.Create(ctx, keyed(editor, testkit.NewID(), "x"), brand.ID, service.PostSpec{ChannelID: channel, Articles: []service.ArticleSpec{articleSpec("一", ""), articleSpec("二", "")}})
		return err
	})
	article := x.cell(t, "SELECT id FROM articles WHERE post_id = ? AND position = 1", post)
	do("editing", func(ctx context.Context) error {
		if err := s.Posts.Edit(ctx, editor, brand.ID, post, article, 1, articleSpec("新", "")); err != nil {
			return err
		}
		version, err := one.Store.Post(ctx, brand.ID, post)
		if err != nil {
			return err
		}
		return s.Posts.Reschedule(ctx, editor, brand.ID, post, version.Version, &testkit.Start)
	})
	submit := func() {
		do("Submit", func(ctx context.Context) error {
			return s.Reviews.Submit(ctx, keyed(editor, testkit.NewID(), "x"), brand.ID, post, nil)
		})
	}
	decide := func(by service.Call, member string, answer func(task) model.Answer) {
		k := x.open(t, post, member)
		do("Decide", func(ctx context.Context) error {
			_, err := s.Reviews.Decide(ctx, keyed(by, testkit.NewID(), "x"), k.ID, answer(k))
			return err
		})
	}
	submit()
	do("Withdraw", func(ctx context.Context) error { return s.Reviews.Withdraw(ctx, c(), brand.ID, post) })
	submit()
	for range 2 {
		decide(person, reviewer, approve)
		decide(admin, adminMember, approve)
	}
	decide(editor, editorMember, rejecting)
	do("relay", func(ctx context.Context) error { _, err := s.Relay.Drain(ctx); return err })
	do("binding", func(ctx context.Context) error {
		scene, err := s.Bindings.Start(ctx, keyed(editor, testkit.NewID(), "x"))
		if err != nil {
			return err
		}
		if _, err = s.Bindings.Pending(ctx, editor); err != nil {
			return err
		}
		code, err := s.Scenes.Token(scene)
		if err != nil {
			return err
		}
		if _, err = s.Scenes.See(ctx, person, code); err != nil {
			return err
		}
		if _, err = s.Bindings.Confirm(ctx, keyed(person, testkit.NewID(), "x"), code); err != nil {
			return err
		}
		return s.Bindings.End(ctx, person)
	})
	do("leaving", func(ctx context.Context) error {
		role := model.RoleAdmin
		if err := s.Brands.UpdateMember(ctx, c(), brand.ID, editorMember, 1, service.MemberPatch{Role: &role}); err != nil {
			return err
		}
		if err := s.Brands.RemoveMember(ctx, c(), brand.ID, reviewer); err != nil {
			return err
		}
		if err := s.Flows.Archive(ctx, c(), brand.ID, flow, spare); err != nil {
			return err
		}
		return s.Join.Revoke(ctx, c(), brand.ID, inv)
	})
	do("end of the post", func(ctx context.Context) error {
		if err := s.Reviews.Withdraw(ctx, c(), brand.ID, post); err != nil {
			return err
		}
		return s.Posts.Cancel(ctx, c(), brand.ID, post)
	})
	do("sessions", func(ctx context.Context) error {
		if err := s.Sessions.ChangePassword(ctx, admin, testkit.Password, "another good password"); err != nil {
			return err
		}
		return s.Sessions.SignOut(ctx, admin)
	})
	do("reads", func(ctx context.Context) error {
		if _, err := one.Store.Sweep(ctx); err != nil {
			return err
		}
		_, _, err := one.Store.OutboxBacklog(ctx)
		return err
	})
	if seq := testkit.Broken(t, one.Store, brand.ID); seq != 0 {
		t.Errorf("the audit is broken at %d", seq)
	}
}
