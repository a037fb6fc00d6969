package config

import (
	"slices"
	"strings"
	"testing"
)

// refusal is a configuration that Load must refuse with exactly these mistakes.
type refusal struct {
	name string
	env  map[string]string // on top of production()
	file string            // YAML, read when not empty
	want []string          // "COUNTERSIGN_NAME: part of the problem", in order
}

const prefix = envPrefix

var ruleRefusals = []refusal{
	{"nothing set", map[string]string{
		prefix + "HTTP_PUBLIC_URL": "", prefix + "SECRET_KEY": "",
		prefix + "WECHAT_APP_ID": "", prefix + "WECHAT_APP_SECRET": "",
	}, "", []string{
		"HTTP_PUBLIC_URL: must start with https://",
		"SECRET_KEY: is required outside demo",
		"WECHAT_APP_ID: is required outside demo",
		"WECHAT_APP_SECRET: is required outside demo",
	}},
	{
		"webhooks into the network",
		map[string]string{prefix + "WEBHOOKS_ALLOW_PRIVATE": "true"},
		"",
		[]string{"WEBHOOKS_ALLOW_PRIVATE: is for a demo only"},
	},
	{
		"a model over plain http",
		map[string]string{prefix + "AI_BASE_URL": "http://model.example.com/v1", prefix + "AI_MODEL": "m"},
		"",
		[]string{"AI_BASE_URL: must start with https://"},
	},
	{
		"a model's key without its address",
		map[string]string{prefix + "AI_API_KEY": "k"},
		"",
		[]string{"AI_BASE_URL: is required with the other settings of ai"},
	},
	{
		"a model without its name",
		map[string]string{prefix + "AI_BASE_URL": "http://127.0.0.1:8000/v1"},
		"",
		[]string{"AI_MODEL: is required"},
	},
	{
		"plain public url",
		map[string]string{prefix + "HTTP_PUBLIC_URL": "http://posts.example.com"},
		"",
		[]string{"HTTP_PUBLIC_URL: must start with https://"},
	},
	{
		"s3 without its settings",
		map[string]string{prefix + "MEDIA_DRIVER": "s3"},
		"",
		[]string{"MEDIA_ENDPOINT: is required", "MEDIA_BUCKET: is required", "MEDIA_ACCESS_KEY: is required", "MEDIA_SECRET_KEY: is required"},
	},
	{
		"s3's settings without s3",
		map[string]string{
			prefix + "MEDIA_ENDPOINT": "https://s3.example.com", prefix + "MEDIA_BUCKET": "b",
			prefix + "MEDIA_ACCESS_KEY": "a", prefix + "MEDIA_SECRET_KEY": "s",
		},
		"",
		[]string{"MEDIA_ENDPOINT: is for S3", "MEDIA_BUCKET: is for S3", "MEDIA_ACCESS_KEY: is for S3", "MEDIA_SECRET_KEY: is for S3"},
	},
	{
		"s3 in the clear, an odd prefix, no room for one file",
		map[string]string{
			prefix + "MEDIA_DRIVER": "s3", prefix + "MEDIA_ENDPOINT": "http://s3.example.com", prefix + "MEDIA_BUCKET": "b",
			prefix + "MEDIA_ACCESS_KEY": "a", prefix + "MEDIA_SECRET_KEY": "s", prefix + "MEDIA_PREFIX": "../x", prefix + "MEDIA_BRAND_BYTES": "2MiB",
		},
		"",
		[]string{"MEDIA_ENDPOINT: must start with https://", "MEDIA_PREFIX: must be letters", "MEDIA_BRAND_BYTES: must not be less"},
	},
	{
		"mysql without dsn",
		map[string]string{prefix + "DATABASE_DRIVER": "mysql"},
		"",
		[]string{"DATABASE_DSN: is required with database.driver mysql"},
	},
	{
		"dsn without mysql",
		map[string]string{prefix + "DATABASE_DSN": "u:p@tcp(h:3306)/n"},
		"",
		[]string{"DATABASE_DSN: is for MySQL"},
	},
	{
		"dsn with a scheme",
		map[string]string{prefix + "DATABASE_DRIVER": "mysql", prefix + "DATABASE_DSN": "mysql://u:p@h/n"},
		"",
		[]string{"DATABASE_DSN: must not start with a scheme"},
	},
	{
		"sentinel without addresses",
		map[string]string{prefix + "REDIS_MASTER_NAME": "m"},
		"",
		[]string{"REDIS_ADDRS: is required with redis.master_name"},
	},
	{"redis settings without redis", map[string]string{
		prefix + "REDIS_USERNAME": "u", prefix + "REDIS_PASSWORD": "p", prefix + "REDIS_TLS": "true",
	}, "", []string{
		"REDIS_USERNAME: needs redis.addrs", "REDIS_PASSWORD: needs redis.addrs", "REDIS_TLS: needs redis.addrs",
	}},
	{
		"name without password",
		map[string]string{prefix + "REDIS_ADDRS": "r:6379", prefix + "REDIS_USERNAME": "u"},
		"",
		[]string{"REDIS_USERNAME: needs redis.password"},
	},
	{
		"sentinel password without sentinel",
		map[string]string{prefix + "REDIS_ADDRS": "r:6379", prefix + "REDIS_SENTINEL_PASSWORD": "p"},
		"",
		[]string{"REDIS_SENTINEL_PASSWORD: needs redis.master_name"},
	},
	{
		"cluster with a database number",
		map[string]string{prefix + "REDIS_ADDRS": "a:1,b:1", prefix + "REDIS_DB": "1"},
		"",
		[]string{"REDIS_DB: must be 0 on a Cluster"},
	},
	{"replicas without redis", map[string]string{
		prefix + "REPLICAS": "3", prefix + "DATABASE_DRIVER": "mysql", prefix + "DATABASE_DSN": "u:p@tcp(h:3306)/n",
	}, "", []string{"REPLICAS: must be 1 without redis.addrs"}},
	{
		"replicas on sqlite",
		map[string]string{prefix + "REPLICAS": "3", prefix + "REDIS_ADDRS": "r:6379"},
		"",
		[]string{"REPLICAS: must be 1 with database.driver sqlite"},
	},
	{
		"short key",
		map[string]string{prefix + "SECRET_KEY": "c2hvcnQ="},
		"",
		[]string{"SECRET_KEY: must be base64 of exactly 32 bytes"},
	},
	{
		"short previous key",
		map[string]string{prefix + "SECRET_KEY_PREVIOUS": "not base64"},
		"",
		[]string{"SECRET_KEY_PREVIOUS: must be base64 of exactly 32 bytes"},
	},
	{
		"previous key alone",
		map[string]string{prefix + "DEMO": "true", prefix + "SECRET_KEY": "", prefix + "SECRET_KEY_PREVIOUS": key(2)},
		"",
		[]string{"SECRET_KEY_PREVIOUS: needs secret_key"},
	},
	{
		"same key twice",
		map[string]string{prefix + "SECRET_KEY_PREVIOUS": key(1)},
		"",
		[]string{"SECRET_KEY_PREVIOUS: is the same as secret_key"},
	},
	{
		"original id for app id",
		map[string]string{prefix + "WECHAT_APP_ID": "gh_123"},
		"",
		[]string{"WECHAT_APP_ID: must be an AppID"},
	},
	{
		"wechat in clear",
		map[string]string{prefix + "WECHAT_BASE_URL": "http://wechat.example.com"},
		"",
		[]string{"WECHAT_BASE_URL: must start with https://"},
	},
	{
		"push token with a dash",
		map[string]string{prefix + "WECHAT_PUSH_TOKEN": "a-b-c", prefix + "WECHAT_PUSH_AES_KEY": strings.Repeat("a", 43)},
		"",
		[]string{"WECHAT_PUSH_TOKEN: must be 3 to 32 letters and digits"},
	},
	{
		"aes key without token",
		map[string]string{prefix + "WECHAT_PUSH_AES_KEY": strings.Repeat("a", 43)},
		"",
		[]string{"WECHAT_PUSH_TOKEN: is required with wechat.push_aes_key"},
	},
	{
		"short aes key",
		map[string]string{prefix + "WECHAT_PUSH_TOKEN": "token", prefix + "WECHAT_PUSH_AES_KEY": "abc"},
		"",
		[]string{"WECHAT_PUSH_AES_KEY: must be the EncodingAESKey"},
	},
	{
		"token without aes key",
		map[string]string{prefix + "WECHAT_PUSH_TOKEN": "token"},
		"",
		[]string{"WECHAT_PUSH_AES_KEY: is required with wechat.push_token"},
	},
	{"douyin without its secret", map[string]string{prefix + "DOUYIN_CLIENT_KEY": "awkey"}, "", []string{"DOUYIN_CLIENT_SECRET: goes with douyin.client_key"}},
	{"douyin's secret alone", map[string]string{prefix + "DOUYIN_CLIENT_SECRET": "s"}, "", []string{"DOUYIN_CLIENT_SECRET: goes with douyin.client_key"}},
	{"douyin's previous secret alone", map[string]string{prefix + "DOUYIN_CLIENT_SECRET_PREVIOUS": "s"}, "", []string{"DOUYIN_CLIENT_SECRET_PREVIOUS: needs douyin.client_secret"}},
	{"douyin in the clear", map[string]string{prefix + "DOUYIN_BASE_URL": "http://open.douyin.example"}, "", []string{"DOUYIN_BASE_URL: must start with https://"}},
	{"smtp without a sender", map[string]string{prefix + "SMTP_HOST": "mail.example"}, "", []string{"SMTP_FROM: is required with smtp.host"}},
	{"sender without smtp", map[string]string{prefix + "SMTP_FROM": "a@b.example"}, "", []string{"SMTP_HOST: is required with the other settings"}},
	{"smtp with a port", map[string]string{prefix + "SMTP_HOST": "mail.example:25", prefix + "SMTP_FROM": "a@b.example"}, "", []string{"SMTP_HOST: must be a name or an address alone"}},
	{"smtp name alone", map[string]string{prefix + "SMTP_HOST": "mail.example", prefix + "SMTP_FROM": "a@b.example", prefix + "SMTP_USERNAME": "u"}, "", []string{"SMTP_PASSWORD: goes with smtp.username"}},
	{"smtp in the clear", map[string]string{prefix + "SMTP_HOST": "mail.example", prefix + "SMTP_FROM": "a@b.example", prefix + "SMTP_TLS": "none"}, "", []string{"SMTP_TLS: may be none only on this machine"}},
	{"sender is no address", map[string]string{prefix + "SMTP_HOST": "mail.example", prefix + "SMTP_FROM": "nobody"}, "", []string{"SMTP_FROM: must be an e-mail address"}},
	{
		"console idle too long",
		map[string]string{prefix + "SESSION_CONSOLE_IDLE": "13h"},
		"",
		[]string{"SESSION_CONSOLE_IDLE: must not be longer"},
	},
	{
		"mini idle too long",
		map[string]string{prefix + "SESSION_MINI_IDLE": "721h"},
		"",
		[]string{"SESSION_MINI_IDLE: must not be longer"},
	},
}

