package media

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
)

const pngStart = "\x89PNG\r\n\x1a\n"

// pngKept are the chunks that change how a picture looks. Text, times, EXIF and the
// frames of an animation are not among them.
var pngKept = []string{"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "bKGD", "pHYs"}

func parsePNG(raw []byte) (p picture, err error) {
	c := &cursor{raw: raw, at: len(pngStart)}
	p.orientation, p.clean = 1, []byte(pngStart)
	for {
		name, chunk, err := c.pngChunk()
		if err != nil {
			return p, err
		}
		known := slices.Contains(pngKept, name)
		switch {
		case name == "IHDR":
			err = p.pngHeader(chunk)
		case p.width == 0, !known && name[0]&0x20 == 0: // a chunk that nobody may skip
			err = damaged(errors.New("an unknown chunk, or no header"))
		}
		if err != nil {
			return p, err
		}
		if known {
			p.clean = append(p.clean, chunk...)
		}
		if name == "IEND" {
			return p, trailing(c)
		}
	}
}

// pngChunk reads one chunk with its length and checksum.
func (c *cursor) pngChunk() (name string, chunk []byte, err error) {
	start := c.at
	head, err := c.take(8)
	if err != nil {
		return "", nil, err
	}
	n := binary.BigEndian.Uint32(head)
	if n > 1<<31-13 {
		return "", nil, damaged(errors.New("a chunk beyond any length"))
	}
	rest, err := c.take(int(n) + 4)
	if err != nil {
		return "", nil, err
	}
	if crc32.ChecksumIEEE(c.raw[start+4:c.at-4]) != binary.BigEndian.Uint32(rest[n:]) {
		return "", nil, damaged(errors.New("a wrong checksum"))
	}
	return string(head[4:]), c.raw[start:c.at], nil
}

func (p *picture) pngHeader(chunk []byte) error {
	if len(chunk) != 12+13 || p.width != 0 {
		return damaged(errors.New("not one header"))
	}
	w, h := binary.BigEndian.Uint32(chunk[8:]), binary.BigEndian.Uint32(chunk[12:])
	if w > 1<<30 || h > 1<<30 {
		w, h = 1<<30, 1<<30 // refused for its size
	}
	p.width, p.height = int(w), int(h)
	p.pixels = int64(w) * int64(h)
	p.cost = p.pixels * 4
	if chunk[16] == 16 {
		p.cost *= 2
	}
	if chunk[20] != 0 { // interlaced: its passes are pictures of their own
		p.cost *= 2
	}
	return nil
}
