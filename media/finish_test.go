package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	_ "image/gif"
	"image/jpeg"
	_ "image/png"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "golang.org/x/image/webp"

	"countersign/internal/testkit"
	"countersign/media"
	"countersign/model"
)

var limits = model.MediaLimits{PictureBytes: 8 << 20, PicturePixels: 4_000_000, PictureSide: 4096, VideoBytes: 1 << 30}

// disk is a door to a folder of the test's own.
func disk(t testing.TB) (*media.Door, string) {
	t.Helper()
	dir := t.TempDir()
	d, err := media.Open(t.Context(), media.Options{Driver: "disk", Path: dir, Limits: limits, DecodeMemory: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d, dir
}

// sent uploads a file's parts.
func sent(t testing.TB, d *media.Door, mime string, raw []byte) (model.Media, []model.MediaPart) {
	t.Helper()
	m := model.Media{ID: testkit.NewID(), Kind: model.MediaMimes()[mime], Mime: mime, Bytes: int64(len(raw))}
	var parts []model.MediaPart
	for n := 1; n <= model.PartsOf(m.Bytes); n++ {
		size := model.PartBytes(m.Bytes, n)
		at := int64(n-1) * model.MediaPartBytes
		sum, err := d.PutPart(t.Context(), m.ID, n, bytes.NewReader(raw[at:at+size]), size, "")
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, model.MediaPart{Number: n, Bytes: size, SHA256: sum})
	}
	return m, parts
}

// taking uploads a file that is taken, and answers what is kept of it.
func taking(t testing.TB, d *media.Door, mime string, raw []byte) (model.MediaFacts, []byte, model.Media) {
	t.Helper()
	m, parts := sent(t, d, mime, raw)
	f, err := d.Finish(t.Context(), m, parts)
	if err != nil {
		t.Fatal(err)
	}
	m.BlobKey = f.BlobKey
	return f, stored(t, d, m, false), m
}

func stored(t testing.TB, d *media.Door, m model.Media, thumb bool) []byte {
	t.Helper()
	r, err := d.OpenFile(t.Context(), m, thumb)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// files lists all of a folder.
func files(t testing.TB, dir string) (list []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			list = append(list, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// badFile is a file that is refused.
type badFile struct {
	name, mime string
	raw        []byte
	code       model.Code
}

// TestBadFiles: each is refused under its own code, and nothing is left of it but the
// parts, which whoever asks for it deletes.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	d, dir := disk(t)
	list := slices.Concat(wrongTypes(t), polyglots(t), tooLarge(t), damagedPictures(t), damagedFilms())
	if len(list) < 60 {
		t.Fatalf("%d files", len(list))
	}
	for _, f := range list {
		m, parts := sent(t, d, f.mime, f.raw)
		before := files(t, dir)
		_, err := d.Finish(t.Context(), m, parts)
		if got := model.CodeOf(err); got != f.code {
			t.Errorf("%s: %q (%v), want %q", f.name, got, err, f.code)
		}
		if diff := cmp.Diff(before, files(t, dir)); diff != "" {
			t.Errorf("%s: %s", f.name, diff)
		}
		if err := d.DropParts(t.Context(), m.ID, len(parts)); err != nil || len(files(t, dir)) != 0 {
			t.Errorf("%s: %v, left %v", f.name, err, files(t, dir))
		}
	}
}

func wrongTypes(t *testing.T) (list []badFile) {
	t.Helper()
	whole := map[string][]byte{
		"image/png": aPNG(t, 20, 10), "image/jpeg": aJPEG(t, 20, 10), "image/gif": aGIF(t, 20, 10, 1), "image/webp": aWebP(20, 10),
		"video/mp4": film().bytes(), "video/quicktime": moving("qt  ").bytes(),
	}
	for is, raw := range whole {
		for said := range whole {
			if said != is {
				list = append(list, badFile{is + " as " + said, said, raw, model.CodeMediaMismatch})
			}
		}
	}
	for name, raw := range map[string]string{
		"SVG": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "SVG with a prolog": `<?xml version="1.0"?><svg/>`,
		"HTML": "<!DOCTYPE html><script>alert(1)</script>", "zip": "PK\x03\x04\x14\x00", "PDF": "%PDF-1.7\n", "ELF": "\x7fELF\x02\x01\x01",
		"HEIC": "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "AVIF": "\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif",
		"BMP": "BM\x3a\x00\x00\x00\x00\x00", "TIFF": "II*\x00\x08\x00\x00\x00", "one byte": "\x89", "zeros": strings.Repeat("\x00", 99),
		"PNG behind a space": " " + string(whole["image/png"]), "WAV": "RIFF\x10\x00\x00\x00WAVEfmt ",
	} {
		list = append(list, badFile{name, "image/png", []byte(raw), model.CodeMediaMismatch}, badFile{name, "video/mp4", []byte(raw), model.CodeMediaMismatch})
	}
	return list
}

func moving(brand string) filmParts {
	f := film()
	f.brand = brand
	return f
}

func polyglots(t *testing.T) []badFile {
	t.Helper()
	zip := []byte("PK\x05\x06" + strings.Repeat("\x00", 18))
	html := []byte("<html><script>alert(1)</script></html>")
	webp := aWebP(20, 10)
	return []badFile{
		{"PNG, HTML behind it", "image/png", append(aPNG(t, 20, 10), html...), model.CodeMediaTrailing},
		{"PNG, zip behind it", "image/png", append(aPNG(t, 20, 10), zip...), model.CodeMediaTrailing},
		{"PNG, a byte behind it", "image/png", append(aPNG(t, 20, 10), 0), model.CodeMediaTrailing},
		{"PNG, twice", "image/png", append(aPNG(t, 20, 10), aPNG(t, 20, 10)...), model.CodeMediaTrailing},
		{"GIF, script behind it", "image/gif", append(aGIF(t, 20, 10, 1), "*/=1;alert(1)"...), model.CodeMediaTrailing},
		{"WebP, zip behind it", "image/webp", append(webp, zip...), model.CodeMediaTrailing},
		{"MP4, zip behind it", "video/mp4", append(film().bytes(), zip...), model.CodeMediaDamaged},
		{"MP4, HTML behind it", "video/mp4", append(film().bytes(), html...), model.CodeMediaDamaged},
		{"MP4, a byte behind it", "video/mp4", append(film().bytes(), 1), model.CodeMediaDamaged},
		{"MP4, zeros and a byte behind it", "video/mp4", append(append(film().bytes(), make([]byte, 64)...), 1), model.CodeMediaDamaged},
		{"MP4, two megabytes of zeros behind it", "video/mp4", append(film().bytes(), make([]byte, 2<<20)...), model.CodeMediaDamaged},
	}
}

func tooLarge(t *testing.T) []badFile {
	t.Helper()
	short := aJPEG(t, 16, 16)
	sof := bytes.Index(short, []byte{0xff, 0xc0})
	huge := slices.Clone(short)
	copy(huge[sof+5:], []byte{0x75, 0x30, 0x75, 0x30})
	empty := slices.Clone(short)
	copy(empty[sof+5:], []byte{0, 0})
	wide := aGIF(t, 10, 10, 1)
	copy(wide[6:], []byte{0xff, 0xff, 0xff, 0xff})
	return []badFile{
		{"PNG 30000×30000", "image/png", slices.Concat([]byte(pngStart), pngHeader(30_000, 30_000, 8), chunk("IDAT", []byte{1}), chunk("IEND", nil)), model.CodePictureSize},
		{"PNG 2^31-1 wide", "image/png", slices.Concat([]byte(pngStart), pngHeader(1<<31-1, 1<<31-1, 16), chunk("IDAT", []byte{1}), chunk("IEND", nil)), model.CodePictureSize},
		{"PNG too wide", "image/png", slices.Concat([]byte(pngStart), pngHeader(4097, 1, 8), chunk("IDAT", []byte{1}), chunk("IEND", nil)), model.CodePictureSize},
		{"PNG of no height", "image/png", slices.Concat([]byte(pngStart), pngHeader(10, 0, 8), chunk("IDAT", []byte{1}), chunk("IEND", nil)), model.CodeMediaDamaged},
		{"JPEG 30000×30000", "image/jpeg", huge, model.CodePictureSize},
		{"JPEG of no height", "image/jpeg", empty, model.CodeMediaDamaged},
		{"GIF 65535×65535, small frame", "image/gif", wide, model.CodePictureSize},
		{"GIF of many large frames", "image/gif", bombGIF(2000, 1000, 3), model.CodePictureSize},
		{"GIF of a million small frames", "image/gif", bombGIF(1, 1, 100_000), model.CodePictureSize},
		{"WebP 16384×16384", "image/webp", aWebP(16384, 16384), model.CodePictureSize},
		{"WebP small, its picture large", "image/webp", riff(vp8x(0, 10, 10), webpChunk("VP8L", vp8l(16384, 16384))), model.CodeMediaDamaged},
		{"WebP large, its picture small", "image/webp", riff(vp8x(0, 16384, 16384), webpChunk("VP8L", vp8l(10, 10))), model.CodePictureSize},
		{"WebP animated by its flag", "image/webp", riff(vp8x(1<<1, 10, 10), webpChunk("VP8L", vp8l(10, 10))), model.CodePictureAnimated},
		{"WebP animated by its chunks", "image/webp", riff(vp8x(0, 10, 10), webpChunk("ANIM", make([]byte, 6)), webpChunk("ANMF", make([]byte, 16))), model.CodePictureAnimated},
	}
}

// bombGIF has frames that all take the same few bytes.
func bombGIF(w, h uint16, frames int) []byte {
	out := []byte("GIF89a")
	out = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(out, w), h)
	out = append(out, 0x80, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff)
	frame := append([]byte{0x2c, 0, 0, 0, 0}, binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, w), h)...)
	frame = append(frame, 0, 2, 2, 0x44, 0x01, 0)
	return append(append(out, bytes.Repeat(frame, frames)...), 0x3b)
}

