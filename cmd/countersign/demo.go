package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/config"
	"countersign/model"
	"countersign/sandbox"
	"countersign/service"
)

// The demo's staff; the password is printed, so it protects nothing.
const (
	demoAdmin    = "admin@qinghe.example"
	demoEditor   = "editor@qinghe.example"
	demoPassword = "countersign-demo"
	demoAppID    = "wxdemo0123456789ab"
	demoSecret   = "demo-app-secret"
)

// demoPlan is where the parts of a demo listen, and settings beyond its own.
type demoPlan struct {
	api, sandbox, metrics string
	level                 string // of the log
	env                   []string
}

// ownPorts is a demo on any free ports.
func ownPorts(env ...string) demoPlan {
	const free = "127.0.0.1:0"
	return demoPlan{api: free, sandbox: free, metrics: free, level: "error", env: env}
}

func demo(ctx context.Context, c call) error {
	f := flags(c, "demo")
	name := f.String("story", "", "play a story and stop: "+strings.Join(storyNames(), ", "))
	plan := demoPlan{level: "warn", env: taken(c.env)}
	f.StringVar(&plan.api, "addr", "127.0.0.1:8080", "address of the API")
	f.StringVar(&plan.sandbox, "sandbox-addr", "127.0.0.1:8081", "address of the stand-ins for WeChat, Douyin and a model")
	f.StringVar(&plan.metrics, "metrics-addr", "127.0.0.1:9090", "address of the metrics")
	verbose := f.Bool("verbose", false, "log every request")
	if err := parse(f, c.args); err != nil {
		return err
	}
	if *name == "" {
		if *verbose {
			plan.level = "info"
		}
		return serveDemo(ctx, c, plan)
	}
	story, known := stories()[*name]
	if !known {
		return fmt.Errorf("no story %q; there are: %s", *name, strings.Join(storyNames(), ", "))
	}
	return tell(ctx, c, plan, *name, story)
}

// taken are the settings that a demo takes from the environment. Of the others it knows
// nothing: they may name a database of real people.
func taken(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return name != "COUNTERSIGN_WEBHOOKS_ALLOW_PRIVATE"
	})
}

// serveDemo runs until it is interrupted.
func serveDemo(ctx context.Context, c call, plan demoPlan) error {
	d, err := startDemo(ctx, plan, c.stderr)
	if err != nil {
		return err
	}
	d.welcome(c.stdout)
	return d.wait()
}

// tell plays a story against the demo that runs at the usual addresses, or else
// against one that it starts for itself.
func tell(ctx context.Context, c call, plan demoPlan, name string, story story) error {
	at := place{api: "http://" + plan.api, sandbox: "http://" + plan.sandbox}
	if demoRuns(ctx, at) {
		_, _ = fmt.Fprintf(c.stdout, "Story %q, on the demo that runs at %s\n\n", name, at.api)
		return play(ctx, at, c.stdout, story)
	}
	ctx, stop := context.WithCancel(ctx)
	d, err := startDemo(ctx, ownPorts(), c.stderr)
	if err != nil {
		stop()
		return err
	}
	_, _ = fmt.Fprintf(c.stdout, "Story %q, on a demo of its own\n\n", name)
	err = play(ctx, d.at, c.stdout, story)
	stop()
	return errors.Join(err, d.wait())
}

func demoRuns(ctx context.Context, at place) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for _, url := range []string{at.api + "/readyz", at.sandbox + "/sandbox/wechat/stats"} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return false
		}
	}
	return true
}

// running is a demo that serves.
type running struct {
	at    place
	app   *app
	group *errgroup.Group
	dir   string
}

