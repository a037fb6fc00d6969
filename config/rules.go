package config

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// rule is something that must hold of one setting, maybe because of others.
// broken says whether it does not; say is what to do then. A rule is left out
// when a setting it reads is wrong already, so that one mistake is told once.
type rule struct {
	key    string
	reads  []string
	broken func(c *Config) bool
	say    string
}

// rules are all that goes beyond one value's own shape.
var rules = []rule{
	{
		"http.public_url",
		[]string{"demo"},
		func(c *Config) bool { return !c.Demo && !strings.HasPrefix(c.HTTP.PublicURL, "https://") },
		"must start with https:// outside demo: session cookies and WeChat both need it",
	},

	{
		"database.dsn",
		[]string{"database.driver"},
		func(c *Config) bool { return c.Database.Driver == "mysql" && !c.Database.DSN.IsSet() },
		"is required with database.driver mysql: user:password@tcp(host:3306)/name",
	},
	{
		"database.dsn",
		[]string{"database.driver"},
		func(c *Config) bool { return c.Database.Driver == "sqlite" && c.Database.DSN.IsSet() },
		"is for MySQL: set database.driver to mysql, or remove it (SQLite takes database.path)",
	},
	{
		"database.dsn", nil,
		func(c *Config) bool { return strings.Contains(c.Database.DSN.Reveal(), "://") },
		"must not start with a scheme: write user:password@tcp(host:3306)/name",
	},

	{
		"redis.addrs",
		[]string{"redis.master_name"},
		func(c *Config) bool { return len(c.Redis.Addrs) == 0 && c.Redis.MasterName != "" },
		"is required with redis.master_name: host:port of each Sentinel",
	},
	{
		"redis.username",
		[]string{"redis.addrs"},
		func(c *Config) bool { return len(c.Redis.Addrs) == 0 && c.Redis.Username != "" }, needsAddrs,
	},
	{
		"redis.username",
		[]string{"redis.password"},
		func(c *Config) bool { return c.Redis.Username != "" && !c.Redis.Password.IsSet() },
		"needs redis.password: a name alone does not sign in",
	},
	{
		"redis.password",
		[]string{"redis.addrs"},
		func(c *Config) bool { return len(c.Redis.Addrs) == 0 && c.Redis.Password.IsSet() }, needsAddrs,
	},
	{
		"redis.tls",
		[]string{"redis.addrs"},
		func(c *Config) bool { return len(c.Redis.Addrs) == 0 && c.Redis.TLS }, needsAddrs,
	},
	{
		"redis.sentinel_password",
		[]string{"redis.master_name"},
		func(c *Config) bool { return c.Redis.MasterName == "" && c.Redis.SentinelPassword.IsSet() },
		"needs redis.master_name: without it no Sentinel is asked",
	},
	{
		"redis.db",
		[]string{"redis.addrs", "redis.master_name"},
		func(c *Config) bool { return c.Redis.Mode() == RedisCluster && c.Redis.DB != 0 },
		"must be 0 on a Cluster, which has one database",
	},

	{
		"replicas",
		[]string{"redis.addrs"},
		func(c *Config) bool { return c.Replicas > 1 && len(c.Redis.Addrs) == 0 },
		"must be 1 without redis.addrs: each replica would count limits alone and not hear of the others' revoked sessions",
	},
	{
		"replicas",
		[]string{"database.driver"},
		func(c *Config) bool { return c.Replicas > 1 && c.Database.Driver == "sqlite" },
		"must be 1 with database.driver sqlite: replicas would each have their own database; use mysql",
	},

	{
		"secret_key",
		[]string{"demo"},
		func(c *Config) bool { return !c.Demo && !c.SecretKey.IsSet() },
		"is required outside demo: openssl rand -base64 32",
	},
	{"secret_key", nil, func(c *Config) bool { return badKey(c.SecretKey) }, wantKey},
	{"secret_key_previous", nil, func(c *Config) bool { return badKey(c.SecretKeyPrevious) }, wantKey},
	{
		"secret_key_previous",
		[]string{"secret_key"},
		func(c *Config) bool { return c.SecretKeyPrevious.IsSet() && !c.SecretKey.IsSet() },
		"needs secret_key: the previous key only reads",
	},
	{
		"secret_key_previous",
		[]string{"secret_key"},
		func(c *Config) bool { return c.SecretKeyPrevious.IsSet() && c.SecretKeyPrevious.Equal(c.SecretKey) },
		"is the same as secret_key: remove it, or rotate to a new key",
	},

	{
		"wechat.app_id",
		[]string{"demo"},
		func(c *Config) bool { return !c.Demo && c.WeChat.AppID == "" },
		"is required outside demo: see the mini-program's console, 开发管理",
	},
	{
		"wechat.app_id", nil,
		func(c *Config) bool { return c.WeChat.AppID != "" && !strings.HasPrefix(c.WeChat.AppID, "wx") },
		"must be an AppID, which starts with wx (gh_… is the account's original id)",
	},
	{
		"wechat.app_secret",
		[]string{"demo"},
		func(c *Config) bool { return !c.Demo && !c.WeChat.AppSecret.IsSet() },
		"is required outside demo: see the mini-program's console, 开发管理",
	},
	{
		"wechat.base_url",
		[]string{"demo"},
		func(c *Config) bool { return !c.Demo && !safeOrigin(c.WeChat.BaseURL) },
		"must start with https:// unless it is on this machine: the AppSecret is sent to it",
	},
	{
		"wechat.push_token", nil,
		func(c *Config) bool { return c.WeChat.PushToken.IsSet() && !shaped(pushToken, c.WeChat.PushToken) },
		"must be 3 to 32 letters and digits, as in the mini-program's console",
	},
	{
		"wechat.push_token",
		[]string{"wechat.push_aes_key"},
		func(c *Config) bool { return c.WeChat.PushAESKey.IsSet() && !c.WeChat.PushToken.IsSet() },
		"is required with wechat.push_aes_key",
	},
	{
		"wechat.push_aes_key", nil,
		func(c *Config) bool { return c.WeChat.PushAESKey.IsSet() && !shaped(pushAESKey, c.WeChat.PushAESKey) },
		"must be the EncodingAESKey: 43 letters and digits",
	},
	{
		"wechat.push_aes_key",
		[]string{"wechat.push_token"},
		func(c *Config) bool { return c.WeChat.PushToken.IsSet() && !c.WeChat.PushAESKey.IsSet() },
		"is required with wechat.push_token: in plain mode the signature does not cover the message (choose 安全模式)",
	},

	{
		"douyin.client_secret",
		[]string{"douyin.client_key"},
		func(c *Config) bool { return (c.Douyin.ClientKey != "") != c.Douyin.ClientSecret.IsSet() },
		"goes with douyin.client_key: set both or neither",
	},
	{
		"douyin.client_secret_previous",
		[]string{"douyin.client_secret"},
		func(c *Config) bool { return c.Douyin.ClientSecretPrevious.IsSet() && !c.Douyin.ClientSecret.IsSet() },
		"needs douyin.client_secret: the previous secret only reads webhooks",
	},
	{
		"douyin.base_url",
		[]string{"demo"},
		func(c *Config) bool { return !c.Demo && !safeOrigin(c.Douyin.BaseURL) },
		"must start with https:// unless it is on this machine: the client_secret is sent to it",
	},

	mediaNeeds("media.endpoint", func(m Media) bool { return m.Endpoint != "" }),
	mediaNeeds("media.bucket", func(m Media) bool { return m.Bucket != "" }),
	mediaNeeds("media.access_key", func(m Media) bool { return m.AccessKey.IsSet() }),
	mediaNeeds("media.secret_key", func(m Media) bool { return m.SecretKey.IsSet() }),
	mediaOnlyS3("media.endpoint", func(m Media) bool { return m.Endpoint != "" }),
	mediaOnlyS3("media.bucket", func(m Media) bool { return m.Bucket != "" }),
	mediaOnlyS3("media.access_key", func(m Media) bool { return m.AccessKey.IsSet() }),
	mediaOnlyS3("media.secret_key", func(m Media) bool { return m.SecretKey.IsSet() }),
	{
		"media.endpoint",
		[]string{"demo"},
		func(c *Config) bool { return !c.Demo && c.Media.Endpoint != "" && !safeOrigin(c.Media.Endpoint) },
		"must start with https:// unless it is on this machine: pictures under review are sent to it",
	},
	{
		"media.prefix", nil,
		func(c *Config) bool { return c.Media.Prefix != "" && !mediaPrefix.MatchString(c.Media.Prefix) },
		"must be letters, digits, - and _ with a slash at its end, such as countersign/",
	},
	{
		"media.brand_bytes",
		[]string{"media.picture_bytes", "media.video_bytes"},
		func(c *Config) bool { return c.Media.BrandBytes < max(c.Media.PictureBytes, c.Media.VideoBytes) },
		"must not be less than one file: media.picture_bytes, media.video_bytes",
	},

	{
		"smtp.from",
		[]string{"smtp.host"},
		func(c *Config) bool { return c.SMTP.Host != "" && c.SMTP.From == "" },
		"is required with smtp.host: the sender that people see",
	},
	{
		"smtp.host",
		[]string{"smtp.from", "smtp.username", "smtp.password"},
		func(c *Config) bool {
			return c.SMTP.Host == "" && (c.SMTP.From != "" || c.SMTP.Username != "" || c.SMTP.Password.IsSet())
		},
		"is required with the other settings of smtp: without it no e-mail is sent",
	},
	{
		"smtp.host", nil,
		func(c *Config) bool { return strings.ContainsAny(c.SMTP.Host, ":/@ ") && !loopback(c.SMTP.Host) },
		"must be a name or an address alone: the port goes into smtp.port",
	},
	{
		"smtp.password",
		[]string{"smtp.username"},
		func(c *Config) bool { return (c.SMTP.Username != "") != c.SMTP.Password.IsSet() },
		"goes with smtp.username: set both or neither",
	},
	{
		"smtp.tls",
		[]string{"demo", "smtp.host"},
		func(c *Config) bool {
			return c.SMTP.TLS == "none" && !c.Demo && c.SMTP.Host != "" && !loopback(c.SMTP.Host)
		},
		"may be none only on this machine: the password and people's mail would travel in the clear",
	},

	{
		"ai.base_url",
		[]string{"demo"},
		func(c *Config) bool { return !c.Demo && c.AI.BaseURL != "" && !safeOrigin(c.AI.BaseURL) },
		"must start with https:// unless it is on this machine: content under review and the key are sent to it",
	},
	{
		"ai.base_url",
		[]string{"ai.model", "ai.api_key"},
		func(c *Config) bool { return c.AI.BaseURL == "" && (c.AI.Model != "" || c.AI.APIKey.IsSet()) },
		"is required with the other settings of ai: without it no model is asked",
	},
	{
		"ai.model",
		[]string{"ai.base_url"},
		func(c *Config) bool { return c.AI.BaseURL != "" && c.AI.Model == "" },
		"is required with ai.base_url: the name of the model",
	},

	{
		"webhooks.allow_private",
		[]string{"demo"},
		func(c *Config) bool { return c.Webhooks.AllowPrivate && !c.Demo },
		"is for a demo only: an admin of any brand could reach what is inside your network",
	},

	{
		"session.console_idle",
		[]string{"session.console_absolute"},
		func(c *Config) bool { return c.Session.ConsoleIdle > c.Session.ConsoleAbsolute },
		"must not be longer than session.console_absolute",
	},
	{
		"session.mini_idle",
		[]string{"session.mini_absolute"},
		func(c *Config) bool { return c.Session.MiniIdle > c.Session.MiniAbsolute },
		"must not be longer than session.mini_absolute",
	},
}