func damagedPictures(t *testing.T) (list []badFile) {
	t.Helper()
	for mime, raw := range map[string][]byte{"image/png": aPNG(t, 60, 40), "image/jpeg": aJPEG(t, 60, 40), "image/gif": aGIF(t, 60, 40, 3), "image/webp": toldWebP(60, 40)} {
		for _, part := range []int{50, 75, 90, 97} {
			list = append(list, badFile{mime + " cut", mime, raw[:len(raw)*part/100], model.CodeMediaDamaged})
		}
		list = append(list, badFile{mime + " without its last byte", mime, raw[:len(raw)-1], model.CodeMediaDamaged},
			badFile{mime + " cut behind its name", mime, raw[:12], model.CodeMediaDamaged})
	}
	p, j := aPNG(t, 60, 40), aJPEG(t, 60, 40)
	wrong := slices.Clone(p)
	wrong[len(wrong)-20] ^= 1
	sos := bytes.Index(j, []byte{0xff, 0xda})
	scan := j[sos:bytes.LastIndex(j, []byte{0xff, 0xd9})]
	return append(list,
		badFile{"PNG with a wrong checksum", "image/png", wrong, model.CodeMediaDamaged},
		badFile{"PNG with a chunk nobody knows", "image/png", after(p, behindIHDR, chunk("CgBI", nil)), model.CodeMediaDamaged},
		badFile{"PNG with two headers", "image/png", after(p, behindIHDR, p[8:behindIHDR]), model.CodeMediaDamaged},
		badFile{"PNG without a header", "image/png", slices.Concat(p[:8], p[behindIHDR:]), model.CodeMediaDamaged},
		badFile{"PNG without pixels", "image/png", slices.Concat(p[:behindIHDR], chunk("IEND", nil)), model.CodeMediaDamaged},
		badFile{"JPEG cut, its end put behind", "image/jpeg", slices.Concat(j[:sos+30], []byte{0xff, 0xd9}), model.CodeMediaDamaged},
		badFile{"JPEG without pixels", "image/jpeg", slices.Concat(j[:sos], []byte{0xff, 0xd9}), model.CodeMediaDamaged},
		badFile{"JPEG of too many passes", "image/jpeg", slices.Concat(j[:sos], bytes.Repeat(scan, 200), []byte{0xff, 0xd9}), model.CodeMediaDamaged},
		badFile{"JPEG with nothing but a comment", "image/jpeg", slices.Concat([]byte{0xff, 0xd8}, segment(0xfe, []byte("x")), []byte{0xff, 0xd9}), model.CodeMediaDamaged},
		badFile{"GIF without frames", "image/gif", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), model.CodeMediaDamaged},
		badFile{"GIF with a frame beyond its edge", "image/gif", edge(t), model.CodeMediaDamaged},
		badFile{"WebP with two pictures", "image/webp", riff(webpChunk("VP8L", vp8l(10, 10)), webpChunk("VP8L", vp8l(10, 10))), model.CodeMediaDamaged},
		badFile{"WebP without a picture", "image/webp", riff(vp8x(0, 10, 10)), model.CodeMediaDamaged},
	)
}

