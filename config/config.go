// Package config holds every setting of the program in one strict typed struct.
//
// Load fills it from defaults, an optional YAML file and the environment, in
// that order; the later wins. A key or a COUNTERSIGN_ name that nobody knows is
// refused, and all mistakes are reported together, because a setting that was
// silently ignored is found out by its users.
//
// The struct tags are the only list of settings: they name the key, its
// default, its range and its meaning, and the documentation is printed from
// them (WriteDocs).
package config

import (
	"encoding/base64"
	"log/slog"
	"net/netip"
	"time"
)

// Config is every setting, checked. Make one with Load.
type Config struct {
	Demo              bool     `key:"demo" default:"false" desc:"ask for less than real use does: http addresses and no required secrets are taken; countersign demo sets it and brings stand-ins and sample data; never with real people's data"`
	HTTP              HTTP     `key:"http"`
	Database          Database `key:"database"`
	Redis             Redis    `key:"redis"`
	Replicas          int      `key:"replicas" default:"1" min:"1" max:"1000" desc:"how many copies of the program share the database; more than one needs MySQL and Redis"`
	SecretKey         Secret   `key:"secret_key" desc:"encrypts platform credentials at rest: base64 of exactly 32 random bytes (openssl rand -base64 32); required outside demo"`
	SecretKeyPrevious Secret   `key:"secret_key_previous" desc:"the key before secret_key, so that what it encrypted can still be read while keys are rotated"`
	WeChat            WeChat   `key:"wechat"`
	Douyin            Douyin   `key:"douyin"`
	SMTP              SMTP     `key:"smtp"`
	Media             Media    `key:"media"`
	Session           Session  `key:"session"`
	Limits            Limits   `key:"limits"`
	Webhooks          Webhooks `key:"webhooks"`
	AI                AI       `key:"ai"`
	Log               Log      `key:"log"`

	origins map[string]origin // where each value came from, for Print
}

// HTTP is how the program is reached.
type HTTP struct {
	Addr           string         `key:"addr" default:":8080" form:"listen" desc:"address the program listens on"`
	PublicURL      string         `key:"public_url" default:"http://localhost:8080" form:"origin" desc:"scheme and host people use to reach it, put into links and codes; https outside demo"`
	MetricsAddr    string         `key:"metrics_addr" default:"127.0.0.1:9090" form:"listen" desc:"address of /metrics, /healthz and /readyz; keep it off the public network"`
	TrustedProxies []netip.Prefix `key:"trusted_proxies" desc:"networks of the proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8; empty: nobody's"`
	ShutdownGrace  time.Duration  `key:"shutdown_grace" default:"20s" min:"1s" max:"10m" desc:"how long running requests may take to finish after SIGTERM"`
	BodyLimit      Size           `key:"body_limit" default:"1MiB" min:"1KiB" max:"64MiB" desc:"largest request body"`
}

// Database is where the truth is kept.
type Database struct {
	Driver  string `key:"driver" default:"sqlite" oneof:"sqlite|mysql" desc:"which database"`
	DSN     Secret `key:"dsn" desc:"MySQL only: user:password@tcp(host:3306)/name"`
	Path    string `key:"path" default:"countersign.db" desc:"SQLite only: the database file"`
	MaxOpen int    `key:"max_open" default:"32" min:"2" max:"1000" desc:"most connections to the database at once"`
}

// Redis is the shared cache. Nothing in it is the only copy.
type Redis struct {
	Addrs            []string      `key:"addrs" form:"address" desc:"host:port of each server; none: an embedded one; one: a single server; several: a Cluster; with master_name: the Sentinels"`
	MasterName       string        `key:"master_name" desc:"name of the Sentinel group"`
	Username         string        `key:"username" desc:"name of the Redis user, when the server has access lists"`
	Password         Secret        `key:"password" desc:"password of Redis"`
	SentinelPassword Secret        `key:"sentinel_password" desc:"password of the Sentinels, when they have one"`
	DB               int           `key:"db" default:"0" min:"0" max:"1000" desc:"number of the Redis database; 0 on a Cluster"`
	TLS              bool          `key:"tls" default:"false" desc:"speak TLS with Redis"`
	DialTimeout      time.Duration `key:"dial_timeout" default:"200ms" min:"10ms" max:"5s" desc:"longest wait for a connection"`
	ReadTimeout      time.Duration `key:"read_timeout" default:"300ms" min:"10ms" max:"5s" desc:"longest wait for an answer; also the most a slow Redis adds to a request"`
	WriteTimeout     time.Duration `key:"write_timeout" default:"300ms" min:"10ms" max:"5s" desc:"longest wait for a command to be sent"`
}

