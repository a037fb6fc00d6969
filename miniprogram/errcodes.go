package miniprogram

import (
	"time"

	"countersign/model"
	"countersign/platform"
)

// meanings is the one table of errcodes; source: the error tables of the pages
// under developers.weixin.qq.com/miniprogram/dev/server/API.
var meanings = platform.Meanings{
	platform.Anywhere: {
		// Faults and limits that pass.
		-1:    {Code: model.CodeWeChatBusy, Retry: platform.After(time.Second)}, // system busy
		44990: {Code: model.CodeWeChatBusy, Retry: platform.After(time.Second)}, // per-second limit
		43108: {Code: model.CodeWeChatBusy, Retry: platform.After(time.Second)}, // two messages to one person at once
		44991: {Code: model.CodeWeChatBusy, Retry: platform.NextMinute},         // per-minute limit
		45011: {Code: model.CodeWeChatBusy, Retry: platform.NextMinute},         // per-minute quota
		44993: {Code: model.CodeWeChatQuota, Retry: platform.NextDay},           // per-day limit
		45009: {Code: model.CodeWeChatQuota, Retry: platform.NextDay},           // daily quota
		85406: {Code: model.CodeWeChatQuota, Retry: platform.NextDay},           // daily opens of links

		// The access token, after the one retry that a different token allows.
		40001: {Code: model.CodeWeChatBusy, Retry: platform.After(time.Second)}, // not the latest
		40014: {Code: model.CodeWeChatBusy, Retry: platform.After(time.Second)}, // invalid
		42001: {Code: model.CodeWeChatBusy, Retry: platform.After(time.Second)}, // expired
		41001: {Code: model.CodeWeChatRefused},                                  // no token sent
		42007: {Code: model.CodeWeChatRefused},                                  // not about this token

		// Login.
		40029: {Code: model.CodeWeChatCodeUsed}, // code unknown or expired
		40163: {Code: model.CodeWeChatCodeUsed}, // code used
		40226: {Code: model.CodeWeChatRiskUser}, // high-risk user

		// The operator must act.
		40013: {Code: model.CodeWeChatConfig},                                        // AppID; at links: generation banned
		40125: {Code: model.CodeWeChatConfig},                                        // AppSecret
		40164: {Code: model.CodeWeChatConfig},                                        // our address is not in the allow-list
		40243: {Code: model.CodeWeChatConfig},                                        // AppSecret frozen
		41002: {Code: model.CodeWeChatConfig},                                        // AppID missing
		41004: {Code: model.CodeWeChatConfig},                                        // AppSecret missing
		48001: {Code: model.CodeWeChatConfig},                                        // the account lacks this interface
		48004: {Code: model.CodeWeChatConfig},                                        // interface banned
		50002: {Code: model.CodeWeChatConfig},                                        // account limited
		50004: {Code: model.CodeWeChatConfig},                                        // token interface forbidden
		50007: {Code: model.CodeWeChatConfig},                                        // account frozen
		61024: {Code: model.CodeWeChatConfig},                                        // the appid belongs to a third-party platform
		89503: {Code: model.CodeWeChatConfig},                                        // waits for the administrator
		89506: {Code: model.CodeWeChatConfig, Retry: platform.After(24 * time.Hour)}, // refused for a day
		89507: {Code: model.CodeWeChatConfig, Retry: platform.After(time.Hour)},      // refused for an hour
		85079: {Code: model.CodeWeChatConfig},                                        // nothing released yet
		85402: {Code: model.CodeWeChatConfig},                                        // bad env_version
		85407: {Code: model.CodeWeChatConfig},                                        // no permission
		85408: {Code: model.CodeWeChatConfig},                                        // generation banned
		40037: {Code: model.CodeWeChatConfig},                                        // unknown template
		43107: {Code: model.CodeWeChatConfig},                                        // messages banned

		// Pages.
		41030: {Code: model.CodeWeChatPage}, // not in the released version
		40165: {Code: model.CodeWeChatPage}, // the same, at links

		// Messages and texts.
		43101: {Code: model.CodeWeChatNotGranted},  // not subscribed, or the grant is spent
		45168: {Code: model.CodeWeChatContentRule}, // sensitive word
		47003: {Code: model.CodeWeChatContentRule}, // data breaks a rule of the template
		61010: {Code: model.CodeWeChatIdle},        // not seen within two hours

		// Faults of ours: what was asked for cannot be had.
		40002: {Code: model.CodeWeChatRefused}, // grant_type
		40003: {Code: model.CodeWeChatRefused}, // openid of another app
		43104: {Code: model.CodeWeChatRefused}, // the same, at the text check
		40097: {Code: model.CodeWeChatRefused}, // invalid arguments
		40129: {Code: model.CodeWeChatRefused}, // scene
		40169: {Code: model.CodeWeChatRefused}, // length of the scene
		40212: {Code: model.CodeWeChatRefused}, // query
		41008: {Code: model.CodeWeChatRefused}, // login code missing
		43002: {Code: model.CodeWeChatRefused}, // POST needed
		44002: {Code: model.CodeWeChatRefused}, // empty body
		47001: {Code: model.CodeWeChatRefused}, // JSON not understood
		85096: {Code: model.CodeWeChatRefused}, // scancode_time is reserved
		85401: {Code: model.CodeWeChatRefused}, // life of a link
	},
	atToken: {
		40001: {Code: model.CodeWeChatConfig}, // wrong AppSecret
	},
	atURLLink: {
		40002: {Code: model.CodeWeChatConfig}, // a personal account has no links
	},
}
