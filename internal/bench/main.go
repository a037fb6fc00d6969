// Command bench measures the product against what it stands on: a bare handler, a
// hand-written transaction, a small inbox, and the promises about starting, stopping
// and racing. "make bench" runs it between a MariaDB and a Redis of its own.
//
// Only ratios are judged: both sides run in turns on the same machine, and the median
// of the rounds counts. A missed goal fails the run: whoever reads it knows whether the
// machine was busy.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/internal/testkit"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// asServed sets the collector as countersign serve does: the programs under test run in
// this process.
func asServed() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

// measurement is a group of figures that are taken together.
type measurement struct {
	name string
	take func(t testing.TB) []figure
}

func measurements() []measurement {
	return []measurement{
		{"login", login}, {"submit", submit}, {"decision", decision}, {"inbox", inbox}, {"notices", notices}, {"race", race}, {"demo", demo}, {"stop", stop}, {"lint", localRules}, {"scan", scans}, {"windows", windows}, {"phone", onPhone},
	}
}

// A figure that must hold did not, or one missed its goal.
var (
	errBroken = errors.New("a rule was broken; see the lines above")
	errMissed = errors.New("a goal was missed; see the lines above")
)

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asJSON := flags.Bool("json", false, "print JSON, one figure per line")
	only := flags.String("only", "", "take only these, separated by commas: login, submit, decision, inbox, notices, race, demo, stop, lint, scan, windows, phone")
	profile := flags.String("cpuprofile", "", "write a CPU profile of the measurements to this `file`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if os.Getenv(testkit.EnvMySQL) == "" || os.Getenv(testkit.EnvRedis) == "" {
		return errors.New("no MariaDB or no Redis: run it with make bench")
	}
	asServed()
	end, err := profiled(*profile)
	if err != nil {
		return err
	}
	if !*asJSON {
		fmt.Fprintf(stdout, "%s, %d cores, %s\n\n", runtime.Version(), runtime.NumCPU(), time.Now().UTC().Format(time.DateOnly))
	}
	var verdict error
	for _, m := range measurements() {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), m.name) {
			continue
		}
		for _, f := range takeOne(ctx, m) {
			verdict = worse(verdict, f)
			if err := f.print(stdout, *asJSON); err != nil {
				return err
			}
		}
	}
	return errors.Join(verdict, end())
}

// worse is the verdict on a run with one more figure.
func worse(verdict error, f figure) error {
	switch {
	case f.OK:
		return verdict
	case f.Must:
		return errBroken
	case verdict == nil:
		return errMissed
	}
	return verdict
}

func takeOne(ctx context.Context, m measurement) []figure {
	t := &outsideTest{ctx: ctx, name: m.name}
	defer t.end()
	return m.take(t)
}

// profiled writes a CPU profile until end is called; an empty path does nothing.
func profiled(path string) (end func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path) //nolint:gosec // the caller named it
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// bound says on which side of its goal a figure should be.
type bound string

const (
	atLeast bound = "≥"
	atMost  bound = "≤"
	told    bound = "" // told for comparison; there is no goal
)

// figure is one line of the report.
type figure struct {
	Name     string  `json:"name"`
	Measured float64 `json:"measured"`
	Unit     string  `json:"unit"`
	Bound    bound   `json:"bound,omitempty"`
	Goal     float64 `json:"goal,omitempty"`
	OK       bool    `json:"ok"`
	Must     bool    `json:"must,omitempty"` // a miss fails the run
	Note     string  `json:"note,omitempty"`
}

// judged compares a figure with its goal.
func (f figure) judged() figure {
	switch f.Bound {
	case atLeast:
		f.OK = f.Measured >= f.Goal
	case atMost:
		f.OK = f.Measured <= f.Goal
	case told:
		f.OK = true
	}
	return f
}

func (f figure) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(f)
	}
	goal, verdict := "", "-"
	if f.Bound != told {
		goal, verdict = fmt.Sprintf("%s %.4g", f.Bound, f.Goal), "ok"
	}
	if !f.OK {
		verdict = "MISSED"
	}
	_, err := fmt.Fprintf(w, "%-52s %8.4g %-2s  %-7s  %-6s  %s\n", f.Name, f.Measured, f.Unit, goal, verdict, f.Note)
	return err
}