// WeChat is the mini-program's account.
type WeChat struct {
	AppID      string        `key:"app_id" desc:"AppID of the mini-program, wx…; required outside demo"`
	AppSecret  Secret        `key:"app_secret" desc:"AppSecret of the mini-program; required outside demo"`
	BaseURL    string        `key:"base_url" default:"https://api.weixin.qq.com" form:"url" desc:"where WeChat's API is; http only on this machine or in demo"`
	EnvVersion string        `key:"env_version" default:"release" oneof:"release|trial|develop" desc:"which version of the mini-program codes and links open"`
	PushToken  Secret        `key:"push_token" desc:"token of the message push, 3 to 32 letters and digits"`
	PushAESKey Secret        `key:"push_aes_key" desc:"EncodingAESKey of the message push, 43 letters and digits; the push is served in safe mode only, so it goes with push_token"`
	Timeout    time.Duration `key:"timeout" default:"5s" min:"100ms" max:"30s" desc:"longest wait for one call to WeChat"`
	Pages      Pages         `key:"pages"`
	Templates  Templates     `key:"templates"`
}

// Pages are paths inside the mini-program.
type Pages struct {
	Entry string `key:"entry" default:"pages/entry/entry" form:"page" desc:"page every code opens; no leading slash"`
}

// Templates are ids of subscription messages. Without one that message is not sent.
type Templates struct {
	TaskOpened     string `key:"task_opened" desc:"message template for approvers: something waits for your decision, is urged, or is due soon"`
	TaskWithdrawn  string `key:"task_withdrawn" desc:"message template for approvers: nothing is left for you to do"`
	Decided        string `key:"decided" desc:"message template for authors: somebody decided on your post"`
	Blocked        string `key:"blocked" desc:"message template for admins and authors: a step has nobody left to answer, or a webhook was switched off"`
	AccessWaiting  string `key:"access_waiting" desc:"message template for admins: somebody asks to become a reviewer"`
	AccessAdmitted string `key:"access_admitted" desc:"message template for reviewers: you were let in, or refused"`
	Publish        string `key:"publish" desc:"message template for posters: it is time to scan and publish"`
}

// Douyin is the app at Douyin's open platform through which videos are published.
type Douyin struct {
	ClientKey            string        `key:"client_key" desc:"client_key of the app; each environment needs its own; empty: publish codes hand out the video, to be published by hand"`
	ClientSecret         Secret        `key:"client_secret" desc:"client_secret of the app; required with client_key"`
	ClientSecretPrevious Secret        `key:"client_secret_previous" desc:"the secret before client_secret, so that webhooks signed with it are taken while it is changed"`
	BaseURL              string        `key:"base_url" default:"https://open.douyin.com" form:"url" desc:"where Douyin's API is; http only on this machine or in demo"`
	ShareIDMethod        string        `key:"share_id_method" default:"post" oneof:"post|get" desc:"how a share id is asked for first; post falls back to get"`
	Timeout              time.Duration `key:"timeout" default:"2500ms" min:"100ms" max:"2900ms" desc:"longest wait for Douyin in one tap on a publish code: the page offers again within three seconds"`
}

// SMTP is the mail server that notices to staff go through.
type SMTP struct {
	Host     string        `key:"host" desc:"name of the mail server; empty: no e-mail"`
	Port     int           `key:"port" default:"587" min:"1" max:"65535" desc:"port of the mail server: 587 for starttls, 465 for tls"`
	Username string        `key:"username" desc:"name to sign in with, when the server asks for one"`
	Password Secret        `key:"password" desc:"password to sign in with"`
	From     string        `key:"from" form:"mailbox" desc:"sender, such as Countersign <notice@brand.example>; required with host"`
	TLS      string        `key:"tls" default:"starttls" oneof:"starttls|tls|none" desc:"how the line is encrypted; none only on this machine or in demo"`
	Timeout  time.Duration `key:"timeout" default:"10s" min:"100ms" max:"15s" desc:"longest wait for one message to be taken"`
}

// Media is where pictures and videos are kept, and how large they may be.
type Media struct {
	Driver        string `key:"driver" default:"disk" oneof:"disk|s3" desc:"where pictures and videos are kept; more than one replica needs s3, or a disk that all share"`
	Path          string `key:"path" default:"countersign-media" desc:"disk only: the folder"`
	Endpoint      string `key:"endpoint" form:"origin" desc:"S3 only: address of the store; http only on this machine or in demo"`
	Region        string `key:"region" default:"us-east-1" desc:"S3 only: the region that requests are signed for"`
	Bucket        string `key:"bucket" desc:"S3 only: the bucket; keep it private, the program alone reads it"`
	Prefix        string `key:"prefix" desc:"S3 only: put before every name in the bucket"`
	AccessKey     Secret `key:"access_key" desc:"S3 only: id of the access key"`
	SecretKey     Secret `key:"secret_key" desc:"S3 only: the access key's secret"`
	PathStyle     bool   `key:"path_style" default:"false" desc:"S3 only: https://host/bucket in place of https://bucket.host"`
	PictureBytes  Size   `key:"picture_bytes" default:"10MiB" min:"64KiB" max:"100MiB" desc:"largest picture"`
	PicturePixels int    `key:"picture_pixels" default:"40000000" min:"1000000" max:"500000000" desc:"most pixels of a picture; an animation's frames count together"`
	PictureSide   int    `key:"picture_side" default:"16384" min:"1024" max:"65535" desc:"longest side of a picture, in pixels"`
	DecodeMemory  Size   `key:"decode_memory" default:"512MiB" min:"64MiB" max:"16GiB" desc:"most memory that all pictures being looked at take together; others wait"`
	VideoBytes    Size   `key:"video_bytes" default:"1GiB" min:"1MiB" max:"16GiB" desc:"largest video"`
	BrandBytes    Size   `key:"brand_bytes" default:"50GiB" min:"1MiB" max:"1024GiB" desc:"room for all files of one brand"`
}

