package media

import (
	"bytes"
	"encoding/binary"
	"errors"

	"golang.org/x/image/webp"

	"countersign/model"
)

// Flags of WebP's extended header.
const (
	webpAnimated = 1 << 1
	webpXMP      = 1 << 2
	webpEXIF     = 1 << 3
)

// parseWebP keeps the picture, its transparency and its colour profile.
func parseWebP(raw []byte) (p picture, err error) {
	size := int64(binary.LittleEndian.Uint32(raw[4:])) + 8
	switch {
	case size > int64(len(raw)):
		return p, damaged(errShort)
	case size < int64(len(raw)):
		return p, model.E(model.CodeMediaTrailing)
	}
	c := &cursor{raw: raw, at: 12}
	p.orientation, p.clean = 1, bytes.Clone(raw[:12])
	for c.left() > 0 {
		name, chunk, err := c.webpChunk()
		if err != nil {
			return p, err
		}
		switch name {
		case "VP8X":
			if err := p.webpHeader(chunk); err != nil {
				return p, err
			}
		case "VP8 ", "VP8L":
			if p.frames++; p.frames > 1 {
				return p, damaged(errors.New("more than one picture"))
			}
			p.clean = append(p.clean, chunk...)
		case "ALPH", "ICCP":
			if len(p.clean) == 12 {
				return p, damaged(errors.New("no header before it"))
			}
			p.clean = append(p.clean, chunk...)
		case "ANIM", "ANMF":
			return p, model.E(model.CodePictureAnimated)
		}
	}
	binary.LittleEndian.PutUint32(p.clean[4:], uint32(len(p.clean)-8)) //nolint:gosec // it fit before, and became no longer
	cfg, err := webp.DecodeConfig(bytes.NewReader(p.clean))
	if err != nil {
		return p, damaged(err)
	}
	p.width, p.height = cfg.Width, cfg.Height
	p.pixels = int64(cfg.Width) * int64(cfg.Height)
	p.cost = p.pixels * 8 // its decoder works on a copy
	return p, nil
}

func (c *cursor) webpChunk() (name string, chunk []byte, err error) {
	start := c.at
	head, err := c.take(8)
	if err != nil {
		return "", nil, err
	}
	n := int64(binary.LittleEndian.Uint32(head[4:]))
	if n > int64(c.left()) {
		return "", nil, damaged(errShort)
	}
	_, err = c.take(int(n))
	if err == nil && n%2 == 1 {
		_, err = c.take(1)
	}
	return string(head[:4]), c.raw[start:c.at], err
}

func (p *picture) webpHeader(chunk []byte) error {
	if len(chunk) < 18 || len(p.clean) != 12 {
		return damaged(errors.New("not one header"))
	}
	if chunk[8]&webpAnimated != 0 {
		return model.E(model.CodePictureAnimated)
	}
	own := bytes.Clone(chunk)
	own[8] &^= webpXMP | webpEXIF
	p.clean = append(p.clean, own...)
	return nil
}