func edge(t *testing.T) []byte {
	t.Helper()
	raw := aGIF(t, 10, 10, 1)
	raw[6] = 5
	return raw
}

func damagedFilms() (list []badFile) {
	whole := film().bytes()
	for _, part := range []int{10, 50, 75, 99} {
		list = append(list, badFile{"film cut", "video/mp4", whole[:len(whole)*part/100], model.CodeMediaDamaged})
	}
	mdat := bytes.Index(whole, []byte("mdat")) - 4
	for _, by := range []int32{-200, -1, 1, 9, 1 << 30} {
		wrong := slices.Clone(whole)
		binary.BigEndian.PutUint32(wrong[mdat:], uint32(int32(binary.BigEndian.Uint32(wrong[mdat:]))+by))
		list = append(list, badFile{"film whose content has another length", "video/mp4", wrong, model.CodeMediaDamaged})
	}
	for name, change := range map[string]func(*filmParts){
		"no table of contents":  func(f *filmParts) { f.noMovie = true },
		"two tables":            func(f *filmParts) { f.movieTwice = true },
		"no movie header":       func(f *filmParts) { f.noHead = true },
		"no track":              func(f *filmParts) { f.noTrack = true },
		"no picture":            func(f *filmParts) { f.w = 0 },
		"no content":            func(f *filmParts) { f.content = nil },
		"a table that is cut":   func(f *filmParts) { f.more = []byte{0, 0, 0, 99, 'x', 'x', 'x', 'x'} },
		"a table of rubbish":    func(f *filmParts) { f.more = []byte{0, 0, 0} },
		"a box inside, endless": func(f *filmParts) { f.more = []byte{0, 0, 0, 0, 'f', 'r', 'e', 'e'} },
		"a box without a name":  func(f *filmParts) { f.top = testkit.Box("\x00\x01\x02\x03", make([]byte, 9)) },
		"a length beyond any":   func(f *filmParts) { f.top = append(longBox("free", nil)[:8], 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0) },
		"a million boxes":       func(f *filmParts) { f.top = bytes.Repeat(testkit.Box("free"), 1_000_000) },
	} {
		f := film()
		change(&f)
		list = append(list, badFile{"film: " + name, "video/mp4", f.bytes(), model.CodeMediaDamaged})
	}
	return list
}

