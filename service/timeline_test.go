package service_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// endings are the ways in which some acts read otherwise.
var endings = []string{
	"article.edited.flow", "article.edited.voids", "post.rescheduled.cleared", "task.approved.deputy", "task.rejected.deputy", "task.rejected.kept", "comment.added.gone",
}

// TestEveryActIsTold walks posts through everything that can happen to them: each act has
// its sentence in both languages, and no sentence has a gap.
func TestEveryActIsTold(t *testing.T) {
	t.Parallel()
	x := setup(t, testkit.SQLite, testkit.Options{})
	posts := x.everything(t)
	for _, lang := range []string{model.LangZh, model.LangEn} {
		var told []string
		for _, post := range posts {
			list, more, err := x.Service.Timeline.OfPost(t.Context(), lang, x.b.ID, post, 0, 1000)
			must(t, err)
			if more != 0 {
				t.Fatal("there is more")
			}
			for _, h := range list {
				told = append(told, h.Text)
				if h.Text == h.Kind || h.Name == "" || strings.Contains(h.Text, "–") || strings.Contains(h.Text, "《》") || strings.Contains(h.Text, `""`) {
					t.Errorf("%s: %s by %q reads %q", lang, h.Kind, h.Name, h.Text)
				}
			}
		}
		names := slices.Clone(endings)
		for _, k := range model.EventKinds() {
			if slices.Contains([]string{"post", "article", "review", "task", "comment"}, k.Subject) {
				names = append(names, k.Kind)
			}
		}
		for _, name := range names {
			if reads := sentence(lang, name); !reads.MatchString(strings.Join(told, "\n")) {
				t.Errorf("%s: nobody is told %s, as %s", lang, name, reads)
			}
		}
	}
}

// sentence is what an act reads like, whoever did it to whatever.
func sentence(lang, name string) *regexp.Regexp {
	args := map[string]string{}
	for _, a := range []string{"by", "title", "reason", "comment", "step", "round", "version", "count", "from", "to", "absent", "at"} {
		args[a] = "\x00"
	}
	parts := strings.Split(model.ActText(lang, name, args), "\x00")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile("(?m)^" + strings.Join(parts, ".+") + "$")
}

// everything does all that can be done to posts; it answers theirs ids.
func (x *bundle) everything(t *testing.T) []string { //nolint:thelper // a failure is told by its line here
	ctx, s := t.Context(), x.Service
	a, b := x.reviewer(t), x.reviewer(t)
	_, spare := x.staff(t, model.RoleEditor)
	now := x.Clock.Now()
	_, err := s.Deputies.Create(ctx, x.admin, x.b.ID, service.DeputySpec{MemberID: a.Member, DeputyID: x.b.AdminMember, From: now.Add(-time.Hour), Until: now.Add(time.Hour)})
	must(t, err)
	one := x.flow(t, step(model.ModeAny, a.Member))

	answers := x.submitted(t, one, 1)
	x.decide(t, a.call, answers, a.Member, approve)
	x.undone(t, a.call, answers, a.Member)
	x.decide(t, x.admin, answers, a.Member, approve)
	x.undone(t, x.admin, answers, a.Member)
	x.decide(t, x.admin, answers, a.Member, rejecting)
	x.undone(t, x.admin, answers, a.Member)
	x.decide(t, a.call, answers, a.Member, rejecting)
	x.undone(t, a.call, answers, a.Member)
	x.decide(t, a.call, answers, a.Member, func(k task) model.Answer { return reject(k, true) })
	x.undone(t, a.call, answers, a.Member)
	_, err = s.Reviews.Urge(ctx, x.editor, x.b.ID, answers)
	must(t, err)
	must(t, x.replace(t, x.Replica, answers, a.Member, b.Member))
	must(t, s.Reviews.Transfer(ctx, b.call, x.taskOf(t, answers, b.Member).ID, spare, "出差"))
	must(t, s.Reviews.Withdraw(ctx, x.editor, x.b.ID, answers))

	order := x.written(t, one)
	must(t, s.Reviews.Submit(ctx, x.editor, x.b.ID, answers, nil))
	x.spoken(t, a, answers)
	x.decide(t, a.call, answers, a.Member, approve)
	x.edited(t, answers, "<p>改过</p>", one)

	none := x.post(t, "", 1)
	must(t, s.Brands.SetPlatform(ctx, x.admin, model.PlatformSetting{BrandID: x.b.ID, Platform: "wechat_official", NoApproval: true, AllowChange: true, Version: 1}))
	must(t, s.Reviews.Submit(ctx, x.editor, x.b.ID, none, nil))
	must(t, s.Posts.Cancel(ctx, x.editor, x.b.ID, none))

	gone := x.submitted(t, x.flow(t, step(model.ModeAny, b.Member)), 1)
	must(t, s.Brands.RemoveMember(ctx, x.admin, x.b.ID, b.Member))
	(&desk{bundle: x}).review(t, true)
	must(t, s.AIReviews.Again(ctx, x.editor, x.cell(t, "SELECT id FROM articles WHERE post_id = ?", answers)))
	return append(append(order, answers, none, gone), x.scannedThings(t)...)
}

