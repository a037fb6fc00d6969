package miniprogram_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"countersign/miniprogram"
)

func TestNewNamesEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := miniprogram.New(miniprogram.Config{
		AppID: "wx&secret=", Secret: "canary secret", BaseURL: "ftp://x", EnvVersion: "beta", Timeout: -1, PushAESKey: "canary",
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"AppID", "Secret", "BaseURL", "EnvVersion", "Timeout", "go together", "EncodingAESKey"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("a secret in %v", err)
	}
}

func TestTheSecretTravelsOverTLSOrAtHome(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"":                             true,
		"https://sh.api.weixin.qq.com": true,
		"http://localhost:9000":        true,
		"http://sandbox:9000/wechat/":  true,
		"http://127.0.0.1:9000":        true,
		"http://[::1]:9000":            true,
		"http://10.1.2.3":              true,
		"http://api.weixin.qq.com":     false,
		"http://8.8.8.8":               false,
		"https://user:pw@example.com":  false,
		"https://example.com?x=1":      false,
		"https://example.com#f":        false,
		"https://":                     false,
		"://":                          false,
		"api.weixin.qq.com":            false,
	} {
		_, err := miniprogram.New(miniprogram.Config{AppID: appID, Secret: secret, BaseURL: address})
		if (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestSecretsAreMaskedWhereverPrinted(t *testing.T) {
	t.Parallel()
	cfg := miniprogram.Config{AppID: appID, Secret: secret, PushToken: "canary-push-token", PushAESKey: strings.Repeat("c", 43)}
	client := must(miniprogram.New(cfg))(t)
	var out bytes.Buffer
	for _, v := range []any{cfg, &cfg, client} {
		fmt.Fprintf(&out, "%v %+v %#v %s\n", v, v, v, v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		_ = json.NewEncoder(&out).Encode(v)
	}
	for _, canary := range []string{secret, "canary", strings.Repeat("c", 43)} {
		if strings.Contains(out.String(), canary) {
			t.Errorf("%q in %s", canary, out.String())
		}
	}
	if !strings.Contains(out.String(), appID) {
		t.Error("nothing was printed at all")
	}
}
