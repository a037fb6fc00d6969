package model

import (
	"slices"
	"strconv"
	"time"
)

// MediaKind is what a file shows.
type MediaKind string

// The kinds of Media.
const (
	MediaPicture MediaKind = "picture"
	MediaVideo   MediaKind = "video"
)

// MediaState is where an upload stands.
type MediaState string

// The states of Media. What is ready never changes.
const (
	MediaUploading MediaState = "uploading"
	MediaReady     MediaState = "ready"
)

// Media (素材) is one uploaded file of a Brand. Bytes, SHA256 and what follows are of the
// file as it is served and published: while it is uploading they say what was announced.
type Media struct {
	ID         string
	BrandID    string
	Kind       MediaKind
	Name       string // as the author calls it; never a path of ours
	Mime       string
	Bytes      int64
	SHA256     string // hex; "" while uploading, or what was announced
	Width      int    // pixels as shown, 0 when unknown
	Height     int
	DurationMS int64  // of a video, 0 when unknown
	Thumb      bool   // a small picture of it is there
	BlobKey    string // what its bytes are kept under, beside its id
	State      MediaState
	Used       bool   // a Revision shows it, or did
	CreatedBy  string // Member
	Version    int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// MaxDouyinVideo is how large a video may be that a phone hands to Douyin.
const MaxDouyinVideo = 128_000_000 // bytes; Douyin: 128 MB

// UnfitFor is why a file cannot be published as content of a type, "" when it can.
func (m Media) UnfitFor(t ContentType) string {
	if t == ContentDouyinVideo && m.Kind == MediaVideo && m.Bytes > MaxDouyinVideo {
		return "too_large_for_douyin"
	}
	return ""
}

// MediaPart is a piece of an upload that has arrived.
type MediaPart struct {
	MediaID   string `gorm:"primaryKey"`
	Number    int    `gorm:"primaryKey;autoIncrement:false"` // from 1
	BrandID   string
	Bytes     int64
	SHA256    string
	CreatedAt time.Time
}

// MediaUse says that a Revision shows Media.
type MediaUse struct {
	MediaID    string `gorm:"primaryKey"`
	RevisionID string `gorm:"primaryKey"`
	BrandID    string
	ArticleID  string
	Number     int // of the Revision
	CreatedAt  time.Time
}

// MediaUsage is how much of its quota a Brand has filled.
type MediaUsage struct {
	BrandID string `gorm:"primaryKey"`
	Bytes   int64
}

// TableName is for the store.
func (MediaUsage) TableName() string { return "media_usage" }

// MediaFacts are what a look into a whole file finds.
type MediaFacts struct {
	Bytes         int64
	SHA256        string
	Width, Height int
	DurationMS    int64
	Thumb         bool
	BlobKey       string
}

// MediaLimits are how large what is uploaded may be.
type MediaLimits struct {
	PictureBytes  int64
	PicturePixels int64
	PictureSide   int
	VideoBytes    int64
	BrandBytes    int64 // of all Media of one Brand
}

// MaxMediaName is in characters.
const MaxMediaName = 200

// MediaPartBytes is the size of every part of an upload but the last.
const MediaPartBytes = 8 << 20

// How long what nobody needs is kept.
const (
	MediaUploadTime = 24 * time.Hour     // an upload without news
	MediaUnusedTime = 7 * 24 * time.Hour // what no Revision shows
)

// MediaMimes are the types that are taken, with what they show.
func MediaMimes() map[string]MediaKind {
	return map[string]MediaKind{
		"image/jpeg": MediaPicture, "image/png": MediaPicture, "image/gif": MediaPicture, "image/webp": MediaPicture,
		"video/mp4": MediaVideo, "video/quicktime": MediaVideo,
	}
}

// CheckMedia rules on an announced upload.
func CheckMedia(name, mime string, bytes int64, l MediaLimits) (MediaKind, error) {
	if r := CheckLine(name, MaxMediaName); r != "" {
		return "", Invalid(Field("name", r))
	}
	kind, known := MediaMimes()[mime]
	most := l.PictureBytes
	if kind == MediaVideo {
		most = l.VideoBytes
	}
	switch {
	case !known:
		return "", E(CodeMediaType)
	case bytes < 1:
		return "", Invalid(Field("bytes", "out_of_range"))
	case bytes > most:
		return "", E(CodeMediaTooLarge, "most", MiB(most))
	}
	return kind, nil
}

// MiB writes a limit for a person.
func MiB(n int64) string { return strconv.FormatInt(n>>20, 10) + " MiB" }

// PartsOf is how many parts an upload of so many bytes has.
func PartsOf(bytes int64) int { return int((bytes + MediaPartBytes - 1) / MediaPartBytes) }

// PartBytes is the size of part n, or 0 when there is no such part.
func PartBytes(bytes int64, n int) int64 {
	count := PartsOf(bytes)
	switch {
	case n < 1 || n > count:
		return 0
	case n < count:
		return MediaPartBytes
	}
	return bytes - int64(count-1)*MediaPartBytes
}

// Media lists the files that the Content shows, each once.
func (c Content) Media() []MediaRef {
	var list []MediaRef
	add := func(refs ...MediaRef) {
		for _, r := range refs {
			if !slices.ContainsFunc(list, func(have MediaRef) bool { return have.ID == r.ID }) {
				list = append(list, r)
			}
		}
	}
	if c.Cover != nil {
		add(*c.Cover)
	}
	add(c.Pictures...)
	if c.Video != nil {
		add(*c.Video)
	}
	add(c.BodyMedia...)
	return list
}

// MediaBlob is stored bytes, and whose they are: BlobKey is "" for a part of an upload.
type MediaBlob struct{ Name, MediaID, BlobKey string }
