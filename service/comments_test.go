package service_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
	"countersign/store"
)

// talk is a brand with an article that a reviewer was asked about.
type talk struct {
	*bundle
	r       reviewer
	post    string
	article string
	other   service.Call // a reviewer of the brand who was not asked
	foreign service.Call // a reviewer of another brand
}

func newTalk(t testing.TB, e testkit.Engine) *talk {
	t.Helper()
	x := &talk{bundle: setup(t.(*testing.T), e, testkit.Options{})}
	x.r = x.reviewer(t)
	x.other = x.reviewer(t).call
	here := x.b
	x.brand(t.(*testing.T))
	x.foreign = x.reviewer(t).call
	x.b = here
	x.post = x.submitted(t, x.flow(t, step(model.ModeAny, x.r.Member)), 1)
	x.article = x.cell(t, "SELECT id FROM articles WHERE post_id = ?", x.post)
	return x
}

func said(body string, v model.CommentVisibility) service.CommentSpec {
	return service.CommentSpec{Body: body, Visibility: v, Revision: 1}
}

func (x *talk) say(t testing.TB, c service.Call, spec service.CommentSpec) string {
	t.Helper()
	id, err := x.Service.Comments.Write(t.Context(), c, x.article, spec)
	must(t, err)
	return id
}

// reads lists the bodies that somebody may read.
func (x *talk) reads(t testing.TB, c service.Call) []string {
	t.Helper()
	sight, err := x.Store.Sight(t.Context(), c.Principal.Viewer(), x.article)
	if model.CodeOf(err) == model.CodeNotFound && err != nil {
		return nil
	}
	must(t, err)
	list, err := x.Store.Comments(t.Context(), sight, "", 100)
	must(t, err)
	out := []string{}
	for _, k := range list {
		out = append(out, k.Body)
	}
	return out
}

// edit makes a new version of the article, as its author does after a rejection.
func (x *talk) edit(t testing.TB, body string) {
	t.Helper()
	version := int64(testkit.Count(t, x.db, "SELECT version FROM articles WHERE id = ?", x.article))
	spec := articleSpec("文章 1", "")
	spec.Content.BodyHTML = body
	must(t, x.Service.Posts.Edit(t.Context(), x.editor, x.b.ID, x.post, x.article, version, spec))
}

// TestWhoReadsAComment: internal ones are the staff's, shared ones also those reviewers'
// who were shown the version; a removed one reads nothing on his next request.
func TestWhoReadsAComment(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newTalk(t, e)
		digest := x.cell(t, "SELECT digest FROM articles WHERE id = ?", x.article)
		shared := x.say(t, x.editor, said("公开的", model.CommentShared))
		inside := x.say(t, x.editor, said("内部的", model.CommentInternal))
		x.say(t, x.r.call, service.CommentSpec{Body: "回复", ReplyTo: shared})
		x.say(t, x.admin, service.CommentSpec{Body: "内部回复", ReplyTo: inside})
		for name, tc := range map[string]struct {
			c    service.Call
			want []string
		}{
			"editor": {x.editor, []string{"公开的", "内部的", "回复", "内部回复"}}, "reviewer": {x.r.call, []string{"公开的", "回复"}},
			"not asked": {x.other, nil}, "another brand": {x.foreign, nil},
		} {
			if diff := cmp.Diff(tc.want, x.reads(t, tc.c)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		_, err := x.Service.Comments.Write(t.Context(), x.r.call, x.article, said("x", model.CommentInternal))
		_ = refused(t, err, model.CodeCommentInternal)
		_, err = x.Service.Comments.Write(t.Context(), x.r.call, x.article, service.CommentSpec{Body: "x", ReplyTo: inside})
		if f := refused(t, err, model.CodeInvalid).Fields; f[0].Path != "reply_to" {
			t.Errorf("a reply to what he may not see: %+v", f)
		}
		for _, c := range []service.Call{x.other, x.foreign} {
			_, err = x.Service.Comments.Write(t.Context(), c, x.article, said("x", model.CommentShared))
			_ = refused(t, err, model.CodeNotFound)
			_ = refused(t, x.Service.Comments.Edit(t.Context(), c, shared, 1, "x"), model.CodeNotFound)
			_ = refused(t, x.Service.Comments.Delete(t.Context(), c, shared), model.CodeNotFound)
			_ = refused(t, x.Service.Comments.Resolve(t.Context(), c, shared, true), model.CodeNotFound)
		}
		if got := x.cell(t, "SELECT digest FROM articles WHERE id = ?", x.article); got != digest {
			t.Error("a comment changed the digest")
		}
		x.decide(t, x.r.call, x.post, x.r.Member, func(k task) model.Answer { return reject(k, true) })
		x.edit(t, "<p>还没有给审批人看的第二版</p>")
		draft := said("第二版的秘密", model.CommentShared)
		draft.Revision = 2
		x.say(t, x.editor, draft)
		if diff := cmp.Diff([]string{"公开的", "回复"}, x.reads(t, x.r.call)); diff != "" {
			t.Error("what is said of a version that he was not shown:", diff)
		}
		draft.Body = "x"
		_, err = x.Service.Comments.Write(t.Context(), x.r.call, x.article, draft)
		if f := refused(t, err, model.CodeInvalid).Fields; f[0].Path != "revision" {
			t.Errorf("on a version that he was not shown: %+v", f)
		}
		must(t, x.Service.Brands.RemoveMember(t.Context(), x.admin, x.b.ID, x.r.Member))
		if got := x.reads(t, x.r.call); got != nil {
			t.Errorf("a removed reviewer reads %v", got)
		}
		must(t, x.Service.Posts.Cancel(t.Context(), x.editor, x.b.ID, x.post))
		_, err = x.Service.Comments.Write(t.Context(), x.editor, x.article, said("x", model.CommentShared))
		_ = refused(t, err, model.CodePostState)
		x.chained(t)
	})
}

