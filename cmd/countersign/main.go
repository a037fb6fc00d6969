// Command countersign runs the service, its demo and its tools.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	_ "time/tzdata" // brands choose their zone; a bare container has no zone files
)

var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, errUsage) {
		_, _ = fmt.Fprintln(os.Stderr, err) // nowhere is left to say that this failed; the code tells
	}
	if code := exitCode(err); code != 0 {
		os.Exit(code)
	}
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	return 1
}

// errUsage: the command line is wrong, and what is wrong with it was printed already. A
// script tells it by its exit code, 2, from what was tried and failed, 1.
var errUsage = errors.New("usage")

// command is one subcommand.
type command struct {
	name, args, does string
	run              func(ctx context.Context, c call) error
}

// call is what a subcommand gets from the process.
type call struct {
	args   []string
	env    []string
	stdout io.Writer
	stderr io.Writer
}

func commands() []command {
	return []command{
		{"serve", "[--config FILE] [--migrate] [--print-config]", "serve the API", serve},
		{"demo", "[--story reviewer|binder|team]", "serve everything with stand-ins and a seeded brand, or play a story", demo},
		{"migrate", "up|status [--config FILE]", "bring the database to the newest schema, or tell where it is", migrate},
		{"brand", "create|add-member … [--config FILE]", "set up a brand and its staff", brand},
		{"audit", "export --brand B [--post P] [--format jsonl|csv] [-o FILE] | verify [--head HASH] FILE", "hand out a brand's audit, or prove such a file offline", audit},
		{"outbox", "list|retry [--reason CODE] [--id ID | --all] [--config FILE]", "list the messages that were given up, or send them again", outbox},
		{"lint", "[--platform P] [--lang zh-CN|en] [--words FILE.csv] FILE", "look through a text with the local rules of AI review; fails when a finding is an error", lintFile},
		{"openapi", "", "print the API description", openapi},
		{"rules", "[--format md]", "print the product's rules as the cases that the tests play", rules},
		{"docs", "DIR", "write the generated documents", docs},
		{"version", "", "print the version", printVersion},
	}
}

func run(ctx context.Context, args, env []string, stdout, stderr io.Writer) error {
	help := slices.ContainsFunc(args, func(s string) bool { return s == "-h" || s == "-help" || s == "--help" })
	if help {
		stderr = stdout // it was asked for
	}
	err := dispatch(ctx, args, env, stdout, stderr)
	if help && errors.Is(err, errUsage) {
		return nil
	}
	return err
}

func dispatch(ctx context.Context, args, env []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		for _, cmd := range commands() {
			if cmd.name == args[0] {
				return cmd.run(ctx, call{args[1:], env, stdout, stderr})
			}
		}
	}
	_, _ = fmt.Fprintln(stderr, "countersign: approval of social posts, in WeChat and on the web\n\nusage:")
	for _, cmd := range commands() {
		_, _ = fmt.Fprintf(stderr, "  %s\n      %s\n", strings.TrimSpace(fmt.Sprintf("countersign %-8s %s", cmd.name, cmd.args)), cmd.does)
	}
	_, _ = fmt.Fprintln(stderr, "\n'countersign COMMAND --help' tells more. Exit codes: 0 done, 1 failed, 2 the command line is wrong.")
	return errUsage
}

func printVersion(_ context.Context, c call) error {
	if err := parse(flags(c, "version"), c.args); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.stdout, version)
	return err
}

// parse reads flags. Words that are left over are refused: a name without its quotes, and
// every flag behind it, would otherwise be ignored silently.
func parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		return errUsage
	}
	if f.NArg() > 0 {
		_, _ = fmt.Fprintf(f.Output(), "%s: unexpected %q\n", f.Name(), f.Arg(0))
		f.Usage()
		return errUsage
	}
	return nil
}