var valueRefusals = []refusal{
	{"unknown name", map[string]string{prefix + "HTTP_ADRR": ":1"}, "", []string{"HTTP_ADRR: no such setting"}},
	{"a file for what is not secret", map[string]string{prefix + "HTTP_ADDR_FILE": "x"}, "", []string{"HTTP_ADDR_FILE: no such setting"}},
	{"bool", map[string]string{prefix + "DEMO": "maybe"}, "", []string{"DEMO: " + wantBool}},
	{"int", map[string]string{prefix + "DATABASE_MAX_OPEN": "many"}, "", []string{"DATABASE_MAX_OPEN: " + wantInt}},
	{"below the range", map[string]string{prefix + "REPLICAS": "0"}, "", []string{"REPLICAS: must be at least 1"}},
	{"above the range", map[string]string{prefix + "HTTP_BODY_LIMIT": "1GiB"}, "", []string{"HTTP_BODY_LIMIT: must be at most 64MiB"}},
	{"size", map[string]string{prefix + "HTTP_BODY_LIMIT": "1MB"}, "", []string{"HTTP_BODY_LIMIT: " + wantSize}},
	{"size beyond 64 bits", map[string]string{prefix + "HTTP_BODY_LIMIT": "9999999999999GiB"}, "", []string{"HTTP_BODY_LIMIT: " + wantSize}},
	{"duration without unit", map[string]string{prefix + "WECHAT_TIMEOUT": "5"}, "", []string{"WECHAT_TIMEOUT: " + wantDuration}},
	{"one of", map[string]string{prefix + "LOG_LEVEL": "loud"}, "", []string{"LOG_LEVEL: must be one of debug, info, warn, error"}},
	{"listen address", map[string]string{prefix + "HTTP_ADDR": "8080"}, "", []string{"HTTP_ADDR: must be an address to listen on"}},
	{"port beyond 65535", map[string]string{prefix + "HTTP_METRICS_ADDR": ":65536"}, "", []string{"HTTP_METRICS_ADDR: must be an address to listen on"}},
	{"redis url for address", map[string]string{prefix + "REDIS_ADDRS": "redis://u:p@r:6379"}, "", []string{"REDIS_ADDRS: must be host:port"}},
	{"empty item", map[string]string{prefix + "REDIS_ADDRS": "r:6379,"}, "", []string{"REDIS_ADDRS: must be host:port"}},
	{"public url with a path", map[string]string{prefix + "HTTP_PUBLIC_URL": "https://a.example.com/x"}, "", []string{"HTTP_PUBLIC_URL: must be a scheme and a host only"}},
	{"public url with a password", map[string]string{prefix + "HTTP_PUBLIC_URL": "https://u:p@a.example.com"}, "", []string{"HTTP_PUBLIC_URL: must have no user name"}},
	{"url without scheme", map[string]string{prefix + "WECHAT_BASE_URL": "a.example.com"}, "", []string{"WECHAT_BASE_URL: must be an address"}},
	{"page with a slash", map[string]string{prefix + "WECHAT_PAGES_ENTRY": "/pages/entry"}, "", []string{"WECHAT_PAGES_ENTRY: must be the path of a page"}},
	{"address for network", map[string]string{prefix + "HTTP_TRUSTED_PROXIES": "10.0.0.1"}, "", []string{"HTTP_TRUSTED_PROXIES: " + wantPrefix}},
	{"host bits", map[string]string{prefix + "HTTP_TRUSTED_PROXIES": "10.0.0.1/8"}, "", []string{"HTTP_TRUSTED_PROXIES: " + wantPrefix}},
	{"everybody is a proxy", map[string]string{prefix + "HTTP_TRUSTED_PROXIES": "0.0.0.0/0"}, "", []string{"HTTP_TRUSTED_PROXIES: " + wantAnyone}},
	{"secret twice", map[string]string{prefix + "SECRET_KEY_FILE": "/run/x"}, "", []string{"SECRET_KEY: is given twice"}},
	{"no secret file", map[string]string{prefix + "SECRET_KEY": "", prefix + "SECRET_KEY_FILE": "/nowhere"}, "", []string{"SECRET_KEY_FILE: the file cannot be read: file does not exist"}},
	{"empty secret file", map[string]string{prefix + "SECRET_KEY": "", prefix + "SECRET_KEY_FILE": "/empty"}, "", []string{"SECRET_KEY_FILE: the file is empty"}},
	{"no file", map[string]string{prefix + "CONFIG": "/nowhere"}, "", []string{"CONFIG: the file (or --config) cannot be read: file does not exist"}},
}

