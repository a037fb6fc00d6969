package main

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"countersign/aimodel"
	"countersign/api"
	"countersign/cache"
	"countersign/config"
	"countersign/douyin"
	"countersign/mail"
	"countersign/media"
	"countersign/miniprogram"
	"countersign/model"
	"countersign/service"
	"countersign/store"
	"countersign/webhook"
)

// app is the program, wired.
type app struct {
	cfg      config.Config
	log      *slog.Logger
	store    *store.Store
	cache    *cache.Cache
	wechat   *miniprogram.Client
	douyin   *douyin.Client // nil without an app at Douyin
	media    *media.Door
	webhook  *webhook.Client
	model    *aimodel.Client // nil: none
	service  *service.Service
	api      *api.API
	front    http.Handler // what the public port serves: the API, and in a demo more
	metrics  *api.Metrics
	draining atomic.Bool
}

// logger writes as the configuration says.
func logger(cfg config.Config, w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: cfg.Log.SlogLevel()}
	if cfg.Log.Format == "text" {
		return slog.New(slog.NewTextHandler(w, opts))
	}
	return slog.New(slog.NewJSONHandler(w, opts))
}

// assemble opens the doors and wires the rooms, top to bottom. now is a demo's clock, nil for
// the database's own.
func assemble(ctx context.Context, cfg config.Config, log *slog.Logger, now func() time.Time) (_ *app, err error) {
	a := &app{cfg: cfg, log: log, metrics: api.NewMetrics()}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	if a.store, err = openStore(ctx, cfg, log, now); err != nil {
		return nil, err
	}
	if a.cache, err = openCache(ctx, cfg, log); err != nil {
		return nil, err
	}
	if a.wechat, err = openWeChat(cfg, now); err != nil {
		return nil, err
	}
	if a.media, err = openMedia(ctx, cfg); err != nil {
		return nil, err
	}
	a.webhook = webhook.New(webhook.Config{AllowPrivate: cfg.Webhooks.AllowPrivate})
	a.model = openModel(cfg)
	keys, err := deriveKeys(cfg)
	if err != nil {
		return nil, err
	}
	sealer, err := service.NewSealer(keys.seal...)
	if err != nil {
		return nil, err
	}
	signer, err := service.NewSigner(keys.media...)
	if err != nil {
		return nil, err
	}
	if a.douyin, err = openDouyin(cfg, a.cache, sealer, now); err != nil {
		return nil, err
	}
	a.service = service.New(service.Doors{
		Store: a.store, WeChat: a.wechat, Douyin: scanDoor(a.douyin), Webhook: a.webhook, Mail: openMail(cfg), Cache: a.cache, Sealer: sealer, Signer: signer, Blobs: a.media,
		Model: a.reviewer(), Random: rand.Reader, NewID: newID, Log: log, Watch: a.metrics,
	}, settings(cfg))
	a.api = api.New(a.apiOptions(keys.address))
	a.front = a.api
	a.gauges() //nolint:contextcheck // a scrape has no request of ours; it sets its own limit
	return a, nil
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func openStore(ctx context.Context, cfg config.Config, log *slog.Logger, now func() time.Time) (*store.Store, error) {
	s, err := store.Open(ctx, store.Options{Driver: cfg.Database.Driver, DSN: cfg.Database.DSN.Reveal(), Path: cfg.Database.Path, MaxOpen: cfg.Database.MaxOpen, Now: now, Log: log})
	if err != nil {
		setting := map[string]string{"mysql": "COUNTERSIGN_DATABASE_DSN", "sqlite": "COUNTERSIGN_DATABASE_PATH"}[cfg.Database.Driver]
		return nil, fmt.Errorf("cannot use the database (is it up, and is %s right?): %w", setting, err)
	}
	return s, nil
}

// openMigrated is the store of a file with settings, for a command that reads or writes
// rows: on an old schema it says what to do, in place of failing at the first table that
// is not there.
func openMigrated(ctx context.Context, c call, file string) (*store.Store, error) {
	cfg, err := load(c, file)
	if err != nil {
		return nil, err
	}
	s, err := openStore(ctx, cfg, logger(cfg, c.stderr), nil)
	if err != nil {
		return nil, err
	}
	if err := schema(ctx, s, cfg.Database.Driver == "sqlite"); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func openCache(ctx context.Context, cfg config.Config, log *slog.Logger) (*cache.Cache, error) {
	r := cfg.Redis
	return cache.Open(ctx, cache.Options{
		Addrs: r.Addrs, MasterName: r.MasterName, Username: r.Username, Password: r.Password.Reveal(), SentinelPassword: r.SentinelPassword.Reveal(),
		DB: r.DB, TLS: r.TLS, DialTimeout: r.DialTimeout, ReadTimeout: r.ReadTimeout, WriteTimeout: r.WriteTimeout, Log: log,
	})
}

func openWeChat(cfg config.Config, now func() time.Time) (*miniprogram.Client, error) {
	w := cfg.WeChat
	return miniprogram.New(miniprogram.Config{
		AppID: w.AppID, Secret: w.AppSecret.Reveal(), BaseURL: w.BaseURL, EnvVersion: w.EnvVersion,
		PushToken: w.PushToken.Reveal(), PushAESKey: w.PushAESKey.Reveal(), Timeout: w.Timeout, Now: now,
	})
}

// openDouyin is the door to Douyin, nil when no app is set up.
func openDouyin(cfg config.Config, shared *cache.Cache, sealer *service.Sealer, now func() time.Time) (*douyin.Client, error) {
	d := cfg.Douyin
	if d.ClientKey == "" {
		return nil, nil //nolint:nilnil // none is a setting
	}
	return douyin.New(douyin.Config{
		ClientKey: d.ClientKey, Secret: d.ClientSecret.Reveal(), SecretPrevious: d.ClientSecretPrevious.Reveal(), BaseURL: d.BaseURL,
		ShareIDMethod: d.ShareIDMethod, Timeout: d.Timeout, Shared: shared, Sealer: sealer, Now: now,
	})
}

// scanDoor keeps a nil pointer from becoming a door that is there.
func scanDoor(d *douyin.Client) service.Douyin {
	if d == nil {
		return nil
	}
	return d
}

// openMail is the door to the mail server, nil when none is set up.
func openMail(cfg config.Config) service.Mail {
	m := cfg.SMTP
	if m.Host == "" {
		return nil
	}
	return mail.New(mail.Config{
		Host: m.Host, Port: m.Port, Username: m.Username, Password: m.Password.Reveal(), From: m.From, TLS: mail.TLS(m.TLS), Timeout: m.Timeout,
	})
}

// openModel is the door to a language model, nil when none is set up.
func openModel(cfg config.Config) *aimodel.Client {
	m := cfg.AI
	if m.BaseURL == "" {
		return nil
	}
	return aimodel.New(aimodel.Config{BaseURL: m.BaseURL, Key: m.APIKey.Reveal(), Model: m.Model, Timeout: m.Timeout, MaxTokens: m.MaxTokens})
}

// reviewer is the model as the services take it: a nil pointer would not be no model.
func (a *app) reviewer() service.AIModel {
	if a.model == nil {
		return nil
	}
	return a.model
}

func openMedia(ctx context.Context, cfg config.Config) (*media.Door, error) {
	m := cfg.Media
	return media.Open(ctx, media.Options{
		Driver: m.Driver, Path: m.Path, Limits: mediaLimits(cfg), DecodeMemory: int64(m.DecodeMemory),
		S3: media.S3{
			Endpoint: m.Endpoint, Region: m.Region, Bucket: m.Bucket, Prefix: m.Prefix,
			AccessKey: m.AccessKey.Reveal(), SecretKey: m.SecretKey.Reveal(), PathStyle: m.PathStyle,
		},
	})
}

func mediaLimits(cfg config.Config) model.MediaLimits {
	m := cfg.Media
	return model.MediaLimits{
		PictureBytes: int64(m.PictureBytes), PicturePixels: int64(m.PicturePixels), PictureSide: m.PictureSide,
		VideoBytes: int64(m.VideoBytes), BrandBytes: int64(m.BrandBytes),
	}
}

// keys are derived from the one secret key, each for its own purpose.
type keys struct {
	seal    [][]byte
	media   [][]byte
	address []byte
}

func deriveKeys(cfg config.Config) (k keys, err error) {
	masters := cfg.Keys()
	if len(masters) == 0 {
		return k, errors.New("no secret_key")
	}
	for _, master := range masters {
		seal, err := hkdf.Key(sha256.New, master, nil, "countersign seal v1", 32)
		if err != nil {
			return k, fmt.Errorf("derive key: %w", err)
		}
		sign, err := hkdf.Key(sha256.New, master, nil, "countersign media v1", 32)
		if err != nil {
			return k, fmt.Errorf("derive key: %w", err)
		}
		k.seal, k.media = append(k.seal, seal), append(k.media, sign)
	}
	k.address, err = hkdf.Key(sha256.New, masters[0], nil, "countersign address v1", 32)
	return k, err
}

// gatherNotices is how long a notice waits for others that arise in the same moment.
const gatherNotices = 2 * time.Second

func settings(cfg config.Config) service.Settings {
	t := cfg.WeChat.Templates
	return service.Settings{
		PublicURL: cfg.HTTP.PublicURL, EntryPage: cfg.WeChat.Pages.Entry,
		ConsoleIdle: cfg.Session.ConsoleIdle, ConsoleAbsolute: cfg.Session.ConsoleAbsolute, MiniIdle: cfg.Session.MiniIdle, MiniAbsolute: cfg.Session.MiniAbsolute,
		LoginsPerMinute: cfg.Limits.LoginPerMinute, WeChatLogins: cfg.Limits.WeChatLoginPerMinute, SceneMisses: cfg.Limits.SceneMissesPerMinute,
		Live:   service.LiveSettings{Streams: cfg.Limits.EventStreams, PerUser: cfg.Limits.EventStreamsPerUser},
		Gather: gatherNotices,
		Templates: service.Templates{
			model.TemplateTask: t.TaskOpened, model.TemplateWithdrawn: t.TaskWithdrawn, model.TemplateDecided: t.Decided, model.TemplateBlocked: t.Blocked,
			model.TemplateAccessWaiting: t.AccessWaiting, model.TemplateAccessDecided: t.AccessAdmitted,
			model.TemplatePublish: t.Publish,
		},
		Media: mediaLimits(cfg), AIDailyTokens: int64(cfg.AI.DailyTokens),
	}
}

func (a *app) apiOptions(hashKey []byte) api.Options {
	return api.Options{
		Store: a.store, Service: a.service, Limit: a.cache, Log: a.log, Metrics: a.metrics, PublicURL: a.cfg.HTTP.PublicURL,
		TrustedProxies: a.cfg.HTTP.TrustedProxies, BodyLimit: int64(a.cfg.HTTP.BodyLimit), RequestsPerSec: a.cfg.Limits.RequestsPerSecond,
		HashKey: hashKey, Redis: a.redisState, Draining: a.draining.Load, Version: version,
	}
}

func (a *app) redisState() string {
	switch {
	case a.cache.Embedded():
		return "embedded"
	case a.cache.Healthy():
		return "up"
	}
	return "down"
}

// gauges are what an operator watches beside the requests.
func (a *app) gauges() {
	read := func(f func(context.Context) float64) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second) // a scrape has no request of ours
			defer cancel()
			return f(ctx)
		}
	}
	a.metrics.Gauge("countersign_outbox_ready", "Messages owed and not delivered yet.", read(func(ctx context.Context) float64 {
		n, _, _ := a.store.OutboxBacklog(ctx)
		return float64(n)
	}))
	a.metrics.Gauge("countersign_outbox_dead", "Messages that were given up.", read(func(ctx context.Context) float64 {
		n, _ := a.store.OutboxDead(ctx)
		return float64(n)
	}))
	a.metrics.Gauge("countersign_outbox_oldest_seconds", "Age of the oldest message owed.", read(func(ctx context.Context) float64 {
		_, age, _ := a.store.OutboxBacklog(ctx)
		return age.Seconds()
	}))
	a.metrics.Gauge("countersign_webhooks_due", "Webhook messages that are due and not delivered.", read(func(ctx context.Context) float64 {
		n, _ := a.store.WebhookBacklog(ctx)
		return float64(n)
	}))
	a.metrics.Gauge("countersign_ai_reports_due", "AI reports with a source that is still to be asked.", read(func(ctx context.Context) float64 {
		n, _ := a.store.AIBacklog(ctx)
		return float64(n)
	}))
	a.metrics.Gauge("countersign_event_streams", "Streams of live events that are open on this replica.", func() float64 { return float64(a.service.Live.Open()) })
	a.metrics.Gauge("countersign_database_connections_in_use", "Open connections that are busy.", func() float64 { return float64(a.store.Stats().InUse) })
	a.metrics.Gauge("countersign_redis_up", "1 when Redis answers, or is embedded.", func() float64 {
		if a.cache.Healthy() {
			return 1
		}
		return 0
	})
}

