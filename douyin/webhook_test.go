package douyin_test

import (
	"bytes"
	"crypto/sha1"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"countersign/douyin"
	"countersign/model"
)

const (
	created = `{"event":"create_video","from_user_id":"_000alice","to_user_id":"","client_key":"awcountersign0001",` +
		`"content":{"share_id":"1861446241666108","item_id":"@9VwI1g==","has_default_hashtag":false,"video_id":"7624484004700777445"},"log_id":"2026a"}`
	// createdSignature was made with another program: sha1sum of the secret and created.
	createdSignature = "fb6a69778a5a29f50f3d33fb0cc1d6a20c0249ec"
	older            = "canary-older-secret"
)

func sign(secret string, body []byte) string {
	sum := sha1.Sum(append([]byte(secret), body...))
	return hex.EncodeToString(sum[:])
}

func hookClient(t *testing.T) *douyin.Client {
	t.Helper()
	return must(douyin.New(douyin.Config{ClientKey: clientKey, Secret: secret, SecretPrevious: older}))(t)
}

func read(t *testing.T, body string) (model.DouyinEvent, error) {
	t.Helper()
	return hookClient(t).ReadEvent(sign(secret, []byte(body)), []byte(body))
}

func TestAPublicationIsRead(t *testing.T) {
	t.Parallel()
	got := must(hookClient(t).ReadEvent(createdSignature, []byte(created)))(t)
	dropped := false
	want := model.DouyinEvent{
		Kind: model.DouyinCreateVideo, Name: "create_video", Key: got.Key, OpenID: "_000alice",
		ShareID: "1861446241666108", ItemID: "@9VwI1g==", VideoID: "7624484004700777445", KeptTag: &dropped,
	}
	if !reflect.DeepEqual(got, want) || len(got.Key) != 64 {
		t.Errorf("event %+v", got)
	}
}

// The same fact under any delivery has one key, another fact another.
func TestTheKeyIsTheFacts(t *testing.T) {
	t.Parallel()
	first := must(read(t, created))(t)
	for _, again := range []string{
		strings.Replace(created, "2026a", "2026b", 1),
		strings.Replace(created, `,"log_id":"2026a"`, "", 1),
		strings.ReplaceAll(created, `,"`, " ,\n\""),
		strings.Replace(created, `"share_id":"1861446241666108","item_id":"@9VwI1g=="`, `"item_id":"@9VwI1g==","share_id":"1861446241666108"`, 1),
		`{"log_id":"c","content":"{\"item_id\":\"@9VwI1g==\",\"share_id\":\"1861446241666108\",\"has_default_hashtag\":false,\"video_id\":\"7624484004700777445\"}",` +
			`"client_key":"awcountersign0001","event":"create_video","from_user_id":"_000alice"}`,
	} {
		if got := must(read(t, again))(t); got.Key != first.Key || got.ItemID != first.ItemID {
			t.Errorf("%s has another key", again)
		}
	}
	for _, other := range [][2]string{{"_000alice", "_000bob"}, {"@9VwI1g==", "@9VwI1h=="}, {"1861446241666108", "1861446241666109"}} {
		if got := must(read(t, strings.Replace(created, other[0], other[1], 1)))(t); got.Key == first.Key {
			t.Errorf("%s has the same key", other[1])
		}
	}
}

