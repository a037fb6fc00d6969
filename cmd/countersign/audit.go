package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"countersign/model"
	"countersign/service"
	"countersign/store"
)

const auditUsage = `usage: countersign audit export --brand B [--post P] [--format jsonl|csv] [--bom] [-o FILE] [--config FILE]
       countersign audit verify [--head HASH] FILE      (FILE may be - for stdin; needs no database)
`

// audit hands out a brand's audit, or proves such a file.
func audit(ctx context.Context, c call) error {
	verb := ""
	if len(c.args) > 0 {
		verb, c.args = c.args[0], c.args[1:]
	}
	switch verb {
	case "export":
		return auditExport(ctx, c)
	case "verify":
		return auditVerify(c)
	}
	_, _ = fmt.Fprint(c.stderr, auditUsage)
	return errUsage
}

// exportOrder is what an operator asks for.
type exportOrder struct {
	brand, post, format, out, config string
	bom                              bool
}

func parseExport(c call) (o exportOrder, err error) {
	f := flags(c, "audit export")
	f.StringVar(&o.config, "config", "", "YAML file with settings")
	f.StringVar(&o.brand, "brand", "", "the brand's id")
	f.StringVar(&o.post, "post", "", "jsonl: tell only this post's entries, and prove that they belong to the chain")
	f.StringVar(&o.format, "format", "jsonl", "jsonl, which proves itself, or csv for people")
	f.BoolVar(&o.bom, "bom", false, "csv: begin with a byte order mark, for Excel")
	f.StringVar(&o.out, "o", "", "file to write; default stdout")
	if err := f.Parse(c.args); err != nil {
		return o, errUsage
	}
	if o.brand == "" || f.NArg() > 0 || (o.format != "jsonl" && o.format != "csv") || (o.format == "csv" && o.post != "") || (o.format == "jsonl" && o.bom) {
		_, _ = fmt.Fprint(c.stderr, auditUsage)
		return o, errUsage
	}
	return o, nil
}

func auditExport(ctx context.Context, c call) error {
	o, err := parseExport(c)
	if err != nil {
		return err
	}
	s, err := openMigrated(ctx, c, o.config)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // it only read
	return worded(toFile(c.stdout, o.out, func(w io.Writer) error { return o.write(ctx, c, s, w) }))
}

func (o exportOrder) write(ctx context.Context, c call, s *store.Store, w io.Writer) error {
	from := service.NewAudit(s)
	if o.format == "csv" {
		return from.CSV(ctx, o.brand, store.AuditFilter{}, w, service.CSVOptions{BOM: o.bom})
	}
	head, err := from.Export(ctx, o.brand, o.post, w)
	if err == nil {
		_, _ = fmt.Fprintf(c.stderr, "head %s at seq %d; note it where nobody who can write to the database can reach it\n", head.Hash, head.Seq)
	}
	return err
}

// toFile lets fill write to the named file, which appears only when it is whole; "" is
// stdout.
func toFile(stdout io.Writer, name string, fill func(io.Writer) error) error {
	if name == "" {
		return fill(stdout)
	}
	part, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	err = errors.Join(fill(part), part.Sync(), part.Close())
	if err == nil {
		err = os.Rename(part.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return nil
}

func auditVerify(c call) error {
	f := flags(c, "audit verify")
	head := ""
	f.Func("head", "a hash that you noted earlier: the chain must pass through it", func(given string) error {
		head = strings.ToLower(strings.TrimSpace(given))
		if !auditHash.MatchString(head) { // an empty one would check nothing, and seem to
			return errors.New("a head is 64 hexadecimal digits")
		}
		return nil
	})
	if err := f.Parse(c.args); err != nil || f.NArg() != 1 {
		return verifyUsage(c, err)
	}
	in, err := open(f.Arg(0))
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	r, err := model.VerifyAudit(in, head)
	if err != nil {
		return fmt.Errorf("%s: NOT whole: %w", f.Arg(0), err)
	}
	told(c.stdout, r)
	return nil
}

// auditHash is how a hash of the chain is written.
var auditHash = regexp.MustCompile("^[0-9a-f]{64}$")

func verifyUsage(c call, err error) error {
	if !errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprint(c.stderr, auditUsage)
	}
	return errUsage
}

func open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	return os.Open(name) //nolint:gosec // the operator names the file
}

// told says what a whole export proves, and what it does not.
func told(w io.Writer, r model.AuditReport) {
	h := r.Header
	_, _ = fmt.Fprintf(w, "brand %s\n", h.Brand)
	if h.Post != "" {
		_, _ = fmt.Fprintf(w, "post  %s\n", h.Post)
	}
	_, _ = fmt.Fprintf(w, "%d entries are unchanged and in this order; links are complete from seq %d to %d (%d entries are not told here)\nhead  %s at seq %d\n",
		r.Entries, h.First, h.Last, r.Links, h.HeadHash, h.Last)
	if r.HeadAt > 0 {
		_, _ = fmt.Fprintf(w, "the head that you gave is that of seq %d: nothing up to there was rewritten since you noted it\n", r.HeadAt)
		return
	}
	_, _ = fmt.Fprintln(w, "compare the head with the one that you noted elsewhere, or give it with --head: whoever can rewrite the whole database can make a new chain")
}