// mediaNeeds is a setting that the S3 store cannot do without.
func mediaNeeds(key string, set func(Media) bool) rule {
	return rule{
		key,
		[]string{"media.driver"},
		func(c *Config) bool { return c.Media.Driver == "s3" && !set(c.Media) },
		"is required with media.driver s3",
	}
}

// mediaOnlyS3 is a setting that the disk has no use for: it may be that the driver was
// forgotten.
func mediaOnlyS3(key string, set func(Media) bool) rule {
	return rule{
		key,
		[]string{"media.driver"},
		func(c *Config) bool { return c.Media.Driver == "disk" && set(c.Media) },
		"is for S3: set media.driver to s3, or remove it",
	}
}

var mediaPrefix = regexp.MustCompile(`^([0-9A-Za-z_-]+/)+$`)

const (
	needsAddrs = "needs redis.addrs: the embedded Redis takes no connections"
	wantKey    = "must be base64 of exactly 32 bytes: openssl rand -base64 32"
)

var (
	pushToken  = regexp.MustCompile(`^[A-Za-z0-9]{3,32}$`)
	pushAESKey = regexp.MustCompile(`^[A-Za-z0-9]{43}$`)
)

func shaped(form *regexp.Regexp, s Secret) bool { return form.MatchString(s.Reveal()) }

func badKey(s Secret) bool {
	_, ok := decodeKey(s)
	return s.IsSet() && !ok
}

// safeOrigin says whether a secret sent to address stays unread on its way.
func safeOrigin(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	return u.Scheme == "https" || loopback(u.Hostname())
}

// loopback says whether a host is this machine.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// checkRules reports every broken rule.
func (l *loader) checkRules() {
	for _, r := range rules {
		if !l.known(r) || !r.broken(&l.config) {
			continue
		}
		l.report.setting(r.key, r.say)
	}
}

// known says whether all that a rule reads was understood.
func (l *loader) known(r rule) bool {
	for _, key := range append([]string{r.key}, r.reads...) {
		if l.report.wrong[key] {
			return false
		}
	}
	return true
}
