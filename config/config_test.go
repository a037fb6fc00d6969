package config

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// key is a well-formed secret_key; filler makes different ones.
func key(filler byte) string {
	return base64.StdEncoding.EncodeToString(slices.Repeat([]byte{filler}, 32))
}

// production is the least a real installation must set.
func production() map[string]string {
	return map[string]string{
		"COUNTERSIGN_HTTP_PUBLIC_URL":   "https://posts.example.com",
		"COUNTERSIGN_SECRET_KEY":        key(1),
		"COUNTERSIGN_WECHAT_APP_ID":     "wx0123456789abcdef",
		"COUNTERSIGN_WECHAT_APP_SECRET": "app-secret",
	}
}

// files is a ReadFile over a map.
type files map[string]string

func (f files) read(name string) ([]byte, error) {
	text, ok := f[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return []byte(text), nil
}

func environ(env map[string]string) []string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		pairs = append(pairs, name+"="+env[name])
	}
	return pairs
}

// with is env with more names; an empty value takes a name out.
func with(env map[string]string, more map[string]string) map[string]string {
	all := maps.Clone(env)
	maps.Copy(all, more)
	return all
}

func mustLoad(t *testing.T, env map[string]string, f files) Config {
	t.Helper()
	c, err := Load(Source{Environ: environ(env), ReadFile: f.read})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mistakes(t *testing.T, env map[string]string, f files) Mistakes {
	t.Helper()
	c, err := Load(Source{Environ: environ(env), ReadFile: f.read})
	var found Mistakes
	if !errors.As(err, &found) {
		t.Fatalf("Load gave %v, want Mistakes", err)
	}
	if c.HTTP.Addr != "" {
		t.Error("Load gave a configuration along with mistakes")
	}
	return found
}

func TestDemoNeedsNothingElse(t *testing.T) {
	t.Parallel()
	got := mustLoad(t, map[string]string{"COUNTERSIGN_DEMO": "true"}, nil)
	want := Config{
		Demo: true,
		HTTP: HTTP{
			Addr: ":8080", PublicURL: "http://localhost:8080", MetricsAddr: "127.0.0.1:9090",
			ShutdownGrace: 20 * time.Second, BodyLimit: 1 << 20,
		},
		Database: Database{Driver: "sqlite", Path: "countersign.db", MaxOpen: 32},
		Redis: Redis{
			DialTimeout: 200 * time.Millisecond, ReadTimeout: 300 * time.Millisecond, WriteTimeout: 300 * time.Millisecond,
		},
		Replicas: 1,
		WeChat: WeChat{
			BaseURL: "https://api.weixin.qq.com", EnvVersion: "release", Timeout: 5 * time.Second,
			Pages: Pages{Entry: "pages/entry/entry"},
		},
		Douyin: Douyin{BaseURL: "https://open.douyin.com", ShareIDMethod: "post", Timeout: 2500 * time.Millisecond},
		SMTP:   SMTP{Port: 587, TLS: "starttls", Timeout: 10 * time.Second},
		Media: Media{
			Driver: "disk", Path: "countersign-media", Region: "us-east-1",
			PictureBytes: 10 << 20, PicturePixels: 40_000_000, PictureSide: 16384, DecodeMemory: 512 << 20, VideoBytes: 1 << 30, BrandBytes: 50 << 30,
		},
		Session: Session{
			ConsoleIdle: 2 * time.Hour, ConsoleAbsolute: 12 * time.Hour,
			MiniIdle: 168 * time.Hour, MiniAbsolute: 720 * time.Hour,
		},
		Limits: Limits{LoginPerMinute: 10, WeChatLoginPerMinute: 60, SceneMissesPerMinute: 10, EventStreams: 2000, EventStreamsPerUser: 6, RequestsPerSecond: 50},
		AI:     AI{Timeout: 20 * time.Second, MaxTokens: 2000, DailyTokens: 500_000},
		Log:    Log{Level: "info", Format: "json"},
	}
	got.origins = nil
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Config{})); diff != "" {
		t.Error(diff)
	}
	if got.Redis.Mode() != RedisEmbedded || len(got.Keys()) != 0 || got.Log.SlogLevel() != slog.LevelInfo {
		t.Error("derived settings:", got.Redis.Mode(), got.Keys(), got.Log.SlogLevel())
	}
}

func TestEveryTypeFromEnvironment(t *testing.T) {
	t.Parallel()
	got := mustLoad(t, with(production(), map[string]string{
		"COUNTERSIGN_HTTP_PUBLIC_URL":          "https://posts.example.com/",
		"COUNTERSIGN_HTTP_TRUSTED_PROXIES":     "10.0.0.0/8, 2001:db8::/32",
		"COUNTERSIGN_HTTP_BODY_LIMIT":          "512KiB",
		"COUNTERSIGN_REDIS_ADDRS":              "a:6379,b:6379",
		"COUNTERSIGN_REDIS_PASSWORD_FILE":      "/run/redis",
		"COUNTERSIGN_REDIS_TLS":                "true",
		"COUNTERSIGN_SECRET_KEY_PREVIOUS":      key(2),
		"COUNTERSIGN_WECHAT_BASE_URL":          "http://127.0.0.1:9000/wechat/",
		"COUNTERSIGN_SESSION_CONSOLE_IDLE":     "90m",
		"COUNTERSIGN_LOG_LEVEL":                "debug",
		"COUNTERSIGN_WECHAT_PUSH_TOKEN":        "token",
		"COUNTERSIGN_WECHAT_PUSH_AES_KEY":      strings.Repeat("a", 43),
		"COUNTERSIGN_WECHAT_TEMPLATES_DECIDED": "template",
	}), files{"/run/redis": "redis-password\r\n"})

	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	if !slices.Equal(got.HTTP.TrustedProxies, want) {
		t.Error("trusted proxies:", got.HTTP.TrustedProxies)
	}
	checks := map[string]bool{
		"public url has no slash": got.HTTP.PublicURL == "https://posts.example.com",
		"base url has no slash":   got.WeChat.BaseURL == "http://127.0.0.1:9000/wechat",
		"size":                    got.HTTP.BodyLimit == 512<<10,
		"cluster":                 got.Redis.Mode() == RedisCluster,
		"secret file":             got.Redis.Password.Reveal() == "redis-password",
		"bool":                    got.Redis.TLS,
		"keys, newest first":      len(got.Keys()) == 2 && got.Keys()[0][0] == 1 && got.Keys()[1][0] == 2,
		"duration":                got.Session.ConsoleIdle == 90*time.Minute,
		"level":                   got.Log.SlogLevel() == slog.LevelDebug,
		"template":                got.WeChat.Templates.Decided == "template",
	}
	for what, ok := range checks {
		if !ok {
			t.Error(what)
		}
	}
}

