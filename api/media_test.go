package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	_ "image/jpeg" // the small pictures
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// get reads a signed address, which is the public one's path on the test's server.
func get(t *testing.T, a *testkit.App, method, url string, headers ...string) testkit.Answer {
	t.Helper()
	return a.Nobody().Do(t, method, strings.TrimPrefix(url, "https://countersign.test"), nil, headers...)
}

func digestOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func TestUploadAndServe(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		raw := testkit.PNG(t, 900, 600, color.RGBA{200, 30, 30, 255})
		m := b.Upload(t, "封面 1.png", "image/png", raw)
		if m.State != model.MediaReady || m.Width != 900 || m.Height != 600 || m.SHA256 != digestOf(raw) || m.Bytes != int64(len(raw)) {
			t.Fatalf("%+v", m)
		}
		got := get(t, a, "GET", m.URL).Want(t, 200, nil)
		if !bytes.Equal(got.Body, raw) || got.Header.Get("Content-Type") != "image/png" || got.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v", got.Header)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; sandbox", "Cross-Origin-Resource-Policy": "cross-origin", "ETag": `"` + m.SHA256 + `"`,
			"Content-Disposition": "inline; filename*=utf-8''%E5%B0%81%E9%9D%A2%201.png", "Accept-Ranges": "bytes",
		} {
			if got.Header.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, got.Header.Get(name), want)
			}
		}
		head := get(t, a, "HEAD", m.URL).Want(t, 200, nil)
		if len(head.Body) != 0 || head.Header.Get("Content-Length") != got.Header.Get("Content-Length") {
			t.Errorf("HEAD: %d bytes, %v", len(head.Body), head.Header)
		}
		part := get(t, a, "GET", m.URL, "Range", "bytes=10-19").Want(t, http.StatusPartialContent, nil)
		if !bytes.Equal(part.Body, raw[10:20]) {
			t.Errorf("a range: %x", part.Body)
		}
		get(t, a, "GET", m.URL, "Range", "bytes=999999999-").Want(t, http.StatusRequestedRangeNotSatisfiable, nil)
		get(t, a, "GET", m.URL, "If-None-Match", `"`+m.SHA256+`"`).Want(t, http.StatusNotModified, nil)
		thumb := get(t, a, "GET", m.ThumbURL).Want(t, 200, nil)
		small, format, err := image.DecodeConfig(bytes.NewReader(thumb.Body))
		if err != nil || format != "jpeg" || small.Width != 480 || small.Height != 320 {
			t.Errorf("thumb: %v %s %+v", err, format, small)
		}
	})
}

// TestSignedAddresses: a signature is for one file, one kind and one time; whatever is
// wrong about it looks the same.
func TestSignedAddresses(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b := a.NewBrand(t)
	one := b.Upload(t, "a.png", "image/png", testkit.PNG(t, 10, 10, color.Black))
	two := b.Upload(t, "b.png", "image/png", testkit.PNG(t, 10, 10, color.White))
	query := func(url string) string { _, q, _ := strings.Cut(url, "?"); return q }
	bad := map[string]string{
		"another file":  "/media/" + two.ID + "?" + query(one.URL),
		"the thumb's":   "/media/" + one.ID + "?" + query(one.ThumbURL),
		"the file's":    "/media/" + one.ID + "/thumb?" + query(one.URL),
		"none":          "/media/" + one.ID,
		"cut":           strings.TrimSuffix(one.URL, one.URL[len(one.URL)-1:]),
		"longer":        strings.Replace(one.URL, "exp=", "exp=1", 1),
		"padded":        strings.Replace(one.URL, "exp=", "exp=0", 1),
		"nobody's":      "/media/" + randomID("") + "?" + query(one.URL),
		"no id":         "/media/x?" + query(one.URL),
		"an odd letter": one.URL + "!",
	}
	want := same(t, get(t, a, "GET", "/media/"+randomID("")+"?exp=1&sig=x"))
	for why, url := range bad {
		if got := same(t, get(t, a, "GET", url)); got != want {
			t.Errorf("%s: %s, want %s", why, got, want)
		}
	}
	var again api.MediaDetail
	a.Clock.Add(30 * time.Minute)
	b.Admin.Do(t, "GET", b.Path+"/media/"+one.ID, nil).Want(t, 200, &again)
	get(t, a, "GET", one.URL).Want(t, 200, nil)
	a.Clock.Add(91 * time.Minute)
	if got := same(t, get(t, a, "GET", one.URL)); got != want {
		t.Errorf("after its time: %s", got)
	}
}
