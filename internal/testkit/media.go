package testkit

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"testing"

	"countersign/api"
	"countersign/model"
)

// PNG is a picture of a size; no two colours make the same bytes.
func PNG(t testing.TB, w, h int, c color.Color) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Box is a box of an MP4 file.
func Box(kind string, body ...[]byte) []byte {
	all := bytes.Join(body, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(all)+8)), kind...), all...) //nolint:gosec // small
}

// MP4 is a film without a picture in it that a probe takes for a whole one: 640 by 360,
// 2.5 seconds, with so many bytes of content.
func MP4(content int) []byte {
	mvhd := make([]byte, 100)
	binary.BigEndian.PutUint32(mvhd[12:], 1000)
	binary.BigEndian.PutUint32(mvhd[16:], 2500)
	tkhd := make([]byte, 84)
	binary.BigEndian.PutUint32(tkhd[40:], 1<<16)
	binary.BigEndian.PutUint32(tkhd[76:], 640<<16)
	binary.BigEndian.PutUint32(tkhd[80:], 360<<16)
	moov := Box("moov", Box("mvhd", mvhd), Box("trak", Box("tkhd", tkhd), Box("mdia", Box("mdhd", make([]byte, 24)))), Box("udta", []byte("\x00\x00\x00\x1a\xa9xyz+31.2304+121.4737/")))
	return bytes.Join([][]byte{Box("ftyp", []byte("isom\x00\x00\x02\x00isomiso2mp41")), moov, Box("mdat", bytes.Repeat([]byte("countersign film\n"), content/17+1)[:content])}, nil)
}

// Upload sends a file in parts and answers what it became.
func (b *Brand) Upload(t testing.TB, name, mime string, raw []byte) api.MediaDetail {
	t.Helper()
	var m api.MediaDetail
	b.Admin.Do(t, "POST", b.Path+"/media", M{"name": name, "mime": mime, "bytes": len(raw)}).Want(t, 200, &m)
	for n := 1; len(raw) > 0; n++ {
		k := min(len(raw), model.MediaPartBytes)
		b.Admin.Do(t, "PUT", fmt.Sprint(b.Path, "/media/", m.ID, "/parts/", n), raw[:k], "Content-Type", "application/octet-stream").Want(t, 200, nil)
		raw = raw[k:]
	}
	b.Admin.Do(t, "POST", b.Path+"/media/"+m.ID+"/complete", nil).Want(t, 200, &m)
	return m
}
