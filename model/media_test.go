package model

import (
	"errors"
	"strings"
	"testing"
)

var mediaLimits = MediaLimits{PictureBytes: 10 << 20, VideoBytes: 200 << 20}

// TestCheckMedia: each bound of an announced upload, at its edge.
func TestCheckMedia(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		name, mime string
		bytes      int64
		want       string
	}{
		"a picture":                 {"图.png", "image/png", 1, ""},
		"the largest picture":       {"图.png", "image/jpeg", 10 << 20, ""},
		"a larger one":              {"图.png", "image/jpeg", 10<<20 + 1, string(CodeMediaTooLarge)},
		"a video of that size":      {"片.mp4", "video/mp4", 10<<20 + 1, ""},
		"the largest video":         {"片.mp4", "video/quicktime", 200 << 20, ""},
		"a larger video":            {"片.mp4", "video/mp4", 200<<20 + 1, string(CodeMediaTooLarge)},
		"an empty file":             {"图.png", "image/png", 0, "bytes out_of_range"},
		"a negative size":           {"图.png", "image/png", -1, "bytes out_of_range"},
		"an unknown type":           {"图.svg", "image/svg+xml", 1, string(CodeMediaType)},
		"no type":                   {"图", "", 1, string(CodeMediaType)},
		"no name":                   {" ", "image/png", 1, "name required"},
		"the longest name":          {strings.Repeat("长", MaxMediaName), "image/png", 1, ""},
		"a longer name":             {strings.Repeat("长", MaxMediaName+1), "image/png", 1, "name too_long"},
		"a name that turns around":  {"a\u202eb.png", "image/png", 1, "name forbidden_character"},
		"a picture of a video type": {"图.png", "video/mp4", 1, ""},
	} {
		kind, err := CheckMedia(tc.name, tc.mime, tc.bytes, mediaLimits)
		if got := field(err); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
		if err == nil && kind != MediaMimes()[tc.mime] || err != nil && kind != "" {
			t.Errorf("%s: is a %q", name, kind)
		}
	}
	_, err := CheckMedia("图", "image/png", 10<<20+1, mediaLimits)
	if e, ok := errors.AsType[*Error](err); !ok || e.Args["most"] != "10 MiB" {
		t.Errorf("how much may be is told as %+v", e)
	}
}

// TestParts: every byte of an upload is in one part, and all parts but the last are full.
func TestParts(t *testing.T) {
	t.Parallel()
	const full = MediaPartBytes
	for bytes, want := range map[int64][]int64{
		1: {1}, full - 1: {full - 1}, full: {full}, full + 1: {full, 1}, 2 * full: {full, full}, 3*full - 1: {full, full, full - 1}, 0: {},
	} {
		if n := PartsOf(bytes); n != len(want) {
			t.Errorf("%d bytes have %d parts, want %d", bytes, n, len(want))
		}
		for i, size := range want {
			if got := PartBytes(bytes, i+1); got != size {
				t.Errorf("part %d of %d bytes has %d, want %d", i+1, bytes, got, size)
			}
		}
		for _, n := range []int{-1, 0, len(want) + 1} {
			if got := PartBytes(bytes, n); got != 0 {
				t.Errorf("part %d of %d bytes has %d", n, bytes, got)
			}
		}
	}
}

// TestUnfitFor: Douyin takes videos of 128 MB, to the byte.
func TestUnfitFor(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		m    Media
		of   ContentType
		want string
	}{
		{Media{Kind: MediaVideo, Bytes: MaxDouyinVideo}, ContentDouyinVideo, ""},
		{Media{Kind: MediaVideo, Bytes: MaxDouyinVideo + 1}, ContentDouyinVideo, "too_large_for_douyin"},
		{Media{Kind: MediaVideo, Bytes: MaxDouyinVideo + 1}, ContentGeneric, ""},
		{Media{Kind: MediaPicture, Bytes: MaxDouyinVideo + 1}, ContentDouyinVideo, ""},
	} {
		if got := tc.m.UnfitFor(tc.of); got != tc.want {
			t.Errorf("%+v of %s: %q, want %q", tc.m, tc.of, got, tc.want)
		}
	}
	if MaxDouyinVideo != 128_000_000 {
		t.Error("Douyin's megabyte is a million bytes")
	}
}

// TestMediaOfContent: each file once, in the order in which a reader meets them.
func TestMediaOfContent(t *testing.T) {
	t.Parallel()
	ref := func(id string) MediaRef { return MediaRef{ID: id, SHA256: "of " + id} }
	cover, video := ref("cover"), ref("video")
	c := Content{Cover: &cover, Pictures: []MediaRef{ref("a"), ref("b"), ref("a")}, Video: &video, BodyMedia: []MediaRef{ref("cover"), ref("c"), ref("b")}}
	var got []string
	for _, r := range c.Media() {
		got = append(got, r.ID)
		if r.SHA256 != "of "+r.ID {
			t.Errorf("%+v", r)
		}
	}
	if strings.Join(got, " ") != "cover a b video c" {
		t.Error(got)
	}
	if (Content{}).Media() != nil || (Content{}).CoverSHA256() != "" || c.CoverSHA256() != "of cover" {
		t.Error("a content without files shows some, or a cover has another hash")
	}
}
