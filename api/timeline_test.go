package api_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// numbers are behind the names of the testkit's people: " 编辑 7 " or, in Chinese, "编辑 7 将".
var numbers = regexp.MustCompile(`(编辑|审批人) \d+( [a-z]|) ?`)

type texts struct{ zh, en []string }

// told reads a whole history in both languages, a few at a time.
func told(t *testing.T, c testkit.Client, path string) (out texts) {
	t.Helper()
	for _, lang := range []string{"zh-CN", "en"} {
		testkit.EachPage(t, func(cursor string) string {
			var page api.List[api.HappenedOut]
			c.Do(t, "GET", path+"?limit=3&cursor="+cursor, nil, "Accept-Language", lang).Want(t, 200, &page)
			for _, h := range page.Items {
				if text := numbers.ReplaceAllString(h.Text, "$1$2"); lang == "en" {
					out.en = append(out.en, text)
				} else {
					out.zh = append(out.zh, text)
				}
			}
			return page.NextCursor
		})
	}
	return out
}

// TestTimeline walks a post through two rounds and reads what staff and an approver are
// told of it.
func TestTimeline(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		r := a.NewReviewer(t, b)
		flow := b.NewFlow(t, "外部", M{"mode": "any", "approvers": []string{r.Member}})
		inside := b.NewFlow(t, "内部", M{"mode": "any", "approvers": []string{b.AdminMember}})
		body := func(title, s string) M { return M{"title": title, "body_html": "<p>" + s + "</p>", "flow_id": flow} }
		post := b.NewPost(t, body("新品", "一"), M{"title": "别的", "body_html": "<p>秘密</p>", "flow_id": inside})
		path, article := b.Path+"/posts/"+post.ID, post.Articles[0].ID
		b.Editor.Do(t, "PATCH", path, M{"scheduled_at": "2026-05-01T10:00:00Z"}, "If-Match", fmt.Sprintf("%q", fmt.Sprint(post.Version))).Want(t, 200, nil)
		b.Submit(t, post.ID)
		comments := api.Base + "/articles/" + article + "/comments"
		var said api.CommentOut
		r.Do(t, "POST", comments, M{"body": "价格 {by} 不对", "revision": 1}).Want(t, 200, &said)
		b.Editor.Do(t, "POST", comments, M{"body": "内部话", "revision": 1, "visibility": "internal"}).Want(t, 200, nil)
		b.Editor.Do(t, "POST", path+"/urge", nil).Want(t, 200, nil)
		first := r.Inbox(t, "waiting")[0]
		r.Decide(t, first.ID, "reject", first.Digest, M{"reason": "有错字", "keep_flow": true}).Want(t, 200, nil)
		b.Editor.Do(t, "PUT", path+"/articles/"+article, body("新品改", "二"), "If-Match", fmt.Sprintf("%q", fmt.Sprint(versionOf(t, b, post.ID)))).Want(t, 200, nil)
		before := told(t, r.Client, api.Base+"/tasks/"+first.ID+"/timeline")
		b.Submit(t, post.ID)
		second := r.Inbox(t, "waiting")[0]
		r.Decide(t, second.ID, "approve", second.Digest).Want(t, 200, nil)
		r.Do(t, "POST", api.Base+"/tasks/"+second.ID+"/undo", nil).Want(t, 200, nil)

		staff, turn := told(t, b.Editor, path+"/timeline"), told(t, r.Client, api.Base+"/tasks/"+second.ID+"/timeline")
		if diff := cmp.Diff(wholeHistory, staff, cmp.AllowUnexported(texts{})); diff != "" {
			t.Error("staff read:", diff)
		}
		if diff := cmp.Diff(turnHistory, turn, cmp.AllowUnexported(texts{})); diff != "" {
			t.Error("the approver reads:", diff)
		}
		early := []string{"编辑将《新品》提交审批，第 1 轮", "审批人评论《新品》：价格 {by} 不对", "审批人驳回了《新品》（第 1 步），下次仍走原流程：有错字"}
		if diff := cmp.Diff(early, before.zh); diff != "" {
			t.Error("before the new title is shown to him:", diff)
		}
		var edits api.List[api.HappenedOut]
		b.Editor.Do(t, "GET", path+"/timeline?limit=100", nil).Want(t, 200, &edits)
		for _, h := range edits.Items {
			if (h.Kind == "article.edited") != (h.DigestBefore == first.Digest && h.DigestAfter == second.Digest) {
				t.Errorf("digests: %+v", h)
			}
			if (h.Position == 1) != (h.ArticleID == article) {
				t.Errorf("where: %+v", h)
			}
		}
		r.Do(t, "DELETE", api.Base+"/comments/"+said.ID, nil).Want(t, 204, nil)
		if again := told(t, b.Editor, path+"/timeline"); strings.Contains(fmt.Sprint(again), "价格") || again.en[4] != `审批人 commented on "新品改"; the comment was deleted` {
			t.Errorf("a deleted comment: %q", again.en)
		}
		b.Editor.Do(t, "GET", path+"/timeline?cursor=x", nil).Refused(t, 400, model.CodeInvalid)
		b.Editor.Do(t, "GET", b.Path+"/posts/"+a.NewBrand(t).NewPost(t, testkit.Article("一")).ID+"/timeline", nil).Refused(t, 404, model.CodeNotFound)
	})
}

var wholeHistory = texts{
	zh: []string{
		"编辑新建了帖子，共 2 篇文章", "编辑将发布时间改为 2026-05-01 18:00", "编辑将《新品改》提交审批，第 1 轮", "编辑将《别的》提交审批，第 1 轮",
		"审批人评论《新品改》：价格 {by} 不对", "编辑评论《新品改》：内部话", "编辑催办，2 项在等待", "审批人驳回了《新品改》（第 1 步），下次仍走原流程：有错字",
		"编辑修改了《新品改》的内容，现为第 2 版", "编辑将《新品改》提交审批，第 2 轮", "审批人同意了《新品改》（第 1 步）", "审批人撤销了对《新品改》的意见（第 1 步）",
	},
	en: []string{
		"编辑 created the post with 2 article(s)", "编辑 planned the post for 2026-05-01 18:00", `编辑 sent "新品改" to review, round 1`, `编辑 sent "别的" to review, round 1`,
		`审批人 commented on "新品改": 价格 {by} 不对`, `编辑 commented on "新品改": 内部话`, "编辑 urged the approvers; 2 turn(s) are waiting",
		`审批人 rejected "新品改" (step 1), keeping its flow: 有错字`, `编辑 changed the content of "新品改"; it is version 2 now`, `编辑 sent "新品改" to review, round 2`,
		`审批人 approved "新品改" (step 1)`, `审批人 took the answer on "新品改" back (step 1)`,
	},
}

// turnHistory: no other article, no draft, nothing internal.
var turnHistory = texts{
	zh: []string{
		"编辑将《新品改》提交审批，第 1 轮", "审批人评论《新品改》：价格 {by} 不对", "审批人驳回了《新品改》（第 1 步），下次仍走原流程：有错字",
		"编辑将《新品改》提交审批，第 2 轮", "审批人同意了《新品改》（第 1 步）", "审批人撤销了对《新品改》的意见（第 1 步）",
	},
	en: []string{
		`编辑 sent "新品改" to review, round 1`, `审批人 commented on "新品改": 价格 {by} 不对`, `审批人 rejected "新品改" (step 1), keeping its flow: 有错字`,
		`编辑 sent "新品改" to review, round 2`, `审批人 approved "新品改" (step 1)`, `审批人 took the answer on "新品改" back (step 1)`,
	},
}