func TestWhatContentsMayLookLike(t *testing.T) {
	t.Parallel()
	yes := true
	const head = `{"client_key":"awcountersign0001","from_user_id":"o","event":`
	for body, want := range map[string]model.DouyinEvent{
		head + `"create_video","content":{"item_id":"i","share_id":1861446241666108,"has_default_hashtag":null,"video_id":7624484004700777445}}`: {
			Kind: model.DouyinCreateVideo, ItemID: "i", ShareID: "1861446241666108", VideoID: "7624484004700777445",
		},
		head + `"create_video","content":{"item_id":"i","has_default_hashtag":true,"video_id":"../x"}}`: {Kind: model.DouyinCreateVideo, ItemID: "i", KeptTag: &yes},
		head + `"create_video","content":{"item_id":"i","has_default_hashtag":"yes"}}`:                  {Kind: model.DouyinCreateVideo, ItemID: "i"},
		head + `"authorize","content":"{\"scopes\":[\"user_info\",\"h5.share\"]}"}`:                     {Kind: model.DouyinAuthorize, Scopes: []string{"user_info", "h5.share"}},
		head + `"unauthorize","content":{}}`:                                                            {Kind: model.DouyinUnauthorize},
		head + `"im_receive_msg","content":"words"}`:                                                    {Kind: model.DouyinOther},
		head + `"Create_Video","content":[1,{}]}`:                                                       {Kind: model.DouyinOther},
		head + `"other"}`: {Kind: model.DouyinOther},
	} {
		got := must(read(t, body))(t)
		want.Name, want.Key, want.OpenID = got.Name, got.Key, "o"
		if !reflect.DeepEqual(got, want) || got.Name == "" {
			t.Errorf("%s: %+v", body, got)
		}
	}
}

func TestTheAddressIsTested(t *testing.T) {
	t.Parallel()
	c := hookClient(t)
	for challenge, ok := range map[string]bool{
		`12345`: true, `12345678901234567890`: true, `-1`: true, `"abc"`: true, `"` + strings.Repeat("a", 62) + `"`: true,
		`"` + strings.Repeat("a", 63) + `"`: false, `1.5`: false, `1e9`: false, `true`: false, `null`: false, `{}`: false, `["a"]`: false,
	} {
		body := []byte(`{"event":"verify_webhook","client_key":"","from_user_id":"","content":{"challenge":` + challenge + `}}`)
		for _, signature := range []string{"", sign(secret, body), sign(older, body)} {
			got, err := c.ReadEvent(signature, body)
			if (err == nil) != ok {
				t.Errorf("%s, signed %q: %v", challenge, signature, err)
			}
			if ok && (got.Kind != model.DouyinVerify || string(got.Challenge) != `{"challenge":`+challenge+`}`) {
				t.Errorf("%s: %+v", challenge, got)
			}
		}
		_, err := c.ReadEvent(sign("wrong", body), body)
		wantCode(t, err, model.CodeForbidden)
	}
	long := []byte(`{"event":"verify_webhook","content":{"challenge":1},"x":"` + strings.Repeat("x", 1<<10) + `"}`)
	_, err := c.ReadEvent("", long)
	wantCode(t, err, model.CodeForbidden)
}

func TestBothSecretsProveAnEvent(t *testing.T) {
	t.Parallel()
	c := hookClient(t)
	for _, s := range []string{secret, older} {
		must(c.ReadEvent(sign(s, []byte(created)), []byte(created)))(t)
		must(c.ReadEvent(strings.ToUpper(sign(s, []byte(created))), []byte(created)))(t)
	}
	only := must(douyin.New(douyin.Config{ClientKey: clientKey, Secret: secret}))(t)
	for _, s := range []string{older, ""} {
		_, err := only.ReadEvent(sign(s, []byte(created)), []byte(created))
		wantCode(t, err, model.CodeForbidden)
	}
}

func TestForgeriesAreRefused(t *testing.T) {
	t.Parallel()
	good := sign(secret, []byte(created))
	other := strings.Replace(created, clientKey, "awsomebodyelse", 1)
	for _, c := range []struct {
		name, signature, body string
		code                  model.Code
	}{
		{"no signature", "", created, model.CodeForbidden},
		{"half a signature", good[:20], created, model.CodeForbidden},
		{"a long signature", good + "00", created, model.CodeForbidden},
		{"no hex", strings.Repeat("z", 40), created, model.CodeForbidden},
		{"of another body", good, strings.Replace(created, "alice", "mallo", 1), model.CodeForbidden},
		{"of the body alone", sign("", []byte(created)), created, model.CodeForbidden},
		{"a space more", good, created + " ", model.CodeForbidden},
		{"another app's", sign(secret, []byte(other)), other, model.CodeForbidden},
		{"no app's", "", strings.Replace(created, clientKey, "", 1), model.CodeForbidden},
		{"8 MiB", good, strings.Repeat(" ", 8<<20), model.CodeTooLarge},
	} {
		_, err := hookClient(t).ReadEvent(c.signature, []byte(c.body))
		if got := model.CodeOf(err); got != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
		wantNoSecrets(t, err)
	}
}

