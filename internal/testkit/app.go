package testkit

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"countersign/api"
	"countersign/cache"
	"countersign/douyin"
	"countersign/media"
	"countersign/miniprogram"
	"countersign/model"
	"countersign/sandbox"
	"countersign/service"
	"countersign/store"
	"countersign/webhook"
)

// The stand-in's account.
const (
	AppID     = "wxtest0123456789ab"
	AppSecret = "planted-app-secret-7f3a" //nolint:gosec // of the stand-ins
	EntryPage = "pages/entry/entry"
	Template  = "template-notice"
	PushToken = "pushtoken"

	ClientKey    = "awtestkey"
	ClientSecret = "planted-client-secret-5d1c"
)

// Templates fills every slot with the stand-in's one template.
func Templates() service.Templates {
	out := service.Templates{}
	for _, r := range model.NoticeRules() {
		out[r.Template] = Template
	}
	return out
}

// PushAESKey is the key of the stand-in's pushes.
var PushAESKey = strings.Repeat("K", 43)

// App is the whole program behind HTTP on one database, with the stand-in for WeChat.
type App struct {
	Engine   Engine
	Database Database
	Clock    *Clock
	Sandbox  *sandbox.WeChat
	WeChat   *httptest.Server // the sandbox's address
	Douyin   *sandbox.Douyin
	DouyinAt *httptest.Server
	MediaDir string // the disk that the replicas share
	Replicas []*Replica
	*Replica // the first
}

// Replica is one copy of the program: its own pools, its own cache connection.
type Replica struct {
	Store   *store.Store
	Cache   *cache.Cache
	Service *service.Service
	Media   *media.Door
	Server  *httptest.Server
	Logs    io.Writer
}

// Options change an App; the zero value is the usual one.
type Options struct {
	Replicas int             // 0 is 1; more need Redis for what they share, or do without it
	Redis    []string        // addresses; none is an embedded one per replica
	RealTime bool            // the database's own clock in place of a settable one
	Logs     io.Writer       // nil keeps the errors, for a test that fails
	Mail     service.Mail    // nil: no e-mail
	Model    service.AIModel // nil: no model is asked
	Tune     func(*api.Options, *service.Settings)
	Media    media.Options // zero is a disk of the test's own
	Limits   int           // requests per second and logins per minute; 0 is plenty
}

// NewApp starts the program for one test.
func NewApp(t testing.TB, e Engine, o Options) *App {
	t.Helper()
	a := &App{Engine: e, Database: NewMigrated(t, e), MediaDir: t.TempDir()}
	if !o.RealTime {
		a.Clock = NewClock()
	}
	if o.Logs == nil {
		o.Logs = faultsOf(t)
	}
	if o.Limits == 0 {
		o.Limits = 100_000
	}
	a.Sandbox = sandbox.NewWeChat(sandbox.WeChatOptions{
		AppID: AppID, Secret: AppSecret, Pages: []string{EntryPage}, Templates: map[string][]string{Template: {"thing1", "thing2", "time3"}},
		Now: a.wechatNow(), // one clock on both sides of the door: ends that it names are moments
	})
	a.WeChat = httptest.NewServer(a.Sandbox)
	t.Cleanup(a.WeChat.Close)
	a.Douyin = sandbox.NewDouyin(sandbox.DouyinOptions{ClientKey: ClientKey, Secret: ClientSecret, Client: &http.Client{Transport: transport}, Now: a.wechatNow()})
	a.DouyinAt = httptest.NewServer(a.Douyin)
	t.Cleanup(a.DouyinAt.Close)
	sealer, key := newSealer(t)
	for range max(o.Replicas, 1) {
		a.Replicas = append(a.Replicas, a.replica(t, o, sealer, key))
	}
	a.Replica = a.Replicas[0]
	push := sandbox.PushSettings{URL: a.Server.URL + "/hooks/wechat", Token: PushToken, AESKey: PushAESKey}
	if a.Clock != nil {
		push.Now = a.Clock.Now
	}
	a.Sandbox.PushTo(push)
	if err := a.Douyin.SaveWebhook(t.Context(), a.Server.URL+"/hooks/douyin"); err != nil {
		t.Fatal(err)
	}
	return a
}

func newSealer(t testing.TB) (*service.Sealer, []byte) {
	t.Helper()
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	s, err := service.NewSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	return s, key
}

