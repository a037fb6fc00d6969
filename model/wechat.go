package model

import "time"

// WeChatIdentity is who WeChat says a login code belongs to.
type WeChatIdentity struct {
	AppID   string // the mini-program the OpenID belongs to
	OpenID  string // this person within AppID; an identifier, never a credential
	UnionID string // the same person across apps of one open-platform account; "" until the app is bound
}

// CodeImageRequest asks for a mini-program code (小程序码), which never expires.
type CodeImageRequest struct {
	Scene string // 1 to 32 of A-Z a-z 0-9 !#$&'()*+,/:;=?@-._~; the page reads it as query.scene
	Page  string // "pages/join/index": no leading slash, no query; "" is the home page
	Width int    // pixels, 280 to 1280; 0 is WeChat's own 430
}

// URLLinkRequest asks for an https link that opens the mini-program from outside WeChat.
// Anybody may open the link and change its query, so neither is proof of anything.
type URLLinkRequest struct {
	Path  string        // page of the released version: no leading slash, no query; "" is the home page
	Query string        // at most 1024 of A-Z a-z 0-9 !#$&'()*+,/:;=?@-._~%
	Life  time.Duration // how long the link should work; WeChat allows 1 minute to 30 days
}

// SubscribeMessage is one subscription message to one person. It spends one grant.
type SubscribeMessage struct {
	OpenID     string
	TemplateID string
	Page       string            // opened on tap, may carry a query; "" opens nothing
	Lang       string            // zh_CN, en_US, zh_HK or zh_TW; "" is zh_CN
	Data       map[string]string // the template's keys ("thing1", "time2") and their texts
}

// TextScene tells WeChat's text check what kind of text it judges.
type TextScene uint8

// The scenes of the text check, with WeChat's numbers.
const (
	TextSceneProfile TextScene = 1 // names and other profile data
	TextSceneComment TextScene = 2
	TextSceneForum   TextScene = 3
	TextSceneSocial  TextScene = 4
)

// TextCheck is a text to be judged. Its author must have used the mini-program
// within the last two hours, else the check answers CodeWeChatIdle.
type TextCheck struct {
	OpenID   string // the author
	Scene    TextScene
	Content  string // 1 to 2500 characters
	Title    string // optional
	Nickname string // optional
}

// TextSuggestion is what WeChat advises to do with a text.
type TextSuggestion string

// The three suggestions.
const (
	TextPass   TextSuggestion = "pass"   // may be shown
	TextReview TextSuggestion = "review" // a person should look
	TextRisky  TextSuggestion = "risky"  // must not be shown
)

// TextVerdict is WeChat's judgement of a text.
type TextVerdict struct {
	Suggest TextSuggestion
	Label   int    // WeChat's reason: 100 normal, 10001 ad, 20001 politics, 20002 porn, 20003 abuse, 20006 crime, 20008 fraud, 20012 vulgar, 20013 copyright, 21000 other
	TraceID string // names this check when asking WeChat about it
}
