package service

import (
	"time"

	"countersign/model"
)

// Settings are the parts of the configuration that the use cases ask for; New gives each its
// own.
type Settings struct {
	PublicURL       string // without a slash at its end
	EntryPage       string // of the mini-program
	ConsoleIdle     time.Duration
	ConsoleAbsolute time.Duration
	MiniIdle        time.Duration
	MiniAbsolute    time.Duration
	HashCost        HashCost
	LoginsPerMinute int
	WeChatLogins    int // per minute and address
	SceneMisses     int // per minute and address
	CommentsPerMin  int // of one principal; 0 is 30
	Templates       Templates
	Live            LiveSettings
	Gather          time.Duration // how long a notice waits for others to the same person before it leaves
	Media           model.MediaLimits
	AIDailyTokens   int64 // of one brand; 0 is no limit
}

// Templates are the ids of WeChat's subscription message templates by slot; without one
// that kind of notice is not sent over WeChat. Each has the fields thing1 (what), thing2
// (brand) and time3.
type Templates map[model.NoticeTemplate]string
