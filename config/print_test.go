package config

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestPrintSaysWhereFrom(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, with(production(), map[string]string{
		envFile: "c.yaml", prefix + "SECRET_KEY": "", prefix + "SECRET_KEY_FILE": "/run/key",
		prefix + "HTTP_TRUSTED_PROXIES": "10.0.0.0/8,192.0.2.7/32",
	}), files{
		"c.yaml":   "http:\n  addr: \":9000\"\nredis:\n  addrs: [\"r:6379\"]\n  password_file: /run/redis\n",
		"/run/key": key(1), "/run/redis": "p",
	})
	var out bytes.Buffer
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`http.addr: ":9000" # COUNTERSIGN_HTTP_ADDR file`,
		`http.public_url: "https://posts.example.com" # COUNTERSIGN_HTTP_PUBLIC_URL environment`,
		`http.trusted_proxies: ["10.0.0.0/8", "192.0.2.7/32"] # COUNTERSIGN_HTTP_TRUSTED_PROXIES environment`,
		`http.body_limit: 1MiB # COUNTERSIGN_HTTP_BODY_LIMIT default`,
		`redis.addrs: ["r:6379"] # COUNTERSIGN_REDIS_ADDRS file`,
		`redis.password: *** # COUNTERSIGN_REDIS_PASSWORD file, from a secret file`,
		`secret_key: *** # COUNTERSIGN_SECRET_KEY environment, from a secret file`,
		`secret_key_previous: "" # COUNTERSIGN_SECRET_KEY_PREVIOUS default`,
		`session.console_idle: 2h # COUNTERSIGN_SESSION_CONSOLE_IDLE default`,
	} {
		if !hasLine(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}

// hasLine looks for a line, whatever the columns' widths.
func hasLine(text, want string) bool {
	for line := range strings.Lines(text) {
		if strings.Join(strings.Fields(line), " ") == want {
			return true
		}
	}
	return false
}

type brokenPipe struct{}

var errPipe = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errPipe }

func TestWriteErrorsAreReported(t *testing.T) {
	t.Parallel()
	if err := (Config{}).Print(brokenPipe{}); !errors.Is(err, errPipe) {
		t.Error("Print:", err)
	}
	if err := WriteDocs(brokenPipe{}); !errors.Is(err, errPipe) {
		t.Error("WriteDocs:", err)
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"20s": 20 * time.Second, "5m": 5 * time.Minute, "12h": 12 * time.Hour, "1h30m": 90 * time.Minute,
		"300ms": 300 * time.Millisecond, "1m10s": 70 * time.Second, "0s": 0,
	} {
		if got := short(d); got != want {
			t.Errorf("%v is %s, want %s", int64(d), got, want)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for text, bytes := range map[string]int64{"0": 0, "100": 100, "1KiB": 1 << 10, "3MiB": 3 << 20, "2GiB": 2 << 30} {
		got, ok := parseSize(text)
		if !ok || got != bytes || Size(got).String() != text {
			t.Errorf("%s became %d, written %s", text, got, Size(got))
		}
	}
}

// revealIn is the text of a secret setting.
func (s setting) revealIn(c Config) string {
	secret, _ := reflect.TypeAssert[Secret](reflect.ValueOf(c).FieldByIndex(s.index))
	return secret.Reveal()
}
