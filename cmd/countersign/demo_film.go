package main

import (
	"bytes"
	"encoding/binary"
)

// demoFilm is a film without a picture in it that a probe takes for a whole one: 720 by
// 1280, eight seconds. Douyin's stand-in loads it as the app would.
func demoFilm() []byte {
	const second = 1000
	mvhd := make([]byte, 100)
	binary.BigEndian.PutUint32(mvhd[12:], second)
	binary.BigEndian.PutUint32(mvhd[16:], 8*second)
	tkhd := make([]byte, 84)
	binary.BigEndian.PutUint32(tkhd[40:], 1<<16)
	binary.BigEndian.PutUint32(tkhd[76:], 720<<16)
	binary.BigEndian.PutUint32(tkhd[80:], 1280<<16)
	moov := box("moov", box("mvhd", mvhd), box("trak", box("tkhd", tkhd), box("mdia", box("mdhd", make([]byte, 24)))))
	return bytes.Join([][]byte{box("ftyp", []byte("isom\x00\x00\x02\x00isomiso2mp41")), moov, box("mdat", bytes.Repeat([]byte("qinghe tea "), 400))}, nil)
}

// box is a box of an MP4 file.
func box(kind string, parts ...[]byte) []byte {
	all := bytes.Join(parts, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(all)+8)), kind...), all...) //nolint:gosec // small
}
