package sandbox

import "net/http"

// adminRoutes is the table in the comment of Model.
func (m *Model) adminRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sandbox/model/faults", m.postFault)
	mux.HandleFunc("DELETE /sandbox/model/faults", m.deleteFaults)
	mux.HandleFunc("POST /sandbox/model/release", m.postRelease)
	mux.HandleFunc("GET /sandbox/model/stats", m.getStats)
	return mux
}

func (m *Model) postFault(rw http.ResponseWriter, r *http.Request) {
	var f Fault
	if !readAdmin(rw, r, &f) {
		return
	}
	if wrong := m.wrongFault(f); wrong != "" {
		adminError(rw, http.StatusUnprocessableEntity, wrong)
		return
	}
	m.Fault(f)
	rw.WriteHeader(http.StatusNoContent)
}

func (m *Model) deleteFaults(rw http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	m.script.clear()
	m.mu.Unlock()
	rw.WriteHeader(http.StatusNoContent)
}

func (m *Model) postRelease(rw http.ResponseWriter, _ *http.Request) {
	m.Release()
	rw.WriteHeader(http.StatusNoContent)
}

// Release lets the calls go on that ModeHold holds now; one that the stats count already
// is among them.
func (m *Model) Release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.gate)
	m.gate = make(chan struct{})
}

func (m *Model) getStats(rw http.ResponseWriter, _ *http.Request) {
	answer(m.Stats()).write(rw)
}

// Stats is how often the API was called, refused calls included.
func (m *Model) Stats() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.script.stats()
}
