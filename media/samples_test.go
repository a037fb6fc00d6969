package media_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"

	"countersign/internal/testkit"
)

// canvas has a red quarter at its top left, and is blue elsewhere: one can tell which
// side is up.
func canvas(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{20, 30, 200, 255}
			if x < w/2 && y < h/2 {
				c = color.NRGBA{200, 20, 30, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func written(t testing.TB, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func aPNG(t testing.TB, w, h int) []byte {
	t.Helper()
	return written(t, func(b *bytes.Buffer) error { return png.Encode(b, canvas(w, h)) })
}

func aJPEG(t testing.TB, w, h int) []byte {
	t.Helper()
	return written(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, canvas(w, h), &jpeg.Options{Quality: 90}) })
}

func aGIF(t testing.TB, w, h, frames int) []byte {
	t.Helper()
	all := &gif.GIF{LoopCount: 0}
	for i := range frames {
		f := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.White, color.Black, color.RGBA{200, 20, 30, 255}})
		for j := range f.Pix {
			f.Pix[j] = uint8((i + j) % 3)
		}
		all.Image, all.Delay = append(all.Image, f), append(all.Delay, 5)
	}
	return written(t, func(b *bytes.Buffer) error { return gif.EncodeAll(b, all) })
}

// secret stands in what must not stay in a file.
const secret = "SECRET-N31.2304-E121.4737"

// segment is a JPEG's.
func segment(marker byte, body []byte) []byte {
	return append(append([]byte{0xff, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))...), body...)
}

// exif is a TIFF with an orientation, and a place in it.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	out := []byte("Exif\x00\x00MM\x00\x2a")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		out = []byte("Exif\x00\x00II\x2a\x00")
	}
	out = order.AppendUint32(out, 8)
	out = order.AppendUint16(out, 2)
	entry := func(tag, kind uint16, count, value uint32) {
		out = order.AppendUint32(order.AppendUint32(order.AppendUint16(order.AppendUint16(out, tag), kind), count), value)
	}
	entry(0x010e, 2, uint32(len(secret)), 38)
	out = order.AppendUint16(order.AppendUint16(out, 0x0112), 3)
	out = order.AppendUint16(order.AppendUint16(order.AppendUint32(out, 1), orientation), 0)
	return append(order.AppendUint32(out, 0), secret...)
}

// after inserts into a file.
func after(raw []byte, at int, more ...[]byte) []byte {
	return slices.Concat(raw[:at], slices.Concat(more...), raw[at:])
}

// taken is a JPEG as a phone writes it.
func taken(t testing.TB, w, h int, orientation uint16) []byte {
	t.Helper()
	return after(aJPEG(t, w, h), 2, segment(0xe1, exif(binary.LittleEndian, orientation)), segment(0xfe, []byte(secret)),
		segment(0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00<x>"+secret)), segment(0xed, []byte("Photoshop 3.0\x00"+secret)))
}

func chunk(name string, body []byte) []byte {
	out := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), name...)
	out = append(out, body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// pngHeader is one chunk that promises a size.
func pngHeader(w, h uint32, depth byte) []byte {
	body := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return chunk("IHDR", append(body, depth, 6, 0, 0, 0))
}

const pngStart = "\x89PNG\r\n\x1a\n"

// behindIHDR is where a PNG's second chunk begins.
const behindIHDR = 8 + 25

// bits writes the lowest first.
type bits struct {
	out []byte
	n   int
}

func (b *bits) put(v uint32, n int) {
	for i := range n {
		if b.n%8 == 0 {
			b.out = append(b.out, 0)
		}
		b.out[b.n/8] |= byte(v>>i&1) << (b.n % 8)
		b.n++
	}
}

// vp8l is a lossless picture of one colour, however large: each of its five codes has
// one symbol, so that a pixel takes no bits.
func vp8l(w, h uint32) []byte {
	b := &bits{}
	b.put(0x2f, 8)
	b.put(w-1, 14)
	b.put(h-1, 14)
	b.put(0, 1+3) // no alpha, version
	b.put(0, 3)   // no transform, no cache, one group
	for _, symbol := range []uint32{90, 200, 30, 255} {
		b.put(1, 1) // simple
		b.put(0, 1) // one symbol
		b.put(1, 1) // of 8 bits
		b.put(symbol, 8)
	}
	b.put(0b0001, 4) // distances: simple, one symbol, of 1 bit, 0
	return b.out
}

func riff(chunks ...[]byte) []byte {
	body := slices.Concat(chunks...)
	return slices.Concat([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body)+4)), []byte("WEBP"), body)
}

