package media

import (
	"encoding/binary"
	"errors"
)

// GIF's blocks.
const (
	gifExtension = 0x21
	gifFrame     = 0x2c
	gifTrailer   = 0x3b
	gifControl   = 0xf9
	gifProgram   = 0xff
)

// parseGIF keeps the frames, their timing and the loop; comments and other programs'
// data go. The pixels of all frames count.
func parseGIF(raw []byte) (p picture, err error) {
	c := &cursor{raw: raw}
	p.orientation = 1
	head, err := c.take(13)
	if err != nil {
		return p, err
	}
	p.width, p.height = int(binary.LittleEndian.Uint16(head[6:])), int(binary.LittleEndian.Uint16(head[8:]))
	if _, err := c.take(gifTable(head[10])); err != nil {
		return p, err
	}
	p.clean = append(p.clean, raw[:c.at]...)
	for {
		start := c.at
		kind, err := c.take(1)
		if err != nil {
			return p, err
		}
		keep := true
		switch kind[0] {
		case gifExtension:
			keep, err = c.gifExtension()
		case gifFrame:
			err = p.gifFrame(c)
		case gifTrailer:
			return p.gifEnd(c)
		default:
			err = damaged(errors.New("an unknown block"))
		}
		if err != nil {
			return p, err
		}
		if keep {
			p.clean = append(p.clean, raw[start:c.at]...)
		}
	}
}

func (p picture) gifEnd(c *cursor) (picture, error) {
	if p.pixels == 0 {
		return p, damaged(errors.New("no frame"))
	}
	p.clean = append(p.clean, gifTrailer)
	p.cost = 2*p.pixels + int64(p.frames)*16<<10 + int64(p.width)*int64(p.height)
	return p, trailing(c)
}

func gifTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// gifExtension reads an extension and tells whether it is needed.
func (c *cursor) gifExtension() (keep bool, err error) {
	label, err := c.take(1)
	if err != nil {
		return false, err
	}
	start := c.at
	if err := c.gifBlocks(); err != nil {
		return false, err
	}
	loop := label[0] == gifProgram && c.at-start == 17 && string(c.raw[start+1:start+12]) == "NETSCAPE2.0"
	return label[0] == gifControl || loop, nil
}

// gifBlocks reads sub-blocks up to the empty one.
func (c *cursor) gifBlocks() error {
	for {
		n, err := c.take(1)
		if err != nil || n[0] == 0 {
			return err
		}
		if _, err := c.take(int(n[0])); err != nil {
			return err
		}
	}
}

func (p *picture) gifFrame(c *cursor) error {
	d, err := c.take(9)
	if err != nil {
		return err
	}
	left, top := int(binary.LittleEndian.Uint16(d)), int(binary.LittleEndian.Uint16(d[2:]))
	w, h := int(binary.LittleEndian.Uint16(d[4:])), int(binary.LittleEndian.Uint16(d[6:]))
	if w == 0 || h == 0 || left+w > p.width || top+h > p.height {
		return damaged(errors.New("a frame outside of the picture"))
	}
	p.pixels += int64(w) * int64(h)
	p.frames++
	if _, err := c.take(gifTable(d[8]) + 1); err != nil {
		return err
	}
	return c.gifBlocks()
}