// TestSizeBeforePixels: what is refused for its size costs no memory for its pixels.
func TestSizeBeforePixels(t *testing.T) { //nolint:paralleltest // it reads what the whole program allocates
	d, _ := disk(t)
	for _, f := range tooLarge(t) {
		var before, then runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := d.Look(t.Context(), f.mime, f.raw)
		runtime.ReadMemStats(&then)
		if model.CodeOf(err) != f.code {
			t.Errorf("%s: %v", f.name, err)
		}
		if took := then.TotalAlloc - before.TotalAlloc; took > 16<<20 {
			t.Errorf("%s: %d MiB for a file of %d bytes", f.name, took>>20, len(f.raw))
		}
	}
}

// TestUpright: a JPEG's orientation holds for the small picture and for the size that is
// told, and stays in the file, which loses everything else that its camera wrote.
func TestUpright(t *testing.T) {
	t.Parallel()
	d, _ := disk(t)
	for o := uint16(1); o <= 8; o++ {
		f, raw, m := taking(t, d, "image/jpeg", taken(t, 80, 40, o))
		w, h := 80, 40
		if o >= 5 {
			w, h = h, w
		}
		if f.Width != w || f.Height != h {
			t.Errorf("orientation %d: %d×%d", o, f.Width, f.Height)
		}
		if bytes.Contains(raw, []byte(secret)) || bytes.Contains(raw, []byte("Photoshop")) || bytes.Contains(raw, []byte("adobe")) {
			t.Errorf("orientation %d: what the camera wrote is still there", o)
		}
		if kept := bytes.Contains(raw, []byte("Exif\x00\x00")); kept != (o != 1) {
			t.Errorf("orientation %d: said %v", o, kept)
		}
		if _, err := jpeg.Decode(bytes.NewReader(raw)); err != nil {
			t.Error(err)
		}
		small, err := jpeg.Decode(bytes.NewReader(stored(t, d, m, true)))
		if err != nil {
			t.Fatal(err)
		}
		if small.Bounds().Dx() != w || small.Bounds().Dy() != h {
			t.Fatalf("orientation %d: small %v", o, small.Bounds())
		}
		if got, want := redCorner(small), []string{"", "lt", "rt", "rb", "lb", "lt", "rt", "rb", "lb"}[o]; got != want {
			t.Errorf("orientation %d: the red quarter is at %s, want %s", o, got, want)
		}
		again, second, _ := taking(t, d, "image/jpeg", raw)
		if !bytes.Equal(raw, second) || again.SHA256 != f.SHA256 {
			t.Errorf("orientation %d: cleaned again it changes", o)
		}
	}
}

