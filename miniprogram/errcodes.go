package miniprogram

import (
	"time"

	"countersign/model"
)

// meaning is what one of WeChat's errcodes is to the product.
type meaning struct {
	code  model.Code
	retry retryHint // nil: trying again does not help, or nobody knows when it will
}

// retryHint says how long to wait, seen from now.
type retryHint func(now time.Time) time.Duration

func after(d time.Duration) retryHint {
	return func(time.Time) time.Duration { return d }
}

// nextMinute is for limits that count by the minute.
func nextMinute(now time.Time) time.Duration {
	return now.Truncate(time.Minute).Add(time.Minute).Sub(now)
}

// beijing is where WeChat's days begin. That the daily quotas are counted by them is
// not on the pages at hand; a wrong guess costs one more refusal.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// nextDay is for limits that count by the day.
func nextDay(now time.Time) time.Duration {
	y, m, d := now.In(beijing).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, beijing).Sub(now)
}

// place is an errcode at an endpoint; endpoint "" is every endpoint without a line of
// its own. A few numbers mean different things in different places.
type place struct {
	at   endpoint
	code int64
}

// meaningOf looks an errcode up; one that is not in the table is CodeWeChatRefused.
func meaningOf(at endpoint, code int64) meaning {
	if m, ok := meanings[place{at, code}]; ok {
		return m
	}
	if m, ok := meanings[place{"", code}]; ok {
		return m
	}
	return meaning{code: model.CodeWeChatRefused}
}

// meanings is the one table of errcodes; source: the error tables of the pages
// under developers.weixin.qq.com/miniprogram/dev/server/API.
var meanings = map[place]meaning{
	// Faults and limits that pass.
	{"", -1}:    {model.CodeWeChatBusy, after(time.Second)}, // system busy
	{"", 44990}: {model.CodeWeChatBusy, after(time.Second)}, // per-second limit
	{"", 43108}: {model.CodeWeChatBusy, after(time.Second)}, // two messages to one person at once
	{"", 44991}: {model.CodeWeChatBusy, nextMinute},         // per-minute limit
	{"", 45011}: {model.CodeWeChatBusy, nextMinute},         // per-minute quota
	{"", 44993}: {model.CodeWeChatQuota, nextDay},           // per-day limit
	{"", 45009}: {model.CodeWeChatQuota, nextDay},           // daily quota
	{"", 85406}: {model.CodeWeChatQuota, nextDay},           // daily opens of links

	// The access token, after the one retry that a different token allows.
	{"", 40001}:      {model.CodeWeChatBusy, after(time.Second)}, // not the latest
	{"", 40014}:      {model.CodeWeChatBusy, after(time.Second)}, // invalid
	{"", 42001}:      {model.CodeWeChatBusy, after(time.Second)}, // expired
	{atToken, 40001}: {model.CodeWeChatConfig, nil},              // wrong AppSecret
	{"", 41001}:      {model.CodeWeChatRefused, nil},             // no token sent
	{"", 42007}:      {model.CodeWeChatRefused, nil},             // not about this token

	// Login.
	{"", 40029}: {model.CodeWeChatCodeUsed, nil}, // code unknown or expired
	{"", 40163}: {model.CodeWeChatCodeUsed, nil}, // code used
	{"", 40226}: {model.CodeWeChatRiskUser, nil}, // high-risk user

	// The operator must act.
	{"", 40013}:        {model.CodeWeChatConfig, nil},                   // AppID; at links: generation banned
	{"", 40125}:        {model.CodeWeChatConfig, nil},                   // AppSecret
	{"", 40164}:        {model.CodeWeChatConfig, nil},                   // our address is not in the allow-list
	{"", 40243}:        {model.CodeWeChatConfig, nil},                   // AppSecret frozen
	{"", 41002}:        {model.CodeWeChatConfig, nil},                   // AppID missing
	{"", 41004}:        {model.CodeWeChatConfig, nil},                   // AppSecret missing
	{"", 48001}:        {model.CodeWeChatConfig, nil},                   // the account lacks this interface
	{"", 48004}:        {model.CodeWeChatConfig, nil},                   // interface banned
	{"", 50002}:        {model.CodeWeChatConfig, nil},                   // account limited
	{"", 50004}:        {model.CodeWeChatConfig, nil},                   // token interface forbidden
	{"", 50007}:        {model.CodeWeChatConfig, nil},                   // account frozen
	{"", 61024}:        {model.CodeWeChatConfig, nil},                   // the appid belongs to a third-party platform
	{"", 89503}:        {model.CodeWeChatConfig, nil},                   // waits for the administrator
	{"", 89506}:        {model.CodeWeChatConfig, after(24 * time.Hour)}, // refused for a day
	{"", 89507}:        {model.CodeWeChatConfig, after(time.Hour)},      // refused for an hour
	{atURLLink, 40002}: {model.CodeWeChatConfig, nil},                   // a personal account has no links
	{"", 85079}:        {model.CodeWeChatConfig, nil},                   // nothing released yet
	{"", 85402}:        {model.CodeWeChatConfig, nil},                   // bad env_version
	{"", 85407}:        {model.CodeWeChatConfig, nil},                   // no permission
	{"", 85408}:        {model.CodeWeChatConfig, nil},                   // generation banned
	{"", 40037}:        {model.CodeWeChatConfig, nil},                   // unknown template
	{"", 43107}:        {model.CodeWeChatConfig, nil},                   // messages banned

	// Pages.
	{"", 41030}: {model.CodeWeChatPage, nil}, // not in the released version
	{"", 40165}: {model.CodeWeChatPage, nil}, // the same, at links

	// Messages and texts.
	{"", 43101}: {model.CodeWeChatNotGranted, nil},  // not subscribed, or the grant is spent
	{"", 45168}: {model.CodeWeChatContentRule, nil}, // sensitive word
	{"", 47003}: {model.CodeWeChatContentRule, nil}, // data breaks a rule of the template
	{"", 61010}: {model.CodeWeChatIdle, nil},        // not seen within two hours

	// Faults of ours: what was asked for cannot be had.
	{"", 40002}: {model.CodeWeChatRefused, nil}, // grant_type
	{"", 40003}: {model.CodeWeChatRefused, nil}, // openid of another app
	{"", 43104}: {model.CodeWeChatRefused, nil}, // the same, at the text check
	{"", 40097}: {model.CodeWeChatRefused, nil}, // invalid arguments
	{"", 40129}: {model.CodeWeChatRefused, nil}, // scene
	{"", 40169}: {model.CodeWeChatRefused, nil}, // length of the scene
	{"", 40212}: {model.CodeWeChatRefused, nil}, // query
	{"", 41008}: {model.CodeWeChatRefused, nil}, // login code missing
	{"", 43002}: {model.CodeWeChatRefused, nil}, // POST needed
	{"", 44002}: {model.CodeWeChatRefused, nil}, // empty body
	{"", 47001}: {model.CodeWeChatRefused, nil}, // JSON not understood
	{"", 85096}: {model.CodeWeChatRefused, nil}, // scancode_time is reserved
	{"", 85401}: {model.CodeWeChatRefused, nil}, // life of a link
}
