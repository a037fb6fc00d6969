package model

import "time"

// LaunchWay says how a launch link was made; see docs/douyin.md.
type LaunchWay string

// The two ways that Douyin documents.
const (
	LaunchShort  LaunchWay = "get_share" // Douyin made it: short, and its content cannot be changed
	LaunchSigned LaunchWay = "signed"    // we signed it: longer, and its content is not covered by the signature
)

// LaunchRequest is what Douyin's publish page shall show when the link is opened.
type LaunchRequest struct {
	ShareID  string    // of this Opening; Douyin tells of the publication under it
	VideoURL string    // https, mp4 or mov, ASCII, readable without cookies, with HEAD and Range
	Title    string    // may be empty
	Hashtags []string  // without #
	EndsAt   time.Time // after it the link shall not open any more, as far as the way allows
}

// Launch is a link that opens Douyin on a phone. It is a bearer right: it goes to the
// phone that asked and nowhere else, neither into a log nor into a cache.
type Launch struct {
	Schema string // snssdk1128://openplatform/share?… or snssdk1128://webview?url=https%3A%2F%2Fopen.douyin.com%2F…
	Way    LaunchWay
	EndsAt time.Time // from then on the phone refuses it: the open ticket's end, or earlier
}

// DouyinEventKind is the kind of a message of Douyin's webhook.
type DouyinEventKind string

// The kinds that matter here; all others are DouyinOther.
const (
	DouyinVerify      DouyinEventKind = "verify_webhook" // the console is saving the address
	DouyinCreateVideo DouyinEventKind = "create_video"
	DouyinAuthorize   DouyinEventKind = "authorize"
	DouyinUnauthorize DouyinEventKind = "unauthorize"
	DouyinOther       DouyinEventKind = "other"
)

// DouyinEvent is one message of Douyin's webhook, verified and read.
type DouyinEvent struct {
	Kind       DouyinEventKind `json:"kind"`
	Name       string          `json:"name"`               // Douyin's own name of the kind
	Key        string          `json:"key"`                // the same for every delivery of the same fact; made of the body's content
	Challenge  []byte          `json:"-"`                  // DouyinVerify: the answer's body, {"challenge":…}
	OpenID     string          `json:"open_id,omitempty"`  // whose account, as our app sees it
	ShareID    string          `json:"share_id,omitempty"` // DouyinCreateVideo: of the Opening it came from
	ItemID     string          `json:"item_id,omitempty"`  // DouyinCreateVideo
	VideoID    string          `json:"video_id,omitempty"` // DouyinCreateVideo, may be absent: decimal digits
	KeptTag    *bool           `json:"kept_tag,omitempty"` // DouyinCreateVideo: whether the tracking hashtag was kept; nil: not told
	Scopes     []string        `json:"scopes,omitempty"`   // DouyinAuthorize, DouyinUnauthorize
	ReceivedAt time.Time       `json:"received_at"`        // set by who receives it
}

// DouyinVideoURL is the public page of a video, "" without its id.
func DouyinVideoURL(videoID string) string {
	if videoID == "" {
		return ""
	}
	return "https://www.douyin.com/video/" + videoID
}