// Session is how long a sign-in lasts: unused (idle), and at most (absolute).
type Session struct {
	ConsoleIdle     time.Duration `key:"console_idle" default:"2h" min:"1m" max:"8760h" desc:"console: signed out after this long without a request"`
	ConsoleAbsolute time.Duration `key:"console_absolute" default:"12h" min:"1m" max:"8760h" desc:"console: signed out after this long whatever happens"`
	MiniIdle        time.Duration `key:"mini_idle" default:"168h" min:"1m" max:"8760h" desc:"mini-program: signed out after this long without a request"`
	MiniAbsolute    time.Duration `key:"mini_absolute" default:"720h" min:"1m" max:"8760h" desc:"mini-program: signed out after this long whatever happens"`
}

// Limits are how often one subject may do a thing.
type Limits struct {
	LoginPerMinute       int `key:"login_per_minute" default:"10" min:"1" max:"100000" desc:"console sign-ins per minute, by IP and by account"`
	WeChatLoginPerMinute int `key:"wechat_login_per_minute" default:"60" min:"1" max:"100000" desc:"WeChat sign-ins per minute, by IP"`
	SceneMissesPerMinute int `key:"scene_misses_per_minute" default:"10" min:"1" max:"100000" desc:"unknown scene tokens per minute, by IP"`
	EventStreams         int `key:"event_streams" default:"2000" min:"1" max:"100000" desc:"streams of live events open at once on one replica"`
	EventStreamsPerUser  int `key:"event_streams_per_user" default:"6" min:"1" max:"1000" desc:"streams of live events open at once for one user on one replica"`
	RequestsPerSecond    int `key:"requests_per_second" default:"50" min:"1" max:"100000" desc:"requests per second on one replica, by signed-in person or else by IP"`
}

// Webhooks are the messages to the brands' own systems.
type Webhooks struct {
	AllowPrivate bool `key:"allow_private" default:"false" desc:"let webhooks reach this machine and private networks, also over http; demo only"`
}

// AI is the language model that looks through content before people do.
type AI struct {
	BaseURL     string        `key:"base_url" form:"url" desc:"where a model answers as OpenAI's chat completions do, such as https://api.example.com/v1; empty: no model is asked; http only on this machine or in demo"`
	APIKey      Secret        `key:"api_key" desc:"key of the model's account, when it asks for one"`
	Model       string        `key:"model" desc:"name of the model, as its server calls it; required with base_url"`
	Timeout     time.Duration `key:"timeout" default:"20s" min:"1s" max:"2m" desc:"longest wait for one answer of the model"`
	MaxTokens   int           `key:"max_tokens" default:"2000" min:"100" max:"32000" desc:"most tokens of one answer"`
	DailyTokens int           `key:"daily_tokens" default:"500000" min:"0" max:"2000000000" desc:"most tokens that one brand may use in a day (UTC), questions included; 0: no limit"`
}

// Log is what is written to standard error.
type Log struct {
	Level  string `key:"level" default:"info" oneof:"debug|info|warn|error" desc:"least important line written"`
	Format string `key:"format" default:"json" oneof:"json|text" desc:"shape of a line"`
}

// SlogLevel is Level for log/slog.
func (l Log) SlogLevel() slog.Level {
	var level slog.Level
	// Load let only four names through, and slog knows them all; info otherwise.
	_ = level.UnmarshalText([]byte(l.Level))
	return level
}

// RedisMode is how Redis is reached.
type RedisMode string

// The ways to reach Redis.
const (
	RedisEmbedded RedisMode = "embedded"
	RedisSingle   RedisMode = "single"
	RedisSentinel RedisMode = "sentinel"
	RedisCluster  RedisMode = "cluster"
)

// Mode follows from master_name and the number of addresses.
func (r Redis) Mode() RedisMode {
	switch {
	case len(r.Addrs) == 0:
		return RedisEmbedded
	case r.MasterName != "":
		return RedisSentinel
	case len(r.Addrs) > 1:
		return RedisCluster
	default:
		return RedisSingle
	}
}

// Keys are the decoded encryption keys: the one to encrypt with first, then the
// previous one, if any. It is empty in a demo that was given none.
func (c Config) Keys() [][]byte {
	var keys [][]byte
	for _, s := range []Secret{c.SecretKey, c.SecretKeyPrevious} {
		if key, ok := decodeKey(s); ok {
			keys = append(keys, key)
		}
	}
	return keys
}

// keySize is AES-256's.
const keySize = 32

func decodeKey(s Secret) ([]byte, bool) {
	key, err := base64.StdEncoding.Strict().DecodeString(s.Reveal())
	return key, err == nil && len(key) == keySize
}
