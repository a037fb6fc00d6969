package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"countersign/lint"
	"countersign/model"
	"countersign/service"
	"countersign/strictjson"
)

const lintUsage = "usage: countersign lint [--platform P] [--lang zh-CN|en] [--words FILE.csv] FILE\n       FILE is .txt, .md, .html or .json (a content), or - for stdin\n"

// mostText is the largest file that is looked through.
const mostText = 16 << 20

// lintOrder is what somebody asks for.
type lintOrder struct{ platform, lang, words, file string }

// errFound: the text has findings that are errors, and they were printed.
var errFound = errors.New("lint: errors were found")

func parseLint(c call) (o lintOrder, err error) {
	f := flags(c, "lint")
	f.StringVar(&o.platform, "platform", "", "also say what does not go well with this platform")
	f.StringVar(&o.lang, "lang", model.LangZh, "language of the report")
	f.StringVar(&o.words, "words", "", "CSV file with words of one's own: word,severity,suggestion")
	rest := c.args
	for len(rest) > 0 { // flags may stand behind the file
		if err := f.Parse(rest); err != nil {
			return o, errUsage
		}
		if rest = f.Args(); len(rest) > 0 {
			if o.file != "" {
				break
			}
			o.file, rest = rest[0], rest[1:]
		}
	}
	_, known := model.PlatformByID(o.platform)
	if o.file == "" || len(rest) > 0 || o.platform != "" && !known || o.lang != model.LangZh && o.lang != model.LangEn {
		_, _ = fmt.Fprint(c.stderr, lintUsage)
		return o, errUsage
	}
	return o, nil
}

// lintFile looks through a file with the local rules: no network, no database.
func lintFile(_ context.Context, c call) error {
	o, err := parseLint(c)
	if err != nil {
		return err
	}
	raw, err := readText(o.file)
	if err != nil {
		return err
	}
	content, err := contentOf(o.file, raw)
	if err != nil {
		return err
	}
	own, err := ownWords(o.words)
	if err != nil {
		return err
	}
	found := lint.Check(o.platform, service.ReviewTexts(content), own)
	if err := o.print(c.stdout, found); err != nil {
		return err
	}
	if grave(found) > 0 {
		return errFound
	}
	return nil
}

func readText(name string) ([]byte, error) {
	from := io.Reader(os.Stdin)
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the caller named it
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, mostText+1))
	if err == nil && len(raw) > mostText {
		err = fmt.Errorf("lint: %s has more than %d bytes", name, mostText)
	}
	return bytes.TrimPrefix(raw, []byte("\ufeff")), err
}

// contentOf reads a file as the content that it is: JSON and HTML by their names, or by
// their first character when they have none; Markdown with its heading as the title; else
// plain text.
func contentOf(name string, raw []byte) (c model.Content, err error) {
	kind, text := strings.ToLower(filepath.Ext(name)), strings.TrimSpace(string(raw))
	switch {
	case kind == ".json" || kind == "" && strings.HasPrefix(text, "{"):
		if err := strictjson.Unmarshal([]byte(text), &c); err != nil {
			return c, fmt.Errorf("lint: %s is no content: %w", name, err)
		}
	case kind == ".html" || kind == ".htm" || kind == "" && strings.HasPrefix(text, "<"):
		c.BodyHTML = text
	case kind == ".md" || kind == ".markdown":
		c.Title, c.Text = heading(text)
	default:
		c.Text = text
	}
	return c, nil
}

// heading takes the first line as the title when it is one.
func heading(text string) (title, rest string) {
	first, rest, _ := strings.Cut(text, "\n")
	if title, is := strings.CutPrefix(first, "# "); is {
		return strings.TrimSpace(title), strings.TrimSpace(rest)
	}
	return "", text
}

// ownWords compiles a CSV file of words, nil for none.
func ownWords(name string) (*lint.Engine, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // none is an answer
	}
	raw, err := os.ReadFile(name) //nolint:gosec // the caller named it
	if err != nil {
		return nil, err
	}
	words, err := service.ReadWords(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("lint: %s: %w", name, worded(err))
	}
	list := model.WordList{Name: "words", Severity: model.SeverityWarn, Words: words}
	if bad := list.Check("rows", 2); len(bad) > 0 {
		return nil, fmt.Errorf("lint: %s: %w", name, worded(model.Invalid(bad...)))
	}
	return lint.New(lint.Entries(list), nil), nil
}

// print writes one line a finding, with why and what to do below it.
func (o lintOrder) print(w io.Writer, found []model.Finding) error {
	var b strings.Builder
	for _, f := range found {
		text := model.TextOfFinding(o.lang, f)
		fmt.Fprintf(&b, "%s %s:%d-%d %s “%s”\n    %s\n", f.Severity, f.Field, f.Start, f.End, f.Rule, f.Quote, text.Reason)
		if text.Advice != "" {
			fmt.Fprintf(&b, "    %s\n", text.Advice)
		}
	}
	fmt.Fprintf(&b, "%d findings, %d of them errors\n", len(found), grave(found))
	_, err := io.WriteString(w, b.String())
	return err
}

func grave(found []model.Finding) (n int) {
	for _, f := range found {
		if f.Severity == model.SeverityError {
			n++
		}
	}
	return n
}
