package sandbox

import (
	"encoding/json"
	"net/http"
)

// pages adds the admin pages that every stand-in has, below its prefix.
func (s *script) pages(mux *http.ServeMux, prefix string) {
	mux.HandleFunc("POST "+prefix+"/faults", s.postFault)
	mux.HandleFunc("DELETE "+prefix+"/faults", button(s.forget))
	mux.HandleFunc("GET "+prefix+"/stats", shown(s.Stats))
}

func (s *script) postFault(rw http.ResponseWriter, r *http.Request) {
	var f Fault
	if readAdmin(rw, r, &f) && s.accepts(rw, f) {
		s.Fault(f)
		rw.WriteHeader(http.StatusNoContent)
	}
}

// accepts answers the mistake when a fault could never happen here.
func (s *script) accepts(rw http.ResponseWriter, f Fault) bool {
	wrong := s.wrong(f)
	if wrong != "" {
		adminError(rw, http.StatusUnprocessableEntity, wrong)
	}
	return wrong == ""
}

// button is an admin page that takes nothing and does something.
func button(press func()) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		press()
		rw.WriteHeader(http.StatusNoContent)
	}
}

// shown is an admin page that shows something.
func shown[V any](look func() V) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) { answer(look()).write(rw) }
}

// items is a list as admin pages show it.
func items[V any](list func() []V) func() map[string][]V {
	return func() map[string][]V { return map[string][]V{"items": list()} }
}

func adminError(rw http.ResponseWriter, status int, msg string) {
	a := answer(map[string]string{"error": msg})
	a.status = status
	a.write(rw)
}

// readAdmin decodes a strict JSON body, and answers the mistake when it is none.
func readAdmin(rw http.ResponseWriter, r *http.Request, v any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		adminError(rw, http.StatusBadRequest, "not the JSON this endpoint takes: "+err.Error())
		return false
	}
	return true
}
