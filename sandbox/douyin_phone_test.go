package sandbox_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/sandbox"
)

func TestASignedLinkFillsInThePage(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	link := d.signed(d.ticket(), map[string]string{
		"title": "a+b 100% 会签&#", "short_title": "短", "hashtag_list": `["一","二"]`, "hash_tag_list": `["x"]`,
		"title_hashtag_list": `[{"name":"签","start":2}]`, "video_path": "https://v.example/a.mp4?sig=a%2Bb&x=1",
	})
	got := d.ask(http.MethodPost, "/sandbox/douyin/open", fmt.Sprintf(`{"schema":%q,"open_id":"_1"}`, link))
	for key, want := range map[string]string{
		"title": "a+b 100% 会签&#", "short_title": "短", "hashtags": "[一 二]", "title_hashtags": "[map[name:签 start:2]]",
		"video_path": "https://v.example/a.mp4?sig=a%2Bb&x=1", "image_path": "", "images": "[]", "state": "x",
		"publish_page": "true", "way": "signed", "ignored": "[hash_tag_list]", "callback": "false", "default_hashtag": "",
	} {
		if fmt.Sprint(got[key]) != want {
			t.Errorf("%s is %v, want %s", key, got[key], want)
		}
	}
}

// A form's encoder writes + for a space, and the phone shows the plus.
func TestAPlusStaysAPlus(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	link := d.signed(d.ticket(), map[string]string{"title": "two words"})
	page, _ := d.opened(strings.Replace(link, "two%20words", "two+words", 1))
	if page.Title != "two+words" {
		t.Errorf("title %q", page.Title)
	}
	for bad, toast := range map[string]string{
		"two words":         "parameter error: not encoded",
		"会签":                "parameter error: not encoded",
		"%E4%BC":            "parameter error: title",
		"%zz":               "parameter error: title",
		"a&title=b":         "parameter error: title",
		"a&%zz=b":           "parameter error: %zz",
		"a&timestamp=1":     "parameter error: timestamp",
		"a#rest&video_path": "parameter error: exactly one of video_path, image_path, image_list_path",
	} {
		if _, got := d.opened(strings.Replace(link, "two%20words", bad, 1)); got != toast {
			t.Errorf("%s: toast %q, want %q", bad, got, toast)
		}
	}
}

// Nothing but nonce and timestamp is signed: whoever holds a link may swap the video.
func TestOnlyNonceAndTimestampAreSigned(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	link := d.signed(d.ticket(), nil)
	page, toast := d.opened(strings.Replace(link, "a.mp4", "b.mp4", 1))
	if toast != "" || page.VideoPath != "https://v.example/b.mp4" {
		t.Errorf("toast %q, page %+v", toast, page)
	}
	if _, toast := d.opened(strings.Replace(link, "nonce_str=Wm", "nonce_str=Wn", 1)); toast != "verify signature fail" {
		t.Errorf("toast %q", toast)
	}
}

func TestThePhoneRefusesWrongParameters(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	ticket := d.ticket()
	for _, c := range []struct{ key, value, toast string }{
		{"share_type", "-", "parameter error: share_type"},
		{"share_type", "web", "parameter error: share_type"},
		{"client_key", "aw", "parameter error: client_key"},
		{"nonce_str", "", "parameter error: nonce_str"},
		{"timestamp", "1650941858000", "parameter error: timestamp"},
		{"timestamp", "1650941858", "verify signature fail"},
		{"signature", "-", "verify signature fail"},
		{"video_path", "http://v.example/a.mp4", "parameter error: video_path"},
		{"video_path", "-", "parameter error: exactly one of video_path, image_path, image_list_path"},
		{"image_path", "https://v.example/a.png", "parameter error: exactly one of video_path, image_path, image_list_path"},
		{"share_to_publish", "true", "parameter error: share_to_publish"},
		{"download_type", "0", "parameter error: download_type"},
		{"hashtag_list", "a,b", "parameter error: hashtag_list"},
		{"hashtag_list", `["#a"]`, "parameter error: hashtag_list"},
		{"title_hashtag_list", `[{"name":"x","start":1}]`, "parameter error: title_hashtag_list"},
		{"private_status", "2", ""},
		{"state", "-", ""},
	} {
		if _, toast := d.opened(d.signed(ticket, map[string]string{c.key: c.value})); toast != c.toast {
			t.Errorf("%s=%s: toast %q, want %q", c.key, c.value, toast, c.toast)
		}
	}
	status, _, body, _ := d.do(http.MethodPost, "/sandbox/douyin/open", `{"schema":"weixin://x"}`)
	if status != http.StatusUnprocessableEntity || string(body) != `{"toast":"unknown schema"}` {
		t.Errorf("status %d, %s", status, body)
	}
}

