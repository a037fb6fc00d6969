package media

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strconv"

	"golang.org/x/image/webp"

	"countersign/model"
)

// picture is what a look at an encoded picture finds before any of it is decoded.
type picture struct {
	clean       []byte // without what tells of the author
	width       int    // as stored
	height      int
	pixels      int64 // of all frames
	frames      int   // 0 or 1 for a still picture
	cost        int64 // bytes that decoding takes
	orientation int   // EXIF, 1 to 8
	copied      bool  // JPEG: the decoder makes a second picture of it
}

// errShort: the file ends inside of something.
var errShort = errors.New("ends too early")

// parsers walk a file to its end without decoding it and leave out what nobody needs to
// see it.
var parsers = map[string]func([]byte) (picture, error){
	"image/jpeg": parseJPEG, "image/png": parsePNG, "image/gif": parseGIF, "image/webp": parseWebP,
}

// lookAt checks a picture, cleans it, and makes the small one. Nothing is allocated for
// pixels before their number is known, and all pictures together stay within the budget.
func (d *Door) lookAt(ctx context.Context, mime string, raw []byte) (p picture, thumb []byte, err error) {
	if p, err = parsers[mime](raw); err != nil {
		return p, nil, err
	}
	if err := d.fits(p); err != nil {
		return p, nil, err
	}
	if err := d.memory.Acquire(ctx, p.cost); err != nil {
		return p, nil, model.E(model.CodeUnavailable).Because(err)
	}
	defer d.memory.Release(p.cost)
	img, err := decode(mime, p.clean)
	if err != nil {
		return p, nil, damaged(err)
	}
	if img.Bounds().Dx() != p.width || img.Bounds().Dy() != p.height {
		return p, nil, damaged(errors.New("the size in the header is another"))
	}
	thumb, err = thumbnail(img, p.orientation)
	if p.orientation >= 5 { // it lies on its side
		p.width, p.height = p.height, p.width
	}
	return p, thumb, err
}

// mostFrames is of one animation: each costs memory beside its pixels.
const mostFrames = 1000

func (d *Door) fits(p picture) error {
	l := d.limits
	if p.width < 1 || p.height < 1 {
		return damaged(errors.New("no pixels"))
	}
	if max(p.width, p.height) > l.PictureSide || p.pixels > l.PicturePixels || p.frames > mostFrames || p.cost > d.budget {
		return model.E(model.CodePictureSize, "most", strconv.FormatInt(l.PicturePixels, 10), "side", strconv.Itoa(l.PictureSide))
	}
	return nil
}

// decode reads every frame, so that a file that is cut anywhere is known.
func decode(mime string, raw []byte) (image.Image, error) {
	r := bytes.NewReader(raw)
	switch mime {
	case "image/jpeg":
		return jpeg.Decode(r)
	case "image/png":
		return png.Decode(r)
	case "image/webp":
		return webp.Decode(r)
	}
	all, err := gif.DecodeAll(r)
	if err != nil {
		return nil, err
	}
	return firstFrame(all), nil
}

// firstFrame puts a GIF's first frame onto its canvas.
func firstFrame(g *gif.GIF) image.Image {
	f := g.Image[0]
	canvas := image.NewPaletted(image.Rect(0, 0, g.Config.Width, g.Config.Height), f.Palette)
	for y := f.Rect.Min.Y; y < f.Rect.Max.Y; y++ {
		copy(canvas.Pix[canvas.PixOffset(f.Rect.Min.X, y):], f.Pix[f.PixOffset(f.Rect.Min.X, y):f.PixOffset(f.Rect.Max.X-1, y)+1])
	}
	return canvas
}

// cursor walks over bytes; what lies beyond the end is errShort.
type cursor struct {
	raw []byte
	at  int
}

func (c *cursor) take(n int) ([]byte, error) {
	if n < 0 || n > len(c.raw)-c.at {
		return nil, damaged(errShort)
	}
	c.at += n
	return c.raw[c.at-n : c.at], nil
}

func (c *cursor) left() int { return len(c.raw) - c.at }