// startDemo starts the sandbox and the service on fresh data in a folder of their own,
// and seeds a brand. It serves until ctx ends.
func startDemo(ctx context.Context, plan demoPlan, logs io.Writer) (_ *running, err error) {
	dir, err := os.MkdirTemp("", "countersign-demo-")
	if err != nil {
		return nil, err
	}
	d := &running{dir: dir}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir) // the first error is the one to tell
		}
	}()
	var lc net.ListenConfig
	sand, err := lc.Listen(ctx, "tcp", plan.sandbox)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s for the stand-ins (is another demo running? see --sandbox-addr): %w", plan.sandbox, err)
	}
	defer func() {
		if err != nil {
			_ = sand.Close()
		}
	}()
	front, err := lc.Listen(ctx, "tcp", plan.api)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s (is another demo running? see --addr): %w", plan.api, err)
	}
	d.at = place{api: origin(front), sandbox: origin(sand)}
	cfg, err := demoConfig(d.at, dir, plan)
	if err != nil {
		return nil, errors.Join(err, front.Close())
	}
	return d, d.start(ctx, cfg, front, sand, logs)
}

// origin writes a loopback listener's address as people type it; browsers keep Secure
// cookies for localhost.
func origin(l net.Listener) string {
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return "http://" + l.Addr().String()
	}
	return "http://localhost:" + port
}

func demoConfig(at place, dir string, plan demoPlan) (config.Config, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return config.Config{}, err
	}
	env := []string{
		"COUNTERSIGN_DEMO=true", "COUNTERSIGN_HTTP_PUBLIC_URL=" + at.api, "COUNTERSIGN_HTTP_METRICS_ADDR=" + plan.metrics,
		"COUNTERSIGN_DATABASE_PATH=" + filepath.Join(dir, "demo.db"), "COUNTERSIGN_MEDIA_PATH=" + filepath.Join(dir, "media"), "COUNTERSIGN_SECRET_KEY=" + base64.StdEncoding.EncodeToString(key),
		"COUNTERSIGN_WECHAT_APP_ID=" + demoAppID, "COUNTERSIGN_WECHAT_APP_SECRET=" + demoSecret, "COUNTERSIGN_WECHAT_BASE_URL=" + at.sandbox,
		"COUNTERSIGN_WECHAT_TEMPLATES_TASK_OPENED=" + demoTemplate, "COUNTERSIGN_WECHAT_TEMPLATES_DECIDED=" + demoTemplate,
		"COUNTERSIGN_WECHAT_TEMPLATES_ACCESS_ADMITTED=" + demoTemplate,
		"COUNTERSIGN_WECHAT_TEMPLATES_TASK_WITHDRAWN=" + demoTemplate, "COUNTERSIGN_WECHAT_TEMPLATES_BLOCKED=" + demoTemplate, "COUNTERSIGN_WECHAT_TEMPLATES_ACCESS_WAITING=" + demoTemplate,
		"COUNTERSIGN_WECHAT_TEMPLATES_PUBLISH=" + demoTemplate,
		"COUNTERSIGN_DOUYIN_CLIENT_KEY=" + demoClientKey, "COUNTERSIGN_DOUYIN_CLIENT_SECRET=" + demoClientSecret, "COUNTERSIGN_DOUYIN_BASE_URL=" + at.sandbox,
		"COUNTERSIGN_AI_BASE_URL=" + at.sandbox + "/v1", "COUNTERSIGN_AI_MODEL=" + demoModel, "COUNTERSIGN_AI_API_KEY=" + demoModelKey,
		"COUNTERSIGN_LOG_LEVEL=" + plan.level, "COUNTERSIGN_LOG_FORMAT=text",
		"COUNTERSIGN_LIMITS_LOGIN_PER_MINUTE=120",
	}
	return config.Load(config.Source{Environ: append(env, plan.env...), ReadFile: os.ReadFile})
}

// demoMemory makes a demo give memory back early: hashing passwords takes 19 MiB a time.
const demoMemory = 40 << 20

const demoTemplate = "demo-notice"

