package media

import (
	"bytes"

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
		return brandType(string(head[8:12]))
	}
	return ""
}

// brandType is what the major brand of an ISO media file makes it; pictures (HEIC, AVIF)
// come in the same box and are not taken.
func brandType(brand string) string {
	switch brand {
	case "qt  ":
		return "video/quicktime"
	case "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7", "iso8", "iso9", "mp41", "mp42", "avc1", "M4V ", "M4VH", "M4VP", "MSNV", "dash", "f4v ", "3gp4", "3gp5", "3gp6", "XAVC":
		return "video/mp4"
	}
	return ""
}

func damaged(why error) error { return model.E(model.CodeMediaDamaged).Because(why) }