// written is a post that its author plans, copies and rearranges.
func (x *bundle) written(t *testing.T, flow string) []string {
	t.Helper()
	ctx, s := t.Context(), x.Service.Posts
	post := x.post(t, flow, 2)
	version := func() int64 { return int64(testkit.Count(t, x.db, "SELECT version FROM posts WHERE id = ?", post)) }
	at := x.Clock.Now().Add(48 * time.Hour)
	must(t, s.Reschedule(ctx, x.editor, x.b.ID, post, version(), &at))
	must(t, s.Reschedule(ctx, x.editor, x.b.ID, post, version(), nil))
	copied, err := s.Duplicate(ctx, x.editor, x.b.ID, post, nil)
	must(t, err)
	articles := func() (ids []string) {
		for _, r := range testkit.Rows(t, x.db, "SELECT id FROM articles WHERE post_id = ? AND removed_at IS NULL ORDER BY position", post) {
			ids = append(ids, r[0])
		}
		return ids
	}
	_, err = x.Service.Flows.CreateFor(ctx, x.editor, x.b.ID, post, articles()[0], flowSpec("从帖子中新建", step(model.ModeAny, x.b.AdminMember)))
	must(t, err)
	must(t, s.AddArticle(ctx, x.editor, x.b.ID, post, articleSpec("第三篇", "")))
	must(t, s.RemoveArticle(ctx, x.editor, x.b.ID, post, articles()[2]))
	x.edited(t, post, "<p>文章 1</p>", "") // another way of approval, the same words
	x.edited(t, post, "<p>别的话</p>", "")
	must(t, x.Service.Reviews.Submit(ctx, x.editor, x.b.ID, post, nil))
	for _, k := range x.tasks(t, post) {
		if k.State != "open" {
			continue
		}
		_, err := x.Service.Reviews.Decide(ctx, x.admin, k.ID, approve(k))
		must(t, err)
	}
	ids := articles()
	must(t, s.Reorder(ctx, x.editor, x.b.ID, post, version(), []string{ids[1], ids[0]}))
	return []string{post, copied}
}

// edited changes a post's first article.
func (x *bundle) edited(t *testing.T, post, body, flow string) {
	t.Helper()
	row := testkit.Rows(t, x.db, "SELECT id, title FROM articles WHERE post_id = ? AND removed_at IS NULL ORDER BY position LIMIT 1", post)[0]
	spec := articleSpec(row[1], flow)
	spec.Content.BodyHTML = body
	must(t, x.Service.Posts.Edit(t.Context(), x.editor, x.b.ID, post, row[0], int64(testkit.Count(t, x.db, "SELECT version FROM articles WHERE id = ?", row[0])), spec))
}

// spoken is the life of a thread, and of one that is deleted.
func (x *bundle) spoken(t *testing.T, r reviewer, post string) {
	t.Helper()
	ctx, s := t.Context(), x.Service.Comments
	article := x.cell(t, "SELECT id FROM articles WHERE post_id = ?", post)
	id, err := s.Write(ctx, r.call, article, said("有错字", model.CommentShared))
	must(t, err)
	must(t, s.Edit(ctx, r.call, id, 1, "有两个错字"))
	must(t, s.Resolve(ctx, x.editor, id, true))
	must(t, s.Resolve(ctx, x.editor, id, false))
	gone, err := s.Write(ctx, r.call, article, said("说错了", model.CommentShared))
	must(t, err)
	must(t, s.Delete(ctx, r.call, gone))
}
