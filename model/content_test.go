package model

import (
	"slices"
	"strings"
	"testing"
)

// Each platform's limits, at the limit and one beyond.
func TestContentByPlatform(t *testing.T) {
	t.Parallel()
	pictures := func(n int) (out []MediaRef) {
		for range n {
			out = append(out, MediaRef{"m", "00"})
		}
		return out
	}
	tags := func(n int) (out []string) {
		for i := range n {
			out = append(out, string(rune('a'+i)))
		}
		return out
	}
	long := func(n int) string { return strings.Repeat("字", n) }
	for _, tc := range []struct {
		platform string
		kind     ContentType
		field    string
		most     int
		with     func(n int) Content
	}{
		{"weibo", ContentGeneric, "text", 2000, func(n int) Content { return Content{Text: long(n)} }},
		{"weibo", ContentGeneric, "picture_ids", 18, func(n int) Content { return Content{Pictures: pictures(n)} }},
		{"xiaohongshu", ContentGeneric, "title", 20, func(n int) Content { return Content{Title: long(n), Text: "x"} }},
		{"xiaohongshu", ContentGeneric, "text", 1000, func(n int) Content { return Content{Text: long(n)} }},
		{"xiaohongshu", ContentGeneric, "hashtags", 10, func(n int) Content { return Content{Text: "x", Hashtags: tags(n)} }},
		{"bilibili", ContentGeneric, "title", 80, func(n int) Content { return Content{Title: long(n), Text: "x"} }},
		{"kuaishou", ContentGeneric, "text", 500, func(n int) Content { return Content{Text: long(n)} }},
		{"wechat_channels", ContentGeneric, "title", 16, func(n int) Content { return Content{Title: long(n), Text: "x"} }},
		{"linkedin", ContentGeneric, "text", 3000, func(n int) Content { return Content{Text: long(n)} }},
		{"douyin", ContentDouyinVideo, "title", 55, func(n int) Content { return Content{Title: long(n), Video: &MediaRef{}} }},
		{"douyin", ContentDouyinVideo, "hashtags", 10, func(n int) Content { return Content{Title: "x", Hashtags: tags(n), Video: &MediaRef{}} }},
		{"wechat_official", ContentWeChatArticle, "title", 64, func(n int) Content { return Content{Title: long(n), BodyHTML: "x"} }},
	} {
		if bad := tc.with(tc.most).Check(tc.platform, tc.kind, "", true); bad != nil {
			t.Errorf("%s %s of %d: %v", tc.platform, tc.field, tc.most, bad)
		}
		bad := tc.with(tc.most+1).Check(tc.platform, tc.kind, "", true)
		if len(bad) != 1 || bad[0].Path != tc.field {
			t.Errorf("%s %s of %d: %v", tc.platform, tc.field, tc.most+1, bad)
		}
	}
}

// A limit that names a field which its content type lacks would do nothing.
func TestLimitsNameFieldsOfTheShape(t *testing.T) {
	t.Parallel()
	for _, p := range Platforms() {
		for _, narrow := range p.Limits {
			for _, kind := range p.ContentTypes {
				i := slices.IndexFunc(Shape(kind), func(r FieldRule) bool { return r.Name == narrow.Name })
				if i < 0 || narrow.Most > Shape(kind)[i].Most {
					t.Errorf("%s: %+v is not within %s", p.ID, narrow, kind)
				}
			}
		}
	}
}

func TestContentNeedsSomethingToShow(t *testing.T) {
	t.Parallel()
	paths := func(platform string, kind ContentType, c Content) (out []string) {
		for _, f := range c.Check(platform, kind, "", true) {
			out = append(out, f.Path+" "+f.Reason)
		}
		return out
	}
	for _, tc := range []struct {
		platform string
		kind     ContentType
		content  Content
		want     []string
	}{
		{"weibo", ContentGeneric, Content{Title: "x"}, []string{"text required"}},
		{"weibo", ContentGeneric, Content{Text: " \n "}, []string{"text required"}},
		{"weibo", ContentGeneric, Content{Pictures: []MediaRef{{}}}, nil},
		{"weibo", ContentGeneric, Content{Video: &MediaRef{}}, nil},
		{"weibo", ContentGeneric, Content{Text: "一\n二", Link: "https://a.example/x"}, nil},
		{"weibo", ContentGeneric, Content{Text: "x", Link: "http://a.example"}, []string{"link https_url_expected"}},
		{"weibo", ContentGeneric, Content{Text: "x", Hashtags: []string{"#a", "a b", "a", "a", ""}}, []string{"hashtags[0] sign_or_space", "hashtags[1] sign_or_space", "hashtags[3] duplicate", "hashtags[4] required"}},
		{"weibo", ContentGeneric, Content{Text: "x", BodyHTML: "<p>"}, []string{"body_html not_of_this_content_type"}},
		{"douyin", ContentDouyinVideo, Content{Title: "x"}, []string{"video_id required"}},
		{"douyin", ContentDouyinVideo, Content{Title: "x", Text: "y", Video: &MediaRef{}}, []string{"text not_of_this_content_type"}},
		{"weibo", "unknown", Content{Text: "x"}, []string{"text not_of_this_content_type"}},
		{"weibo", ContentGeneric, Content{Text: "一家 👨\u200d👩\u200d👧 和 👩🏽\u200d🚀"}, nil},
		{"weibo", ContentGeneric, Content{Text: "a\u200db"}, []string{"text forbidden_character"}},
		{"weibo", ContentGeneric, Content{Text: "👨\u200d"}, []string{"text forbidden_character"}},
	} {
		if got := paths(tc.platform, tc.kind, tc.content); !slices.Equal(got, tc.want) {
			t.Errorf("%s %+v: %q, want %q", tc.platform, tc.content, got, tc.want)
		}
	}
}

func TestHeadline(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		content Content
		want    string
	}{
		{Content{Title: "题", Text: "文"}, "题"},
		{Content{Text: "\n  第一行  有 空格 \n第二行"}, "第一行 有 空格"},
		{Content{Text: strings.Repeat("字", 64)}, strings.Repeat("字", 64)},
		{Content{Text: strings.Repeat("字", 65)}, strings.Repeat("字", 63) + "…"},
		{Content{Pictures: []MediaRef{{}}}, ""},
	} {
		if got := tc.content.Headline(); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.content, got, tc.want)
		}
	}
}

func TestContentTypeFor(t *testing.T) {
	t.Parallel()
	two := Platform{ID: "two", ContentTypes: []ContentType{ContentGeneric, ContentDouyinVideo}}
	one := Platform{ID: "one", ContentTypes: []ContentType{ContentGeneric}}
	for _, tc := range []struct {
		platform Platform
		asked    ContentType
		want     ContentType
		code     Code
	}{
		{one, "", ContentGeneric, ""},
		{one, ContentGeneric, ContentGeneric, ""},
		{one, ContentDouyinVideo, "", CodeContentUnsupported},
		{two, ContentDouyinVideo, ContentDouyinVideo, ""},
		{two, "", "", CodeInvalid},
		{Platform{}, "", "", CodeInvalid},
	} {
		got, err := tc.platform.ContentTypeFor(tc.asked)
		if got != tc.want || err != nil && CodeOf(err) != tc.code || (err == nil) != (tc.code == "") {
			t.Errorf("%s %q: %q %v", tc.platform.ID, tc.asked, got, err)
		}
	}
}
