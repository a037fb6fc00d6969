package douyin_test

import (
	"encoding/json"
	"strings"
	"testing"

	"countersign/model"
)

// FuzzReadEvent: whatever a body holds, reading it ends in an event or an error; unsigned,
// only in a test of the address; and what is read has one meaning and one key.
func FuzzReadEvent(f *testing.F) {
	for _, seed := range []string{
		created, created + "{}", `{"event":"verify_webhook","client_key":"","content":{"challenge":12345}}`,
		`{"event":"authorize","client_key":"awcountersign0001","content":"{\"scopes\":[\"a\"]}"}`,
		`{"event":"x","client_key":"awcountersign0001","content":"{"}`, `{"event":1,"client_key":"awcountersign0001","content":1e400}`, "", "[", `{"event":"a","event":"b"}`,
	} {
		f.Add([]byte(seed), createdSignature)
	}
	f.Fuzz(func(t *testing.T, body []byte, signature string) {
		c := hookClient(t)
		if e, err := c.ReadEvent(signature, body); err == nil && e.Kind != model.DouyinVerify && !strings.EqualFold(signature, sign(secret, body)) && !strings.EqualFold(signature, sign(older, body)) {
			t.Fatalf("%q was read with the signature %q", body, signature)
		}
		e, err := c.ReadEvent(sign(secret, body), body)
		if err != nil {
			return
		}
		if len(e.Key) != 64 || e.Name == "" || !json.Valid(body) {
			t.Fatalf("%q gave %+v", body, e)
		}
		if e.Kind == model.DouyinVerify && !json.Valid(e.Challenge) {
			t.Fatalf("%q is answered by %q", body, e.Challenge)
		}
		var whole map[string]json.RawMessage
		if err := json.Unmarshal(body, &whole); err != nil {
			t.Fatal(err)
		}
		delete(whole, "log_id")
		again, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		if len(again) > 256<<10 {
			return // escaped, it is longer than what came
		}
		if other, err := c.ReadEvent(sign(secret, again), again); err != nil || other.Key != e.Key {
			t.Fatalf("%q and %q: keys %s and %s, %v", body, again, e.Key, other.Key, err)
		}
	})
}