// TestTheLifeOfAComment: edited for a while, deleted, resolved, opened again.
func TestTheLifeOfAComment(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newTalk(t, e)
		s := x.Service.Comments
		id := x.say(t, x.r.call, said("  错字\n第二行  ", model.CommentShared))
		must(t, s.Edit(t.Context(), x.r.call, id, 1, "改过"))
		_ = refused(t, s.Edit(t.Context(), x.r.call, id, 1, "旧版本"), model.CodeStale)
		_ = refused(t, s.Edit(t.Context(), x.admin, id, 2, "别人"), model.CodeCommentForeign)
		_ = refused(t, s.Delete(t.Context(), x.admin, id), model.CodeCommentForeign)
		for _, bad := range []string{"", " \u200b ", strings.Repeat("字", model.MaxComment+1), "a\x00b"} {
			_ = refused(t, s.Edit(t.Context(), x.r.call, id, 2, bad), model.CodeInvalid)
			_, err := s.Write(t.Context(), x.r.call, x.article, said(bad, model.CommentShared))
			_ = refused(t, err, model.CodeInvalid)
		}
		must(t, s.Edit(t.Context(), x.r.call, id, 2, strings.Repeat("字", model.MaxComment)))
		x.Clock.Add(model.CommentEditing + time.Millisecond)
		_ = refused(t, s.Edit(t.Context(), x.r.call, id, 3, "太晚"), model.CodeCommentTooOld)
		before := testkit.Rows(t, x.db, "SELECT before_json FROM audit WHERE action = 'comment.edited' ORDER BY seq")
		if len(before) != 2 || before[0][0] != `{"body":"错字\n第二行"}` || before[1][0] != `{"body":"改过"}` {
			t.Errorf("the texts before are %v", before)
		}
		settled := func() string { return x.cell(t, "SELECT unresolved FROM comments WHERE id = ?", id) }
		must(t, s.Resolve(t.Context(), x.editor, id, true))
		must(t, s.Resolve(t.Context(), x.r.call, id, true)) // again does nothing
		if settled() != "0" {
			t.Error("not resolved")
		}
		reply := x.say(t, x.editor, service.CommentSpec{Body: "还有一处", ReplyTo: id})
		if settled() != "1" {
			t.Error("a reply opens a resolved thread again")
		}
		must(t, s.Resolve(t.Context(), x.r.call, reply, true)) // by any comment of the thread, by who began it
		must(t, s.Resolve(t.Context(), x.r.call, id, false))
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM audit WHERE action IN ('comment.resolved', 'comment.reopened')"); n != 4 {
			t.Errorf("%d entries of four changes", n)
		}
		mine := x.say(t, x.editor, said("编辑的", model.CommentShared))
		_ = refused(t, s.Resolve(t.Context(), x.r.call, mine, true), model.CodeCommentForeign)
		must(t, s.Delete(t.Context(), x.r.call, id))
		must(t, s.Delete(t.Context(), x.r.call, id)) // again does nothing
		_ = refused(t, s.Edit(t.Context(), x.r.call, id, 9, "x"), model.CodeCommentDeleted)
		if got := x.cell(t, "SELECT body FROM comments WHERE id = ?", id); got != "" || settled() != "1" {
			t.Errorf("deleted, the text is %q, unresolved %s: its reply is open", got, settled())
		}
		must(t, s.Delete(t.Context(), x.editor, mine))
		if got := x.cell(t, "SELECT unresolved FROM comments WHERE id = ?", mine); got != "0" {
			t.Error("nothing is left of the thread, and it is open")
		}
		x.chained(t)
	})
}

