package media

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"

	"countersign/model"
)

// ThumbSide is the longer side of the small picture.
const ThumbSide = 480

// thumbnail makes the small picture, the right side up, on white where it is
// transparent. Each of its pixels is the mean of those that it stands for: no memory
// beyond the small picture is needed, and each pixel of the large one is read once.
func thumbnail(img image.Image, orientation int) ([]byte, error) {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	scale := min(1, float64(ThumbSide)/float64(max(w, h)))
	tw, th := max(1, int(float64(w)*scale+0.5)), max(1, int(float64(h)*scale+0.5))
	small := image.NewRGBA(image.Rect(0, 0, tw, th))
	at := reader(img)
	for y := range th {
		y0, y1 := b.Min.Y+y*h/th, b.Min.Y+max((y+1)*h/th, y*h/th+1)
		for x := range tw {
			x0, x1 := b.Min.X+x*w/tw, b.Min.X+max((x+1)*w/tw, x*w/tw+1)
			small.SetRGBA(x, y, mean(at, x0, y0, x1, y1))
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, upright(small, orientation), &jpeg.Options{Quality: 82}); err != nil {
		return nil, model.E(model.CodeInternal).Because(err)
	}
	return out.Bytes(), nil
}

// reader reads pixels without allocating where the picture can.
func reader(img image.Image) func(x, y int) color.RGBA64 {
	if fast, ok := img.(image.RGBA64Image); ok {
		return fast.RGBA64At
	}
	return func(x, y int) color.RGBA64 {
		r, g, b, a := img.At(x, y).RGBA()
		return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)} //nolint:gosec // RGBA answers 16 bits
	}
}

func mean(at func(x, y int) color.RGBA64, x0, y0, x1, y1 int) color.RGBA {
	var r, g, b, n uint64
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			c := at(x, y)
			white := uint64(0xffff - c.A)
			r, g, b, n = r+uint64(c.R)+white, g+uint64(c.G)+white, b+uint64(c.B)+white, n+1
		}
	}
	return color.RGBA{R: uint8(r / n >> 8), G: uint8(g / n >> 8), B: uint8(b / n >> 8), A: 0xff} //nolint:gosec // a mean of 16 bits
}

// upright turns a picture as EXIF's orientation says.
func upright(in *image.RGBA, o int) *image.RGBA {
	w, h := in.Rect.Dx(), in.Rect.Dy()
	if o < 2 || o > 8 {
		return in
	}
	ow, oh := w, h
	if o >= 5 {
		ow, oh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, ow, oh))
	for y := range h {
		for x := range w {
			tx, ty := turned(o, x, y, w, h)
			out.SetRGBA(tx, ty, in.RGBAAt(x, y))
		}
	}
	return out
}

func turned(o, x, y, w, h int) (tx, ty int) {
	switch o {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	}
	return y, w - 1 - x // 8
}
