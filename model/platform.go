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
}

// Platforms is the table of networks; adding one is a row here, not a branch in code.
func Platforms() []Platform {
	generic := []ContentType{ContentGeneric}
	return []Platform{
		{"wechat_official", "微信公众号", "WeChat Official Account", []ContentType{ContentWeChatArticle}, 8},
		{"douyin", "抖音", "Douyin", []ContentType{ContentDouyinVideo}, 1},
		{"weibo", "微博", "Weibo", generic, 1},
		{"xiaohongshu", "小红书", "Xiaohongshu", generic, 1},
		{"bilibili", "哔哩哔哩", "Bilibili", generic, 1},
		{"kuaishou", "快手", "Kuaishou", generic, 1},
		{"wechat_channels", "视频号", "WeChat Channels", generic, 1},
		{"zhihu", "知乎", "Zhihu", generic, 1},
		{"toutiao", "今日头条", "Toutiao", generic, 1},
		{"linkedin", "领英", "LinkedIn", generic, 1},
		{"x", "X", "X", generic, 1},
		{"instagram", "Instagram", "Instagram", generic, 1},
		{"facebook", "Facebook", "Facebook", generic, 1},
		{"youtube", "YouTube", "YouTube", generic, 1},
		{"tiktok", "TikTok", "TikTok", generic, 1},
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
