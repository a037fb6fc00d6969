package service_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
)

// channelOn adds a channel on a platform whose posts the admin approves.
func (x *bundle) channelOn(t testing.TB, platform string) string {
	t.Helper()
	p, _ := model.PlatformByID(platform)
	id, err := x.Service.Brands.CreateChannel(t.Context(), x.admin, x.b.ID, service.ChannelSpec{Name: p.Zh, Platform: platform})
	must(t, err)
	spec := model.FlowSpec{Name: "流程 " + id, ContentTypes: p.ContentTypes, Platforms: []string{platform}, Steps: []model.StepSpec{step(model.ModeAny, x.b.AdminMember)}}
	flow, err := x.Service.Flows.Create(t.Context(), x.admin, x.b.ID, spec)
	must(t, err)
	must(t, x.Service.Brands.SetPlatform(t.Context(), x.admin, model.PlatformSetting{BrandID: x.b.ID, Platform: platform, DefaultFlowID: &flow, AllowChange: true}))
	return id
}

func oneArticle(channel string, c model.Content) service.PostSpec {
	return service.PostSpec{ChannelID: channel, Articles: []service.ArticleSpec{{Content: c}}}
}

// A post of every platform whose content needs no file goes the whole way; what lists
// show comes from its text.
func TestAPostOnEveryPlatform(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		for _, p := range model.Platforms() {
			if p.ContentTypes[0] != model.ContentGeneric {
				continue
			}
			channel := x.channelOn(t, p.ID)
			post, err := x.Service.Posts.Create(t.Context(), x.editor, x.b.ID, oneArticle(channel, model.Content{
				Text: "  新品上市\r\n第二行 ", Hashtags: []string{" 新品 "}, Mentions: []string{"小红"}, Link: " https://a.example/x ",
			}))
			must(t, err)
			row := testkit.Rows(t, x.db, "SELECT p.content_type, p.title, a.title, a.digest, r.content FROM posts p JOIN articles a ON a.post_id = p.id JOIN revisions r ON r.article_id = a.id WHERE p.id = ?", post)[0]
			content := `{"text":"新品上市\n第二行","link":"https://a.example/x","hashtags":["新品"],"mentions":["小红"]}`
			if diff := cmp.Diff([]string{"generic", "新品上市", "新品上市", model.HashToken(content), content}, row); diff != "" {
				t.Error(p.ID, diff)
			}
			must(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil))
			x.decide(t, x.admin, post, x.b.AdminMember, approve)
			if got := x.cell(t, "SELECT state FROM posts WHERE id = ?", post); got != "approved" {
				t.Errorf("%s: %s", p.ID, got)
			}
		}
	})
}

// A Douyin post can be written as a draft; without its video it does not go to review.
func TestADouyinPostNeedsItsVideo(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		post, err := x.Service.Posts.Create(t.Context(), x.editor, x.b.ID, oneArticle(x.channelOn(t, "douyin"), model.Content{Title: "探店", Hashtags: []string{"美食"}}))
		must(t, err)
		before := x.Database.Rows(t, x.db)
		refusal := refused(t, x.Service.Reviews.Submit(t.Context(), x.editor, x.b.ID, post, nil), model.CodeContentIncomplete)
		if diff := cmp.Diff([]model.FieldError{model.Field("articles[0].video_id", "required")}, refusal.Fields); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(before, x.Database.Rows(t, x.db)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestContentThatItsPlatformDoesNotTake(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		x := setup(t, e, testkit.Options{})
		red := x.channelOn(t, "xiaohongshu")
		before := x.Database.Rows(t, x.db)
		refuse := func(spec service.PostSpec, code model.Code, fields ...model.FieldError) {
			t.Helper()
			_, err := x.Service.Posts.Create(t.Context(), x.editor, x.b.ID, spec)
			if diff := cmp.Diff(fields, refused(t, err, code).Fields); diff != "" {
				t.Error(diff)
			}
		}
		refuse(oneArticle(red, model.Content{Title: "一二三四五六七八九十一二三四五六七八九十一"}), model.CodeInvalid, model.Field("articles[0].title", "too_long"))
		refuse(oneArticle(red, model.Content{BodyHTML: "<p>x</p>"}), model.CodeInvalid, model.Field("articles[0].body_html", "not_of_this_content_type"))
		other := oneArticle(red, model.Content{Text: "x"})
		other.ContentType = model.ContentWeChatArticle
		refuse(other, model.CodeContentUnsupported)
		two := oneArticle(red, model.Content{Text: "x"})
		two.Articles = append(two.Articles, two.Articles[0])
		refuse(two, model.CodeInvalid, model.Field("articles", "too_many"))
		if diff := cmp.Diff(before, x.Database.Rows(t, x.db)); diff != "" {
			t.Error(diff)
		}
	})
}
