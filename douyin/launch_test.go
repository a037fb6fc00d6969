package douyin_test

import (
	"bytes"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/douyin"
	"countersign/model"
)

func TestDouyinMakesTheLinkIfItMay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := request()
	in.EndsAt = start.Add(time.Hour + 300*time.Millisecond)
	got := must(b.client.Launch(t.Context(), in))(t)
	if got.Way != model.LaunchShort || !strings.HasPrefix(got.Schema, "snssdk1128://webview?url=https%3A%2F%2Fopen.douyin.com%2F") {
		t.Errorf("launch %+v", got)
	}
	if !got.EndsAt.Equal(start.Add(time.Hour)) {
		t.Errorf("ends %s", got.EndsAt)
	}
	want := map[string]any{
		"client_ticket": "@canary-ticket/2+==", "expire_at": float64(start.Add(time.Hour).Unix()), "video_path": videoURL,
		"state": in.ShareID, "title": in.Title, "hashtag_list": []any{"限定", "spring"}, "share_to_publish": float64(1),
	}
	if body := b.body(); !reflect.DeepEqual(body, want) {
		t.Errorf("body %v, want %v", body, want)
	}
}

// A link is not promised for longer than its ticket lives.
func TestALinkEndsWithItsTicket(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ticketEnds := start.Add(2 * time.Hour)
	if got := must(b.client.Launch(t.Context(), request()))(t); !got.EndsAt.Equal(ticketEnds) {
		t.Errorf("ends %s", got.EndsAt)
	}
	if at := b.body()["expire_at"]; at != float64(ticketEnds.Unix()) {
		t.Errorf("expire_at %v", at)
	}
	b.answers(shortPath, refusing(shortPath, 28001018))
	in := request()
	in.EndsAt = start.Add(time.Minute)
	if got := must(b.client.Launch(t.Context(), in))(t); got.Way != model.LaunchSigned || !got.EndsAt.Equal(ticketEnds) {
		t.Errorf("a signed link ends %s", got.EndsAt)
	}
}

// Without the capability the link is signed here, and get_share left alone for ten minutes.
func TestWithoutTheCapabilityTheLinkIsSigned(t *testing.T) {
	t.Parallel()
	for _, code := range []int64{28001018, 2190004} {
		b := setup(t)
		b.answers(shortPath, refusing(shortPath, code))
		for _, step := range []struct {
			advance time.Duration
			asked   int
		}{{0, 1}, {9 * time.Minute, 1}, {time.Minute, 2}} {
			b.clock.advance(step.advance)
			if got := must(b.client.Launch(t.Context(), request()))(t); got.Way != model.LaunchSigned {
				t.Errorf("way %s", got.Way)
			}
			if n := b.count(shortPath); n != step.asked {
				t.Errorf("%d: get_share asked %d times, want %d", code, n, step.asked)
			}
		}
	}
}

// Any other refusal is the answer: the weaker way is no cure for a busy Douyin.
func TestOnlyAMissingCapabilityFallsBack(t *testing.T) {
	t.Parallel()
	for _, code := range []int64{2190001, 10004, 2100005, 28001007} {
		b := setup(t)
		b.answers(shortPath, refusing(shortPath, code))
		if got, err := b.client.Launch(t.Context(), request()); err == nil {
			t.Errorf("%d: %+v", code, got)
		}
	}
	b := setup(t) // the same code from another endpoint is about that one
	b.answers(ticketPath, refusing(ticketPath, 2190004))
	_, err := b.client.Launch(t.Context(), request())
	wantCode(t, err, model.CodeDouyinConfig)
	b.answers(ticketPath, nil)
	b.clock.advance(3 * time.Second)
	if got := must(b.client.Launch(t.Context(), request()))(t); got.Way != model.LaunchShort {
		t.Errorf("way %s", got.Way)
	}
}

func TestALinkElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		"", "https://open.douyin.com/", "snssdk1128://webview?url=https%3A%2F%2Fevil.example%2F",
		"snssdk1128://webview?url=https%3A%2F%2Fopen.douyin.com.evil.example%2F",
		"snssdk1128://webview?url=https%3A%2F%2Fopen.douyin.com%2Fx&url=https%3A%2F%2Fevil.example",
		" snssdk1128://openplatform/share?a=b", "snssdk1128://openplatform/share?a=\\\"b", "snssdk1128://openplatform/share?a=\\nb",
		"snssdk1128://openplatform/share?" + strings.Repeat("a", 9000), "javascript:alert(1)", "snssdk1128://user/profile/1",
	} {
		b := setup(t)
		b.answers(shortPath, always(200, `{"data":{"schema":"`+schema+`"},"err_no":0}`))
		_, err := b.client.Launch(t.Context(), request())
		wantCode(t, err, model.CodeDouyinBusy)
		wantNoSecrets(t, err)
	}
	b := setup(t)
	b.answers(shortPath, always(200, `{"data":{"schema":"snssdk1128://openplatform/share?share_type=h5"},"err_no":"0"}`))
	must(b.client.Launch(t.Context(), request()))(t)
}

