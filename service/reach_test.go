package service_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
	"countersign/store"
)

// unreached are the members whom no message reaches, and how many are asked.
func (x *bundle) unreached(t *testing.T, post string) (members []string, asked int) {
	t.Helper()
	before := x.Database.Rows(t, x.db)
	out, err := x.Service.Notices.Reach(t.Context(), x.editor, x.b.ID, post)
	must(t, err)
	if diff := cmp.Diff(before, x.Database.Rows(t, x.db)); diff != "" {
		t.Error("asking wrote:", diff)
	}
	for _, m := range out.Unreachable {
		members = append(members, m.ID)
	}
	slices.Sort(members)
	return members, out.Asked
}

// A reviewer is reached by a consent, staff by e-mail, until it is spent or switched off.
func TestWhomNoMessageReaches(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, _ := mailed(t, e)
		a, b := x.reviewer(t), x.reviewer(t)
		flow := x.flow(t, step(model.ModeAll, a.Member, x.b.AdminMember), step(model.ModeAny, b.Member))
		draft, running := x.post(t, flow, 2), x.submitted(t, flow, 1)
		silent := func(members ...string) {
			t.Helper()
			slices.Sort(members)
			for name, post := range map[string]string{"a draft": draft, "one in review": running} {
				got, asked := x.unreached(t, post)
				if diff := cmp.Diff(members, got); diff != "" || asked != 3 {
					t.Errorf("%s: %d are asked %s", name, asked, diff)
				}
			}
		}
		silent(a.Member, b.Member) // staff have e-mail
		x.tap(t, a.call, "accept")
		silent(b.Member)
		x.tap(t, b.call, "reject")
		silent(b.Member)
		must(t, x.Service.Notices.SwitchEmail(t.Context(), x.admin, false))
		silent(b.Member, x.b.AdminMember)
		testkit.Exec(t, x.db, "UPDATE message_grants SET remaining = 0")
		silent(a.Member, b.Member, x.b.AdminMember)
		testkit.Exec(t, x.db, "UPDATE message_grants SET remaining = 1, template_id = 'another-template'")
		silent(a.Member, b.Member, x.b.AdminMember)

		x.decide(t, x.admin, running, x.b.AdminMember, approve)
		if got, asked := x.unreached(t, running); asked != 2 || slices.Contains(got, x.b.AdminMember) {
			t.Errorf("after the admin's answer %d are asked, not reached: %v", asked, got)
		}
	})
}

// Of a draft that cannot be submitted, nobody is asked; a post of another brand is not
// there, and neither is the brand to who is not its staff.
func TestReachOfWhatCannotBeSubmitted(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		a := x.reviewer(t)
		y := x.another(t)
		mine := x.post(t, x.flow(t, step(model.ModeAny, x.b.EditorMember)), 1) // its author
		if _, asked := x.unreached(t, mine); asked != 0 {
			t.Errorf("%d are asked", asked)
		}
		for name, c := range map[string]service.Call{"another brand's": y.editor, "a reviewer": a.call, "a stranger": x.stranger(t)} {
			_, err := x.Service.Notices.Reach(t.Context(), c, x.b.ID, mine)
			if codeOr(err) != model.CodeNotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := x.Service.Notices.Reach(t.Context(), y.editor, y.b.ID, mine)
		wantCode(t, err, model.CodeNotFound)
	})
}

// What can be pasted into a chat says who asks, in both languages, under the public name
// of the brand, with the link to the post's own code.
func TestTheTextToPaste(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	post := x.post(t, "", 1)
	out, err := x.Service.Notices.Reach(t.Context(), x.editor, x.b.ID, post)
	must(t, err)
	scene, err := x.Store.SceneOf(t.Context(), model.ScenePost, post)
	must(t, err)
	token, err := x.Service.Scenes.Token(scene)
	must(t, err)
	if want := x.Service.Scenes.Link(token); out.Link != want {
		t.Errorf("the link is %s, want %s", out.Link, want)
	}
	brand, err := x.Store.Brand(t.Context(), x.b.ID)
	must(t, err)
	for _, lang := range []string{model.LangZh, model.LangEn} {
		for _, part := range []string{out.Link, brand.PublicName, x.editor.Principal.Name, "文章 1"} {
			if !strings.Contains(out.Texts[lang], part) {
				t.Errorf("%s: %q lacks %q", lang, out.Texts[lang], part)
			}
		}
		if strings.Contains(out.Texts[lang], brand.Name) {
			t.Errorf("%s: the internal name is told", lang)
		}
	}
	if len(out.Texts) != 2 || out.Texts[model.LangZh] == out.Texts[model.LangEn] {
		t.Errorf("%v", out.Texts)
	}
}