func redCorner(img image.Image) string {
	b := img.Bounds()
	for name, at := range map[string]image.Point{
		"lt": {b.Dx() / 4, b.Dy() / 4}, "rt": {b.Dx() * 3 / 4, b.Dy() / 4}, "lb": {b.Dx() / 4, b.Dy() * 3 / 4}, "rb": {b.Dx() * 3 / 4, b.Dy() * 3 / 4},
	} {
		if r, _, blue, _ := img.At(at.X, at.Y).RGBA(); r > blue {
			return name
		}
	}
	return "nowhere"
}

// TestCleaned: what tells of the author goes, what shows stays, byte for byte.
func TestCleaned(t *testing.T) {
	t.Parallel()
	d, _ := disk(t)
	plain, anim := aPNG(t, 30, 20), aGIF(t, 30, 20, 3)
	comment := append([]byte{0x21, 0xfe, byte(len(secret))}, append([]byte(secret), 0)...)
	program := append([]byte{0x21, 0xff, 11}, append([]byte("XMP DataXMP"+string(rune(len(secret)))+secret), 0)...)
	hidden := append([]byte{0x21, 0xff, 11}, append([]byte("NETSCAPE2.0"+string(rune(len(secret)))+secret), 0)...)
	behind := len(anim) - 1
	j := aJPEG(t, 30, 20)
	for name, c := range map[string]struct {
		mime      string
		raw, want []byte
	}{
		"PNG as it is":         {"image/png", plain, plain},
		"PNG with text":        {"image/png", after(plain, behindIHDR, chunk("tEXt", []byte("Comment\x00"+secret)), chunk("eXIf", []byte(secret)), chunk("tIME", make([]byte, 7))), plain},
		"PNG with frames":      {"image/png", after(plain, behindIHDR, chunk("acTL", make([]byte, 8)), chunk("fdAT", []byte(secret))), plain},
		"GIF as it is":         {"image/gif", anim, anim},
		"GIF with a comment":   {"image/gif", after(anim, behind, comment), anim},
		"GIF with XMP":         {"image/gif", after(anim, behind, program), anim},
		"GIF with a fake loop": {"image/gif", after(anim, behind, hidden), anim},
		"JPEG, a zip behind":   {"image/jpeg", append(slices.Clone(j), "PK\x03\x04"+secret...), j},
		"JPEG, a second one":   {"image/jpeg", slices.Concat(j, taken(t, 8, 8, 1)), j},
		"WebP as it is":        {"image/webp", aWebP(30, 20), aWebP(30, 20)},
		"WebP with EXIF":       {"image/webp", toldWebP(30, 20), riff(vp8x(1<<5, 30, 20), webpChunk("ICCP", []byte("profile")), webpChunk("VP8L", vp8l(30, 20)))},
	} {
		f, raw, _ := taking(t, d, c.mime, c.raw)
		if !bytes.Equal(raw, c.want) || f.Width != 30 || f.Height != 20 || f.Bytes != int64(len(c.want)) || !f.Thumb {
			t.Errorf("%s: %d bytes, want %d; %+v", name, len(raw), len(c.want), f)
		}
		if cfg, _, err := image.DecodeConfig(bytes.NewReader(raw)); err != nil || cfg.Width != 30 || cfg.Height != 20 {
			t.Errorf("%s: %v %+v", name, err, cfg)
		}
	}
}

