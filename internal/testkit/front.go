package testkit

import (
	"net/http"

	"countersign/sandbox"
)

// Front serves the API, the stand-in for WeChat and the phone on one origin, as a demo does.
func (a *App) Front(api http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(sandbox.PhonePath, sandbox.Phone())
	mux.Handle("/sandbox/", a.Sandbox)
	mux.Handle("/", api)
	return mux
}
