package douyin

import (
	"time"

	"countersign/model"
)

// meaning is what one of Douyin's codes is to the product.
type meaning struct {
	code  model.Code
	retry retryHint // nil: trying again does not help, or nobody knows when it will
	again bool      // the call itself may be repeated once at once
}

// retryHint says how long to wait, seen from now.
type retryHint func(now time.Time) time.Duration

func after(d time.Duration) retryHint {
	return func(time.Time) time.Duration { return d }
}

// beijing is where Douyin's days begin. That its quotas are counted by them is not on
// the pages at hand; a wrong guess costs one more refusal.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// nextDay is for quotas that are counted by the day.
func nextDay(now time.Time) time.Duration {
	y, m, d := now.In(beijing).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, beijing).Sub(now)
}

// place is a code at an endpoint; endpoint "" is every endpoint without a line of its own.
type place struct {
	at   endpoint
	code int64
}

// meaningOf looks a code up; one that is not in the table is CodeDouyinRefused.
func meaningOf(at endpoint, code int64) meaning {
	if m, ok := meanings[place{at, code}]; ok {
		return m
	}
	if m, ok := meanings[place{"", code}]; ok {
		return m
	}
	return meaning{code: model.CodeDouyinRefused}
}

// meanings is the one table of codes; source: the page status-code and the pages of the
// endpoints under developer.open-douyin.com/docs.
var meanings = map[place]meaning{
	// Faults and limits that pass.
	{"", 2100004}:     {code: model.CodeDouyinBusy, retry: after(time.Second), again: true}, // system busy
	{"", 28001005}:    {code: model.CodeDouyinBusy, retry: after(time.Second), again: true}, // internal fault
	{"", 28001006}:    {code: model.CodeDouyinBusy, retry: after(time.Second), again: true}, // network fault
	{"", 28003018}:    {code: model.CodeDouyinBusy, retry: after(10 * time.Second)},         // too frequent
	{atToken, 10020}:  {code: model.CodeDouyinBusy, retry: after(5 * time.Minute)},          // over 500 in 5 minutes
	{atStable, 10020}: {code: model.CodeDouyinBusy, retry: after(5 * time.Minute)},          // the same
	{"", 2190001}:     {code: model.CodeDouyinQuota, retry: nextDay},                        // quota used up
	{"", 28003017}:    {code: model.CodeDouyinQuota, retry: nextDay},                        // the same, new series

	// The client_token, after the one retry that another token allows.
	{"", 10008}:    {code: model.CodeDouyinBusy, retry: after(time.Second)}, // invalid or expired
	{"", 2190002}:  {code: model.CodeDouyinBusy, retry: after(time.Second)}, // invalid
	{"", 2190008}:  {code: model.CodeDouyinBusy, retry: after(time.Second)}, // expired
	{"", 28001003}: {code: model.CodeDouyinBusy, retry: after(time.Second)}, // invalid
	{"", 28001008}: {code: model.CodeDouyinBusy, retry: after(time.Second)}, // expired

	// The operator must act.
	{"", 10003}:    {code: model.CodeDouyinConfig}, // client_key unknown
	{"", 10013}:    {code: model.CodeDouyinConfig}, // client_key or secret wrong
	{"", 10004}:    {code: model.CodeDouyinConfig}, // the app lacks the scope
	{"", 2190004}:  {code: model.CodeDouyinConfig}, // the app lacks the capability
	{"", 28001018}: {code: model.CodeDouyinConfig}, // the same, new series
	{"", 2190016}:  {code: model.CodeDouyinConfig}, // the app is banned or offline
	{"", 28001016}: {code: model.CodeDouyinConfig}, // the same, new series
	{"", 28001014}: {code: model.CodeDouyinConfig}, // the app has no capability
	{"", 28001019}: {code: model.CodeDouyinConfig}, // the capability is banned
	{"", 28001056}: {code: model.CodeDouyinConfig}, // the API is retired

	// Faults of ours, and what concerns people who log in: nobody does here.
	{"", 10002}:    {code: model.CodeDouyinRefused}, // parameter wrong
	{"", 10005}:    {code: model.CodeDouyinRefused}, // parameter missing
	{"", 10006}:    {code: model.CodeDouyinRefused}, // redirect address
	{"", 10007}:    {code: model.CodeDouyinRefused}, // code expired
	{"", 10010}:    {code: model.CodeDouyinRefused}, // refresh_token
	{"", 10014}:    {code: model.CodeDouyinRefused}, // client_key of another code
	{"", 10015}:    {code: model.CodeDouyinRefused}, // kind of app
	{"", 10020}:    {code: model.CodeDouyinRefused}, // elsewhere: renewals used up
	{"", 2100005}:  {code: model.CodeDouyinRefused}, // parameter; at get_share also expire_at
	{"", 28001007}: {code: model.CodeDouyinRefused}, // the same, new series
	{"", 2100007}:  {code: model.CodeDouyinRefused}, // no right
	{"", 2100009}:  {code: model.CodeDouyinRefused}, // the person is banned from this
	{"", 2190003}:  {code: model.CodeDouyinRefused}, // the person did not grant this
	{"", 28001012}: {code: model.CodeDouyinRefused}, // the same, new series
	{"", 2190005}:  {code: model.CodeDouyinRefused}, // file too big
	{"", 2190006}:  {code: model.CodeDouyinRefused}, // over 15 minutes
	{"", 2190007}:  {code: model.CodeDouyinRefused}, // video id
	{"", 2190015}:  {code: model.CodeDouyinRefused}, // token and open_id do not match
	{"", 28001015}: {code: model.CodeDouyinRefused}, // the same, new series
	{"", 2114005}:  {code: model.CodeDouyinRefused}, // the person may not post
	{"", 2114007}:  {code: model.CodeDouyinRefused}, // the person's posts of the day
}

// staleCodes: Douyin does not accept the token or the ticket; the call was not carried out.
var staleCodes = map[int64]bool{10008: true, 2190002: true, 2190008: true, 28001003: true, 28001008: true}

// lackCodes: the app does not have the capability that the endpoint needs.
var lackCodes = map[int64]bool{2190004: true, 28001018: true}

// retired is the code of an API that is not there any more.
const retired = 28001056
