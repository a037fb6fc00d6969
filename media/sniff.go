package media

import (
	"bytes"
	"encoding/binary"
	"slices"

	"countersign/model"
)

// sniff tells a file's type by its first bytes, or "".
func sniff(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case bytes.HasPrefix(head, []byte(pngStart)):
		return "image/png"
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		return "image/gif"
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return "image/webp"
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return brandsType(head[8:min(uint64(len(head)), max(12, uint64(binary.BigEndian.Uint32(head))))])
	case len(head) >= 8 && slices.Contains(firstBoxes, string(head[4:8])):
		return quickTime
	}
	return ""
}

// headBytes is how much of a file sniff wants to see.
const headBytes = 256

const quickTime = "video/quicktime"

// firstBoxes are what a QuickTime film from before there were brands begins with.
var firstBoxes = []string{"wide", "mdat", "moov", "free", "skip", "pnot"}

// noFilms are major brands of pictures (HEIC, AVIF) and of sound alone: they come in the
// same boxes, name the brands of films beside their own, and are not taken.
var noFilms = []string{
	"mif1", "msf1", "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "avif", "avis", "crx ", "jp2 ", "M4A ", "M4B ", "M4P ",
}

// brandsType is what the body of an ftyp box makes a file: its major brand, or else the
// first of the compatible ones that says. Encoders write all kinds of major brands.
func brandsType(ftyp []byte) string {
	major := string(ftyp[:4])
	if t := brandType(major); t != "" || slices.Contains(noFilms, major) {
		return t
	}
	for at := 8; at+4 <= len(ftyp); at += 4 {
		if t := brandType(string(ftyp[at : at+4])); t != "" {
			return t
		}
	}
	return ""
}

func brandType(brand string) string {
	switch brand {
	case "qt  ":
		return quickTime
	case "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7", "iso8", "iso9", "mp41", "mp42", "avc1", "M4V ", "M4VH", "M4VP", "MSNV", "dash", "f4v ", "3gp4", "3gp5", "3gp6", "XAVC":
		return "video/mp4"
	}
	return ""
}

func damaged(why error) error { return model.E(model.CodeMediaDamaged).Because(why) }