func webpChunk(name string, body []byte) []byte {
	out := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body))), body...)
	if len(body)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

func vp8x(flags byte, w, h int) []byte {
	w, h = w-1, h-1
	return webpChunk("VP8X", []byte{flags, 0, 0, 0, byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)})
}

func aWebP(w, h uint32) []byte { return riff(webpChunk("VP8L", vp8l(w, h))) }

// toldWebP has all that may stand beside a picture.
func toldWebP(w, h int) []byte {
	return riff(vp8x(1<<3|1<<2|1<<5, w, h), webpChunk("ICCP", []byte("profile")), webpChunk("VP8L", vp8l(uint32(w), uint32(h))),
		webpChunk("EXIF", []byte(secret)), webpChunk("XMP ", []byte(secret)))
}

// filmParts are the boxes of a film, to be put together in other ways.
type filmParts struct {
	brand      string
	version    byte
	w, h       uint32
	scale      uint32
	length     uint64
	turned     bool
	more       []byte // in moov
	noMovie    bool
	noTrack    bool
	noHead     bool
	top        []byte // before mdat
	content    []byte
	movieTwice bool
}

func film() filmParts {
	return filmParts{brand: "isom", w: 640, h: 360, scale: 1000, length: 2500, content: bytes.Repeat([]byte("frames. "), 40)}
}

func (f filmParts) bytes() []byte {
	head, track := make([]byte, 100), make([]byte, 84)
	matrix := 40
	if f.version == 1 {
		head, track, matrix = make([]byte, 112), make([]byte, 96), 52
		binary.BigEndian.PutUint32(head[20:], f.scale)
		binary.BigEndian.PutUint64(head[24:], f.length)
	} else {
		binary.BigEndian.PutUint32(head[12:], f.scale)
		binary.BigEndian.PutUint32(head[16:], uint32(f.length))
	}
	head[0], track[0] = f.version, f.version
	if f.turned {
		binary.BigEndian.PutUint32(track[matrix+4:], 1<<16)
	} else {
		binary.BigEndian.PutUint32(track[matrix:], 1<<16)
	}
	binary.BigEndian.PutUint32(track[matrix+36:], f.w<<16)
	binary.BigEndian.PutUint32(track[matrix+40:], f.h<<16)
	trak := testkit.Box("trak", testkit.Box("tkhd", track), testkit.Box("mdia", testkit.Box("mdhd", make([]byte, 24))), testkit.Box("udta", []byte(secret)))
	if f.noTrack {
		trak = nil
	}
	mvhd := testkit.Box("mvhd", head)
	if f.noHead {
		mvhd = nil
	}
	moov := testkit.Box("moov", mvhd, trak, testkit.Box("udta", []byte(secret)), f.more)
	switch {
	case f.noMovie:
		moov = nil
	case f.movieTwice:
		moov = slices.Concat(moov, moov)
	}
	return slices.Concat(testkit.Box("ftyp", []byte(f.brand+"\x00\x00\x02\x00"+f.brand)), f.top, testkit.Box("mdat", f.content), moov)
}

// longBox has its length in 64 bits.
func longBox(kind string, body []byte) []byte {
	return slices.Concat([]byte{0, 0, 0, 1}, []byte(kind), binary.BigEndian.AppendUint64(nil, uint64(len(body)+16)), body)
}
