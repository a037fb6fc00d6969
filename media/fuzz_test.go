package media_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	"countersign/media"
	"countersign/model"
)

// good are files that are taken.
func good(t testing.TB) map[string][][]byte {
	t.Helper()
	mov, long := moving("qt  "), film()
	long.version, long.top = 1, longBox("uuid", []byte(secret))
	return map[string][][]byte{
		"image/png":       {aPNG(t, 24, 16)},
		"image/jpeg":      {taken(t, 24, 16, 6), aJPEG(t, 24, 16)},
		"image/gif":       {aGIF(t, 12, 8, 1), aGIF(t, 12, 8, 3)},
		"image/webp":      {aWebP(24, 16), toldWebP(24, 16)},
		"video/mp4":       {film().bytes(), long.bytes(), fragmented(words(0xf05, 2, 0, 0, 10, 9, 9, 9, 20, 9, 9, 9))},
		"video/quicktime": {mov.bytes()},
	}
}

// holds asks of any file: it is refused as the sender's fault, or what is kept of it is
// whole, tells the same size to every decoder, and stays as it is when it comes again.
func holds(t testing.TB, d *media.Door, mime string, raw []byte) {
	t.Helper()
	clean, f, err := d.Look(t.Context(), mime, raw)
	if err != nil {
		if e, ok := errors.AsType[*model.Error](err); !ok || e.Kind() != model.KindUnprocessable {
			t.Fatalf("%s: %v", mime, err)
		}
		return
	}
	again, g, err := d.Look(t.Context(), mime, clean)
	if err != nil || !bytes.Equal(clean, again) || f != g {
		t.Fatalf("%s: what was kept is not kept again: %v, %+v and %+v", mime, err, f, g)
	}
	if model.MediaMimes()[mime] == model.MediaVideo {
		if len(clean) != len(raw) {
			t.Fatalf("%s: %d bytes became %d", mime, len(raw), len(clean))
		}
		return
	}
	cfg, format, err := image.DecodeConfig(bytes.NewReader(clean))
	same := cfg.Width == f.Width && cfg.Height == f.Height || mime == "image/jpeg" && cfg.Width == f.Height && cfg.Height == f.Width
	if err != nil || "image/"+format != mime || !same {
		t.Fatalf("%s: %v, a %s of %d×%d, told as %d×%d", mime, err, format, cfg.Width, cfg.Height, f.Width, f.Height)
	}
}

// TestMutations: thousands of files, each one mistake or some away from a good one.
func TestMutations(t *testing.T) {
	t.Parallel()
	d, _ := disk(t)
	for mime, list := range good(t) {
		t.Run(mime, func(t *testing.T) {
			t.Parallel()
			for i, raw := range list {
				if _, _, err := d.Look(t.Context(), mime, raw); err != nil {
					t.Fatal(err)
				}
				for seed := range uint64(1500) {
					r := rand.New(rand.NewPCG(seed, uint64(i)))
					mutant := slices.Clone(raw)
					for range 1 + r.IntN(3) {
						mutant = mutate(r, mutant)
					}
					holds(t, d, mime, mutant)
				}
			}
		})
	}
}

// mutate makes one mistake.
func mutate(r *rand.Rand, raw []byte) []byte {
	if len(raw) == 0 {
		return []byte{0}
	}
	a, b := r.IntN(len(raw)), r.IntN(len(raw))
	a, b = min(a, b), max(a, b)
	switch r.IntN(7) {
	case 0:
		raw[a] ^= 1 << r.IntN(8)
	case 1:
		raw[a] = byte(r.Uint32())
	case 2: // a piece is missing
		return slices.Delete(raw, a, min(b, a+16))
	case 3: // or there twice
		return slices.Insert(raw, a, slices.Clone(raw[a:b])...)
	case 4:
		return raw[:b]
	case 5: // a length that is none
		for i := a; i < min(a+4, len(raw)); i++ {
			raw[i] = []byte{0, 0xff, 0x7f, 0x80}[r.IntN(4)]
		}
	case 6:
		return append(raw, fmt.Append(nil, "<script>", r.Uint64())...)
	}
	return raw
}

// FuzzFinish looks for more of them.
func FuzzFinish(f *testing.F) {
	d, _ := disk(f)
	for mime, list := range good(f) {
		for _, raw := range list {
			f.Add(mime, raw)
		}
	}
	f.Fuzz(func(t *testing.T, mime string, raw []byte) {
		if model.MediaMimes()[mime] != "" {
			holds(t, d, mime, raw)
		}
	})
}
