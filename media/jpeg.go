package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"countersign/model"
)

// JPEG's markers.
const (
	jpegSOI = 0xd8
	jpegEOI = 0xd9
	jpegSOS = 0xda
	jpegDHT = 0xc4
	jpegJPG = 0xc8
	jpegDAC = 0xcc
	jpegCOM = 0xfe
)

// parseJPEG keeps the segments that a decoder needs, the colour profile and the
// orientation. What phones put behind the end (a second picture, a film) is cut off.
func parseJPEG(raw []byte) (p picture, err error) {
	c := &cursor{raw: raw, at: 2}
	p.orientation = 1
	head, body := []byte{0xff, jpegSOI}, []byte{}
	for scans := 0; scans <= mostScans; {
		marker, err := c.marker()
		if err != nil {
			return p, err
		}
		if marker == jpegEOI {
			return p.jpegEnd(head, body)
		}
		segment, err := c.segment(marker)
		if err != nil {
			return p, err
		}
		switch {
		case isSOF(marker):
			if err := p.frame(marker, segment); err != nil {
				return p, err
			}
		case marker == 0xe1:
			p.orientation = exifOrientation(segment[4:], p.orientation)
		case marker == 0xee:
			p.copied = p.copied || bytes.HasPrefix(segment[4:], []byte("Adobe"))
		case marker == jpegSOS:
			scans++
			segment = append(slices.Clip(segment), c.scan()...)
		}
		switch {
		case marker == 0xe0:
			head = append(head, keptJFIF(segment)...)
		case kept(marker, segment):
			body = append(body, segment...)
		}
	}
	return p, damaged(errors.New("more passes than any picture has"))
}

// mostScans bounds the passes over a picture: each costs time, however short it is.
const mostScans = 128

func (p picture) jpegEnd(head, body []byte) (picture, error) {
	if p.width == 0 {
		return p, damaged(errors.New("no frame"))
	}
	if p.copied { // to other colours, once it is decoded
		p.cost += 4 * p.pixels
	}
	p.clean = append(append(append(head, orientationSegment(p.orientation)...), body...), 0xff, jpegEOI)
	return p, nil
}

// marker reads the next one; fill bytes may stand before it.
func (c *cursor) marker() (byte, error) {
	b, err := c.take(2)
	if err != nil {
		return 0, err
	}
	if b[0] != 0xff {
		return 0, damaged(errors.New("no marker where one must be"))
	}
	m := b[1]
	for m == 0xff {
		if b, err = c.take(1); err != nil {
			return 0, err
		}
		m = b[0]
	}
	return m, nil
}

// segment reads a marker's segment, marker and length included.
func (c *cursor) segment(marker byte) ([]byte, error) {
	if marker < 0xc0 || marker >= 0xd0 && marker <= 0xd8 {
		return nil, damaged(errors.New("a marker without a segment"))
	}
	start := c.at - 2
	b, err := c.take(2)
	if err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(b))
	if n < 2 {
		return nil, damaged(errors.New("a segment of no length"))
	}
	if _, err := c.take(n - 2); err != nil {
		return nil, err
	}
	return c.raw[start:c.at:c.at], nil
}

// scan reads the coded pixels up to the next marker.
func (c *cursor) scan() []byte {
	start := c.at
	for c.left() > 1 {
		i := bytes.IndexByte(c.raw[c.at:len(c.raw)-1], 0xff)
		if i < 0 {
			break
		}
		c.at += i
		if next := c.raw[c.at+1]; next != 0 && (next < 0xd0 || next > 0xd7) {
			return c.raw[start:c.at]
		}
		c.at += 2
	}
	c.at = len(c.raw)
	return c.raw[start:]
}

func isSOF(m byte) bool {
	return m >= 0xc0 && m <= 0xcf && m != jpegDHT && m != jpegJPG && m != jpegDAC
}

// frame reads the picture's size out of its start of frame. A progressive picture is
// decoded by way of its coefficients, four bytes each.
func (p *picture) frame(marker byte, s []byte) error {
	if len(s) < 10 || p.width != 0 {
		return damaged(errors.New("not one frame"))
	}
	p.height, p.width = int(binary.BigEndian.Uint16(s[5:])), int(binary.BigEndian.Uint16(s[7:]))
	parts := int64(s[9])
	p.pixels = int64(p.width) * int64(p.height)
	p.cost = p.pixels * parts
	p.copied = p.copied || parts == 4
	if marker == 0xc2 {
		p.cost *= 5
	}
	return nil
}

func keptJFIF(segment []byte) []byte {
	if bytes.HasPrefix(segment[4:], []byte("JFIF\x00")) && len(segment) >= 18 {
		plain := bytes.Clone(segment[:18]) // without the thumbnail that may follow
		plain[2], plain[3], plain[16], plain[17] = 0, 16, 0, 0
		return plain
	}
	return nil
}

func kept(marker byte, segment []byte) bool {
	switch marker {
	case 0xe2:
		return bytes.HasPrefix(segment[4:], []byte("ICC_PROFILE\x00"))
	case 0xee:
		return bytes.HasPrefix(segment[4:], []byte("Adobe"))
	}
	return marker < 0xe0 && marker != jpegCOM
}

// orientationSegment is an EXIF segment that says nothing but which side is up.
func orientationSegment(o int) []byte {
	if o == 1 {
		return nil
	}
	const before = "\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"
	return append([]byte(before), byte(o), 0, 0, 0, 0, 0, 0) //nolint:gosec // 2 to 8
}

// exifOrientation finds the orientation in an EXIF segment, or keeps what was known.
func exifOrientation(s []byte, known int) int {
	tiff, is := bytes.CutPrefix(s, []byte("Exif\x00\x00"))
	if !is || len(tiff) < 14 {
		return known
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return known
	}
	count := int64(order.Uint16(tiff[at:]))
	for i := range count {
		e := at + 2 + 12*i
		if e+12 > int64(len(tiff)) {
			break
		}
		if v := int(order.Uint16(tiff[e+8:])); order.Uint16(tiff[e:]) == 0x0112 && v >= 1 && v <= 8 {
			return v
		}
	}
	return known
}

// trailing refuses what follows the end of a picture: no honest program writes it there.
func trailing(c *cursor) error {
	if c.left() > 0 {
		return model.E(model.CodeMediaTrailing)
	}
	return nil
}
