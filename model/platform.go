package model

import "slices"

// ContentType says what fields an Article has.
type ContentType string

// The content types.
const (
	ContentWeChatArticle ContentType = "wechat_article"
	ContentDouyinVideo   ContentType = "douyin_video"
	ContentGeneric       ContentType = "generic"
)

// Platform is one social network and what may be published on it.
type Platform struct {
	ID           string // stable, on the wire
	Zh, En       string
	ContentTypes []ContentType
	MaxArticles  int
	Limits       []FieldRule // narrow the fields of its content types; see ShapeOn
}

// Platforms is the table of networks; adding one is a row here, not a branch in code. The
// limits are a courtesy to the author, for the platform itself has the last word, and they
// move with it. Stated by the platform to those who publish through it: LinkedIn's text. In
// common use, for the platform's own editor stops there, and not confirmed by a reference:
// all others.
func Platforms() []Platform {
	generic := []ContentType{ContentGeneric}
	return []Platform{
		{"wechat_official", "微信公众号", "WeChat Official Account", []ContentType{ContentWeChatArticle}, 8, nil},
		{"douyin", "抖音", "Douyin", []ContentType{ContentDouyinVideo}, 1, nil},
		{"weibo", "微博", "Weibo", generic, 1, []FieldRule{{"text", 2000, false}, {"picture_ids", 18, false}}},
		{"xiaohongshu", "小红书", "Xiaohongshu", generic, 1, []FieldRule{{"title", 20, false}, {"text", 1000, false}, {"picture_ids", 18, false}, {"hashtags", 10, false}}},
		{"bilibili", "哔哩哔哩", "Bilibili", generic, 1, []FieldRule{{"title", 80, false}, {"text", 2000, false}, {"picture_ids", 18, false}, {"hashtags", 10, false}}},
		{"kuaishou", "快手", "Kuaishou", generic, 1, []FieldRule{{"title", 30, false}, {"text", 500, false}, {"hashtags", 10, false}}},
		{"wechat_channels", "视频号", "WeChat Channels", generic, 1, []FieldRule{{"title", 16, false}, {"text", 1000, false}, {"picture_ids", 18, false}, {"hashtags", 10, false}}},
		{"zhihu", "知乎", "Zhihu", generic, 1, nil},
		{"toutiao", "今日头条", "Toutiao", generic, 1, nil},
		{"linkedin", "领英", "LinkedIn", generic, 1, []FieldRule{{"text", 3000, false}, {"picture_ids", 18, false}}},
		{"x", "X", "X", generic, 1, nil},
		{"instagram", "Instagram", "Instagram", generic, 1, nil},
		{"facebook", "Facebook", "Facebook", generic, 1, nil},
		{"youtube", "YouTube", "YouTube", generic, 1, nil},
		{"tiktok", "TikTok", "TikTok", generic, 1, nil},
	}
}

// PlatformByID finds a platform.
func PlatformByID(id string) (Platform, bool) {
	all := Platforms()
	i := slices.IndexFunc(all, func(p Platform) bool { return p.ID == id })
	if i < 0 {
		return Platform{}, false
	}
	return all[i], true
}

// KnownContentType tells whether some platform takes t.
func KnownContentType(t ContentType) bool {
	return slices.ContainsFunc(Platforms(), func(p Platform) bool { return slices.Contains(p.ContentTypes, t) })
}

// ShapeOn is the Shape of a content type as a platform narrows it: a field among its
// Limits takes the place of the one in Shape.
func ShapeOn(platform string, t ContentType) []FieldRule {
	rules := slices.Clone(Shape(t))
	p, _ := PlatformByID(platform)
	for _, narrow := range p.Limits {
		i := slices.IndexFunc(rules, func(r FieldRule) bool { return r.Name == narrow.Name })
		if i >= 0 {
			rules[i] = narrow
		}
	}
	return rules
}

// ContentTypeFor is the type of a new Post's content: the one that was asked for, or the
// only one that the platform has.
func (p Platform) ContentTypeFor(asked ContentType) (ContentType, error) {
	switch {
	case asked == "" && len(p.ContentTypes) == 1:
		return p.ContentTypes[0], nil
	case asked == "":
		return "", Invalid(Field("content_type", "required"))
	case !slices.Contains(p.ContentTypes, asked):
		return "", E(CodeContentUnsupported, "platform", p.ID, "content_type", string(asked))
	}
	return asked, nil
}
