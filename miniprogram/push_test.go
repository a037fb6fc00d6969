package miniprogram_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"countersign/miniprogram"
	"countersign/model"
)

// The vectors of the official page message-push.html.
const (
	pushAppID  = "wxba5fad812f8e6fb9"
	pushToken  = "AAAAA"
	pushNonce  = "415670741"
	pushTime   = 1714112445
	pushSig    = "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
	pushSealed = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)

var pushKey = strings.Repeat("A", 43)

func pushClient(t *testing.T, appID string) *miniprogram.Client {
	t.Helper()
	return must(miniprogram.New(miniprogram.Config{AppID: appID, Secret: secret, PushToken: pushToken, PushAESKey: pushKey}))(t)
}

func pushQuery(signature string) url.Values {
	return url.Values{
		"signature": {"6c5c811b55cc85e0e1b54100749188c20beb3f5d"}, "encrypt_type": {"aes"},
		"timestamp": {strconv.Itoa(pushTime)}, "nonce": {pushNonce}, "msg_signature": {signature},
	}
}

func TestEchoAnswersTheOfficialVector(t *testing.T) {
	t.Parallel()
	c := pushClient(t, pushAppID)
	const sig, echo = "f464b24fc39322e44b38aa78f5edd27bd1441696", "4375120948345356249"
	if got, err := c.Echo(sig, "1714036504", "1514711492", echo); err != nil || got != echo {
		t.Errorf("Echo = %q, %v", got, err)
	}
	for _, bad := range [][4]string{
		{"", "1714036504", "1514711492", echo},
		{sig, "1714036505", "1514711492", echo},
		{sig, "1714036504", "1514711492", "<script>"},
		{sig, "1714036504", "1514711492", ""},
	} {
		_, err := c.Echo(bad[0], bad[1], bad[2], bad[3])
		wantCode(t, err, model.CodeForbidden)
	}
}

func TestOpenPushOpensTheOfficialVector(t *testing.T) {
	t.Parallel()
	c := pushClient(t, pushAppID)
	now := time.Unix(pushTime, 0).Add(4 * time.Minute)
	for _, body := range []string{
		fmt.Sprintf(`{"ToUserName":"gh_97417a04a28d","Encrypt":%q}`, pushSealed),
		"<xml>\n<ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><Encrypt><![CDATA[" + pushSealed + "]]></Encrypt></xml>",
	} {
		event := must(c.OpenPush(pushQuery(pushSig), []byte(body), now))(t)
		var got struct {
			Event    string
			DebugStr string `json:"debug_str"`
		}
		if err := json.Unmarshal(event, &got); err != nil || got.Event != "debug_demo" || got.DebugStr != "hello world" {
			t.Errorf("event %s, %v", event, err)
		}
	}
}

func TestOpenPushRefusesWhatIsNotWeChats(t *testing.T) {
	t.Parallel()
	now := time.Unix(pushTime, 0)
	sealed := fmt.Sprintf(`{"Encrypt":%q}`, pushSealed)
	plain := `{"Event":"wxa_media_check","result":{"suggest":"pass"}}`
	without := pushQuery(pushSig)
	without.Del("msg_signature")
	for _, c := range []struct {
		name  string
		appID string
		query url.Values
		body  string
		now   time.Time
		code  model.Code
	}{
		{"wrong msg_signature", pushAppID, pushQuery("0000"), sealed, now, model.CodeForbidden},
		{"signature alone", pushAppID, without, sealed, now, model.CodeForbidden},
		{"plain body", pushAppID, pushQuery(pushSig), plain, now, model.CodeForbidden},
		{"changed body", pushAppID, pushQuery(pushSig), strings.Replace(sealed, "+qdx", "+qdy", 1), now, model.CodeForbidden},
		{"too old", pushAppID, pushQuery(pushSig), sealed, now.Add(5*time.Minute + time.Second), model.CodeForbidden},
		{"from the future", pushAppID, pushQuery(pushSig), sealed, now.Add(-5*time.Minute - time.Second), model.CodeForbidden},
		{"another app", appID, pushQuery(pushSig), sealed, now, model.CodeForbidden},
		{"no timestamp", pushAppID, url.Values{}, sealed, now, model.CodeForbidden},
		{"not JSON", pushAppID, pushQuery(pushSig), "Encrypt=1", now, model.CodeMalformed},
		{"not XML", pushAppID, pushQuery(pushSig), "<xml><Encrypt>", now, model.CodeMalformed},
		{"empty", pushAppID, pushQuery(pushSig), "", now, model.CodeMalformed},
		{"too large", pushAppID, pushQuery(pushSig), sealed + strings.Repeat(" ", 64<<10), now, model.CodeTooLarge},
	} {
		_, err := pushClient(t, c.appID).OpenPush(c.query, []byte(c.body), c.now)
		if got := model.CodeOf(err); got != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
	}
}

// A signature over rubbish proves the token, not the key; decrypting must not panic.
func TestOpenPushSurvivesSignedRubbish(t *testing.T) {
	t.Parallel()
	c := pushClient(t, pushAppID)
	for _, sealed := range []string{"x", "AAAA", strings.Repeat("A", 44), strings.Repeat("QUFB", 100)} {
		sig := util.Signature(pushToken, strconv.Itoa(pushTime), pushNonce, sealed)
		_, err := c.OpenPush(pushQuery(sig), fmt.Appendf(nil, `{"Encrypt":%q}`, sealed), time.Unix(pushTime, 0))
		wantCode(t, err, model.CodeForbidden)
	}
}

func TestWithoutPushSettingsEveryPushIsRefused(t *testing.T) {
	t.Parallel()
	c := must(miniprogram.New(miniprogram.Config{AppID: pushAppID, Secret: secret}))(t)
	_, err := c.Echo(util.Signature("", "1", "2"), "1", "2", "3")
	wantCode(t, err, model.CodeWeChatConfig)
	_, err = c.OpenPush(pushQuery(pushSig), nil, time.Unix(pushTime, 0))
	wantCode(t, err, model.CodeWeChatConfig)
}
