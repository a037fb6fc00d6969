package api_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"countersign/internal/testkit"
	"countersign/model"
	"countersign/sandbox"
)

// TestPublishCodes: the code is read in every form, and at the highest level also under a
// logo over a tenth of its middle.
func TestPublishCodes(t *testing.T) {
	t.Parallel()
	x := newBooth(t, testkit.SQLite, testkit.Options{})
	link := x.ticket.URL
	for _, level := range []string{"low", "medium", "quartile", "high"} {
		for _, size := range []int{128, 512, 2048} {
			got := x.Nobody().Do(t, "GET", x.page()+"/qr.png?size="+strconv.Itoa(size)+"&level="+level, nil).Want(t, 200, nil)
			img := decoded(t, got.Body)
			if img.Bounds().Dx() != size || got.Header.Get("Content-Type") != "image/png" {
				t.Error(level, size, img.Bounds(), got.Header)
			}
			reads(t, img, link)
		}
		got := x.Nobody().Do(t, "GET", x.page()+"/qr.svg?level="+level, nil).Want(t, 200, nil)
		reads(t, drawn(t, string(got.Body)), link)
	}
	reads(t, underLogo(decoded(t, x.Nobody().Do(t, "GET", x.page()+"/qr.png?level=high", nil).Body)), link)
}

// TestPublishCodeIsKept: one picture, one ETag; who has it is told so.
func TestPublishCodeIsKept(t *testing.T) {
	t.Parallel()
	x := newBooth(t, testkit.SQLite, testkit.Options{})
	for _, file := range []string{"/qr.png", "/qr.svg"} {
		first := x.Nobody().Do(t, "GET", x.page()+file, nil).Want(t, 200, nil)
		tag := first.Header.Get("ETag")
		again := x.Nobody().Do(t, "GET", x.page()+file, nil, "If-None-Match", tag).Want(t, 304, nil)
		other := x.Nobody().Do(t, "GET", x.page()+file+"?level=low", nil, "If-None-Match", tag).Want(t, 200, nil)
		x.Nobody().Do(t, "GET", x.page()+file, nil, "If-None-Match", `"another", W/`+tag).Want(t, 304, nil)
		if len(again.Body) != 0 || other.Header.Get("ETag") == tag || strings.Contains(tag, strings.TrimPrefix(x.page(), "/p/")) {
			t.Error(file, tag, other.Header.Get("ETag"), len(again.Body))
		}
	}
}

func TestPublishCodesRefused(t *testing.T) {
	t.Parallel()
	x := newBooth(t, testkit.SQLite, testkit.Options{})
	for _, wrong := range []string{"/qr.png?size=127", "/qr.png?size=2112", "/qr.png?size=513", "/qr.png?size=x", "/qr.png?level=best", "/qr.svg?level=best"} {
		x.Nobody().Do(t, "GET", x.page()+wrong, nil).Refused(t, 400, model.CodeInvalid)
	}
	fresh := x.page()
	x.Editor.Do(t, "DELETE", x.Path+"/posts/"+x.post+"/ticket", nil).Want(t, 204, nil)
	for _, nowhere := range []string{fresh, "/p/t.AAAAAAAAAAAAAAAAAAAAAA", "/p/nothing"} {
		x.Nobody().Do(t, "GET", nowhere+"/qr.png", nil).Refused(t, 404, model.CodeTicketEnded)
	}
}

// TestPostersOwnCode: where only named posters may scan, a poster's code holds his own link.
func TestPostersOwnCode(t *testing.T) {
	t.Parallel()
	x := newBooth(t, testkit.SQLite, testkit.Options{})
	x.Admin.Do(t, "PATCH", x.Path, M{"named_posters": true}, "If-Match", `"1"`).Want(t, 200, nil)
	pass := x.Path + "/posts/" + x.post + "/ticket/pass"
	got := x.Editor.Do(t, "GET", pass+".png", nil).Want(t, 200, nil)
	text, err := sandbox.ReadCode(got.Body)
	link, own, _ := strings.Cut(text, "#")
	if err != nil || link != x.ticket.URL || got.Header.Get("Cache-Control") != "no-store" {
		t.Fatal(text, err, got.Header)
	}
	x.Nobody().Do(t, "POST", x.page()+"/pass", M{"pass": own}).Want(t, 204, nil)
	var told struct{ State model.ScanState }
	x.Editor.Do(t, "GET", pass, nil).Want(t, 200, &told)
	if told.State != model.ScanEarly {
		t.Error(told.State)
	}
}

func decoded(t *testing.T, raw []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func reads(t *testing.T, img image.Image, want string) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if text, err := sandbox.ReadCode(b.Bytes()); text != want || err != nil {
		t.Errorf("%v reads %q, %v", img.Bounds(), text, err)
	}
}

// underLogo covers a tenth of the middle's area.
func underLogo(img image.Image) image.Image {
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Bounds(), img, image.Point{}, draw.Src)
	side := img.Bounds().Dx() * 31 / 100
	from := (img.Bounds().Dx() - side) / 2
	draw.Draw(out, image.Rect(from, from, from+side, from+side), image.NewUniform(color.RGBA{220, 40, 60, 255}), image.Point{}, draw.Src)
	return out
}

var (
	svgSide = regexp.MustCompile(`viewBox="0 0 (\d+) `)
	svgRun  = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`)
)

// drawn paints the SVG's path, eight pixels to a module.
func drawn(t *testing.T, svg string) image.Image {
	t.Helper()
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n * 8
	}
	side := svgSide.FindStringSubmatch(svg)
	if side == nil {
		t.Fatal(svg)
	}
	img := image.NewGray(image.Rect(0, 0, number(side[1]), number(side[1])))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	for _, run := range svgRun.FindAllStringSubmatch(svg, -1) {
		px, py, width := number(run[1]), number(run[2]), number(run[3])
		draw.Draw(img, image.Rect(px, py, px+width, py+8), image.Black, image.Point{}, draw.Src)
	}
	return img
}
