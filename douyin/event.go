package douyin

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Douyin's signature is a SHA-1
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"countersign/model"
)

// message is the webhook's body.
type message struct {
	Event      string          `json:"event"`
	ClientKey  string          `json:"client_key"`
	FromUserID string          `json:"from_user_id"` // the open_id
	Content    json.RawMessage `json:"content"`      // an object, or for some events a text that is one
}

// ReadEvent checks and reads a message of the webhook. The signature is
// sha1(client_secret + body), without a time and open to length extension; so the whole
// body must be one JSON value without a key twice, and the same fact has the same Key
// however often and under whatever Msg-Id it comes.
//
// Errors: CodeUnauthenticated (not signed by Douyin), CodeMalformed, CodeForbidden (for
// another app).
func (c *Client) ReadEvent(signature string, body []byte) (model.DouyinEvent, error) {
	if !c.authentic(signature, body) {
		return model.DouyinEvent{}, model.E(model.CodeUnauthenticated).Because(errors.New("douyin: webhook signature"))
	}
	var m message
	if err := strict(body, &m); err != nil {
		return model.DouyinEvent{}, model.E(model.CodeMalformed).Because(err)
	}
	content, err := unwrap(m.Content)
	if err != nil {
		return model.DouyinEvent{}, model.E(model.CodeMalformed).Because(err)
	}
	if m.Event == string(model.DouyinVerify) { // its client_key is empty
		return verification(content)
	}
	if m.ClientKey != c.cfg.ClientKey {
		return model.DouyinEvent{}, model.E(model.CodeForbidden, "role", "douyin").Because(errors.New("douyin: webhook for another client_key"))
	}
	return m.event(content)
}

// authentic compares in constant time, under the secret and the one before.
func (c *Client) authentic(signature string, body []byte) bool {
	given, err := hex.DecodeString(signature)
	if err != nil || len(given) != sha1.Size {
		return false
	}
	ok := false
	for _, secret := range []string{c.cfg.Secret, c.cfg.Previous} {
		if secret == "" {
			continue
		}
		sum := sha1.Sum(append([]byte(secret), body...)) //nolint:gosec // as above
		ok = hmac.Equal(given, sum[:]) || ok
	}
	return ok
}

// unwrap gives the content as an object, also when it came as a text.
func unwrap(raw json.RawMessage) (json.RawMessage, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return json.RawMessage("{}"), nil
	}
	if raw[0] != '"' {
		return raw, nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, errors.New("content is no text")
	}
	if strings.TrimSpace(text) == "" {
		return json.RawMessage("{}"), nil
	}
	var any json.RawMessage
	return json.RawMessage(text), strict([]byte(text), &any)
}

var challengeShape = regexp.MustCompile(`^([0-9]{1,20}|"[0-9A-Za-z_-]{1,64}")$`)

// verification answers the console's test: the challenge as it came, and nothing else.
func verification(content json.RawMessage) (model.DouyinEvent, error) {
	var in struct {
		Challenge json.RawMessage `json:"challenge"`
	}
	if json.Unmarshal(content, &in) != nil || !challengeShape.Match(in.Challenge) {
		return model.DouyinEvent{}, model.E(model.CodeMalformed).Because(errors.New("douyin: no challenge"))
	}
	answer := append(append([]byte(`{"challenge":`), in.Challenge...), '}')
	return model.DouyinEvent{Kind: model.DouyinVerify, Name: string(model.DouyinVerify), Challenge: answer}, nil
}

// event reads what matters of a message.
func (m message) event(content json.RawMessage) (model.DouyinEvent, error) {
	var in struct {
		ShareID string   `json:"share_id"`
		ItemID  string   `json:"item_id"`
		VideoID string   `json:"video_id"`
		KeptTag *bool    `json:"has_default_hashtag"`
		Scopes  []string `json:"scopes"`
	}
	e := model.DouyinEvent{Kind: kindOf(m.Event), Name: cut(m.Event), OpenID: m.FromUserID}
	if e.Kind != model.DouyinOther && json.Unmarshal(content, &in) != nil {
		return e, model.E(model.CodeMalformed).Because(errors.New("douyin: content of another shape"))
	}
	e.ShareID, e.ItemID, e.KeptTag, e.Scopes = in.ShareID, in.ItemID, in.KeptTag, in.Scopes
	if digits(in.VideoID) {
		e.VideoID = in.VideoID
	}
	if e.Kind == model.DouyinCreateVideo && (!digits(e.ShareID) || e.ItemID == "") {
		return e, model.E(model.CodeMalformed).Because(errors.New("douyin: create_video without share_id or item_id"))
	}
	if len(e.OpenID) > maxID || len(e.ItemID) > maxID || len(e.Scopes) > maxID {
		return e, model.E(model.CodeMalformed).Because(errors.New("douyin: ids too long"))
	}
	key, err := m.key(content)
	e.Key = key
	return e, err
}

const maxID = 150 // bytes of an id, and how many scopes

func cut(name string) string {
	if len(name) > 64 {
		return name[:64]
	}
	return name
}

func kindOf(name string) model.DouyinEventKind {
	switch k := model.DouyinEventKind(name); k {
	case model.DouyinCreateVideo, model.DouyinAuthorize, model.DouyinUnauthorize:
		return k
	default:
		return model.DouyinOther
	}
}

// key is the SHA-256 of what a message says, its content with keys in order. Neither the
// Msg-Id nor log_id is part of it: they are new for each delivery, and the former unsigned.
func (m message) key(content json.RawMessage) (string, error) {
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", model.E(model.CodeMalformed).Because(errors.New("douyin: content is no JSON"))
	}
	canonical, err := json.Marshal([]any{m.Event, m.FromUserID, m.ClientKey, v})
	if err != nil {
		return "", model.E(model.CodeInternal).Because(err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

var errNotStrict = errors.New("not one JSON value with each key once")

const maxDepth = 16

// strict reads the whole body as one JSON value and refuses what two readers could take
// differently: bytes behind it, a key twice, text that is not UTF-8.
func strict(body []byte, v any) error {
	if !utf8.Valid(body) {
		return errNotStrict
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if err := walk(d, 0); err != nil {
		return errNotStrict
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errNotStrict
	}
	if json.Unmarshal(body, v) != nil {
		return errNotStrict
	}
	return nil
}

// walk reads one value; a key that an object has had already, in whatever case, is refused.
func walk(d *json.Decoder, depth int) error {
	t, err := d.Token()
	open, nested := t.(json.Delim)
	switch {
	case err != nil:
		return err
	case !nested:
		return nil
	case depth == maxDepth:
		return errNotStrict
	}
	seen := map[string]bool{}
	for d.More() {
		if open == '{' {
			name, err := d.Token()
			key, _ := name.(string)
			if err != nil || seen[strings.ToLower(key)] {
				return errNotStrict
			}
			seen[strings.ToLower(key)] = true
		}
		if err := walk(d, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