func (d *running) start(ctx context.Context, cfg config.Config, front, sand net.Listener, logs io.Writer) error {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(demoMemory)
	}
	clock := &demoClock{}
	stand := newStands(d.at, cfg.WeChat.Pages.Entry, clock)
	a, err := assemble(ctx, cfg, logger(cfg, logs), clock.Now)
	if err != nil {
		return errors.Join(err, front.Close())
	}
	if err := schema(ctx, a.store, true); err != nil {
		return errors.Join(err, a.close(), front.Close())
	}
	if err := seed(ctx, a); err != nil {
		return errors.Join(err, a.close(), front.Close())
	}
	var lc net.ListenConfig
	metrics, err := lc.Listen(ctx, "tcp", cfg.HTTP.MetricsAddr)
	if err != nil {
		return errors.Join(err, a.close(), front.Close())
	}
	a.front = stand.before(a.api)
	d.app = a
	d.group = &errgroup.Group{}
	side := server(ctx, stand)
	d.group.Go(func() error { return ignoreClosed(side.Serve(sand)) })
	d.group.Go(func() error {
		err := a.run(ctx, listeners{front, metrics})
		return errors.Join(err, side.Close())
	})
	return subscribe(ctx, stand.douyin, d.at.api+"/hooks/douyin")
}

// subscribe lets Douyin's stand-in send its messages to an address. A demo that is told to
// stop while it starts just stops.
func subscribe(ctx context.Context, douyin *sandbox.Douyin, address string) error {
	if err := douyin.SaveWebhook(ctx, address); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// wait ends with the demo, and removes its data.
func (d *running) wait() error {
	return errors.Join(d.group.Wait(), d.app.close(), os.RemoveAll(d.dir))
}

// seed makes a brand with an admin, an editor, channels, a flow and two drafts with
// pictures, so that a first post can be submitted at once.
func seed(ctx context.Context, a *app) error {
	s := a.service
	b, err := s.Brands.Found(ctx, service.Founding{Name: "青禾茶饮（品牌部）", PublicName: "青禾茶饮", AdminEmail: demoAdmin, AdminName: "林晓", Password: demoPassword})
	if err != nil {
		return err
	}
	if err := s.Brands.AddStaff(ctx, b.ID, demoEditor, "周一帆", demoPassword, model.RoleEditor); err != nil {
		return err
	}
	admin, err := a.store.UserByEmail(ctx, demoAdmin)
	if err != nil {
		return err
	}
	c := service.Call{Principal: service.Principal{Kind: model.SessionConsole, UserID: admin.ID, Name: admin.Name}}
	me, err := a.store.Staff(ctx, b.ID, admin.ID)
	if err != nil {
		return err
	}
	channel, err := s.Brands.CreateChannel(ctx, c, b.ID, service.ChannelSpec{Name: "青禾茶饮服务号", Platform: "wechat_official"})
	if err != nil {
		return err
	}
	flow, err := s.Flows.Create(ctx, c, b.ID, model.FlowSpec{
		Name: "品牌终审", ContentTypes: []model.ContentType{model.ContentWeChatArticle}, Platforms: []string{"wechat_official"},
		Steps: []model.StepSpec{{Name: "品牌负责人", Mode: model.ModeAny, Approvers: []string{me.ID}}},
	})
	if err != nil {
		return err
	}
	err = s.Brands.SetPlatform(ctx, c, model.PlatformSetting{BrandID: b.ID, Platform: "wechat_official", DefaultFlowID: &flow, AllowChange: true})
	if err != nil {
		return err
	}
	return seedPosts(ctx, a, c, b.ID, channel)
}

func (d *running) welcome(w io.Writer) {
	_, _ = fmt.Fprintf(w, `
  Countersign 会签 · demo on this machine alone; the data is gone when it stops

  Mini-program    %[1]s/sandbox/phone/
  API docs        %[1]s/api/docs
  Health          %[1]s/readyz
  Stand-ins       %[2]s/sandbox/wechat/stats, /sandbox/douyin/stats, /sandbox/model/stats

  Brand           青禾茶饮
  Admin           %[3]s    password %[5]s
  Editor          %[4]s   password %[5]s

  Try next, in another terminal
    bin/countersign demo --story reviewer   invite, scan, request, admit, review, decide
    bin/countersign demo --story binder     bind a staff member's WeChat, approve on the phone
    bin/countersign demo --story team       three articles, three flows, two steps; bulk, undo, urge, proof
    bin/countersign demo --story poster     AI report, publish code, two phones, Douyin tells; one that expires

    curl -si %[1]s/api/v1/sessions --json '{"email":"%[3]s","password":"%[5]s"}'

  Ctrl-C stops it.

`, d.at.api, d.at.sandbox, demoAdmin, demoEditor, demoPassword)
}