// TestAnchors: each kind, what is not there, and what becomes of it in a newer version.
func TestAnchors(t *testing.T) {
	t.Parallel()
	ref := func(id, sum string) model.MediaRef { return model.MediaRef{ID: id, SHA256: sum} }
	video := ref("v", "vv")
	old := model.Content{BodyHTML: "<p>第一段</p><p>第二段有错字</p>", Pictures: []model.MediaRef{ref("p", "pp")}, Video: &video}
	for name, tc := range map[string]struct {
		a    service.AnchorSpec
		kind model.AnchorKind
		code model.Code
	}{
		"whole":           {service.AnchorSpec{}, model.AnchorArticle, ""},
		"paragraph":       {service.AnchorSpec{Block: 1, Quote: "错字"}, model.AnchorParagraph, ""},
		"no quote":        {service.AnchorSpec{Block: 1}, model.AnchorParagraph, ""},
		"wrong paragraph": {service.AnchorSpec{Block: 0, Quote: "错字"}, model.AnchorParagraph, model.CodeCommentAnchor},
		"no paragraph":    {service.AnchorSpec{Block: 2}, model.AnchorParagraph, model.CodeCommentAnchor},
		"before all":      {service.AnchorSpec{Block: -1}, model.AnchorParagraph, model.CodeCommentAnchor},
		"picture":         {service.AnchorSpec{MediaID: "p"}, model.AnchorPicture, ""},
		"no picture":      {service.AnchorSpec{MediaID: "q"}, model.AnchorPicture, model.CodeCommentAnchor},
		"second":          {service.AnchorSpec{Second: 12.5}, model.AnchorSecond, ""},
		"too late":        {service.AnchorSpec{Second: 90000}, model.AnchorSecond, model.CodeCommentAnchor},
		"unknown":         {service.AnchorSpec{}, "corner", model.CodeInvalid},
	} {
		row := model.Comment{Anchor: tc.kind, RevisionNumber: 1}
		raw, _, err := old.Canonical()
		must(t, err)
		if err := service.Pin(&row, model.Revision{Content: raw}, tc.a); model.CodeOf(err) != tc.code && (err != nil || tc.code != "") {
			t.Errorf("%s: %v, want %q", name, err, tc.code)
			continue
		}
		if tc.code != "" {
			continue
		}
		changed := model.Content{BodyHTML: "<p>第一段</p><p>第二段</p>", Pictures: []model.MediaRef{ref("p2", "qq")}}
		again := model.Content{BodyHTML: "<p>新的开头</p><p>第二段有错字</p>", Pictures: []model.MediaRef{ref("p3", "pp")}, Video: &video}
		list := []model.Comment{row}
		if got := service.Outdated(list, 2, changed)[0]; got != (tc.kind != model.AnchorArticle) {
			t.Errorf("%s: outdated %v by a version without it", name, got)
		}
		if service.Outdated(list, 2, again)[0] || service.Outdated(list, 1, changed)[0] {
			t.Errorf("%s: outdated, and it is there", name)
		}
	}
}

// TestTalkAtOnce: of two edits one wins; a reply beside a resolve leaves a state that one
// of the two orders gives, and every comment is there.
func TestTalkAtOnce(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	x := newTalk(t, testkit.MySQL)
	s := x.Service.Comments
	for round := range 10 {
		id := x.say(t, x.r.call, said("错字", model.CommentShared))
		errs := make([]error, 8)
		testkit.Together(8, func(i int) { errs[i] = s.Edit(t.Context(), x.r.call, id, 1, fmt.Sprint("改 ", i)) })
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				_ = refused(t, err, model.CodeStale)
			}
		}
		if won != 1 {
			t.Fatalf("round %d: %d edits won", round, won)
		}
		errs = make([]error, 8)
		testkit.Together(8, func(i int) {
			if i%2 == 0 {
				errs[i] = s.Resolve(t.Context(), x.editor, id, true)
			} else {
				_, errs[i] = s.Write(t.Context(), x.r.call, x.article, service.CommentSpec{Body: "回复", ReplyTo: id})
			}
		})
		must(t, errors.Join(errs...))
		if n := testkit.Count(t, x.db, "SELECT COUNT(*) FROM comments WHERE thread_id = ?", id); n != 5 {
			t.Fatalf("%d comments", n)
		}
		last := x.cell(t, "SELECT action FROM audit WHERE subject_id = ? AND action IN ('comment.resolved', 'comment.reopened') ORDER BY seq DESC LIMIT 1", id)
		if got := x.cell(t, "SELECT unresolved FROM comments WHERE id = ?", id); (got == "1") != (last == "comment.reopened") {
			t.Fatalf("unresolved %s, and the last entry is %s", got, last)
		}
	}
	x.chained(t)
}