// Even a good signature does not make two readings one.
func TestAmbiguousBodiesAreRefused(t *testing.T) {
	t.Parallel()
	const head = `{"client_key":"awcountersign0001","event":"create_video",`
	for _, body := range []string{
		"", "null", "[]", `"x"`, "{", created + "{}", created + created, created + "\x00", "\xef\xbb\xbf" + created,
		strings.Replace(created, `"log_id"`, `"event":"other","log_id"`, 1),
		strings.Replace(created, `"log_id"`, `"\u0065vent":"other","log_id"`, 1),
		strings.Replace(created, `"video_id"`, `"share_id":"1","video_id"`, 1),
		strings.Replace(created, "alice", "\xff", 1),
		head + `"content":"{\"item_id\":\"a\",\"item_id\":\"b\"}"}`,
		head + `"content":"{\"item_id\":\"a\"}{}"}`,
		head + `"content":{"item_id":"a","x":` + strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001) + `}}`,
		head + `"content":"words"}`, head + `"content":[]}`, head + `"content":null}`, head + `"x":1}`,
		head + `"content":{}}`, head + `"content":{"item_id":{}}}`, head + `"content":{"item_id":"` + strings.Repeat("x", 257) + `"}}`,
		`{"client_key":"awcountersign0001"}`, `{"client_key":"awcountersign0001","event":""}`, `{"client_key":"awcountersign0001","event":["create_video"]}`,
		`{"client_key":"awcountersign0001","event":"authorize","content":{"scopes":"user_info"}}`,
	} {
		_, err := read(t, body)
		if got := model.CodeOf(err); got != model.CodeMalformed {
			t.Errorf("%q: %v", body, err)
		}
	}
	// encoding/json takes these names for the ones it looks for; here they say nothing.
	event := must(read(t, strings.Replace(created, `"log_id"`, `"Event":"other","CONTENT":{},"log_id"`, 1)))(t)
	if event.Kind != model.DouyinCreateVideo || event.ItemID != "@9VwI1g==" {
		t.Errorf("event %+v", event)
	}
}

// Whoever has one signed body can sign it with a tail, knowing the secret's length only.
func TestAContinuedHashIsRefused(t *testing.T) {
	t.Parallel()
	for _, tail := range []string{
		``, ` `, `{"event":"create_video","client_key":"awcountersign0001","content":{"item_id":"forged"}}`,
	} {
		body, signature := continued(t, []byte(created), sign(secret, []byte(created)), tail)
		if signature != sign(secret, body) {
			t.Fatal("the forgery is no good, and the test proves nothing")
		}
		_, err := hookClient(t).ReadEvent(signature, body)
		wantCode(t, err, model.CodeMalformed)
	}
}

// continued is SHA-1's length extension: the signature is the state after the padding.
func continued(t *testing.T, body []byte, signature, tail string) ([]byte, string) {
	t.Helper()
	length := len(secret) + len(body)
	padding := append([]byte{0x80}, make([]byte, (119-length%64)%64)...)
	padding = binary.BigEndian.AppendUint64(padding, uint64(length)*8)
	state := append([]byte("sha\x01"), must(hex.DecodeString(signature))(t)...)
	state = append(state, make([]byte, 64)...)
	state = binary.BigEndian.AppendUint64(state, uint64(length+len(padding)))
	h := sha1.New()
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	h.Write([]byte(tail))
	return bytes.Join([][]byte{body, padding, []byte(tail)}, nil), hex.EncodeToString(h.Sum(nil))
}
