package media

import "encoding/binary"

// track is what a film's table of contents says of one of its tracks.
type track struct {
	id         uint32
	scale      uint32 // units in a second
	w, h       int    // of its header; many encoders leave them out
	sideways   bool   // turned by a quarter
	storedW    int    // of the description of its pictures
	storedH    int
	each       uint32 // units that a sample of a fragment takes, unless the fragment says
	fragmented uint64 // units that all fragments take
}

// shown is the size of a track that shows something.
func (t track) shown() (w, h int) {
	if w, h = t.w, t.h; w == 0 || h == 0 {
		w, h = t.storedW, t.storedH
	}
	if t.sideways {
		w, h = h, w
	}
	return w, h
}

// table is the body of a box, or its beginning.
type table []byte

func (t table) u16(at int) int    { return int(binary.BigEndian.Uint16(t[at:])) }
func (t table) u32(at int) uint32 { return binary.BigEndian.Uint32(t[at:]) }
func (t table) u64(at int) uint64 { return binary.BigEndian.Uint64(t[at:]) }

// flags are those behind a version.
func (t table) flags() uint32 { return t.u32(0) & 0xffffff }

// longest is more units than any film takes; two such fit into a product with 1000.
const longest = 1 << 52

// versioned reads the beginning of a box that has a form with times of 32 bits and one
// with times of 64.
func (f *film) versioned(b box, short, long int64) (raw table, isLong bool, err error) {
	version, err := f.bytes(b, 1)
	if err != nil {
		return nil, false, err
	}
	if version[0] == 1 {
		raw, err = f.bytes(b, long)
		return raw, true, err
	}
	raw, err = f.bytes(b, short)
	return raw, false, err
}

func (f *film) trackHead(tkhd box, t *track) error {
	raw, long, err := f.versioned(tkhd, 84, 96)
	if err != nil {
		return err
	}
	at, id := 40, 12 // of the matrix, which the size follows
	if long {
		at, id = 52, 20
	}
	t.id = raw.u32(id)
	t.w, t.h = int(raw.u32(at+36)>>16), int(raw.u32(at+40)>>16)
	t.sideways = raw.u32(at) == 0 && raw.u32(at+4) != 0
	return nil
}

// trackMedia reads the clock of a track, and of one whose header has no size that of its
// pictures.
func (f *film) trackMedia(mdia box, t *track) error {
	pictures := false
	return f.in(mdia, visitors{
		"mdhd": func(b box) error { return f.clock(b, t) },
		"hdlr": func(b box) error {
			raw, err := f.bytes(b, 12)
			pictures = err == nil && string(raw[8:]) == "vide"
			return err
		},
		"minf": func(b box) error {
			if !pictures || t.w > 0 && t.h > 0 {
				return nil
			}
			return f.in(b, visitors{"stbl": func(b box) error {
				return f.in(b, visitors{"stsd": func(b box) error { return f.description(b, t) }})
			}})
		},
	})
}

func (f *film) clock(mdhd box, t *track) error {
	raw, long, err := f.versioned(mdhd, 20, 32)
	switch {
	case err != nil:
		return err
	case long:
		t.scale = raw.u32(20)
	default:
		t.scale = raw.u32(12)
	}
	return nil
}

// description reads the size of the pictures as they are stored.
func (f *film) description(stsd box, t *track) error {
	first, err := f.next(stsd.body+8, stsd.stop, false)
	if err != nil {
		return err
	}
	raw, err := f.bytes(first, 28)
	if err == nil {
		t.storedW, t.storedH = table(raw).u16(24), table(raw).u16(26)
	}
	return err
}
