package sandbox

import "slices"

// The modes of WeChat alone. Each shows something the real WeChat does, or may do.
const (
	ModePNG      Mode = "png"             // getwxacodeunlimit answers image/png
	ModeFraction Mode = "fractional_prob" // msg_sec_check answers a prob such as 90.5
)

var weChatModes = []Mode{"", ModeShortLife, ModeBare, ModeStringCode, ModePNG, ModeFraction}

// Fault scripts f; faults for the same endpoint are used up in the order given.
func (w *WeChat) Fault(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.script.add(f)
}

// wrongFault is what is wrong with a fault, "" when nothing is.
func (w *WeChat) wrongFault(f Fault) string {
	_, known := endpointAt(f.Path)
	switch {
	case f.Path != "" && !known:
		return "no such endpoint"
	case !slices.Contains(weChatModes, f.Mode):
		return "no such mode"
	}
	return ""
}

func (w *WeChat) clearFaults() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.script.clear()
}
