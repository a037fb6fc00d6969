package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// reply is an answer held back until the fault of the call has had its say.
type reply struct {
	status int
	kind   string // Content-Type
	body   []byte
}

// answer is a JSON reply. WeChat labels JSON as text in places, so callers must not
// rely on the content type; the stand-in uses the honest one.
func answer(v any) reply {
	body, err := json.Marshal(v)
	if err != nil {
		panic("sandbox: cannot encode an answer: " + err.Error())
	}
	return reply{http.StatusOK, "application/json; charset=utf-8", body}
}

// refuse is WeChat's way to say no: status 200 and an errcode.
func (c *call) refuse(code int64, msg string) reply {
	if c.mode == ModeStringCode {
		return answer(map[string]any{"errcode": strconv.FormatInt(code, 10), "errmsg": msg + " rid: " + c.rid})
	}
	return answer(map[string]any{"errcode": code, "errmsg": msg + " rid: " + c.rid})
}

// decode reads the call's JSON body; false means WeChat would not understand it.
func (c *call) decode(v any) bool { return json.Unmarshal(c.body, v) == nil }

func (a reply) write(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", a.kind)
	rw.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	rw.WriteHeader(a.status)
	_, _ = rw.Write(a.body) // the caller may be gone; nobody else is left to tell
}