func TestRedisMode(t *testing.T) {
	t.Parallel()
	for want, r := range map[RedisMode]Redis{
		RedisEmbedded: {},
		RedisSingle:   {Addrs: []string{"a:1"}},
		RedisCluster:  {Addrs: []string{"a:1", "b:1"}},
		RedisSentinel: {Addrs: []string{"a:1", "b:1"}, MasterName: "m"},
	} {
		if got := r.Mode(); got != want {
			t.Errorf("%v is %s, want %s", r, got, want)
		}
	}
}

const fullFile = `
# a comment, then a document marker, is fine
---
http:
  addr: ":9000"
  public_url: https://posts.example.com
  trusted_proxies: ["10.0.0.0/8"]
  body_limit: 2048
database:
redis:
  addrs:
    - redis:6379
  password_file: /run/redis
  db: 3
replicas: 1
secret_key_file: /run/key
wechat:
  app_id: wx0123456789abcdef
  app_secret: from-file
  templates:
    decided: "123"
`

// A file that says nothing is no mistake.
func TestFileWithoutSettings(t *testing.T) {
	t.Parallel()
	want := mustLoad(t, production(), nil)
	for _, text := range []string{"", "# nothing yet\n", "---\n", "---\n{}\n...\n", "http:\n"} {
		got := mustLoad(t, with(production(), map[string]string{envFile: "c.yaml"}), files{"c.yaml": text})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q changed something", text)
		}
	}
}

func TestFileThenEnvironment(t *testing.T) {
	t.Parallel()
	f := files{"/etc/cs.yaml": fullFile, "/run/redis": "in-file", "/run/key": key(3) + "\n"}
	got := mustLoad(t, map[string]string{
		"COUNTERSIGN_CONFIG":            "/etc/cs.yaml",
		"COUNTERSIGN_HTTP_ADDR":         ":7000",
		"COUNTERSIGN_REDIS_PASSWORD":    "in-environment",
		"COUNTERSIGN_WECHAT_APP_SECRET": "", // not set
	}, f)
	checks := map[string]bool{
		"environment wins":              got.HTTP.Addr == ":7000",
		"secret wins over file's _file": got.Redis.Password.Reveal() == "in-environment",
		"empty is not set":              got.WeChat.AppSecret.Reveal() == "from-file",
		"plain number as size":          got.HTTP.BodyLimit == 2048,
		"list":                          slices.Equal(got.Redis.Addrs, []string{"redis:6379"}),
		"key from its file":             len(got.Keys()) == 1,
		"quoted number is text":         got.WeChat.Templates.Decided == "123",
		"number":                        got.Redis.DB == 3,
	}
	for what, ok := range checks {
		if !ok {
			t.Error(what)
		}
	}
}

func TestFlagNamesTheFile(t *testing.T) {
	t.Parallel()
	f := files{"flag.yaml": "demo: true", "env.yaml": "demo: false"}
	got, err := Load(Source{File: "flag.yaml", Environ: []string{"COUNTERSIGN_CONFIG=env.yaml"}, ReadFile: f.read})
	if err != nil || !got.Demo {
		t.Error("the flag's file was not read:", err)
	}
}

func TestOthersNamesAreLeftAlone(t *testing.T) {
	t.Parallel()
	mustLoad(t, with(production(), map[string]string{
		"PATH":                                 "/bin",
		"COUNTERSIGN_SERVICE_HOST":             "10.0.0.1",
		"COUNTERSIGN_SERVICE_PORT":             "80",
		"COUNTERSIGN_SERVICE_PORT_HTTP":        "80",
		"COUNTERSIGN_PORT":                     "tcp://10.0.0.1:80",
		"COUNTERSIGN_PORT_80_TCP":              "tcp://10.0.0.1:80",
		"COUNTERSIGN_PORT_80_TCP_PROTO":        "tcp",
		"COUNTERSIGN_REDIS_SERVICE_HOST":       "10.0.0.2",
		"COUNTERSIGN_REDIS_PORT_6379_TCP_ADDR": "10.0.0.2",
		"COUNTERSIGN_REDIS_PORT":               "tcp://10.0.0.2:6379",
		"COUNTERSIGN_TEST_REDIS":               "127.0.0.1:6379",
	}), nil)
}

func TestFirstOfTwoNamesCounts(t *testing.T) {
	t.Parallel()
	got, err := Load(Source{Environ: []string{"COUNTERSIGN_DEMO=true", "COUNTERSIGN_DEMO=false"}})
	if err != nil || !got.Demo {
		t.Error("the second value won:", err)
	}
}
