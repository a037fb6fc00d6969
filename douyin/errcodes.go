package douyin

import (
	"time"

	"countersign/model"
	"countersign/platform"
)

// meanings is the one table of codes; source: the page status-code and the pages of the
// endpoints under developer.open-douyin.com/docs.
var meanings = platform.Meanings{
	platform.Anywhere: {
		// Faults and limits that pass.
		2100004:  {Code: model.CodeDouyinBusy, Retry: platform.After(time.Second)},      // system busy
		28001005: {Code: model.CodeDouyinBusy, Retry: platform.After(time.Second)},      // internal fault
		28001006: {Code: model.CodeDouyinBusy, Retry: platform.After(time.Second)},      // network fault
		28003018: {Code: model.CodeDouyinBusy, Retry: platform.After(10 * time.Second)}, // too frequent
		2190001:  {Code: model.CodeDouyinQuota, Retry: platform.NextDay},                // quota used up
		28003017: {Code: model.CodeDouyinQuota, Retry: platform.NextDay},                // the same, new series

		// The client_token, after the one retry that another token allows.
		10008:    {Code: model.CodeDouyinBusy, Retry: platform.After(time.Second)}, // invalid or expired
		2190002:  {Code: model.CodeDouyinBusy, Retry: platform.After(time.Second)}, // invalid
		2190008:  {Code: model.CodeDouyinBusy, Retry: platform.After(time.Second)}, // expired
		28001003: {Code: model.CodeDouyinBusy, Retry: platform.After(time.Second)}, // invalid
		28001008: {Code: model.CodeDouyinBusy, Retry: platform.After(time.Second)}, // expired

		// The operator must act.
		10003:    {Code: model.CodeDouyinConfig}, // client_key unknown
		10013:    {Code: model.CodeDouyinConfig}, // client_key or secret wrong
		10004:    {Code: model.CodeDouyinConfig}, // the app lacks the scope
		2190004:  {Code: model.CodeDouyinConfig}, // the app lacks the capability
		28001018: {Code: model.CodeDouyinConfig}, // the same, new series
		2190016:  {Code: model.CodeDouyinConfig}, // the app is banned or offline
		28001016: {Code: model.CodeDouyinConfig}, // the same, new series
		28001014: {Code: model.CodeDouyinConfig}, // the app has no capability
		28001019: {Code: model.CodeDouyinConfig}, // the capability is banned
		28001056: {Code: model.CodeDouyinConfig}, // the API is retired

		// Faults of ours, and what concerns people who log in: nobody does here.
		10002:    {Code: model.CodeDouyinRefused}, // parameter wrong
		10005:    {Code: model.CodeDouyinRefused}, // parameter missing
		10006:    {Code: model.CodeDouyinRefused}, // redirect address
		10007:    {Code: model.CodeDouyinRefused}, // code expired
		10010:    {Code: model.CodeDouyinRefused}, // refresh_token
		10014:    {Code: model.CodeDouyinRefused}, // client_key of another code
		10015:    {Code: model.CodeDouyinRefused}, // kind of app
		10020:    {Code: model.CodeDouyinRefused}, // elsewhere: renewals used up
		2100005:  {Code: model.CodeDouyinRefused}, // parameter; at get_share also expire_at
		28001007: {Code: model.CodeDouyinRefused}, // the same, new series
		2100007:  {Code: model.CodeDouyinRefused}, // no right
		2100009:  {Code: model.CodeDouyinRefused}, // the person is banned from this
		2190003:  {Code: model.CodeDouyinRefused}, // the person did not grant this
		28001012: {Code: model.CodeDouyinRefused}, // the same, new series
		2190005:  {Code: model.CodeDouyinRefused}, // file too big
		2190006:  {Code: model.CodeDouyinRefused}, // over 15 minutes
		2190007:  {Code: model.CodeDouyinRefused}, // video id
		2190015:  {Code: model.CodeDouyinRefused}, // token and open_id do not match
		28001015: {Code: model.CodeDouyinRefused}, // the same, new series
		2114005:  {Code: model.CodeDouyinRefused}, // the person may not post
		2114007:  {Code: model.CodeDouyinRefused}, // the person's posts of the day
	},
	atToken: {
		10020: {Code: model.CodeDouyinBusy, Retry: platform.After(5 * time.Minute)}, // over 500 in 5 minutes
	},
	atStable: {
		10020: {Code: model.CodeDouyinBusy, Retry: platform.After(5 * time.Minute)}, // the same
	},
}

// againCodes: a fault that passes so soon that the call is made once more at once.
var againCodes = map[int64]bool{2100004: true, 28001005: true, 28001006: true}

// staleCodes: Douyin does not accept the token or the ticket; the call was not carried out.
var staleCodes = map[int64]bool{10008: true, 2190002: true, 2190008: true, 28001003: true, 28001008: true}

// lackCodes: the app does not have the capability that the endpoint needs.
var lackCodes = map[int64]bool{2190004: true, 28001018: true}

// retired is the code of an API that is not there any more.
const retired = 28001056
