package miniprogram_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// FuzzOpenPush: whatever a body holds, signed or not, opening it ends in an event or an
// error, and an unsigned one never in an event.
func FuzzOpenPush(f *testing.F) {
	f.Add([]byte(`{"Encrypt":"`+pushSealed+`"}`), pushSealed, pushSig)
	f.Add([]byte("<xml><Encrypt>AAAA</Encrypt></xml>"), "AAAA", "")
	f.Add([]byte("<"), "", "0")
	f.Fuzz(func(t *testing.T, body []byte, sealed, signature string) {
		c := pushClient(t, pushAppID)
		event, err := c.OpenPush(pushQuery(signature), body, time.Unix(pushTime, 0))
		if err == nil && signature != pushSig {
			t.Fatalf("opened %s without the official signature: %s", body, event)
		}
		signed := pushQuery(util.Signature(pushToken, strconv.Itoa(pushTime), pushNonce, sealed))
		_, _ = c.OpenPush(signed, []byte("<xml><Encrypt><![CDATA["+sealed+"]]></Encrypt></xml>"), time.Unix(pushTime, 0))
	})
}