// givenUp is a notice that was given up, of a reviewer who is asked.
func givenUp(t *testing.T, e testkit.Engine) (*bundle, reviewer, model.OutboxMessage) {
	t.Helper()
	x, r, _ := asked(t, e, 0, 1) // he has given no consent
	x.drain(t)
	list, err := x.Store.Undelivered(t.Context(), x.b.ID, store.Page{Limit: 10})
	must(t, err)
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	return x, r, list[0]
}

// What was given up is told with its recipient and what it is about; a row that cannot be
// read is shown all the same.
func TestWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, r, m := givenUp(t, e)
		odd := m
		odd.ID, odd.Payload = testkit.NewID(), []byte("{")
		gone := m
		gone.ID, gone.Payload = testkit.NewID(), asJSON(t, model.Notice{Kind: model.NoticeTaskOpened, Member: testkit.NewID(), Subject: testkit.NewID()})
		out, err := x.Service.Notices.Undelivered(t.Context(), x.b.ID, []model.OutboxMessage{m, odd, gone})
		must(t, err)
		if len(out) != 3 || out[0].Name != r.Nickname || out[0].Title != "文章 1" || out[0].Kind != model.NoticeTaskOpened || out[0].ID != m.ID {
			t.Errorf("%+v", out)
		}
		for _, u := range out[1:] {
			if u.Name != "" || u.Title != "" || u.ID == m.ID || u.LastError != m.LastError {
				t.Errorf("%+v", u)
			}
		}
	})
}

// An admin tries a notice again that was given up, once; an editor does not, and nobody
// does in another brand.
func TestTryingANoticeAgain(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, r, m := givenUp(t, e)
		y := x.another(t)
		state := func() string {
			return strings.Join(testkit.Rows(t, x.db, "SELECT state, attempts, last_error FROM outbox WHERE id = ?", m.ID)[0], " ")
		}
		for _, tc := range []struct {
			name  string
			by    service.Call
			brand string
			want  model.Code
		}{
			{"an editor", x.editor, x.b.ID, model.CodeForbidden},
			{"a reviewer", r.call, x.b.ID, model.CodeNotFound},
			{"an admin of another brand", y.admin, x.b.ID, model.CodeNotFound},
			{"an admin of another brand, in his own", y.admin, y.b.ID, model.CodeNotFound},
			{"an admin", x.admin, x.b.ID, ""},
			{"an admin, once more", x.admin, x.b.ID, model.CodeNotFound},
		} {
			was := state()
			_, err := x.Service.Notices.Retry(t.Context(), tc.by, tc.brand, m.ID)
			if got := codeOr(err); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
			if now := state(); tc.want != "" && now != was || tc.want == "" && now != "ready 0 " {
				t.Errorf("%s: the row is %q, was %q", tc.name, now, was)
			}
		}
		entry := testkit.Rows(t, x.db, "SELECT subject_id, before_json FROM audit WHERE action = 'notice.retried'")
		if len(entry) != 1 || entry[0][0] != m.ID || !strings.Contains(entry[0][1], m.LastError) {
			t.Errorf("%v", entry)
		}
		x.tap(t, r.call, "accept")
		x.Sandbox.Grant(r.OpenID, testkit.Template, 1)
		x.drain(t)
		if n := len(x.Sandbox.Messages()); n != 1 {
			t.Errorf("%d messages", n)
		}
		x.chained(t)
	})
}

// An operator puts a list back: what somebody else has put back meanwhile is not counted,
// and what belongs to no brand leaves no entry.
func TestAnOperatorPutsThemBack(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x, _, m := givenUp(t, e)
		other := model.OutboxMessage{ID: testkit.NewID(), DedupKey: "of nobody", Topic: "wechat_push.x", Payload: json.RawMessage("{}"), CreatedAt: x.Clock.Now()}
		must(t, x.Store.OweOne(t.Context(), other))
		testkit.Exec(t, x.db, "UPDATE outbox SET state = 'dead', last_error = 'internal' WHERE id = ?", other.ID)
		list, err := x.Store.DeadOutbox(t.Context(), "", "", 10)
		must(t, err)
		if len(list) != 2 {
			t.Fatalf("%d were given up", len(list))
		}
		for _, want := range []int{2, 0} {
			n, err := service.Revive(t.Context(), x.Store, list)
			must(t, err)
			if n != want {
				t.Errorf("%d were put back, want %d", n, want)
			}
		}
		entries := testkit.Rows(t, x.db, "SELECT subject_id, actor_kind, brand_id FROM audit WHERE action = 'notice.retried'")
		if diff := cmp.Diff([][]string{{m.ID, "operator", x.b.ID}}, entries); diff != "" {
			t.Error(diff)
		}
		x.chained(t)
	})
}
