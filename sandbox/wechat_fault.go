package sandbox

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Mode bends an answer of the stand-in in a named way.
type Mode string

// The modes. Each shows something the real WeChat does, or may do.
const (
	ModePNG        Mode = "png"             // getwxacodeunlimit answers image/png
	ModeShortLife  Mode = "short_life"      // a token comes with 300 seconds left
	ModeBare       Mode = "bare"            // success without any field: {}
	ModeStringCode Mode = "string_errcode"  // errcode as a string, as in some official examples
	ModeFraction   Mode = "fractional_prob" // msg_sec_check answers a prob such as 90.5
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
	ErrMsg     string `json:"errmsg"` // goes with ErrCode; default "scripted"
	HTTPStatus int    `json:"http_status"`
	HTML       bool   `json:"html"`  // a page with status 200, as from a gateway
	Empty      bool   `json:"empty"` // status 200, no body

	// After acting:
	Truncate        bool `json:"truncate"`          // half the answer, then the line is cut
	DropAfterActing bool `json:"drop_after_acting"` // no answer, the line is cut
}

// Fault scripts f; faults for the same endpoint are used up in the order given.
func (w *WeChat) Fault(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	if len(w.faults) >= maxFaults {
		w.faults = append(w.faults[:0], w.faults[1:]...)
	}
	w.faults = append(w.faults, f)
}

// takeFault uses up one call of the first fault for path; w.mu is held.
func (w *WeChat) takeFault(path string) Fault {
	for i, f := range w.faults {
		if f.Path != "" && f.Path != path {
			continue
		}
		if f.Every > 1 && w.calls[path]%f.Every != 0 {
			continue
		}
		if w.faults[i].Times--; w.faults[i].Times == 0 {
			w.faults = append(w.faults[:i], w.faults[i+1:]...)
		}
		return f
	}
	return Fault{}
}

func (w *WeChat) clearFaults() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = nil
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

// insteadOf is the answer of a fault under which the endpoint does not act.
func (c *call) insteadOf(f Fault) (reply, bool) {
	const page = "<html><body>Bad Gateway</body></html>"
	switch {
	case f.ErrCode != 0 && f.ErrMsg == "":
		return c.refuse(f.ErrCode, "scripted"), true
	case f.ErrCode != 0:
		return c.refuse(f.ErrCode, f.ErrMsg), true
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
