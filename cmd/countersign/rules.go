package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"countersign/model"
)

// rules prints the table of rules.
func rules(ctx context.Context, c call) error {
	f := flags(c, "rules")
	format := f.String("format", "md", "md")
	if err := parse(f, c.args); err != nil {
		return err
	}
	if *format != "md" {
		_, _ = fmt.Fprintln(c.stderr, "usage: countersign rules [--format md]")
		return errUsage
	}
	return rulesDoc(ctx, c.stdout)
}

const rulesIntro = `# Rules 规则

Printed from the table in ` + "`model`" + ` (` + "`countersign rules --format md`" + `). ` + "`TestRules`" + ` plays every row through the public API on SQLite and on MariaDB: the acts in order, all but the last one succeed; then the outcome, and what holds afterwards.

The cast: **admin** and **author** are staff of the brand, so is **c**; **a** and **b** are reviewers with WeChat and nothing else. A flow is written step by step: ` + "`any(a,b) all(c)`" + `; two flows are those of a post's two articles; without one the platform's default runs, which asks the admin.

` + "`film in N`" + ` is a Douyin post, approved, planned for N minutes from now; ` + "`film`" + ` has no planned time. **p** and **q** are two phones with its code.
`

func rulesDoc(_ context.Context, w io.Writer) error {
	var b strings.Builder
	b.WriteString(generatedBy + rulesIntro)
	for _, title := range model.RuleTitles() {
		fmt.Fprintf(&b, "\n## %s %s\n\n| rule | 规则 | what it says | flow | acts | outcome | afterwards |\n| --- | --- | --- | --- | --- | --- | --- |\n", title.En, title.Zh)
		for _, r := range model.Rules() {
			if r.Rule >= title.From && r.Rule <= title.To {
				fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | `%s` | %s |\n", r.Rule, r.Zh, r.En, quoted(r.Flow), strings.Join(r.Acts, " → "), r.Then, strings.Join(r.After, ", "))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func quoted(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "`" + strings.Join(list, "` `") + "`"
}