var fileRefusals = []refusal{
	{"unknown key", nil, "http:\n  adrr: x\n", []string{"http.adrr: no such setting"}},
	{"unknown section", nil, "smpt:\n  host: x\n", []string{"smpt: no such setting"}},
	{"key with dots", nil, "http.addr: \":1\"\n", []string{"http.addr: is written with dots"}},
	{"section is a text", nil, "http: x\n", []string{"http: must be a section"}},
	{"value is a section", nil, "replicas:\n  count: 1\n", []string{"REPLICAS: " + wantInt}},
	{"no value", nil, "http:\n  addr:\n", []string{"HTTP_ADDR: has no value"}},
	{"number for text", nil, "database:\n  path: 12\n", []string{"DATABASE_PATH: " + wantText}},
	{"number for secret", nil, "redis:\n  password: 0123\n", []string{"REDIS_PASSWORD: " + wantText}},
	{"number for list", nil, "redis:\n  addrs: 1\n", []string{"REDIS_ADDRS: " + wantList}},
	{"numbers in list", nil, "redis:\n  addrs: [1]\n", []string{"REDIS_ADDRS: " + wantList}},
	{"number for duration", nil, "http:\n  shutdown_grace: 20\n", []string{"HTTP_SHUTDOWN_GRACE: " + wantDuration}},
	{"secret twice", nil, "redis:\n  password: a\n  password_file: b\n", []string{"REDIS_PASSWORD: is given twice"}},
	{"secret file is a number", nil, "redis:\n  password_file: 1\n", []string{"REDIS_PASSWORD_FILE: must be the path of a file"}},
	{"key twice", nil, "replicas: 1\nreplicas: 1\n", []string{"CONFIG: the file is not valid YAML"}},
	{"bad yaml", nil, "http:\n\taddr: x\n", []string{"CONFIG: the file is not valid YAML at line 2"}},
	{"list at the top", nil, "- a\n", []string{"CONFIG: the file is not valid YAML"}},
	{"two documents", nil, "replicas: 1\n---\nreplicas: 1\n", []string{"CONFIG: the file holds several YAML documents"}},
	{"a second document that is empty", nil, "replicas: 1\n---\n", []string{"CONFIG: the file holds several YAML documents"}},
	{"a second document that is broken", nil, "replicas: 1\n---\n\tx\n", []string{"CONFIG: the file is not valid YAML at line 3"}},
	{"a number for a name", nil, "http:\n  1: x\n", []string{"http: must be a section"}},
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, r := range slices.Concat(ruleRefusals, valueRefusals, fileRefusals) {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.check(t)
		})
	}
}

