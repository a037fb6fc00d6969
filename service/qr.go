package service

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"github.com/skip2/go-qrcode"

	"countersign/model"
)

// QR draws a Post's code as a QR picture: PNG of size pixels, or SVG. The margin is the
// standard's four modules; at the highest level a logo may cover a tenth of its middle.
type QR struct {
	Size  int    // pixels, PNG only: 128 to 2048 in steps of 64
	Level string // of error correction: low, medium, quartile, high
	SVG   bool
}

// Picture draws the code of a token once for each form. Whoever has the token can draw it
// himself, so that this asks who wants it of nobody; a token that was never issued, or was
// revoked before its code was drawn, has none.
//
// name is the picture's own: the same picture has the same name.
func (s Tickets) Picture(ctx context.Context, c Call, token string, f QR) (raw []byte, name string, err error) {
	if err = f.Check(); err != nil {
		return nil, "", err
	}
	if kind, known := model.SceneKindOf(token); !known || kind != model.SceneTicket {
		return nil, "", s.missed(ctx, c, model.E(model.CodeTicketEnded))
	}
	hash := model.HashToken(token)
	name = f.key(hash)
	raw, err = s.cache.PictureOnce(ctx, name, codeLife, func(ctx context.Context) ([]byte, error) {
		if _, err := s.find(ctx, s.store.Reader, hash); err != nil {
			return nil, err
		}
		return f.draw(s.Link(token))
	})
	return raw, name, s.missed(ctx, c, err)
}

// The sizes of PNGs: steps, so that who has a link cannot fill the cache with thousands.
const (
	qrSmallest = 128
	qrLargest  = 2048
	qrStep     = 64
)

// Check finds what is wrong with a form.
func (f QR) Check() error {
	var bad []model.FieldError
	if _, known := qrLevels[f.Level]; !known {
		bad = append(bad, model.Field("level", "unknown"))
	}
	if !f.SVG && (f.Size < qrSmallest || f.Size > qrLargest || f.Size%qrStep != 0) {
		bad = append(bad, model.Field("size", "out_of_range"))
	}
	if len(bad) > 0 {
		return model.Invalid(bad...)
	}
	return nil
}

var qrLevels = map[string]qrcode.RecoveryLevel{"low": qrcode.Low, "medium": qrcode.Medium, "quartile": qrcode.High, "high": qrcode.Highest}

// key names a picture in the cache: whatever changes it is part of it.
func (f QR) key(tokenHash string) string {
	if f.SVG {
		return "qr:" + tokenHash + ":svg:" + f.Level
	}
	return "qr:" + tokenHash + ":" + strconv.Itoa(f.Size) + ":" + f.Level
}

// draw makes the picture of a text.
func (f QR) draw(text string) ([]byte, error) {
	code, err := qrcode.New(text, qrLevels[f.Level])
	if err != nil {
		return nil, model.E(model.CodeInternal).Because(fmt.Errorf("qr code: %w", err))
	}
	if f.SVG {
		return svg(code.Bitmap()), nil
	}
	return code.PNG(f.Size)
}

// svg draws modules as one path, a unit each, so that it is sharp at every size. The
// bitmap brings its quiet zone.
func svg(modules [][]bool) []byte {
	var b bytes.Buffer
	n := len(modules)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, n, n, n, n)
	for y, row := range modules {
		for x := 0; x < n; x++ {
			run := 0
			for x+run < n && row[x+run] {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x, y, run, run)
				x += run
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.Bytes()
}
