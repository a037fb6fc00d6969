package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"io"
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
// rely on the content type; the stand-ins use the honest one.
func answer(v any) reply {
	body, err := json.Marshal(v)
	if err != nil {
		panic("sandbox: cannot encode an answer: " + err.Error())
	}
	return reply{http.StatusOK, "application/json; charset=utf-8", body}
}

func (a reply) write(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", a.kind)
	rw.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	rw.WriteHeader(a.status)
	_, _ = rw.Write(a.body) // the caller may be gone; nobody else is left to tell
}

// readBody reads a request whole, and answers the mistake when it is too large.
func readBody(rw http.ResponseWriter, r *http.Request, limit int64) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, limit))
	if err != nil {
		http.Error(rw, "body too large or cut off", http.StatusBadRequest)
		return nil, false
	}
	return body, true
}

// randomBytes is n bytes of a random source, which must not fail.
func randomBytes(source io.Reader, n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(source, b); err != nil {
		panic("sandbox: random source: " + err.Error())
	}
	return b
}

// randomText is n random bytes as text that fits every identifier.
func randomText(source io.Reader, n int) string {
	return base64.RawURLEncoding.EncodeToString(randomBytes(source, n))
}
