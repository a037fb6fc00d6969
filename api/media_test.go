package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // the small pictures
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
	"countersign/service"
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
		end := get(t, a, "GET", m.URL, "Range", "bytes=-7").Want(t, http.StatusPartialContent, nil)
		if !bytes.Equal(end.Body, raw[len(raw)-7:]) {
			t.Errorf("the end: %x", end.Body)
		}
		two := get(t, a, "GET", m.URL, "Range", "bytes=0-1,4-5").Want(t, http.StatusPartialContent, nil)
		if !strings.HasPrefix(two.Header.Get("Content-Type"), "multipart/byteranges") {
			t.Errorf("two ranges: %v", two.Header)
		}
		many := get(t, a, "GET", m.URL, "Range", "bytes=0-0"+strings.Repeat(",2-2", 100)).Want(t, 200, nil) // each would be a request to the store
		if !bytes.Equal(many.Body, raw) {
			t.Errorf("many ranges: %d bytes", len(many.Body))
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

// TestUploadResumes: a connection that ends in the middle of a part leaves nothing of
// it; the upload tells what is there, and goes on.
func TestUploadResumes(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	b := a.NewBrand(t)
	raw := testkit.MP4(model.MediaPartBytes + 5000)
	var m api.MediaDetail
	b.Admin.Do(t, "POST", b.Path+"/media", M{"name": "film.mp4", "mime": "video/mp4", "bytes": len(raw), "sha256": digestOf(raw)}).Want(t, 200, &m)
	at := b.Path + "/media/" + m.ID
	put := func(n int, raw []byte) testkit.Answer {
		return b.Admin.Do(t, "PUT", fmt.Sprint(at, "/parts/", n), raw, "Content-Type", "application/octet-stream")
	}
	put(2, raw[model.MediaPartBytes:]).Want(t, 200, nil)
	cutPart(t, b.Admin, at+"/parts/1", raw[:1<<20])
	testkit.Eventually(t, "nothing half written is left", func() bool {
		half, err := os.ReadDir(filepath.Join(a.MediaDir, "tmp"))
		return err == nil && len(half) == 0
	})
	b.Admin.Do(t, "GET", at, nil).Want(t, 200, &m)
	if diff := cmp.Diff([]int{2}, m.Arrived); diff != "" {
		t.Error(diff)
	}
	b.Admin.Do(t, "POST", at+"/complete", nil).Refused(t, 409, model.CodeUploadIncomplete)
	put(1, raw[:model.MediaPartBytes]).Want(t, 200, nil)
	var done api.MediaDetail
	b.Admin.Do(t, "POST", at+"/complete", nil).Want(t, 200, &done)
	got := get(t, a, "GET", done.URL).Want(t, 200, nil)
	if done.SHA256 != digestOf(got.Body) || len(got.Body) != len(raw) {
		t.Errorf("%+v", done)
	}
}

// cutPart sends the beginning of a part, and goes.
func cutPart(t *testing.T, c testkit.Client, path string, some []byte) {
	t.Helper()
	host := strings.TrimPrefix(c.URL, "http://")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\nCookie: %s=%s\r\n\r\n%s",
		path, host, model.MediaPartBytes, api.CookieName, c.Cookie, some)
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
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
	foreign, err := service.NewSigner(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		t.Fatal(err)
	}
	if got := same(t, get(t, a, "GET", "/media/"+one.ID+"?"+foreign.Query("file", one.ID, a.Clock.Now()))); got != want {
		t.Errorf("signed with another key: %s", got)
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

// TestContentShowsMedia: an article names files by id; its digest covers their bytes, a
// reviewer reads them by signed addresses, and what is shown cannot be deleted.
func TestContentShowsMedia(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		r := a.NewReviewer(t, b)
		flow := b.NewFlow(t, "外部", M{"mode": "any", "approvers": []string{r.Member}})
		cover := b.Upload(t, "cover.png", "image/png", testkit.PNG(t, 40, 30, color.White))
		inside := b.Upload(t, "inside.png", "image/png", testkit.PNG(t, 50, 30, color.Black))
		body := func(id string) string {
			return `<p>前<img src="media:` + id + `" alt="图"/>后<img src="media:` + id + `"></p>`
		}
		p := b.NewPost(t, testkit.Article("带图", M{"flow_id": flow, "cover_id": cover.ID, "body_html": body(inside.ID)}))
		content := p.Articles[0].Content
		if content.Cover == nil || content.Cover.SHA256 != cover.SHA256 || len(content.InBody) != 1 || content.InBody[0].SHA256 != inside.SHA256 {
			t.Fatalf("%+v", content)
		}
		if strings.Contains(content.BodyHTML, "media:") || strings.Count(content.BodyHTML, "https://countersign.test/media/"+inside.ID+"?exp=") != 2 {
			t.Errorf("the body's pictures have no address: %s", content.BodyHTML)
		}
		same := b.NewPost(t, testkit.Article("带图", M{"flow_id": flow, "cover_id": inside.ID, "body_html": body(inside.ID)}))
		if same.Articles[0].Digest == p.Articles[0].Digest {
			t.Error("another cover, the same digest")
		}
		b.Submit(t, p.ID)
		var task api.TaskOut
		r.Do(t, "GET", api.Base+"/tasks/"+r.Inbox(t, "waiting")[0].ID, nil).Want(t, 200, &task)
		got := get(t, a, "GET", task.Content.Cover.URL).Want(t, 200, nil)
		if digestOf(got.Body) != cover.SHA256 {
			t.Error("the reviewer sees other bytes than those he approves")
		}
		b.Admin.Do(t, "DELETE", b.Path+"/media/"+cover.ID, nil).Refused(t, 409, model.CodeMediaInUse)
		b.Admin.Do(t, "DELETE", b.Path+"/media/"+inside.ID, nil).Refused(t, 409, model.CodeMediaInUse)
		var uses api.MediaDetail
		b.Admin.Do(t, "GET", b.Path+"/media/"+cover.ID, nil).Want(t, 200, &uses)
		if diff := cmp.Diff([]api.MediaUse{{ArticleID: p.Articles[0].ID, Number: 1}}, uses.Uses); diff != "" {
			t.Error(diff)
		}
	})
}

