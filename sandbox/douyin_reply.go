package sandbox

import (
	"encoding/json"
	"strconv"
)

// series is one of the three ways in which Douyin words its answers.
type series int

const (
	seriesOAuth   series = iota // {data: {error_code, …}, message}
	seriesClassic               // {data: {error_code, …}, extra: {error_code, logid, now, …}}
	seriesV1                    // {err_no, err_msg, log_id, data}
)

// ModeLogID names the log id of the classic series log_id, as in some official examples.
const ModeLogID Mode = "log_id"

var douyinModes = []Mode{"", ModeShortLife, ModeBare, ModeStringCode, ModeLogID}

// refusal is one reason for a no; each series has its own code for it.
type refusal struct {
	oauth, classic, v1 int64
	text               string
}

var (
	refuseParam     = refusal{10002, 2100005, 28001007, "参数不合法"}
	refuseMissing   = refusal{10005, 2100005, 28001007, "缺少参数"}
	refuseClientKey = refusal{oauth: 10003, text: "client_key 不存在"}
	refuseSecret    = refusal{oauth: 10013, text: "client_key 或者 client_secret 不正确"}
	refuseTooOften  = refusal{oauth: 10020, text: "操作过于频繁"}
	refuseToken     = refusal{classic: 2190002, v1: 28001003, text: "access_token 无效"}
	refuseTokenOver = refusal{classic: 2190008, v1: 28001008, text: "access_token 已过期"}
	refuseScope     = refusal{classic: 2190004, v1: 28001018, text: "应用未获得该能力"}
	refuseQuota     = refusal{classic: 2190001, v1: 28003017, text: "quota 已用完"}
)

// refuse says no in the words of the call's series.
func (c *douyinCall) refuse(why refusal) reply {
	code := map[series]int64{seriesOAuth: why.oauth, seriesClassic: why.classic, seriesV1: why.v1}[c.series]
	return c.envelope(code, why.text, map[string]any{})
}

// badParam names the parameter that is wrong.
func (c *douyinCall) badParam(name string) reply {
	why := refuseParam
	why.text += ": " + name
	return c.refuse(why)
}

// scripted is the answer of a fault with a code.
func (c *douyinCall) scripted(code int64, msg string) reply {
	return c.envelope(code, msg, map[string]any{})
}

// succeed answers with data, which it completes.
func (c *douyinCall) succeed(data map[string]any) reply { return c.envelope(0, "", data) }

// envelope wraps data in the way of the call's series.
func (c *douyinCall) envelope(code int64, msg string, data map[string]any) reply {
	if c.series == seriesV1 {
		return answer(map[string]any{"data": data, "err_no": c.number(code), "err_msg": msg, "log_id": c.logID})
	}
	data["error_code"], data["description"] = c.number(code), msg
	if c.series == seriesClassic {
		return answer(map[string]any{"data": data, "extra": c.extra(code, msg)})
	}
	data["captcha"], data["desc_url"] = "", ""
	if code != 0 {
		return answer(map[string]any{"data": data, "message": "error"})
	}
	return answer(map[string]any{"data": data, "message": "success"})
}

// extra repeats the code; now is in milliseconds.
func (c *douyinCall) extra(code int64, msg string) map[string]any {
	name := "logid"
	if c.mode == ModeLogID {
		name = "log_id"
	}
	return map[string]any{
		"error_code": c.number(code), "description": msg, "sub_error_code": c.number(0), "sub_description": "",
		name: c.logID, "now": c.d.opts.Now().UnixMilli(),
	}
}

func (c *douyinCall) number(n int64) any {
	if c.mode == ModeStringCode {
		return strconv.FormatInt(n, 10)
	}
	return n
}

// decode reads the call's JSON body; false means Douyin would not understand it.
func (c *douyinCall) decode(v any) bool {
	return isJSON(c.r.Header.Get("Content-Type")) && json.Unmarshal(c.body, v) == nil
}
