package sandbox

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1" //nolint:gosec // WeChat's signature is SHA-1
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// PushSettings is where and how the stand-in pushes events, as set at WeChat's console.
type PushSettings struct {
	URL    string `json:"url"`
	Token  string `json:"token"`
	AESKey string `json:"aes_key"` // 43 characters

	Now func() time.Time `json:"-"` // nil: the stand-in's clock
}

// PushTo sets them.
func (w *WeChat) PushTo(s PushSettings) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.push = s
}

// PushEvent is an event about subscription messages.
type PushEvent struct {
	OpenID     string `json:"openid"`
	Event      string `json:"event"` // subscribe_msg_popup_event, subscribe_msg_change_event, subscribe_msg_sent_event
	TemplateID string `json:"template_id"`
	Status     string `json:"status"`     // popup and change: accept or reject
	ErrorCode  int    `json:"error_code"` // sent
	XML        bool   `json:"xml"`
}

// Push sends one event in safe mode and answers the receiver's status.
func (w *WeChat) Push(ctx context.Context, e PushEvent) (status int, err error) {
	w.mu.Lock()
	set, now, pad := w.push, w.opts.Now(), w.random(12)[:16]
	w.mu.Unlock()
	if set.Now != nil {
		now = set.Now()
	}
	sealed, err := set.seal(w.opts.AppID, pad, e.write(now))
	if err != nil {
		return 0, err
	}
	body, err := json.Marshal(map[string]string{"ToUserName": "gh_sandbox", "Encrypt": sealed})
	if err != nil {
		return 0, err
	}
	return set.deliver(ctx, body, set.query(now, pad, sealed))
}

// query signs the parameters of the address.
func (s PushSettings) query(now time.Time, nonce, sealed string) url.Values {
	at := strconv.FormatInt(now.Unix(), 10)
	return url.Values{
		"signature": {signature(s.Token, at, nonce)}, "timestamp": {at}, "nonce": {nonce}, "encrypt_type": {"aes"},
		"msg_signature": {signature(s.Token, at, nonce, sealed)},
	}
}

func signature(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // WeChat's
	return hex.EncodeToString(sum[:])
}

func (s PushSettings) deliver(ctx context.Context, body []byte, q url.Values) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // as WeChat
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"?"+q.Encode(), bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err == nil && resp.StatusCode == http.StatusOK && string(answer) != "success" && len(answer) > 0 {
		err = fmt.Errorf("the receiver answered %q", answer)
	}
	return resp.StatusCode, err
}

// seal encrypts an event: AES-256-CBC over 16 random bytes, the length, the event and the
// AppID, padded to 32.
func (s PushSettings) seal(appID, pad string, event []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(s.AESKey + "=")
	if err != nil || len(key) != 32 || len(pad) != aes.BlockSize {
		return "", errors.New("sandbox: no push key is set")
	}
	plain := binary.BigEndian.AppendUint32([]byte(pad), uint32(len(event))) //nolint:gosec // a few hundred bytes
	plain = append(append(plain, event...), appID...)
	n := 32 - len(plain)%32
	plain = append(plain, bytes.Repeat([]byte{byte(n)}, n)...)
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain), nil
}

// write words an event as WeChat does: numbers are texts, and a list of one is an object
// in the event about a message that was sent.
func (e PushEvent) write(now time.Time) []byte {
	at := strconv.FormatInt(now.Unix(), 10)
	if e.XML {
		tag := map[string]string{"subscribe_msg_popup_event": "SubscribeMsgPopupEvent", "subscribe_msg_change_event": "SubscribeMsgChangeEvent", "subscribe_msg_sent_event": "SubscribeMsgSentEvent"}[e.Event]
		return fmt.Appendf(nil, `<xml><ToUserName><![CDATA[gh_sandbox]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%s</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[%s]]></Event><%s><List><TemplateId><![CDATA[%s]]></TemplateId><SubscribeStatusString><![CDATA[%s]]></SubscribeStatusString><ErrorCode>%d</ErrorCode></List></%s></xml>`,
			e.OpenID, at, e.Event, tag, e.TemplateID, e.Status, e.ErrorCode, tag)
	}
	item := map[string]string{"TemplateId": e.TemplateID, "SubscribeStatusString": e.Status, "PopupScene": "0"}
	var list any = []any{item}
	if e.Event == "subscribe_msg_sent_event" {
		list = map[string]string{"TemplateId": e.TemplateID, "MsgID": at, "ErrorCode": strconv.Itoa(e.ErrorCode), "ErrorStatus": "see code"}
	}
	return answer(map[string]any{"ToUserName": "gh_sandbox", "FromUserName": e.OpenID, "CreateTime": at, "MsgType": "event", "Event": e.Event, "List": list}).body
}

func (w *WeChat) postPushSettings(rw http.ResponseWriter, r *http.Request) {
	var in PushSettings
	if !readAdmin(rw, r, &in) {
		return
	}
	w.PushTo(in)
	rw.WriteHeader(http.StatusNoContent)
}

func (w *WeChat) postPush(rw http.ResponseWriter, r *http.Request) {
	var in PushEvent
	if !readAdmin(rw, r, &in) {
		return
	}
	if !w.knows(in.OpenID) {
		adminError(rw, http.StatusNotFound, "no such identity")
		return
	}
	status, err := w.Push(r.Context(), in)
	if err != nil {
		adminError(rw, http.StatusBadGateway, "the push was not taken")
		return
	}
	answer(map[string]int{"status": status}).write(rw)
}
