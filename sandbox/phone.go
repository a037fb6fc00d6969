package sandbox

import (
	"embed"
	"io/fs"
	"net/http"
)

// The mini-program, compiled for browsers: make phone writes it again.
//
//go:embed phone
var phone embed.FS

// phonePolicy lets the page load what is its own and nothing else. The framework sets inline
// styles, as pages ask it to; style sheets are files.
const phonePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; " +
	"media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// PhonePath is where a Phone wants to be served, on the API's own origin: WeChat's requests
// know no origin, a browser's do.
const PhonePath = "/sandbox/phone/"

// Phone serves the mini-program in a browser, with WeChat's built-in tags and wx as
// stand-ins, and beside it what a phone has: whose WeChat it is, a camera, messages. It
// talks to the admin endpoints of a WeChat on the same origin.
func Phone() http.Handler {
	files, err := fs.Sub(phone, "phone")
	if err != nil {
		panic("sandbox: the phone is not embedded: " + err.Error())
	}
	serve := http.StripPrefix(PhonePath, http.FileServerFS(files))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", phonePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache") // another demo may have another one
		serve.ServeHTTP(w, r)
	})
}
