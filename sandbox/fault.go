package sandbox

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Mode bends an answer of a stand-in in a named way; each stand-in knows its own.
type Mode string

// The modes that more than one stand-in knows.
const (
	ModeShortLife  Mode = "short_life"     // a token or ticket comes with 300 seconds left
	ModeBare       Mode = "bare"           // success without any field: {}
	ModeStringCode Mode = "string_errcode" // the code as a string, as in some official examples
)

// Fault scripts what happens to the next calls of one endpoint.
type Fault struct {
	Path  string `json:"path"`  // "/sns/jscode2session"; "" is any endpoint
	Times int    `json:"times"` // how many calls; 0 is one, below 0 is every call until the faults are deleted

	Every int `json:"every"` // only every n-th call of its endpoint; 0 is each

	DelayMS int  `json:"delay_ms"` // before anything else; a caller that hangs up meanwhile is not acted for
	Mode    Mode `json:"mode"`

	// Instead of acting, the first that is set:
	ErrCode    int64  `json:"errcode"`
	ErrMsg     string `json:"errmsg"`      // goes with ErrCode; default "scripted"
	HTTPStatus int    `json:"http_status"` // with a page; the model answers its own error
	HTML       bool   `json:"html"`        // a page with status 200, as from a gateway
	Empty      bool   `json:"empty"`       // status 200, no body

	// After acting:
	Truncate        bool `json:"truncate"`          // half the answer, then the line is cut
	DropAfterActing bool `json:"drop_after_acting"` // no answer, the line is cut
}

// script is the faults to come and the calls so far of a stand-in.
type script struct {
	known func(path string) bool // an endpoint of its
	modes []Mode                 // that it has

	mu     sync.Mutex
	faults []Fault
	calls  map[string]int
}

func newScript(known func(path string) bool, modes []Mode) *script {
	return &script{known: known, modes: modes, calls: make(map[string]int)}
}

// wrong is what is wrong with a fault, "" when nothing is.
func (s *script) wrong(f Fault) string {
	switch {
	case f.Path != "" && !s.known(f.Path):
		return "no such endpoint"
	case !slices.Contains(s.modes, f.Mode):
		return "no such mode"
	}
	return ""
}

// Fault scripts f; faults for the same endpoint are used up in the order given.
func (s *script) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	if len(s.faults) >= maxFaults {
		s.faults = append(s.faults[:0], s.faults[1:]...)
	}
	s.faults = append(s.faults, f)
}

// forget drops every fault to come.
func (s *script) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Stats is how often each endpoint was called, refused calls included.
func (s *script) Stats() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// begin counts a call and uses up one call of the first fault for its path.
func (s *script) begin(path string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[path]++
	for i, f := range s.faults {
		if f.Path != "" && f.Path != path {
			continue
		}
		if f.Every > 1 && s.calls[path]%f.Every != 0 {
			continue
		}
		if s.faults[i].Times--; s.faults[i].Times == 0 {
			s.faults = append(s.faults[:i], s.faults[i+1:]...)
		}
		return f
	}
	return Fault{}
}

// wait sits out the delay; false when the caller hung up.
func (f Fault) wait(ctx context.Context) bool {
	if f.DelayMS <= 0 {
		return true
	}
	t := time.NewTimer(time.Duration(f.DelayMS) * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// insteadOf is the answer of a fault under which the endpoint does not act; refuse
// words a code as the endpoint does.
func (f Fault) insteadOf(refuse func(code int64, msg string) reply) (reply, bool) {
	const page = "<html><body>Bad Gateway</body></html>"
	switch {
	case f.ErrCode != 0 && f.ErrMsg == "":
		return refuse(f.ErrCode, "scripted"), true
	case f.ErrCode != 0:
		return refuse(f.ErrCode, f.ErrMsg), true
	case f.HTTPStatus != 0:
		return reply{f.HTTPStatus, "text/html", []byte(page)}, true
	case f.HTML:
		return reply{http.StatusOK, "text/html", []byte(page)}, true
	case f.Empty:
		return reply{http.StatusOK, "application/json", nil}, true
	case f.Mode == ModeBare:
		return answer(struct{}{}), true
	}
	return reply{}, false
}

// spoil sends the answer, or breaks the line as the fault asks.
func (f Fault) spoil(rw http.ResponseWriter, a reply) {
	switch {
	case f.DropAfterActing:
		panic(http.ErrAbortHandler) // net/http's own way to cut the connection
	case f.Truncate:
		a.writeHalf(rw)
		panic(http.ErrAbortHandler)
	}
	a.write(rw)
}

// writeHalf promises the whole body and sends half of it.
func (a reply) writeHalf(rw http.ResponseWriter) {
	whole := len(a.body)
	rw.Header().Set("Content-Length", strconv.Itoa(whole))
	rw.Header().Set("Content-Type", a.kind)
	rw.WriteHeader(a.status)
	_, _ = rw.Write(a.body[:whole/2])
	_ = http.NewResponseController(rw).Flush()
}