func (a *App) replica(t testing.TB, o Options, sealer *service.Sealer, key []byte) *Replica {
	t.Helper()
	r := &Replica{Store: a.Database.Open(t, a.Clock, 0), Logs: o.Logs}
	log := slog.New(slog.NewJSONHandler(o.Logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if r.Cache, err = cache.Open(t.Context(), cache.Options{Addrs: o.Redis, Log: log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Cache.Close() })
	door, scan := a.platforms(t, r.Cache, sealer)
	r.Media = a.door(t, o.Media)
	signer, err := service.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	hooks := webhook.New(webhook.Config{AllowPrivate: true, Timeout: 3 * time.Second})
	t.Cleanup(hooks.Close)
	set := service.Settings{
		Media:     MediaLimits,
		PublicURL: "https://countersign.test", EntryPage: EntryPage, ConsoleIdle: 2 * time.Hour, ConsoleAbsolute: 12 * time.Hour,
		MiniIdle: 7 * 24 * time.Hour, MiniAbsolute: 30 * 24 * time.Hour, LoginsPerMinute: o.Limits, HashCost: CheapHash, WeChatLogins: o.Limits, SceneMisses: o.Limits, CommentsPerMin: o.Limits,
		Templates: Templates(),
	}
	opts := api.Options{
		Store: r.Store, Limit: r.Cache, Log: log, Metrics: api.NewMetrics(), PublicURL: set.PublicURL, BodyLimit: 2 << 20, RequestsPerSec: o.Limits,
		HashKey: key, Redis: func() string { return "embedded" }, Version: "test",
	}
	if o.Tune != nil {
		o.Tune(&opts, &set)
	}
	r.Service = service.New(service.Doors{
		Store: r.Store, WeChat: door, Douyin: scan, Webhook: hooks, Mail: o.Mail, Model: o.Model, Cache: r.Cache, Sealer: sealer, Signer: signer, Blobs: r.Media,
		Random: rand.Reader, NewID: NewID, Log: log,
	}, set)
	opts.Service = r.Service
	r.Server = httptest.NewServer(api.New(opts))
	t.Cleanup(r.Server.Close)
	r.background(t)
	return r
}

// platforms are the doors to the stand-ins for WeChat and for Douyin.
func (a *App) platforms(t testing.TB, shared *cache.Cache, sealer *service.Sealer) (*miniprogram.Client, *douyin.Client) {
	t.Helper()
	mini, err := miniprogram.New(miniprogram.Config{AppID: AppID, Secret: AppSecret, BaseURL: a.WeChat.URL, EnvVersion: "release", Timeout: 3 * time.Second, PushToken: PushToken, PushAESKey: PushAESKey, Now: a.wechatNow()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(mini.Close)
	scan, err := douyin.New(douyin.Config{ClientKey: ClientKey, Secret: ClientSecret, BaseURL: a.DouyinAt.URL, Shared: shared, Sealer: sealer, Now: a.wechatNow()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(scan.Close)
	return mini, scan
}

// wechatNow is the clock of the door to WeChat: the test's, or nil for the real one.
func (a *App) wechatNow() func() time.Time {
	if a.Clock == nil {
		return nil
	}
	return a.Clock.Now
}

// background runs what a replica does between requests, but for the deliveries, which
// tests do with Drain. Its end comes before the server's, which waits for streams.
func (r *Replica) background(t testing.TB) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { r.Service.Run(ctx, service.LoopLive) })
	t.Cleanup(func() {
		stop()
		r.Service.Live.Drain()
		running.Wait()
	})
}

// CheapHash is the cost of a password's hash in tests, which sign in thousands of times.
var CheapHash = service.HashCost{MemoryKiB: 64, Passes: 1}

// MediaLimits are those of the tests: small, so that they are reached.
var MediaLimits = model.MediaLimits{PictureBytes: 4 << 20, PicturePixels: 4_000_000, PictureSide: 4096, VideoBytes: 256 << 20, BrandBytes: 300 << 20}

// door opens the blobs: a folder that all replicas share, or what the test asks for.
func (a *App) door(t testing.TB, o media.Options) *media.Door {
	t.Helper()
	if o.Driver == "" {
		o.Driver, o.Path = "disk", a.MediaDir
	}
	o.Limits, o.DecodeMemory = MediaLimits, 64<<20
	d, err := media.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// NewID makes an id as production does.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Drain delivers everything that the outbox owes.
func (r *Replica) Drain(ctx context.Context, t testing.TB) {
	t.Helper()
	for {
		n, err := r.Service.Relay.Drain(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}
