package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"countersign/api"
	"countersign/config"
	"countersign/model"
	"countersign/service"
	"countersign/store"
)

// flags makes a flag set that prints its errors to the caller's stderr.
func flags(c call, name string) *flag.FlagSet {
	f := flag.NewFlagSet("countersign "+name, flag.ContinueOnError)
	f.SetOutput(c.stderr)
	return f
}

// parseVerb reads the flags behind a word that must be one of some.
func parseVerb(f *flag.FlagSet, verb string, rest []string, verbs ...string) error {
	if !slices.Contains(verbs, verb) {
		f.Usage()
		return errUsage
	}
	return parse(f, rest)
}

// load reads the configuration as the process was started.
func load(c call, file string) (config.Config, error) {
	_, c.env = takePassword(c.env)
	return config.Load(config.Source{Environ: c.env, ReadFile: os.ReadFile, File: file})
}

// gcPercent lets the heap, of which some 30 MB live, grow to five times that before it is
// collected: a quarter more decisions a second, for some 100 MB. GOGC overrules it.
const gcPercent = 400

func serve(ctx context.Context, c call) error {
	f := flags(c, "serve")
	file := f.String("config", "", "YAML file with settings; the environment wins")
	up := f.Bool("migrate", false, "bring a MySQL database to the newest schema first")
	show := f.Bool("print-config", false, "print the effective settings, secrets masked, and stop")
	if err := parse(f, c.args); err != nil {
		return err
	}
	cfg, err := load(c, *file)
	if err != nil {
		return err
	}
	if *show {
		return cfg.Print(c.stdout)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	log := logger(cfg, c.stderr)
	a, err := assemble(ctx, cfg, log, nil)
	if err != nil {
		return err
	}
	if err := schema(ctx, a.store, *up || cfg.Database.Driver == "sqlite"); err != nil {
		return errors.Join(err, a.close())
	}
	l, err := listen(ctx, cfg)
	if err != nil {
		return errors.Join(err, a.close())
	}
	log.InfoContext(ctx, "serving", "address", l.public.Addr().String(), "metrics", l.metrics.Addr().String(), "database", cfg.Database.Driver, "redis", a.redisState(), "version", version)
	err = errors.Join(a.run(ctx, l), a.close())
	log.InfoContext(ctx, "stopped", "clean", err == nil)
	return err
}

// schema brings the schema up, or refuses to serve on an old one.
func schema(ctx context.Context, s *store.Store, up bool) error {
	if up {
		_, err := s.Migrate(ctx)
		return err
	}
	all, err := s.Migrations(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.AppliedAt.IsZero() {
			return fmt.Errorf("the database lacks migration %s: run 'countersign migrate up', or serve with --migrate", m.Name)
		}
	}
	return nil
}

func migrate(ctx context.Context, c call) error {
	f := flags(c, "migrate")
	file := f.String("config", "", "YAML file with settings")
	verb, rest := "", c.args
	if len(rest) > 0 {
		verb, rest = rest[0], rest[1:]
	}
	f.Usage = func() { _, _ = fmt.Fprintln(c.stderr, "usage: countersign migrate up|status [--config FILE]") }
	if err := parseVerb(f, verb, rest, "up", "status"); err != nil {
		return err
	}
	cfg, err := load(c, *file)
	if err != nil {
		return err
	}
	s, err := openStore(ctx, cfg, logger(cfg, c.stderr), nil)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // nothing is pending in a store that only migrated
	list := s.Migrations
	if verb == "up" {
		list = s.Migrate
	}
	done, err := list(ctx)
	for _, m := range done {
		when := "pending"
		if !m.AppliedAt.IsZero() {
			when = m.AppliedAt.UTC().Format("2006-01-02 15:04:05Z")
		}
		_, _ = fmt.Fprintf(c.stdout, "%-22s %s\n", when, m.Name)
	}
	if verb == "up" && err == nil {
		_, _ = fmt.Fprintf(c.stdout, "%d applied\n", len(done))
	}
	return err
}

// passwordEnv carries a password past the process list and the shell's history.
const passwordEnv = "COUNTERSIGN_PASSWORD"

func brand(ctx context.Context, c call) error {
	f := flags(c, "brand")
	file := f.String("config", "", "YAML file with settings")
	name := f.String("name", "", "create: the brand's name")
	public := f.String("public-name", "", "create: the name that strangers see; default the name")
	zone := f.String("time-zone", "Asia/Shanghai", "create: IANA time zone")
	id := f.String("brand", "", "add-member: the brand's id")
	email := f.String("email", "", "the user's e-mail")
	user := f.String("user-name", "", "the user's name")
	role := f.String("role", "editor", "add-member: admin or editor")
	verb, rest := "", c.args
	if len(rest) > 0 {
		verb, rest = rest[0], rest[1:]
	}
	f.Usage = func() {
		_, _ = fmt.Fprintf(c.stderr, "usage: countersign brand create|add-member [flags]; the password of a new user is read from %s\n", passwordEnv)
		f.PrintDefaults()
	}
	if err := parseVerb(f, verb, rest, "create", "add-member"); err != nil {
		return err
	}
	password, _ := takePassword(c.env)
	cfg, err := load(c, *file)
	if err != nil {
		return err
	}
	a, err := assemble(ctx, cfg, logger(cfg, c.stderr), nil)
	if err != nil {
		return err
	}
	defer func() { _ = a.close() }() // every write was committed or reported
	if err := schema(ctx, a.store, cfg.Database.Driver == "sqlite"); err != nil {
		return err
	}
	if verb == "create" {
		b, err := a.service.Brands.Found(ctx, service.Founding{Name: *name, PublicName: *public, TimeZone: *zone, AdminEmail: *email, AdminName: *user, Password: password})
		if err == nil {
			_, err = fmt.Fprintln(c.stdout, b.ID)
		}
		return worded(err)
	}
	return worded(a.service.Brands.AddStaff(ctx, *id, *email, *user, password, model.Role(*role)))
}

// worded puts a refusal into words for the shell. Of a fault the operator sees the cause:
// it is he whom a client is told to ask.
func worded(err error) error {
	var e *model.Error
	if !errors.As(err, &e) {
		return err
	}
	if cause := e.Unwrap(); cause != nil && (e.Kind() == model.KindInternal || e.Kind() == model.KindUnavailable) {
		return fmt.Errorf("failed: %w", cause)
	}
	text := model.TextOf(model.LangEn, e.Code, e.Args)
	for _, f := range e.Fields {
		text.Detail += fmt.Sprintf("\n  %s: %s", f.Path, cmp.Or(model.ReasonText(model.LangEn, f.Reason), f.Reason))
	}
	return fmt.Errorf("%s. %s", text.Title, text.Detail)
}

// takePassword takes the password out of the environment: the configuration knows no
// such name and would refuse it.
func takePassword(env []string) (password string, rest []string) {
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, passwordEnv+"="); ok {
			password = v
			continue
		}
		rest = append(rest, kv)
	}
	return password, rest
}

func openapi(_ context.Context, c call) error {
	if err := parse(flags(c, "openapi"), c.args); err != nil {
		return err
	}
	raw, err := api.New(api.Options{Version: "1", BodyLimit: 1 << 20}).OpenAPI()
	if err == nil {
		_, err = c.stdout.Write(raw)
	}
	return err
}

func docs(ctx context.Context, c call) error {
	if len(c.args) != 1 || strings.HasPrefix(c.args[0], "-") {
		_, _ = fmt.Fprintln(c.stderr, "usage: countersign docs DIR")
		return errUsage
	}
	for name, write := range generated() {
		file, err := os.Create(filepath.Join(c.args[0], name)) //nolint:gosec // the developer names the folder
		if err != nil {
			return err
		}
		if err := errors.Join(write(ctx, file), file.Close()); err != nil {
			return err
		}
	}
	return nil
}
