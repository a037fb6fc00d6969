package douyin_test

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"countersign/douyin"
	"countersign/model"
	"countersign/sandbox"
)

const created = `{"event":"create_video","from_user_id":"open-1","to_user_id":"","client_key":"awkey","content":{"share_id":"1861446241666108","item_id":"@9VwI1==","has_default_hashtag":null,"video_id":"7624484004700777445"},"log_id":"a"}`

func signed(body string) string { return sandbox.WebhookSignature(secret, []byte(body)) }

func TestReadEvent(t *testing.T) {
	t.Parallel()
	c := newStage(t, sandbox.DouyinOptions{}).door(nil)
	e, err := c.ReadEvent(signed(created), []byte(created))
	if err != nil || e.Kind != model.DouyinCreateVideo || e.ShareID != "1861446241666108" || e.ItemID != "@9VwI1==" || e.VideoID != "7624484004700777445" || e.OpenID != "open-1" || e.KeptTag != nil {
		t.Fatalf("%+v %v", e, err)
	}
	again := strings.Replace(created, `"log_id":"a"`, `"log_id":"b"`, 1)
	text, _ := json.Marshal(`{"video_id":"7624484004700777445","item_id":"@9VwI1==","share_id":"1861446241666108","has_default_hashtag":null}`)
	asText := `{"event":"create_video","from_user_id":"open-1","client_key":"awkey","content":` + string(text) + `}`
	for name, body := range map[string]string{"delivered again": again, "content as a text, in another order": asText} {
		if same, err := c.ReadEvent(signed(body), []byte(body)); err != nil || same.Key != e.Key {
			t.Errorf("%s: %v, key %s", name, err, same.Key)
		}
	}
	other := strings.Replace(created, "@9VwI1==", "@9VwI2==", 1)
	if o, err := c.ReadEvent(signed(other), []byte(other)); err != nil || o.Key == e.Key {
		t.Error("another video has the same key", err)
	}
	kept := strings.Replace(created, "null", "false", 1)
	if k, _ := c.ReadEvent(signed(kept), []byte(kept)); k.KeptTag == nil || *k.KeptTag {
		t.Error("has_default_hashtag false")
	}
	for name, kind := range map[string]model.DouyinEventKind{"authorize": model.DouyinAuthorize, "unauthorize": model.DouyinUnauthorize, "im_receive_msg": model.DouyinOther} {
		body := `{"event":"` + name + `","from_user_id":"open-1","client_key":"awkey","content":{"scopes":["user_info"]}}`
		if e, err := c.ReadEvent(signed(body), []byte(body)); err != nil || e.Kind != kind || e.Key == "" {
			t.Errorf("%s: %+v %v", name, e, err)
		}
	}
}

// The console's test has no client_key and a number; nothing but a challenge is echoed.
func TestChallenge(t *testing.T) {
	t.Parallel()
	c := newStage(t, sandbox.DouyinOptions{}).door(nil)
	for challenge, want := range map[string]string{
		`12345`: `{"challenge":12345}`, `"abc-1"`: `{"challenge":"abc-1"}`, `"<script>"`: "", `{"a":1}`: "", `-1`: "", `1e9`: "", `true`: "", `"` + strings.Repeat("a", 65) + `"`: "",
	} {
		body := `{"event":"verify_webhook","client_key":"","content":{"challenge":` + challenge + `}}`
		e, err := c.ReadEvent(signed(body), []byte(body))
		if (want == "") != (err != nil) || string(e.Challenge) != want {
			t.Errorf("%s: %q %v", challenge, e.Challenge, err)
		}
	}
}

// Forged, bent and foreign messages, each signed as well as its forger can.
func TestForgedEvents(t *testing.T) {
	t.Parallel()
	s := newStage(t, sandbox.DouyinOptions{})
	c := s.door(nil, func(c *douyin.Config) { c.Previous = "the secret before" })
	ends := func(body string) string { return body[:len(body)-1] }
	for name, tc := range map[string]struct {
		body, signature string
		want            model.Code
	}{
		"no signature":              {created, "", model.CodeUnauthenticated},
		"no hex":                    {created, strings.Repeat("z", 40), model.CodeUnauthenticated},
		"of another secret":         {created, sandbox.WebhookSignature("guess", []byte(created)), model.CodeUnauthenticated},
		"of another body":           {created, signed(again(created)), model.CodeUnauthenticated},
		"half a signature":          {created, signed(created)[:20], model.CodeUnauthenticated},
		"lengthened":                {created + "\x80", signed(created + "\x80"), model.CodeMalformed},
		"a second value":            {created + created, signed(created + created), model.CodeMalformed},
		"cut":                       {ends(created), signed(ends(created)), model.CodeMalformed},
		"a key twice":               {ends(created) + `,"event":"authorize"}`, signed(ends(created) + `,"event":"authorize"}`), model.CodeMalformed},
		"a key twice, in capitals":  {ends(created) + `,"Event":"authorize"}`, signed(ends(created) + `,"Event":"authorize"}`), model.CodeMalformed},
		"a key twice in a text":     {`{"event":"create_video","client_key":"awkey","content":"{\"share_id\":\"1\",\"share_id\":\"2\",\"item_id\":\"i\"}"}`, "", model.CodeMalformed},
		"for another app":           {strings.Replace(created, "awkey", "awother", 1), "", model.CodeForbidden},
		"without a client_key":      {strings.Replace(created, "awkey", "", 1), "", model.CodeForbidden},
		"no share id":               {strings.Replace(created, "1861446241666108", "x'; --", 1), "", model.CodeMalformed},
		"a content of another kind": {`{"event":"create_video","client_key":"awkey","content":[1]}`, "", model.CodeMalformed},
		"an item id without end":    {strings.Replace(created, "@9VwI1==", strings.Repeat("i", 200), 1), "", model.CodeMalformed},
		"not UTF-8":                 {"{\"event\":\"\xff\"}", "", model.CodeMalformed},
		"deep":                      {strings.Repeat("[", 100_000), "", model.CodeMalformed},
		"8 MiB":                     {`{"event":"` + strings.Repeat("a", 8<<20) + `"}`, "", model.CodeForbidden},
		"nothing":                   {"", signed(""), model.CodeMalformed},
	} {
		if tc.signature == "" && name != "no signature" {
			tc.signature = signed(tc.body)
		}
		if _, err := c.ReadEvent(tc.signature, []byte(tc.body)); model.CodeOf(err) != tc.want || err == nil {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
	if _, err := c.ReadEvent(sandbox.WebhookSignature("the secret before", []byte(created)), []byte(created)); err != nil {
		t.Error("while the secret is changed:", err)
	}
}

func again(body string) string { return strings.Replace(body, `"log_id":"a"`, `"log_id":"c"`, 1) }

func FuzzReadEvent(f *testing.F) {
	c, err := douyin.New(douyin.Config{ClientKey: key, Secret: secret, Shared: &shelf{}, Sealer: noSealer{}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{created, `{"event":"verify_webhook","client_key":"","content":{"challenge":1}}`, `{}`, `{"content":"{}"}`, "\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := c.ReadEvent(sandbox.WebhookSignature(secret, body), body)
		if err != nil || e.Kind == model.DouyinVerify {
			return
		}
		if raw, err := hex.DecodeString(e.Key); err != nil || len(raw) != 32 || !json.Valid(body) {
			t.Errorf("%q became %+v", body, e)
		}
	})
}

type noSealer struct{}

func (noSealer) Seal(b []byte, _ string) ([]byte, error) { return b, nil }
func (noSealer) Open(b []byte, _ string) ([]byte, error) { return b, nil }
