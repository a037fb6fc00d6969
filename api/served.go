package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

const (
	serveTime = time.Hour        // for one answer, however long the film is
	stallTime = 60 * time.Second // for each piece of it: who does not read is dropped

	mostRanges = 8 // of one request; whoever wants more gets the whole file
)

// serveMedia answers a signed address: whole or in ranges, with HEAD, and cached by who
// holds the address for as long as it holds.
func (a *API) serveMedia(c *gin.Context) {
	ctx, cancel := context.WithTimeout(lifetime(c.Request.Context()), serveTime)
	defer cancel()
	thumb := c.FullPath() == "/media/:id/thumb"
	f, err := a.Service.Media.Serve(ctx, c.Param("id"), thumb, c.Query("exp"), c.Query("sig"))
	if err != nil {
		writeProblem(c, err)
		return
	}
	defer func() { _ = f.Close() }()
	h := c.Writer.Header()
	name, kind, tag := f.Media.Name, f.Media.Mime, f.Media.SHA256
	if thumb {
		name, kind, tag = "thumb.jpg", "image/jpeg", tag+"-thumb"
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // the mini-program and the console's preview show it
	h.Set("Cache-Control", "private, max-age="+strconv.Itoa(int(f.Left.Seconds()))+", immutable")
	h.Set("ETag", `"`+tag+`"`)
	if ranges := c.Request.Header.Get("Range"); strings.Count(ranges, ",") >= mostRanges {
		c.Request.Header.Del("Range") // thousands of pieces would be as many requests to the store
	}
	w := patient{c.Writer, http.NewResponseController(c.Writer)}
	http.ServeContent(w, c.Request.WithContext(ctx), "", f.Media.UpdatedAt, f)
}

// patient gives each piece of an answer its own time, in place of one for the whole.
type patient struct {
	http.ResponseWriter
	rc *http.ResponseController
}

// Write sends a piece.
func (p patient) Write(b []byte) (int, error) {
	_ = p.rc.SetWriteDeadline(time.Now().Add(stallTime)) // a recorder in a test has none
	return p.ResponseWriter.Write(b)
}

// slowBody gives each piece of a body its own time.
type slowBody struct {
	io.Reader
	rc *http.ResponseController
}

// Read takes a piece.
func (s slowBody) Read(p []byte) (int, error) {
	_ = s.rc.SetReadDeadline(time.Now().Add(stallTime))
	return s.Reader.Read(p)
}

// unhurried lifts the server's limits on one request from a slow line: each piece of its
// body may take stallTime, and the answer may come when all of it has.
func unhurried(w http.ResponseWriter, body io.Reader, whole time.Duration) io.Reader {
	rc := http.NewResponseController(w)
	_ = rc.SetWriteDeadline(time.Now().Add(whole + stallTime))
	return slowBody{body, rc}
}
