package miniprogram

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"countersign/model"
)

const (
	maxPushBody = 64 << 10 // bytes
	pushWindow  = 5 * time.Minute
)

// echoPattern keeps the answer to WeChat's test from being somebody's page.
var echoPattern = regexp.MustCompile(`^[0-9A-Za-z_+/=-]{1,256}$`)

// Echo answers WeChat's test of the push address: the answer is echostr, as plain
// text, when the request is signed with our token.
//
// Errors: CodeForbidden (not WeChat's), CodeWeChatConfig (no push is set up).
func (c *Client) Echo(signature, timestamp, nonce, echostr string) (string, error) {
	if c.cfg.PushToken == "" {
		return "", errNoPush()
	}
	if !sameText(signature, util.Signature(c.cfg.PushToken, timestamp, nonce)) || !echoPattern.MatchString(echostr) {
		return "", notWeChats("bad signature of a test")
	}
	return echostr, nil
}

// OpenPush verifies and decrypts a push and returns the event as WeChat wrote it, JSON
// or XML as set at WeChat's. Only the safe mode is spoken: what counts is msg_signature,
// which covers the body; the parameter "signature" does not and is ignored.
//
// A push comes again when no answer arrives in five seconds, and a valid one can be
// replayed for five minutes: the caller stores it, drops what it has seen, and answers
// "success" only then.
//
// Errors: CodeTooLarge, CodeMalformed, CodeForbidden (not WeChat's, too old, not for
// this app, or not encrypted), CodeWeChatConfig (no push is set up).
func (c *Client) OpenPush(query url.Values, body []byte, now time.Time) ([]byte, error) {
	switch {
	case c.cfg.PushToken == "":
		return nil, errNoPush()
	case len(body) > maxPushBody:
		return nil, model.E(model.CodeTooLarge)
	case !fresh(query.Get("timestamp"), now):
		return nil, notWeChats("timestamp outside the window")
	}
	sealed, err := sealedIn(body)
	if err != nil {
		return nil, err
	}
	want := util.Signature(c.cfg.PushToken, query.Get("timestamp"), query.Get("nonce"), sealed)
	if !sameText(query.Get("msg_signature"), want) {
		return nil, notWeChats("bad msg_signature")
	}
	// DecryptMsg also checks that the push is for our AppID.
	_, event, err := util.DecryptMsg(c.cfg.AppID, sealed, c.cfg.PushAESKey)
	if err != nil {
		return nil, notWeChats("cannot be decrypted, or for another app")
	}
	return event, nil
}

// sealedIn finds the encrypted part of a JSON or XML envelope.
func sealedIn(body []byte) (string, error) {
	var envelope struct {
		Encrypt string `json:"Encrypt" xml:"Encrypt"`
	}
	body = bytes.TrimSpace(body)
	var err error
	if bytes.HasPrefix(body, []byte("<")) {
		err = xml.Unmarshal(body, &envelope)
	} else {
		err = json.Unmarshal(body, &envelope)
	}
	switch {
	case err != nil:
		return "", model.E(model.CodeMalformed).Because(errors.New("wechat push: neither JSON nor XML"))
	case envelope.Encrypt == "":
		// A plain body with a valid "signature" is what a replayed address can forge.
		return "", notWeChats("not encrypted")
	}
	return envelope.Encrypt, nil
}

// fresh: timestamp, in unix seconds, is within the window around now.
func fresh(timestamp string, now time.Time) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	return err == nil && now.Sub(time.Unix(seconds, 0)).Abs() <= pushWindow
}

// sameText compares in constant time.
func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func notWeChats(why string) error {
	return model.E(model.CodeForbidden).Because(errors.New("wechat push: " + why))
}

func errNoPush() error {
	return model.E(model.CodeWeChatConfig).Because(errors.New("wechat push: no token and key are set"))
}
