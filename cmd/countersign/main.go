// Command countersign runs the service, its demo and its tools.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // brands choose their zone; a bare container has no zone files
)

var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, errUsage) {
			_, _ = fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
}

// errUsage: what is wrong was printed already.
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
		{"openapi", "", "print the API description", openapi},
		{"rules", "[--format md]", "print the product's rules as the cases that the tests play", rules},
		{"docs", "DIR", "write the generated documents", docs},
		{"version", "", "print the version", func(_ context.Context, c call) error {
			_, err := fmt.Fprintln(c.stdout, version)
			return err
		}},
	}
}

func run(ctx context.Context, args, env []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		for _, cmd := range commands() {
			if cmd.name == args[0] {
				return cmd.run(ctx, call{args[1:], env, stdout, stderr})
			}
		}
	}
	_, _ = fmt.Fprintln(stderr, "countersign: approval of social posts, in WeChat and on the web\n\nusage:")
	for _, cmd := range commands() {
		_, _ = fmt.Fprintf(stderr, "  countersign %-8s %s\n      %s\n", cmd.name, cmd.args, cmd.does)
	}
	return errUsage
}
