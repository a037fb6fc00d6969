package media_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
)

// caseFiles are small films as real encoders write them, 640 by 360 but for nothing: each
// is odd in one way.
func caseFiles(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	found, err := filepath.Glob("testdata/*.m*")
	if err != nil || len(found) != 6 {
		t.Fatal(found, err)
	}
	for _, path := range found {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = raw
	}
	return files
}

func mimeOf(name string) string {
	if filepath.Ext(name) == ".mov" {
		return "video/quicktime"
	}
	return "video/mp4"
}

// TestFilmsOfRealEncoders: a major brand that nobody knows beside compatible ones that all
// know, no brand at all, zeros behind the last box, no size in the track's header, and
// fragments, whose length stands in them alone.
func TestFilmsOfRealEncoders(t *testing.T) {
	t.Parallel()
	d, _ := disk(t)
	for name, raw := range caseFiles(t) {
		clean, f, err := d.Look(t.Context(), mimeOf(name), raw)
		if err != nil || f.Width != 640 || f.Height != 360 || len(clean) != len(raw) {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
		if f.DurationMS < 2000 || f.DurationMS > 2100 { // the sound is a little longer than the pictures
			t.Errorf("%s takes %d ms", name, f.DurationMS)
		}
		holds(t, d, mimeOf(name), raw)
		for _, part := range []int{10, 50, 75, 99} {
			if _, _, err := d.Look(t.Context(), mimeOf(name), raw[:len(raw)*part/100]); name != "padzero.mp4" && model.CodeOf(err) != model.CodeMediaDamaged {
				t.Errorf("%s cut to %d %%: %v", name, part, err)
			}
		}
	}
	for padding := range 12 {
		holds(t, d, "video/mp4", append(film().bytes(), make([]byte, padding)...))
		if _, _, err := d.Look(t.Context(), "video/mp4", append(film().bytes(), make([]byte, padding)...)); err != nil {
			t.Errorf("%d zeros behind it: %v", padding, err)
		}
	}
}

// Pictures and sound come in the same boxes, and name the brands of films beside theirs.
func TestBrandsOfNoFilms(t *testing.T) {
	t.Parallel()
	d, _ := disk(t)
	for _, major := range []string{"heic", "avif", "avis", "mif1", "M4A ", "????"} {
		whole := film().bytes()
		ftyp := testkit.Box("ftyp", []byte(major+"\x00\x00\x00\x00mif1iso8mp42"))
		_, _, err := d.Look(t.Context(), "video/mp4", slices.Concat(ftyp, whole[binary.BigEndian.Uint32(whole):]))
		if taken := major == "????"; taken != (err == nil) || !taken && model.CodeOf(err) != model.CodeMediaMismatch {
			t.Errorf("%q: %v", major, err)
		}
	}
}

// fragmented is a film with one fragment of one run.
func fragmented(trun []byte, tfhd ...byte) []byte {
	f := film()
	f.length = 0
	f.more = testkit.Box("mvex", testkit.Box("trex", words(0, 1, 1, 40, 0, 0))) // 40 units a sample
	whole := f.bytes()
	// the track gets an id and a clock: 1000 units a second
	tkhd, mdhd := bytes.Index(whole, []byte("tkhd")), bytes.Index(whole, []byte("mdhd"))
	binary.BigEndian.PutUint32(whole[tkhd+4+12:], 1)
	binary.BigEndian.PutUint32(whole[mdhd+4+12:], 1000)
	if tfhd == nil { // of track 1, and nothing else
		tfhd = []byte{0, 0, 0, 0, 0, 0, 0, 1}
	}
	moof := testkit.Box("moof", testkit.Box("mfhd", make([]byte, 8)), testkit.Box("traf", testkit.Box("tfhd", tfhd), testkit.Box("trun", trun)))
	return slices.Concat(whole, moof, testkit.Box("mdat", []byte("more")))
}

func words(list ...uint32) (out []byte) {
	for _, w := range list {
		out = binary.BigEndian.AppendUint32(out, w)
	}
	return out
}

// TestFragments: a sample's length stands with it, or with its fragment, or with its track.
func TestFragments(t *testing.T) {
	t.Parallel()
	d, _ := disk(t)
	for name, tc := range map[string]struct {
		raw  []byte
		want int64 // ms; -1: refused
	}{
		"by the track":               {fragmented(words(0, 50)), 2000},
		"by the fragment":            {fragmented(words(0, 50), words(0x08, 1, 20)...), 1000},
		"by the fragment, far":       {fragmented(words(0, 50), words(0x2b, 1, 0, 0, 1, 20, 9)...), 1000},
		"by each":                    {fragmented(words(0x100, 3, 10, 20, 30)), 60},
		"by each, among others":      {fragmented(words(0xf05, 2, 0, 0, 10, 9, 9, 9, 20, 9, 9, 9)), 30},
		"none":                       {fragmented(words(0x100, 0)), 0},
		"more than there are":        {fragmented(words(0x100, 4, 10, 20, 30)), -1},
		"four billion":               {fragmented(words(0x100, 1<<32-1, 10)), -1},
		"four billion without entry": {fragmented(words(0, 1<<32-1)), (1<<32 - 1) * 40},
		"that never end":             {fragmented(words(0, 1<<32-1), words(0x08, 1, 1<<32-1)...), -1},
		"of no track":                {fragmented(words(0, 50), words(0, 7)...), -1},
		"cut":                        {fragmented(words(0)), -1},
		"cut head":                   {fragmented(words(0, 50), words(0x08, 1)...), -1},
	} {
		_, f, err := d.Look(t.Context(), "video/mp4", tc.raw)
		if (tc.want < 0) != (model.CodeOf(err) == model.CodeMediaDamaged && err != nil) || tc.want >= 0 && f.DurationMS != tc.want {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
		holds(t, d, "video/mp4", tc.raw)
	}
}
