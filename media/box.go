package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// box is one box of an ISO base media file (ISO/IEC 14496-12), of which MP4 and MOV are
// made: four letters and what lies between two places of the file.
type box struct {
	kind       string
	start      int64 // of its header
	body, stop int64
}

// named: its kind is four printable letters, as that of every box at the top is.
func (b box) named() bool {
	return !strings.ContainsFunc(b.kind, func(r rune) bool { return r < ' ' || r > '~' })
}

// isPadding: a header of zeros, which says that it lasts to the end of the file.
func (b box) isPadding(size int64) bool {
	return b.kind == "\x00\x00\x00\x00" && b.stop == size
}

// film reads boxes; it keeps no more of the file than a header at a time.
type film struct {
	r       io.ReaderAt
	size    int64
	boxes   int
	samples int64 // of fragments, that tell their length one by one
}

// These bound the time that a look into a file takes.
const (
	mostBoxes   = 20_000
	mostSamples = 2_000_000 // nine hours of thirty pictures a second, and their sound
	mostPadding = 1 << 20   // zeros behind the last box
)

var errBoxes = errors.New("more boxes than any film has")

// next reads the header of the box at a place; a box may not reach beyond stop.
func (f *film) next(at, stop int64, top bool) (b box, err error) {
	if f.boxes++; f.boxes > mostBoxes {
		return b, damaged(errBoxes)
	}
	var h [16]byte
	n := min(int64(len(h)), stop-at)
	if n < 8 {
		return b, damaged(errShort)
	}
	if _, err := f.r.ReadAt(h[:n], at); err != nil {
		return b, readFault(err)
	}
	size, head := int64(binary.BigEndian.Uint32(h[:])), int64(8)
	switch size {
	case 0: // to the end of the file, which only the last box may say
		if !top {
			return b, damaged(errors.New("an endless box inside of another"))
		}
		size = stop - at
	case 1:
		long := binary.BigEndian.Uint64(h[8:])
		if n < 16 || long > 1<<62 {
			return b, damaged(errShort)
		}
		size, head = int64(long), 16
	}
	if size < head || size > stop-at {
		return b, damaged(errShort)
	}
	return box{string(h[4:8]), at, at + head, at + size}, nil
}

// each visits the boxes between two places; they must fill it. At the top a few zeros may
// be left, too few to be a box.
func (f *film) each(at, stop int64, top bool, visit func(box) error) error {
	for at < stop {
		if top && stop-at < 8 && f.zeros(at, stop) {
			return nil
		}
		b, err := f.next(at, stop, top)
		if err != nil {
			return err
		}
		if err := visit(b); err != nil {
			return err
		}
		at = b.stop
	}
	return nil
}

// visitors look at boxes by their kind.
type visitors map[string]func(box) error

// in visits the boxes inside of a box that have a visitor.
func (f *film) in(b box, by visitors) error {
	return f.each(b.body, b.stop, false, func(inner box) error {
		if visit := by[inner.kind]; visit != nil {
			return visit(inner)
		}
		return nil
	})
}

// zeros says whether there is nothing but zeros between two places.
func (f *film) zeros(at, stop int64) bool {
	if stop-at > mostPadding {
		return false
	}
	raw := make([]byte, stop-at)
	_, err := f.r.ReadAt(raw, at)
	return readFault(err) == nil && bytes.Count(raw, []byte{0}) == len(raw)
}

// bytes reads the first n bytes of a box's body.
func (f *film) bytes(b box, n int64) ([]byte, error) {
	if b.stop-b.body < n {
		return nil, damaged(errShort)
	}
	raw := make([]byte, n)
	_, err := f.r.ReadAt(raw, b.body)
	return raw, readFault(err)
}

func readFault(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	return storage("read", err)
}
