package api

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"countersign/service"
)

const qrUsual = "512" // pixels

func (a *API) scanPNG(c *gin.Context) {
	size, err := strconv.Atoi(c.DefaultQuery("size", qrUsual))
	if err != nil {
		size = 0 // refused like any other that is not offered
	}
	a.scanPicture(c, service.QR{Size: size}, "image/png")
}

func (a *API) scanSVG(c *gin.Context) { a.scanPicture(c, service.QR{SVG: true}, "image/svg+xml") }

// scanPicture draws a publish code, for pages and mini-programs, whose pictures carry no
// session. The address is the link with a file's name behind it, and tells no more.
func (a *API) scanPicture(c *gin.Context, f service.QR, kind string) {
	f.Level = c.DefaultQuery("level", "medium")
	raw, name, err := a.Service.Tickets.Picture(c.Request.Context(), a.anyone(c), c.Param("token"), f)
	if err != nil {
		writeProblem(c, err)
		return
	}
	h := c.Writer.Header()
	h.Set("Content-Type", kind)
	h.Set("ETag", strconv.Quote(name))
	h.Set("Cache-Control", "private, max-age=3600") // a revoked code's picture leads nowhere
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, bytes.NewReader(raw))
}
