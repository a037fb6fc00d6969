package sandbox_test

import (
	"bytes"
	"fmt"
	"image"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/sandbox"
)

// picture asks for a code and returns the answer's content type and body.
func (b *bundle) picture(body string) (string, []byte) {
	b.t.Helper()
	_, head, raw, err := b.do(http.MethodPost, "/wxa/getwxacodeunlimit?access_token="+url.QueryEscape(b.token()), body)
	if err != nil {
		b.t.Fatal(err)
	}
	return head.Get("Content-Type"), raw
}

func TestCodesAreReadBackInEverySizeAndFormat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, width := range []int{280, 430, 1280} {
		for _, scene := range []string{"i", "i.Zm9vYmFyYmF6cXV1eA", "!#$&'()*+,/:;=?@-._~0123456789Aa"} {
			for mode, kind := range map[sandbox.Mode]string{"": "image/jpeg", sandbox.ModePNG: "image/png"} {
				b.Fault(sandbox.Fault{Path: "/wxa/getwxacodeunlimit", Mode: mode})
				got, raw := b.picture(fmt.Sprintf(`{"scene":%q,"page":%q,"width":%d,"env_version":"release"}`, scene, join, width))
				cfg, _, err := image.DecodeConfig(bytes.NewReader(raw))
				if got != kind || err != nil || cfg.Width != width {
					t.Fatalf("%s of %d px, %v, want %s of %d px", got, cfg.Width, err, kind, width)
				}
				read := b.ask(http.MethodPost, "/sandbox/wechat/scan", string(raw))
				if read["scene"] != scene || read["page"] != join || read["env_version"] != "release" {
					t.Errorf("%d px %s: read %v, want %s", width, kind, read, scene)
				}
			}
		}
	}
}

func TestCodesKeepTheRules(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for body, code := range map[string]float64{
		`{"scene":""}`: 40169, `{}`: 40169, `nothing`: 40169, `{"scene":"` + strings.Repeat("x", 33) + `"}`: 40169,
		`{"scene":"50%"}`: 40129, `{"scene":"中"}`: 40129,
		`{"scene":"a","page":"pages/x"}`:                                              41030,
		`{"scene":"a","page":"/pages/join/index"}`:                                    41030,
		`{"scene":"a","page":"/pages/x","check_path":false}`:                          41030,
		`{"scene":"a","page":"pages/join/index?x=1"}`:                                 41030,
		`{"scene":"a","width":279}`:                                                   40097,
		`{"scene":"a","width":1281}`:                                                  40097,
		`{"scene":"a","env_version":"beta"}`:                                          40097,
		`{"scene":"a","check_path":false,"page":"` + strings.Repeat("x", 4000) + `"}`: 40097,
	} {
		b.wantCode(b.post("/wxa/getwxacodeunlimit", body), code)
	}
	kind, raw := b.picture(`{"scene":"a","page":"pages/x","check_path":false,"env_version":"trial"}`)
	if read := b.ask(http.MethodPost, "/sandbox/wechat/scan", string(raw)); read["page"] != "pages/x" || read["env_version"] != "trial" {
		t.Errorf("%s: read %v", kind, read)
	}
	_, raw = b.picture(`{"scene":"a"}`)
	if read := b.ask(http.MethodPost, "/sandbox/wechat/scan", string(raw)); read["page"] != home {
		t.Errorf("without a page: read %v, want the home page", read)
	}
}

func TestScanRefusesOtherPictures(t *testing.T) {
	t.Parallel()
	b, other := setup(t), sandbox.NewWeChat(sandbox.WeChatOptions{AppID: "wxOther", Secret: secret})
	_, raw := b.picture(`{"scene":"a"}`)
	if status := record(other, http.MethodPost, "/sandbox/wechat/scan", string(raw)).Code; status != http.StatusUnprocessableEntity {
		t.Errorf("another app's code: status %d", status)
	}
	for _, body := range []string{"", "no picture", string(raw[:len(raw)/2]), blankPNG} {
		if status, _, _, _ := b.do(http.MethodPost, "/sandbox/wechat/scan", body); status != http.StatusUnprocessableEntity {
			t.Errorf("%.10q: status %d", body, status)
		}
	}
	if status := record(b, http.MethodPost, "/sandbox/wechat/scan", strings.Repeat("x", 8<<20+1)).Code; status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: status %d", status)
	}
}
