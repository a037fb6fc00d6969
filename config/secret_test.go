package config

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const planted = "PLANTED"

// plant gives every secret a value that contains planted, each in a form that passes.
func plant() map[string]string {
	return with(production(), map[string]string{
		prefix + "DATABASE_DRIVER":               "mysql",
		prefix + "DATABASE_DSN":                  "u:" + planted + "@tcp(h:3306)/n",
		prefix + "REDIS_ADDRS":                   "s:26379",
		prefix + "REDIS_MASTER_NAME":             "m",
		prefix + "REDIS_PASSWORD":                planted,
		prefix + "REDIS_SENTINEL_PASSWORD":       planted,
		prefix + "SECRET_KEY":                    planted + strings.Repeat("A", 36) + "=",
		prefix + "SECRET_KEY_PREVIOUS":           planted + strings.Repeat("B", 35) + "A=",
		prefix + "DOUYIN_CLIENT_KEY":             "awkey",
		prefix + "DOUYIN_CLIENT_SECRET":          planted,
		prefix + "DOUYIN_CLIENT_SECRET_PREVIOUS": planted + "2",
		prefix + "AI_BASE_URL":                   "https://model.example/v1",
		prefix + "AI_MODEL":                      "m",
		prefix + "AI_API_KEY":                    planted,
		prefix + "SMTP_HOST":                     "mail.example",
		prefix + "SMTP_FROM":                     "notice@brand.example",
		prefix + "SMTP_USERNAME":                 "u",
		prefix + "SMTP_PASSWORD":                 planted,
		prefix + "MEDIA_DRIVER":                  "s3",
		prefix + "MEDIA_ENDPOINT":                "https://s3.example.com",
		prefix + "MEDIA_BUCKET":                  "pictures",
		prefix + "MEDIA_ACCESS_KEY":              planted,
		prefix + "MEDIA_SECRET_KEY":              planted,
		prefix + "WECHAT_APP_SECRET":             planted,
		prefix + "WECHAT_PUSH_TOKEN":             planted,
		prefix + "WECHAT_PUSH_AES_KEY":           planted + strings.Repeat("C", 36),
	})
}

// hidden keeps a configuration where fmt cannot call methods.
type hidden struct{ config Config }

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, plant(), nil)
	for _, s := range settings() {
		if s.secret() && !strings.Contains(s.revealIn(c), planted) {
			t.Errorf("%s was not planted: the test would prove nothing", s.key)
		}
	}
	for how, text := range everyOutput(t, c) {
		if strings.Contains(text, planted) {
			t.Errorf("%s printed a secret:\n%s", how, text)
		}
	}
}

func everyOutput(t *testing.T, c Config) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		out[verb] = fmt.Sprintf(verb, c)
		out["pointer "+verb] = fmt.Sprintf(verb, &c)
		out["hidden "+verb] = fmt.Sprintf(verb, hidden{c})
		out["one "+verb] = fmt.Sprintf(verb, c.Redis.Password)
	}
	var log, printed bytes.Buffer
	for _, h := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(h).Info("x", "config", c, "secret", c.SecretKey, "hidden", hidden{c})
	}
	if err := c.Print(&printed); err != nil {
		t.Fatal(err)
	}
	out["slog"], out["Print"] = log.String(), printed.String()
	out["JSON"] = encoded(t, json.Marshal, c)
	out["XML"] = encoded(t, xml.Marshal, c.Redis)
	out["YAML"] = encoded(t, func(v any) ([]byte, error) {
		return yaml.Marshal(map[string]any{"config": v})
	}, c.Redis)
	return out
}

func encoded(t *testing.T, marshal func(any) ([]byte, error), v any) string {
	t.Helper()
	text, err := marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every place a secret can be put by mistake: no message repeats it.
func TestNoMistakeRepeatsAValue(t *testing.T) {
	t.Parallel()
	for _, s := range settings() {
		env := with(plant(), map[string]string{envName(s.key): "\x01" + planted + "://"})
		if s.secret() {
			env = with(env, map[string]string{envName(s.key): "", envName(s.key + fileSuffix): planted})
		}
		_, err := Load(Source{Environ: environ(env), ReadFile: files{}.read})
		if err != nil && strings.Contains(err.Error(), planted) {
			t.Errorf("%s: %v", s.key, err)
		}
	}
	for _, file := range []string{planted, "a: *" + planted, "redis: " + planted, "redis:\n  password: {" + planted, "http:\n  addr: !" + planted + " x"} {
		found := mistakes(t, with(production(), map[string]string{envFile: "c"}), files{"c": file})
		if strings.Contains(found.Error(), planted) {
			t.Errorf("%q: %v", file, found)
		}
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	none, some := NewSecret(""), NewSecret("x")
	if none.IsSet() || none.Reveal() != "" || !some.IsSet() || some.Reveal() != "x" {
		t.Error("a secret lost its text")
	}
	if some.Equal(none) || !some.Equal(NewSecret("x")) {
		t.Error("Equal compares something other than the text")
	}
	if none.String() != mask || none.GoString() != mask {
		t.Error("an empty secret must not be told from a full one")
	}
}