// TestContentRefusesMedia: what is not the brand's, not ready, or of the wrong kind is
// named by its field; a picture from elsewhere is refused with a reason.
func TestContentRefusesMedia(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b, other := a.NewBrand(t), a.NewBrand(t)
		db := a.Database.SQL(t)
		film := b.Upload(t, "film.mp4", "video/mp4", testkit.MP4(5000))
		foreign := other.Upload(t, "theirs.png", "image/png", testkit.PNG(t, 9, 9, color.White))
		var half api.MediaDetail
		b.Admin.Do(t, "POST", b.Path+"/media", M{"name": "half.png", "mime": "image/png", "bytes": 99}).Want(t, 200, &half)
		before := a.Database.Rows(t, db)
		for field, bad := range map[string]M{
			"articles[0].cover_id unknown_media":            {"cover_id": foreign.ID},
			"articles[0].cover_id unknown_media ":           {"cover_id": half.ID},
			"articles[0].cover_id unknown_media  ":          {"cover_id": randomID("")},
			"articles[0].cover_id picture_expected":         {"cover_id": film.ID},
			"articles[0].body_html unknown_media":           {"body_html": `<img src="media:` + foreign.ID + `">`},
			"articles[0].body_html picture_expected":        {"body_html": `<img src="media:` + film.ID + `">`},
			"articles[0].body_html picture_not_uploaded":    {"body_html": `<img src="https://elsewhere.example/a.png">`},
			"articles[0].body_html picture_not_uploaded ":   {"body_html": `<IMG/SRC=//elsewhere.example/a.png>`},
			"articles[0].body_html picture_not_uploaded  ":  {"body_html": `<image src="data:image/png;base64,AA">`},
			"articles[0].body_html picture_not_uploaded   ": {"body_html": `<img src="media:` + foreign.ID + `/..">`},
		} {
			p := b.Editor.Do(t, "POST", b.Path+"/posts", M{"channel_id": b.Channel, "articles": []M{testkit.Article("带图", bad)}}).Refused(t, 400, model.CodeInvalid)
			if len(p.Errors) != 1 || p.Errors[0].Path+" "+p.Errors[0].Reason != strings.TrimSpace(field) {
				t.Errorf("%v: %+v", bad, p.Errors)
			}
		}
		if diff := cmp.Diff(before, a.Database.Rows(t, db)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestDouyinTakesVideosUpTo128MB: a larger one would fail on the poster's phone, after it
// was approved; it is refused while it is written. Elsewhere it may be as it is.
func TestDouyinTakesVideosUpTo128MB(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		db := a.Database.SQL(t)
		channel := b.DouyinChannel(t)
		film := b.Film(t)
		write := func(bytes int64, in string, article M) testkit.Answer {
			testkit.Exec(t, db, fmt.Sprintf("UPDATE media SET bytes = %d WHERE id = '%s'", bytes, film)) // uploading as much would take a while
			return b.Editor.Do(t, "POST", b.Path+"/posts", M{"channel_id": in, "articles": []M{article}})
		}
		write(128_000_000, channel, b.Video(t, "正好")).Want(t, 200, nil)
		p := write(128_000_001, channel, b.Video(t, "太大")).Refused(t, 400, model.CodeInvalid)
		if len(p.Errors) != 1 || p.Errors[0].Path != "articles[0].video_id" || p.Errors[0].Reason != "too_large_for_douyin" || p.Errors[0].Message == "" {
			t.Errorf("%+v", p.Errors)
		}
		var weibo api.ChannelOut
		b.Admin.Do(t, "POST", b.Path+"/channels", M{"name": "微博", "platform": "weibo"}).Want(t, 200, &weibo)
		write(128_000_001, weibo.ID, M{"text": "视频", "video_id": film}).Want(t, 200, nil)
	})
}