// close ends what assemble opened, in the other order.
func (a *app) close() error {
	var errs []error
	if a.media != nil {
		errs = append(errs, a.media.Close())
	}
	if a.wechat != nil {
		a.wechat.Close()
	}
	if a.douyin != nil {
		a.douyin.Close()
	}
	if a.webhook != nil {
		a.webhook.Close()
	}
	if a.model != nil {
		a.model.Close()
	}
	if a.cache != nil {
		errs = append(errs, a.cache.Close())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	return errors.Join(errs...)
}

// listeners are the program's ports.
type listeners struct{ public, metrics net.Listener }

func listen(ctx context.Context, cfg config.Config) (l listeners, err error) {
	var lc net.ListenConfig
	if l.public, err = lc.Listen(ctx, "tcp", cfg.HTTP.Addr); err != nil {
		return l, fmt.Errorf("cannot listen on %s (http.addr): %w", cfg.HTTP.Addr, err)
	}
	if l.metrics, err = lc.Listen(ctx, "tcp", cfg.HTTP.MetricsAddr); err != nil {
		return l, errors.Join(fmt.Errorf("cannot listen on %s (http.metrics_addr): %w", cfg.HTTP.MetricsAddr, err), l.public.Close())
	}
	return l, nil
}

// run serves until ctx ends, then drains: readiness turns red, running requests finish
// within the grace, background work stops.
func (a *app) run(ctx context.Context, l listeners) error {
	public := server(ctx, a.front)
	public.RegisterOnShutdown(a.service.Live.Drain) // Shutdown waits for streams, which do not end by themselves
	metrics := server(ctx, a.operatorHandler())
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g, gctx := errgroup.WithContext(work)
	g.Go(func() error { return ignoreClosed(public.Serve(l.public)) })
	g.Go(func() error { return ignoreClosed(metrics.Serve(l.metrics)) })
	g.Go(func() error {
		a.service.Run(gctx)
		return nil
	})
	g.Go(func() error {
		select {
		case <-ctx.Done():
		case <-gctx.Done():
		}
		a.draining.Store(true)
		a.log.InfoContext(ctx, "stopping: no new requests; those that run may finish", "asked", ctx.Err() != nil, "grace", a.cfg.HTTP.ShutdownGrace.String())
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.HTTP.ShutdownGrace)
		defer cancel()
		err := errors.Join(public.Shutdown(grace), metrics.Shutdown(grace))
		stop()
		return err
	})
	return g.Wait()
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// server has the limits that keep slow and greedy clients from holding it.
func server(ctx context.Context, h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10, BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
}

// operatorHandler is on its own port, away from the public.
func (a *app) operatorHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics.Handler())
	mux.Handle("GET /healthz", a.api)
	mux.Handle("GET /readyz", a.api)
	return mux
}