func (r refusal) load(t *testing.T) Mistakes {
	t.Helper()
	env := with(production(), r.env)
	if r.file != "" {
		env[envFile] = "/etc/cs.yaml"
	}
	return mistakes(t, env, files{"/etc/cs.yaml": r.file, "/empty": "\n"})
}

func (r refusal) check(t *testing.T) {
	t.Helper()
	found := r.load(t)
	if len(found) != len(r.want) {
		t.Fatalf("got %v, want %q", found, r.want)
	}
	for i, want := range r.want {
		name, problem, _ := strings.Cut(want, ": ")
		got := found[i]
		if got.Env != prefix+name && got.Key != name || !strings.HasPrefix(got.Problem, problem) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A rule without a case above would be a rule nobody has seen refuse.
func TestEveryRuleHasARefusal(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range ruleRefusals {
		for _, m := range r.load(t) {
			seen[m.Key+m.Problem] = true
		}
	}
	for _, r := range rules {
		if !seen[r.key+r.say] {
			t.Errorf("no case for %s: %s", r.key, r.say)
		}
	}
}

func TestRulesNameSettings(t *testing.T) {
	t.Parallel()
	byKey, _ := names(settings())
	for _, r := range rules {
		for _, key := range append([]string{r.key}, r.reads...) {
			if _, ok := byKey[key]; !ok {
				t.Errorf("rule on %s reads %s, which is no setting", r.key, key)
			}
		}
	}
}

// What follows from a wrong value is not told as a second mistake.
func TestOneMistakeIsToldOnce(t *testing.T) {
	t.Parallel()
	found := mistakes(t, with(production(), map[string]string{
		prefix + "REPLICAS": "2", prefix + "REDIS_ADDRS": "nonsense", prefix + "DATABASE_DRIVER": "postgres",
	}), nil)
	if len(found) != 2 {
		t.Error(found)
	}
}

func TestMistakesAreToldTogether(t *testing.T) {
	t.Parallel()
	err := mistakes(t, with(production(), map[string]string{
		prefix + "HTTP_ADRR": ":1", prefix + "REPLICAS": "x", prefix + "CONFIG": "c.yaml",
	}), files{"c.yaml": "colour: red\n"})
	want := `configuration refused, 3 to correct:
  - colour: no such setting: remove it or correct its name
  - COUNTERSIGN_HTTP_ADRR: no such setting: remove it or correct its name
  - COUNTERSIGN_REPLICAS (replicas): must be a whole number`
	if err.Error() != want {
		t.Errorf("got\n%s\nwant\n%s", err, want)
	}
}