// TestCommentsHaveLimits: a thread is full, and a person is held to so many comments a minute.
func TestCommentsHaveLimits(t *testing.T) {
	t.Parallel()
	x := newTalk(t, testkit.SQLite)
	id := x.say(t, x.editor, said("开始", model.CommentShared))
	must(t, x.Store.InTx(t.Context(), func(tx *store.Tx) error {
		first, err := tx.LockComment(id)
		for i := 1; err == nil && i < model.MaxThread; i++ {
			row := first
			row.ID, row.Unresolved = testkit.NewID(), false
			err = tx.CreateComment(&row)
		}
		return err
	}))
	_, err := x.Service.Comments.Write(t.Context(), x.editor, x.article, service.CommentSpec{Body: "再一条", ReplyTo: id})
	_ = refused(t, err, model.CodeThreadFull)
	few := x.Bare(t, 0, func(_ *service.Doors, set *service.Settings) { set.CommentsPerMin = 2 })
	for i := range 3 {
		_, err = few.Service.Comments.Write(t.Context(), x.editor, x.article, said("快", model.CommentShared))
		if i < 2 {
			must(t, err)
		}
	}
	if e := refused(t, err, model.CodeTooMany); e.RetryAfter <= 0 {
		t.Error("it does not say when to come back")
	}
}

// TestSeen: what a holder notes is remembered per version, and nobody else can note it.
func TestSeen(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newTalk(t, e)
		k := x.open(t, x.post, x.r.Member)
		seen := func(want int) {
			t.Helper()
			got, err := x.Store.SeenRevision(t.Context(), x.r.Member, x.article)
			must(t, err)
			if got != want {
				t.Errorf("seen %d, want %d", got, want)
			}
		}
		s := x.Service.Comments
		seen(0)
		_ = refused(t, s.Seen(t.Context(), x.r.call, k.ID, 2), model.CodeInvalid)
		_ = refused(t, s.Seen(t.Context(), x.other, k.ID, 1), model.CodeNotFound)
		_ = refused(t, s.Seen(t.Context(), x.editor, k.ID, 1), model.CodeNotFound)
		must(t, s.Seen(t.Context(), x.r.call, k.ID, 1))
		must(t, s.Seen(t.Context(), x.r.call, k.ID, 1))
		seen(1)
		x.decide(t, x.r.call, x.post, x.r.Member, func(k task) model.Answer { return reject(k, true) })
		x.edit(t, "<p>第二版</p>")
		must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, x.post, nil))
		must(t, s.Seen(t.Context(), x.r.call, x.open(t, x.post, x.r.Member).ID, 2))
		seen(2)
	})
}

// TestWhoIsToldOfAComment: the author of the post and who wrote in the thread, not oneself.
func TestWhoIsToldOfAComment(t *testing.T) {
	t.Parallel()
	x := newTalk(t, testkit.SQLite)
	told := func(id string) (out []string) {
		for _, r := range testkit.Rows(t, x.db, "SELECT payload FROM outbox WHERE topic = 'notice.comment_added'") {
			for name, member := range map[string]string{"admin": x.b.AdminMember, "editor": x.b.EditorMember, "reviewer": x.r.Member} {
				if strings.Contains(r[0], id) && strings.Contains(r[0], member) {
					out = append(out, name)
				}
			}
		}
		return out
	}
	first := x.say(t, x.r.call, said("一", model.CommentShared))
	reply := x.say(t, x.admin, service.CommentSpec{Body: "二", ReplyTo: first})
	if diff := cmp.Diff([]string{"editor"}, told(first)); diff != "" {
		t.Error("the first:", diff)
	}
	if got := told(reply); len(got) != 2 || strings.Contains(fmt.Sprint(got), "admin") {
		t.Errorf("the reply: %v", got)
	}
	x.Drain(t.Context(), t)
}

// TestACommentStaysOnesOwn: a reviewer who binds his WeChat to his account finds what he
// wrote before, as his.
func TestACommentStaysOnesOwn(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := newTalk(t, e)
		id := x.say(t, x.r.call, said("有错字", model.CommentShared))
		must(t, x.confirm(t, x.r.call, x.code(t, x.editor)))
		for _, c := range []service.Call{x.editor, x.r.call} {
			sight, err := x.Store.Sight(t.Context(), c.Principal.Viewer(), x.article)
			must(t, err)
			if !sight.Staff || sight.MemberID != x.b.EditorMember || len(sight.Seats) != 2 {
				t.Errorf("he looks as %+v", sight)
			}
		}
		must(t, x.Service.Comments.Edit(t.Context(), x.editor, id, 1, "有两个错字"))
		_ = refused(t, x.Service.Comments.Delete(t.Context(), x.admin, id), model.CodeCommentForeign)
		must(t, x.Service.Comments.Delete(t.Context(), x.editor, id))
	})
}
