package media

import (
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"countersign/model"
)

// filmFacts are what a film's boxes say.
type filmFacts struct {
	width, height int
	durationMS    int64
	blank         []box // what tells of the author, to be overwritten
}

// topBoxes may stand beside each other in a file. What else is there (phones add boxes
// of their own) is no part of the film: it stays as an empty box.
var topBoxes = []string{
	"ftyp", "moov", "mdat", "wide", "moof", "mfra", "sidx", "ssix", "styp", "prft", "emsg", "pdin",
}

// private boxes hold places, devices and names; no player needs them.
var private = []string{"udta", "meta", "uuid", "free", "skip"}

// probe looks into an MP4 or MOV file without decoding it: the boxes must fill the file
// exactly, so that one that was cut anywhere is known.
func probe(r io.ReaderAt, size int64, mime string) (facts filmFacts, err error) {
	f := &film{r: r, size: size}
	count := map[string]int{}
	data := int64(0)
	err = f.each(0, size, true, func(b box) error {
		count[b.kind]++
		switch {
		case b.start == 0 && b.kind != "ftyp", !b.named():
			return damaged(errors.New("a box that no film has"))
		case b.kind == "ftyp":
			return f.brand(b, mime)
		case b.kind == "mdat":
			data += b.stop - b.body
		case b.kind == "moov":
			return f.movie(b, &facts)
		case !slices.Contains(topBoxes, b.kind):
			facts.hide(b)
		}
		return nil
	})
	switch {
	case err != nil:
		return facts, err
	case count["ftyp"] != 1, count["moov"] != 1, data == 0:
		return facts, damaged(errors.New("no table of contents, or no content"))
	case facts.width == 0 || facts.height == 0:
		return facts, damaged(errors.New("no picture in it"))
	}
	return facts, nil
}

func (f *film) brand(b box, mime string) error {
	raw, err := f.bytes(b, 4)
	if err == nil && brandType(string(raw)) != mime {
		err = model.E(model.CodeMediaMismatch, "type", mime)
	}
	return err
}

// hide marks a box to be turned into an empty one of the same length: no other byte of
// the film moves.
func (v *filmFacts) hide(b box) { v.blank = append(v.blank, b) }

func (f *film) movie(moov box, v *filmFacts) error {
	headers := 0
	err := f.each(moov.body, moov.stop, false, func(b box) error {
		switch {
		case b.kind == "mvhd":
			headers++
			return f.duration(b, v)
		case b.kind == "trak":
			return f.track(b, v)
		case slices.Contains(private, b.kind):
			v.hide(b)
		}
		return nil
	})
	if err == nil && headers != 1 {
		err = damaged(errors.New("not one movie header"))
	}
	return err
}

func (f *film) duration(b box, v *filmFacts) error {
	version, err := f.bytes(b, 1)
	if err != nil {
		return err
	}
	long := version[0] == 1
	raw, err := f.bytes(b, map[bool]int64{false: 20, true: 32}[long])
	if err != nil {
		return err
	}
	scale, length := uint64(binary.BigEndian.Uint32(raw[12:])), uint64(binary.BigEndian.Uint32(raw[16:]))
	if long {
		scale, length = uint64(binary.BigEndian.Uint32(raw[20:])), binary.BigEndian.Uint64(raw[24:])
	}
	if unknown := !long && length == 1<<32-1 || length > 1<<52; scale > 0 && !unknown {
		v.durationMS = int64(length * 1000 / scale) //nolint:gosec // below 2^62
	}
	return nil
}

// track reads the size of a track that shows something: as shown, after its rotation.
func (f *film) track(trak box, v *filmFacts) error {
	var head box
	var w, h int
	err := f.each(trak.body, trak.stop, false, func(b box) (err error) {
		switch {
		case b.kind == "tkhd":
			head = b
			w, h, err = f.trackSize(b)
		case b.kind == "mdia":
			err = f.each(b.body, b.stop, false, func(box) error { return nil })
		case slices.Contains(private, b.kind):
			v.hide(b)
		}
		return err
	})
	if err == nil && head.kind == "" {
		err = damaged(errors.New("a track without a header"))
	}
	if w*h > v.width*v.height {
		v.width, v.height = w, h
	}
	return err
}

func (f *film) trackSize(b box) (w, h int, err error) {
	version, err := f.bytes(b, 1)
	if err != nil {
		return 0, 0, err
	}
	at := map[bool]int64{false: 40, true: 52}[version[0] == 1] // of the matrix
	raw, err := f.bytes(b, at+44)
	if err != nil {
		return 0, 0, err
	}
	w, h = int(binary.BigEndian.Uint32(raw[at+36:])>>16), int(binary.BigEndian.Uint32(raw[at+40:])>>16)
	if sideways := binary.BigEndian.Uint32(raw[at:]) == 0 && binary.BigEndian.Uint32(raw[at+4:]) != 0; sideways {
		w, h = h, w
	}
	return w, h, nil
}

// blanked reads a file with some spans turned into boxes named free that hold zeros.
type blanked struct {
	r     io.Reader
	at    int64
	blank []box // in order
}

func newBlanked(r io.Reader, blank []box) *blanked {
	slices.SortFunc(blank, func(a, b box) int { return cmp.Compare(a.start, b.start) })
	return &blanked{r: r, blank: blank}
}

func (b *blanked) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	for _, s := range b.blank {
		stop := b.at + int64(n)
		for i := max(s.start+4, b.at); i < min(s.start+8, stop); i++ {
			p[i-b.at] = "free"[i-s.start-4]
		}
		if from := max(s.body, b.at); from < min(s.stop, stop) { // a length may stand between
			clear(p[from-b.at : min(s.stop, stop)-b.at])
		}
	}
	b.at += int64(n)
	return n, err
}
