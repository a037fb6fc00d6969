// Command mutants plants bugs in the program, one at a time, and asks for each that the
// test which its file names fails. A bug that every test lets pass shows what no test
// holds.
//
// The bugs are the files below bugs/: a few lines that say what the bug is and which test
// of which package must catch it, and a unified diff, which "git apply" takes. The tree is
// never touched: the go command reads the changed files through an overlay.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root, err := moduleRoot(ctx)
	if err == nil {
		err = run(ctx, root, os.Args[1:], os.Stdout)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

// moduleRoot is the folder of the module that the command is run in.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	gomod := strings.TrimSpace(string(out))
	if err == nil && filepath.Base(gomod) != "go.mod" {
		err = errors.New("run it inside the module")
	}
	return filepath.Dir(gomod), err
}

// bugsAt is where the bugs lie below the module's root.
const bugsAt = "internal/mutants/bugs"

// run is the command: it answers an error when a bug is stale, is broken, or survives.
func run(ctx context.Context, root string, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.SetOutput(out)
	only := flags.String("run", "", "plant only the bugs whose name matches this `regexp`")
	list := flags.Bool("list", false, "name the bugs, and plant none")
	check := flags.Bool("check", false, "ask only whether every bug can be planted, and its test is there")
	if err := flags.Parse(args); err != nil {
		return err
	}
	match, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	bugs, err := load(filepath.Join(root, bugsAt), match)
	if err != nil {
		return err
	}
	if *list {
		for _, b := range bugs {
			fmt.Fprintf(out, "%s\n\t%s\n\t%s in %s\n", b.Name, b.What, b.Test, b.Package)
		}
		return nil
	}
	if err := checkAll(ctx, root, bugs); err != nil || *check {
		return err
	}
	return hunt(ctx, root, bugs, out)
}
