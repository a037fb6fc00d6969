package api

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"countersign/model"
	"countersign/service"
)

// The pictures of publish codes.
const (
	qrSmallest = 128 // pixels
	qrUsual    = 512
	qrLargest  = 2048
)

var qrLevels = []string{"low", "medium", "quartile", "high"}

func (a *API) scanPNG(c *gin.Context) { a.scanPicture(c, service.QR{}, "image/png") }

func (a *API) scanSVG(c *gin.Context) { a.scanPicture(c, service.QR{SVG: true}, "image/svg+xml") }

// scanPicture draws a publish code, for pages and mini-programs, whose pictures carry no
// session. The address is the link with a file's name behind it, and tells no more.
func (a *API) scanPicture(c *gin.Context, f service.QR, kind string) {
	err := formOf(c, &f)
	if err != nil {
		writeProblem(c, err)
		return
	}
	raw, name, err := a.Service.Tickets.Picture(c.Request.Context(), a.anyone(c), c.Param("token"), f)
	if err != nil {
		writeProblem(c, err)
		return
	}
	tag := strconv.Quote(name)
	c.Header("ETag", tag)
	c.Header("Cache-Control", "private, max-age=3600") // a revoked code's picture leads nowhere
	if c.GetHeader("If-None-Match") == tag {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, kind, raw)
}

// formOf reads the form that is asked for.
func formOf(c *gin.Context, f *service.QR) error {
	var bad []model.FieldError
	if f.Level = c.DefaultQuery("level", "medium"); !slices.Contains(qrLevels, f.Level) {
		bad = append(bad, model.Field("level", "unknown"))
	}
	if !f.SVG {
		var err error
		f.Size, err = strconv.Atoi(c.DefaultQuery("size", strconv.Itoa(qrUsual)))
		if err != nil || f.Size < qrSmallest || f.Size > qrLargest {
			bad = append(bad, model.Field("size", "out_of_range"))
		}
	}
	if len(bad) > 0 {
		return model.Invalid(bad...)
	}
	return nil
}
