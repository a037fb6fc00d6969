package miniprogram_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/miniprogram"
	"countersign/model"
	"countersign/sandbox"
)

type scanned struct {
	Page       string `json:"page"`
	Scene      string `json:"scene"`
	EnvVersion string `json:"env_version"`
}

func TestCodeImageIsAPNGThatAPhoneCanRead(t *testing.T) {
	t.Parallel()
	for _, mode := range []sandbox.Mode{"", sandbox.ModePNG} {
		b := setup(t)
		b.wechat.Fault(sandbox.Fault{Path: codePath, Mode: mode})
		picture := must(b.client.CodeImage(t.Context(), model.CodeImageRequest{Scene: "i.a=1&~!$", Page: page}))(t)
		cfg := must(png.DecodeConfig(bytes.NewReader(picture)))(t)
		if cfg.Width != 430 {
			t.Errorf("mode %q: width %d, want 430", mode, cfg.Width)
		}
		var got scanned
		b.post(t, "/sandbox/wechat/scan", "image/png", picture, &got)
		if want := (scanned{page, "i.a=1&~!$", "release"}); got != want {
			t.Errorf("mode %q: scanned %+v, want %+v", mode, got, want)
		}
	}
}

func TestCodeImageChecksThePageOfTheReleasedVersionOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := model.CodeImageRequest{Scene: "i.1", Page: "pages/new/index"}
	_, err := b.client.CodeImage(t.Context(), in)
	wantCode(t, err, model.CodeWeChatPage)
	trial := newClient(t, b, func(c *miniprogram.Config) { c.EnvVersion = "trial" })
	var got scanned
	b.post(t, "/sandbox/wechat/scan", "image/png", must(trial.CodeImage(t.Context(), in))(t), &got)
	if got.EnvVersion != "trial" || got.Page != in.Page {
		t.Errorf("scanned %+v", got)
	}
}

func TestCodeImageNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, in := range []model.CodeImageRequest{
		{Scene: "", Page: "/" + page, Width: 279},
		{Scene: strings.Repeat("x", 33), Page: page + "?a=1", Width: 1281},
		{Scene: "50%", Page: "pages/中", Width: -1},
	} {
		_, err := b.client.CodeImage(t.Context(), in)
		if got := refused(t, err, model.CodeInvalid).Fields; len(got) != 3 {
			t.Errorf("%+v: fields %v", in, got)
		}
	}
}

// answering is a WeChat that has a token and one answer.
func answering(t *testing.T, kind string, body []byte) *miniprogram.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == tokenPath {
			_, _ = w.Write([]byte(`{"access_token":"T","expires_in":7200}`))
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	c, err := miniprogram.New(miniprogram.Config{AppID: appID, Secret: secret, BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCodeImageJudgesTheBodyNotItsLabel(t *testing.T) {
	t.Parallel()
	real := must(setup(t).client.CodeImage(t.Context(), model.CodeImageRequest{Scene: "i.1"}))(t)
	for _, c := range []struct {
		name, kind string
		body       []byte
		code       model.Code // "" is success
	}{
		{"picture as text", "text/plain", real, ""},
		{"error as picture", "image/jpeg", []byte(`{"errcode":41030,"errmsg":"invalid page"}`), model.CodeWeChatPage},
		{"neither", "image/jpeg", []byte(`{"ok":true}`), model.CodeWeChatBusy},
		{"half a picture", "image/png", real[:len(real)/2], model.CodeWeChatBusy},
		{"a bomb", "image/png", hugePNG(), model.CodeWeChatBusy},
		{"endless", "image/png", make([]byte, 5<<20), model.CodeWeChatBusy},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			picture, err := answering(t, c.kind, c.body).CodeImage(t.Context(), model.CodeImageRequest{Scene: "i.1"})
			if c.code != "" {
				wantCode(t, err, c.code)
			} else if !bytes.Equal(picture, real) || err != nil {
				t.Fatalf("picture of %d bytes, %v", len(picture), err)
			}
		})
	}
}

// hugePNG is the head of a picture of 50,000 by 50,000 pixels.
func hugePNG() []byte {
	head := []byte("IHDR\x00\x00\x00\x00\x00\x00\x00\x00\x08\x06\x00\x00\x00")
	binary.BigEndian.PutUint32(head[4:], 50000)
	binary.BigEndian.PutUint32(head[8:], 50000)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}
