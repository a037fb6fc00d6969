package sandbox

import (
	"net/http"
	"strconv"
)

// The modes of the model. Each shows something that models, or their servers, do.
const (
	ModeHold         Mode = "hold"          // no answer until release, or until the caller hangs up
	ModeNonsense     Mode = "nonsense"      // the content is no JSON
	ModeWrongSchema  Mode = "wrong_schema"  // the content is JSON of another shape
	ModeForeignQuote Mode = "foreign_quote" // one finding, whose quote is not in the text
	ModeRefusal      Mode = "refusal"       // message.refusal, and content is null
	ModeCutShort     Mode = "cut_short"     // half the content, finish_reason is length
)

var modelModes = []Mode{"", ModeBare, ModeHold, ModeNonsense, ModeWrongSchema, ModeForeignQuote, ModeRefusal, ModeCutShort}

// bend changes what the model says.
func (c choice) bend(mode Mode) choice {
	switch mode {
	case ModeNonsense:
		c.content = "好的！以下是我的审核意见：\n- 文章整体不错 {"
	case ModeWrongSchema:
		c.content = `{"issues":[{"level":5,"text":["?"]}],"findings":"none"}`
	case ModeForeignQuote:
		f := Finding{"model.exaggeration", "warn", "这句话并不在文章里", "夸张", "删除"}
		c.content = wordFindings([]map[string]string{f.with(findingFields)})
	case ModeRefusal:
		c.content, c.refusal = "", "抱歉，我无法协助处理该请求。"
	case ModeCutShort:
		half := []rune(c.content)
		c.content, c.finish = string(half[:len(half)/2]), "length"
	default: // the other modes do not change what is said
	}
	return c
}

// apiError is a refusal in the words of the API.
type apiError struct {
	status              int
	message, kind, code string
	param               string // "" is null
}

func badRequest(message, param string) *apiError {
	return &apiError{http.StatusBadRequest, message, "invalid_request_error", "invalid_value", param}
}

func (e apiError) reply() reply {
	body := map[string]any{"message": e.message, "type": e.kind, "code": e.code, "param": nil}
	if e.param != "" {
		body["param"] = e.param
	}
	a := answer(map[string]any{"error": body})
	a.status = e.status
	return a
}

// scriptedError is the API's own error with a status.
func scriptedError(f Fault) apiError {
	switch f.HTTPStatus {
	case http.StatusTooManyRequests:
		return apiError{f.HTTPStatus, "Rate limit reached.", "requests", "rate_limit_exceeded", ""}
	case http.StatusUnauthorized:
		return apiError{f.HTTPStatus, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key", ""}
	}
	return apiError{f.HTTPStatus, "The server had an error while processing your request.", "server_error", "server_error", ""}
}

// writeAPIError says when to come again if the caller came too often.
func writeAPIError(rw http.ResponseWriter, e apiError) {
	if e.status == http.StatusTooManyRequests {
		rw.Header().Set("Retry-After", "2") // seconds
	}
	e.reply().write(rw)
}

// scriptedCode is the answer of a fault with a code of its own.
func scriptedCode(code int64, msg string) reply {
	return apiError{http.StatusBadRequest, msg, "invalid_request_error", strconv.FormatInt(code, 10), ""}.reply()
}