func TestPicturesGoToTheEditPage(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t)
	page, toast := d.opened(d.signed(d.ticket(), map[string]string{"video_path": "-", "image_list_path": `["https://v.example/a.png"]`}))
	if toast != "" || page.PublishPage || len(page.Images) != 1 {
		t.Errorf("toast %q, page %+v", toast, page)
	}
}

func TestThePhoneShowsALackingCapabilityAsABadSignature(t *testing.T) {
	t.Parallel()
	d := setupDouyin(t, lacking(sandbox.CapabilityPublish))
	ticket := d.ticket()
	if _, toast := d.opened(d.signed(ticket, nil)); toast != "verify signature fail" {
		t.Errorf("toast %q", toast)
	}
	if _, toast := d.opened(dataOf[string](d, d.link(ticket, nil), "schema")); toast != "verify signature fail" {
		t.Errorf("toast %q", toast)
	}
	d = setupDouyin(t, lacking(sandbox.CapabilityShare))
	if _, toast := d.opened(d.signed(d.ticket(), nil)); toast != "no permission: h5.share" {
		t.Errorf("toast %q", toast)
	}
}

func TestThePhoneFetchesTheVideo(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	video := bytes.NewReader(make([]byte, 5000))
	mux.HandleFunc("/a.mp4", func(rw http.ResponseWriter, r *http.Request) {
		http.ServeContent(rw, r, "a.mp4", time.Time{}, bytes.NewReader(make([]byte, 5000)))
	})
	mux.HandleFunc("/whole.mp4", func(rw http.ResponseWriter, r *http.Request) {
		r.Header.Del("Range")
		http.ServeContent(rw, r, "a.mp4", time.Time{}, bytes.NewReader(make([]byte, 5000)))
	})
	mux.HandleFunc("/a.html", func(rw http.ResponseWriter, r *http.Request) {
		http.ServeContent(rw, r, "a.html", time.Time{}, strings.NewReader("<p>"))
	})
	mux.HandleFunc("/empty.mp4", func(rw http.ResponseWriter, _ *http.Request) { rw.Header().Set("Content-Type", "video/mp4") })
	mux.Handle("/moved.mp4", http.RedirectHandler("/a.mp4", http.StatusFound))
	server := httptest.NewServer(mux)
	defer server.Close()
	d := setupDouyin(t, func(o *sandbox.DouyinOptions) { o.PlainHTTP = true })
	ticket := d.ticket()
	fetch := func(address string) *sandbox.Fetched {
		page, err := d.Open(t.Context(), sandbox.OpenRequest{Schema: d.signed(ticket, map[string]string{"video_path": address}), FetchVideo: true})
		if err != nil {
			t.Fatal(err)
		}
		return page.Video
	}
	got := fetch(server.URL + "/a.mp4")
	want := sandbox.Fetched{
		Head:  sandbox.FetchAnswer{Status: 200, ContentType: "video/mp4", Length: video.Size()},
		Range: sandbox.FetchAnswer{Status: 206, ContentType: "video/mp4", ContentRange: "bytes 0-1023/5000", Length: 1024},
	}
	if *got != want {
		t.Errorf("got %+v", got)
	}
	for path, problem := range map[string]string{
		"/whole.mp4": "the range answers 200 with 1025 bytes",
		"/a.html":    `the content type is "text/html; charset=utf-8"`,
		"/empty.mp4": "the length is -1",
		"/moved.mp4": "HEAD answers 302",
		"/none.mp4":  "HEAD answers 404",
	} {
		if got := fetch(server.URL + path); got.Problem != problem {
			t.Errorf("%s: %+v", path, got)
		}
	}
	if got := fetch("http://127.0.0.1:1/a.mp4"); got.Problem != "no answer" || got.Head.Error == "" {
		t.Errorf("nobody there: %+v", got)
	}
}