// TestFilms: a film keeps its length and every byte of its pictures; what its camera
// wrote into it is empty afterwards.
func TestFilms(t *testing.T) {
	t.Parallel()
	d, _ := disk(t)
	for name, c := range map[string]struct {
		change        func(*filmParts)
		width, height int
		duration      int64
	}{
		"as it is":                {func(*filmParts) {}, 640, 360, 2500},
		"MOV":                     {func(f *filmParts) { f.brand = "qt  " }, 640, 360, 2500},
		"long headers":            {func(f *filmParts) { f.version = 1 }, 640, 360, 2500},
		"held upright":            {func(f *filmParts) { f.turned = true }, 360, 640, 2500},
		"upright, long headers":   {func(f *filmParts) { f.turned, f.version = true, 1 }, 360, 640, 2500},
		"no length":               {func(f *filmParts) { f.length = 1<<32 - 1 }, 640, 360, 0},
		"no scale":                {func(f *filmParts) { f.scale = 0 }, 640, 360, 0},
		"a length beyond any":     {func(f *filmParts) { f.version, f.length = 1, 1<<64-1 }, 640, 360, 0},
		"a place of its own":      {func(f *filmParts) { f.more = testkit.Box("meta", []byte(secret)) }, 640, 360, 2500},
		"a long box":              {func(f *filmParts) { f.top = longBox("uuid", []byte(secret)) }, 640, 360, 2500},
		"a long box inside":       {func(f *filmParts) { f.more = longBox("udta", []byte(secret)) }, 640, 360, 2500},
		"something in free space": {func(f *filmParts) { f.top = testkit.Box("free", []byte(secret)) }, 640, 360, 2500},
		"a phone's own box":       {func(f *filmParts) { f.top = testkit.Box("sefd", []byte(secret)) }, 640, 360, 2500},
	} {
		p := film()
		c.change(&p)
		mime := "video/mp4"
		if p.brand == "qt  " {
			mime = "video/quicktime"
		}
		sent := p.bytes()
		f, raw, _ := taking(t, d, mime, sent)
		if f.Width != c.width || f.Height != c.height || f.DurationMS != c.duration || f.Bytes != int64(len(sent)) {
			t.Errorf("%s: %+v", name, f)
		}
		if bytes.Contains(raw, []byte("SECRET")) || !bytes.Contains(raw, p.content) || len(raw) != len(sent) {
			t.Errorf("%s: the place is still there, or the film is not", name)
		}
		if _, again, _ := taking(t, d, mime, raw); !bytes.Equal(again, raw) {
			t.Errorf("%s: cleaned again it changes", name)
		}
	}
}

// TestAnnounced: a digest that its sender announced is compared with what arrived.
func TestAnnounced(t *testing.T) {
	t.Parallel()
	d, dir := disk(t)
	for _, mime := range []string{"image/png", "video/mp4"} {
		raw := aPNG(t, 9, 9)
		if mime == "video/mp4" {
			raw = film().bytes()
		}
		m, parts := sent(t, d, mime, raw)
		m.SHA256 = strings.Repeat("0", 64)
		before := files(t, dir)
		if _, err := d.Finish(t.Context(), m, parts); model.CodeOf(err) != model.CodeUploadHash {
			t.Error(err)
		}
		if diff := cmp.Diff(before, files(t, dir)); diff != "" {
			t.Error(diff)
		}
		if _, err := d.Finish(t.Context(), m, nil); model.CodeOf(err) != model.CodeUploadIncomplete {
			t.Error(err)
		}
		if err := errors.Join(d.DropParts(t.Context(), m.ID, 1), d.DropParts(t.Context(), m.ID, 1)); err != nil {
			t.Error(err)
		}
		if _, err := d.Finish(t.Context(), m, parts); model.CodeOf(err) != model.CodeUploadIncomplete {
			t.Error(err)
		}
	}
}
