package web

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// ScanPage is all that the page of a publish code shows. The page of one that has ended,
// and of one that never was, has En, V, State and RequestID alone.
type ScanPage struct {
	En        bool
	V         string // ScanVersion
	RequestID string
	Token     string
	State     string // early, open, held, ended, published, not_ready, forbidden
	InApp     string // wechat, qq, weibo, dingtalk, lark, douyin, or "" for a browser of its own
	Phone     bool

	Brand        string
	Title        string
	Caption      string // title and tags, for publishing by hand
	Hashtags     []string
	Channel      string // name of the account that shall publish
	Cover        string // path of a picture, "" without one
	PublishedURL string

	Scheduled    string // in the brand's zone: 2026-11-25 19:00
	ScheduledISO string // RFC 3339, "" without a planned time
	Zone         string // IANA name
	Offset       string // of the zone at the planned time: -05:00
	OpensInMS    int64  // from now
	EndsInMS     int64  // from now

	HeldBy         string // family of the browser that holds the code
	HeldForSeconds int
}

// Blocked tells whether the app whose browser this is opens no other app.
func (p ScanPage) Blocked() bool { return p.InApp != "" && p.InApp != "douyin" }

// Wait tells whether the page counts down to something.
func (p ScanPage) Wait() bool { return p.State == "early" }

// Act tells whether the page hands something out.
func (p ScanPage) Act() bool { return p.State == "open" || p.State == "held" }

// ZoneName is the zone as people call it.
func (p ScanPage) ZoneName() string {
	switch {
	case p.Zone == "Asia/Shanghai" && p.En:
		return "Beijing time"
	case p.Zone == "Asia/Shanghai":
		return "北京时间"
	}
	return p.Zone + " · UTC" + p.Offset // a zone with summer time has one hour twice
}

// ScanVersion names what the page's style and script are now: their addresses carry it, so
// that they can be kept for long.
var ScanVersion = sync.OnceValue(func() string {
	h := sha256.New()
	for _, name := range []string{"scan.css", "scan.js"} {
		raw, err := Asset(name)
		if err != nil { // both are embedded
			return "0"
		}
		h.Write(raw)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
})
