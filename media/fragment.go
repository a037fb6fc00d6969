package media

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
)

// A film may be written in fragments, as it is recorded or for streaming: then its table
// of contents has no length, and each fragment says how long its own samples are.

// lengthByDefault reads what a sample of a track takes, when its fragment does not say.
func (f *film) lengthByDefault(trex box, v *filmFacts) error {
	raw, err := f.bytes(trex, 16)
	if err != nil {
		return err
	}
	if t := v.tracks[table(raw).u32(4)]; t != nil {
		t.each = table(raw).u32(12)
	}
	return nil
}

// fragment adds what one fragment takes, track by track.
func (f *film) fragment(moof box, v *filmFacts) error {
	return f.in(moof, visitors{"traf": func(traf box) error {
		var t *track
		each := uint32(0)
		return f.in(traf, visitors{
			"tfhd": func(b box) (err error) {
				t, each, err = f.fragmentHead(b, v)
				return err
			},
			"trun": func(b box) error {
				if t == nil {
					return damaged(errors.New("a fragment of no track"))
				}
				return f.run(b, t, each)
			},
		})
	}})
}

// fragmentHead says which track a fragment is of, and what its samples take by default.
func (f *film) fragmentHead(tfhd box, v *filmFacts) (t *track, each uint32, err error) {
	raw, err := f.bytes(tfhd, 8)
	if err != nil {
		return nil, 0, err
	}
	head := table(raw)
	if t = v.tracks[head.u32(4)]; t == nil || head.flags()&0x8 == 0 {
		if t != nil {
			each = t.each
		}
		return t, each, nil
	}
	at := int64(8)
	if head.flags()&0x1 != 0 { // where its data is
		at += 8
	}
	if head.flags()&0x2 != 0 { // which description
		at += 4
	}
	if raw, err = f.bytes(tfhd, at+4); err == nil {
		each = table(raw).u32(int(at))
	}
	return t, each, err
}

// run adds what a run of samples takes. How many there are is only believed of samples
// that have an entry of their own when the entries are there.
func (f *film) run(trun box, t *track, each uint32) error {
	raw, err := f.bytes(trun, 8)
	if err != nil {
		return err
	}
	head, count := table(raw), table(raw).u32(4)
	if head.flags()&0x100 == 0 { // no length of their own
		return t.add(uint64(count) * uint64(each))
	}
	from := trun.body + 8 + 4*int64(bits.OnesCount32(head.flags()&0x5)) // where its data is, flags of the first
	width := 4 * int64(bits.OnesCount32(head.flags()&0xf00))            // its length first
	if f.samples += int64(count); f.samples > mostSamples || int64(count) > (trun.stop-from)/width {
		return damaged(errors.New("more samples than there are entries"))
	}
	return f.runEntries(io.NewSectionReader(f.r, from, int64(count)*width), int(width), t)
}

func (f *film) runEntries(entries io.Reader, width int, t *track) error {
	in, entry := bufio.NewReaderSize(entries, 32<<10), make([]byte, width)
	for {
		switch _, err := io.ReadFull(in, entry); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return storage("read", err)
		}
		if err := t.add(uint64(binary.BigEndian.Uint32(entry))); err != nil {
			return err
		}
	}
}

func (t *track) add(units uint64) error {
	if units > longest || t.fragmented > longest {
		return damaged(errors.New("a fragment that never ends"))
	}
	t.fragmented += units
	return nil
}

// fragmentsMS is what the longest track's fragments take.
func (v *filmFacts) fragmentsMS() (ms int64) {
	for _, t := range v.tracks {
		if t.scale > 0 {
			ms = max(ms, int64(t.fragmented*1000/uint64(t.scale))) //nolint:gosec // below 2^63
		}
	}
	return ms
}
