package douyin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"countersign/cache"
	"countersign/douyin"
	"countersign/service"
)

// What the door is wired to.
var (
	_ douyin.Shared = (*cache.Cache)(nil)
	_ douyin.Sealer = (*service.Sealer)(nil)
)

func TestNewNamesEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := douyin.New(douyin.Config{
		ClientKey: "a&b", Secret: "canary secret", SecretPrevious: "canary older", BaseURL: "ftp://x", Timeout: -1,
		ShareIDMethod: "put", TokenEndpoint: "old", DefaultHashtag: "#x", Shared: (*cache.Cache)(nil),
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"ClientKey", "Secret is", "SecretPrevious", "BaseURL", "Timeout", "ShareIDMethod", "TokenEndpoint", "DefaultHashtag", "Sealer",
	} {
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
		"":                            true,
		"https://open.douyin.com":     true,
		"http://localhost:9000":       true,
		"http://sandbox:9000/douyin/": true,
		"http://127.0.0.1:9000":       true,
		"http://10.1.2.3":             true,
		"http://open.douyin.com":      false,
		"http://8.8.8.8":              false,
		"https://user:pw@example.com": false,
		"https://example.com?x=1":     false,
		"https://":                    false,
		"://":                         false,
		"open.douyin.com":             false,
	} {
		_, err := douyin.New(douyin.Config{ClientKey: clientKey, Secret: secret, BaseURL: address})
		if (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestSecretsAreMaskedWhereverPrinted(t *testing.T) {
	t.Parallel()
	cfg := douyin.Config{ClientKey: clientKey, Secret: secret, SecretPrevious: "canary-older"}
	client := must(douyin.New(cfg))(t)
	var out bytes.Buffer
	for _, v := range []any{cfg, &cfg, client} {
		fmt.Fprintf(&out, "%v %+v %#v %s\n", v, v, v, v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		_ = json.NewEncoder(&out).Encode(v)
	}
	if strings.Contains(out.String(), "canary") {
		t.Errorf("a secret in %s", out.String())
	}
	if !strings.Contains(out.String(), clientKey) {
		t.Error("nothing was printed at all")
	}
}
