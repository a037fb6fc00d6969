package media

import (
	"cmp"
	"errors"
	"io"
	"slices"

	"countersign/model"
)

// filmFacts are what a film's boxes say.
type filmFacts struct {
	width, height int
	durationMS    int64
	blank         []box             // what tells of the author, to be overwritten
	tracks        map[uint32]*track // by their ids
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
	facts.tracks = map[uint32]*track{}
	tables, data := 0, int64(0)
	err = f.each(0, size, true, func(b box) error {
		switch {
		case !b.named() && (!b.isPadding(size) || !f.zeros(b.start, b.stop)):
			return damaged(errNoFilm)
		case b.kind == "mdat":
			data += b.stop - b.body
		case b.kind == "moov":
			tables++
		}
		return f.top(b, mime, &facts)
	})
	switch {
	case err != nil:
		return facts, err
	case tables != 1, data == 0:
		return facts, damaged(errors.New("no table of contents, or no content"))
	case facts.width == 0 || facts.height == 0:
		return facts, damaged(errors.New("no picture in it"))
	}
	facts.durationMS = max(facts.durationMS, facts.fragmentsMS())
	return facts, nil
}

var errNoFilm = errors.New("a box that no film has")

// top reads a box at the top of a file.
func (f *film) top(b box, mime string, v *filmFacts) error {
	switch isBrand, isFirst := b.kind == "ftyp", b.start == 0; {
	case isBrand && !isFirst, isFirst && !isBrand && mime != quickTime:
		return damaged(errNoFilm)
	case isBrand:
		return f.brand(b, mime)
	case b.kind == "moov":
		return f.movie(b, v)
	case b.kind == "moof":
		return f.fragment(b, v)
	case !slices.Contains(topBoxes, b.kind), b.kind == "wide" && b.body < b.stop:
		v.hide(b)
	}
	return nil
}

func (f *film) brand(b box, mime string) error {
	raw, err := f.bytes(b, min(b.stop, headBytes)-b.body)
	if err == nil && (len(raw) < 4 || brandsType(raw) != mime) {
		err = model.E(model.CodeMediaMismatch, "type", mime)
	}
	return err
}

// hide marks a box to be turned into an empty one of the same length: no other byte of
// the film moves.
func (v *filmFacts) hide(b box) { v.blank = append(v.blank, b) }

func (f *film) movie(moov box, v *filmFacts) error {
	headers := 0
	err := f.each(moov.body, moov.stop, false, func(b box) (err error) {
		switch {
		case b.kind == "mvhd":
			headers++
			v.durationMS, err = f.duration(b)
		case b.kind == "trak":
			err = f.track(b, v)
		case b.kind == "mvex":
			err = f.in(b, visitors{"trex": func(b box) error { return f.lengthByDefault(b, v) }})
		case slices.Contains(private, b.kind):
			v.hide(b)
		}
		return err
	})
	if err == nil && headers != 1 {
		err = damaged(errors.New("not one movie header"))
	}
	return err
}

func (f *film) duration(mvhd box) (ms int64, err error) {
	raw, long, err := f.versioned(mvhd, 20, 32)
	if err != nil {
		return 0, err
	}
	scale, length := uint64(raw.u32(12)), uint64(raw.u32(16))
	if long {
		scale, length = uint64(raw.u32(20)), raw.u64(24)
	}
	if unknown := !long && length == 1<<32-1 || length > longest; scale == 0 || unknown {
		return 0, nil
	}
	return int64(length * 1000 / scale), nil //nolint:gosec // below 2^62
}

// track reads a track: of one that shows something, the size as shown, after its rotation.
func (f *film) track(trak box, v *filmFacts) error {
	var t track
	heads := 0
	err := f.each(trak.body, trak.stop, false, func(b box) error {
		switch {
		case b.kind == "tkhd":
			heads++
			return f.trackHead(b, &t)
		case b.kind == "mdia":
			return f.trackMedia(b, &t)
		case slices.Contains(private, b.kind):
			v.hide(b)
		}
		return nil
	})
	if err == nil && heads != 1 {
		err = damaged(errors.New("a track without a header, or with two"))
	}
	v.tracks[t.id] = &t
	if w, h := t.shown(); w*h > v.width*v.height {
		v.width, v.height = w, h
	}
	return err
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
