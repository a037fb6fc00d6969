package service

import (
	"bytes"
	"context"
	"fmt"

	"github.com/skip2/go-qrcode"

	"countersign/model"
)

// QR draws a Post's code as a QR picture: PNG of size pixels, or SVG. The margin is the
// standard's four modules; at the highest level a logo may cover a tenth of its middle.
type QR struct {
	Size  int    // pixels, PNG only
	Level string // of error correction: low, medium, quartile, high
	SVG   bool
}

// Picture draws the code of a live Ticket once for each form.
func (s Tickets) Picture(ctx context.Context, t model.Ticket, f QR) ([]byte, error) {
	return s.Cache.PictureOnce(ctx, f.key(t), codeLife, func(context.Context) ([]byte, error) {
		token, err := s.Token(t)
		if err != nil {
			return nil, err
		}
		raw, err := f.draw(s.Link(token))
		if err != nil {
			return nil, model.E(model.CodeInternal).Because(err)
		}
		return raw, nil
	})
}

var qrLevels = map[string]qrcode.RecoveryLevel{"low": qrcode.Low, "medium": qrcode.Medium, "quartile": qrcode.High, "high": qrcode.Highest}

// key names a picture in the cache: whatever changes it is part of it.
func (f QR) key(t model.Ticket) string {
	if f.SVG {
		return fmt.Sprintf("qr:%s:svg:%s", t.TokenHash, f.Level)
	}
	return fmt.Sprintf("qr:%s:%d:%s", t.TokenHash, f.Size, f.Level)
}

// draw makes the picture of a text.
func (f QR) draw(text string) ([]byte, error) {
	code, err := qrcode.New(text, qrLevels[f.Level])
	if err != nil {
		return nil, fmt.Errorf("qr code: %w", err)
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
