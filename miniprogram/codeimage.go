package miniprogram

import (
	"bytes"
	"context"
	"image"
	_ "image/jpeg" // WeChat's codes are JPEG …
	"image/png"    // … or PNG
	"regexp"

	"countersign/model"
	"countersign/platform"
)

const (
	minCodeWidth     = 280 // pixels
	maxCodeWidth     = 1280
	defaultCodeWidth = 430
	maxCodePixels    = 2048 * 2048 // a picture above this is refused before it is decoded
)

var (
	scenePattern = regexp.MustCompile(`^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}$`)
	pagePattern  = regexp.MustCompile(`^([0-9A-Za-z_\-.][0-9A-Za-z_\-./]{0,254})?$`)
)

// CodeImage is a mini-program code (getUnlimitedQRCode) as a PNG. The code never
// expires; expiry and single use belong to whatever the scene names.
//
// Errors: CodeInvalid (fields "scene", "page", "width"), CodeWeChatPage when the page is
// not in the released version, CodeWeChatBusy, CodeWeChatConfig, CodeWeChatQuota,
// CodeWeChatRefused. WeChat allows 5,000 calls a minute: keep the picture.
func (c *Client) CodeImage(ctx context.Context, in model.CodeImageRequest) ([]byte, error) {
	if in.Width == 0 {
		in.Width = defaultCodeWidth
	}
	if err := checkCodeImage(in); err != nil {
		return nil, err
	}
	body, err := c.ask(ctx, request{at: atCodeImage, payload: c.codeImagePayload(in)})
	if err != nil {
		return nil, err
	}
	return toPNG(body)
}

func checkCodeImage(in model.CodeImageRequest) error {
	var wrong platform.Fields
	wrong.When(!scenePattern.MatchString(in.Scene), "scene", "format")
	wrong.When(!pagePattern.MatchString(in.Page), "page", "format")
	wrong.When(in.Width < minCodeWidth || in.Width > maxCodeWidth, "width", "range")
	return wrong.Err()
}

func (c *Client) codeImagePayload(in model.CodeImageRequest) any {
	return struct {
		Scene      string `json:"scene"`
		Page       string `json:"page,omitempty"`
		CheckPath  bool   `json:"check_path"`
		EnvVersion string `json:"env_version"`
		Width      int    `json:"width"`
	}{
		Scene: in.Scene, Page: in.Page, EnvVersion: c.cfg.EnvVersion, Width: in.Width,
		// WeChat checks the page against the released version only, so the check would
		// refuse what exists in a trial.
		CheckPath: c.cfg.EnvVersion == "release",
	}
}

// toPNG reads the picture, whatever its content type said: WeChat's errors have come
// as pictures and its pictures as text. Size is looked at before the pixels are.
func toPNG(picture []byte) ([]byte, error) {
	cfg, format, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return nil, garbled(atCodeImage, "the answer is no picture")
	}
	if cfg.Width*cfg.Height > maxCodePixels {
		return nil, garbled(atCodeImage, "the picture is too large")
	}
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, garbled(atCodeImage, "the picture is broken")
	}
	if format == "png" {
		return picture, nil
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, model.E(model.CodeInternal).Because(err)
	}
	return out.Bytes(), nil
}
