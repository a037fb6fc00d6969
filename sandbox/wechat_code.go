package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"
	"github.com/skip2/go-qrcode"
)

// codeHost is the host of the addresses inside the pictures; ".invalid" can never be a
// real one, so a phone that scans a sandbox code goes nowhere.
const codeHost = "sandbox.invalid"

const maxScanPixels = 16 << 20

var sceneChars = regexp.MustCompile(`^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]*$`)

// envVersions are the words of getwxacodeunlimit and generate_urllink.
var envVersions = []string{"release", "trial", "develop"}

type codeRequest struct {
	Scene      string `json:"scene"`
	Page       string `json:"page"`
	CheckPath  *bool  `json:"check_path"`
	EnvVersion string `json:"env_version"`
	Width      int    `json:"width"`
}

// codeImage is /wxa/getwxacodeunlimit.
func (c *call) codeImage() reply {
	in := codeRequest{EnvVersion: "release", Width: 430}
	if !c.decode(&in) {
		return c.refuse(40169, "invalid length for scene, or the data is not json string")
	}
	if code, msg := c.w.judgeCode(in); code != 0 {
		return c.refuse(code, msg)
	}
	if in.Page == "" {
		in.Page = c.w.homePage()
	}
	return c.picture(in)
}

// judgeCode is the errcode for a request, 0 when it is right.
func (w *WeChat) judgeCode(in codeRequest) (code int64, msg string) {
	released := in.Page == "" || slices.Contains(w.opts.Pages, in.Page)
	check := in.CheckPath == nil || *in.CheckPath
	switch {
	case in.Scene == "" || len([]rune(in.Scene)) > 32:
		return 40169, "invalid length for scene, or the data is not json string"
	case !sceneChars.MatchString(in.Scene):
		return 40129, "invalid scene"
	case strings.HasPrefix(in.Page, "/"), strings.Contains(in.Page, "?"), check && !released:
		return 41030, "invalid page"
	case !slices.Contains(envVersions, in.EnvVersion), in.Width < 280, in.Width > 1280:
		return 40097, "invalid args"
	}
	return 0, ""
}

func (w *WeChat) homePage() string {
	if len(w.opts.Pages) == 0 {
		return ""
	}
	return w.opts.Pages[0]
}

// picture draws a QR code in the place of WeChat's round one, which nothing but
// WeChat can read.
func (c *call) picture(in codeRequest) reply {
	q := url.Values{"appid": {c.w.opts.AppID}, "page": {in.Page}, "scene": {in.Scene}, "env_version": {in.EnvVersion}}
	code, err := qrcode.New("https://"+codeHost+"/mp?"+q.Encode(), qrcode.Medium)
	if err != nil {
		return c.refuse(40097, "invalid args") // a page too long for any QR code
	}
	img, kind := code.Image(in.Width), "image/jpeg"
	var buf bytes.Buffer
	if c.mode == ModePNG {
		kind, err = "image/png", png.Encode(&buf, img)
	} else {
		err = jpeg.Encode(&buf, img, &jpeg.Options{Quality: 90})
	}
	if err != nil {
		panic("sandbox: cannot draw a code: " + err.Error())
	}
	return reply{http.StatusOK, kind, buf.Bytes()}
}

// scanned is what a phone learns from a mini-program code.
type scanned struct {
	Page       string `json:"page"`
	Scene      string `json:"scene"`
	EnvVersion string `json:"env_version"`
}

// scan reads a picture (PNG or JPEG) as the camera of a phone would.
func (w *WeChat) scan(picture []byte) (scanned, error) {
	cfg, _, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil || cfg.Width*cfg.Height > maxScanPixels {
		return scanned{}, errors.New("not a PNG or JPEG of at most 16 megapixels")
	}
	text, err := ReadCode(picture)
	if err != nil {
		return scanned{}, err
	}
	return w.parseCode(text)
}

// ReadCode is the text of the QR code in a picture, a PNG or JPEG.
func ReadCode(picture []byte) (string, error) {
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return "", fmt.Errorf("broken picture: %w", err)
	}
	return readCode(img)
}

// readCode finds the QR code in a picture. The reader misses one of our own pictures in
// two hundred and reads all of these once they are turned.
func readCode(img image.Image) (string, error) {
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	for range 4 {
		bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
		if err != nil {
			return "", fmt.Errorf("unreadable picture: %w", err)
		}
		if result, err := zxing.NewQRCodeReader().Decode(bitmap, hints); err == nil {
			return result.GetText(), nil
		}
		img = turned(img)
	}
	return "", errors.New("no code in the picture")
}

// turned is the picture after a quarter turn.
func turned(img image.Image) image.Image {
	b := img.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dy(), b.Dx()))
	for y := range b.Dx() {
		for x := range b.Dy() {
			out.Set(x, y, img.At(b.Min.X+y, b.Max.Y-1-x))
		}
	}
	return out
}

func (w *WeChat) parseCode(text string) (scanned, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host != codeHost || u.Path != "/mp" || u.Query().Get("appid") != w.opts.AppID {
		return scanned{}, errors.New("not a code of this mini-program")
	}
	q := u.Query()
	return scanned{Page: q.Get("page"), Scene: q.Get("scene"), EnvVersion: q.Get("env_version")}, nil
}
