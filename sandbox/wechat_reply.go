package sandbox

import (
	"encoding/json"
	"strconv"
)

// refuse is WeChat's way to say no: status 200 and an errcode.
func (c *call) refuse(code int64, msg string) reply {
	if c.mode == ModeStringCode {
		return answer(map[string]any{"errcode": strconv.FormatInt(code, 10), "errmsg": msg + " rid: " + c.rid})
	}
	return answer(map[string]any{"errcode": code, "errmsg": msg + " rid: " + c.rid})
}

// decode reads the call's JSON body; false means WeChat would not understand it.
func (c *call) decode(v any) bool { return json.Unmarshal(c.body, v) == nil }
