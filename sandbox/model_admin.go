package sandbox

import "net/http"

// adminRoutes is the table in the comment of Model.
func (m *Model) adminRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sandbox/model/release", button(m.Release))
	m.pages(mux, "/sandbox/model")
	return mux
}

// Release lets the calls go on that ModeHold holds now; one that the stats count already
// is among them.
func (m *Model) Release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.gate)
	m.gate = make(chan struct{})
}