func TestASignedLinkByteForByte(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *douyin.Config) { c.Random = bytes.NewReader(bytes.Repeat([]byte{0xa5}, 64)) })
	b.answers(shortPath, refusing(shortPath, 28001018))
	got := must(b.client.Launch(t.Context(), request()))(t)
	const want = "snssdk1128://openplatform/share?client_key=awcountersign0001&hashtag_list=%5B%22spring%22%5D" +
		"&nonce_str=a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5&share_to_publish=1&share_type=h5&signature=" +
		"SIGNATURE&state=1759435947641859&timestamp=1772353820" +
		"&title=%E6%98%A5%E6%97%A5%20%3C%E6%96%B0%E5%93%81%3E%20%26%20%E4%B8%8A%E5%B8%82%20" +
		"&title_hashtag_list=%5B%7B%22name%22%3A%22%E9%99%90%E5%AE%9A%22%2C%22start%22%3A13%7D%5D" +
		"&video_path=https%3A%2F%2Fmedia.example.com%2Fv%2Fcanaryvideo.mp4%3Fsig%3D0a1b%2Bc%252Fd%26e%3D1"
	sign := schemaValues(t, got.Schema).Get("signature")
	if len(sign) != 32 || got.Schema != strings.Replace(want, "SIGNATURE", sign, 1) {
		t.Errorf("schema %s\nwant   %s", got.Schema, want)
	}
	if v := schemaValues(t, got.Schema).Get("video_path"); v != videoURL {
		t.Errorf("video_path %q", v)
	}
}

func TestEachSignedLinkHasItsOwnNonce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.answers(shortPath, refusing(shortPath, 28001018))
	seen := map[string]bool{}
	for range 20 {
		in := request()
		in.Title, in.Hashtags = "", nil
		values := schemaValues(t, must(b.client.Launch(t.Context(), in))(t).Schema)
		seen[values.Get("nonce_str")] = true
		for _, empty := range []string{"title", "hashtag_list", "title_hashtag_list"} {
			if values.Has(empty) {
				t.Errorf("%s was sent empty", empty)
			}
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d nonces", len(seen))
	}
}

func TestLaunchNamesWrongFields(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.client.Launch(t.Context(), model.LaunchRequest{
		ShareID: "a b", VideoURL: "https://example.com/视频.mp4", Title: "\xff", Hashtags: []string{"#x"}, EndsAt: start,
	})
	got := map[string]string{}
	for _, f := range refused(t, err, model.CodeInvalid).Fields {
		got[f.Path] = f.Reason
	}
	want := map[string]string{"share_id": "format", "video_url": "format", "title": "format", "hashtags": "format", "ends_at": "range"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("fields %v", got)
	}
	if b.count(stablePath) != 0 {
		t.Error("Douyin was asked")
	}
	for _, bad := range []string{"", "http://media.example.com/a.mp4", "ftp://x/a.mp4", "https://u:p@example.com/a.mp4", "https://example.com/a b.mp4", "file:///a.mp4"} {
		in := request()
		in.VideoURL = bad
		_, err := b.client.Launch(t.Context(), in)
		wantCode(t, err, model.CodeInvalid)
	}
}

// The same in a link and back: what is shown is what was asked for.
func TestTextsArriveWhole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.answers(shortPath, refusing(shortPath, 28001018))
	for _, title := range []string{"a+b&c=d%20e", "😀 表情\n换行", `"引号"\`, "１００％ ~!*'()", "#不在单子上 #spring1"} {
		in := request()
		in.Title = title
		schema := must(b.client.Launch(t.Context(), in))(t).Schema
		if got := schemaValues(t, schema).Get("title"); got != title {
			t.Errorf("title %q arrived as %q", title, got)
		}
		if strings.Contains(schema, "+") {
			t.Errorf("a plus in %s", schema)
		}
	}
}

// A dying kept connection is no error: every call here may be made twice.
func TestADyingConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	b := setup(t)
	must(b.client.ShareID(t.Context()))(t)
	b.answers(sharePath, func(http.ResponseWriter, *http.Request) {
		b.answers(sharePath, nil)
		panic(http.ErrAbortHandler)
	})
	must(b.client.ShareID(t.Context()))(t)
}
